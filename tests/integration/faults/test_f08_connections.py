"""F8: connections are reset, fall silent, or are slow: detected, nothing hangs, and the longest answers stay within their bound."""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from ops.client import SERVICES
from tests.integration.faults.city import City
from tests.integration.faults.quiet import check, quiet
from tests.integration.faults.workload import Workload
from tests.waiting import until

SEED: Final = 8
RESETS: Final = 12
PAUSE: Final = (0.1, 1.0)  # seconds between two resets: some in the middle of a reconnection
DELAY: Final = 0.03  # seconds, each piece of data, each way: a line between two cities, or a server at its limit
P99_SECONDS: Final = 15.0  # a database lost twice on the way of one call is looked for twice; alone it takes three
NOTICED_SECONDS: Final = 45.0  # three heartbeats of ten seconds, and the poll of readiness


async def test_work_goes_on_while_connections_are_reset_again_and_again(city: City) -> None:
    rng = random.Random(SEED)
    workload = Workload(city, each=2)
    await workload.prepare()
    work = asyncio.create_task(workload.run())
    try:
        await until(lambda: bool(workload.requests), seconds=60, what="the work has begun")
        for _ in range(RESETS):
            await rng.choice((city.rabbit, city.mongo)).become("there")  # resets whoever is connected
            await asyncio.sleep(rng.uniform(*PAUSE))  # the fault's own rhythm; nothing waits for it
        await work
    finally:
        work.cancel()
    await city.ready()
    await quiet(city)
    await check(city, workload)
    assert p99(workload) < P99_SECONDS


async def test_work_over_slow_connections_ends_well_and_answers_stay_within_their_bound(city: City) -> None:
    workload = Workload(city, each=1, districts=1)
    assert workload.awards == 0, "a single request, and no money for it: it ends in the waiting list"
    await workload.prepare()
    with _slow(city):
        await workload.run()
        await quiet(city)
    await check(city, workload)
    assert p99(workload) < P99_SECONDS


@pytest.mark.slow
async def test_a_broker_that_falls_silent_is_noticed_and_nothing_hangs_meanwhile(city: City) -> None:
    """Half-open: connections stay and nothing comes through. Only the heartbeat tells; until then writes are saved, not announced."""
    workload = Workload(city, each=2)
    await workload.prepare()
    work = asyncio.create_task(workload.run())
    try:
        await until(lambda: bool(workload.requests), seconds=60, what="the work has begun")
        await city.rabbit.become("silent")
        since = time.monotonic()

        async def noticed() -> bool:
            answers = await asyncio.gather(*(city.health(service) for service in SERVICES))
            return all(a.status_code == 503 and "broker" in " ".join(a.json()["problems"]) for a in answers)

        try:
            await until(noticed, seconds=NOTICED_SECONDS + 15, what="every service names the broker")
            took = time.monotonic() - since
        finally:
            await city.rabbit.become("there")
        await work
    finally:
        work.cancel()
    await quiet(city)
    await check(city, workload)
    assert took < NOTICED_SECONDS
    assert p99(workload) < P99_SECONDS


def p99(workload: Workload) -> float:
    """Return the 99th percentile of how long calls took, in seconds, those without an answer too."""
    took = sorted(attempt.seconds for attempt in workload.log.attempts)
    return took[len(took) * 99 // 100]


@contextmanager
def _slow(city: City) -> Iterator[None]:
    proxies = (city.rabbit, city.mongo)
    for proxy in proxies:
        proxy.delay = DELAY
    try:
        yield
    finally:
        for proxy in proxies:
            proxy.delay = 0.0
