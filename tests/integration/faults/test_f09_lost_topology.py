"""F9: a queue, a binding and an exchange are deleted while the services work: noticed in time, made again, replayed, nothing lost."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import quote

import httpx
import pytest

from ops.local.services import SERVICES
from shared.contracts.review import CaseDecided
from shared.messaging.topology import ARCHIVE, PUBLIC, Binding
from shared.settings import ServiceSettings
from tests.integration.faults.city import City
from tests.integration.faults.quiet import check, quiet
from tests.integration.faults.traffic import Traffic
from tests.integration.faults.workload import Workload
from tests.waiting import until

CHECK_SECONDS: Final = ServiceSettings.model_fields["topology_check_seconds"].default
SLACK_SECONDS: Final = 10.0  # of a busy machine: the check itself, electing a queue's leader
QUEUE: Final = "budget.review"
KEY: Final = CaseDecided.event_type
Delete = Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]


def _queue(http: httpx.AsyncClient, vhost: str) -> Awaitable[httpx.Response]:
    return http.delete(f"/api/queues/{vhost}/{QUEUE}")


def _binding(http: httpx.AsyncClient, vhost: str) -> Awaitable[httpx.Response]:
    return http.delete(f"/api/bindings/{vhost}/e/sama.review/q/requests.review/{quote(KEY, safe='')}")


def _exchange(http: httpx.AsyncClient, vhost: str) -> Awaitable[httpx.Response]:
    return http.delete(f"/api/exchanges/{vhost}/sama.requests")


def _public(http: httpx.AsyncClient, vhost: str) -> Awaitable[httpx.Response]:
    return http.delete(f"/api/queues/{vhost}/{PUBLIC}")


LOST: Final[Mapping[str, tuple[Delete, Binding, str]]] = {
    "queue": (_queue, Binding("sama.review", QUEUE, KEY), "budget"),
    "binding": (_binding, Binding("sama.review", "requests.review", KEY), "requests"),
    "exchange": (_exchange, Binding("sama.requests", ARCHIVE, "#"), ""),
    "stream for outsiders": (_public, Binding(PUBLIC, PUBLIC, "#"), ""),
}
"""What is deleted → how, the binding that shows that it is whole again, and the service whose alarm sounds ("": whichever was first)."""


@pytest.mark.parametrize("what", LOST)
async def test_what_is_deleted_under_load_is_noticed_made_again_and_replayed(city: City, what: str) -> None:
    delete, sign, service = LOST[what]
    before = await _repairs(city)
    workload = Workload(city, each=2)
    await workload.prepare()
    async with Traffic.of(city) as traffic, _management(city) as http:
        work = asyncio.create_task(workload.run())
        try:
            await until(lambda: bool(workload.requests), seconds=60, what="the work has begun")
            (await delete(http, city.prefix)).raise_for_status()

            async def back() -> bool:
                return sign in await traffic.management.bindings()

            await until(back, seconds=CHECK_SECONDS + SLACK_SECONDS, what=f"the {what} made again")
            await work
        finally:
            work.cancel()
    after = await _repairs(city)
    alarmed = {name for name, count in after.items() if count > before[name]}
    assert alarmed >= ({service} if service else set()), f"no alarm of {service}"
    assert alarmed, "somebody's alarm sounds"
    await quiet(city)
    await check(city, workload)


def _management(city: City) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=city.servers.rabbit.management_url, trust_env=False, timeout=10)


async def _repairs(city: City) -> Mapping[str, float]:
    """Return each service's count of repairs, as its metrics say."""
    found = {}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:  # a kept connection may be at its end by now
        for service in SERVICES:
            text = (await http.get(f"{city.stack.url(service)}/metrics")).raise_for_status().text
            match = re.search(rf'^sama_topology_repairs_total{{consumer="{service}"}} (\S+)$', text, re.MULTILINE)
            found[service] = float(match[1]) if match else 0.0
    return found
