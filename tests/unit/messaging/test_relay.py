"""The outbox relay (messaging rule 5): never loses, never blocks, never gives up."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from shared.messaging.relay import OutboxRelay
from shared.storage.ports import Document, Unavailable
from tests.fakes.storage import MemoryDocuments
from tests.waiting import until

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


class Broker:
    """A publisher that confirms, or is away."""

    def __init__(self) -> None:
        self.published: list[str] = []
        self.away = False

    async def publish(self, events: Sequence[Document]) -> None:
        if self.away:
            raise Unavailable("broker away")
        self.published += [event["id"] for event in events]


def thing(id: str, *events: str, since: datetime = NOW) -> Document:
    outbox = [{"id": event} for event in events]
    return {"_id": id, "version": 1, "history": [], "outbox": outbox, "unsent_since": since}


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments("things")


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def relay(documents: MemoryDocuments, broker: Broker) -> OutboxRelay:
    return OutboxRelay(broker, [documents], lambda: NOW + timedelta(minutes=1), transient=(Unavailable,))


async def test_published_events_leave_the_outbox(
    relay: OutboxRelay, broker: Broker, documents: MemoryDocuments
) -> None:
    await documents.insert(thing("a", "1", "2"))
    await relay.start()
    relay.announce(documents.outbox("a", 1, [{"id": "1"}, {"id": "2"}]))
    await until(lambda: not documents.documents["a"]["outbox"])
    assert broker.published == ["1", "2"]
    await relay.stop()


async def test_a_newer_outbox_replaces_an_older_one_that_waits(relay: OutboxRelay, documents: MemoryDocuments) -> None:
    await documents.insert(thing("a", "1", "2"))
    relay.announce(documents.outbox("a", 2, [{"id": "1"}, {"id": "2"}]))
    relay.announce(documents.outbox("a", 1, [{"id": "1"}]))
    await relay.flush()
    assert documents.documents["a"]["outbox"] == []


async def test_nothing_is_lost_while_the_broker_is_away(documents: MemoryDocuments, broker: Broker) -> None:
    async def no_wait(_: float) -> None:
        await asyncio.sleep(0)

    relay = OutboxRelay(broker, [documents], lambda: NOW, transient=(Unavailable,), wait=no_wait)
    broker.away = True
    await documents.insert(thing("a", "1"))
    await relay.start()
    relay.announce(documents.outbox("a", 1, [{"id": "1"}]))
    for _ in range(20):
        await asyncio.sleep(0)
    assert documents.documents["a"]["outbox"] == [{"id": "1"}]
    broker.away = False
    await until(lambda: not documents.documents["a"]["outbox"])
    await relay.stop()
    assert set(broker.published) == {"1"}


async def test_an_outbox_is_not_marked_before_the_broker_confirmed(
    relay: OutboxRelay, broker: Broker, documents: MemoryDocuments
) -> None:
    broker.away = True
    await documents.insert(thing("a", "1"))
    relay.announce(documents.outbox("a", 1, [{"id": "1"}]))
    with pytest.raises(Unavailable):
        await relay.flush()
    assert documents.documents["a"]["outbox"] == [{"id": "1"}]


async def test_the_sweep_takes_up_what_a_crash_left(
    relay: OutboxRelay, broker: Broker, documents: MemoryDocuments
) -> None:
    await documents.insert(thing("a", "1", since=NOW))
    assert await relay.sweep() == 1
    await relay.flush()
    assert broker.published == ["1"]
    assert await relay.sweep() == 0


async def test_what_is_published_and_marked_is_not_published_again_by_a_save_that_still_saw_it(
    relay: OutboxRelay, broker: Broker, documents: MemoryDocuments
) -> None:
    await documents.insert(thing("a", "1"))
    relay.announce(documents.outbox("a", 1, [{"id": "1"}]))
    await relay.flush()
    relay.announce(documents.outbox("a", 2, [{"id": "1"}, {"id": "2"}]))
    await relay.flush()
    assert broker.published == ["1", "2"]


async def test_what_could_not_be_marked_is_published_again(
    relay: OutboxRelay, broker: Broker, documents: MemoryDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> None:
        raise Unavailable("database away")

    await documents.insert(thing("a", "1"))
    relay.announce(documents.outbox("a", 1, [{"id": "1"}]))
    with monkeypatch.context() as patch:
        patch.setattr(documents, "sent", away)
        with pytest.raises(Unavailable):
            await relay.flush()
    await relay.flush()
    assert broker.published == ["1", "1"]
    assert documents.documents["a"]["outbox"] == []


async def test_the_sweep_publishes_again_what_a_restored_database_has_unmarked(
    relay: OutboxRelay, broker: Broker, documents: MemoryDocuments
) -> None:
    await documents.insert(thing("a", "1"))
    relay.announce(documents.outbox("a", 1, [{"id": "1"}]))
    await relay.flush()
    documents.documents["a"] |= {"outbox": [{"id": "1"}], "unsent_since": NOW}  # F15: yesterday's backup
    assert await relay.sweep() == 1
    await relay.flush()
    assert broker.published == ["1", "1"]
    assert documents.documents["a"]["outbox"] == []


async def test_the_sweep_takes_away_the_mark_of_an_outbox_that_two_replicas_have_emptied(
    relay: OutboxRelay, broker: Broker, documents: MemoryDocuments
) -> None:
    await documents.insert(thing("a"))
    assert await relay.sweep() == 1
    await relay.flush()
    assert "unsent_since" not in documents.documents["a"]
    assert broker.published == []


async def test_stopping_flushes_what_is_pending(relay: OutboxRelay, broker: Broker, documents: MemoryDocuments) -> None:
    await documents.insert(thing("a", "1"))
    relay.announce(documents.outbox("a", 1, [{"id": "1"}]))
    await relay.stop()
    assert broker.published == ["1"]
