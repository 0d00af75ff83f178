"""What clients read. Amounts are whole units of the currency beside them and never share a field (REQ-7)."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from services.requests.domain import reports, request
from services.requests.domain.clocks import Clock
from services.requests.domain.proposal import Proposal
from services.requests.domain.request import SupportRequest
from services.requests.domain.statuses import AWARDED, Status
from services.requests.inbound.agreements_http import AgreementView, PlanView, agreement_view, plan_view
from services.requests.inbound.appeals_http import AppealView, appeal_view
from services.requests.inbound.cancellation_http import HearingView, hearing_view
from services.requests.inbound.reports_http import ReportView, report_view
from shared.contracts.base import Names
from shared.contracts.requests import RequestKind
from shared.contracts.review import FieldReason, RuleSetRef
from shared.contracts.support import Service, SupportForm
from shared.contracts.wording import request_wording
from shared.storage.ports import Stored


class HeadView(BaseModel):
    """A head of a book's hash chain as budget announced it; ``seq:hash`` is what ``sama verify --head`` takes."""

    book: str
    seq: int = Field(description="Number of the book's last entry then.")
    hash: str
    at: datetime = Field(description="Time of that entry.")
    contradicts: bool = Field(description="Another hash was kept for this seq before: the book was rewritten.")


class HeadList(BaseModel):
    """One page of kept heads."""

    items: list[HeadView]
    next: str | None
    total: int


class LineView(BaseModel):
    """One line of the budget."""

    title: str
    amount: int


class Content(BaseModel):
    """What is asked for."""

    programme: str
    district: str | None
    neighbourhood: str | None
    kind: RequestKind | None
    topic: str | None
    title: str | None
    lessens: str | None
    indicator: str | None
    people_reached: int | None
    starts_on: datetime | None
    ends_on: datetime | None
    budget_lines: list[LineView]
    amount_asked: int | None
    minimum: int | None
    own_contribution: int
    support: SupportForm = Field(description="Form of support; only money has amounts (REQ-4).")
    services: list[Service] = Field(description="What the city is to lend; only for a service.")


class RevisionView(Content):
    """One submitted revision, as it was (REQ-6)."""

    number: int
    programme_version: int
    fiscal_year: str
    currency: str
    ceiling: int
    rule_set: RuleSetRef
    submitted_at: datetime
    certified_at: datetime | None = Field(description="When a second representative certified it (REQ-5).")
    standing_sequence: int = Field(description="Sequence of the standing that the submission relied on.")


class CaseView(BaseModel):
    """Where the case of the latest revision stands; no outcome before the decision is issued (REV-10)."""

    id: str | None
    deadline: datetime | None
    paused: bool
    stalled: bool = Field(description="No quorum at the moved deadline: the city office names substitutes (REV-7).")
    excepted: bool = Field(description="No quorum again: headquarters decides how it goes on (REV-7).")
    reason: str | None = Field(description="Reason of the issued decision.")
    decided_at: datetime | None


class SuspensionView(BaseModel):
    """The organisation is suspended: place and money are kept until then."""

    since: datetime
    until: datetime


class CertificationView(BaseModel):
    """Certification of the draft as it is (REQ-5): a code was given; entered by another person, it is certified."""

    until: datetime
    tries_left: int
    certified_at: datetime | None


class RevisedPlanView(BaseModel):
    """How it is done with less than the minimum (REQ-8)."""

    budget_lines: list[LineView]
    people_reached: int
    indicator: str
    explanation: str


class ClockBreachView(BaseModel):
    """A clock of the city that ran out on one revision."""

    clock: Clock
    revision: int
    since: datetime
    due: datetime


class RequestSummary(Content):
    """A support request."""

    id: str
    version: int = Field(description="For If-Match.")
    organization: str
    status: Status
    public_status: Names = Field(description="The status in the words for the public (REQ-15).")
    revision: int = Field(description="Number of the latest submitted revision; 0 before the first.")
    currency: str | None = Field(description="Of the programme; null before the first submission.")
    amount_approved: int | None = Field(description="By the decision; null before it.")
    amount_waiting: int = Field(description="On the book's waiting list now.")
    amount_reserved: int = Field(description="Reserved in the district's book now.")
    amount_committed: int = Field(
        description="Committed in the district's book now: the whole obligation, paid or not."
    )
    amount_paid: int = Field(description="Paid of the commitment, before deductions and refunds (REQ-7).")
    amount_refunded: int = Field(description="Given back of what was paid (REQ-7).")
    amount_pending: int = Field(description="In payments under way.")
    amount_released: int = Field(description="Taken off the commitment since it was made.")
    amount_reported: int = Field(description="Spent, by the accepted reports (REQ-10).")
    report_instalment: int | None = Field(description="Instalment whose report is to be filed now.")
    report_until: datetime | None = Field(description="By when.")
    reports_overdue: bool = Field(description="A report is late: no further payment until it is accepted.")
    reports: list[ReportView]
    appeal: AppealView | None
    clock_breach: ClockBreachView | None = Field(description="The latest clock that the city let run out (REQ-14).")
    hearing: HearingView | None = Field(description="The latest notice of cancellation.")
    agreements: list[AgreementView]
    plan: PlanView | None = Field(description="The plan in force; null before the first submission.")
    reservation_paused: bool
    accept_until: datetime | None = Field(description="Until when the reserved award may be accepted (REQ-9).")
    revise_until: datetime | None = Field(
        description="Until when a revised plan is due, as less than the minimum was approved (REQ-8)."
    )
    revised_plan: RevisedPlanView | None
    accepted_at: datetime | None
    changes: list[FieldReason] = Field(description="Fields to correct, with reasons; only these are open (REQ-6).")
    case: CaseView
    suspension: SuspensionView | None
    closing_asked_at: datetime | None = Field(
        description="The office closes it; budget has to release the rest (REQ-12)."
    )
    ended_reason: str | None = Field(description="Why it was withdrawn or declined, or the code of a lapse.")
    ended_at: datetime | None
    certification: CertificationView | None
    created_at: datetime


class RequestView(RequestSummary):
    """A support request with every submitted revision."""

    programme_version: int | None = Field(
        description="Version of the programme that the latest revision came under, or under which a draft would come today."
    )
    revisions: list[RevisionView]


class RequestList(BaseModel):
    """One page of requests."""

    items: list[RequestSummary]
    next: str | None
    total: int


def head_view(head: Mapping[str, Any]) -> dict[str, Any]:
    """Return a kept head as HeadView."""
    return {"seq": head["sequence"], **{name: head[name] for name in ("book", "hash", "at", "contradicts")}}


def request_summary(stored: Stored[SupportRequest]) -> dict[str, Any]:
    """Return a request as RequestSummary."""
    state, case, book = stored.state, stored.state.case, stored.state.book
    decision = case.decided
    return {
        **_content(state.proposal),
        "id": stored.id,
        "version": stored.version,
        "organization": state.organization,
        "status": state.status,
        "public_status": request_wording(state.status, state.proposal.support),
        "revision": state.revision,
        "currency": state.current.frozen.currency if state.revisions else None,
        "amount_approved": state.approved,
        "amount_waiting": book.waiting,
        "amount_reserved": state.reserved,
        "amount_committed": state.committed,
        "amount_paid": book.paid,
        "amount_refunded": book.refunded,
        "amount_pending": book.pending,
        "amount_released": book.released,
        **_reporting(state.reporting),
        "appeal": appeal_view(state.appeal),
        "clock_breach": None if state.clock_breach is None else asdict(state.clock_breach),
        "hearing": hearing_view(state.hearing),
        "agreements": [agreement_view(agreement) for agreement in state.agreements],
        "plan": plan_view(state.plan) if state.revisions else None,
        "reservation_paused": book.paused,
        "accept_until": state.accept_until if state.status == "reserved" else None,
        "revise_until": state.revise_until if state.status in AWARDED and state.needs_revised_plan else None,
        "revised_plan": None if state.revised_plan is None else asdict(state.revised_plan),
        "accepted_at": None if state.acceptance is None else state.acceptance.at,
        "changes": state.changes,
        "case": {
            "id": case.case,
            "deadline": case.deadline,
            "paused": case.paused,
            "stalled": case.stalled,
            "excepted": case.excepted,
            "reason": None if decision is None else decision.reason,
            "decided_at": None if decision is None else decision.at,
        },
        "suspension": None
        if state.suspension is None
        else {"since": state.suspension.since, "until": state.suspension.until},
        "closing_asked_at": state.closing_asked_at,
        "ended_reason": state.ended_reason if state.ended else None,
        "ended_at": state.ended_at,
        "certification": _certification(state),
        "created_at": state.created_at,
    }


def _reporting(reporting: reports.Reporting) -> dict[str, Any]:
    awaited = reporting.awaits_report
    return {
        "amount_reported": reporting.amount,
        "report_instalment": reporting.instalment if awaited else None,
        "report_until": reporting.until if awaited else None,
        "reports_overdue": reporting.overdue,
        "reports": [report_view(report) for report in reporting.reports],
    }


def _certification(state: SupportRequest) -> dict[str, Any] | None:
    given = state.certification
    if given is None:
        return None
    return {"until": given.until, "tries_left": given.tries_left, "certified_at": given.certified_at}


def request_view(stored: Stored[SupportRequest], programme_version: int | None) -> dict[str, Any]:
    """Return a request as RequestView."""
    return {
        **request_summary(stored),
        "programme_version": programme_version,
        "revisions": [_revision(r) for r in stored.state.revisions],
    }


def _content(proposal: Proposal) -> dict[str, Any]:
    content = {name: getattr(proposal, name) for name in Content.model_fields}
    content["budget_lines"] = [{"title": line.title, "amount": line.amount} for line in proposal.budget_lines]
    return content


def _revision(revision: request.Revision) -> dict[str, Any]:
    frozen = revision.frozen
    return {
        **_content(revision.proposal),
        "number": revision.number,
        "programme_version": frozen.edition,
        "fiscal_year": frozen.fiscal_year,
        "currency": frozen.currency,
        "ceiling": frozen.ceiling,
        "rule_set": frozen.rule_set,
        "submitted_at": revision.submitted_at,
        "certified_at": revision.certified_at,
        "standing_sequence": revision.standing_sequence,
    }
