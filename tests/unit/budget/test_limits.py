"""A commitment becomes less, or ends, without taking back what is pending or paid (REQ-10, REQ-12; I3, I4)."""

from itertools import permutations

import pytest

from ops.verify.books import verify_book
from services.budget.domain.book import Book, Nothing, next_entry
from services.budget.domain.commands import Command, LimitCommitment
from services.budget.domain.entries import Draft, hash_of
from services.budget.domain.refusals import NotCommitted, OverCommitted
from services.budget.outbound.announce import Terms, event_data
from shared.contracts.budget import CommitmentReleased
from tests.unit.budget.build import (
    BOOK,
    accepted,
    all_entries,
    approve,
    commit,
    decided,
    failed,
    give_up,
    given,
    kept,
    limited,
    lines,
    money,
    opening,
    paid,
    prepare,
    reserve,
    standing,
    verified,
)
from tests.unit.budget.test_book import do, opened
from tests.unit.budget.test_following import Service


def limit(amount: int, *, ends: bool = True, number: int = 9) -> LimitCommitment:
    return LimitCommitment(BOOK, "r", number, "org-r", amount, ends, "closing" if ends else "amended")


def committed(*commands: Command) -> Book:
    """A book with 100 committed for ``r``; then the commands."""
    book = opened(100, third_above=100)
    book.salt = "salt"  # without it nobody is known
    return do(book, reserve("r", 100), commit("r", 100), *commands)


PAID = (prepare("p", "r", 40), approve("p"), paid("p"))


def test_what_is_above_the_limit_is_available_again() -> None:
    book = committed(*PAID, limit(70, ends=False))
    assert (book.balances["available"], book.balances["committed"], book.balances["paid"]) == (30, 30, 40)
    assert (book.subjects["r"].state, book.subjects["r"].amount, book.subjects["r"].unpaid) == ("committed", 70, 30)
    assert isinstance(next_entry(book, prepare("q", "r", 31, instalment=2)), OverCommitted)


@pytest.mark.parametrize(("amount", "ends"), [(100, False), (101, False), (100, True)])
def test_a_limit_that_is_not_lower_does_nothing(amount: int, ends: bool) -> None:
    assert next_entry(committed(), limit(amount, ends=ends)) == Nothing()


def test_closed_at_what_is_paid_the_commitment_ends() -> None:
    book = committed(*PAID, limit(40))
    assert (book.balances["available"], book.balances["committed"], book.subjects["r"].state) == (60, 0, "released")
    assert isinstance(next_entry(book, prepare("q", "r", 1, instalment=2)), NotCommitted)
    assert next_entry(book, limit(40, number=10)) == Nothing()


def test_what_is_paid_whole_ends_without_money() -> None:
    book = committed(prepare("p", "r", 100), approve("p"), paid("p"))
    draft = next_entry(book, limit(100))
    assert isinstance(draft, Draft)
    assert (draft.amount, draft.postings, draft.facts["remains"]) == (0, (), "100")


def test_proven_costs_stay_payable_and_the_rest_is_released() -> None:
    book = do(committed(*PAID, limit(60)), prepare("q", "r", 20, instalment=2), approve("q"), paid("q"))
    assert (book.balances["available"], book.balances["committed"], book.balances["paid"]) == (40, 0, 60)


def test_what_is_pending_is_not_taken_back() -> None:
    """A payment was ordered before the limit came: it can be made; given up, it goes where the commitment went."""
    book = committed(*PAID, prepare("q", "r", 50, instalment=2), approve("q"), limit(40))
    assert (book.balances["available"], book.balances["pending"], book.subjects["r"].state) == (10, 50, "released")
    assert do(book.copy(), paid("q")).balances["paid"] == 90
    assert do(book.copy(), give_up("q")).balances["available"] == 60


def test_a_payment_that_failed_meanwhile_can_be_given_up_to_the_commitment() -> None:
    book = committed(*PAID, failed("p"), limit(40))
    assert (book.subjects["r"].state, book.subjects["r"].amount) == ("committed", 40)
    assert do(book, give_up("p"), limit(0, number=10)).balances["available"] == 100


def test_an_end_also_ends_what_went_back_to_its_reservation_and_an_amendment_does_not() -> None:
    book = do(opened(100), reserve("r", 100))
    assert next_entry(book, limit(50, ends=False)) == Nothing()
    assert do(book, limit(50)).balances["available"] == 100


async def test_a_limit_serves_who_waits_and_is_done_once() -> None:
    """I3, BUD-5: delivered twice it is one entry, and the verifier agrees."""
    service = Service()
    await given(service.journal, opening(third_above=100), money(100))
    await service.hear((standing("org-r", allowed=True), 3), (standing("org-s", allowed=True), 4))
    await service.hear(decided("r", 100), accepted("r", 100), decided("s", 30))
    await service.hear((limited("r", 60, ends=False), 7), (limited("r", 60, ends=False), 7))
    assert (await kept(service.journal)).subjects["s"].state == "reserved"
    assert (await service.kinds())[2:] == ["reservation_waiting", "commitment_released", "reservation_made"]
    entry = (await all_entries(service.entries))[-2]
    event = event_data(entry, Terms("IRR", "7"))
    assert isinstance(event, CommitmentReleased)
    assert (event.amount, event.remains, event.to, event.reason) == (40, 60, "available", "amended")
    await verified(service.entries)


async def test_two_limits_end_the_same_in_every_order() -> None:
    """I5: the lower one counts."""
    for order in permutations([(limited("r", 60, ends=False), 7), (limited("r", 0), 9)]):
        service = Service()
        await given(service.journal, opening(), money(100))
        await service.hear((standing("org-r", allowed=True), 3), decided("r", 100), accepted("r", 100), *order)
        assert await service.state() == "released"
        assert (await verified(service.entries)).balances["available"] == 100


@pytest.mark.parametrize(
    ("facts", "after"), [({"remains": "39"}, {}), ({"remains": "41"}, {}), ({}, {"state": "released"})]
)
async def test_a_forged_limit_is_named_even_with_right_hashes(facts: dict[str, str], after: dict[str, str]) -> None:
    """I4."""
    service = Service()
    await given(service.journal, opening(), money(100), reserve("r", 100), commit("r", 100), limit(40, ends=False))
    entries = [dict(entry) for entry in await all_entries(service.entries)]
    entries[-1]["facts"] = {**entries[-1]["facts"], **facts}
    entries[-1]["subject_after"] = {**entries[-1]["subject_after"], **after}
    entries[-1]["hash"] = hash_of(entries[-1])
    violation = verify_book(lines(entries)).violation
    assert violation is not None
    assert violation.rule == "steps"
