"""Amendments and ends by agreement: one side proposes, the other answers (REQ-10)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from services.requests.domain import agreement_steps as steps
from services.requests.domain.agreement_steps import (
    AgreementOutdated,
    NoAgreementToAnswer,
    NothingToAgreeOn,
    OtherSideAnswers,
)
from services.requests.domain.agreements import AgreementAccepted, Change, EndedByAgreement, Instalment, Side
from services.requests.domain.closing import Limit, LimitSet
from services.requests.domain.closing_steps import still_pending
from services.requests.domain.proposal import Line
from services.requests.domain.reports import ReportAsked
from services.requests.domain.request import Event, SupportRequest, fold
from services.requests.domain.statuses import STATUSES, Status
from shared.contracts.refusals import InvalidFields
from tests.unit.requests.building import (
    CALENDAR,
    DAY,
    NOW,
    OUTCOME,
    book_fact,
    cancelled,
    ended,
    in_status,
    note,
    paid,
    reported,
)

LATER = Change(ends_on=NOW + 60 * DAY)
LESS = Change(budget_lines=(Line("سالن", 30_000_000), Line("پذیرایی", 10_000_000)))
RUNNING = frozenset({"in_progress"})


def proposed(
    state: SupportRequest, change: Change = LATER, *, by: Side = "organization", now: datetime = NOW
) -> SupportRequest:
    return fold(state, steps.propose_amendment(state, change, by=by, text="دلیل", now=now))


def answer(state: SupportRequest, number: int = 1, *, by: Side = "city") -> list[Event]:
    return list(steps.accept(state, number, by=by, calendar=CALENDAR, now=NOW))


def accepted(state: SupportRequest, number: int = 1, *, by: Side = "city") -> SupportRequest:
    return fold(state, answer(state, number, by=by))


def wrong(state: SupportRequest, **changes: Any) -> list[str]:
    with pytest.raises(InvalidFields) as refused:
        proposed(state, Change(**changes))
    return [error.code for error in refused.value.errors]


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"in_progress"}))
def test_only_what_is_carried_out_is_amended(status: Status) -> None:
    with pytest.raises(NothingToAgreeOn):
        proposed(in_status(status))


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"in_progress", "reported"}))
def test_only_what_is_carried_out_is_ended_by_agreement(status: Status) -> None:
    with pytest.raises(NothingToAgreeOn):
        ended(in_status(status))


@pytest.mark.parametrize(("by", "other"), [("organization", "city"), ("city", "organization")])
def test_an_amendment_counts_once_the_other_side_accepts(by: Side, other: Side) -> None:
    state = proposed(in_status("in_progress"), by=by)
    assert (state.agreement_open, state.plan.ends_on) == ("amendment", NOW + 31 * DAY)
    with pytest.raises(OtherSideAnswers):
        answer(state, by=by)
    state = accepted(state, by=other)
    assert (state.agreement_open, state.plan.ends_on) == (None, NOW + 60 * DAY)
    assert state.plan.indicator == state.current.proposal.indicator
    assert answer(state, by=other) == []


@pytest.mark.parametrize("status", ["cancelled", "closed", "ended_by_agreement"])
def test_nothing_is_denied_after_the_award_has_ended(status: Status) -> None:
    state = replace(proposed(in_status("in_progress")), status=status)
    with pytest.raises(NothingToAgreeOn):
        steps.deny(state, 1, by="city", reason="؟", now=NOW)


def test_a_denied_amendment_changes_nothing_and_stays_in_the_list() -> None:
    state = proposed(in_status("in_progress"))
    with pytest.raises(OtherSideAnswers):
        steps.deny(state, 1, by="organization", reason="؟", now=NOW)
    state = fold(state, steps.deny(state, 1, by="city", reason="سال مالی تمام است.", now=NOW))
    assert (state.agreements[0].status, state.agreements[0].reason) == ("denied", "سال مالی تمام است.")
    assert (state.plan.ends_on, state.agreement_open) == (NOW + 31 * DAY, None)
    assert steps.deny(state, 1, by="city", reason="؟", now=NOW) == []
    with pytest.raises(NoAgreementToAnswer):
        answer(state)


def test_a_newer_proposal_of_either_side_supersedes_an_open_one() -> None:
    state = proposed(proposed(in_status("in_progress")), LESS, by="city")
    assert [agreement.status for agreement in state.agreements] == ["superseded", "open"]
    with pytest.raises(NoAgreementToAnswer):
        answer(state, 1)
    with pytest.raises(NoAgreementToAnswer):
        answer(state, 3)
    assert accepted(state, 2, by="organization").plan.budget_lines == LESS.budget_lines


def test_what_an_amendment_says_is_checked() -> None:
    state = paid(in_status("in_progress"), 20_000_000)
    assert wrong(state) == ["nothing_changed"]
    assert wrong(state, ends_on=NOW) == ["ends_before_start", "planned_date_passed"]
    assert wrong(state, budget_lines=(Line("سالن", 50_000_001),)) == ["above_what_is_committed"]
    assert wrong(state, budget_lines=(Line("سالن", 19_999_999),)) == ["below_what_is_paid"]
    assert wrong(state, instalments=(Instalment(49_999_999, NOW),)) == ["instalments_do_not_add_up"]
    told = reported(state, replace(OUTCOME, final=False))
    assert wrong(told, budget_lines=(Line("سالن", 39_999_999),)) == ["below_what_is_reported"]


def test_instalments_are_planned_anew_when_the_amount_changes() -> None:
    halves = Change(instalments=(Instalment(20_000_000, NOW), Instalment(30_000_000, NOW + DAY)))
    state = accepted(proposed(in_status("in_progress"), halves))
    assert state.plan.instalments == halves.instalments
    assert wrong(state, budget_lines=LESS.budget_lines) == ["instalments_do_not_add_up"]
    both = replace(LESS, instalments=(Instalment(40_000_000, NOW),))
    assert accepted(proposed(state, both), 2).plan.instalments == both.instalments


def test_less_than_committed_releases_the_rest() -> None:
    state = proposed(in_status("in_progress"), LESS)
    assert answer(state) == [AgreementAccepted(1, NOW), LimitSet(Limit(40_000_000, "amended", ends=False), NOW)]
    state = accepted(state)
    assert wrong(state, budget_lines=(Line("سالن", 40_000_001),)) == ["above_what_is_committed"], "at once"
    same = Change(budget_lines=(Line("همه", 40_000_000),))
    assert answer(proposed(state, same), 2) == [AgreementAccepted(2, NOW)]


def test_what_was_paid_meanwhile_makes_a_proposal_outdated() -> None:
    state = paid(proposed(in_status("in_progress"), LESS), 45_000_000)
    with pytest.raises(AgreementOutdated) as refused:
        answer(state)
    assert [error.code for error in refused.value.errors] == ["below_what_is_paid"]


def test_the_first_report_is_due_after_the_new_end() -> None:
    state = proposed(in_status("in_progress"))
    due = NOW + 90 * DAY
    assert answer(state) == [AgreementAccepted(1, NOW), ReportAsked(1, NOW, due)]
    assert accepted(state).reporting.until == due


def test_an_open_proposal_keeps_a_request_from_being_closed() -> None:
    state = paid(in_status("reported"))
    assert still_pending(state) == []
    state = fold(state, steps.propose_ending(state, 40_000_000, by="city", text="پایان", now=NOW))
    assert [error.code for error in still_pending(state)] == ["agreement_pending"]


def test_both_sides_agree_on_what_stays_payable_when_it_ends() -> None:
    state = paid(in_status("in_progress"), 20_000_000)
    with pytest.raises(InvalidFields):
        steps.propose_ending(state, 19_999_999, by="city", text="پایان", now=NOW)
    state = fold(state, steps.propose_ending(state, 30_000_000, by="city", text="پایان", now=NOW))
    assert answer(state, by="organization") == [
        AgreementAccepted(1, NOW),
        EndedByAgreement(30_000_000, "پایان", NOW),
        LimitSet(Limit(30_000_000, "ended_by_agreement", ends=True), NOW),
    ]
    state = accepted(state, by="organization")
    assert (state.status, state.ended_reason, state.reporting.until) == ("ended_by_agreement", "پایان", None)
    assert answer(state, by="organization") == []


def test_what_was_agreed_falls_with_a_commitment_that_goes_back() -> None:
    state = accepted(proposed(in_status("in_progress"), LESS))
    back = note(state, book_fact("commitment_released", 130, holds="reserved", reason="standing"))
    assert (back.status, back.agreements, back.limit) == ("reserved", (), None)


def test_a_proposal_that_was_open_when_the_award_was_cancelled_is_not_answered_any_more() -> None:
    """Found by the simulation (seed 12)."""
    state = cancelled(proposed(in_status("in_progress")))
    assert state.agreement_open is None
    with pytest.raises(NothingToAgreeOn):
        steps.deny(state, 1, by="city", reason="؟", now=NOW)
    with pytest.raises(NothingToAgreeOn):
        answer(state)
