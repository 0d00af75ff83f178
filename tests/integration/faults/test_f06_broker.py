"""F6: the broker is killed, restarted or away under load: what it confirmed is there, consumers come back, outboxes drain."""

import asyncio
from typing import Final

import httpx
import pytest

from ops.play import people
from tests.integration.faults.city import MONEY, City
from tests.integration.faults.servers import kill
from tests.integration.faults.underway import under_load
from tests.integration.faults.workload import Command, Workload
from tests.integration.live import CITY
from tests.waiting import until

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
        await until(lambda: refuses(city), seconds=30, what="writes are refused while the broker is known to be away")
        await asyncio.sleep(AWAY_SECONDS)  # not a wait for anything: the fault is that it lasts
        assert not load.done
        await city.servers.start_again(rabbit)


async def refuses(city: City) -> bool:
    """Tell whether budget refuses a write now, saying why and when to come again."""
    body = {**CITY.appropriation, **MONEY, "amount": 1_000}
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
        answer = await Workload(city).send(http, Command("POST", "budget", "/appropriations", body, people.CITY_OFFICE))
    assert answer is not None
    return (
        answer.status_code == 503 and answer.json()["code"] == "broker_unavailable" and "retry-after" in answer.headers
    )
