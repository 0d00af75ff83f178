"""Lost queues, bindings and exchanges on a real broker: noticed, made again, replayed (messaging rules 1 and 2, F9)."""

import asyncio
import logging
from collections.abc import Sequence

import aio_pika
import pytest
from prometheus_client import REGISTRY

from shared.contracts.base import ANNOUNCERS
from shared.contracts.envelope import Envelope
from shared.contracts.registry import OrganizationReinstated, OrganizationSuspended
from shared.messaging.bus import BrokerAway, Bus, Subscriptions
from shared.messaging.guard import Replay
from shared.messaging.topology import DELIVERY_LIMIT, EXCHANGES, Binding, TopologyConflict
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


def repairs(consumer: str = "review") -> float:
    return REGISTRY.get_sample_value("sama_topology_repairs_total", {"consumer": consumer}) or 0.0


async def published(bus: Bus, events: Sequence[dict[str, object]]) -> bool:
    try:
        await bus.publish(events)
    except BrokerAway:
        return False
    return True


async def ready(bus: Bus) -> bool:
    return await bus.problems() == []


async def is_ready(server: Server, queue: str, count: int) -> bool:
    return await server.ready(queue) == count


async def test_ten_replicas_may_declare_everything_at_once_rule_2(server: Server) -> None:
    seen = Seen()
    replicas = [listening("review", {OrganizationSuspended: seen}) for _ in range(10)]

    buses = await asyncio.gather(*(server.start(subscriptions, check_seconds=3600) for subscriptions in replicas))

    bound = await server.bindings()
    assert {(f"sama.{announcer}", "sama.archive", "#") for announcer in ANNOUNCERS} <= bound
    assert ("sama.registry", QUEUE, SUSPENDED) in bound
    await buses[0].publish([suspended(1)])
    await until(lambda: "1" in seen.subjects)
    assert [await bus.problems() for bus in buses] == [[]] * 10


async def test_a_service_declares_the_exchanges_of_announcers_that_have_not_started_rule_2(server: Server) -> None:
    await server.start(listening("review", {OrganizationSuspended: Seen()}))

    assert {source for source, _queue, _key in await server.bindings() if source} == {
        "review.own",
        "sama.own",
        *EXCHANGES,
    }


async def test_the_policy_limits_deliveries_and_loses_no_dead_letter_rule_4(server: Server) -> None:
    await server.start(listening("review", {OrganizationSuspended: Seen()}))

    policies = await server.policies()
    assert policies["sama-edges"]["definition"] == {
        "delivery-limit": DELIVERY_LIMIT,
        "dead-letter-strategy": "at-least-once",
        "overflow": "reject-publish",
    }
    assert policies["sama-kept"]["definition"]["delivery-limit"] > DELIVERY_LIMIT


async def test_a_deleted_binding_is_made_again_and_its_events_replayed_with_an_alarm_f9(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    seen, other = Seen(), Seen()
    await server.start(listening("review", {OrganizationSuspended: seen, OrganizationReinstated: other}))
    bus = await server.announcer()
    before = repairs()

    await server.delete_binding("sama.registry", QUEUE, SUSPENDED)
    await bus.publish([suspended(1), reinstated(2)])

    await until(lambda: "1" in seen.subjects)
    assert ("sama.registry", QUEUE, SUSPENDED) in await server.bindings()
    assert repairs() > before
    alarms = [record for record in caplog.records if getattr(record, "alarm", "") == "topology_repaired"]
    assert alarms
    assert alarms[0].levelno == logging.ERROR
    assert f"binding sama.registry → {QUEUE} ({SUSPENDED})" in alarms[0].getMessage()
    await until(lambda: other.subjects == ["2"])


async def test_a_deleted_queue_is_made_again_and_what_waited_in_it_is_replayed_f9(server: Server) -> None:
    go = asyncio.Event()

    async def hold(_event: Envelope) -> None:
        await go.wait()

    seen = Seen(hold)
    consuming = await server.start(listening("review", {OrganizationSuspended: seen}, prefetch=1))
    bus = await server.announcer()
    await bus.publish([suspended(number) for number in range(5)])
    await until(lambda: seen.begun == 1)

    await server.delete_queue(QUEUE)
    go.set()

    await until(lambda: set(seen.subjects) == {"0", "1", "2", "3", "4"})
    await until(lambda: ready(consuming))  # the consumer is back
    await bus.publish([suspended(5)])
    await until(lambda: "5" in seen.subjects)


async def test_a_queue_deleted_while_the_connections_break_is_made_again_and_consumed_f9(server: Server) -> None:
    seen = Seen()
    consuming = await server.start(listening("review", {OrganizationSuspended: seen}))
    bus = await server.announcer()
    await bus.publish([suspended(1)])
    await until(lambda: "1" in seen.subjects)  # twice where a new queue beside an old archive gets the past, too

    await server.close_connections(3)
    await server.delete_queue(QUEUE)

    await until(lambda: published(bus, [suspended(2)]))
    await until(lambda: "2" in seen.subjects)
    await until(lambda: ready(consuming))


async def test_a_deleted_exchange_stops_publishing_until_a_guard_makes_it_again_f9(server: Server) -> None:
    seen, elsewhere = Seen(), Seen()
    await server.start(listening("review", {OrganizationSuspended: seen}))
    await server.start(listening("requests", {OrganizationSuspended: elsewhere}))
    bus = await server.announcer()

    await server.delete_exchange("sama.registry")

    await until(lambda: published(bus, [suspended(1)]))
    await until(lambda: "1" in seen.subjects and "1" in elsewhere.subjects)
    archived = {a.type async for a in bus.archive.read()}
    assert archived == {SUSPENDED}


async def test_a_deleted_archive_is_made_again_f9(server: Server) -> None:
    await server.start(listening("review", {OrganizationSuspended: Seen()}))
    bus = await server.announcer()

    await server.delete_queue("sama.archive")

    async def archives() -> bool:
        # One for events, one for the mark up to which the archive is read.
        wanted = {("sama.registry", "sama.archive", "#"), ("sama.own", "sama.archive", "sama.archive")}
        return wanted <= set(await server.bindings())

    await until(archives)
    await until(lambda: published(bus, [suspended(1)]))
    assert {a.type async for a in bus.archive.read()} == {SUSPENDED}


async def test_a_new_consumer_gets_the_past(server: Server) -> None:
    bus = await server.announcer()
    await bus.publish([suspended(number) for number in range(300)])

    seen = Seen()
    await server.start(listening("review", {OrganizationSuspended: seen}))

    await until(lambda: set(seen.subjects) == {str(number) for number in range(300)})


async def test_a_new_subscription_of_an_old_consumer_gets_the_past_of_its_type_only(server: Server) -> None:
    old = Seen()
    first = await server.start(listening("review", {OrganizationSuspended: old}))
    bus = await server.announcer()
    await bus.publish([suspended(1), reinstated(2)])
    await until(lambda: old.subjects == ["1"])
    await first.stop()

    again, new = Seen(), Seen()
    await server.start(listening("review", {OrganizationSuspended: again, OrganizationReinstated: new}))

    await until(lambda: new.subjects == ["2"])
    assert again.begun == 0


async def test_bad_data_in_a_replay_is_put_aside_and_the_replay_goes_on(server: Server) -> None:
    bus = await server.announcer()
    await bus.publish([suspended(1), suspended(2) | {"data": {}}, suspended(3)])

    seen = Seen()
    await server.start(listening("review", {OrganizationSuspended: seen}))

    await until(lambda: set(seen.subjects) == {"1", "3"})
    dead = await server.take(f"{QUEUE}.dead")
    assert dead.headers["x-sama-error-type"] == "UnreadableEvent"


async def test_a_replay_that_a_crash_interrupted_is_done_by_another_replica(server: Server) -> None:
    bus = await server.announcer()
    await bus.publish([suspended(1)])

    async def hold(_event: Envelope) -> None:
        await asyncio.Event().wait()

    crashed, follower = Seen(hold), Seen()
    first = await server.start(listening("review", {OrganizationSuspended: crashed}))
    await until(lambda: crashed.begun == 1)
    await server.start(listening("review", {OrganizationSuspended: follower}))
    assert follower.begun == 0

    await first.guard.stop()  # what a crash does to it: the replay is never acknowledged

    await until(lambda: follower.subjects == ["1"])


async def test_a_replay_of_a_type_that_only_the_newer_replica_knows_is_left_to_it_f16(server: Server) -> None:
    """The older replica is the one that looks first; it does what it knows, and must not take the rest for done."""
    known, unknown = Seen(), Seen()
    older = await server.start(listening("review", {OrganizationSuspended: known}), check_seconds=3600)
    await until(lambda: older.guard.checked)
    bus = await server.announcer()
    await bus.publish([suspended(1), reinstated(2)])
    await until(lambda: known.subjects == ["1"])
    replays = await server.channel()
    both = Replay(types=sorted([SUSPENDED, REINSTATED])).model_dump_json().encode()
    await replays.default_exchange.publish(aio_pika.Message(both), "review.replays")

    assert await older.guard.do_replays() == 1
    assert await older.guard.do_replays() == 0
    assert known.subjects == ["1", "1"]
    await until(lambda: is_ready(server, "review.replays", 1))  # the rest, given back
    newer = await server.start(
        listening("review", {OrganizationSuspended: Seen(), OrganizationReinstated: unknown}), check_seconds=3600
    )

    await until(lambda: unknown.subjects[:1] == ["2"])
    await newer.guard.check()
    await until(lambda: is_ready(server, "review.replays", 0))


async def test_without_the_management_api_the_topology_is_declared_but_the_service_is_not_ready(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    seen = Seen()
    subscriptions = listening("review", {OrganizationSuspended: seen})
    blind = await server.start(subscriptions, management_url="http://guest:guest@127.0.0.1:1")
    bus = await server.announcer()

    await bus.publish([suspended(1)])

    await until(lambda: seen.subjects == ["1"])
    assert await blind.problems() == ["the queues and bindings have not been checked yet"]
    assert "unseen" in caplog.text


async def test_what_was_lost_while_the_management_api_was_away_is_replayed_when_it_is_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Seen()
    consuming = await server.start(listening("review", {OrganizationSuspended: seen}), check_seconds=3600)
    await until(lambda: consuming.guard.checked)
    bus = await server.announcer()
    away = consuming._management._client

    await server.delete_binding("sama.registry", QUEUE, SUSPENDED)
    await bus.publish([suspended(1)])
    with monkeypatch.context() as patch:
        patch.setattr(away, "_base_url", away._base_url.copy_with(port=1))
        assert not await consuming.guard.check()
    assert ("sama.registry", QUEUE, SUSPENDED) in await server.bindings(), "declared again, unseen"
    assert seen.begun == 0

    await consuming.guard.check()

    assert seen.subjects == ["1"]


async def test_a_queue_of_another_kind_is_a_conflict_that_names_it(server: Server) -> None:
    channel = await server.channel()
    await channel.declare_queue(QUEUE, durable=True)

    with pytest.raises(TopologyConflict, match=QUEUE):
        await server.start(listening("review", {OrganizationSuspended: Seen()}))


async def test_the_comparison_sees_what_the_broker_has(server: Server) -> None:
    bus = await server.start(listening("review", {OrganizationSuspended: Seen()}), check_seconds=3600)
    await until(lambda: bus.guard.checked)
    await bus.guard.stop()  # or its own first look may be the quicker one
    await server.delete_queue(f"{QUEUE}.dead")
    await server.delete_binding("sama.review", "sama.archive", "#")

    missing = await bus.guard.check()

    assert missing.queues == {f"{QUEUE}.dead"}
    assert missing.bindings == {
        Binding("sama.review", "sama.archive", "#"),
        Binding("review.own", f"{QUEUE}.dead", f"{QUEUE}.dead"),
    }
    assert not await bus.guard.check()
    assert REINSTATED not in str(missing)


async def test_a_service_that_only_announces_guards_the_archive_too(server: Server) -> None:
    bus = await server.start(Subscriptions("registry"), check_seconds=3600)
    await bus.guard.stop()  # or its own first look may be the quicker one
    await server.delete_binding("sama.registry", "sama.archive", "#")

    assert await bus.guard.check()
    await bus.publish([suspended(1)])  # raises if nothing takes it
