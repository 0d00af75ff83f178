"""A support request (درخواست حمایت): from the draft to money committed.

Its own steps (draft, submit, accept, withdraw, lapse) are events decided here. What review and budget say is kept as facts
(facts.py), and the status is computed from the own steps and all facts together, so nothing depends on the order of arrival.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Literal

from services.requests.domain.agreements import (
    AGREEMENT_EVENTS,
    Agreement,
    AgreementEvent,
    EndedByAgreement,
    Subject,
    agreements_after,
    open_agreement,
)
from services.requests.domain.appeals import (
    APPEAL_ANSWERED_WITHIN,
    APPEAL_EVENTS,
    APPEAL_WITHIN,
    Appeal,
    AppealEvent,
    amount_now,
    appeal_after,
    outcome_now,
)
from services.requests.domain.award import (
    REVISE_WITHIN,
    AwardEvent,
    Declined,
    PlanRevised,
    RevisedPlan,
    RevisedPlanAsked,
)
from services.requests.domain.cancellation import (
    CANCELLATION_EVENTS,
    HEARD_WITHIN,
    CancellationEvent,
    Cancelled,
    Hearing,
    hearing_after,
)
from services.requests.domain.clocks import CLOCK_EVENTS, COMPLETENESS_WITHIN, ClockBreached
from services.requests.domain.closing import CLOSING_EVENTS, Closed, ClosingAsked, ClosingEvent, Limit, LimitSet
from services.requests.domain.facts import (
    BookFact,
    BookPosition,
    CaseFact,
    CasePosition,
    book_position,
    case_position,
    with_book_fact,
    with_case_fact,
)
from services.requests.domain.plan import Plan, plan_of
from services.requests.domain.proposal import Proposal
from services.requests.domain.reports import (
    NOTHING_REPORTED,
    REPORT_EVENTS,
    REPORT_WITHIN,
    ReportEvent,
    Reporting,
    reporting_after,
)
from services.requests.domain.statuses import Ended, Status
from shared.certification import (
    Certification,
    CertificationEvent,
    Certified,
    CodeGiven,
    WrongCodeEntered,
    certification_after,
)
from shared.contracts.durations import Duration
from shared.contracts.ids import district_book
from shared.contracts.requests import Criterion
from shared.contracts.review import FieldReason, RuleSetRef


@dataclass(frozen=True)
class Frozen:
    """The programme of the day of submission, as this revision is judged and funded (REQ-5)."""

    programme: str
    edition: int
    fiscal_year: str
    currency: str
    ceiling: int
    rule_set: RuleSetRef
    criteria: tuple[Criterion, ...]
    accept_within: Duration
    suspension_lasts: Duration
    revise_within: Duration = REVISE_WITHIN
    report_within: Duration = REPORT_WITHIN
    appeal_within: Duration = APPEAL_WITHIN
    appeal_answered_within: Duration = APPEAL_ANSWERED_WITHIN
    heard_within: Duration = HEARD_WITHIN
    completeness_within: Duration = COMPLETENESS_WITHIN
    waiting_rule: Literal["ranked"] | None = None


@dataclass(frozen=True)
class Revision:
    """One submitted revision, kept whole (REQ-6). ``standing_sequence``: the standing that it relied on (I9).

    complete_until: by when its case is opened or changes are asked for (REQ-14); None: before there was such a clock.
    certified_at: when a second representative certified it; None where the city asks for no certification (REQ-5).
    """

    number: int
    proposal: Proposal
    frozen: Frozen
    submitted_at: datetime
    submitted_by: str
    standing_sequence: int
    certified_at: datetime | None = None
    complete_until: datetime | None = None


@dataclass(frozen=True)
class Suspension:
    """The mark of an organisation's suspension: place and money are kept until ``until`` (REG-4)."""

    standing_sequence: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Acceptance:
    """The applicant's acceptance of the award. ``standing_sequence``: the standing that it relied on (I9)."""

    at: datetime
    amount: int
    standing_sequence: int


@dataclass(frozen=True)
class SupportRequest:
    """State of one request. Amounts are whole units of the programme's currency and never share a field (REQ-7).

    approved: None before a decision; reserved and committed: what the district's book holds for it now.
    ended: how it ended by an own step, with the reason if there is one.
    limit: what budget was asked last to let the commitment be; closing_asked_at: the office closes it, and budget has to answer.
    revise_until: until when a revised plan is due, if less than the minimum was approved (REQ-8).
    certification: of the draft as it is (REQ-5). agreement_open: what the open one is about. clock_breach: the latest (REQ-14).
    """

    id: str
    organization: str
    status: Status
    proposal: Proposal
    created_at: datetime
    revision: int = 0
    revisions: tuple[Revision, ...] = ()
    case_facts: tuple[CaseFact, ...] = ()
    book_facts: tuple[BookFact, ...] = ()
    approved: int | None = None
    reserved: int = 0
    committed: int = 0
    offered_at: datetime | None = None
    accept_until: datetime | None = None
    acceptance: Acceptance | None = None
    suspension: Suspension | None = None
    ended: Ended | None = None
    ended_reason: str = ""
    ended_at: datetime | None = None
    certification: Certification | None = None
    revise_asked_at: datetime | None = None
    revise_until: datetime | None = None
    revised_plan: RevisedPlan | None = None
    reporting: Reporting = NOTHING_REPORTED
    appeal: Appeal | None = None
    limit: Limit | None = None
    closing_asked_at: datetime | None = None
    hearing: Hearing | None = None
    agreements: tuple[Agreement, ...] = ()
    agreement_open: Subject | None = None
    """What the open one is about."""
    clock_breach: ClockBreached | None = None
    """The latest one (REQ-14)."""

    @property
    def current(self) -> Revision:
        """The latest submitted revision. Only for requests that were submitted."""
        return self.revisions[-1]

    @property
    def case(self) -> CasePosition:
        """Where the case of the current revision stands."""
        return case_position(self.case_facts, self.revision)

    @property
    def book(self) -> BookPosition:
        """What the district's book holds."""
        return book_position(self.book_facts)

    @property
    def book_id(self) -> str:
        """Id of the book that funds it. Only for requests that were submitted."""
        return district_book(self.proposal.district or "", self.current.frozen.fiscal_year)

    @property
    def plan(self) -> Plan:
        """The plan in force. Only for requests that were submitted."""
        changes = [a.change for a in self.agreements if a.status == "accepted" and a.change is not None]
        return plan_of(self.current.proposal, self.revised_plan, changes)

    @property
    def paused(self) -> bool:
        """Whether its terms stand still: the organisation is suspended, or the book says so."""
        return self.suspension is not None or self.book.paused

    @property
    def gives_money(self) -> bool:
        """Whether it asks for money; only money has amounts and a place in a book (REQ-4). Only for requests that were submitted."""
        return self.current.proposal.support == "money"

    @property
    def awaits_acceptance(self) -> bool:
        """Whether the applicant may accept the award: its money is reserved, or it needs none."""
        return self.status == "reserved" or (self.status == "approved" and not self.gives_money)

    @property
    def below_minimum(self) -> bool:
        """Whether less was approved than the least with which it can be done (REQ-8)."""
        return bool(self.approved) and (self.approved or 0) < (self.current.proposal.minimum or 0)

    @property
    def needs_revised_plan(self) -> bool:
        """Whether a revised plan has to come before the award is accepted (REQ-8)."""
        return self.below_minimum and self.revised_plan is None

    @property
    def changes(self) -> tuple[FieldReason, ...]:
        """The fields that the secretary asks to correct, with reasons; empty unless changes are requested."""
        return (self.case.changes or ()) if self.status == "changes_requested" else ()


@dataclass(frozen=True)
class Drafted:
    """A draft was begun."""

    request: str
    organization: str
    proposal: Proposal
    at: datetime


@dataclass(frozen=True)
class Edited:
    """The draft, or a reopened field, was changed."""

    proposal: Proposal


@dataclass(frozen=True)
class Submitted:
    """A revision was submitted."""

    revision: Revision


@dataclass(frozen=True)
class CaseNoted:
    """Review said something about a case."""

    fact: CaseFact


@dataclass(frozen=True)
class BookNoted:
    """Budget said something about the money."""

    fact: BookFact


@dataclass(frozen=True)
class AwardOffered:
    """Money is reserved, or none is needed; the applicant may accept until then (REQ-9)."""

    at: datetime
    until: datetime


@dataclass(frozen=True)
class Accepted:
    """The applicant accepted the award."""

    acceptance: Acceptance


@dataclass(frozen=True)
class Suspended:
    """The organisation is suspended: the request pauses and keeps place and money."""

    suspension: Suspension


@dataclass(frozen=True)
class Reinstated:
    """The suspension is over; the time left to accept, or to revise the plan, goes on."""

    standing_sequence: int
    at: datetime
    accept_until: datetime | None
    revise_until: datetime | None = None


@dataclass(frozen=True)
class Withdrawn:
    """The applicant withdrew it."""

    reason: str
    at: datetime


@dataclass(frozen=True)
class Lapsed:
    """It ended without a decision of a person; ``reason`` is a code."""

    reason: str
    at: datetime


Step = (
    Drafted
    | Edited
    | Submitted
    | CaseNoted
    | BookNoted
    | AwardOffered
    | Accepted
    | Suspended
    | Reinstated
    | Withdrawn
    | Lapsed
    | CertificationEvent
    | AwardEvent
)
Event = Step | ReportEvent | AppealEvent | ClosingEvent | CancellationEvent | AgreementEvent | ClockBreached
EVENTS = (
    Drafted, Edited, Submitted, CaseNoted, BookNoted, AwardOffered, Accepted, Suspended, Reinstated, Withdrawn, Lapsed,
    CodeGiven, WrongCodeEntered, Certified, RevisedPlanAsked, PlanRevised, Declined,
    *REPORT_EVENTS, *APPEAL_EVENTS, *CLOSING_EVENTS, *CANCELLATION_EVENTS, *AGREEMENT_EVENTS,
    *CLOCK_EVENTS,
)  # fmt: skip


def evolve(state: SupportRequest | None, event: Event) -> SupportRequest:
    """Return the state after the event."""
    if isinstance(event, Drafted):
        return SupportRequest(event.request, event.organization, "draft", event.proposal, event.at)
    assert state is not None  # noqa: S101 - the first event is Drafted
    if isinstance(event, REPORT_EVENTS):
        after = replace(state, reporting=reporting_after(state.reporting, event))
    elif isinstance(event, APPEAL_EVENTS):
        after = replace(state, appeal=appeal_after(state.appeal, event))
    elif isinstance(event, CLOSING_EVENTS):
        after = _closing(state, event)
    elif isinstance(event, ClockBreached):
        after = replace(state, clock_breach=event)
    elif isinstance(event, CANCELLATION_EVENTS):
        after = _hearing(state, event)
    elif isinstance(event, AGREEMENT_EVENTS):
        after = _agreed(state, event)
    else:
        after = _applied(state, event)
    book = after.book
    return replace(
        after,
        status=_status(after),
        approved=amount_now(after.case.decided, after.appeal),
        reserved=book.reserved,
        committed=book.committed,
    )


def fold(state: SupportRequest, events: Sequence[Event]) -> SupportRequest:
    """Return the state after several events."""
    return reduce(evolve, events, state)


def _applied(state: SupportRequest, event: Step) -> SupportRequest:  # noqa: C901 - one flat line per event
    match event:
        case Edited(proposal):
            return replace(state, proposal=proposal, certification=None)
        case Submitted(revision):
            revisions = (*state.revisions, revision)
            return replace(state, revision=revision.number, revisions=revisions, certification=None)
        case CaseNoted(fact):
            return replace(state, case_facts=with_case_fact(state.case_facts, fact))
        case BookNoted(fact):
            return _with_book(state, fact)
        case AwardOffered(at, until):
            return replace(state, offered_at=at, accept_until=until)
        case Accepted(acceptance):
            return replace(state, acceptance=acceptance)
        case Suspended(suspension):
            return replace(state, suspension=suspension)
        case Reinstated(_, _, accept_until, revise_until):
            return replace(state, suspension=None, accept_until=accept_until, revise_until=revise_until)
        case Withdrawn(reason, at):
            return replace(state, ended="withdrawn", ended_reason=reason, ended_at=at)
        case Lapsed(reason, at):
            return replace(state, ended="lapsed", ended_reason=reason, ended_at=at)
        case Declined(reason, at):
            return replace(state, ended="declined", ended_reason=reason, ended_at=at)
        case RevisedPlanAsked(at, until):
            return replace(state, revise_asked_at=at, revise_until=until)
        case PlanRevised(plan):
            return replace(state, revised_plan=plan)
        case CodeGiven() | WrongCodeEntered() | Certified():
            return replace(state, certification=certification_after(state.certification, event))
        case Drafted():
            return state


def _closing(state: SupportRequest, event: ClosingEvent) -> SupportRequest:
    match event:
        case LimitSet(limit):
            return replace(state, limit=limit)
        case ClosingAsked(at):
            return replace(state, closing_asked_at=at)
        case Closed(at):
            return replace(state, ended="closed", ended_at=at)


def _hearing(state: SupportRequest, event: CancellationEvent) -> SupportRequest:
    after = replace(state, hearing=hearing_after(state.hearing, event))
    return _over(after, "cancelled", event.reason, event.at) if isinstance(event, Cancelled) else after


def _agreed(state: SupportRequest, event: AgreementEvent) -> SupportRequest:
    agreements = agreements_after(state.agreements, event)
    waits = open_agreement(agreements)
    after = replace(state, agreements=agreements, agreement_open=None if waits is None else waits.subject)
    return _over(after, "ended_by_agreement", event.reason, event.at) if isinstance(event, EndedByAgreement) else after


def _over(state: SupportRequest, ended: Ended, reason: str, at: datetime) -> SupportRequest:
    """It ends while it was carried out: no report and no answer to a proposal is awaited any more."""
    reporting = replace(state.reporting, until=None, overdue=False)
    return replace(state, ended=ended, ended_reason=reason, ended_at=at, reporting=reporting, agreement_open=None)


def _with_book(state: SupportRequest, fact: BookFact) -> SupportRequest:
    after = replace(state, book_facts=with_book_fact(state.book_facts, fact))
    went_back = fact.step in ("commitment_released", "commitment_refused") and fact.holds == "reserved"
    if went_back and not (fact.step == "commitment_refused" and after.book.committed):
        # The commitment raced with a suspension, whichever came first: the award is to be accepted again, with a new
        # term (SEAMS.md). A refusal that is heard after a later commitment says nothing about that one.
        # What was agreed on the first acceptance falls with it.
        after = replace(after, acceptance=None, offered_at=None, accept_until=None, limit=None, closing_asked_at=None)
        after = replace(after, agreements=(), agreement_open=None)
    return after


def _status(state: SupportRequest) -> Status:
    """Compute the status from the own steps and all facts (SEAMS.md, "How a request follows the others")."""
    if state.ended is not None:
        return state.ended
    if state.revision == 0:
        return "draft"
    case = state.case
    if case.decided is not None:
        return "rejected" if outcome_now(case.decided, state.appeal) == "rejected" else _funded_status(state)
    if case.changes is not None:
        return "changes_requested"
    return "in_review" if case.begun else "submitted"


def _funded_status(state: SupportRequest) -> Status:
    if not state.gives_money:
        if state.acceptance is None:
            return "approved"  # nothing is to be reserved: it can be accepted at once (REQ-4)
        return "reported" if state.reporting.complete else "in_progress"
    book = state.book
    if state.acceptance is not None:
        if not (book.committed or book.limited):
            return "accepted"
        return "reported" if state.reporting.complete else "in_progress"
    if book.waiting:
        return "waiting"
    return "reserved" if book.reserved or book.committed else "approved"
