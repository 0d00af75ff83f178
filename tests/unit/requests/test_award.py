"""An award below the minimum, and one that is declined (REQ-8)."""

from dataclasses import replace
from datetime import datetime

import pytest

from services.requests.domain import award_steps
from services.requests.domain.award import RevisedPlan
from services.requests.domain.award_steps import NoPlanNeeded, NothingToDecline, RevisedPlanOverdue
from services.requests.domain.proposal import Line
from services.requests.domain.request import SupportRequest, fold
from services.requests.domain.request_steps import RevisedPlanNeeded, due_at, on_time
from services.requests.domain.statuses import AWARDED, STATUSES, Status
from shared.contracts.durations import Duration
from shared.contracts.refusals import InvalidFields
from tests.unit.requests.building import (
    CALENDAR,
    CLOSED,
    DAY,
    NOW,
    OPENED,
    accept,
    after_facts,
    book_fact,
    case_fact,
    decline,
    follow,
    in_status,
    standing,
)

LESS = 30_000_000
BELOW = case_fact("decided", 21, outcome="approved", amount=LESS, reason="سودمند است.")
PLAN = RevisedPlan((Line("سالن", LESS),), 60, "شمار خانواده‌ها", "با یک گروه برگزار می‌شود.")
DUE = CALENDAR.due(NOW, Duration(working_days=10))


def below_minimum() -> SupportRequest:
    """Return a request with less reserved than the least with which it can be done."""
    return after_facts(OPENED, CLOSED, BELOW, book_fact("reservation_made", 110, amount=LESS))


def revise(state: SupportRequest, plan: RevisedPlan = PLAN, now: datetime = NOW) -> SupportRequest:
    """Return the state after a revised plan."""
    return fold(state, award_steps.revise_plan(state, plan, now=now))


def test_below_the_minimum_the_award_is_accepted_only_with_a_revised_plan() -> None:
    state = below_minimum()
    assert (state.status, state.revise_until) == ("reserved", DUE)
    with pytest.raises(RevisedPlanNeeded):
        accept(state)
    assert accept(revise(state)).status == "accepted"


def test_an_award_of_the_minimum_needs_no_revised_plan() -> None:
    decided = case_fact("decided", 21, outcome="approved", amount=40_000_000)
    state = after_facts(OPENED, CLOSED, decided, book_fact("reservation_made", 110, amount=40_000_000))
    assert state.revise_until is None
    assert accept(state).status == "accepted"


def test_the_lines_of_a_revised_plan_add_up_to_the_approved_amount() -> None:
    with pytest.raises(InvalidFields) as refused:
        revise(below_minimum(), RevisedPlan((Line("سالن", LESS + 1),), 60, "x", "x"))
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/budget_lines", "lines_do_not_add_up_to_approved")]


def test_without_a_revised_plan_in_time_the_award_lapses() -> None:
    state = below_minimum()
    assert due_at(state) == min(DUE, NOW + 15 * DAY)
    with pytest.raises(RevisedPlanOverdue):
        revise(state, now=DUE)
    after = fold(state, on_time(state, now=DUE))
    assert (after.status, after.ended_reason) == ("lapsed", "revised_plan_overdue")
    assert on_time(revise(state), now=DUE) == []  # given in time: only the term to accept is left


def test_the_time_for_a_revised_plan_stands_still_while_suspended() -> None:
    """REG-4."""
    state = follow(below_minimum(), standing("suspended", 4, NOW + DAY), NOW + DAY)
    assert on_time(state, now=DUE) == []
    back = follow(state, standing("approved", 5), NOW + 21 * DAY)
    assert back.revise_until == DUE + 20 * DAY


def test_a_revised_plan_can_be_replaced_until_the_award_is_accepted() -> None:
    state = revise(below_minimum())
    assert award_steps.revise_plan(state, PLAN, now=NOW) == []
    other = RevisedPlan((Line("مدرس", LESS),), 40, "x", "x")
    assert revise(state, other).revised_plan == other
    with pytest.raises(NoPlanNeeded):
        revise(accept(state), other)


@pytest.mark.parametrize("status", STATUSES)
def test_only_an_award_below_the_minimum_takes_a_revised_plan(status: Status) -> None:
    with pytest.raises(NoPlanNeeded):
        revise(in_status(status))


@pytest.mark.parametrize("status", STATUSES)
def test_an_award_is_declined_until_it_is_accepted(status: Status) -> None:
    state = in_status(status)
    if status in AWARDED:
        assert decline(state).status == "declined"
    elif status == "declined":
        assert award_steps.decline(state, reason="", now=NOW) == []
    else:
        with pytest.raises(NothingToDecline):
            decline(state)


def test_an_award_of_before_this_rule_can_still_be_revised_and_accepted() -> None:
    """Its history asks for no plan and sets no term."""
    state = replace(below_minimum(), revise_asked_at=None, revise_until=None)
    with pytest.raises(RevisedPlanNeeded):
        accept(state)
    assert due_at(state) == NOW + 15 * DAY
    assert accept(revise(state, now=NOW + 14 * DAY)).status == "accepted"
