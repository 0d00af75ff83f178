"""The one way state changes: load, decide, fold, one versioned write."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from shared.contracts.base import EventData
from shared.contracts.envelope import Cause
from shared.contracts.refusals import InvalidFields, NotFound, Refusal
from shared.contracts.requests import ProgrammeClosed
from shared.storage.aggregates import Aggregates, fold
from shared.storage.cursors import decode_cursor, encode_cursor
from shared.storage.ports import (
    AggregateKind,
    Command,
    IdempotencyKeyReused,
    StaleVersion,
    Stored,
    TooBusy,
    TooManyChanges,
)
from tests.fakes.storage import MemoryDocuments, RecordingRelay

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
CAUSE = Cause("person-1", "correlation-1", "event-0")


@dataclass(frozen=True)
class Counter:
    total: int
    closed: bool = False
    wake: datetime | None = None


@dataclass(frozen=True)
class Added:
    by: int


@dataclass(frozen=True)
class Closed:
    pass


Happened = Added | Closed


class AlreadyClosed(Refusal):
    code = "already_closed"


def evolve(state: Counter | None, event: Happened) -> Counter:
    before = state or Counter(0)
    if isinstance(event, Added):
        return replace(before, total=before.total + event.by, wake=NOW)
    return replace(before, closed=True, wake=None)


def announce(state: Counter, event: Happened) -> Sequence[EventData]:
    return (ProgrammeClosed(programme="p", version=max(state.total, 1)),) if isinstance(event, Closed) else ()


def add(state: Counter | None) -> Sequence[Happened]:
    if state is not None and state.closed:
        raise AlreadyClosed
    return [Added(1)]


KIND = AggregateKind[Counter, Happened](
    "counter", "counters", Counter, (Added, Closed), evolve, announce, lambda state: state.wake
)


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments("counters")


@pytest.fixture
def relay() -> RecordingRelay:
    return RecordingRelay()


@pytest.fixture
def counters(documents: MemoryDocuments, relay: RecordingRelay) -> Aggregates[Counter, Happened]:
    return Aggregates(KIND, documents, relay)


async def test_the_first_decision_creates_and_later_ones_change(counters: Aggregates[Counter, Happened]) -> None:
    await counters.execute("a", add, cause=CAUSE, now=NOW)
    stored = await counters.execute("a", add, cause=CAUSE, now=NOW)
    assert (stored.state.total, stored.version) == (2, 2)
    assert fold(KIND, [entry.event for entry in await counters.history("a")]) == stored.state


async def test_an_event_is_announced_with_its_number_and_cause(
    counters: Aggregates[Counter, Happened], relay: RecordingRelay
) -> None:
    await counters.execute("a", lambda _: [Added(1), Closed()], cause=CAUSE, now=NOW)
    (event,) = relay.events
    assert (event["subject"], event["sequence"]) == ("counter/a", "00000000000000000001")
    assert (event["actor"], event["correlationid"], event["causationid"]) == ("person-1", "correlation-1", "event-0")


async def test_what_a_crash_left_unsent_is_announced_before_what_is_new(
    counters: Aggregates[Counter, Happened], relay: RecordingRelay
) -> None:
    await counters.execute("a", lambda _: [Closed()], cause=CAUSE, now=NOW)
    await counters.execute("a", lambda _: [Closed()], cause=CAUSE, now=NOW)
    assert [int(event["sequence"]) for event in relay.outboxes[-1].events] == [1, 2]


async def test_a_refusal_leaves_the_document_identical(
    counters: Aggregates[Counter, Happened], documents: MemoryDocuments
) -> None:
    await counters.execute("a", lambda _: [Closed()], cause=CAUSE, now=NOW)
    before = repr(documents.documents)
    with pytest.raises(AlreadyClosed):
        await counters.execute("a", add, cause=CAUSE, now=NOW)
    assert repr(documents.documents) == before


async def test_a_repeated_command_returns_the_first_answer(counters: Aggregates[Counter, Happened]) -> None:
    command = Command("key-1", "person-1", "digest-1")

    def answer(stored: Stored[Counter]) -> dict[str, object]:
        return {"total": stored.state.total}

    first = await counters.execute("a", add, cause=CAUSE, now=NOW, command=command, answer=answer)
    await counters.execute("a", add, cause=CAUSE, now=NOW)
    again = await counters.execute("a", add, cause=CAUSE, now=NOW, command=command, answer=answer)
    assert (first.answer, again.answer) == ({"total": 1}, {"total": 1})
    assert (again.replayed, again.state.total) == (True, 2)


async def test_a_key_with_another_body_is_refused_and_of_another_person_is_another_command(
    counters: Aggregates[Counter, Happened],
) -> None:
    await counters.execute("a", add, cause=CAUSE, now=NOW, command=Command("key-1", "person-1", "digest-1"))
    with pytest.raises(IdempotencyKeyReused):
        await counters.execute("a", add, cause=CAUSE, now=NOW, command=Command("key-1", "person-1", "digest-2"))
    stored = await counters.execute("a", add, cause=CAUSE, now=NOW, command=Command("key-1", "person-2", "digest-1"))
    assert stored.state.total == 2


async def test_an_older_version_is_refused(counters: Aggregates[Counter, Happened]) -> None:
    await counters.execute("a", add, cause=CAUSE, now=NOW)
    await counters.execute("a", add, cause=CAUSE, now=NOW, expected_version=1)
    with pytest.raises(StaleVersion):
        await counters.execute("a", add, cause=CAUSE, now=NOW, expected_version=1)


async def test_what_does_not_exist_is_not_found(counters: Aggregates[Counter, Happened]) -> None:
    with pytest.raises(NotFound):
        await counters.require("a")
    with pytest.raises(NotFound):
        await counters.change("a", lambda _: [Added(1)], cause=CAUSE, now=NOW)
    with pytest.raises(NotFound):
        await counters.change("a", lambda _: [Added(1)], cause=CAUSE, now=NOW, expected_version=1)


async def test_lost_races_are_decided_again_on_the_new_state(
    counters: Aggregates[Counter, Happened], documents: MemoryDocuments
) -> None:
    await counters.execute("a", add, cause=CAUSE, now=NOW)
    load = documents.load

    async def slow_load(id: str) -> dict[str, object] | None:
        document = await load(id)
        await asyncio.sleep(0)  # every racer loads before the first of them writes
        return document

    documents.load = slow_load  # type: ignore[method-assign]
    await asyncio.gather(*(counters.execute("a", add, cause=CAUSE, now=NOW) for _ in range(6)))
    stored = await counters.require("a")
    assert (stored.state.total, stored.version) == (7, 7)


async def test_a_race_that_is_always_lost_ends_in_a_named_refusal(
    counters: Aggregates[Counter, Happened], documents: MemoryDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.storage.aggregates.RETRY_SECONDS", 0)
    await counters.execute("a", add, cause=CAUSE, now=NOW)

    async def always_lost(*_: object, **__: object) -> bool:
        return False

    documents.update = always_lost  # type: ignore[method-assign]
    with pytest.raises(TooBusy):
        await counters.execute("a", add, cause=CAUSE, now=NOW)


async def test_people_cannot_fill_a_document_but_events_and_time_still_take_their_course(
    counters: Aggregates[Counter, Happened], documents: MemoryDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, system = Cause("person-1", "c"), Cause("system:test", "c")
    await counters.execute("a", add, cause=person, now=NOW)
    monkeypatch.setattr("shared.storage.aggregates.HISTORY_LIMIT", documents.documents["a"]["history_bytes"])
    with pytest.raises(TooManyChanges):
        await counters.execute("a", add, cause=person, now=NOW)
    await counters.execute("a", add, cause=system, now=NOW)
    await counters.execute("a", add, cause=CAUSE, now=NOW)  # caused by an event
    assert (await counters.require("a")).version == 3


async def test_due_at_follows_the_state(counters: Aggregates[Counter, Happened]) -> None:
    await counters.execute("a", add, cause=CAUSE, now=NOW)
    assert await counters.due(NOW) == ["a"]
    await counters.execute("a", lambda _: [Closed()], cause=CAUSE, now=NOW)
    assert await counters.due(NOW) == []


async def test_pages_carry_totals_and_a_cursor_that_ends(counters: Aggregates[Counter, Happened]) -> None:
    for n in range(5):
        await counters.execute(f"c{n}", lambda _, n=n: [Added(n)], cause=CAUSE, now=NOW)  # type: ignore[misc]
    first = await counters.page({}, order=[("total", -1)], cursor=None, limit=3)
    second = await counters.page({}, order=[("total", -1)], cursor=first.next, limit=3)
    assert [item.state.total for item in [*first.items, *second.items]] == [4, 3, 2, 1, 0]
    assert (first.total, second.next) == (5, None)


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "",
        "W10",
        encode_cursor([1, 2, 3]),
        encode_cursor([[1], 2]),
        encode_cursor([2**64 - 1, "c1"]),
        encode_cursor([{"t": "2026-11-22T08:30:00"}, "c1"]),
        encode_cursor([{"t": "0001-01-01T00:00:00+14:00"}, "c1"]),
        encode_cursor([{"t": "9999-12-31T23:59:59-12:00"}, "c1"]),
    ],
)
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidFields):
        decode_cursor(cursor, 2)


def test_a_cursor_keeps_times_numbers_and_text() -> None:
    assert decode_cursor(encode_cursor([NOW, 3, "کتاب", None]), 4) == [NOW, 3, "کتاب", None]


def test_a_state_must_not_hide_the_fields_of_the_document() -> None:
    @dataclass(frozen=True)
    class Bad:
        version: int

    kind = AggregateKind[Bad, Happened]("bad", "bads", Bad, (), lambda s, e: Bad(1), lambda s, e: ())
    with pytest.raises(TypeError, match="version"):
        Aggregates(kind, MemoryDocuments("bads"), RecordingRelay())
