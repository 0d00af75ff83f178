"""``make simulate``: many seeds and a summary, or one seed with its history."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tests.simulation.plan import FAULTS, STEPS, Plan
from tests.simulation.play import Outcome, play, play_many, shortened

SHOWN: Final = 3  # failing seeds that are shortened and shown
TAIL: Final = 120  # lines of a history shown with a failure; the seed gives it whole

SUMMARY: Final = (
    ("played", ("seeds", "steps")),
    ("bus", ("events published", "events delivered", "duplicates", "dead letters")),
    ("faults", ("crashes", "freezes", "disconnections", "lost replies", "jumps in time", "conflicts")),
    ("people", ("commands done", "commands refused", "commands unanswered")),
    ("requests", ("submitted", "accepted", "withdrawn", "declined", "lapsed", "marked suspended")),
    ("cases", ("opened", "ballots", "closed", "decided", "paused", "resumed", "deadlines moved")),
    ("quorum", ("stalled", "continued", "excepted", "substitutes", "left")),
    ("meetings", ("ballots opened", "ballots revised", "discussions ended")),
    ("on paper", ("papers entered", "papers confirmed", "codes mistyped")),
    ("between books", ("withdrawals", "transfers", "years closed", "carried over")),
    ("money", ("allotments", "reserved", "waiting", "committed", "commitments refused", "released", "barred")),
    ("payments", ("payments prepared", "payments approved", "payments made", "payments failed", "payments given up", "refunds")),
    ("registry", ("flags", "revocations", "suspensions answered", "appeals answered", "profiles changed")),
    ("ineligible", ("found ineligible", "documented later", "written off")),
    ("standings", ("suspensions", "reinstatements", "reservations paused", "reservations resumed", "commitments returned")),
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Play; exit 0 nothing found, 1 something found, 2 asked in a way that can't be understood."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one alone and print its history")
    parser.add_argument("--steps", type=int, default=STEPS, help="steps with faults of each seed")
    parser.add_argument("--without", default="", help="faults to leave out, of: " + ", ".join(FAULTS))
    parser.add_argument("--processes", type=int, help="default: one per core")
    asked = parser.parse_args(arguments)
    without = frozenset(fault for fault in asked.without.split(",") if fault)
    if unknown := without - set(FAULTS):
        parser.error(f"unknown faults {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
    if asked.seed is not None:
        return _one(Plan(asked.seed, asked.steps, without))
    return _many(range(asked.first, asked.first + asked.seeds), asked.steps, asked.processes)


def _one(plan: Plan) -> int:
    outcome = play(plan)
    _say("\n".join(outcome.history))
    _summarise(outcome.counts)
    _say("\n".join(outcome.broken[:5]) or f"seed {plan.seed}: nothing is broken")
    return 1 if outcome.broken else 0


def _many(seeds: range, steps: int, processes: int | None) -> int:
    counts: Counter[str] = Counter()
    failed: list[Outcome] = []
    began = said = time.monotonic()
    for done, outcome in enumerate(play_many(seeds, steps, processes), start=1):
        counts += outcome.counts
        if outcome.broken:
            failed.append(outcome)
            _say(f"seed {outcome.plan.seed}: {outcome.broken[0]}")
        if time.monotonic() - said > 5:
            said = time.monotonic()
            _say(f"{done} of {len(seeds)} seeds, {len(failed)} failed, {said - began:.0f} s")
    _summarise(counts)
    for outcome in sorted(failed, key=lambda o: o.plan.seed)[:SHOWN]:
        _show(outcome.plan)
    seconds = time.monotonic() - began
    _say(f"{len(failed)} of {len(seeds)} seeds failed; {seconds:.0f} s")
    return 1 if failed else 0


def _show(plan: Plan) -> None:
    short = shortened(plan)
    _say(f"\nseed {plan.seed}, shortened from {plan.steps} steps to {short.plan.steps}:")
    _say("\n".join(short.history[-TAIL:]))
    _say("\n".join(short.broken[:5]))
    _say(f"again: {short.plan.again}        the whole run: {plan.again}")


def _summarise(counts: Counter[str]) -> None:
    for title, names in SUMMARY:
        _say(f"{title:10} " + " · ".join(f"{counts[name]:,} {name}" for name in names))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
