"""``sama.public`` on a real broker: filled beside the internal exchanges, kept whole, filled again when it lost something."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from shared.contracts.envelope import Cause, envelop
from shared.contracts.public.forms import public_form
from shared.contracts.registry import OrganizationApproved
from shared.messaging import publisher
from shared.messaging.bus import BrokerAway, Bus, Subscriptions
from shared.messaging.topology import PUBLIC, PUBLIC_REPLAYS, Binding
from tests.integration.messaging.support import Server, suspended, until

pytestmark = pytest.mark.servers

BINDING = Binding(PUBLIC, PUBLIC, "#")


def approved(number: int) -> dict[str, Any]:
    """An event of registry that has a public form."""
    data = OrganizationApproved(
        organization=f"o{number}", status="approved", name="انجمن", kind="association", districts=["d1"]
    )
    return envelop(data, subject=f"organization/o{number}", number=1, at=datetime.now(UTC), cause=Cause("p1", "c1"))


def form(event: Mapping[str, Any]) -> dict[str, Any]:
    found = public_form(event)
    assert found is not None
    return found


async def shown(bus: Bus) -> list[dict[str, Any]]:
    return [orjson.loads(event.body) async for event in bus.public.read()]


async def test_an_event_and_its_public_form_are_published_together_and_what_is_not_public_is_not(
    server: Server,
) -> None:
    bus = await server.announcer()
    events = [approved(1), suspended(1), approved(2)]

    await bus.publish(events)

    assert [archived.type async for archived in bus.archive.read()] == [event["type"] for event in events]
    assert await shown(bus) == [form(events[0]), form(events[2])]


async def test_the_public_message_names_no_cause_and_is_kept_on_disk(server: Server) -> None:
    bus = await server.announcer()
    channel = await server.channel()
    queue = await channel.declare_queue("outsider")
    await queue.bind(PUBLIC, "organization.*.v1")

    await bus.publish([approved(1)])

    message = await server.take("outsider")
    assert (message.correlation_id, message.headers, message.app_id, message.user_id) == (None, {}, None, None)
    assert message.message_id == form(approved(1))["id"]
    assert (message.routing_key, message.type) == ("organization.approved.v1",) * 2
    assert message.content_type == "application/cloudevents+json"
    assert message.delivery_mode == 2


async def test_without_the_public_stream_nothing_counts_as_published(server: Server) -> None:
    """Both are confirmed before an outbox is marked, so a crash between the two repeats both."""
    bus = await server.announcer()
    await server.delete_binding(*BINDING)

    with pytest.raises(BrokerAway):
        await bus.publish([approved(1)])

    await bus.guard.check()
    await bus.publish([approved(1)])
    assert {event["subject"] for event in await shown(bus)} == {"organization/o1"}


async def test_a_form_that_cannot_be_made_stops_nobody_and_sounds(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_event: Mapping[str, Any]) -> None:
        raise ZeroDivisionError

    bus = await server.announcer()
    with monkeypatch.context() as patch:
        patch.setattr(publisher, "public_form", broken)
        await bus.publish([approved(1)])

    assert len([archived async for archived in bus.archive.read()]) == 1
    assert [r.levelno for r in caplog.records if getattr(r, "alarm", "") == "public_form_failed"] == [logging.ERROR]
    assert await bus.refill_public({"organization.approved.v1"}) == 1
    assert await shown(bus) == [form(approved(1)) | {"time": (await shown(bus))[0]["time"]}]


async def test_a_lost_binding_is_made_again_and_what_was_missed_is_published_f9(server: Server) -> None:
    """Something else takes public events too, so publishing does not notice that the stream misses them."""
    events = [approved(1), approved(2)]
    bus = await server.announcer()
    channel = await server.channel()
    await (await channel.declare_queue("webhooks")).bind(PUBLIC, "#")
    await bus.publish(events[:1])

    await bus.guard.stop()  # or its own first look may be the quicker one
    await server.delete_binding(*BINDING)
    await bus.publish(events[1:])
    assert await shown(bus) == [form(events[0])]

    assert (await bus.guard.check()).bindings == {BINDING}
    assert await shown(bus) == [form(event) for event in events], "and nothing twice"
    assert await server.ready(PUBLIC_REPLAYS) == 0


async def test_a_lost_stream_is_filled_again_from_the_beginning_f9(server: Server) -> None:
    events = [approved(number) for number in range(450)]  # more than one batch
    bus = await server.start(Subscriptions("registry"))
    await bus.publish(events)

    await server.delete_queue(PUBLIC)

    async def filled() -> bool:
        try:
            return {event["id"] for event in await shown(bus)} == {form(event)["id"] for event in events}
        except BrokerAway:
            return False

    await until(filled, seconds=40)


async def test_a_filling_that_a_crash_interrupted_is_done_by_another_service(server: Server) -> None:
    bus = await server.announcer()
    await bus.publish([approved(1)])
    await server.delete_queue(PUBLIC)

    await bus._refill.write_down(None)  # and then it crashes, before the repair
    other = await server.start(Subscriptions("budget"), check_seconds=3600)

    async def filled() -> bool:
        return [event["subject"] for event in await shown(other)] == ["organization/o1"]

    await until(filled)


async def test_a_stream_that_is_new_beside_an_old_archive_gets_the_past(server: Server) -> None:
    bus = await server.announcer()
    await bus.publish([approved(1)])
    await bus.stop()
    for name in (PUBLIC, PUBLIC_REPLAYS):
        await server.delete_queue(name)
    await server.delete_exchange(PUBLIC)

    upgraded = await server.start(Subscriptions("registry"))

    async def filled() -> bool:
        return len(await shown(upgraded)) == 1

    await until(filled)


async def test_the_stream_is_read_to_its_end_while_others_write_without_a_mark_for_outsiders(server: Server) -> None:
    bus = await server.announcer()
    assert await shown(bus) == []
    await bus.publish([approved(number) for number in range(1200)])  # more than one window
    stop = asyncio.Event()

    async def write() -> None:
        number = 1200
        while not stop.is_set():
            await bus.publish([approved(number)])
            number += 1

    writing = asyncio.create_task(write())
    try:
        found = await asyncio.wait_for(shown(bus), 30)
    finally:
        stop.set()
        await writing
    assert len({event["id"] for event in found}) >= 1200
    assert {event["type"] for event in found} == {"organization.approved.v1"}


async def test_a_live_reader_gets_what_is_published_later(server: Server) -> None:
    bus = await server.announcer()
    await bus.publish([approved(1)])

    async with asyncio.timeout(10), aclosing(bus.public.read(live=True)) as events:
        assert (await anext(events)).offset == 0
        await bus.publish([approved(2)])
        assert orjson.loads((await anext(events)).body)["subject"] == "organization/o2"
