"""One suite for storage, run against the fake and against a real MongoDB-wire server: so the fake can be trusted elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from shared.contracts.refusals import NotFound
from shared.storage.files import MongoFiles
from shared.storage.indexes import Index, aggregate_indexes
from shared.storage.mongo import MongoCopies, MongoDocuments, connect, ensure_indexes
from shared.storage.ports import Copies, Document, Documents, DuplicateValue, Files, Outbox
from tests.fakes.storage import MemoryCopies, MemoryDocuments, MemoryFiles

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
INDEXES = (
    *aggregate_indexes("things"),
    Index("things", (("claimed", 1),), unique=True, partial={"claimed": {"$type": "string"}}),
    Index("things", (("district", 1), ("at", -1), ("_id", 1))),
)


def event(n: int) -> Document:
    return {"id": f"event-{n}", "type": "thing.done.v1"}


def thing(id: str, **fields: object) -> Document:
    return {"_id": id, "version": 1, "sequence": 0, "history": [], "outbox": [], **fields}


@pytest_asyncio.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.servers)])
async def files(request: pytest.FixtureRequest) -> AsyncIterator[Files]:
    if request.param == "memory":
        yield MemoryFiles()
        return
    client = connect(request.getfixturevalue("mongo_url"))
    database = client[f"sama_test_{uuid4().hex[:12]}"]
    try:
        yield MongoFiles(database, "documents")
    finally:
        await client.drop_database(database.name)
        client.close()


@pytest_asyncio.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.servers)])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Documents, Copies]]:
    if request.param == "memory":
        yield MemoryDocuments("things", INDEXES), MemoryCopies("copies")
        return
    client = connect(request.getfixturevalue("mongo_url"))
    database = client[f"sama_test_{uuid4().hex[:12]}"]
    try:
        await asyncio.gather(*(ensure_indexes(database, INDEXES) for _ in range(5)))  # replicas that start together
        yield MongoDocuments(database, "things"), MongoCopies(database, "copies")
    finally:
        await client.drop_database(database.name)
        client.close()


@pytest.fixture
def documents(stores: tuple[Documents, Copies]) -> Documents:
    return stores[0]


@pytest.fixture
def copies(stores: tuple[Documents, Copies]) -> Copies:
    return stores[1]


async def test_a_second_insert_of_the_same_id_changes_nothing(documents: Documents) -> None:
    assert await documents.insert(thing("a", name="first"))
    assert not await documents.insert(thing("a", name="second"))
    loaded = await documents.load("a")
    assert loaded is not None
    assert loaded["name"] == "first"


async def test_an_update_for_another_version_changes_nothing(documents: Documents) -> None:
    await documents.insert(thing("a", name="first"))
    assert not await documents.update("a", 2, fields={"name": "x"}, history=[], outbox=[], now=NOW)
    loaded = await documents.load("a")
    assert loaded is not None
    assert (loaded["name"], loaded["version"]) == ("first", 1)


async def test_of_many_updates_of_one_version_exactly_one_is_made(documents: Documents) -> None:
    await documents.insert(thing("a", winner=None))
    results = await asyncio.gather(
        *(documents.update("a", 1, fields={"winner": n}, history=[], outbox=[], now=NOW) for n in range(8))
    )
    assert sum(results) == 1


async def test_an_update_pushes_history_and_outbox_behind_what_waits(documents: Documents) -> None:
    await documents.insert(thing("a", outbox=[event(1)], unsent_since=NOW))
    assert await documents.update(
        "a", 1, fields={"x": 1}, history=[{"n": 1, "data": {"y": 2}}], outbox=[event(2)], now=NOW + timedelta(1)
    )
    assert await documents.history("a") == [{"n": 1, "data": {"y": 2}}]
    assert await documents.oldest_unsent() == NOW  # $min keeps since when the oldest waits
    loaded = await documents.load("a")
    assert loaded is not None
    assert loaded["history"] == [{"n": 1}]  # a load is spared the data of the history
    assert loaded["outbox"] == [event(1), event(2)]


async def test_an_update_that_fills_an_empty_outbox_is_found_by_the_sweep(documents: Documents) -> None:
    await documents.insert(thing("a"))
    await documents.update("a", 1, fields={}, history=[], outbox=[event(1)], now=NOW)
    assert await documents.unsent(NOW, 10) == [Outbox("things", "a", 2, [event(1)])]
    assert await documents.oldest_unsent() == NOW


async def test_marking_takes_out_only_what_was_sent(documents: Documents) -> None:
    await documents.insert(thing("a", outbox=[event(1)], unsent_since=NOW))
    first = documents.outbox("a", 1, [event(1)])
    await documents.update("a", 1, fields={}, history=[], outbox=[event(2)], now=NOW)
    await documents.sent([first])
    assert await documents.unsent(NOW, 10) == [Outbox("things", "a", 2, [event(2)])]
    await documents.sent([documents.outbox("a", 2, [event(2)])])
    assert await documents.unsent(NOW, 10) == []
    assert await documents.oldest_unsent() is None


async def test_marking_many_at_once_marks_each_by_its_own_outbox(documents: Documents) -> None:
    for n in range(5):
        await documents.insert(thing(f"t{n}", outbox=[event(n)], unsent_since=NOW))
    await documents.update("t3", 1, fields={}, history=[], outbox=[event(33)], now=NOW)
    await documents.sent([documents.outbox(f"t{n}", 1, [event(n)]) for n in range(5)])
    assert await documents.unsent(NOW, 10) == [Outbox("things", "t3", 2, [event(33)])]


async def test_the_sweep_sees_only_what_has_waited_long_enough(documents: Documents) -> None:
    await documents.insert(thing("old", outbox=[event(1)], unsent_since=NOW))
    await documents.insert(thing("new", outbox=[event(2)], unsent_since=NOW + timedelta(seconds=9)))
    assert [box.id for box in await documents.unsent(NOW + timedelta(seconds=5), 10)] == ["old"]


async def test_due_documents_are_found_and_no_longer_after_due_at_is_taken_away(documents: Documents) -> None:
    await documents.insert(thing("a", due_at=NOW))
    await documents.insert(thing("b", due_at=NOW + timedelta(1)))
    assert await documents.due(NOW, 10) == ["a"]
    await documents.update("a", 1, fields={"due_at": None}, history=[], outbox=[], now=NOW)
    assert await documents.due(NOW, 10) == []


async def test_a_unique_value_is_refused_by_name_and_nothing_is_changed(documents: Documents) -> None:
    await documents.insert(thing("a", claimed="10380284790"))
    await documents.insert(thing("b", claimed=None))
    await documents.insert(thing("c", claimed=None))  # only text is unique
    with pytest.raises(DuplicateValue) as refused:
        await documents.update("b", 1, fields={"claimed": "10380284790"}, history=[{"n": 1}], outbox=[], now=NOW)
    assert refused.value.params == {"field": "claimed"}
    with pytest.raises(DuplicateValue):
        await documents.insert(thing("d", claimed="10380284790"))
    loaded = await documents.load("b")
    assert loaded is not None
    assert (loaded["version"], loaded["claimed"], loaded["history"]) == (1, None, [])


async def test_pages_follow_a_mixed_order_without_gap_or_repeat(documents: Documents) -> None:
    for n in range(7):
        await documents.insert(thing(f"t{n}", district="7", at=NOW + timedelta(days=n // 2), many=[{"k": n}]))
    order = [("at", -1), ("_id", 1)]
    seen: list[str] = []
    after = None
    while found := await documents.find({"district": "7"}, order=order, limit=2, after=after):
        seen += [d["_id"] for d in found]
        after = [found[-1][key] for key, _ in order]
    assert seen == ["t6", "t4", "t5", "t2", "t3", "t0", "t1"]
    assert await documents.count({"district": "7", "many.k": {"$in": [1, 2]}}) == 2
    assert [id async for id in documents.ids({"at": {"$lt": NOW + timedelta(1)}})] == ["t0", "t1"]


async def test_documents_are_counted_by_their_values_with_the_earliest_time_of_each(documents: Documents) -> None:
    for n, (place, status) in enumerate((("7", "open"), ("7", "open"), ("7", "shut"), ("8", "open"), (None, "open"))):
        at = NOW - timedelta(hours=n)
        await documents.insert(thing(f"t{n}", where={"district": place} if place else {}, status=status, at=at))
    groups = await documents.groups({"status": {"$in": ["open"]}}, ("where.district", "status"), earliest="at")
    assert {group.values: (group.count, group.earliest) for group in groups} == {
        ("7", "open"): (2, NOW - timedelta(hours=1)),
        ("8", "open"): (1, NOW - timedelta(hours=3)),
        (None, "open"): (1, NOW - timedelta(hours=4)),
    }
    assert [(g.values, g.count, g.earliest) for g in await documents.groups({"status": "shut"}, ())] == [((), 1, None)]
    assert await documents.groups({"status": "gone"}, ("status",), earliest="at") == []


async def test_an_array_matches_by_one_item_or_by_all_that_are_asked(documents: Documents) -> None:
    await documents.insert(thing("a", words=["one", "two"]))
    await documents.insert(thing("b", words=["two", "three"]))
    assert [id async for id in documents.ids({"words": "one"})] == ["a"]
    assert await documents.count({"words": {"$in": ["one", "three"]}}) == 2
    assert await documents.count({"words": {"$all": ["two"]}}) == 2
    assert [id async for id in documents.ids({"words": {"$all": ["two", "three"]}})] == ["b"]
    assert await documents.count({"words": {"$all": ["one", "three"]}}) == 0


async def test_a_copy_is_replaced_only_by_a_newer_sequence(copies: Copies) -> None:
    assert await copies.apply("org", 3, {"status": "approved"})
    assert not await copies.apply("org", 3, {"status": "repeated"})
    assert not await copies.apply("org", 2, {"status": "late"})
    assert await copies.apply("org", 4, {"status": "suspended"})
    assert await copies.get("org") == {"_id": "org", "sequence": 4, "status": "suspended"}
    assert await copies.get("none") is None
    assert await copies.find({"status": "suspended"}) == [{"_id": "org", "sequence": 4, "status": "suspended"}]


async def test_copies_are_found_and_counted_by_a_range_of_their_ids(copies: Copies) -> None:
    for id in ("a@1", "a@2", "a@3", "aB", "b@1"):
        await copies.apply(id, 1, {})
    assert await copies.count({"_id": {"$gt": "a@", "$lt": "aA"}}) == 3
    found = await copies.find({"_id": {"$gt": "a@1", "$lt": "aA"}}, limit=1)
    assert [copy["_id"] for copy in found] == ["a@2"]


async def test_of_copies_that_arrive_at_once_the_newest_stays(copies: Copies) -> None:
    await asyncio.gather(*(copies.apply("org", n, {"n": n}) for n in (5, 1, 4, 2, 3)))
    newest = await copies.get("org")
    if (
        newest is not None and newest["sequence"] != 5
    ):  # an upsert lost its race to an older one: a redelivery applies it
        assert await copies.apply("org", 5, {"n": 5})
        newest = await copies.get("org")
    assert newest == {"_id": "org", "sequence": 5, "n": 5}


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
async def test_a_file_comes_back_as_it_was_put_until_it_is_removed(files: Files, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    await files.put("a", content)
    await files.put("b", b"another")
    assert b"".join([part async for part in await files.open("a")]) == content
    await files.remove("a")
    await files.remove("a")
    with pytest.raises(NotFound):
        await files.open("a")
    assert b"".join([part async for part in await files.open("b")]) == b"another"
