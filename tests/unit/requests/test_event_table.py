"""The table event × status (SEAMS.md, "How a request follows the others"): every event in every status, twice, and in any order."""

from itertools import permutations
from typing import Final

import pytest

from services.requests.domain.facts import BookFact, CaseFact
from services.requests.domain.request import SupportRequest, fold
from services.requests.domain.request_steps import NothingToAccept, follow_standing, note_book, note_case
from services.requests.domain.statuses import STATUSES, TERMINAL, Status
from tests.unit.requests.building import (
    APPROVED,
    CALENDAR,
    CHANGES,
    CLOSED,
    COMMITTED,
    DAY,
    NOW,
    OPENED,
    REJECTED,
    RESERVED,
    WAITING,
    accept,
    after_facts,
    book_fact,
    case_fact,
    changed,
    draft,
    follow,
    in_status,
    note,
    standing,
    submit,
)

EVENTS: Final[dict[str, CaseFact | BookFact]] = {
    "case.opened": case_fact("opened", 30, deadline=NOW + 15 * DAY),
    "case.deadline_moved": case_fact("deadline_moved", 31, deadline=NOW + 22 * DAY),
    "case.paused": case_fact("paused", 32),
    "case.resumed": case_fact("resumed", 33, deadline=NOW + 20 * DAY),
    "case.stalled": case_fact("stalled", 34, reason="no_quorum"),
    "case.continued": case_fact("continued", 39, deadline=NOW + 25 * DAY),
    "case.excepted": case_fact("excepted", 40, reason="no_quorum"),
    "case.changes_requested": case_fact("changes_requested", 35),
    "case.closed": case_fact("closed", 36),
    "case.decided approved": case_fact("decided", 37, outcome="approved", amount=45_000_000),
    "case.decided rejected": case_fact("decided", 38, outcome="rejected", amount=0),
    "reservation.waiting": book_fact("reservation_waiting", 200),
    "reservation.made": book_fact("reservation_made", 201),
    "reservation.refused": book_fact("reservation_refused", 202, reason="book_closed"),
    "reservation.paused waiting": book_fact("reservation_paused", 203, holds="waiting"),
    "reservation.paused reserved": book_fact("reservation_paused", 204, holds="reserved"),
    "reservation.resumed waiting": book_fact("reservation_resumed", 205, holds="waiting"),
    "reservation.resumed reserved": book_fact("reservation_resumed", 206, holds="reserved"),
    "reservation.released": book_fact("reservation_released", 207, holds="reserved", reason="withdrawn"),
    "commitment.made": book_fact("commitment_made", 208),
    "commitment.refused": book_fact("commitment_refused", 209, reason="standing"),
    "commitment.refused, held": book_fact("commitment_refused", 212, holds="reserved", reason="standing"),
    "commitment.released to reserved": book_fact("commitment_released", 210, holds="reserved", reason="suspended"),
    "commitment.released to available": book_fact("commitment_released", 211, holds="available", reason="lapsed"),
    "commitment.released in part": book_fact(
        "commitment_released", 216, 5_000_000, holds="available", reason="amended", remains=45_000_000, ended=False
    ),
    "payment.prepared": book_fact("payment_prepared", 217, payment="pay-1"),
    "payment.given_up": book_fact("payment_given_up", 218, holds="committed", payment="pay-1"),
    "payment.made": book_fact("payment_made", 213),
    "refund.received": book_fact("refund_received", 215),
    "payment.failed": book_fact("payment_failed", 214, holds="paid", reason="account_closed"),
}

DECIDES: Final[dict[str, Status]] = {"case.decided approved": "approved", "case.decided rejected": "rejected"}
FUNDS: Final[dict[str, Status]] = {
    "reservation.waiting": "waiting",
    "reservation.made": "reserved",
    "reservation.refused": "lapsed",
    "reservation.paused waiting": "waiting",
    "reservation.paused reserved": "reserved",
    "reservation.resumed waiting": "waiting",
    "reservation.resumed reserved": "reserved",
    "reservation.released": "lapsed",
    "commitment.made": "reserved",  # early: kept until the acceptance is known here
    "commitment.released in part": "reserved",
    "commitment.released to reserved": "reserved",
    "commitment.released to available": "lapsed",
}
AFTER_COMMITMENT: Final[dict[str, Status]] = {
    "commitment.released to reserved": "reserved",
    "commitment.released to available": "lapsed",
    # Later entries of the same book than the commitment: its release is on its way and will clear the acceptance.
    "reservation.waiting": "accepted",
    "reservation.made": "accepted",
    "reservation.paused waiting": "accepted",
    "reservation.paused reserved": "accepted",
    "reservation.resumed waiting": "accepted",
    "reservation.resumed reserved": "accepted",
    "reservation.refused": "lapsed",
    "reservation.released": "lapsed",
}
# What moves a request; every event that is not named here leaves the status as it is and is kept.
TABLE: Final[dict[Status, dict[str, Status]]] = {
    "draft": {},
    "submitted": {
        "case.opened": "in_review",
        "case.closed": "in_review",
        "case.changes_requested": "changes_requested",
        **DECIDES,
    },
    "in_review": {"case.changes_requested": "changes_requested", **DECIDES},
    "changes_requested": {**DECIDES},  # the book follows decisions, so a decision weighs more
    "approved": FUNDS,
    "rejected": {},
    "waiting": FUNDS,
    "reserved": FUNDS,
    "accepted": {
        "commitment.made": "in_progress",
        "commitment.released in part": "in_progress",
        "commitment.refused": "lapsed",
        "commitment.refused, held": "reserved",
        "commitment.released to reserved": "reserved",
        "commitment.released to available": "lapsed",
        "reservation.refused": "lapsed",
        "reservation.released": "lapsed",
    },
    "in_progress": AFTER_COMMITMENT,
    "reported": AFTER_COMMITMENT,
    "closed": {},
    "cancelled": {},
    "ended_by_agreement": {},
    "withdrawn": {},
    "lapsed": {},
    "declined": {},
}

HAPPY_PATH: Final[tuple[CaseFact | BookFact, ...]] = (OPENED, CLOSED, APPROVED, WAITING, RESERVED, COMMITTED)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("event", EVENTS)
def test_every_event_in_every_status_gives_the_status_of_the_table(status: Status, event: str) -> None:
    state = in_status(status)
    assert state.status == status
    assert note(state, EVENTS[event]).status == TABLE[status].get(event, status)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_kept_and_does_nothing_the_second_time(status: Status, event: str) -> None:
    fact = EVENTS[event]
    once = note(in_status(status), fact)
    assert fact in (once.case_facts if isinstance(fact, CaseFact) else once.book_facts)
    again = (
        note_case(once, fact, calendar=CALENDAR, now=NOW)
        if isinstance(fact, CaseFact)
        else note_book(once, fact, calendar=CALENDAR, now=NOW)
    )
    assert again == []


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_terminal_status_absorbs_all_events_in_a_row(status: Status) -> None:
    state = in_status(status)
    for fact in EVENTS.values():
        state = note(state, fact)
    assert state.status == status


def _accept_when_possible(state: SupportRequest) -> SupportRequest:
    try:
        return accept(state)
    except NothingToAccept:
        return state


def test_the_happy_path_ends_the_same_in_every_order_of_arrival() -> None:
    """Early events are kept as facts and count when their predecessor has come; each event comes twice."""
    in_order = submit(draft())
    for fact in HAPPY_PATH:
        in_order = _accept_when_possible(note(in_order, fact))
    assert in_order.status == "in_progress"
    assert (in_order.approved, in_order.reserved, in_order.committed) == (50_000_000, 0, 50_000_000)
    for order in permutations(HAPPY_PATH):
        state = submit(draft())
        for fact in order:
            state = _accept_when_possible(note(note(state, fact), fact))
        # Only the amount of time's own marks may differ: they say when the award could first be seen here.
        assert state.status == "in_progress"
        assert (state.case_facts, state.book_facts) == (in_order.case_facts, in_order.book_facts)
        assert (state.approved, state.reserved, state.committed) == (50_000_000, 0, 50_000_000)
        assert state.acceptance == in_order.acceptance


def test_events_that_come_before_the_submission_itself_count_once_it_is_known() -> None:
    early = draft()
    for fact in (RESERVED, APPROVED, OPENED):
        early = note(early, fact)
    assert early.status == "draft"
    assert submit(early).status == "reserved"


def test_a_refused_reservation_that_comes_before_its_decision_ends_the_request_when_the_decision_comes() -> None:
    state = note(after_facts(OPENED), EVENTS["reservation.refused"])
    assert state.status == "in_review"
    state = note(state, APPROVED)
    assert (state.status, state.ended_reason) == ("lapsed", "reservation_book_closed")


def test_facts_of_an_older_revision_do_not_move_the_newer_one() -> None:
    state = submit(fold(in_status("changes_requested"), ()))
    assert (state.status, state.revision) == ("submitted", 2)
    for late in (OPENED, CHANGES, CLOSED, APPROVED, REJECTED):
        state = note(state, late)
    assert state.status == "submitted"
    assert note(state, case_fact("opened", 1, revision=2)).status == "in_review"


def test_what_is_paid_is_a_number_of_its_own_and_a_failed_payment_is_not_paid() -> None:
    """REQ-7: in every order of arrival; the commitment stays the whole obligation."""
    payments = (
        book_fact("payment_made", 130, 20_000_000),
        book_fact("payment_made", 131, 5_000_000),
        book_fact("payment_failed", 132, 5_000_000, holds="paid", reason="account_closed"),
        book_fact("payment_failed", 133, 7_000_000, holds="approved", reason="refused_by_bank"),
        book_fact("refund_received", 134, 1_000_000),
    )
    for order in permutations(payments):
        state = in_status("in_progress")
        for fact in order:
            state = note(state, fact)
        assert (state.status, state.committed, state.book.paid) == ("in_progress", 50_000_000, 20_000_000)
        assert state.book.refunded == 1_000_000


RACED_RELEASE: Final = (
    book_fact("commitment_made", 120),
    book_fact("commitment_released", 130, holds="reserved", reason="suspended"),
    book_fact("reservation_paused", 131, holds="reserved"),
    book_fact("reservation_resumed", 140, holds="reserved"),
)


def test_a_commitment_that_raced_with_a_suspension_goes_back_to_reserved_in_every_order() -> None:
    for order in permutations(RACED_RELEASE):
        state = in_status("accepted")
        for fact in order:
            state = note(state, fact)
        assert (state.status, state.reserved, state.committed, state.acceptance) == ("reserved", 50_000_000, 0, None)
        assert accept(state).status == "accepted"


RACED_REFUSAL: Final = (
    book_fact("commitment_refused", 120, holds="reserved", reason="standing"),
    book_fact("reservation_paused", 121, holds="reserved"),
    book_fact("reservation_resumed", 130, holds="reserved"),
)


def test_a_commitment_that_a_suspension_overtook_goes_back_to_reserved_in_every_order() -> None:
    for order in permutations(RACED_REFUSAL):
        state = in_status("accepted")
        for fact in order:
            state = note(state, fact)
        assert (state.status, state.reserved, state.acceptance, state.book.paused) == (
            "reserved",
            50_000_000,
            None,
            False,
        )
        assert accept(state).status == "accepted"


def test_a_refusal_for_good_ends_the_request_also_when_the_pause_that_follows_it_comes_first() -> None:
    """Found by the simulation (seed 254): the request stayed accepted for ever."""
    for order in permutations((EVENTS["commitment.refused"], book_fact("reservation_paused", 213, holds="reserved"))):
        state = in_status("accepted")
        for fact in order:
            state = note(state, fact)
        assert (state.status, state.ended_reason) == ("lapsed", "commitment_standing")


PAUSED_BY_SUSPENSION: Final[frozenset[Status]] = frozenset(
    {"submitted", "in_review", "changes_requested", "approved", "waiting", "reserved", "accepted"}
)


@pytest.mark.parametrize("status", STATUSES)
def test_a_suspension_marks_what_is_open_and_reinstatement_takes_the_mark_away(status: Status) -> None:
    """REG-4: place and money are kept."""
    before = in_status(status)
    suspended = follow(before, standing("suspended", 4))
    assert (suspended.suspension is not None) == (status in PAUSED_BY_SUSPENSION)
    assert (suspended.status, suspended.reserved) == (before.status, before.reserved)
    assert follow_standing(suspended, standing("suspended", 4), calendar=CALENDAR, now=NOW) == []
    assert follow_standing(suspended, standing("approved", 3), calendar=CALENDAR, now=NOW) == []  # older: says nothing
    back = follow(suspended, standing("approved", 5))
    assert (back.suspension, back.status) == (None, status)


@pytest.mark.parametrize("status", STATUSES)
def test_a_revocation_ends_what_is_open(status: Status) -> None:
    after = follow(in_status(status), standing("revoked", 4))
    assert after.status == ("lapsed" if status in PAUSED_BY_SUSPENSION else status)


def test_the_standing_moves_a_request_between_any_two_events() -> None:
    """A suspension and its end in the middle of the happy path change nothing of where it ends."""
    for place in range(len(HAPPY_PATH) + 1):
        state = submit(draft(changed()))
        for n, fact in enumerate(HAPPY_PATH):
            if n == place:
                state = follow(follow(state, standing("suspended", 4)), standing("approved", 5))
            state = _accept_when_possible(note(state, fact))
        assert state.status == "in_progress"
