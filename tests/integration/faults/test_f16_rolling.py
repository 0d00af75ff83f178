"""F16: a service of two replicas is replaced by its next version, one replica after the other, under load over HTTP.

Old and new run side by side for a while: they take one another's events from the same queues and read one another's documents.
"""

import os
import signal
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final

import httpx
import pytest
from pymongo import MongoClient

from ops.client import SERVICES
from ops.local.services import ServiceProcess
from tests.integration.faults.city import NEWER, City
from tests.integration.faults.newer import ATTRIBUTE, FIELD
from tests.integration.faults.quiet import archived_bodies, begun_and_cut
from tests.integration.faults.underway import Waves, under_waves
from tests.integration.faults.workload import Attempt
from tests.waiting import until

pytestmark = pytest.mark.slow

STOP_SECONDS: Final = 40.0  # ten for open calls, ten for handlers, and a busy machine
ENDINGS: Final = ("ended with exit code 0", "ended by SIGTERM")
BUSY: Final = frozenset({"too_busy", "no_answer_in_time"})
"""What a busy machine answers without any upgrade: nothing was done, the same call again."""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_replaced_replica_by_replica_fails_no_call(city: City, service: str) -> None:
    """As on Kubernetes: a new replica is ready before an old one goes, and who goes gets no new calls before it is told to stop."""
    async with under_waves(city) as load:
        await _upgrade(city, service, load, taken_out=True)
    assert [_told(attempt) for attempt in load.attempts if _failed(attempt)] == []
    await _both_versions_were_at_work(city, service)


async def test_a_replica_that_still_gets_calls_while_it_stops_loses_none(city: City) -> None:
    """As behind a proxy that has not heard yet: what comes too late is not begun, and its repeat is answered by another."""
    async with under_waves(city) as load:
        await _upgrade(city, "review", load, taken_out=False)
    failed = [attempt for attempt in load.attempts if _failed(attempt)]
    assert {attempt.status for attempt in failed} <= {None}, [_told(attempt) for attempt in failed]
    assert {attempt.command.service for attempt in failed} <= {"review"}
    assert [_told(attempt) for attempt in await begun_and_cut(city, failed)] == []


async def _upgrade(city: City, service: str, load: Waves, *, taken_out: bool) -> None:
    """Replace both replicas of the service by its next version, one after the other."""
    second = await city.add(service)
    first = city.process(service)
    first.watched.held = True
    await load.until_answered(10)

    await city.add(service, NEWER)
    await load.until_answered(10)
    await _stop(city, first, load, taken_out=taken_out)
    await city.run(service, NEWER)
    city.resting.discard(first.url)
    await load.until_answered(10)
    await _stop(city, second, load, taken_out=taken_out)
    city.replicas[service].remove(second)
    city.resting.discard(second.url)


async def _stop(city: City, process: ServiceProcess, load: Waves, *, taken_out: bool) -> None:
    """Tell the replica to stop, with or without taking it out of the turn before, and see that it ends in order."""
    child = process.watched.child
    assert child.pid is not None
    if taken_out:
        city.resting.add(process.url)
        await until(
            lambda: not load.under_way(process.url), seconds=STOP_SECONDS, what="calls that it had are answered"
        )
    begun = len(child.log.read_text(errors="replace"))
    os.kill(child.pid, signal.SIGTERM)
    await until(lambda: not child.running, seconds=STOP_SECONDS, what=f"{child.name} ending by itself")
    assert child.ending in ENDINGS, child.ending
    assert "Application shutdown complete" in child.log.read_text(errors="replace")[begun:]
    city.resting.add(process.url)  # nobody is there any more


def _failed(attempt: Attempt) -> bool:
    """Whether the caller got no answer, or one that says that the service could not."""
    if attempt.status is None:
        return True
    return attempt.status >= httpx.codes.INTERNAL_SERVER_ERROR and not any(code in attempt.text for code in BUSY)


def _told(attempt: Attempt) -> str:
    return f"{attempt.command.method} {attempt.command.service}{attempt.command.path}: {attempt.status} {attempt.text}"


async def _both_versions_were_at_work(city: City, service: str) -> None:
    """Both versions have announced and written, or the test shows nothing; registry works before the load begins, budget has entries."""
    if service == "registry":
        return
    new = [ATTRIBUTE in body for body in await archived_bodies(city) if body["source"] == f"/sama/{service}"]
    assert any(new)
    assert not all(new)
    if service != "budget":
        written = _written(city, service)
        assert any(FIELD in document for document in written)
        assert any(document["version"] > 1 and FIELD in document for document in written)


def _written(city: City, service: str) -> Sequence[dict[str, Any]]:
    client: MongoClient[dict[str, Any]] = MongoClient(city.mongo_url)
    with closing(client):
        collection = {"requests": "requests", "review": "cases"}[service]
        return list(client[f"{city.prefix}_{service}"][collection].find({}, {FIELD: 1, "version": 1}))
