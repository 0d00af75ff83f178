"""Reports of an award, one per instalment, with receipts (REQ-10); what is kept of them and what is due."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from shared.contracts.durations import Duration

REPORT_WITHIN: Final = Duration(
    days=30
)  # after the planned end, or after the report before; a rule set may say otherwise
FIRST: Final = 1


@dataclass(frozen=True)
class Spent:
    """What was spent on one line, in the award's currency, and by which receipt (its number and issuer, as typed)."""

    title: str
    amount: int
    receipt: str


@dataclass(frozen=True)
class Outcome:
    """What was done with one instalment. ``final``: with it all is told. Says nothing of beneficiaries (REQ-11)."""

    spent: tuple[Spent, ...]
    people_reached: int
    indicator_reached: str
    text: str
    final: bool

    @property
    def amount(self) -> int:
        """What was spent in all, in the award's currency."""
        return sum(line.amount for line in self.spent)


@dataclass(frozen=True)
class Report:
    """The report of one instalment, as it was filed last. ``reason``: why it was sent back."""

    instalment: int
    outcome: Outcome
    filed_at: datetime
    status: Literal["filed", "sent_back", "accepted"] = "filed"
    answered_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Reporting:
    """All reports of a request. instalment: whose report is due, 0 before any is; until: by when; overdue: payments are stopped."""

    reports: tuple[Report, ...] = ()
    instalment: int = 0
    until: datetime | None = None
    overdue: bool = False

    @property
    def current(self) -> Report | None:
        """The report of the instalment that is due, if it was filed."""
        return next((report for report in self.reports if report.instalment == self.instalment), None)

    @property
    def awaits_report(self) -> bool:
        """Whether the applicant has to file one, for the first time or again."""
        return (
            self.instalment > 0 and not self.complete and (self.current is None or self.current.status == "sent_back")
        )

    @property
    def complete(self) -> bool:
        """Whether the final report was accepted."""
        return any(report.status == "accepted" and report.outcome.final for report in self.reports)

    @property
    def amount(self) -> int:
        """What the accepted reports say was spent, in the award's currency; no other amount is in it (REQ-7)."""
        return sum(report.outcome.amount for report in self.reports if report.status == "accepted")


NOTHING_REPORTED: Final = Reporting()


@dataclass(frozen=True)
class ReportAsked:
    """The report of an instalment is due by ``until``."""

    instalment: int
    at: datetime
    until: datetime


@dataclass(frozen=True)
class ReportFiled:
    """The applicant filed the report of an instalment, or filed it again after it was sent back."""

    instalment: int
    outcome: Outcome
    at: datetime


@dataclass(frozen=True)
class ReportSentBack:
    """The district's office sent it back; it is due again by ``until``."""

    instalment: int
    reason: str
    at: datetime
    until: datetime


@dataclass(frozen=True)
class ReportAccepted:
    """The district's office accepted it. ``allows_payments``: they were stopped because it was late, and go on."""

    instalment: int
    at: datetime
    allows_payments: bool = False


@dataclass(frozen=True)
class ReportOverdue:
    """It did not come in time: no further payment until it is accepted."""

    instalment: int
    at: datetime


ReportEvent = ReportAsked | ReportFiled | ReportSentBack | ReportAccepted | ReportOverdue
REPORT_EVENTS: Final = (ReportAsked, ReportFiled, ReportSentBack, ReportAccepted, ReportOverdue)


def reporting_after(before: Reporting, event: ReportEvent) -> Reporting:
    """Return the reports after an event."""
    match event:
        case ReportAsked(instalment, _, until):
            return replace(before, instalment=instalment, until=until)
        case ReportFiled(instalment, outcome, at):
            others = tuple(report for report in before.reports if report.instalment != instalment)
            return replace(before, reports=(*others, Report(instalment, outcome, at)))
        case ReportSentBack(instalment, reason, at, until):
            after = _answered(before, instalment, "sent_back", at, reason)
            return replace(after, until=until)
        case ReportAccepted(instalment, at, _):
            return replace(_answered(before, instalment, "accepted", at), until=None, overdue=False)
        case ReportOverdue():
            return replace(before, overdue=True)


def _answered(
    before: Reporting, instalment: int, status: Literal["sent_back", "accepted"], at: datetime, reason: str = ""
) -> Reporting:
    reports = tuple(
        replace(report, status=status, answered_at=at, reason=reason) if report.instalment == instalment else report
        for report in before.reports
    )
    return replace(before, reports=reports)
