"""Closing: only when nothing is pending and the commitment came to what is paid (REQ-12)."""

from dataclasses import replace
from itertools import permutations

import pytest

from services.requests.domain.closing import Closed, ClosingAsked, Limit, LimitSet
from services.requests.domain.closing_steps import NothingToClose, StillPending, close
from services.requests.domain.request import SupportRequest
from services.requests.domain.request_steps import note_book
from services.requests.domain.statuses import STATUSES, Status
from tests.unit.requests.building import (
    CALENDAR,
    NOW,
    OUTCOME,
    book_fact,
    closed,
    closing,
    in_status,
    note,
    paid,
    reported,
)

RELEASED = book_fact("commitment_released", 310, 10_000_000, holds="available", remains=40_000_000)
RUNNING = frozenset({"in_progress", "reported"})


def pending(state: SupportRequest) -> list[str]:
    """Return what closing is refused for."""
    with pytest.raises(StillPending) as refused:
        close(state, now=NOW)
    return [error.code for error in refused.value.errors]


@pytest.mark.parametrize("status", sorted(set(STATUSES) - RUNNING - {"closed"}))
def test_only_what_is_carried_out_is_closed(status: Status) -> None:
    with pytest.raises(NothingToClose):
        close(in_status(status), now=NOW)


def test_the_rest_of_the_commitment_is_released_before_it_is_closed() -> None:
    """REQ-12: committed = paid − refunded, and what was released."""
    state = paid(in_status("reported"))
    assert close(state, now=NOW) == [ClosingAsked(NOW), LimitSet(Limit(40_000_000, "closing", ends=True), NOW)]
    state = closing(state)
    assert (state.status, close(state, now=NOW)) == ("reported", [])
    state = note(state, RELEASED)
    assert (state.status, state.committed, state.book.released) == ("closed", 40_000_000, 10_000_000)
    assert close(state, now=NOW) == []


def test_a_refusal_to_close_names_all_that_is_pending() -> None:
    state = note(in_status("in_progress"), book_fact("payment_prepared", 300, 5_000_000, payment="pay-1"))
    assert pending(state) == ["report_pending", "payment_pending"]


def test_what_was_spent_is_paid_first() -> None:
    assert pending(paid(in_status("reported"), 39_999_999)) == ["payment_due"]


def test_what_was_not_spent_is_given_back_first() -> None:
    state = paid(in_status("reported"), 45_000_000)
    assert pending(state) == ["refund_due"]
    state = note(state, book_fact("refund_received", 305, 5_000_000))
    assert close(state, now=NOW)[1] == LimitSet(Limit(45_000_000, "closing", ends=True), NOW)


def test_what_was_kept_back_of_a_payment_is_not_asked_back() -> None:
    spent = replace(OUTCOME, spent=(replace(OUTCOME.spent[0], amount=36_000_000),))
    state = reported(in_status("in_progress"), spent)
    state = note(state, book_fact("payment_made", 301, 40_000_000, net=36_000_000, payment="pay-1"))
    assert closing(state).closing_asked_at == NOW


def test_what_is_done_without_money_is_closed_at_once() -> None:
    state = in_status("reported")
    without = replace(state, committed=0)
    assert close(without, now=NOW) == [ClosingAsked(NOW), Closed(NOW)]


def test_a_payment_that_raced_with_closing_is_waited_for_in_every_order() -> None:
    """Budget knew of it before requests did: paid, it closes; what the book says counts."""
    raced = (
        book_fact("payment_prepared", 305, 3_000_000, payment="pay-2"),
        book_fact("commitment_released", 310, 7_000_000, holds="available", remains=43_000_000),
        book_fact("payment_made", 320, 3_000_000, payment="pay-2"),
    )
    for order in permutations(raced):
        state = closing(paid(in_status("reported")))
        for fact in order:
            state = note(state, fact)
        assert (state.status, state.committed, state.book.paid) == ("closed", 43_000_000, 43_000_000)
    state = closing(paid(in_status("reported")))
    assert note(note(state, raced[0]), raced[1]).status == "reported"


def test_budget_is_asked_again_when_a_payment_that_failed_meanwhile_is_given_up() -> None:
    state = closing(paid(in_status("reported")))
    state = note(state, book_fact("payment_failed", 308, 40_000_000, holds="paid", payment="pay-300"))
    state = note(state, replace(RELEASED, ended=False))
    assert (state.status, state.book.pending) == ("reported", 40_000_000)
    given_up = book_fact("payment_given_up", 320, 40_000_000, holds="committed", payment="pay-300")
    events = note_book(state, given_up, calendar=CALENDAR, now=NOW)
    assert events[1:] == [LimitSet(Limit(0, "closing", ends=True), NOW)]
    state = note(note(state, given_up), book_fact("commitment_released", 330, 40_000_000, holds="available", remains=0))
    assert (state.status, state.committed) == ("closed", 0)


def test_it_is_not_closed_before_no_further_payment_is_possible() -> None:
    """Found by the simulation (seed 4): the payment failed meanwhile and is made again, and the book still says committed."""
    state = closing(paid(in_status("reported")))
    state = note(state, book_fact("payment_failed", 308, 40_000_000, holds="paid", payment="pay-300"))
    state = note(state, replace(RELEASED, ended=False))
    again = book_fact("payment_made", 320, 40_000_000, payment="pay-300")
    assert note_book(state, again, calendar=CALENDAR, now=NOW)[1:] == [
        LimitSet(Limit(40_000_000, "closing", ends=True), NOW)
    ]
    state = note(state, again)
    assert state.status == "reported"
    assert closed(state, seq=330).status == "closed"


def test_it_is_closed_in_every_order_of_a_payment_that_failed_and_was_made_again() -> None:
    """Found by the simulation (seed 7): without the failure the payment counted twice."""
    entries = (
        book_fact("payment_failed", 302, 40_000_000, holds="paid", payment="pay-300"),
        book_fact("payment_made", 303, 40_000_000, payment="pay-300"),
        RELEASED,
    )
    for order in permutations(entries):
        state = closing(paid(in_status("reported")))
        for fact in order:
            state = note(state, fact)
        assert (state.status, state.book.paid, state.committed) == ("closed", 40_000_000, 40_000_000)
    twice = note(note(closing(paid(in_status("reported"))), entries[1]), RELEASED)
    assert twice.status == "reported"


def test_what_is_found_ineligible_is_settled_first() -> None:
    """BUD-8: given back, documented later, or written off."""
    state = note(paid(in_status("reported")), book_fact("ineligible_found", 305, 5_000_000, finding="f"))
    assert pending(state) == ["ineligible_pending"]
    for settled in ("ineligible_documented", "ineligible_written_off", "refund_received"):
        after = note(state, book_fact(settled, 306, 5_000_000, finding="f"))
        assert closing(after).closing_asked_at == NOW


def test_what_is_written_off_is_not_asked_back() -> None:
    state = paid(in_status("reported"), 45_000_000)
    state = note(state, book_fact("ineligible_found", 305, 5_000_000, finding="f"))
    assert pending(state) == ["ineligible_pending", "refund_due"]
    state = note(state, book_fact("ineligible_written_off", 306, 5_000_000, finding="f"))
    assert closing(state).closing_asked_at == NOW
