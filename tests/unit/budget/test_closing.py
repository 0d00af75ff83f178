"""The close of a year: final, crash-safe, and everything that is owed goes on in the next year's book (BUD-9; I1, I2, I4, I8)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from ops.verify.books import verify_book, verify_city
from ops.verify.money import check_city, subject_states
from services.budget.domain.book import Book, Nothing, next_entry, owed
from services.budget.domain.closing_commands import CloseYear
from services.budget.domain.commands import Allot, Command, LimitCommitment, Pause, Resume, ReturnCommitment, Share
from services.budget.domain.entries import Draft
from services.budget.domain.refusals import BookClosed, InstalmentTaken, NotReadyToClose, OverCommitted
from services.budget.outbound.writer import Journal
from services.budget.usecases import UseCases
from shared.web.caller import Caller
from tests.fakes.journal import Meddling, MemoryEntries
from tests.fakes.storage import MemoryCopies
from tests.unit.budget.build import (
    BOOK,
    CAUSE,
    CITY,
    START,
    Clock,
    accepted,
    all_entries,
    appropriation,
    approve,
    commit,
    decided,
    enveloped,
    given,
    journal,
    kept,
    lines,
    money,
    opening,
    paid,
    prepare,
    refund,
    release,
    reserve,
    standing,
    verified,
    withdraw,
    withdrawn,
)

NEXT, NEXT_CITY = "district:7/1406", "city/1406"
CLOSE = CloseYear(BOOK, "close", "d-close", NEXT)
OFFICE = Caller("office")


def uses(store: MemoryEntries, through: Journal | None = None) -> UseCases:
    return UseCases(
        journal=through or journal(store),
        entries=store,
        standings=MemoryCopies("standings"),
        stops=MemoryCopies("payment_stops"),
        calls=MemoryCopies("decided_calls"),
        clock=Clock(),
    )


async def a_year() -> MemoryEntries:
    """Committed 50 of which 20 are paid, 5 of these refunded; reserved 60; waiting 90, 70 (paused) and 80; 45 available."""
    store = MemoryEntries()
    await given(journal(store), opening(CITY), opening(NEXT_CITY), appropriation(500), opening(), opening(NEXT))
    await given(journal(store), Allot(CITY, "a", "d", (Share("a", "7", 150),), 0))
    await given(
        journal(store),
        money(150),
        reserve("paid", 50),
        commit("paid", 50),
        prepare("p", "paid", 20),
        approve("p"),
        approve("p", "treasurer-2"),
        paid("p"),
        refund("p", 5),
        reserve("held", 60),
        reserve("long", 90),
        reserve("still", 70),
        Pause(BOOK, "still", 4),
        reserve("late", 80),
        release("gone"),
    )
    return store


async def settled(store: MemoryEntries) -> None:
    while await uses(store).sweep():
        pass


async def everywhere(store: MemoryEntries) -> dict[str, Sequence[dict[str, object]]]:
    return {book: await all_entries(store, book) for book in (CITY, NEXT_CITY, BOOK, NEXT)}


async def test_what_waits_is_reserved_or_committed_goes_on_and_what_is_available_returns_to_the_city() -> None:
    store = await a_year()
    await given(journal(store), CLOSE)
    await settled(store)
    closed, following, city = (
        await kept(journal(store)),
        await kept(journal(store), NEXT),
        await kept(journal(store), CITY),
    )
    assert closed.balances == {"allotted": 15, "paid": 15} | dict.fromkeys(
        ("available", "held", "reserved", "committed", "pending"), 0
    )
    assert following.balances | {"allotted": 90, "reserved": 60, "committed": 30, "available": 0} == following.balances
    assert (city.balances["unallotted"], city.balances["allotted"]) == (395, 105), "45 came back"
    assert (await kept(journal(store), NEXT_CITY)).balances == {"appropriated": 90, "unallotted": 0, "allotted": 90}
    states = {r: (s.state, s.paused, s.amount) for r, s in following.subjects.items()}
    assert states == {
        "paid": ("committed", False, 30),
        "held": ("reserved", False, 60),
        "long": ("waiting", False, 90),
        "still": ("waiting", True, 70),
        "late": ("waiting", False, 80),
    }
    assert list(following.waiting) == ["long", "still", "late"]
    for book in (BOOK, NEXT):
        await verified(store, book)


async def test_who_waited_longer_keeps_the_place_before_who_came_in_the_new_year() -> None:
    store = await a_year()
    later = Clock(START + timedelta(days=9))
    await given(journal(store, later), reserve("new", 10, book=NEXT), CLOSE)
    await given(journal(store, later), reserve("newer", 10, book=NEXT))
    await settled(store)
    following = await kept(journal(store), NEXT)
    assert list(following.waiting) == ["long", "still", "late", "new", "newer"]
    await given(journal(store), money(95, "m", NEXT))
    following = await kept(journal(store), NEXT)
    assert {r for r, s in following.subjects.items() if s.state == "reserved"} == {"held", "long"}
    await verified(store, NEXT)


async def test_a_close_is_carried_on_from_wherever_a_crash_left_it() -> None:
    """A second writer sees each prefix of the close; the books add up after each, and end the same."""
    store = await a_year()
    await given(journal(store), CLOSE)
    ends = set()
    whole = await all_entries(store)
    first = next(entry["seq"] for entry in whole if entry["kind"] == "year_closed")
    for seq in range(first, len(whole) + 1):
        again = MemoryEntries()
        again.stored = [e for e in store.stored if e["book"] != BOOK or e["seq"] <= seq]
        for _ in range(8):
            found = await everywhere(again)
            report = [verify_book(lines(entries)) for entries in found.values()]
            assert verify_city(report) == []
            assert [f for year in ("1405", "1406") for f in check_city(year, found)] == []
            await uses(again).sweep()
        closed, following = await kept(journal(again)), await kept(journal(again), NEXT)
        assert owed(closed) is None
        ends.add((tuple(following.waiting), tuple(following.balances.values()), tuple(closed.balances.values())))
    assert len(ends) == 1


async def test_what_was_carried_over_can_come_back_in_the_new_year() -> None:
    """The city's new book has taken it over, so that it can be unallotted there."""
    store = await a_year()
    await given(journal(store), CLOSE)
    await settled(store)
    await given(journal(store), *(replace(release(r), book=NEXT) for r in ("long", "late", "still")))
    await given(journal(store), replace(release("held"), book=NEXT), replace(withdraw(60), book=NEXT))
    await uses(store).sweep()
    await uses(store).sweep()
    city = await kept(journal(store), NEXT_CITY)
    assert city.balances == {"appropriated": 90, "unallotted": 60, "allotted": 30}
    assert [f for year in ("1405", "1406") for f in check_city(year, await everywhere(store))] == []


@pytest.mark.parametrize(
    "command",
    [
        money(5, "in-flight"),
        reserve("unknown", 5),
        reserve("held", 60),
        reserve("gone", 5),
        commit("paid", 50, acceptance=9),
        release("held"),
        release("gone"),
        Resume(BOOK, "still", 9),
        ReturnCommitment(BOOK, "paid", 9, "2020"),
        withdraw(1),
        prepare("q", "paid", 1, instalment=2),
        refund("p", 1),
        CloseYear(BOOK, "again", "d-again", NEXT),
    ],
    ids=lambda command: type(command).__name__,
)
async def test_a_closed_book_refuses(command: Command) -> None:
    store = await a_year()
    await given(journal(store), CLOSE)
    book = await kept(journal(store))
    decision = next_entry(book, command)
    ended = getattr(command, "request", "") == "gone"
    if command.ids == money(5, "in-flight").ids:
        assert getattr(decision, "kind", "") == "allotment_in", "what had left the city's book arrives, and goes back"
    elif ended or isinstance(command, Resume | ReturnCommitment):
        assert isinstance(decision, Nothing)
    else:
        assert isinstance(decision, BookClosed)
        assert decision.params["next_book"] == NEXT


async def test_what_arrives_in_a_closed_book_goes_back_at_once() -> None:
    store = await a_year()
    await given(journal(store), CLOSE, money(7, "in-flight"))
    book = await kept(journal(store))
    assert (book.balances["available"], book.head_id.split(":")[0]) == (0, "withdraw")
    await verified(store)


async def test_nothing_is_closed_while_a_payment_is_pending() -> None:
    store = await a_year()
    await given(journal(store), prepare("q", "paid", 10, instalment=2))
    refused = next_entry(await kept(journal(store)), CLOSE)
    assert isinstance(refused, NotReadyToClose)
    assert refused.params["pending"] == 10


async def test_payments_of_a_carried_commitment_go_on_in_the_new_book() -> None:
    store = await a_year()
    await given(journal(store), CLOSE)
    await uses(store).sweep()
    following = await kept(journal(store), NEXT)

    def asked(gross: int, instalment: int) -> object:
        return next_entry(following, replace(prepare("q", "paid", gross, instalment=instalment), book=NEXT))

    assert isinstance(asked(10, 1), InstalmentTaken), "paid in the year before"
    assert isinstance(asked(31, 2), OverCommitted)
    assert getattr(asked(30, 2), "kind", "") == "payment_prepared"


async def test_events_that_name_the_closed_book_reach_the_next_one_once() -> None:
    """An approval, an acceptance and a withdrawal that come after the close, before and after a crash between the books."""
    store = await a_year()
    await given(journal(store), CLOSE)  # and nothing was brought on yet
    for _ in range(2):
        following = uses(store).following
        for data in (decided("fresh", 40), accepted("held", 60), withdrawn("long"), withdrawn("never")):
            await getattr(
                following,
                {"CaseDecided": "on_case_decided", "RequestAccepted": "on_request_accepted"}.get(
                    type(data).__name__, "on_request_withdrawn"
                ),
            )(data, enveloped(data))
    data = decided("never", 40)
    await uses(store).following.on_case_decided(data, enveloped(data))
    await settled(store)
    book = await kept(journal(store), NEXT)
    assert {r: book.subjects[r].state for r in ("fresh", "held", "long", "never")} == {
        "fresh": "waiting",
        "held": "committed",
        "long": "released",
        "never": "barred",
    }
    await verified(store, NEXT)
    states = subject_states(await everywhere(store))
    assert {len(places) for places in states.values()} == {1}, "every request is in one place"


async def test_a_standing_that_changed_between_the_books_pauses_what_arrives() -> None:
    store = await a_year()
    await given(journal(store), CLOSE)
    now = uses(store)
    data = standing("org-held", allowed=False)
    await now.following.on_standing_changed(data, enveloped(data, number=9))
    while await now.sweep():
        now._swept_at = None
    now._swept_at = None
    await now.sweep()
    assert (await kept(journal(store), NEXT)).subjects["held"].paused


async def test_a_lost_reply_closes_once() -> None:
    store = await a_year()
    meddling = Meddling(store)
    meddling.replies_to_lose = 1
    first = await journal(meddling).submit(CLOSE, CAUSE)
    again = await journal(store).submit(CLOSE, CAUSE)
    assert (again.repeated, again.entry) == (True, first.entry)
    assert sum(entry["kind"] == "year_closed" for entry in store.stored) == 1


def test_a_book_that_is_open_owes_only_its_waiters() -> None:
    assert owed(Book(BOOK)) is None


async def test_a_limit_is_of_the_whole_award_also_of_what_closed_years_paid() -> None:
    store = await a_year()
    await given(journal(store), CLOSE)
    await settled(store)
    asked = LimitCommitment(NEXT, "paid", 9, "org-paid", 35, False, "amended")
    draft = next_entry(await kept(journal(store), NEXT), asked)
    assert isinstance(draft, Draft)
    assert (draft.amount, draft.facts["remains"], draft.facts["paid_before"]) == (15, "15", "20")
