"""Entries and the events that announce them; publishing from the cursor (messaging rule 5)."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from prometheus_client import REGISTRY

from ops.verify.books import KINDS
from services.budget.domain.closing_commands import CloseYear, PassCarried, ReceiveCarried
from services.budget.domain.commands import Allot, Pause, Resume, ReturnCommitment, Share
from services.budget.domain.entries import Entry, line
from services.budget.domain.hold_commands import Award, EndHold, Hold
from services.budget.domain.ineligible_commands import AcceptDocuments, FindIneligible, WriteOff
from services.budget.domain.moving_commands import ReceiveWithdrawal, Withdrawal
from services.budget.domain.payment_commands import Deduction
from services.budget.domain.ranking_commands import RankProgramme
from services.budget.outbound.announce import Terms, event_data, event_of
from services.budget.outbound.announcer import Announcer
from services.budget.outbound.writer import Journal
from shared.contracts import budget
from shared.contracts.envelope import Envelope, instant
from tests.fakes.journal import MemoryCursors, MemoryEntries
from tests.unit.budget.build import (
    BOOK,
    CITY,
    Clock,
    all_entries,
    appropriation,
    approve,
    commit,
    failed,
    give_up,
    given,
    journal,
    kept,
    money,
    no_wait,
    opening,
    order,
    paid,
    prepare,
    refund,
    release,
    reserve,
    withdraw,
)

DISTRICT = Terms("IRR", "7")


async def everything() -> Sequence[Entry]:
    """Two books with every kind of entry."""
    store = MemoryEntries()
    await given(
        journal(store),
        opening(CITY),
        appropriation(500),
        Allot(CITY, "x", "d", (Share("x", "7", 100),), 0),
        opening(max_skips=3),
        money(100, "x"),
        money(3, "z"),
        withdraw(1),
        withdraw(2, "t", to="8"),
        ReceiveWithdrawal(CITY, "7", Withdrawal("w", 1)),
        ReceiveWithdrawal(CITY, "7", Withdrawal("t", 2, "8")),
        reserve("a", 60),
        reserve("b", 60),
        reserve("e", 5, currency="EUR"),
        Pause(BOOK, "a", 4),
        Resume(BOOK, "a", 5),
        commit("a", 60),
        commit("b", 60),
        ReturnCommitment(BOOK, "a", 6, "2026"),
        release("a"),
        release("b"),
        release("c"),
        Hold(BOOK, "h", 5, "IRR"),
        EndHold(BOOK, "h", "org-h", "withdrawn"),
        reserve("r", 10),
        EndHold(BOOK, "r", "org-r", "overturned", Award(1, 20, "IRR", True, 3)),
        release("r"),
        money(100, "y"),
        reserve("d", 80),
        commit("d", 80),
        prepare("p", "d", 50, deductions=(Deduction("tax", 5),)),
        approve("p"),
        approve("p", "treasurer-2"),
        paid("p"),
        failed("p"),
        give_up("p"),
        prepare("q", "d", 20, instalment=2),
        approve("q"),
        approve("q", "treasurer-2"),
        order("q"),
        paid("q"),
        refund("q", 5),
        FindIneligible(BOOK, "f", "d", "officer-1", "q", 4, "بی‌فاکتور", "2026-01-01T00:00:00.000Z"),
        AcceptDocuments(BOOK, "g", "d", "officer-1", "f", 1, "رسید"),
        WriteOff(BOOK, "h", "d", "treasurer-1", "f", "وصول نشد", "2026-12-01T00:00:00.000Z"),
    )
    closed, following = "district:8/1404", "district:8/1405"
    await given(
        journal(store),
        *(opening(closed), opening(following), money(9, "of-8", closed), reserve("carried", 9, book=closed)),
        RankProgramme(closed, "r", "d", "call"),
        *(CloseYear(closed, "c", "d", following), PassCarried(CITY, closed, "carried", 9)),
    )
    left = (await kept(journal(store), closed)).carried["carried"]
    await given(journal(store), ReceiveCarried(following, closed, left))
    others = [entry for book in (closed, following) for entry in await all_entries(store, book)]
    return [*await all_entries(store, CITY), *others, *await all_entries(store)]


async def test_every_kind_of_entry_is_announced_by_its_event_or_by_none() -> None:
    entries = await everything()
    assert {entry["kind"] for entry in entries} == KINDS
    events = {
        entry["kind"]: type(event_data(entry, Terms("IRR", None) if entry["book"] == CITY else DISTRICT))
        for entry in entries
    }
    assert events == {
        "opening": budget.BookOpened,
        "appropriation": budget.AppropriationMade,
        "allotment_out": type(None),
        "allotment_in": budget.AllotmentMade,
        "withdrawal_out": budget.AllotmentWithdrawn,
        "withdrawal_in": type(None),
        "transfer_out": budget.TransferMade,
        "transfer_through": type(None),
        "programme_ranked": budget.ProgrammeRanked,
        "year_closed": budget.BookClosed,
        "carried_out": budget.AwardCarriedOut,
        "carried_through": type(None),
        "carried_in": budget.AwardCarriedIn,
        "hold_made": budget.HoldMade,
        "hold_released": budget.HoldReleased,
        "reservation_raised": budget.ReservationMade,
        "reservation_made": budget.ReservationMade,
        "reservation_waiting": budget.ReservationWaiting,
        "reservation_refused": budget.ReservationRefused,
        "reservation_paused": budget.ReservationPaused,
        "reservation_resumed": budget.ReservationResumed,
        "reservation_released": budget.ReservationReleased,
        "commitment_made": budget.CommitmentMade,
        "commitment_refused": budget.CommitmentRefused,
        "commitment_released": budget.CommitmentReleased,
        "barred": type(None),
        "payment_prepared": budget.PaymentPrepared,
        "payment_approved": budget.PaymentApproved,
        "payment_made": budget.PaymentMade,
        "payment_failed": budget.PaymentFailed,
        "payment_given_up": budget.PaymentGivenUp,
        "payments_ordered": budget.PaymentsOrdered,
        "refund_received": budget.RefundReceived,
        "ineligible_found": budget.IneligibleFound,
        "ineligible_documented": budget.IneligibleDocumented,
        "ineligible_written_off": budget.IneligibleWrittenOff,
    }


async def test_a_payments_event_tells_it_whole_and_names_nobody() -> None:
    entry = next(e for e in await everything() if e["kind"] == "payment_made")
    data = event_data(entry, DISTRICT)
    assert isinstance(data, budget.PaymentMade)
    assert (data.payment, data.request, data.organization, data.district) == ("p", "d", "org-d", "7")
    assert (data.instalment, data.gross, data.net, data.currency) == (1, 50, 45, "IRR")
    assert [(d.name, d.amount) for d in data.deductions] == [("tax", 5)]
    assert (data.after.committed, data.after.pending, data.after.paid) == (30, 0, 50)
    assert entry["private"]["reference"] == "bank-1", "kept, and in no published form"
    assert "bank-1" not in str(line(entry))
    assert "treasurer" not in str(line(entry)).replace("'role': 'treasurer'", "")


async def test_an_event_is_numbered_by_its_entry_and_names_who_caused_it() -> None:
    entry = next(e for e in await everything() if e["kind"] == "reservation_made" and e["book"] == BOOK)
    event = Envelope.model_validate(event_of(entry, DISTRICT))
    assert (event.subject, event.number) == (f"book/{BOOK}", entry["seq"])
    assert (event.actor, event.correlationid, event.causationid) == ("person-1", "correlation-1", "event-1")
    assert instant(event.time) == entry["at"]
    data = event.payload()
    assert isinstance(data, budget.ReservationMade)
    assert (data.request, data.organization, data.district, data.amount) == ("a", "org-a", "7", 60)
    assert (data.from_waiting, data.standing_sequence) == (False, 3)
    assert (data.after.allotted, data.after.available, data.after.reserved) == (100, 40, 60)


async def test_the_same_entry_always_gives_the_same_event_and_different_ones_different_ids() -> None:
    entries = [entry for entry in await everything() if entry["book"] == BOOK]
    once = [event_of(entry, DISTRICT) for entry in entries]
    assert once == [event_of(entry, DISTRICT) for entry in entries]
    ids = [event["id"] for event in once if event is not None]
    assert len(set(ids)) == len(ids)


async def test_who_was_reserved_from_the_list_is_announced_so() -> None:
    store = MemoryEntries()
    await given(journal(store), opening(), reserve("a", 60), money(100))
    data = event_data((await all_entries(store))[-1], DISTRICT)
    assert isinstance(data, budget.ReservationMade)
    assert data.from_waiting


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_place_on_the_list_that_stands_still_from_the_first_is_announced_so(allowed: bool) -> None:
    """The organisation was suspended between the decision and the book; no reservation.paused follows."""
    store = MemoryEntries()
    await given(journal(store), opening(), reserve("a", 60, allowed=allowed))
    data = event_data((await all_entries(store))[-1], DISTRICT)
    assert isinstance(data, budget.ReservationWaiting)
    assert data.paused is not allowed


async def test_an_anonymised_entry_can_still_be_announced() -> None:
    entry = (await everything())[-20]
    event = event_of({**entry, "private": {}}, DISTRICT)
    assert event is not None
    assert event["actor"] == "withheld"


# ---------------------------------------------------------------- publishing


class BrokerGone(Exception):
    """As the broker's error in production."""


class RecordingBus:
    """The bus, in a list."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.away = False

    async def publish(self, events: Sequence[dict[str, Any]]) -> None:
        if self.away:
            raise BrokerGone
        self.events += events

    def numbers(self, book: str = BOOK) -> list[int]:
        return [int(event["sequence"]) for event in self.events if event["subject"] == f"book/{book}"]


class Parts:
    """An announcer with all it needs."""

    def __init__(self) -> None:
        self.entries, self.cursors, self.bus, self.clock = MemoryEntries(), MemoryCursors(), RecordingBus(), Clock()
        self.announcer = self.replica()
        self.journal = self.writing(self.announcer)

    def replica(self) -> Announcer:
        return Announcer(self.bus, self.entries, self.cursors, self.clock, transient=(BrokerGone,), wait=no_wait)

    def writing(self, announcer: Announcer) -> Journal:
        return Journal(self.entries, self.clock, written=announcer.written, wait=no_wait)


@pytest.fixture
def parts() -> Parts:
    return Parts()


async def test_what_was_written_is_published_in_order_and_once(parts: Parts) -> None:
    await given(parts.journal, opening(), money(100), reserve("a", 60))
    await parts.announcer.flush()
    await given(parts.journal, release("never"), reserve("b", 10))
    await parts.announcer.flush()
    await parts.announcer.flush()
    assert parts.bus.numbers() == [1, 2, 3, 5], "4 bars a request, which is not announced"
    assert parts.cursors.cursors[BOOK].seq == 5


async def test_while_the_broker_is_away_entries_wait_and_nothing_is_lost(parts: Parts) -> None:
    parts.bus.away = True
    await given(parts.journal, opening(), money(100))
    with pytest.raises(BrokerGone):
        await parts.announcer.flush()
    await given(parts.journal, reserve("a", 60))
    parts.bus.away = False
    await parts.announcer.flush()
    assert parts.bus.numbers() == [1, 2, 3]


async def test_a_crash_between_publishing_and_marking_publishes_again_with_the_same_ids(parts: Parts) -> None:
    await given(parts.journal, opening(), money(100))
    await parts.announcer.flush()
    parts.cursors.cursors.clear()
    parts.clock.at += parts.announcer._grace
    restarted = parts.replica()
    assert await restarted.sweep() == 2
    await restarted.flush()
    assert parts.bus.numbers() == [1, 2, 1, 2]
    assert len({event["id"] for event in parts.bus.events}) == 2


async def test_the_sweep_takes_up_what_a_crashed_writer_left_after_the_grace_time(parts: Parts) -> None:
    await given(journal(parts.entries, parts.clock), opening(), money(100))
    assert await parts.announcer.sweep() == 0, "its writer may be about to publish it"
    assert (await parts.announcer.oldest_unsent()) is not None
    parts.clock.at += parts.announcer._grace
    assert await parts.announcer.sweep() == 2
    await parts.announcer.flush()
    assert parts.bus.numbers() == [1, 2]
    assert await parts.announcer.oldest_unsent() is None
    assert await parts.announcer.sweep() == 0


async def test_entries_of_another_replica_in_between_leave_no_gap(parts: Parts) -> None:
    other = parts.replica()
    await given(parts.journal, opening())
    await given(parts.writing(other), money(100))
    await given(parts.journal, reserve("a", 60))
    await parts.announcer.flush()
    assert parts.bus.numbers() == [1, 2, 3]
    await other.flush()
    assert parts.bus.numbers() == [1, 2, 3], "the other sees the cursor and has nothing left to do"


async def test_after_a_restore_of_the_database_its_cursor_counts_not_the_one_remembered(parts: Parts) -> None:
    """F20: entries written anew under numbers that were announced before are announced."""
    await given(parts.journal, opening(), money(100))
    await parts.announcer.flush()
    yesterday = list(parts.entries.stored), dict(parts.cursors.cursors)
    await given(parts.journal, reserve("a", 60), reserve("b", 10))
    await parts.announcer.flush()
    parts.entries.stored, parts.cursors.cursors = yesterday
    await given(parts.journal, reserve("c", 10))
    await parts.announcer.flush()
    assert parts.bus.numbers() == [1, 2, 3, 4, 3]
    assert parts.bus.events[-1]["data"]["request"] == "c"


async def test_more_than_one_round_is_published_whole(parts: Parts) -> None:
    await given(parts.journal, opening(), money(1000), *(reserve(f"r{n}", 1) for n in range(450)))
    while parts.announcer._written:
        await parts.announcer.flush()
    assert parts.bus.numbers() == list(range(1, 453))


async def test_heads_are_published_when_a_book_has_grown(parts: Parts) -> None:
    """BUD-10: heads are announced and kept elsewhere."""
    await given(parts.journal, opening(), money(100))
    await parts.announcer.flush()
    assert await parts.announcer.publish_heads() == 1
    assert await parts.announcer.publish_heads() == 0
    head = Envelope.model_validate(parts.bus.events[-1]).payload()
    assert isinstance(head, budget.BookHeadPublished)
    last = (await all_entries(parts.entries))[-1]
    assert (head.book, head.seq, head.hash) == (BOOK, 2, last["hash"])
    assert len({event["id"] for event in parts.bus.events}) == 3


async def test_what_no_published_head_covers_is_told_by_its_age(parts: Parts) -> None:
    await given(parts.journal, opening(), money(100))
    assert await parts.announcer.oldest_unheaded() is None, "a head follows what is announced"
    await parts.announcer.flush()
    first, _ = await all_entries(parts.entries)
    assert await parts.announcer.oldest_unheaded() == datetime.fromisoformat(first["at"])
    await parts.announcer.publish_heads()
    assert await parts.announcer.oldest_unheaded() is None


async def test_two_writers_of_one_book_are_counted_as_a_conflict_of_its_kind(parts: Parts) -> None:
    counted = partial(REGISTRY.get_sample_value, "sama_journal_conflicts_total", {"book": "district"})
    before = counted() or 0
    await given(parts.journal, opening())
    await given(journal(parts.entries), money(100))
    await given(parts.journal, money(200, "second"))
    assert (counted() or 0) == before + 1


async def test_a_book_that_was_cut_off_is_an_alarm_and_keeps_no_other_head_back(
    parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    await given(parts.journal, opening(), money(100))
    await given(parts.journal, opening(CITY))
    await parts.announcer.flush()
    parts.entries.stored = [e for e in parts.entries.stored if not (e["book"] == BOOK and e["seq"] == 2)]
    assert await parts.announcer.publish_heads() == 1
    assert [record.alarm for record in caplog.records if hasattr(record, "alarm")] == ["book_cut_off"]


async def test_its_tasks_publish_by_themselves_and_stop_after_a_last_flush(parts: Parts) -> None:
    await parts.announcer.start()
    await given(parts.journal, opening(), money(100))
    await parts.announcer.stop()
    assert sorted(set(parts.bus.numbers())) == [1, 2], (
        "what the stop interrupted between publishing and marking comes twice"
    )
