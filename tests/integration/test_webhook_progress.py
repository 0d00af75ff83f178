"""One suite for where deliveries stand, run against the fake and against a real MongoDB-wire server."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from services.webhooks.domain.progress import DELIVERIES_KEPT, Delivery, Progress
from services.webhooks.outbound.indexes import INDEXES
from services.webhooks.outbound.progress import MongoProgress
from services.webhooks.usecases.ports import ProgressStore
from shared.storage.mongo import connect, ensure_indexes
from tests.fakes.webhooks import MemoryProgress

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
LATER = NOW + timedelta(seconds=15)


@pytest_asyncio.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.servers)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[ProgressStore]:
    if request.param == "memory":
        yield MemoryProgress()
        return
    client = connect(request.getfixturevalue("mongo_url"))
    database = client[f"sama_test_{uuid4().hex[:12]}"]
    try:
        await ensure_indexes(database, INDEXES)
        yield MongoProgress(database)
    finally:
        await client.drop_database(database.name)
        client.close()


def attempt(number: int) -> Delivery:
    return Delivery(NOW + timedelta(seconds=number), f"e{number}", "case.decided.v1", 1, "delivered", 204, 3, "")


async def taken(store: ProgressStore, id: str = "w1", holder: str = "one") -> Progress:
    found = await store.take(id, await store.get(id), holder, NOW, LATER)
    assert found is not None
    return found


async def test_who_saw_an_older_holder_does_not_get_it(store: ProgressStore) -> None:
    assert await store.get("w1") is None
    first = await taken(store)
    assert (first.holder, first.epoch, first.lease_until) == ("one", 1, LATER)
    assert await store.take("w1", None, "two", NOW, LATER) is None, "somebody was first"
    second = await store.take("w1", first, "two", NOW, LATER)
    assert second is not None
    assert (second.holder, second.epoch) == ("two", 2)
    assert await store.take("w1", first, "three", NOW, LATER) is None
    assert await store.get("w1") == second


async def test_only_the_holder_saves(store: ProgressStore) -> None:
    first = await taken(store)
    assert await store.save(replace(first, position=7, event="e7", delivered=3))
    second = await store.take("w1", first, "two", NOW, LATER)
    assert second is not None
    assert not await store.save(replace(first, position=9), attempt(1))
    stored = await store.get("w1")
    assert stored is not None
    assert (stored.position, stored.event, stored.delivered, stored.holder) == (7, "e7", 3, "two")
    assert await store.deliveries("w1") == []


async def test_a_save_does_not_shorten_a_lease_that_was_renewed(store: ProgressStore) -> None:
    first = await taken(store)
    await taken(store, "w2", "two")
    await store.renew("one", LATER + timedelta(seconds=9))
    assert await store.save(replace(first, position=1))
    found = {each.id: each.lease_until for each in await store.some(["w1", "w2", "w3"])}
    assert found == {"w1": LATER + timedelta(seconds=9), "w2": LATER}


async def test_a_lease_is_given_back_by_its_holder_alone(store: ProgressStore) -> None:
    first = await taken(store)
    second = await store.take("w1", first, "two", NOW, LATER)
    await store.release("one", NOW, first)
    assert (await store.get("w1")) == second
    await taken(store, "w2", "two")
    await store.release("two", NOW)
    assert {(each.holder, each.lease_until) for each in await store.some(["w1", "w2"])} == {(None, NOW)}


async def test_the_last_attempts_are_kept_the_newest_first(store: ProgressStore) -> None:
    held = await taken(store)
    for number in range(DELIVERIES_KEPT + 5):
        assert await store.save(replace(held, position=number), attempt(number))
    kept = await store.deliveries("w1")
    assert kept == [attempt(number) for number in range(DELIVERIES_KEPT + 4, 4, -1)]
    assert await store.deliveries("nobody") == []
