"""The model of a group of review's replicas: each takes one event at a time, with the broker and the database on the same cores.

One event: the broker hands it over, the handler waits (the injected work), the replica computes, the database computes – one thing at
a time, as SecantusDB does –, and something is waited for that is nobody's computing: the disk, the network, a process that is woken.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

import simpy

from bench.capacity.stations import Machine, Program, Steps

SECONDS: Final = 30.0  # simulated; a few thousand events
WARM: Final = 2.0
SEED: Final = 20261125
JOB: Final = 0.005  # of what else runs on the machine, at a time


@dataclass(frozen=True, slots=True)
class Hop:
    """Seconds that one event costs: computing in the replica, the database and the broker, and waiting that is nobody's computing."""

    service: float
    database: float
    broker: float
    waiting: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """A machine. others: cores that something else uses."""

    cores: int
    others: float = 0.0


def rate(hop: Hop, place: Place, *, replicas: int, work: float, seconds: float = SECONDS) -> float:
    """Return the events a second that so many replicas manage. work: seconds of waiting injected into every event."""
    env = simpy.Environment()
    machine = Machine(env, place.cores)
    broker, database = Program(machine, place.cores), Program(machine)
    done = [0]

    def replica(program: Program, begin: float) -> Steps:
        yield env.timeout(begin)
        while True:
            yield from broker.work(hop.broker)
            yield env.timeout(work)
            yield from program.work(hop.service / 2)
            yield from database.work(hop.database)
            yield env.timeout(hop.waiting)
            yield from program.work(hop.service / 2)
            done[0] += 1

    for number in range(replicas):  # not in step: real ones start at different times
        env.process(replica(Program(machine), work * number / replicas))
    for steps in _others(env, machine, place.others):
        env.process(steps)
    env.run(WARM)
    before = done[0]
    env.run(WARM + seconds)
    return (done[0] - before) / seconds


def fitted(hop: Hop, place: Place, *, measured: float, work: float) -> Hop:
    """Return the costs with the waiting by which one replica is as fast as it was measured, in events a second."""
    low, high = 0.0, max(1e-6, 1 / measured)
    for _ in range(14):  # to a ten-thousandth of a cycle
        middle = (low + high) / 2
        simulated = rate(replace(hop, waiting=middle), place, replicas=1, work=work, seconds=SECONDS / 3)
        low, high = (middle, high) if simulated > measured else (low, middle)
    return replace(hop, waiting=low)


def _others(env: simpy.Environment, machine: Machine, cores: float) -> Iterator[Steps]:
    """What else runs: short jobs at random moments that would use so many cores."""
    if cores <= 0:
        return
    chance = Random(SEED)

    def arrive() -> Steps:
        while True:
            yield env.timeout(chance.expovariate(cores / JOB))
            env.process(machine.compute(JOB))

    yield arrive()
