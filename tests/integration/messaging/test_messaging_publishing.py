"""Publishing on a real broker (messaging rules 1, 2 and the publishing side of 5)."""

from dataclasses import replace
from typing import Any

import aio_pika
import pytest

from shared.contracts.envelope import decode
from shared.contracts.registry import OrganizationSuspended
from shared.messaging.bus import BrokerAway, Bus, NotRouted, Subscriptions
from tests.integration.messaging.support import SUSPENDED, Seen, Server, listening, suspended, until

pytestmark = pytest.mark.servers


async def test_an_event_is_stored_persistent_with_its_id_and_type_rule_1(server: Server) -> None:
    bus = await server.announcer()
    channel = await server.channel()
    queue = await channel.declare_queue("looks", durable=True, arguments={"x-queue-type": "quorum"})
    await queue.bind("sama.registry", SUSPENDED)
    event = suspended(1)

    await bus.publish([event])

    message = await server.take("looks")
    assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    assert message.content_type == "application/cloudevents+json"
    assert (message.message_id, message.type, message.routing_key) == (event["id"], SUSPENDED, SUSPENDED)
    assert message.correlation_id == "c1"
    assert decode(message.body).payload() == OrganizationSuspended.model_validate(event["data"])


async def test_queues_are_quorum_and_the_archive_is_a_stream_that_keeps_everything_rule_1(server: Server) -> None:
    await server.start(listening("review", {OrganizationSuspended: Seen()}))

    types = {
        name: (await server.queue(name))["type"] for name in ("review.registry", "review.registry.dead", "sama.archive")
    }
    assert types == {"review.registry": "quorum", "review.registry.dead": "quorum", "sama.archive": "stream"}
    assert (await server.queue("sama.archive"))["arguments"] == {"x-queue-type": "stream"}


async def test_many_events_are_confirmed_at_once_and_keep_their_order(server: Server) -> None:
    bus = await server.announcer()

    await bus.publish([suspended(number) for number in range(500)])

    archived = [decode(a.body).subject async for a in bus.archive.read()]
    assert archived == [f"organization/o{number}" for number in range(500)]


async def published(bus: Bus, event: dict[str, Any]) -> bool:
    try:
        await bus.publish([event])
    except BrokerAway:
        return False
    return True


async def test_an_undeclared_exchange_fails_the_publish_and_its_channel_heals_rule_2(server: Server) -> None:
    bus = await server.announcer()
    await server.delete_exchange("sama.registry")

    with pytest.raises(BrokerAway):
        await bus.publish([suspended(1)])

    reviewed = suspended(2) | {"source": "/sama/review"}
    await until(lambda: published(bus, reviewed))


async def test_an_event_that_no_queue_takes_is_not_confirmed_rule_1(server: Server) -> None:
    bus = await server.announcer()
    await server.delete_queue("sama.archive")

    with pytest.raises(NotRouted):
        await bus.publish([suspended(1)])


async def test_publishing_goes_on_after_the_broker_closed_every_connection(server: Server) -> None:
    bus = await server.announcer()
    await bus.publish([suspended(1)])
    await server.close_connections(1)

    await until(lambda: published(bus, suspended(2)))
    subjects = {decode(a.body).subject async for a in bus.archive.read()}
    assert subjects == {"organization/o1", "organization/o2"}


async def test_a_broker_that_is_not_there_is_reported_within_the_deadline(server: Server) -> None:
    nowhere = replace(server.settings, url="amqp://guest:guest@127.0.0.1:1/", start_seconds=0.5)
    bus = Bus(nowhere, Subscriptions("registry"))

    with pytest.raises(BrokerAway):
        await bus.start()

    assert await bus.problems() == ["the broker is away"]
    with pytest.raises(BrokerAway):
        await bus.publish([suspended(1)])
    await bus.stop()
