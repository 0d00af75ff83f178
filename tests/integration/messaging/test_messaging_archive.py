"""Reading the archive, and dead letters, on a real broker."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.registry import OrganizationSuspended
from shared.messaging.bus import BrokerAway
from shared.messaging.deadletters import DeadLetters
from shared.messaging.topology import DELIVERY_LIMIT
from shared.storage.ports import Unavailable
from tests.integration.messaging.support import (
    REINSTATED,
    SUSPENDED,
    Seen,
    Server,
    listening,
    reinstated,
    suspended,
    until,
)

pytestmark = pytest.mark.servers

QUEUE = "review.registry"


async def test_the_archive_is_read_from_the_first_event_to_its_end(server: Server) -> None:
    bus = await server.announcer()
    assert [a async for a in bus.archive.read()] == [], "an empty archive ends at once"
    await bus.publish([suspended(number) for number in range(1200)])  # more than one window

    read = [a async for a in bus.archive.read()]

    assert len(read) == 1200
    assert [a.offset for a in read] == sorted({a.offset for a in read})


async def test_the_archive_is_read_from_an_offset_on(server: Server) -> None:
    bus = await server.announcer()
    await bus.publish([suspended(number) for number in range(10)])
    offsets = [a.offset async for a in bus.archive.read()]

    assert [a.offset async for a in bus.archive.read(offsets[7])] == offsets[7:]


async def test_the_archive_is_read_from_a_time_on(server: Server) -> None:
    bus = await server.announcer()
    await bus.publish([suspended(1)])
    now = datetime.now(UTC)

    assert len([a async for a in bus.archive.read(now - timedelta(hours=1))]) == 1
    assert [a async for a in bus.archive.read(now + timedelta(hours=1))] == []


async def test_only_the_wanted_types_are_given(server: Server) -> None:
    bus = await server.announcer()
    await bus.publish([suspended(1), reinstated(2), suspended(3)])

    assert [a.type async for a in bus.archive.read(types={REINSTATED})] == [REINSTATED]


async def test_a_live_reader_gets_what_is_published_later(server: Server) -> None:
    bus = await server.announcer()
    await bus.publish([suspended(1)])

    async with asyncio.timeout(10), aclosing(bus.archive.read(live=True)) as events:
        assert (await anext(events)).type == SUSPENDED
        await bus.publish([reinstated(2)])
        assert (await anext(events)).type == REINSTATED


async def test_a_reader_whose_connection_is_lost_says_so(server: Server) -> None:
    bus = await server.announcer()
    await bus.publish([suspended(1)])

    async with asyncio.timeout(20), aclosing(bus.archive.read(live=True)) as events:
        await anext(events)
        await server.close_connections(2)
        with pytest.raises(BrokerAway):
            await anext(events)


async def test_dead_letters_are_counted_looked_at_retried_and_discarded(server: Server) -> None:
    healed = asyncio.Event()

    async def fail_at_first(_event: object) -> None:
        if not healed.is_set():
            raise ZeroDivisionError("a bug")

    seen = Seen(fail_at_first)
    await server.start(listening("review", {OrganizationSuspended: seen}))
    bus = await server.announcer()
    events = [suspended(number) for number in range(3)]
    await bus.publish(events)

    async with DeadLetters.open(server.settings) as letters:

        async def all_dead() -> bool:
            return await letters.count() == {QUEUE: 3}

        await until(all_dead)
        for _look in range(DELIVERY_LIMIT + 5):  # looking is a delivery, and must not use the letters up
            looked = await until(lambda: letters.peek(QUEUE, 1))
        assert [(found.type, found.reason, found.queue) for found in looked] == [(SUSPENDED, "a bug", QUEUE)]
        await until(all_dead)
        assert {found.message_id for found in await letters.peek(QUEUE)} == {event["id"] for event in events}

        await until(lambda: letters.discard(QUEUE, {events[0]["id"]}))
        healed.set()
        await until(lambda: letters.retry(QUEUE, {events[1]["id"]}))
        await until(lambda: seen.subjects == ["1"])
        await until(lambda: letters.retry(QUEUE))  # the broker gives back what was looked at after a moment
        await until(lambda: seen.subjects == ["1", "2"])
        assert await letters.count() == {QUEUE: 0}


async def test_a_retried_dead_letter_starts_with_clean_headers(server: Server) -> None:
    async def unavailable(_event: object) -> None:
        raise Unavailable("never answered")

    bus = await server.start(listening("review", {OrganizationSuspended: Seen(unavailable)}), back_off=())
    await bus.publish([suspended(1)])

    async with DeadLetters.open(server.settings) as letters:

        async def dead() -> bool:
            return bool(await letters.peek(QUEUE))

        await until(dead)
        [letter] = await letters.peek(QUEUE)
        assert letter.reason == "delivery_limit"
        await bus.stop()
        assert await letters.retry(QUEUE) == 1

    message = await server.take(QUEUE)
    added = [name for name in message.headers if name.startswith(("x-sama", "x-death", "x-first"))]
    assert added == ["x-sama-retries"]
