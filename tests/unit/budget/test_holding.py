"""Money held while an appeal lasts, and what becomes of it (REQ-13, BUD-3; I1 to I3). The verifier, written apart, reads every book."""

import pytest

from ops.verify.books import verify_book
from services.budget.domain.book import Nothing, next_entry, owed
from services.budget.domain.entries import Draft
from services.budget.domain.hold_commands import Award, EndHold, Hold
from services.budget.domain.refusals import InsufficientAvailable
from tests.fakes.journal import MemoryEntries
from tests.unit.budget.build import (
    BOOK,
    CAUSE,
    all_entries,
    commit,
    given,
    journal,
    kept,
    lines,
    money,
    opening,
    release,
    reserve,
    verified,
    withdraw,
)


def hold(request: str, amount: int) -> Hold:
    return Hold(BOOK, request, amount, "IRR")


def end(request: str, award: int | None = None, *, allowed: bool = True, reason: str = "withdrawn") -> EndHold:
    awarded = None if award is None else Award(1, award, "IRR", allowed, 3)
    return EndHold(BOOK, request, f"org-{request}", reason if award is None else "overturned", awarded)


async def book_of(*commands: object, rule: str = "first_fit", amount: int = 100) -> MemoryEntries:
    store = MemoryEntries()
    await given(journal(store), opening(rule=rule), money(amount), *commands)  # type: ignore[arg-type]
    return store


async def parts(store: MemoryEntries) -> dict[str, int]:
    """Return the parts that are not nothing; the verifier must agree with the book."""
    balances = (await kept(journal(store))).balances
    assert (await verified(store)).balances == balances
    return {name: amount for name, amount in balances.items() if amount and name != "allotted"}


async def test_what_is_disputed_is_held_as_far_as_it_is_available() -> None:
    assert await parts(await book_of(hold("a", 60))) == {"held": 60, "available": 40}
    assert await parts(await book_of(hold("a", 160))) == {"held": 100}
    assert await parts(await book_of(hold("a", 60), hold("b", 60))) == {"held": 100}
    empty = await book_of(reserve("x", 100))
    assert isinstance(next_entry(await kept(journal(empty)), hold("a", 60)), Nothing)


async def test_a_hold_is_made_and_ended_once() -> None:
    store = await book_of(hold("a", 60), hold("a", 60), end("a"), end("a"), hold("a", 60))
    assert await parts(store) == {"available": 100}
    assert [entry["kind"] for entry in await all_entries(store)][2:] == ["hold_made", "hold_released"]


async def test_the_end_of_an_appeal_that_comes_first_bars_its_hold() -> None:
    assert await parts(await book_of(end("a"), hold("a", 60))) == {"available": 100}


async def test_what_is_held_is_not_withdrawn_and_not_reserved() -> None:
    store = await book_of(hold("a", 60), reserve("b", 50))
    assert await parts(store) == {"held": 60, "available": 40}
    assert isinstance(next_entry(await kept(journal(store)), withdraw(41)), InsufficientAvailable)


async def test_who_waits_is_served_from_what_is_given_back() -> None:
    assert await parts(await book_of(hold("a", 60), reserve("b", 50), end("a"))) == {"reserved": 50, "available": 50}


@pytest.mark.parametrize("rule", ["first_fit", "strict"])
async def test_an_award_is_reserved_before_anybody_who_waits(rule: str) -> None:
    store = await book_of(hold("a", 60), reserve("b", 50), end("a", 60), rule=rule)
    book = await kept(journal(store))
    assert (book.subjects["a"].state, book.subjects["b"].state) == ("reserved", "waiting")
    assert await parts(store) == {"reserved": 60, "available": 40}


async def test_between_the_end_of_a_hold_and_its_award_no_other_entry_is_legal() -> None:
    """A crash in between loses the money to nobody: whoever writes next, writes the award first."""
    store = await book_of(hold("a", 60), reserve("b", 50), end("a", 60))
    entries = list(await all_entries(store))
    place = next(n for n, entry in enumerate(entries) if entry["kind"] == "hold_released")
    store.stored = entries[: place + 1]
    draft = owed(await kept(journal(store)))
    assert isinstance(draft, Draft)
    assert (draft.kind, draft.subject) == ("reservation_made", "a")
    await journal(store).submit(reserve("c", 10), CAUSE)
    book = await kept(journal(store))
    assert (book.subjects["a"].state, book.subjects["b"].state) == ("reserved", "waiting")
    await verified(store)


async def test_an_award_that_does_not_fit_waits() -> None:
    store = await book_of(hold("a", 60), reserve("x", 40), end("a", 90))
    assert (await kept(journal(store))).subjects["a"].state == "waiting"
    assert await parts(store) == {"reserved": 40, "available": 60}


async def test_an_award_whose_standing_forbids_it_waits_and_stands_still() -> None:
    store = await book_of(hold("a", 60), end("a", 60, allowed=False))
    assert (await kept(journal(store))).subjects["a"].paused
    assert await parts(store) == {"available": 100}


async def test_a_reservation_is_raised_by_what_was_held_and_is_free() -> None:
    store = await book_of(reserve("a", 50), hold("a", 30), end("a", 80), commit("a", 80))
    assert await parts(store) == {"committed": 80, "available": 20}
    short = await book_of(reserve("a", 50), hold("a", 60), end("a", 110))
    assert await parts(short) == {"reserved": 100}


async def test_a_raise_takes_nothing_to_which_somebody_has_the_first_claim() -> None:
    store = await book_of(reserve("a", 50), hold("a", 10), reserve("b", 60), end("a", 80), rule="strict")
    assert await parts(store) == {"reserved": 60, "available": 40}


async def test_a_place_on_the_list_is_for_the_raised_amount() -> None:
    store = await book_of(reserve("x", 80), reserve("a", 50), hold("a", 20), end("a", 70), release("x"))
    assert await parts(store) == {"reserved": 70, "available": 30}


async def test_what_was_given_up_meanwhile_is_not_raised() -> None:
    store = await book_of(reserve("a", 50), hold("a", 50), release("a"), end("a", 100))
    book = await kept(journal(store))
    assert (book.subjects["a"].state, book.balances["held"], book.balances["available"]) == ("released", 0, 100)
    await verified(store)


async def test_an_award_of_no_more_asks_for_nothing() -> None:
    store = await book_of(reserve("a", 50), hold("a", 50), end("a", 50))
    assert await parts(store) == {"reserved": 50, "available": 50}


async def test_the_verifier_finds_a_hold_that_is_given_back_twice_or_with_another_amount() -> None:
    """Each forged by a book that forgot what was held."""
    store = await book_of(hold("a", 60))
    book = await kept(journal(store))
    forged = book.copy()
    forged.holds["a"] = 50
    draft = next_entry(forged, end("a"))
    assert isinstance(draft, Draft)
    entry = forged.seal(draft, at="2026-11-22T09:00:00.000Z", digest="d", private={}, private_digest="p")
    report = verify_book(lines([*await all_entries(store), entry]))
    assert report.violation is not None
    assert "60 were held for a, 50 are given back" in report.violation.message


async def test_the_verifier_finds_an_award_that_was_not_reserved() -> None:
    store = await book_of(hold("a", 60), end("a", 60))
    entries = list(await all_entries(store))
    ended = next(n for n, entry in enumerate(entries) if entry["kind"] == "hold_released")
    store.stored = entries[: ended + 1]
    book = (await kept(journal(store))).copy()
    book.turning = None
    draft = next_entry(book, reserve("b", 10))
    assert isinstance(draft, Draft)
    entry = book.seal(draft, at="2026-11-22T09:00:00.000Z", digest="d", private={}, private_digest="p")
    report = verify_book(lines([*store.stored, entry]))
    assert report.violation is not None
    assert "60 were awarded to a" in report.violation.message
