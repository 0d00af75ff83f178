"""Work that time starts: every replica looks, the versioned update decides who acts (DESIGN.md, "State")."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from shared import telemetry

log = logging.getLogger("sama.timers")


class Timer:
    """Calls ``work`` every ``seconds`` until stopped; goes on after errors. ``work`` returns how much it did."""

    def __init__(self, name: str, work: Callable[[], Awaitable[int]], seconds: float) -> None:
        self._name = name
        self._work = work
        self._seconds = seconds
        telemetry.TIMER_RUNS.labels(name)  # there from the start on, so that the first failure is a change of a figure
        telemetry.TIMER_FAILURES.labels(name)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start in the running loop."""
        self._task = asyncio.create_task(self._run(), name=f"timer:{self._name}")

    async def stop(self) -> None:
        """Stop after the step that runs now was cancelled; its write either happened whole or not at all."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                did = await self._work()
                telemetry.TIMER_RUNS.labels(self._name).inc()
            except Exception:
                telemetry.TIMER_FAILURES.labels(self._name).inc()
                log.exception("timer %s failed; it tries again", self._name)
                did = 0
            if not did:
                await asyncio.sleep(self._seconds)
