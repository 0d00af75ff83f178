"""Consuming on a real broker: prefetch, failure, redelivery, stop, reconnection (messaging rules 1, 4, 6, 7, 8)."""

import asyncio
import json
from typing import Any

import aio_pika
import pytest

from shared.contracts.base import EventData
from shared.contracts.envelope import Envelope
from shared.contracts.refusals import NotFound
from shared.contracts.registry import OrganizationReinstated, OrganizationSuspended
from shared.messaging.bus import Bus
from shared.messaging.topology import DELIVERY_LIMIT
from shared.storage.ports import Unavailable
from tests.integration.messaging.support import SUSPENDED, Seen, Server, listening, reinstated, suspended, until

pytestmark = pytest.mark.servers

QUEUE = "review.registry"
DEAD = "review.registry.dead"


async def raw(server: Server, body: bytes) -> None:
    """Publish something that no bus would."""
    channel = await server.channel()
    exchange = await channel.get_exchange("sama.registry")
    await exchange.publish(aio_pika.Message(body, message_id="raw"), SUSPENDED)


async def test_an_event_reaches_the_handler_of_its_type_as_its_contract(server: Server) -> None:
    given: list[tuple[EventData, Envelope]] = []

    async def on_suspended(data: OrganizationSuspended, event: Envelope) -> None:
        given.append((data, event))

    back = Seen()
    await server.start(listening("review", {OrganizationSuspended: on_suspended, OrganizationReinstated: back}))
    bus = await server.announcer()

    await bus.publish([suspended(1), reinstated(2)])

    await until(lambda: given and back.events)
    [(data, event)] = given
    assert isinstance(data, OrganizationSuspended)
    assert data.organization == "o1"
    assert (event.number, event.announcer, event.cause.causation_id) == (1, "registry", event.id)
    assert back.subjects == ["2"]


async def test_two_replicas_share_a_queue_and_neither_takes_more_than_its_prefetch_rule_1(server: Server) -> None:
    go = asyncio.Event()

    async def hold(_event: Envelope) -> None:
        await go.wait()

    one, two = Seen(hold), Seen(hold)
    await server.start(listening("review", {OrganizationSuspended: one}, prefetch=2))
    await server.start(listening("review", {OrganizationSuspended: two}, prefetch=2))
    bus = await server.announcer()
    await bus.publish([suspended(number) for number in range(10)])

    await until(lambda: one.begun == 2 and two.begun == 2)
    await until(lambda: is_ready(server, 6))
    assert (one.begun, two.begun) == (2, 2)

    go.set()
    await until(lambda: len(one.events) + len(two.events) == 10)
    assert sorted(one.subjects + two.subjects) == [str(number) for number in range(10)]
    await until(lambda: is_ready(server, 0))


async def is_ready(server: Server, count: int, queue: str = QUEUE) -> bool:
    return await server.ready(queue) == count


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"not json", "not a CloudEvents event"),
        (b'{"specversion": "1.0"}', "Field required"),
        (json.dumps(suspended(7) | {"data": {"organization": "o7"}}).encode(), "status"),
    ],
    ids=["no json", "no event", "other data than its type promises"],
)
async def test_bad_data_is_put_aside_with_its_error_and_its_neighbours_go_on_rule_4(
    server: Server, body: bytes, error: str
) -> None:
    seen = Seen()
    await server.start(listening("review", {OrganizationSuspended: seen}))
    bus = await server.announcer()

    await bus.publish([suspended(1)])
    await raw(server, body)
    await bus.publish([suspended(2)])

    dead = await server.take(DEAD)
    assert dead.body == body
    assert dead.message_id == "raw"
    assert error in str(dead.headers["x-sama-error"])
    assert dead.headers["x-sama-error-type"] == "UnreadableEvent"
    assert dead.headers["x-sama-queue"] == QUEUE
    assert str(dead.headers["x-sama-failed-at"]).endswith("Z")
    assert dead.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    await until(lambda: seen.subjects == ["1", "2"])
    assert await server.ready(QUEUE) == 0


@pytest.mark.parametrize("fault", [NotFound(id="o1"), ZeroDivisionError("a bug")], ids=["refusal", "bug"])
async def test_a_handler_that_always_raises_fills_the_dead_letters_and_blocks_nobody_rule_4(
    server: Server, fault: Exception
) -> None:
    async def fail_on_first(event: Envelope) -> None:
        if event.subject == "organization/o1":
            raise fault

    seen = Seen(fail_on_first)
    await server.start(listening("review", {OrganizationSuspended: seen}, prefetch=1))
    bus = await server.announcer()

    event = suspended(1)
    await bus.publish([event, suspended(2), suspended(3)])

    dead = await server.take(DEAD)
    assert dead.message_id == event["id"]
    assert dead.headers["x-sama-error-type"] == type(fault).__name__
    await until(lambda: seen.subjects == ["2", "3"])
    assert seen.begun == 3, "bad data and bugs are not tried again"


async def test_while_a_dependency_is_away_consumption_stands_still_and_no_delivery_is_burnt_rule_4(
    server: Server,
) -> None:
    up = asyncio.Event()
    waiting = 0

    async def unavailable(_event: Envelope) -> None:
        if not up.is_set():
            raise Unavailable("no primary")

    async def wait_until_available() -> None:
        nonlocal waiting
        waiting += 1
        await up.wait()

    seen = Seen(unavailable)
    await server.start(
        listening("review", {OrganizationSuspended: seen}, prefetch=2), wait_until_available=wait_until_available
    )
    bus = await server.announcer()
    await bus.publish([suspended(number) for number in range(6)])

    await until(lambda: waiting == 2)
    await until(lambda: is_ready(server, 4))
    assert seen.begun == 2, "only the prefetch window was touched"

    up.set()
    await until(lambda: len(seen.events) == 6)
    assert await server.ready(DEAD) == 0


async def test_a_transient_error_that_never_ends_is_dead_lettered_at_the_delivery_limit_rule_4(server: Server) -> None:
    async def away_for_first(event: Envelope) -> None:
        if event.subject == "organization/o1":
            raise Unavailable("this document is never answered")

    seen = Seen(away_for_first)
    await server.start(listening("review", {OrganizationSuspended: seen}), back_off=())
    bus = await server.announcer()
    event = suspended(1)

    await bus.publish([event, suspended(2)])

    dead = await server.take(DEAD)
    assert dead.message_id == event["id"]
    [death] = _deaths(dead)
    assert (death["queue"], death["reason"]) == (QUEUE, "delivery_limit")
    assert seen.begun - 1 == DELIVERY_LIMIT + 1, "the first delivery and its redeliveries"
    assert seen.subjects == ["2"]


def _deaths(message: aio_pika.abc.AbstractIncomingMessage) -> list[dict[str, Any]]:
    deaths = message.headers["x-death"]
    assert isinstance(deaths, list)
    return [dict(death) for death in deaths if isinstance(death, dict)]


async def test_a_type_that_this_replica_does_not_know_goes_to_the_one_that_does(server: Server) -> None:
    old, new = Seen(), Seen()
    await server.start(listening("review", {OrganizationSuspended: old}, prefetch=1))
    await server.start(listening("review", {OrganizationSuspended: new, OrganizationReinstated: new}, prefetch=1))
    bus = await server.announcer()

    await bus.publish([reinstated(number) for number in range(4)])

    await until(lambda: set(new.subjects) == {"0", "1", "2", "3"})  # its new binding was also replayed
    assert await server.ready(DEAD) == 0


async def test_a_stop_lets_running_handlers_end_and_leaves_the_rest_to_others_rule_6(server: Server) -> None:
    go = asyncio.Event()

    async def hold(_event: Envelope) -> None:
        await go.wait()

    stopped, follower = Seen(hold), Seen()
    bus = await server.start(listening("review", {OrganizationSuspended: stopped}, prefetch=2))
    announcer = await server.announcer()
    await announcer.publish([suspended(number) for number in range(5)])
    await until(lambda: stopped.begun == 2)

    stopping = asyncio.create_task(bus.stop())
    await asyncio.sleep(0)
    go.set()
    await stopping

    assert len(stopped.events) == stopped.begun, "what had begun has ended"
    await server.start(listening("review", {OrganizationSuspended: follower}))
    await until(lambda: sorted(stopped.subjects + follower.subjects) == ["0", "1", "2", "3", "4"])
    assert await server.ready(DEAD) == 0


async def test_a_stop_does_not_wait_for_a_dependency_that_is_away(server: Server) -> None:
    async def unavailable(_event: Envelope) -> None:
        raise Unavailable("no primary")

    async def for_ever() -> None:
        await asyncio.Event().wait()

    seen = Seen(unavailable)
    bus = await server.start(listening("review", {OrganizationSuspended: seen}), wait_until_available=for_ever)
    announcer = await server.announcer()
    await announcer.publish([suspended(1)])
    await until(lambda: seen.begun == 1)

    async with asyncio.timeout(server.settings.graceful_seconds):
        await bus.stop()

    await until(lambda: is_ready(server, 1))


async def test_consuming_goes_on_after_the_broker_closed_every_connection(server: Server) -> None:
    seen = Seen()
    consuming = await server.start(listening("review", {OrganizationSuspended: seen}))
    first = await server.announcer()
    await first.publish([suspended(1)])
    await until(lambda: seen.subjects == ["1"])

    await server.close_connections(3)  # two of the consumer, one of the announcer

    second = await server.announcer()
    await second.publish([suspended(2)])
    await until(lambda: "2" in seen.subjects)
    await until(lambda: ready(consuming))


async def ready(bus: Bus) -> bool:
    return not await bus.problems()


async def test_readiness_names_a_queue_that_nobody_consumes_rule_7(server: Server) -> None:
    bus = await server.start(listening("review", {OrganizationSuspended: Seen()}))
    assert await bus.problems() == []

    await bus._consumer.stop()

    await until(
        lambda: says(bus, "this replica takes no events: its connection is down", f"queue {QUEUE} has no consumer")
    )

    other = await server.start(listening("review", {OrganizationSuspended: Seen()}))
    await until(lambda: says(other))
    assert await says(
        bus, "this replica takes no events: its connection is down"
    )  # others do, and it is not one of them


async def says(bus: Bus, *problems: str) -> bool:
    return await bus.problems() == list(problems)


async def test_of_a_single_active_consumer_the_second_replica_takes_over_when_the_first_stops(server: Server) -> None:
    one, two = Seen(), Seen()
    first = await server.start(listening("review", {OrganizationSuspended: one}, single_active=True))
    await server.start(listening("review", {OrganizationSuspended: two}, single_active=True))
    bus = await server.announcer()

    await bus.publish([suspended(number) for number in range(4)])
    await until(lambda: len(one.events) == 4)
    assert two.begun == 0

    await first.stop()
    await bus.publish([suspended(number) for number in range(4, 6)])
    await until(lambda: two.subjects == ["4", "5"])
