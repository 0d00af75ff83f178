"""What can be done with the reports of an award (REQ-10, REQ-11), and what time does."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.requests.domain.reports import (
    FIRST,
    Outcome,
    Report,
    ReportAccepted,
    ReportAsked,
    ReportFiled,
    ReportOverdue,
    ReportSentBack,
)
from services.requests.domain.request import Event, SupportRequest, fold
from services.requests.domain.statuses import Status
from shared.contracts.durations import WorkingCalendar
from shared.contracts.refusals import FieldError, InvalidFields, Refusal

REPORTABLE: Final[frozenset[Status]] = frozenset({"in_progress"})


class NoReportDue(Refusal):
    """There is no report to file: nothing is committed, one waits for the office's answer, or all is reported."""

    code = "no_report_due"


class NoReportToAnswer(Refusal):
    """There is no filed report of this instalment that waits for an answer."""

    code = "no_report_to_answer"


def file_report(
    state: SupportRequest, outcome: Outcome, *, about_nobody: bool, calendar: WorkingCalendar, now: datetime
) -> Sequence[Event]:
    """File the report of the instalment that is due, also when it is late. ``about_nobody``: the applicant's declaration of REQ-11.

    What was committed before there were reports has none asked for: the first is, then, with its filing.
    Raises NoReportDue, InvalidFields (no declaration; money spent of an award without money; with the reports before, more
    was spent than is committed).
    """
    asked: list[Event] = []
    if state.status in REPORTABLE and state.reporting.instalment == 0:
        asked = [next_report(state, FIRST, calendar=calendar, now=now)]
    reporting = fold(state, asked).reporting
    if state.status not in REPORTABLE or not reporting.awaits_report:
        raise NoReportDue(status=state.status)
    errors = []
    if not about_nobody:
        errors.append(FieldError("/about_nobody", "declaration_needed"))
    total = reporting.amount + outcome.amount
    if not state.gives_money and outcome.spent:
        errors.append(FieldError("/spent", "only_for_money"))
    elif total > state.committed:
        params: dict[str, str | int] = {
            "sum": total, "committed": state.committed, "currency": state.current.frozen.currency,
        }  # fmt: skip
        errors.append(FieldError("/spent", "more_spent_than_committed", params))
    if errors:
        raise InvalidFields(errors=errors)
    return [*asked, ReportFiled(reporting.instalment, outcome, now)]


def accept_report(
    state: SupportRequest, instalment: int, *, calendar: WorkingCalendar, now: datetime
) -> Sequence[Event]:
    """Accept the report; unless it is the final one, the next becomes due. Accepting again does nothing.

    Raises NoReportToAnswer.
    """
    report = _report(state, instalment)
    if report is not None and report.status == "accepted":
        return []
    if report is None or report.status != "filed" or state.status not in REPORTABLE:
        raise NoReportToAnswer(instalment=instalment)
    accepted = ReportAccepted(instalment, now, allows_payments=state.reporting.overdue)
    if report.outcome.final:
        return [accepted]
    return [accepted, next_report(state, instalment + 1, calendar=calendar, now=now)]


def send_report_back(
    state: SupportRequest, instalment: int, *, reason: str, calendar: WorkingCalendar, now: datetime
) -> Sequence[Event]:
    """Send the report back with the reason; it is due again after the same term. Raises NoReportToAnswer."""
    report = _report(state, instalment)
    if report is None or report.status != "filed" or state.status not in REPORTABLE:
        raise NoReportToAnswer(instalment=instalment)
    return [ReportSentBack(instalment, reason, now, calendar.due(now, state.current.frozen.report_within))]


def next_report(state: SupportRequest, instalment: int, *, calendar: WorkingCalendar, now: datetime) -> ReportAsked:
    """Return that a report is due: its term begins with the planned end, or now if that is past."""
    begins = max(now, state.plan.ends_on or now)
    return ReportAsked(instalment, now, calendar.due(begins, state.current.frozen.report_within))


def moved_report(state: SupportRequest, *, calendar: WorkingCalendar, now: datetime) -> Sequence[Event]:
    """Return that the first report is due by another day, as the planned end was moved before anything was reported or late."""
    reporting = state.reporting
    if reporting.instalment != FIRST or reporting.reports or reporting.overdue:
        return []
    return [next_report(state, FIRST, calendar=calendar, now=now)]


def overdue(state: SupportRequest, *, now: datetime) -> Sequence[Event]:
    """Say that the report is late, once."""
    due = report_due(state)
    return [ReportOverdue(state.reporting.instalment, now)] if due is not None and due <= now else []


def report_due(state: SupportRequest) -> datetime | None:
    """Return by when a report has to be filed; None: none is due, or it is late already."""
    reporting = state.reporting
    if state.status not in REPORTABLE or not reporting.awaits_report or reporting.overdue:
        return None
    return reporting.until


def _report(state: SupportRequest, instalment: int) -> Report | None:
    return next((report for report in state.reporting.reports if report.instalment == instalment), None)
