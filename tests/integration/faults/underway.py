"""A workload that is under way while a test strikes, and the end that every strike must come to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.integration.faults.city import City
from tests.integration.faults.quiet import check, quiet
from tests.integration.faults.workload import Attempt, Workload
from tests.waiting import until

BUSY_SECONDS = 120.0


class UnderWay:
    """A workload that runs beside the test."""

    def __init__(self, workload: Workload) -> None:
        self.workload = workload
        self._work = asyncio.create_task(workload.run())

    @property
    def done(self) -> bool:
        """Whether it has come to its end."""
        return self._work.done()

    async def until_answered(self, more: int) -> None:
        """Wait until so many more calls were answered ok. Raises what the workload raised, and if it ends before."""
        wanted = len(self.workload.log.of("ok")) + more
        await until(
            lambda: self._work.done() or len(self.workload.log.of("ok")) >= wanted,
            seconds=BUSY_SECONDS,
            what=f"{more} more calls answered ok",
        )
        if self._work.done():
            await self._work
            raise AssertionError("the workload ended before the fault; make it larger")

    async def end(self) -> None:
        """Wait for its end."""
        await self._work

    def cancel(self) -> None:
        """Stop it."""
        self._work.cancel()


class Waves:
    """Workloads one after the other until ``end``: as long as a test needs, and no more at once than a small one."""

    def __init__(self, city: City, each: int) -> None:
        self._city, self._each = city, each
        self.workloads: list[Workload] = []
        self._enough = False
        self._work = asyncio.create_task(self._waves())

    async def _waves(self) -> None:
        while not self._enough:
            workload = Workload(self._city, each=self._each)
            await workload.prepare()
            self.workloads.append(workload)
            await workload.run()

    @property
    def attempts(self) -> list[Attempt]:
        """Every call so far."""
        return [attempt for workload in self.workloads for attempt in workload.log.attempts]

    def under_way(self, address: str) -> int:
        """Return how many calls were sent to this address and have no answer yet."""
        return sum(workload.under_way[address] for workload in self.workloads)

    async def until_answered(self, more: int) -> None:
        """Wait until so many more calls were answered ok. Raises what a workload raised."""
        wanted = self._answered() + more
        await until(
            lambda: self._work.done() or self._answered() >= wanted,
            seconds=BUSY_SECONDS,
            what=f"{more} more calls answered ok",
        )
        if self._work.done():
            await self._work

    async def end(self) -> None:
        """Let the last one come to its end."""
        self._enough = True
        await self._work

    def cancel(self) -> None:
        """Stop at once."""
        self._work.cancel()

    def _answered(self) -> int:
        return sum(attempt.outcome == "ok" for attempt in self.attempts)


@asynccontextmanager
async def under_waves(city: City, *, each: int = 3) -> AsyncIterator[Waves]:
    """Play workloads one after the other while the block strikes; after the block everything must complete, become quiet and hold."""
    waves = Waves(city, each)
    try:
        yield waves
        await waves.end()
    finally:
        waves.cancel()
    await city.ready(90)
    await quiet(city)
    await check(city, *waves.workloads)


@asynccontextmanager
async def under_load(city: City, *, each: int = 3) -> AsyncIterator[UnderWay]:
    """Play a workload while the block strikes; after the block everything must complete, become quiet and hold."""
    workload = Workload(city, each=each)
    await workload.prepare()
    under_way = UnderWay(workload)
    try:
        yield under_way
        await under_way.end()
    finally:
        under_way.cancel()
    await city.ready(90)
    await quiet(city)
    await check(city, workload)
