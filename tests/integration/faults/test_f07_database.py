"""F7: the database is killed or away under load: 503 within a deadline meanwhile, and no acknowledged write is lost."""

import asyncio
from typing import Final

import pytest

from tests.integration.faults.city import City
from tests.integration.faults.servers import kill
from tests.integration.faults.underway import under_load

AWAY_SECONDS: Final = 30.0
ANSWER_SECONDS: Final = 9.0  # the deadline of a call is five; the rest is a busy machine


async def test_a_killed_database_that_comes_back_has_all_that_was_acknowledged(city: City) -> None:
    mongo = city.servers.mongo
    async with under_load(city) as load:
        await load.until_answered(15)
        kill(mongo.children)
        await city.servers.start_again(mongo)
    assert load.workload.log.longest(503) < ANSWER_SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "silent"])
async def test_while_the_database_is_away_for_half_a_minute_every_call_is_answered_in_time(
    city: City, how: str
) -> None:
    mongo = city.servers.mongo
    async with under_load(city) as load:
        await load.until_answered(15)
        if how == "killed":
            kill(mongo.children)
        else:
            await city.mongo.become("silent")
        await asyncio.sleep(AWAY_SECONDS)  # not a wait for anything: the fault is that it lasts
        assert not load.done
        if how == "killed":
            await city.servers.start_again(mongo)
        else:
            await city.mongo.become("there")
    log = load.workload.log
    print(f"longest 503 while {how}: {log.longest(503):.1f} s")  # noqa: T201 - the measured figure, shown by -s
    assert log.longest(503) > 0, "writes are refused meanwhile"
    assert log.longest(503) < ANSWER_SECONDS
    assert not [a for a in log.of("unknown") if a.status == 500]
