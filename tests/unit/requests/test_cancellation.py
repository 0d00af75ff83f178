"""Cancellation by the city after a hearing: proven costs stay payable, the rest is released."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest

from services.requests.domain import cancellation_steps as steps
from services.requests.domain.cancellation import Cancelled
from services.requests.domain.cancellation_steps import (
    HearingNotOver,
    HearingOver,
    NoNotice,
    NothingToCancel,
    NoticeOpen,
)
from services.requests.domain.closing import Limit, LimitSet
from services.requests.domain.report_steps import NoReportToAnswer, accept_report, send_report_back
from services.requests.domain.request import SupportRequest, fold
from services.requests.domain.request_steps import due_at, note_book, on_time
from services.requests.domain.statuses import STATUSES, Status
from shared.contracts.refusals import InvalidFields
from tests.unit.requests.building import (
    CALENDAR,
    DAY,
    NOW,
    book_fact,
    cancelled,
    closing,
    filed,
    in_status,
    note,
    notified,
    paid,
)

UNTIL = CALENDAR.due(NOW, in_status("in_progress").current.frozen.heard_within)


def answered(state: SupportRequest) -> SupportRequest:
    return fold(state, steps.answer(state, text="سالن آماده نبود.", now=NOW))


def cancel(state: SupportRequest, proven_costs: int, now: object = NOW) -> object:
    return steps.cancel(state, proven_costs=proven_costs, reason="برگزار نشد.", now=now)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"in_progress", "reported"}))
def test_only_what_is_carried_out_is_cancelled(status: Status) -> None:
    with pytest.raises(NothingToCancel):
        notified(in_status(status))


def test_what_is_being_closed_is_not_cancelled() -> None:
    with pytest.raises(NothingToCancel):
        notified(closing(paid(in_status("reported"))))


def test_the_applicant_is_heard_first() -> None:
    state = notified(in_status("in_progress"))
    with pytest.raises(HearingNotOver):
        cancel(state, 0, UNTIL - timedelta(milliseconds=1))
    assert cancel(state, 0, UNTIL), "the term is over without an answer"
    assert cancel(answered(state), 0), "the applicant was heard"
    with pytest.raises(NoticeOpen):
        notified(state)


def test_an_answer_comes_in_time_and_can_be_replaced_until_then() -> None:
    state = answered(notified(in_status("in_progress")))
    assert steps.answer(state, text="سالن آماده نبود.", now=NOW) == []
    state = fold(state, steps.answer(state, text="مدرس بیمار شد.", now=NOW + DAY))
    assert state.hearing is not None
    assert (state.hearing.answer, state.hearing.answered_at) == ("مدرس بیمار شد.", NOW + DAY)
    with pytest.raises(HearingOver):
        steps.answer(state, text="دیر", now=UNTIL)


def test_a_dropped_notice_changes_nothing_and_another_can_follow() -> None:
    state = notified(in_status("in_progress"))
    state = fold(state, steps.drop(state, reason="پذیرفته شد.", now=NOW))
    assert (state.status, steps.drop(state, reason="دوباره", now=NOW)) == ("in_progress", [])
    with pytest.raises(NoNotice):
        cancel(state, 0)
    assert notified(state).hearing is not None


@pytest.mark.parametrize(
    "step",
    [
        lambda state: steps.answer(state, text="؟", now=NOW),
        lambda state: steps.drop(state, reason="؟", now=NOW),
        lambda state: cancel(state, 0),
    ],
)
def test_without_a_notice_there_is_nothing_to_answer_drop_or_decide(step: Callable[[SupportRequest], object]) -> None:
    with pytest.raises(NoNotice):
        step(in_status("in_progress"))


@pytest.mark.parametrize(
    ("proven", "wrong"), [(24_999_999, "below_what_is_paid"), (50_000_001, "above_what_is_committed")]
)
def test_proven_costs_are_not_under_what_is_paid_or_under_way_and_not_above_what_is_committed(
    proven: int, wrong: str
) -> None:
    state = note(paid(in_status("in_progress"), 20_000_000), book_fact("payment_prepared", 305, 5_000_000, payment="p"))
    with pytest.raises(InvalidFields) as refused:
        cancel(answered(notified(state)), proven)
    assert [error.code for error in refused.value.errors] == [wrong]
    assert cancel(answered(notified(state)), 25_000_000)
    assert cancel(answered(notified(state)), 50_000_000)


def test_budget_is_asked_for_what_the_proven_costs_come_to_in_the_book() -> None:
    """What was given back does not come back to the commitment there."""
    state = note(paid(in_status("in_progress"), 20_000_000), book_fact("refund_received", 305, 5_000_000))
    assert cancel(answered(notified(state)), 30_000_000) == [
        Cancelled(30_000_000, "برگزار نشد.", NOW),
        LimitSet(Limit(35_000_000, "cancelled", ends=True), NOW),
    ]


def test_cancelled_is_the_end_and_what_stays_payable_is_still_paid() -> None:
    state = cancelled(in_status("in_progress"), 30_000_000)
    released = book_fact("commitment_released", 300, 20_000_000, holds="available", remains=30_000_000, ended=False)
    state = paid(note(state, released), 30_000_000, seq=310)
    assert (state.status, state.ended_reason, state.committed, state.book.paid) == (
        "cancelled", "برگزار نشد.", 30_000_000, 30_000_000,
    )  # fmt: skip
    assert cancel(state, 0) == []
    assert due_at(state) is None, "no report is awaited any more"


def test_a_cancelled_award_whose_payments_a_late_report_had_stopped_is_paid() -> None:
    state = in_status("in_progress")
    state = fold(state, on_time(state, now=NOW + 90 * DAY))
    assert state.reporting.overdue
    after = cancelled(state)
    assert not after.reporting.overdue
    assert cancel(answered(notified(state)), 0)[0].allows_payments  # type: ignore[index]
    assert not cancel(answered(notified(filed(in_status("in_progress")))), 0)[0].allows_payments  # type: ignore[index]


def test_a_payment_that_raced_with_the_cancellation_and_is_given_up_is_released_in_every_order() -> None:
    """Budget knew of a payment of 40 when it was asked to let 30 be; given up, what is above 30 has to go, too."""
    raced = (
        book_fact("payment_prepared", 300, 40_000_000, payment="p"),
        book_fact("commitment_released", 301, 10_000_000, holds="available", remains=40_000_000, ended=False),
        book_fact("payment_given_up", 302, 40_000_000, holds="committed", payment="p"),
    )
    for order in permutations(raced):
        state, events = cancelled(in_status("in_progress"), 30_000_000), list[object]()
        for fact in order:
            noted = note_book(state, fact, calendar=CALENDAR, now=NOW)
            state, events = fold(state, noted), [*events, *noted]
        assert LimitSet(Limit(30_000_000, "cancelled", ends=True), NOW) in events
        assert (state.status, state.committed) == ("cancelled", 40_000_000), "until budget has answered again"


def test_a_report_of_a_cancelled_award_is_not_answered_any_more() -> None:
    """Found by the simulation (seed 1)."""
    state = cancelled(filed(in_status("in_progress")))
    with pytest.raises(NoReportToAnswer):
        accept_report(state, 1, calendar=CALENDAR, now=NOW)
    with pytest.raises(NoReportToAnswer):
        send_report_back(state, 1, reason="؟", calendar=CALENDAR, now=NOW)


def test_budget_is_asked_again_also_when_it_had_nothing_to_release_at_first() -> None:
    """Found by the simulation (seed 18): all of the commitment was in payments under way, so no entry came of the limit."""
    state = cancelled(in_status("in_progress"), 30_000_000)
    state = note(state, book_fact("payment_prepared", 300, payment="p"))
    given_up = book_fact("payment_given_up", 302, holds="committed", payment="p")
    events = note_book(state, given_up, calendar=CALENDAR, now=NOW)
    assert events[1:] == [LimitSet(Limit(30_000_000, "cancelled", ends=True), NOW)]
