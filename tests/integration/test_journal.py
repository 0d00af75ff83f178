"""The journal: one suite for its store and its writer, run against the fake and a real MongoDB-wire server (I1–I3, F11, F13, F20)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import pytest
import pytest_asyncio

from services.budget.domain.commands import Allot, Share, Walk
from services.budget.domain.entries import Entry
from services.budget.domain.refusals import EntryConflict, InsufficientUnallotted
from services.budget.outbound.indexes import INDEXES
from services.budget.outbound.journal import MongoCursors, MongoEntries, ensure_validator
from services.budget.outbound.store import Cursors, Entries, LostRace, Published, Rejected
from shared.storage.mongo import connect, ensure_indexes
from shared.storage.ports import Unavailable
from tests.fakes.journal import Meddling, MemoryCursors, MemoryEntries
from tests.unit.budget.build import (
    BOOK,
    CAUSE,
    CITY,
    all_entries,
    appropriation,
    commit,
    given,
    journal,
    kept,
    money,
    opening,
    release,
    reserve,
    verified,
)

Stores = tuple[Entries, Cursors]


@pytest_asyncio.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.servers)])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield MemoryEntries(), MemoryCursors()
        return
    client = connect(request.getfixturevalue("mongo_url"))
    database = client[f"sama_test_{uuid4().hex[:12]}"]
    try:
        for _ in range(2):  # a second replica that starts finds everything there
            await ensure_indexes(database, INDEXES)
            await ensure_validator(database)
        yield MongoEntries(database), MongoCursors(database)
    finally:
        await client.drop_database(database.name)
        client.close()


@pytest.fixture
def entries(stores: Stores) -> Entries:
    return stores[0]


@pytest.fixture
def meddling(entries: Entries) -> Meddling:
    return Meddling(entries)


async def some(entries: Entries, available: int = 100) -> Sequence[Entry]:
    """Open the book with money and return its entries."""
    await given(journal(entries), opening(), money(available))
    return await all_entries(entries)


# ---------------------------------------------------------------- the store


async def test_an_entry_comes_back_as_it_went_in(entries: Entries) -> None:
    await given(journal(entries), opening(), money(2**62), reserve("r", 2**61))
    book = await kept(journal(entries))
    assert book.balances["reserved"] == 2**61
    await verified(entries)


async def test_a_taken_place_or_key_is_a_lost_race_and_keeps_the_prefix(entries: Entries) -> None:
    _, last = await some(entries)
    third = {**last, "_id": "third", "seq": 3}
    with pytest.raises(LostRace):
        await entries.append([third, {**last, "_id": "another key", "seq": 3}, {**last, "_id": "fourth", "seq": 4}])
    with pytest.raises(LostRace):
        await entries.append([{**last, "seq": 4}])
    assert [entry["_id"] for entry in await all_entries(entries)] == [f"open:key-{BOOK}", "allot:a:in", "third"]


@pytest.mark.parametrize("change", [{"available": -1, "reserved": 101}, {"reserved": 1}, {"pending": -1, "paid": 1}])
async def test_the_database_itself_refuses_a_negative_part_and_a_broken_identity(
    entries: Entries, change: dict[str, int]
) -> None:
    _, last = await some(entries)
    with pytest.raises(Rejected):
        await entries.append([{**last, "_id": "wrong", "seq": 3, "after": {**last["after"], **change}}])
    assert len(await all_entries(entries)) == 2


async def test_the_database_refuses_it_in_the_citys_book_too(entries: Entries) -> None:
    await given(journal(entries), opening(CITY), appropriation(100))
    _, last = await all_entries(entries, CITY)
    for after in ({"appropriated": 100, "unallotted": 101, "allotted": -1}, {**last["after"], "allotted": 1}):
        with pytest.raises(Rejected):
            await entries.append([{**last, "_id": "wrong", "seq": 3, "after": after}])


async def test_the_openings_of_all_books_are_found(entries: Entries) -> None:
    await given(
        journal(entries), opening(), opening(CITY), money(10), reserve("r", 5), reserve("s", 50), commit("r", 5)
    )
    assert {entry["book"] for entry in await entries.openings()} == {BOOK, CITY}


async def test_cursors_only_go_forward(stores: Stores) -> None:
    cursors = stores[1]
    await cursors.advance({BOOK: 5, CITY: 1})
    await cursors.advance({BOOK: 3})
    await cursors.head_published(BOOK, 4)
    assert await cursors.load() == {BOOK: Published(5, 4), CITY: Published(1, 0)}


# ---------------------------------------------------------------- the writer


async def test_what_waits_for_one_book_is_written_in_batches(meddling: Meddling) -> None:
    books = journal(meddling)
    await given(books, opening(), money(1000))
    meddling.batches.clear()
    await asyncio.gather(*(books.submit(reserve(f"r{n}", 5), CAUSE) for n in range(130)))
    assert meddling.batches == [64, 64, 2]
    report = await verified(meddling)
    assert (report.balances["reserved"], report.entries) == (650, 132)


async def test_a_repeated_command_is_answered_from_its_entry(entries: Entries) -> None:
    books = journal(entries)
    await given(books, opening(), money(100))
    first = await books.submit(reserve("r", 50), CAUSE)
    await given(books, commit("r", 50), release("r"))
    again = await books.submit(reserve("r", 50, standing=9), CAUSE)  # another copy of the standing, the same approval
    elsewhere = await journal(entries).submit(reserve("r", 50), CAUSE)
    assert first.entry is not None
    assert again.entry is not None
    assert (again.repeated, again.entry["hash"]) == (True, first.entry["hash"])
    assert elsewhere.repeated
    assert len(await all_entries(entries)) == 5


async def test_the_same_command_twice_in_one_batch_makes_one_entry(entries: Entries) -> None:
    books = journal(entries)
    await given(books, opening(), money(100))
    answers = await asyncio.gather(*(books.submit(reserve("r", 50), CAUSE) for _ in range(5)))
    assert sorted(answer.repeated for answer in answers) == [False, True, True, True, True]
    assert len(await all_entries(entries)) == 3


async def test_the_same_key_with_another_content_is_refused_and_changes_nothing(entries: Entries) -> None:
    books = journal(entries)
    await given(books, opening(), money(100), reserve("r", 50))
    before = await all_entries(entries)
    for _ in range(2):
        with pytest.raises(EntryConflict):
            await books.submit(reserve("r", 51), CAUSE)
    assert await all_entries(entries) == before


async def test_one_refused_command_of_a_batch_does_not_touch_the_others(entries: Entries) -> None:
    books = journal(entries)
    await given(books, opening(CITY), appropriation(100))
    allots = [Allot(CITY, f"x{n}", "d", (Share(f"x{n}", "7", 40),), 0) for n in range(4)]
    outcomes = await asyncio.gather(*(books.submit(a, CAUSE) for a in allots), return_exceptions=True)
    assert [isinstance(outcome, InsufficientUnallotted) for outcome in outcomes] == [False, False, True, True]
    assert (await verified(entries, CITY)).balances == {"appropriated": 100, "unallotted": 20, "allotted": 80}


async def test_another_writer_first_is_noticed_and_followed(entries: Entries, meddling: Meddling) -> None:
    books, rival = journal(meddling), journal(entries)
    await given(books, opening(), money(100))

    async def rival_takes_most(_: Sequence[Entry]) -> None:
        await rival.submit(reserve("rival", 80), CAUSE)

    meddling.before_append = rival_takes_most
    await books.submit(reserve("r", 50), CAUSE)
    assert (await kept(books)).subjects["r"].state == "waiting", "decided again on what the rival left"
    assert (await verified(entries)).balances["available"] == 20


async def test_the_rival_may_have_written_the_very_same_command(entries: Entries, meddling: Meddling) -> None:
    books, rival = journal(meddling), journal(entries)
    await given(books, opening(), money(100))

    async def rival_does_the_same(_: Sequence[Entry]) -> None:
        await given(rival, reserve("r", 50), release("r"))

    meddling.before_append = rival_does_the_same
    receipt = await books.submit(reserve("r", 50), CAUSE)
    assert receipt.repeated
    assert (await verified(entries)).balances["available"] == 100


async def test_a_refusal_is_said_only_from_the_majoritys_tail(entries: Entries) -> None:
    books, rival = journal(entries), journal(entries)
    await given(books, opening(CITY), appropriation(10))
    await rival.submit(appropriation(100, "b"), CAUSE)
    await books.submit(Allot(CITY, "x", "d", (Share("x", "7", 50),), 0), CAUSE)
    assert (await verified(entries, CITY)).balances["allotted"] == 50


@pytest.mark.parametrize("lost", [1, 3])
async def test_a_lost_reply_neither_repeats_nor_refuses_what_was_done(
    entries: Entries, meddling: Meddling, lost: int
) -> None:
    books = journal(meddling)
    await given(books, opening(), money(1000))
    meddling.replies_to_lose = lost
    receipts = await asyncio.gather(*(books.submit(reserve(f"r{n}", 100), CAUSE) for n in range(12)))
    assert all(receipt.entry is not None for receipt in receipts)
    book = await kept(books)
    assert (book.balances["reserved"], len(book.waiting)) == (1000, 2)
    await verified(entries)


async def test_a_database_that_stays_away_is_said_and_the_repeat_finds_what_was_stored(meddling: Meddling) -> None:
    books = journal(meddling)
    await given(books, opening(), money(100))
    meddling.replies_to_lose = 100

    async def gone(_ids: Sequence[str]) -> Sequence[Entry]:
        raise Unavailable("gone")

    find, meddling.find = meddling.find, gone  # type: ignore[method-assign,assignment]
    with pytest.raises(Unavailable):
        await books.submit(reserve("r", 50), CAUSE)
    meddling.find = find  # type: ignore[method-assign]
    meddling.replies_to_lose = 1
    await books.submit(reserve("r", 50), CAUSE)
    assert (await books.submit(reserve("r", 50), CAUSE)).repeated
    assert (await verified(meddling)).entries == 3


async def test_two_writers_of_one_book_get_on_and_overspend_nothing(entries: Entries) -> None:
    """F11: many approvals for the last money, through two replicas, with a release racing them."""
    one, two = journal(entries), journal(entries)
    await given(one, opening(), money(1000), reserve("early", 500))
    await asyncio.gather(
        *((one if n % 2 else two).submit(reserve(f"r{n}", 90), CAUSE) for n in range(40)),
        two.submit(release("early"), CAUSE),
        one.submit(release("early"), CAUSE),
    )
    report = await verified(entries)
    assert (report.balances["reserved"], report.balances["available"]) == (990, 10)
    assert (len(report.requests), len(report.waiting)) == (41, 29)


async def test_who_comes_due_is_served_in_the_batch_that_brings_the_money(meddling: Meddling) -> None:
    books = journal(meddling)
    await given(books, opening(), *(reserve(f"r{n}", 10) for n in range(5)))
    meddling.batches.clear()
    await books.submit(money(35), CAUSE)
    assert meddling.batches == [4], "the allotment and the three who fit"
    assert list((await kept(books)).waiting) == ["r3", "r4"]
    await verified(meddling)


async def test_one_release_may_serve_more_than_one_batch_holds(meddling: Meddling) -> None:
    books = journal(meddling)
    await given(books, opening())
    await asyncio.gather(*(books.submit(reserve(f"r{n}", 1), CAUSE) for n in range(300)))
    meddling.batches.clear()
    await books.submit(money(300), CAUSE)  # answered with its own entry; the rest goes on
    await books.stop()
    assert (await kept(books)).waiting == {}
    assert meddling.batches == [256, 45]
    await verified(meddling)


async def test_who_is_due_after_a_crash_is_served_before_anything_else(entries: Entries, meddling: Meddling) -> None:
    books = journal(meddling)
    await given(books, opening(), reserve("r", 10), reserve("s", 10))

    async def crash_after_the_first(batch: Sequence[Entry]) -> None:
        await entries.append(batch[:1])
        raise RuntimeError("crash")

    meddling.before_append = crash_after_the_first
    with pytest.raises(RuntimeError):
        await books.submit(money(20), CAUSE)
    assert len((await kept(journal(entries))).waiting) == 2
    await journal(entries).submit(release("r"), CAUSE)
    report = await verified(entries)
    assert (report.requests["r"].state, report.requests["s"].state) == ("released", "reserved")


async def test_a_walk_serves_who_a_crash_left_due(entries: Entries, meddling: Meddling) -> None:
    books = journal(meddling)
    await given(books, opening(), reserve("r", 10))

    async def crash_after_the_first(batch: Sequence[Entry]) -> None:
        await entries.append(batch[:1])
        raise RuntimeError("crash")

    meddling.before_append = crash_after_the_first
    with pytest.raises(RuntimeError):
        await books.submit(money(20), CAUSE)
    await journal(entries).submit(Walk(BOOK), CAUSE)
    assert (await verified(entries)).waiting == []


async def test_a_tail_that_survives_a_restore_leaves_no_gap() -> None:
    """F20: the database goes back to yesterday while the process remembers today."""
    entries = MemoryEntries()
    books = journal(entries)
    await given(books, opening(), money(100), reserve("r", 10))
    yesterday = list(entries.stored)
    await given(books, reserve("s", 10), reserve("t", 10))
    entries.stored = yesterday
    await books.submit(reserve("u", 10), CAUSE)
    assert (await verified(entries)).entries == 4
    assert sorted((await kept(books)).subjects) == ["r", "u"]


async def test_a_reader_sees_what_another_process_wrote(entries: Entries) -> None:
    here, there = journal(entries), journal(entries)
    await given(here, opening(), money(100))
    assert (await kept(there)).seq == 2
    await here.submit(reserve("r", 10), CAUSE)
    assert (await kept(there)).subjects["r"].state == "reserved"
    assert await there.book("district:8/1405") is None
