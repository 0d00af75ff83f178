"""F16: old and new versions of events side by side during a rolling upgrade: nothing is dropped, by whichever replica it is taken."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import uuid4

import orjson
import pytest

from shared.contracts.base import EventData
from shared.contracts.registry import OrganizationSuspended
from shared.messaging.bus import Bus
from shared.messaging.deadletters import DeadLetters
from tests.integration.faults.servers import Servers
from tests.integration.messaging.support import Seen, Server, listening, suspended
from tests.waiting import until

QUEUE: Final = "review.registry"
NUMBER: Final = 60
SECONDS: Final = 60.0


class SuspendedAnew(EventData, type="organization.suspended.v2", announcer="registry"):
    """What the next version of registry will announce."""

    organization: str
    because: str


@pytest.fixture
async def server(servers: Servers) -> AsyncIterator[Server]:
    """A virtual host of its own."""
    server = Server(servers.rabbit.url, servers.rabbit.management_url, vhost=f"f16-{uuid4().hex[:8]}")
    await server.create()
    try:
        yield server
    finally:
        await server.remove()


def renewed(number: int) -> dict[str, Any]:
    """An event of the new type, as the new version of registry announces it."""
    old = suspended(number)
    return {
        **old,
        "id": f"{old['id']}-v2",
        "type": SuspendedAnew.event_type,
        "data": {"organization": f"o{number}", "because": "audit"},
    }


def widened(number: int) -> dict[str, Any]:
    """An event of the old type with optional fields of a newer version, in its data and in its envelope."""
    old = suspended(number)
    return {**old, "newattribute": "x", "data": {**old["data"], "added_later": {"deep": [1, 2]}}}


async def test_an_old_replica_takes_events_with_fields_that_it_does_not_know(server: Server) -> None:
    seen = Seen()
    await server.start(listening("review", {OrganizationSuspended: seen}))
    bus = await server.announcer()
    await bus.publish([widened(1), suspended(2)])
    await until(lambda: seen.subjects == ["1", "2"], seconds=SECONDS, what="both taken")
    await _nothing_dead(server)


async def test_a_type_that_only_one_of_two_replicas_knows_is_taken_by_it_and_nothing_is_dropped(server: Server) -> None:
    """A rolling upgrade: old and new replica of a consumer, old and new announcer, both types at once; then the old one goes."""
    old, new, anew = Seen(), Seen(), Seen()
    first = await server.start(listening("review", {OrganizationSuspended: old}))
    bus = await server.announcer()
    await bus.publish([suspended(number) for number in range(NUMBER // 2)])
    await server.start(listening("review", {OrganizationSuspended: new, SuspendedAnew: anew}))

    await asyncio.gather(_publish(bus, renewed), _publish(bus, suspended))

    everybody = {str(number) for number in range(NUMBER)}
    await until(lambda: {*old.subjects, *new.subjects} == everybody, seconds=SECONDS, what="every old event")
    await until(lambda: set(anew.subjects) == everybody, seconds=SECONDS, what="every event of the new type")
    await _nothing_dead(server)

    await first.stop()
    await bus.publish([renewed(NUMBER), suspended(NUMBER)])
    await until(lambda: str(NUMBER) in anew.subjects and str(NUMBER) in new.subjects, seconds=SECONDS, what="the rest")
    assert {orjson.loads(e.body)["type"] async for e in bus.archive.read()} == {
        OrganizationSuspended.event_type,
        SuspendedAnew.event_type,
    }


async def test_what_was_announced_before_any_replica_knew_its_type_reaches_the_first_that_does(server: Server) -> None:
    """The announcer is upgraded first: the archive keeps what no queue is bound to, and the new subscription gets the past."""
    old, anew = Seen(), Seen()
    await server.start(listening("review", {OrganizationSuspended: old}))
    bus = await server.announcer()
    await bus.publish([renewed(1), suspended(2)])
    await until(lambda: old.subjects == ["2"], seconds=SECONDS, what="the old type goes on")
    await server.start(listening("review", {OrganizationSuspended: old, SuspendedAnew: anew}))
    await until(lambda: anew.subjects == ["1"], seconds=SECONDS, what="the past of the new type")
    await _nothing_dead(server)


async def _publish(bus: Bus, make: Any) -> None:
    for number in range(NUMBER):
        await bus.publish([make(number)])


async def _nothing_dead(server: Server) -> None:
    async with DeadLetters.open(server.settings) as letters:
        assert await letters.count() == {QUEUE: 0}
