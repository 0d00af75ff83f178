"""F6: the broker is killed, restarted or away under load: what it confirmed is there, consumers come back, outboxes drain."""

import asyncio
from typing import Final

import pytest

from tests.integration.faults.city import City
from tests.integration.faults.servers import kill
from tests.integration.faults.underway import under_load

AWAY_SECONDS: Final = 30.0


async def test_a_killed_broker_that_comes_back_has_all_it_confirmed(city: City) -> None:
    rabbit = city.servers.rabbit
    async with under_load(city) as load:
        await load.until_answered(15)
        kill(rabbit.children)
        await city.servers.start_again(rabbit)


@pytest.mark.slow
async def test_a_broker_restarted_cleanly_is_met_again(city: City) -> None:
    rabbit = city.servers.rabbit
    async with under_load(city) as load:
        await load.until_answered(15)
        await rabbit.stop()
        await city.servers.start_again(rabbit)


@pytest.mark.slow
async def test_a_broker_away_for_half_a_minute_costs_time_and_nothing_else(city: City) -> None:
    rabbit = city.servers.rabbit
    async with under_load(city) as load:
        await load.until_answered(15)
        kill(rabbit.children)
        await asyncio.sleep(AWAY_SECONDS)  # not a wait for anything: the fault is that it lasts
        assert not load.done
        await city.servers.start_again(rabbit)
    refused = [attempt for attempt in load.workload.log.attempts if attempt.status == 503]
    assert refused, "writes are refused while the broker is known to be away"
