"""F2: a service is frozen for longer than the broker's patience and thawed: what it held is delivered again, and done once."""

import os
import signal
from typing import Final

import pytest

from tests.integration.faults.city import City
from tests.integration.faults.underway import under_load
from tests.waiting import until

GIVEN_UP_SECONDS: Final = 90.0  # the broker gives a connection up after two to three missed heartbeats of ten seconds


@pytest.mark.slow
@pytest.mark.parametrize("service", ["review", "budget"])
async def test_a_service_frozen_past_its_heartbeat_goes_on_where_it_was(city: City, service: str) -> None:
    pid = city.process(service).watched.child.pid
    assert pid is not None
    async with under_load(city) as load:
        await load.until_answered(10)
        os.kill(pid, signal.SIGSTOP)
        try:

            async def given_up() -> bool:
                return await _consumers(city, service) == 0

            await until(given_up, seconds=GIVEN_UP_SECONDS, what=f"the broker giving {service} up")
        finally:
            os.kill(pid, signal.SIGCONT)
    assert await _consumers(city, service) > 0, "it consumes again"


async def _consumers(city: City, service: str) -> int:
    queues = [queue for queue in await city.vhost_queues() if queue["name"].startswith(f"{service}.")]
    return sum(queue.get("consumers", 0) for queue in queues if not queue["name"].endswith(".dead"))
