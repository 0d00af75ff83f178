"""One suite for portal's rows, run against the fake and against a real MongoDB-wire server."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from services.portal.outbound.indexes import INDEXES
from services.portal.outbound.store import MongoRows
from services.portal.usecases.ports import Rows
from shared.storage.mongo import connect, ensure_indexes
from tests.fakes.portal import MemoryRows


@pytest_asyncio.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.servers)])
async def rows(request: pytest.FixtureRequest) -> AsyncIterator[Rows]:
    if request.param == "memory":
        yield MemoryRows("requests")
        return
    client = connect(request.getfixturevalue("mongo_url"))
    database = client[f"sama_test_{uuid4().hex[:12]}"]
    try:
        await ensure_indexes(database, INDEXES)
        yield MongoRows(database, "requests")
    finally:
        await client.drop_database(database.name)
        client.close()


async def filled(rows: Rows) -> None:
    for n in range(5):
        row = {"_id": f"r{n}", "sequence": n, "facts": [{"slot": "s"}], "district": str(n % 2), "amount": 10 * n}
        assert await rows.put(None, {**row, "search": ["همه", f"w{n}"], "award": n > 0})


async def test_a_row_is_replaced_only_from_what_was_seen(rows: Rows) -> None:
    first = {"_id": "r", "sequence": 1, "facts": [], "v": 1}
    assert await rows.get("r") is None
    assert await rows.put(None, first)
    assert not await rows.put(None, {**first, "v": 2}), "somebody was first"
    assert await rows.put(first, {**first, "sequence": 3})
    assert not await rows.put(first, {**first, "sequence": 2}), "seen before the last change"
    assert await rows.get("r") == {**first, "sequence": 3}


async def test_what_many_write_is_overwritten_whatever_is_there(rows: Rows) -> None:
    await asyncio.gather(*(rows.overwrite({"_id": "city/1405", "mark": str(n)}) for n in range(20)))
    seen = await rows.get("city/1405")
    assert seen is not None
    await rows.overwrite({"_id": "city/1405", "mark": "later"})
    await rows.discard("city/1405", {"mark": seen["mark"]})
    assert await rows.get("city/1405") == {"_id": "city/1405", "mark": "later"}, (
        "only the mark that was worked off goes"
    )


async def test_rows_are_read_by_pages_without_their_facts(rows: Rows) -> None:
    await filled(rows)
    order = (("amount", -1), ("_id", 1))
    first = await rows.find({"award": True}, order=order, limit=3)
    assert [row["_id"] for row in first] == ["r4", "r3", "r2"]
    assert all("facts" not in row for row in first)
    assert [row["_id"] for row in await rows.find({"award": True}, order=order, limit=3, after=[20, "r2"])] == ["r1"]
    assert await rows.count({"search": {"$all": ["همه", "w2"]}}) == 1


async def test_rows_are_counted_and_added_up_by_their_values(rows: Rows) -> None:
    await filled(rows)
    found = {tally.values: (tally.count, tally.sums) for tally in await rows.tally({}, ("district",), ("amount",))}
    assert found == {("0",): (3, (60,)), ("1",): (2, (40,))}
    found = {tally.values: (tally.count, tally.sums) for tally in await rows.tally({}, ("absent", "award"))}
    assert found == {(None, True): (4, ()), (None, False): (1, ())}


async def test_all_rows_are_read_with_few_fields_and_a_mark_is_removed_as_it_was(rows: Rows) -> None:
    await filled(rows)
    assert [row async for row in rows.all({"district": "1"}, ("amount",))] == [
        {"_id": "r1", "sequence": 1, "amount": 10},
        {"_id": "r3", "sequence": 3, "amount": 30},
    ]
    await rows.discard("r1", {"amount": 11})
    await rows.discard("r3", {"amount": 30})
    assert await rows.count({}) == 4
