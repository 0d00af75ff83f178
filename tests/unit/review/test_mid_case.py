"""What happens in the middle of a case: a standing is lost, a request withdrawn, a chair does not come, nobody signs."""

from datetime import timedelta

import pytest

from services.review.domain import case_steps
from services.review.domain.case import Case, next_due
from shared.contracts.durations import Duration
from tests.unit.review.builders import (
    CALENDAR,
    CASE_WITHIN,
    NOW,
    closed_case,
    form,
    holder,
    open_case,
    standing,
    then,
    voted,
)


def withdrawn(state: Case) -> Case:
    events = case_steps.withdraw(
        state,
        id=state.id,
        request=state.request,
        revision=state.revision,
        organization=state.organization,
        district=state.district,
        because="request_withdrawn",
        now=NOW,
    )
    return then(state, events)


def test_a_standing_lost_mid_case_keeps_the_ballots_until_it_is_back() -> None:
    """REG-4, I9."""
    state = voted(voted(open_case(), 1), 2, form("reject"))
    paused = then(state, case_steps.apply_standing(state, standing(2, allowed=False), now=NOW))
    with pytest.raises(case_steps.CaseIsPaused):
        voted(paused, 3)
    back = then(paused, case_steps.apply_standing(paused, standing(3), now=NOW + timedelta(days=2)))
    assert back.seats == state.seats
    for seat in (3, 4, 5, 6):
        back = voted(back, seat, now=NOW + timedelta(days=2))
    assert back.result is not None
    assert (back.result.tally.cast, back.result.standing_sequence) == (6, 3)


def test_a_request_withdrawn_mid_case_ends_it_without_a_result() -> None:
    """REV-2: ballots that were cast are never counted."""
    ended = withdrawn(voted(voted(open_case(), 1), 2))
    assert (ended.status, ended.result, ended.to_cast, next_due(ended)) == ("withdrawn", None, (), None)
    with pytest.raises(case_steps.CaseNotOpen):
        voted(ended, 3)
    assert case_steps.meet_deadline(ended, now=NOW + CASE_WITHIN, calendar=CALENDAR) == []


def test_the_senior_expert_signs_when_the_chair_did_not_come() -> None:
    """REV-10."""
    state = open_case()
    for seat in (2, 3, 4, 5):
        state = voted(state, seat)
    state = then(state, case_steps.meet_deadline(state, now=NOW + CASE_WITHIN, calendar=CALENDAR))
    state = then(state, case_steps.draft_summary(state, reason="دلیل", subject="secretary", now=NOW))
    with pytest.raises(case_steps.NotTheSigner):
        case_steps.sign(state, subject=holder(1), edition=None, standing=standing(), now=NOW)
    issued = then(state, case_steps.sign(state, subject=holder(2), edition=None, standing=standing(), now=NOW))
    assert issued.decision is not None
    assert (issued.decision.signed, issued.decision.signed_by_seat_kind) == (True, "expert")


def test_unsigned_after_three_working_days_the_decision_issues_noting_that() -> None:
    """REV-10: closed on a Sunday, so it is due on Wednesday; Thursday and Friday are the weekend."""
    state = closed_case(sign_within=Duration(working_days=3))
    due = NOW + timedelta(days=3)
    assert state.sign_by == due
    assert case_steps.issue_unsigned(state, standing=standing(), now=due - timedelta(milliseconds=1)) == []
    issued = then(state, case_steps.issue_unsigned(state, standing=standing(), now=due))
    assert issued.decision is not None
    assert (issued.status, issued.decision.signed, issued.result) == ("decided", False, state.result)
