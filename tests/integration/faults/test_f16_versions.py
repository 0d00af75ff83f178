"""F16: during a rolling upgrade old and new versions of an event, and of a replica, are there side by side; nothing is dropped."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from ops.client import SERVICES
from shared.contracts.ids import derive_id
from shared.messaging.publisher import Publisher
from tests.integration.faults.checks import archived, check
from tests.integration.faults.conftest import poor_city
from tests.integration.faults.own import Servers
from tests.integration.faults.workload import Workload
from tests.integration.live import Live
from tests.waiting import until

APP: Final = "tests.integration.faults.newer:app"


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that says which replicas are newer."""
    return tmp_path_factory.mktemp("newer")


@pytest.fixture(scope="module")
async def live(servers: Servers, tmp_path_factory: pytest.TempPathFactory, newer: Path) -> AsyncIterator[Live]:
    """Two replicas of review, both old."""
    async with poor_city(
        servers,
        tmp_path_factory.mktemp("live"),
        replicas={"review": 2},
        apps=dict.fromkeys(SERVICES, APP),
        environment={"SAMA_NEWER_FOLDER": str(newer)},
    ) as live:
        yield live


@pytest.mark.fault("F16")
async def test_old_and_new_events_and_replicas_side_by_side_drop_nothing(
    live: Live, work: Workload, newer: Path
) -> None:
    """The announcer sends each event as v1 and as v2, with fields that nobody knows yet; one replica of two is upgraded."""
    work.begin(4)
    port = urlsplit(live.stack.url("review", 1)).port
    (newer / str(port)).touch()
    await live.stack.end("review", 1)
    await live.stack.start_again("review", 1)
    await work.finish()
    bodies = [json.loads(body) for body in (await archived(live)).values()]
    submitted = [event for event in bodies if event["type"] == "request.submitted.v1"]
    assert submitted
    second = [
        {
            **event,
            "id": derive_id("v2", event["id"]),
            "type": "request.submitted.v2",
            "data": {**event["data"], "urgency": "none", "nobody_knows": {"this": ["field"]}},
        }
        for event in submitted
    ]
    widened = [{**event, "data": {**event["data"], "new_optional": 1}, "unknownattribute": "x"} for event in submitted]
    publisher = Publisher(live.messaging, "a newer announcer")
    await publisher.start()
    try:
        await publisher.publish([*second, *widened])
    finally:
        await publisher.stop()

    def taken() -> bool:
        text = live.stack.log("review", 1).read_text()
        return all(f"took v2 {event['id']}" in text for event in second)

    await until(taken, seconds=120, what="the newer replica having taken every v2")
    await asyncio.gather(
        *(work.status(id, frozenset({"in_progress", "withdrawn", "reserved", "waiting"})) for id in work.requests)
    )
    await check(live, work)
