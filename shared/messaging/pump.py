"""What carries waiting events to the broker in the background: flush when woken, sweep now and then, go on after errors."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Final

log = logging.getLogger("sama.pump")

SWEEP_SECONDS: Final = 2.0
BACK_OFF_SECONDS: Final = 0.5


class Pump(ABC):
    """Two tasks, flush and sweep, bracketed by ``start`` and ``stop``. What cannot be flushed now waits where it is stored.

    what: the things that wait, for the log, e.g. ``outboxes``.
    """

    def __init__(
        self,
        what: str,
        *,
        transient: tuple[type[Exception], ...],
        sweep_seconds: float,
        wait: Callable[[float], Awaitable[None]],
    ) -> None:
        self._what = what
        self._transient = transient
        self._sweep_seconds = sweep_seconds
        self._wait = wait
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    @abstractmethod
    def waiting(self) -> bool:
        """Whether there is something to flush."""

    @abstractmethod
    async def flush(self) -> None:
        """Publish and mark one round; on an error nothing is forgotten."""

    @abstractmethod
    async def sweep(self) -> int:
        """Take up what a crash or an absent broker left. Returns how much."""

    async def tend(self) -> int:
        """Do what is due now and then; returns what ``sweep`` took up."""
        return await self.sweep()

    def wake(self) -> None:
        """Have the flush begin."""
        self._wake.set()

    async def start(self) -> None:
        """Start flushing and sweeping in the running loop."""
        self._tasks = [asyncio.create_task(self._flush_for_ever()), asyncio.create_task(self._sweep_for_ever())]

    async def stop(self) -> None:
        """Flush what is at hand, once, then stop; what a transient error keeps back is found by the next sweep."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        while self.waiting:
            try:
                await self.flush()
            except self._transient:
                return

    async def _flush_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            if not self.waiting:
                self._wake.clear()
                continue
            try:
                await self.flush()
            except self._transient as error:
                log.warning("%s wait to be announced: %s", self._what, error)
                await self._wait(BACK_OFF_SECONDS)
            except Exception:
                log.exception("announcing failed; %s wait", self._what)
                await self._wait(BACK_OFF_SECONDS)

    async def _sweep_for_ever(self) -> None:
        while True:
            await self._wait(self._sweep_seconds)
            try:
                found = await self.tend()
            except self._transient as error:
                log.warning("%s could not be swept: %s", self._what, error)
                continue
            except Exception:
                log.exception("%s could not be swept", self._what)
                continue
            if found:
                log.info("took up %d %s that had waited", found, self._what)
