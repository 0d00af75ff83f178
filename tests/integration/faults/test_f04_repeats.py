"""F4: every event comes one to five times more, at once to two replicas, while the work goes on and after it ended."""

import asyncio
import random
from contextlib import aclosing
from typing import Final

import orjson

from ops.client import SERVICES
from shared.messaging.archive import Archived
from tests.integration.faults.city import City
from tests.integration.faults.quiet import check, quiet
from tests.integration.faults.stored import facts
from tests.integration.faults.traffic import Traffic
from tests.integration.faults.workload import Workload

SEED: Final = 4
MOST: Final = 4  # times more than the one of the exchange: one to five in all


async def test_what_comes_up_to_five_times_at_once_to_two_replicas_has_one_effect(city: City) -> None:
    rng = random.Random(SEED)
    await asyncio.gather(*(city.add(service) for service in SERVICES))
    async with Traffic.of(city) as traffic:
        workload = Workload(city)
        await workload.prepare()
        repeating = asyncio.create_task(_repeat_what_comes(traffic, rng))
        try:
            await workload.run()
        finally:
            repeating.cancel()
            await asyncio.gather(repeating, return_exceptions=True)
        await quiet(city)
        before = await facts(city)
        events = await traffic.archived()
        assert await traffic.repeat(_of_requests(events, workload), rng, most=MOST, shuffled=False) > len(
            workload.requests
        )
        await quiet(city)
        assert await facts(city) == before, "a repeat changed something"
    await check(city, workload)


async def _repeat_what_comes(traffic: Traffic, rng: random.Random) -> None:
    """Deliver what is announced from now on again, as soon as the archive has it."""
    async with aclosing(traffic.announced()) as events:
        async for event in events:
            await traffic.repeat([event], rng, most=MOST, shuffled=False)


def _of_requests(events: list[Archived], workload: Workload) -> list[Archived]:
    """Return what is about this workload's requests, their cases and money: the city's other past was repeated by others."""
    wanted = set(workload.requests)
    return [event for event in events if orjson.loads(event.body)["data"].get("request") in wanted]
