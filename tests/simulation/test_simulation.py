"""The simulation within ``make test``: some seeds, that a seed plays again exactly, and that it does something at all."""

import os
import subprocess
import sys
from hashlib import sha256
from typing import Final

from tests.simulation.plan import Plan
from tests.simulation.play import Outcome, play, play_many

SEEDS: Final = int(os.environ.get("SAMA_SIMULATION_SEEDS", "40"))
AGAIN: Final = 5


def told(outcome: Outcome) -> str:
    return sha256("\n".join(outcome.history).encode()).hexdigest()


def test_nothing_is_lost_nothing_done_twice_and_nobody_overspends() -> None:
    """I1 to I9 after every step, and once all is quiet; `make simulate` plays more seeds."""
    outcomes = list(play_many(range(SEEDS), processes=1))
    assert [f"{o.plan.again}: {o.broken[0]}" for o in outcomes if o.broken] == []
    counts = sum((outcome.counts for outcome in outcomes), start=outcomes[0].counts - outcomes[0].counts)
    assert counts["dead letters"] == 0
    for thing in (
        *("crashes", "lost replies", "conflicts", "committed", "waiting", "suspensions", "decided", "lapsed"),
        *("flags", "revocations", "suspensions answered", "appeals answered", "profiles changed"),
        *(
            "payments made",
            "payments given up",
            "withdrawals",
            "transfers",
            "requests closed",
            "cancelled",
            "ended by agreement",
            "agreements",
            "calls decided",
            "calls ranked",
        ),
    ):
        assert counts[thing] > 0, f"{SEEDS} seeds without {thing} show nothing"


def test_a_seed_gives_the_same_history_in_another_process_whatever_its_hash_seed() -> None:
    script = (
        "from tests.simulation.plan import Plan\nfrom tests.simulation.play import play\n"
        "from tests.simulation.test_simulation import told\n"
        f"print(*(told(play(Plan(seed))) for seed in range({AGAIN})))"
    )
    here = [told(play(Plan(seed))) for seed in range(AGAIN)]
    assert len(set(here)) == AGAIN
    for hash_seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout.split() == here


def test_a_fault_that_is_left_out_does_not_happen() -> None:
    storm = next(outcome for outcome in map(play, map(Plan, range(30))) if outcome.counts["crashes"])
    calm = play(Plan(storm.plan.seed, without=frozenset({"crash"})))
    assert calm.counts["crashes"] == 0
    assert calm.broken == []
