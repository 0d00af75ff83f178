"""Discrete-event simulation (simpy) of programs that share a machine's cores. Seconds throughout.

A program waits for a place in itself (an event loop has one), then for a core, computes for a slice, and waits again: many at once so share
the cores as an operating system has them do.
"""

from collections.abc import Generator
from typing import Any, Final

import simpy

SLICE: Final = 0.001  # a switch costs nothing here, so only short against an event's work
Steps = Generator[simpy.Event, Any, None]


class Machine:
    """Cores."""

    def __init__(self, env: simpy.Environment, cores: int, slice_seconds: float | None = SLICE) -> None:
        """slice_seconds: None: who has a core keeps it until done."""
        self.env = env
        self._cores = simpy.Resource(env, cores)
        self._slice = slice_seconds

    def compute(self, seconds: float) -> Steps:
        """Use a core for so long."""
        left = seconds
        while left > 1e-12:
            now = left if self._slice is None else min(self._slice, left)
            with self._cores.request() as core:
                yield core
                yield self.env.timeout(now)
            left -= now


class Program:
    """A program with so many threads of its own: an event loop and an interpreter with a lock have one."""

    def __init__(self, machine: Machine, threads: int = 1) -> None:
        self._machine = machine
        self._threads = simpy.Resource(machine.env, threads)

    def work(self, seconds: float) -> Steps:
        """Do so much work as soon as a thread is free."""
        if seconds <= 0:
            return
        with self._threads.request() as thread:
            yield thread
            yield from self._machine.compute(seconds)
