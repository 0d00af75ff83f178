"""F3: a service is asked to stop under load: it answers what it took, announces what it saved, and ends by itself."""

import asyncio
import os
import signal
from typing import Final

import pytest

from ops.client import SERVICES
from tests.integration.faults.city import City
from tests.integration.faults.quiet import begun_and_cut, unsent
from tests.integration.faults.underway import under_load
from tests.waiting import until

STOP_SECONDS: Final = 40.0  # ten for open calls, ten for handlers, and a busy machine
ENDINGS: Final = ("ended with exit code 0", "ended by SIGTERM")
"""uvicorn ends its own shutdown and then passes the signal on, as a shell expects of a program that was told to end."""


@pytest.mark.parametrize(
    "service", [name if name == "review" else pytest.param(name, marks=pytest.mark.slow) for name in SERVICES]
)
async def test_a_service_stopped_under_load_leaves_nothing_half_done(city: City, service: str) -> None:
    child = city.process(service).watched.child
    city.process(service).watched.held = True
    assert child.pid is not None
    async with under_load(city) as load:
        if service == "registry":  # organisations are registered before the load begins
            await load.until_answered(1)
        else:
            await load.until_answered(15)
        begun = len(child.log.read_text(errors="replace"))
        os.kill(child.pid, signal.SIGTERM)
        await until(lambda: not child.running, seconds=STOP_SECONDS, what=f"{service} ending by itself")
        assert child.ending in ENDINGS, child.ending
        said = child.log.read_text(errors="replace")[begun:]
        assert "Application shutdown complete" in said, said
        assert await asyncio.to_thread(unsent, city, service) == [], "what it saved is announced before it ends"
        await city.run(service)
    cut = await begun_and_cut(city, [a for a in load.workload.log.of("unknown") if a.command.service == service])
    assert cut == [], "a call that it took was not answered"
