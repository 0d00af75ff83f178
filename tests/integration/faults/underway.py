"""A workload that is under way while a test strikes, and the end that every strike must come to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.integration.faults.city import City
from tests.integration.faults.quiet import check, quiet
from tests.integration.faults.workload import Workload
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
