"""REV-3 to REV-10: what may be done with a case, and when."""

from datetime import datetime, timedelta

import pytest

from services.review.domain import case_steps
from services.review.domain.ballot import BallotIncomplete
from services.review.domain.case import BallotCast, Case, CaseClosed, CaseResumed, DeadlineMoved, next_due
from services.review.domain.case_steps import UNSIGNED_REASON
from services.review.domain.working_group import NoSuchSeat
from shared.contracts.durations import Duration
from shared.contracts.review import FieldReason, Quorum
from tests.unit.review.builders import (
    ASKED,
    CALENDAR,
    CASE_WITHIN,
    MOVES_BY,
    NOW,
    SIGN_WITHIN,
    closed_case,
    declared,
    form,
    holder,
    open_case,
    opening,
    standing,
    submission,
    then,
    voted,
)

FIELDS = [FieldReason(pointer="/budget_lines", reason="جزئیات هزینه‌ها")]
AT_DEADLINE = NOW + CASE_WITHIN


def meet(state: Case, at: datetime = AT_DEADLINE) -> Case:
    return then(state, case_steps.meet_deadline(state, now=at, calendar=CALENDAR))


# Opening: REV-2, REV-3


def test_the_deadline_counts_in_working_days_of_the_city() -> None:
    state = then(
        None,
        case_steps.receive(
            None, submission(), opening(case_within=Duration(working_days=15)), now=NOW, calendar=CALENDAR
        ),
    )
    assert state.deadline == NOW + timedelta(days=21)  # Sunday + 15 working days: three weekends of Thursday and Friday


def test_the_base_is_what_was_filled_at_opening() -> None:
    state = open_case(filled=(1, 2, 3, 5))
    assert [seat.seat for seat in state.seats] == [1, 2, 3, 5]
    assert state.to_cast == tuple(holder(n) for n in (1, 2, 3, 5))
    with pytest.raises(NoSuchSeat):
        voted(state, 4)


def test_a_base_too_small_stalls_at_once() -> None:
    state = open_case(filled=(1, 2))
    assert (state.status, state.stalled_because) == ("stalled", "base_too_small")


def test_a_case_of_a_suspended_organisation_opens_paused() -> None:
    state = open_case(by=standing(4, allowed=False))
    assert (state.status, state.standing_sequence, next_due(state)) == ("paused", 4, None)


# What members declare (REV-3)


def test_nobody_declares_or_votes_for_another() -> None:
    state = open_case()
    with pytest.raises(case_steps.NotYourSeat):
        case_steps.declare(state, seat=2, subject=holder(3), conflict="none", note="", now=NOW, calendar=CALENDAR)
    with pytest.raises(case_steps.NotYourSeat):
        case_steps.cast(declared(state, 2), seat=2, subject=holder(3), form=form(), now=NOW, calendar=CALENDAR)


def test_voting_needs_a_declaration() -> None:
    with pytest.raises(case_steps.NotDeclared):
        case_steps.cast(open_case(), seat=2, subject=holder(2), form=form(), now=NOW, calendar=CALENDAR)


def test_a_recused_member_is_out_of_the_base_and_cannot_vote_or_come_back() -> None:
    state = declared(open_case(), 2, "family")
    assert holder(2) not in state.to_cast
    with pytest.raises(case_steps.RecusedFromCase):
        case_steps.cast(state, seat=2, subject=holder(2), form=form(), now=NOW, calendar=CALENDAR)
    with pytest.raises(case_steps.RecusedFromCase):
        declared(state, 2, "none")
    assert declared(state, 2, "family") == state  # repeated: nothing


def test_a_conflict_found_later_strikes_the_ballot() -> None:
    state = declared(voted(open_case(), 2), 2, "money")
    assert state.seat(2).recused
    assert state.seat(2).ballot is None


def test_a_recusal_closes_the_case_when_all_others_have_cast() -> None:
    state = open_case()
    for seat in (1, 2, 3, 4, 5):
        state = voted(state, seat)
    state = declared(state, 6, "recent_joint_work")
    assert state.status == "closed"
    assert state.result is not None
    assert (state.result.tally.base, state.result.tally.recused) == (5, 1)


def test_recusals_that_leave_too_few_stall_the_case_at_once() -> None:
    state = open_case()
    for seat in (1, 2, 3):
        state = declared(state, seat, "same_organization")
    assert state.status == "open"
    state = declared(state, 4, "family")
    assert (state.status, state.stalled_because) == ("stalled", "base_too_small")


# Ballots: REV-4, REV-5


def test_a_ballot_is_replaced_by_naming_it_and_counts_its_editions() -> None:
    state = voted(open_case(), 2, form("approve"))
    state = voted(state, 2, form("reject", replaces=1))
    ballot = state.seat(2).ballot
    assert ballot is not None
    assert (ballot.vote, ballot.edition) == ("reject", 2)


@pytest.mark.parametrize("replaces", [None, 2])
def test_a_ballot_that_is_not_the_one_named_stays(replaces: int | None) -> None:
    state = voted(open_case(), 2, form("approve"))
    with pytest.raises(case_steps.BallotChanged):
        voted(state, 2, form("reject", replaces=replaces))


def test_the_same_ballot_again_changes_nothing() -> None:
    state = voted(open_case(), 2)
    assert case_steps.cast(state, seat=2, subject=holder(2), form=form(), now=NOW, calendar=CALENDAR) == []
    closed = closed_case()  # the answer to the ballot that closed it was lost
    assert case_steps.cast(closed, seat=6, subject=holder(6), form=form(), now=NOW, calendar=CALENDAR) == []


def test_the_amount_is_bounded_by_the_lesser_of_asked_and_ceiling() -> None:
    for asked, ceiling in ((100, 500), (500, 100)):
        state = declared(open_case(asked=asked, ceiling=ceiling), 2)
        with pytest.raises(BallotIncomplete):
            voted(state, 2, form(amount=101))
        assert voted(state, 2, form(amount=100)).seat(2).ballot is not None


def test_no_ballot_after_the_deadline_even_before_the_sweep() -> None:
    with pytest.raises(case_steps.DeadlinePassed):
        voted(declared(open_case(), 2), 2, now=AT_DEADLINE)


# Closing: REV-6, REV-7


def test_the_last_ballot_closes_the_case() -> None:
    state = open_case()
    for seat in range(1, 6):
        state = voted(state, seat)
    events = case_steps.cast(declared(state, 6), seat=6, subject=holder(6), form=form(), now=NOW, calendar=CALENDAR)
    assert [type(event) for event in events] == [BallotCast, CaseClosed]


def test_at_the_deadline_a_quorum_closes() -> None:
    state = open_case()
    for seat in (1, 2, 3, 5):
        state = voted(state, seat)
    assert meet(state, AT_DEADLINE - timedelta(milliseconds=1)) == state
    assert meet(state).status == "closed"


def test_without_quorum_the_deadline_moves_once_and_then_the_case_stalls() -> None:
    state = voted(open_case(), 1)
    moved = meet(state)
    assert (moved.status, moved.deadline) == ("open", AT_DEADLINE + MOVES_BY)
    again = meet(moved, AT_DEADLINE + MOVES_BY)
    assert (again.status, again.stalled_because) == ("stalled", "no_quorum")


def test_four_of_six_without_a_neighbourhood_member_close_only_after_the_moved_deadline() -> None:
    state = open_case()
    for seat in (1, 2, 3, 4):
        state = voted(state, seat)
    events = case_steps.meet_deadline(state, now=AT_DEADLINE, calendar=CALENDAR)
    assert [type(event) for event in events] == [DeadlineMoved]
    assert meet(then(state, events), AT_DEADLINE + MOVES_BY).status == "closed"


def test_after_both_neighbourhood_members_recused_their_presence_is_not_needed() -> None:
    state = declared(declared(open_case(), 5, "family"), 6, "family")
    for seat in (1, 2, 3):
        state = voted(state, seat)
    assert meet(state).status == "closed"


def test_a_rule_set_may_move_the_deadline_never_or_often() -> None:
    assert meet(open_case(deadline_moves=0)).status == "stalled"
    twice = meet(meet(open_case(deadline_moves=2)), AT_DEADLINE + MOVES_BY)
    assert (twice.status, twice.deadline_moves) == ("open", 2)


def test_the_quorum_is_that_of_the_frozen_rules() -> None:
    state = voted(open_case(quorum=Quorum(numerator=1, denominator=6, least=1)), 6)
    assert meet(state).status == "closed"


# Standing: REG-4, I9


def test_a_pause_stops_ballots_closing_and_the_deadline() -> None:
    state = voted(open_case(), 1)
    paused = then(state, case_steps.apply_standing(state, standing(2, allowed=False), now=NOW))
    assert (paused.status, paused.to_cast, next_due(paused)) == ("paused", (), None)
    with pytest.raises(case_steps.CaseIsPaused):
        voted(paused, 2)
    with pytest.raises(case_steps.CaseIsPaused):
        case_steps.request_changes(paused, FIELDS, now=NOW)
    assert meet(paused) == paused


def test_the_deadline_grows_by_the_pause() -> None:
    state = open_case()
    paused = then(state, case_steps.apply_standing(state, standing(2, allowed=False), now=NOW))
    later = NOW + timedelta(days=3)
    events = case_steps.apply_standing(paused, standing(3), now=later)
    assert [type(event) for event in events] == [CaseResumed]
    resumed = then(paused, events)
    assert (resumed.status, resumed.deadline) == ("open", AT_DEADLINE + timedelta(days=3))
    assert holder(1) in resumed.to_cast


def test_a_pause_while_closed_stops_signing_and_its_term_grows() -> None:
    state = closed_case()
    paused = then(state, case_steps.apply_standing(state, standing(2, allowed=False), now=NOW))
    with pytest.raises(case_steps.CaseIsPaused):
        case_steps.draft_summary(paused, reason="دلیل", subject="secretary", now=NOW)
    resumed = then(paused, case_steps.apply_standing(paused, standing(3), now=NOW + timedelta(days=1)))
    assert (resumed.status, resumed.sign_by) == ("closed", NOW + SIGN_WITHIN + timedelta(days=1))
    assert resumed.deadline == AT_DEADLINE


def test_an_old_standing_never_pauses() -> None:
    state = open_case(by=standing(7))
    assert case_steps.apply_standing(state, standing(5, allowed=False), now=NOW) == []


# The reason and the decision: REV-10


def drafted(state: Case, reason: str = "دلیل") -> Case:
    return then(state, case_steps.draft_summary(state, reason=reason, subject="secretary", now=NOW))


def test_the_chair_signs_the_draft_and_the_decision_issues() -> None:
    state = drafted(closed_case())
    issued = then(state, case_steps.sign(state, subject=holder(1), edition=1, standing=standing(3), now=NOW))
    assert issued.decision is not None
    assert issued.status == "decided"
    assert (issued.decision.reason, issued.decision.signed, issued.decision.signed_by_seat_kind) == (
        "دلیل",
        True,
        "deputy",
    )
    assert issued.decision.standing_sequence == 3
    assert issued.result == state.result


def test_a_recused_chair_is_replaced_by_the_senior_expert() -> None:
    state = declared(open_case(), 1, "family")
    for seat in range(2, 7):
        state = voted(state, seat)
    state = drafted(state)
    with pytest.raises(case_steps.NotTheSigner):
        case_steps.sign(state, subject=holder(1), edition=None, standing=standing(), now=NOW)
    issued = then(state, case_steps.sign(state, subject=holder(2), edition=None, standing=standing(), now=NOW))
    assert issued.decision is not None
    assert issued.decision.signed_by_seat_kind == "expert"


def test_signing_needs_the_draft_that_was_read() -> None:
    state = closed_case()
    with pytest.raises(case_steps.NoDraft):
        case_steps.sign(state, subject=holder(1), edition=None, standing=standing(), now=NOW)
    state = drafted(drafted(state, "یک"), "دو")
    with pytest.raises(case_steps.DraftChanged):
        case_steps.sign(state, subject=holder(1), edition=1, standing=standing(), now=NOW)


def test_a_bad_standing_keeps_the_decision_from_issuing() -> None:
    state = drafted(closed_case())
    bad = standing(2, allowed=False)
    with pytest.raises(case_steps.CaseIsPaused):
        case_steps.sign(state, subject=holder(1), edition=None, standing=bad, now=NOW)
    late = case_steps.issue_unsigned(state, standing=bad, now=NOW + SIGN_WITHIN)
    assert then(state, late).status == "paused"


@pytest.mark.parametrize(("draft", "reason"), [("دلیل", "دلیل"), (None, UNSIGNED_REASON)])
def test_unsigned_at_the_end_of_the_term_it_issues_noting_that(draft: str | None, reason: str) -> None:
    state = closed_case()
    state = drafted(state, draft) if draft else state
    assert next_due(state) == NOW + SIGN_WITHIN
    assert case_steps.issue_unsigned(state, standing=standing(), now=NOW + SIGN_WITHIN - timedelta(seconds=1)) == []
    issued = then(state, case_steps.issue_unsigned(state, standing=standing(), now=NOW + SIGN_WITHIN))
    assert issued.decision is not None
    assert (issued.decision.reason, issued.decision.signed, issued.decision.signed_by_seat_kind) == (
        reason,
        False,
        None,
    )


def test_a_decision_is_never_changed() -> None:
    state = drafted(closed_case())
    state = then(state, case_steps.sign(state, subject=holder(1), edition=None, standing=standing(), now=NOW))
    with pytest.raises(case_steps.CaseNotClosed):
        drafted(state, "دیگر")
    with pytest.raises(case_steps.CaseNotClosed):
        case_steps.sign(state, subject=holder(1), edition=None, standing=standing(), now=NOW)
    assert case_steps.issue_unsigned(state, standing=standing(), now=NOW + SIGN_WITHIN) == []
    assert case_steps.apply_standing(state, standing(9, allowed=False), now=NOW) == []


# The secretary sends back


def test_changes_are_requested_only_before_any_ballot() -> None:
    state = declared(open_case(), 1)
    assert then(state, case_steps.request_changes(state, FIELDS, now=NOW)).status == "changes_requested"
    with pytest.raises(case_steps.ReviewHasBegun):
        case_steps.request_changes(voted(state, 1), FIELDS, now=NOW)
    with pytest.raises(case_steps.CaseNotOpen):
        case_steps.request_changes(closed_case(), FIELDS, now=NOW)


def test_a_withdrawal_after_closing_ends_the_case_without_a_decision() -> None:
    state = closed_case()
    ended = then(
        state,
        case_steps.withdraw(
            state,
            id=state.id,
            request=state.request,
            revision=1,
            organization=state.organization,
            district=state.district,
            because="request_withdrawn",
            now=NOW,
        ),
    )
    assert (ended.status, ended.decision, next_due(ended)) == ("withdrawn", None, None)


def test_a_stalled_case_takes_no_more_ballots() -> None:
    state = meet(meet(open_case()), AT_DEADLINE + MOVES_BY)
    with pytest.raises(case_steps.CaseNotOpen):
        voted(state, 2)


def test_a_ballot_cannot_be_replaced_without_end() -> None:
    state = open_case()
    for edition in range(case_steps.EDITIONS):
        ballot = form("approve", ASKED - edition, replaces=edition or None)
        state = voted(state, 2, ballot)
    with pytest.raises(case_steps.TooManyEditions):
        voted(state, 2, form("reject", replaces=case_steps.EDITIONS))
