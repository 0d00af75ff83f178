"""F2, F3 and F18: processes of the services stand still, are ended and are killed while all of them are at work."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Final

import pytest

from ops.client import SERVICES
from shared.messaging.broker import HEARTBEAT_SECONDS
from tests.integration.faults.checks import check
from tests.integration.faults.conftest import poor_city
from tests.integration.faults.own import Servers, go_on, stop_scheduling
from tests.integration.faults.workload import Workload
from tests.integration.live import Live
from tests.waiting import until

REPLICAS: Final = 4
PAST_HEARTBEAT: Final = (
    HEARTBEAT_SECONDS * 3 + 2.0
)  # the broker gives a silent client up after two to three missed beats
KILLS: Final = 6


@pytest.fixture(scope="module")
async def live(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """Four replicas of review, two of the others."""
    replicas = dict.fromkeys(SERVICES, 2) | {"review": REPLICAS}
    async with poor_city(servers, tmp_path_factory.mktemp("live"), replicas=replicas) as live:
        yield live


async def _under_way(work: Workload, requests: int) -> None:
    work.begin(requests)
    calls = len(work.log) + 15
    await until(lambda: len(work.log) >= calls, seconds=90, what="the workload being under way")


@pytest.mark.fault("F3")
async def test_a_service_that_is_ended_under_load_drains_and_puts_nothing_aside(live: Live, work: Workload) -> None:
    await _under_way(work, 4)
    for service in SERVICES:  # one after another, as a rolling upgrade does it
        await live.stack.end(service, 0)
        ended = live.stack.child(service, 0).ending
        assert "SIGKILL" not in ended, f"{service} {ended}: it did not end by itself within its time"
        await live.stack.start_again(service, 0)
    await work.finish()
    await check(live, work)


@pytest.mark.fault("F18")
async def test_review_is_scaled_from_one_to_four_to_one_while_its_replicas_are_killed_at_random(
    live: Live, work: Workload
) -> None:
    rng = random.Random(18)
    for replica in range(1, REPLICAS):
        await live.stack.end("review", replica)
    await asyncio.gather(*(live.stack.start_again("review", replica) for replica in range(1, REPLICAS)))
    for _ in range(KILLS):
        work.begin(1)
        calls = len(work.log) + 5
        replica = rng.randrange(REPLICAS)
        live.stack.kill("review", replica)
        await until(lambda more=calls: len(work.log) >= more, seconds=90, what="the others going on")  # type: ignore[misc]
        live.stack.begin_again("review", replica)
    for replica in range(1, REPLICAS):
        await live.stack.end("review", replica)
    await work.finish()
    await asyncio.gather(*(live.stack.start_again("review", replica) for replica in range(REPLICAS)))
    await check(live, work)


@pytest.mark.fault("F2")
@pytest.mark.slow_fault
@pytest.mark.parametrize("service", ["requests", "budget"])
async def test_a_process_that_stood_still_past_its_heartbeat_causes_duplicates_only(
    live: Live, work: Workload, service: str
) -> None:
    await _under_way(work, 3)
    child = live.stack.child(service, 0)
    stop_scheduling(child)
    try:
        await asyncio.sleep(PAST_HEARTBEAT)
    finally:
        go_on(child)
    await work.finish()
    await check(live, work)
