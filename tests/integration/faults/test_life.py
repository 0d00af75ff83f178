"""Graceful life: the order of starts does not matter, ten replicas may start at once, and a service recovers by itself."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest

from ops.client import SERVICES
from tests.integration.faults.checks import check
from tests.integration.faults.conftest import poor_city
from tests.integration.faults.own import Servers
from tests.integration.faults.quiet import databases
from tests.integration.faults.workload import Workload
from tests.integration.live import Live
from tests.waiting import until

TEN: Final = 10


@pytest.mark.fault("life")
async def test_services_that_start_before_their_servers_say_why_they_are_not_ready_and_recover(
    live: Live, work: Workload
) -> None:
    for service in SERVICES:
        await live.stack.end(service)
    await live.mongo.become("gone")
    await live.rabbit.become("gone")
    for service in SERVICES:
        live.stack.begin_again(service)

    async def says(service: str) -> list[str]:
        try:
            answer = await live.health(service)
        except httpx.TransportError:
            return []
        assert answer.status_code in (200, 503)
        return list(answer.json()["problems"])

    for service in SERVICES:

        async def named(asked: str = service) -> bool:
            return any("starting:" in problem for problem in await says(asked))

        await until(named, seconds=60, what=f"{service} saying why it is not ready")
        assert (await live.health(service, "live")).status_code == httpx.codes.OK
    await live.mongo.become("there")
    for service in SERVICES:

        async def waits(asked: str = service) -> bool:
            return bool(await says(asked))

        await until(waits, seconds=60, what=f"{service} still waiting for the broker")
    await live.rabbit.become("there")
    await live.ready(seconds=90)
    work.begin(2)
    await work.finish()
    await check(live, work)


@pytest.mark.fault("life")
async def test_missing_indexes_and_queues_are_made_again_at_a_start(live: Live, work: Workload) -> None:
    def indexes() -> dict[str, list[str]]:
        with databases(live) as client:
            return {
                f"{service}.{name}": sorted(client[f"{live.prefix}_{service}"][name].index_information())
                for service in SERVICES
                for name in sorted(client[f"{live.prefix}_{service}"].list_collection_names())
            }

    before = await asyncio.to_thread(indexes)
    assert sum(len(names) - 1 for names in before.values()) > len(SERVICES)
    for service in SERVICES:
        await live.stack.end(service)
    with databases(live) as client:
        for place in before:
            service, name = place.split(".")
            client[f"{live.prefix}_{service}"][name].drop_indexes()
    for service in SERVICES:
        await live.stack.start_again(service)
    assert await asyncio.to_thread(indexes) == before
    work.begin(2)
    await work.finish()
    await check(live, work)


@pytest.fixture(scope="module")
async def ten(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """Ten replicas of requests that start at once, on empty servers."""
    async with poor_city(servers, tmp_path_factory.mktemp("ten"), replicas={"requests": TEN}) as live:
        yield live


@pytest.mark.fault("life")
@pytest.mark.slow_fault
async def test_ten_replicas_of_a_service_that_start_at_once_make_one_set_of_indexes_and_queues(ten: Live) -> None:
    work = await Workload.of(ten)
    work.begin(4)
    await work.finish()
    await check(ten, work)
