"""A stream followed once for many readers: what is kept, what is read again from the broker, and the broker's restart of the reading."""

import json
from collections.abc import AsyncIterator

import pytest

from shared.clock import utc_now
from shared.messaging.broker import BrokerAway
from shared.messaging.bus import Bus
from shared.messaging.tail import StreamTail
from shared.messaging.topology import PUBLIC
from tests.integration.messaging.support import Server, listening, until
from tests.integration.webhooks.conftest import district_defined

KEPT = 10


@pytest.fixture
async def bus(server: Server) -> AsyncIterator[Bus]:
    """A bus that publishes."""
    bus = Bus(server.settings, listening("test", {}))
    await bus.start()
    yield bus
    await bus.stop()


@pytest.fixture
async def tail(bus: Bus) -> AsyncIterator[StreamTail]:
    tail = StreamTail(bus._settings, PUBLIC, "test", kept=KEPT)
    await tail.start()
    yield tail
    await tail.stop()


async def publish(bus: Bus, numbers: range) -> None:
    await bus.publish([district_defined(number) for number in numbers])


def numbers(messages: object) -> list[int]:
    return [json.loads(message.body)["data"]["order"] for message in messages]  # type: ignore[attr-defined]


async def test_everything_is_read_in_order_whatever_is_kept(bus: Bus, tail: StreamTail) -> None:
    assert await tail.read(0, 5) == [], "nothing there yet"
    await publish(bus, range(40))
    await until(lambda: tail.end == 40)
    await publish(bus, range(40, 60))
    await until(lambda: tail.end == 60)
    assert len(tail._kept) == KEPT
    assert numbers(await tail.read(0, 20)) == list(range(20)), "from the broker"
    assert numbers(await tail.read(43, 20)) == list(range(43, 60)), "from the broker up to the end"
    assert numbers(await tail.read(50, 20)) == list(range(50, 60)), "from what is kept"
    assert numbers(await tail.read(55, 2)) == [55, 56]
    assert await tail.read(60, 5) == []


async def test_what_comes_is_news_at_once(bus: Bus, tail: StreamTail) -> None:
    await publish(bus, range(3))
    await tail.news(1, 10)
    assert tail.end is not None
    assert tail.end >= 3
    await tail.news(tail.end - 1, 0.05)  # nothing comes: it returns all the same


async def test_a_tail_that_begins_later_knows_the_end_at_once(bus: Bus) -> None:
    await publish(bus, range(30))
    later = StreamTail(bus._settings, PUBLIC, "later", kept=KEPT)
    await later.start()
    await until(lambda: later.end == 30)
    assert numbers(await later.read(0, 100)) == list(range(30))
    await later.stop()


async def test_after_a_lost_connection_it_goes_on_without_a_gap(bus: Bus, tail: StreamTail, server: Server) -> None:
    await publish(bus, range(5))
    await until(lambda: tail.end == 5)
    await server.close_connections(2)

    async def published() -> bool:
        try:
            await publish(bus, range(5, 30))
        except BrokerAway:  # the connection was just closed; some may be there, and whoever publishes repeats all
            return False
        return True

    await until(published)

    async def all_there() -> bool:
        return set(numbers(await tail.read(0, 100))) == set(range(30))

    await until(all_there)


async def test_a_time_is_the_place_before_what_was_stored_then(bus: Bus, tail: StreamTail) -> None:
    assert await tail.before(utc_now()) == -1
    before = utc_now()
    await publish(bus, range(5))
    await until(lambda: tail.end == 5)
    assert await tail.before(before) == -1
