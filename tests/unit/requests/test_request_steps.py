"""What an applicant may do with a request, and what time does (REQ-5, REQ-6, REQ-7, REQ-9, REG-4, I9)."""

from dataclasses import replace

import pytest

from services.requests.domain.programme import ProgrammeNotOpen
from services.requests.domain.request import fold
from services.requests.domain.request_steps import (
    WITHDRAWABLE,
    AcceptanceOverdue,
    CannotSubmit,
    CannotWithdraw,
    FieldsNotOpen,
    NotEditable,
    NothingToAccept,
    ReservationPaused,
    due_at,
    edit,
    on_time,
    withdraw,
)
from services.requests.domain.standing import KnownStanding, StandingForbids
from services.requests.domain.statuses import STATUSES, Status
from shared.contracts.durations import Duration
from shared.contracts.refusals import InvalidFields
from shared.contracts.review import FieldReason
from tests.unit.requests.building import (
    CALENDAR,
    DAY,
    NOW,
    OPENED,
    ORGANIZATION,
    PROGRAMME,
    PROPOSAL,
    RESERVED,
    RULES,
    TERMS,
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


def test_a_submission_keeps_the_revision_whole_with_the_programme_of_that_day_and_the_standing() -> None:
    """REQ-5, REQ-6, I9."""
    revision = submit(draft(), standing=standing(sequence=7)).current
    assert (revision.number, revision.proposal, revision.standing_sequence) == (1, PROPOSAL, 7)
    assert (revision.frozen.edition, revision.frozen.ceiling, revision.frozen.criteria) == (
        1,
        100_000_000,
        TERMS.criteria,
    )


@pytest.mark.parametrize("status", ["draft", "submitted", "rejected", "suspended", "expired", "revoked"])
def test_without_the_standing_nothing_is_submitted_and_the_refusal_carries_the_standing(status: str) -> None:
    with pytest.raises(StandingForbids) as refused:
        submit(draft(), standing=standing(status, 9))  # type: ignore[arg-type]
    assert refused.value.params["organization_status"] == status
    assert refused.value.params["reasons"] == f"organization_{status}"
    assert refused.value.params["sequence"] == 9


def test_an_organisation_never_heard_of_has_no_standing() -> None:
    with pytest.raises(StandingForbids) as refused:
        submit(draft(), standing=KnownStanding(ORGANIZATION))
    assert refused.value.params["organization_status"] == "unknown"


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"draft", "changes_requested"}))
def test_only_a_draft_or_what_was_sent_back_can_be_edited_or_submitted(status: Status) -> None:
    with pytest.raises(CannotSubmit):
        submit(in_status(status))
    with pytest.raises(NotEditable):
        edit(in_status(status), proposal=changed(title="دیگر"))


def test_a_closed_or_not_yet_open_programme_takes_no_request() -> None:
    for programme in (
        replace(PROGRAMME, status="closed"),
        replace(PROGRAMME, status="draft"),
        replace(PROGRAMME, terms=replace(TERMS, opens=NOW + DAY)),
        replace(PROGRAMME, terms=replace(TERMS, kind="dated", closes=NOW)),
    ):
        with pytest.raises(ProgrammeNotOpen):
            submit(draft(), programme=programme)


def test_a_request_that_was_sent_back_may_come_again_after_its_programme_closed() -> None:
    """It came in time; the office asked for the correction."""
    state = submit(in_status("changes_requested"), programme=replace(PROGRAMME, status="closed"))
    assert (state.status, state.revision, len(state.revisions)) == ("submitted", 2, 2)


def test_an_unknown_programme_is_named() -> None:
    with pytest.raises(InvalidFields) as refused:
        submit(draft(), programme=None)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/programme", "programme_unknown")]


def test_only_the_named_fields_are_open_after_a_request_was_sent_back() -> None:
    """REQ-6."""
    state = in_status("changes_requested")
    assert [field.pointer for field in state.changes] == ["/title"]
    with pytest.raises(FieldsNotOpen) as refused:
        edit(state, proposal=changed(title="روشن‌تر", lessens="دیگر", district="8"))
    assert [(e.pointer, e.code) for e in refused.value.errors] == [
        ("/district", "fixed_once_submitted"),
        ("/lessens", "field_not_open"),
    ]
    state = submit(fold(state, edit(state, proposal=changed(title="روشن‌تر"))))
    assert [r.proposal.title for r in state.revisions] == [PROPOSAL.title, "روشن‌تر"]


def test_fields_that_a_rule_ties_together_are_reopened_together() -> None:
    """The lines must add up to the amount asked, so one cannot be corrected without the other."""
    pointer = (FieldReason(pointer="/budget_lines/0/amount", reason="گران است."),)
    state = after_facts(OPENED, case_fact("changes_requested", 2, fields=pointer))
    lines = (PROPOSAL.budget_lines[1],)
    state = fold(state, edit(state, proposal=changed(budget_lines=lines, amount_asked=20_000_000, minimum=10_000_000)))
    assert submit(state).current.proposal.amount_asked == 20_000_000


def test_editing_nothing_is_nothing() -> None:
    assert edit(draft(), proposal=PROPOSAL) == []


@pytest.mark.parametrize("status", STATUSES)
def test_a_request_can_be_withdrawn_until_the_award_is_accepted(status: Status) -> None:
    state = in_status(status)
    if status in WITHDRAWABLE:
        assert fold(state, withdraw(state, reason="منصرف شدیم", now=NOW)).status == "withdrawn"
    elif status == "withdrawn":
        assert withdraw(state, reason="", now=NOW) == []
    else:
        with pytest.raises(CannotWithdraw):
            withdraw(state, reason="", now=NOW)


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"reserved", "accepted", "in_progress"}))
def test_only_a_reserved_award_can_be_accepted(status: Status) -> None:
    with pytest.raises(NothingToAccept):
        accept(in_status(status))


def test_an_acceptance_records_the_amount_and_the_standing_and_is_done_once() -> None:
    """REQ-7, I9: asked, approved, reserved and committed are different numbers in different fields."""
    state = accept(in_status("reserved"), standing(sequence=8))
    assert state.acceptance is not None
    assert (state.acceptance.amount, state.acceptance.standing_sequence) == (50_000_000, 8)
    assert accept(state) == state
    assert (state.current.proposal.amount_asked, state.approved, state.reserved, state.committed) == (
        60_000_000,
        50_000_000,
        50_000_000,
        0,
    )


def test_an_acceptance_needs_the_standing_to_be_committed() -> None:
    for status in ("suspended", "expired", "revoked"):
        with pytest.raises(StandingForbids):
            accept(in_status("reserved"), standing(status, 9))


def test_a_paused_reservation_is_not_accepted_before_the_book_goes_on() -> None:
    state = note(in_status("reserved"), book_fact("reservation_paused", 111, holds="reserved"))
    with pytest.raises(ReservationPaused):
        accept(state)
    assert due_at(state) is None
    assert accept(note(state, book_fact("reservation_resumed", 112, holds="reserved"))).status == "accepted"


def test_the_copy_may_be_ahead_of_the_mark_when_the_award_is_accepted() -> None:
    state = accept(follow(in_status("reserved"), standing("suspended", 4)), standing("approved", 5))
    assert (state.status, state.suspension) == ("accepted", None)


def test_an_award_that_is_not_accepted_in_time_lapses() -> None:
    """REQ-9."""
    state = in_status("reserved")
    assert due_at(state) == NOW + 15 * DAY
    assert on_time(state, now=NOW + 15 * DAY - DAY / 24) == []
    with pytest.raises(AcceptanceOverdue):
        accept(state, now=NOW + 15 * DAY)
    after = fold(state, on_time(state, now=NOW + 15 * DAY))
    assert (after.status, after.ended_reason, due_at(after)) == ("lapsed", "acceptance_overdue", None)


def test_waiting_ends_with_the_planned_date() -> None:
    """REQ-9."""
    state = in_status("waiting")
    assert due_at(state) == PROPOSAL.ends_on
    after = fold(state, on_time(state, now=NOW + 31 * DAY))
    assert (after.status, after.ended_reason) == ("lapsed", "planned_date_passed")
    assert due_at(note(state, RESERVED)) == NOW + 15 * DAY


def test_a_suspension_keeps_place_and_money_for_sixty_days_and_stops_the_time_to_accept() -> None:
    """REG-4."""
    state = follow(in_status("reserved"), standing("suspended", 4, NOW + 5 * DAY), NOW + 5 * DAY)
    assert due_at(state) == NOW + 65 * DAY
    back = follow(state, standing("approved", 5), NOW + 25 * DAY)
    assert back.accept_until == NOW + 35 * DAY  # ten days were left
    after = fold(state, on_time(state, now=NOW + 65 * DAY))
    assert (after.status, after.ended_reason) == ("lapsed", "suspension_expired")


def test_a_second_suspension_has_its_own_sixty_days_even_if_the_reinstatement_in_between_was_not_heard() -> None:
    """REG-4; DESIGN.md, "Nothing assumes order": a newer copy of the standing drops the older one."""
    state = follow(in_status("reserved"), standing("suspended", 4, NOW + 5 * DAY), NOW + 5 * DAY)
    state = follow(state, standing("suspended", 8, NOW + 59 * DAY), NOW + 59 * DAY)
    assert due_at(state) == NOW + 119 * DAY
    assert on_time(state, now=NOW + 65 * DAY) == []
    back = follow(state, standing("approved", 9), NOW + 70 * DAY)
    assert back.accept_until == NOW + 80 * DAY  # ten days were left


def test_money_reserved_during_a_suspension_gives_the_whole_time_to_accept_afterwards() -> None:
    state = follow(in_status("waiting"), standing("suspended", 4, NOW))
    state = note(state, RESERVED, NOW + 10 * DAY)
    assert follow(state, standing("approved", 5), NOW + 20 * DAY).accept_until == NOW + 35 * DAY


def test_a_refused_commitment_ends_the_request_with_the_reason() -> None:
    state = note(in_status("accepted"), book_fact("commitment_refused", 111, reason="barred"))
    assert (state.status, state.ended_reason) == ("lapsed", "commitment_barred")


def test_a_request_sent_back_comes_again_although_its_topic_left_the_list_meanwhile() -> None:
    """REQ-5, REQ-6: the topic is not open for correction, so nothing else could be done with it."""
    state = submit(in_status("changes_requested"), topics_in_force=frozenset({"divorce"}))
    assert (state.status, state.revision) == ("submitted", 2)
    with pytest.raises(InvalidFields):
        submit(draft(), topics_in_force=frozenset({"divorce"}))


def test_pauses_and_deadlines_of_the_case_are_shown() -> None:
    state = after_facts(OPENED, case_fact("paused", 2), case_fact("deadline_moved", 4, deadline=NOW + 22 * DAY))
    assert (state.case.paused, state.case.deadline) == (True, NOW + 22 * DAY)
    state = note(state, case_fact("resumed", 3, deadline=NOW + 20 * DAY))
    assert (state.case.paused, state.case.deadline) == (
        False,
        NOW + 22 * DAY,
    )  # the move came after, whatever arrived first
    assert note(state, case_fact("stalled", 5)).case.stalled


def test_a_stalled_case_an_exception_and_a_case_that_goes_on_are_told_apart() -> None:
    """REV-7: the applicant sees what is waited for, whatever arrived first."""
    state = after_facts(OPENED, case_fact("continued", 6, deadline=NOW + 30 * DAY), case_fact("stalled", 5))
    assert (state.case.stalled, state.case.excepted, state.case.deadline) == (False, False, NOW + 30 * DAY)
    state = note(state, case_fact("excepted", 7))
    assert (state.case.stalled, state.case.excepted) == (False, True)


def test_terms_in_working_days_use_the_calendar_of_the_city() -> None:
    rules = RULES.model_copy(update={"accept_within": Duration(working_days=5)})
    state = submit(draft(), rules=rules)
    for fact in (OPENED, case_fact("decided", 21, outcome="approved", amount=50_000_000), RESERVED):
        state = note(state, fact)
    assert state.accept_until == CALENDAR.due(NOW, Duration(working_days=5))
