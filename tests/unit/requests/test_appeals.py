"""Appeals against a rejection or a reduced amount (REQ-13), and the city's clock (REQ-14)."""

from datetime import datetime

import pytest

from services.requests.domain import appeal_steps
from services.requests.domain.appeal_steps import (
    AppealedAlready,
    AppealTooLate,
    NoAppealToAnswer,
    NoAppealToWithdraw,
    NothingToAppeal,
)
from services.requests.domain.request import SupportRequest, fold
from services.requests.domain.request_steps import due_at, on_time
from services.requests.domain.statuses import AWARDED, STATUSES, Status
from shared.contracts.durations import Duration
from tests.unit.requests.building import (
    CALENDAR,
    CLOSED,
    DAY,
    NOW,
    OPENED,
    accept,
    after_facts,
    case_fact,
    decline,
    follow,
    in_status,
    standing,
    withdraw,
)

DUE = CALENDAR.due(NOW, Duration(working_days=5))


def lodged(state: SupportRequest, now: datetime = NOW) -> SupportRequest:
    """Return the state after an appeal."""
    return fold(
        state, appeal_steps.lodge(state, ground="factual_error", text="جمع خطا دارد.", calendar=CALENDAR, now=now)
    )


def rejected() -> SupportRequest:
    """Return a rejected request whose appeal was lodged."""
    return lodged(in_status("rejected"))


@pytest.mark.parametrize("status", STATUSES)
def test_a_rejection_or_a_reduced_amount_not_yet_accepted_can_be_appealed(status: Status) -> None:
    """50 of 60 million were approved."""
    state = in_status(status)
    if status in AWARDED | {"rejected"}:
        after = lodged(state)
        assert after.appeal is not None
        assert after.status == status  # the decision stands until the panel has decided
    else:
        with pytest.raises(NothingToAppeal):
            lodged(state)


def test_what_was_approved_in_full_cannot_be_appealed() -> None:
    full = case_fact("decided", 21, outcome="approved", amount=60_000_000)
    with pytest.raises(NothingToAppeal):
        lodged(after_facts(OPENED, CLOSED, full))


def test_an_appeal_comes_within_fifteen_days_of_the_decision() -> None:
    assert lodged(in_status("rejected"), NOW + 14 * DAY).appeal is not None
    with pytest.raises(AppealTooLate):
        lodged(in_status("rejected"), NOW + 15 * DAY)


def test_a_decision_is_appealed_once() -> None:
    with pytest.raises(AppealedAlready):
        lodged(rejected())


def test_the_city_admits_or_refuses_and_does_not_change_its_answer() -> None:
    admitted = fold(rejected(), appeal_steps.admit(rejected(), reason="درست است.", now=NOW))
    refused = fold(rejected(), appeal_steps.refuse(rejected(), reason="چنین نیست.", now=NOW))
    assert (admitted.appeal.status, refused.appeal.status) == ("admitted", "refused")  # type: ignore[union-attr]
    assert appeal_steps.admit(admitted, reason="x", now=NOW) == []
    assert appeal_steps.refuse(refused, reason="x", now=NOW) == []
    for answer, state in ((appeal_steps.refuse, admitted), (appeal_steps.admit, refused)):
        with pytest.raises(NoAppealToAnswer):
            answer(state, reason="x", now=NOW)
    with pytest.raises(NoAppealToAnswer):
        appeal_steps.admit(in_status("rejected"), reason="x", now=NOW)


def test_the_citys_clock_runs_five_working_days_and_a_breach_is_said_once() -> None:
    """REQ-14."""
    state = rejected()
    assert due_at(state) == DUE
    assert on_time(state, now=DUE - DAY) == []
    late = fold(state, on_time(state, now=DUE))
    assert late.appeal is not None
    assert late.appeal.overdue
    assert (on_time(late, now=DUE + DAY), due_at(late)) == ([], None)
    assert appeal_steps.admit(late, reason="x", now=DUE + DAY)  # late, but answered
    answered = fold(state, appeal_steps.refuse(state, reason="x", now=NOW))
    assert on_time(answered, now=DUE) == []


def test_what_was_approved_can_be_accepted_while_its_amount_is_appealed() -> None:
    assert accept(lodged(in_status("reserved"))).status == "accepted"


def test_an_open_appeal_is_withdrawn_for_good() -> None:
    admitted = fold(rejected(), appeal_steps.admit(rejected(), reason="درست است.", now=NOW))
    for state in (rejected(), admitted):
        ended = fold(state, appeal_steps.withdraw(state, now=NOW))
        assert (ended.appeal.status, ended.status) == ("ended", "rejected")  # type: ignore[union-attr]
        assert appeal_steps.withdraw(ended, now=NOW) == []
        assert (on_time(ended, now=DUE), due_at(ended)) == ([], None)  # nobody has to answer it
        with pytest.raises(AppealedAlready):
            lodged(ended)
        with pytest.raises(NoAppealToAnswer):
            appeal_steps.admit(ended, reason="x", now=NOW)
    refused = fold(rejected(), appeal_steps.refuse(rejected(), reason="چنین نیست.", now=NOW))
    for state in (in_status("rejected"), refused):
        with pytest.raises(NoAppealToWithdraw):
            appeal_steps.withdraw(state, now=NOW)


def test_what_settles_the_award_or_the_request_ends_the_appeal() -> None:
    appealed = lodged(in_status("reserved"))
    overdue = appealed.accept_until
    assert overdue is not None
    for after, because in (
        (accept(appealed), "award_accepted"),
        (decline(appealed), "award_declined"),
        (withdraw(appealed), "request_withdrawn"),
        (fold(appealed, on_time(appealed, now=overdue)), "request_lapsed"),
        (follow(appealed, standing("revoked", 9)), "request_lapsed"),
    ):
        assert after.appeal is not None
        assert (after.appeal.status, after.appeal.ended_because, due_at(after)) == ("ended", because, None)


def test_an_answered_appeal_is_not_ended_by_accepting() -> None:
    appealed = lodged(in_status("reserved"))
    refused = fold(appealed, appeal_steps.refuse(appealed, reason="چنین نیست.", now=NOW))
    assert accept(refused).appeal.status == "refused"  # type: ignore[union-attr]
