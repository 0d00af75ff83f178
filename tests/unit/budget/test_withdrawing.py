"""Money that a district gives back, to the city or to another district (BUD-3; I1, I8): out and in, as an allotment is."""

from contextlib import suppress

import pytest

from ops.verify.books import verify_city
from ops.verify.money import check_city
from services.budget.domain.book import due, next_entry
from services.budget.domain.commands import Allot, Share
from services.budget.domain.entries import Draft
from services.budget.domain.moving_commands import ReceiveWithdrawal, Withdrawal
from services.budget.domain.refusals import InsufficientAvailable, NotThisBook
from services.budget.usecases.between_books import deliver, in_flight, not_returned, return_withdrawn
from shared.contracts.refusals import Refusal
from tests.fakes.journal import MemoryEntries
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
    reserve,
    verified,
    withdraw,
)

OTHER = "district:8/1405"


async def books() -> MemoryEntries:
    """The city's book with 400 unallotted, district 7 with 60 reserved of 100, district 8 with nothing."""
    store = MemoryEntries()
    shares = (Share("x", "7", 100),)
    await given(journal(store), opening(CITY), appropriation(500), Allot(CITY, "x", "d", shares, 0))
    await given(journal(store), opening(), opening(OTHER), money(100, "x"), reserve("a", 60))
    return store


async def test_only_what_is_available_is_withdrawn() -> None:
    book = await kept(journal(await books()))
    refused = next_entry(book, withdraw(41))
    assert isinstance(refused, InsufficientAvailable)
    assert dict(refused.params) == {"amount": 41, "available": 40, "currency": "IRR"}
    draft = next_entry(book, withdraw(40))
    assert isinstance(draft, Draft)
    after = book.after(draft)
    assert (after["available"], after["reserved"], after["allotted"]) == (0, 60, 60)


async def test_withdrawals_are_of_districts_and_arrivals_of_the_city() -> None:
    store = await books()
    assert isinstance(next_entry(await kept(journal(store), CITY), withdraw(1)), NotThisBook)
    arrival = ReceiveWithdrawal(BOOK, "7", Withdrawal("w", 1))
    assert isinstance(next_entry(await kept(journal(store)), arrival), NotThisBook)


@pytest.mark.parametrize("to", [None, "8"])
async def test_money_on_its_way_is_brought_on_from_wherever_a_crash_left_it(to: str | None) -> None:
    """After each entry the books agree and the sweep finds what is next; entered twice it changes nothing."""
    store = await books()
    writer = journal(store)
    await given(writer, withdraw(30, to=to))
    for _ in range(4):
        assert list(check_city("1405", {b: await all_entries(store, b) for b in (CITY, BOOK, OTHER)})) == []
        assert verify_city([await verified(store, b) for b in (CITY, BOOK, OTHER)]) == []
        all_books, city = await writer.books(), await kept(writer, CITY)
        withdrawn = not_returned(city, all_books)
        await return_withdrawn(journal(store), "1405", withdrawn, CAUSE)
        await deliver(journal(store), "1405", in_flight(city, all_books), CAUSE)
    city, other = await kept(writer, CITY), await kept(writer, OTHER)
    assert not_returned(city, await writer.books()) == []
    assert (city.balances["unallotted"], other.balances["available"]) == ((430, 0) if to is None else (400, 30))
    assert city.balances["allotted"] == (70 if to is None else 100)
    before = len(store.stored)
    with suppress(Refusal):
        await given(journal(store), withdraw(30, to=to))
    assert len(store.stored) == before


async def test_a_withdrawal_makes_nobody_due_and_takes_nothing_from_who_was_promised() -> None:
    store = await books()
    await given(journal(store), reserve("b", 50), commit("a", 60), withdraw(40), money(20, "y"))
    book = await kept(journal(store))
    assert due(book) is None
    assert (book.balances["committed"], book.balances["available"], list(book.waiting)) == (60, 20, ["b"])


async def test_a_withdrawal_that_never_left_is_found() -> None:
    store = await books()
    await given(journal(store), ReceiveWithdrawal(CITY, "7", Withdrawal("forged", 10)))
    (wrong,) = [w for w in verify_city([await verified(store, b) for b in (CITY, BOOK)]) if "forged" in w]
    assert "left no district" in wrong
    assert list(check_city("1405", {b: await all_entries(store, b) for b in (CITY, BOOK)})) == []
