"""Load that lasts as long as the faults do: the faults' workload, wave after wave, each on districts of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tests.compose.city import ComposedCity
from tests.integration.faults.workload import Outcome, Workload
from tests.waiting import until

BUSY_SECONDS: Final = 150.0  # for a few more answers, while a server is away and comes back


class Load:
    """Waves under way. ``done`` has those that came to their end."""

    def __init__(self, city: ComposedCity, each: int) -> None:
        """each: requests of each of the two districts of a wave."""
        self.waves: list[Workload] = []
        self._city, self._each = city, each
        self._enough = asyncio.Event()
        self._work = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while not self._enough.is_set():
            wave = Workload(self._city, each=self._each)
            self.waves.append(wave)
            await wave.prepare()
            await wave.run()

    def calls(self, outcome: Outcome) -> int:
        """Return how many calls ended so."""
        return sum(len(wave.log.of(outcome)) for wave in self.waves)

    async def until_answered(self, more: int) -> None:
        """Wait until so many more calls were answered ok. Raises what the load raised."""
        wanted = self.calls("ok") + more
        await until(
            lambda: self._work.done() or self.calls("ok") >= wanted,
            seconds=BUSY_SECONDS,
            what=f"{more} more calls answered",
        )
        if self._work.done():
            await self._work
            raise AssertionError("the load ended before it was told to")

    async def end(self) -> None:
        """Let the last wave come to its end."""
        self._enough.set()
        await self._work

    def cancel(self) -> None:
        """Stop it."""
        self._work.cancel()


@asynccontextmanager
async def under_load(city: ComposedCity, each: int) -> AsyncIterator[Load]:
    """Put the city under load while the block lasts; after it every request has come as far as it can."""
    load = Load(city, each)
    try:
        yield load
        await load.end()
    finally:
        load.cancel()
