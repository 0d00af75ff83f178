"""Reports of an award, one per instalment (REQ-10, REQ-11), and what a late one does."""

from dataclasses import replace
from datetime import datetime

import pytest

from services.requests.domain import report_steps
from services.requests.domain.report_steps import NoReportDue, NoReportToAnswer
from services.requests.domain.reports import NOTHING_REPORTED, Spent
from services.requests.domain.request import SupportRequest, fold
from services.requests.domain.request_steps import due_at, on_time
from services.requests.domain.statuses import STATUSES, Status
from shared.contracts.refusals import InvalidFields
from tests.unit.requests.building import CALENDAR, DAY, NOW, OUTCOME, PROPOSAL, filed, in_status, reported

assert PROPOSAL.ends_on is not None
DUE = PROPOSAL.ends_on + 30 * DAY
FIRST = replace(OUTCOME, final=False)


def running() -> SupportRequest:
    """Return a request whose money is committed."""
    return in_status("in_progress")


def late() -> SupportRequest:
    """Return a request whose first report did not come in time."""
    return fold(running(), on_time(running(), now=DUE))


def sent_back(state: SupportRequest, now: datetime = NOW) -> SupportRequest:
    """Return the state after the first report was sent back."""
    return fold(state, report_steps.send_report_back(state, 1, reason="ناخوانا", calendar=CALENDAR, now=now))


def test_the_first_report_is_due_thirty_days_after_the_planned_end() -> None:
    state = running()
    assert (state.reporting.instalment, state.reporting.until, due_at(state)) == (1, DUE, DUE)


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"in_progress"}))
def test_only_what_is_in_progress_is_reported(status: Status) -> None:
    with pytest.raises(NoReportDue):
        filed(in_status(status))


def test_what_was_committed_before_there_were_reports_is_reported_all_the_same() -> None:
    """Its history asks for none."""
    state = replace(running(), reporting=NOTHING_REPORTED)
    assert due_at(state) is None
    assert (reported(state).status, filed(state).reporting.instalment) == ("reported", 1)


def test_a_filed_report_waits_for_the_office_and_is_not_filed_twice() -> None:
    state = filed(running())
    assert due_at(state) is None
    with pytest.raises(NoReportDue):
        filed(state)


def test_no_more_is_reported_than_committed() -> None:
    """REQ-7, REQ-10: over all instalments."""
    state = reported(running(), FIRST)
    second = replace(OUTCOME, spent=(Spent("سالن", 10_000_001, "فاکتور ۲"),))
    with pytest.raises(InvalidFields) as refused:
        filed(state, second)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/spent", "more_spent_than_committed")]


def test_without_the_declaration_about_beneficiaries_no_report_is_taken() -> None:
    """REQ-11."""
    with pytest.raises(InvalidFields) as refused:
        report_steps.file_report(running(), OUTCOME, about_nobody=False, calendar=CALENDAR, now=NOW)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/about_nobody", "declaration_needed")]


def test_an_accepted_report_makes_the_next_one_due_and_the_final_one_ends_it() -> None:
    state = reported(running(), FIRST)
    assert (state.status, state.reporting.instalment, state.reporting.amount) == ("in_progress", 2, 40_000_000)
    state = reported(state, replace(OUTCOME, spent=(Spent("مدرس", 5_000_000, "فاکتور ۲"),)))
    assert (state.status, state.reporting.amount, state.committed) == ("reported", 45_000_000, 50_000_000)
    assert due_at(state) is None


def test_a_report_that_is_sent_back_is_due_again_and_counts_nothing() -> None:
    state = sent_back(filed(running()), NOW + DAY)
    assert (state.reporting.until, state.reporting.amount) == (NOW + 31 * DAY, 0)
    assert due_at(state) == NOW + 31 * DAY
    assert reported(state).status == "reported"


def test_only_a_filed_report_is_answered() -> None:
    for state in (running(), sent_back(filed(running()))):
        with pytest.raises(NoReportToAnswer):
            report_steps.accept_report(state, 1, calendar=CALENDAR, now=NOW)
        with pytest.raises(NoReportToAnswer):
            report_steps.send_report_back(state, 1, reason="x", calendar=CALENDAR, now=NOW)
    assert report_steps.accept_report(in_status("reported"), 1, calendar=CALENDAR, now=NOW) == []


def test_a_late_report_stops_payments_once_until_it_is_accepted() -> None:
    """REQ-10."""
    state = late()
    assert state.reporting.overdue
    assert (on_time(state, now=DUE + DAY), due_at(state)) == ([], None)
    state = filed(state, FIRST, DUE + DAY)
    assert state.reporting.overdue
    (accepted, _) = report_steps.accept_report(state, 1, calendar=CALENDAR, now=DUE + DAY)
    assert accepted.allows_payments  # type: ignore[union-attr]
    assert not fold(state, [accepted]).reporting.overdue


def test_a_report_in_time_stops_nothing() -> None:
    (accepted,) = report_steps.accept_report(filed(running()), 1, calendar=CALENDAR, now=NOW)
    assert not accepted.allows_payments  # type: ignore[union-attr]
