"""Play plans: one, many on all cores, and the shortest that still fails."""

import logging
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tests.simulation.plan import FAULTS, STEPS, Fault, Plan
from tests.simulation.scene import scene_of
from tests.simulation.world import World

CHUNK: Final = 8  # seeds that a process takes at once


@dataclass
class Outcome:
    """What came of a plan, or of many: ``broken`` names the first thing found."""

    plan: Plan
    broken: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def play(plan: Plan) -> Outcome:
    """Play one plan; the same plan gives the same history in any process."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # the services log every fault, by the thousand
    try:
        world = World(plan, scene_of(plan.seed))
        broken = world.run()
    finally:
        logging.disable(disabled)
    counts = Counter({"seeds": 1, "steps": world.steps}) + world.counts + world.model.happened
    return Outcome(plan, list(broken), world.history, counts)


def play_many(seeds: Sequence[int], steps: int = STEPS, processes: int | None = None) -> Iterator[Outcome]:
    """Play many seeds on all cores; without their histories, which a seed gives again."""
    processes = processes or os.cpu_count() or 1
    plans = [Plan(seed, steps) for seed in seeds]
    if processes == 1:
        yield from map(_without_history, plans)
        return
    with multiprocessing.get_context("spawn").Pool(processes, _ignore_interrupts) as pool:
        yield from pool.imap_unordered(_without_history, plans, CHUNK)


def _without_history(plan: Plan) -> Outcome:
    return replace(play(plan), history=[])


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the pool


def shortened(plan: Plan) -> Outcome:
    """Return a run that still breaks the same invariant, with as few kinds of faults and as few steps as simple trying finds."""
    best = play(plan)
    invariant = best.broken[0].split(":")[0]

    def breaks(candidate: Plan) -> bool:
        nonlocal best
        outcome = play(candidate)
        if not outcome.broken or outcome.broken[0].split(":")[0] != invariant:
            return False
        best = outcome
        return True

    steps = _steps_with_faults(best)
    if steps < plan.steps:
        breaks(replace(best.plan, steps=steps))
    for fault in FAULTS:
        breaks(replace(best.plan, without=best.plan.without | _one(fault)))
    few, many = 0, best.plan.steps
    while many - few > max(
        2, many // 20
    ):  # what fails with n steps mostly fails with more, so halving finds a short one
        middle = (few + many) // 2
        if breaks(replace(best.plan, steps=middle)):
            many = middle
        else:
            few = middle
    return best


def _one(fault: Fault) -> frozenset[Fault]:
    return frozenset({fault})


def _steps_with_faults(outcome: Outcome) -> int:
    """Return the step at which it broke, if that was before the healing."""
    last = int(outcome.history[-1].split(maxsplit=1)[0])
    return min(last, outcome.plan.steps)
