"""What requests announces on ``sama.requests``."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.contracts.base import EventData, Instant, Names, Part
from shared.contracts.ids import BookId, DistrictId, FiscalYear, Id
from shared.contracts.money import Amount, Currency, PositiveAmount
from shared.contracts.review import RuleSetRef
from shared.contracts.support import Service, SupportForm

RequestKind = Literal["event", "activity", "cultural_programme"]


class Criterion(Part):
    """One criterion by which ballots score; the weights of a programme add up to 100 (REQ-1)."""

    id: Id = Field(description="Its id.")
    names: Names = Field(description="Its names.")
    weight: int = Field(ge=1, le=100, description="Its part of 100 points.")


class ProgrammeOpened(EventData, type="programme.opened.v1", announcer="requests"):
    """A programme opened for requests, or a further version of it came into force; this version is frozen from now on."""

    programme: Id = Field(description="Id of the programme (برنامه حمایت).")
    version: int = Field(ge=1, description="Its version.")
    names: Names = Field(description="Its names.")
    kind: Literal["rolling", "dated"] = Field(description="``dated``: a call (فراخوان) with an end.")
    fiscal_year: FiscalYear = Field(description="Fiscal year, an opaque label, e.g. ``1405``.")
    currency: Currency
    districts: list[DistrictId] = Field(description="Ids of the districts in which it gives support.")
    topics: list[Id] = Field(description="Empty: every topic of the list in force.")
    ceiling: PositiveAmount = Field(description="Most that one request is given.")
    rule_set: RuleSetRef = Field(description="The rule set and version that apply.")
    criteria: list[Criterion] = Field(description="What ballots score.")
    opens: Instant
    closes: Instant | None = None
    grace_until: Instant | None = Field(
        default=None, description="Until when a draft begun before ``closes`` may still be submitted; none: no grace."
    )
    support: list[SupportForm] = Field(default=["money"], description="Forms of support that it gives.")
    questions_until: Instant | None = Field(
        default=None, description="Until when a call takes questions; none: it takes none."
    )
    minimum: PositiveAmount | None = Field(default=None, description="Least that one request may ask; none: no least.")
    maximum: PositiveAmount | None = Field(
        default=None, description="Most that one request may ask; none: the ceiling."
    )
    organization_ceiling: PositiveAmount | None = Field(
        default=None,
        description="Most that one organisation, with those that share its people or account, is given; none: not said.",
    )
    one_open_request: bool = Field(
        default=False, description="Whether an organisation may have only one request under it that is not over."
    )
    waiting_rule: Literal["ranked"] | None = Field(
        default=None, description="Waiting rule of this call; none: that of the district's book (BUD-5)."
    )


class ProgrammeClosed(EventData, type="programme.closed.v1", announcer="requests"):
    """No further requests under this programme."""

    programme: Id = Field(description="Id of the programme (برنامه حمایت).")
    version: int = Field(ge=1, description="Its version.")


class CallDecided(EventData, type="call.decided.v1", announcer="requests"):
    """No case of a ranked call is awaited any more; one event for each of its districts, whose book then ranks it (BUD-5)."""

    programme: Id = Field(description="Id of the call (فراخوان).")
    version: int = Field(ge=1, description="Its version.")
    fiscal_year: FiscalYear = Field(description="Fiscal year, an opaque label, e.g. ``1405``.")
    district: DistrictId = Field(description="Id of the district.")
    book: BookId = Field(description="The book, ``district:<id>/<fiscal year>``.")
    approved: list[Id] = Field(
        description="Requests of the district that the call approved and that are not over: the book has to know them all first."
    )


class QuestionAnswered(EventData, type="question.answered.v1", announcer="requests"):
    """The city office answered a question about a dated call, or corrected its answer; it goes to all, without who asked."""

    question: Id = Field(description="Id of the question.")
    programme: Id = Field(description="Id of the call (فراخوان).")
    text: str = Field(max_length=2000, description="The question, as the office publishes it.")
    answer: str = Field(max_length=5000, description="The answer.")
    answered_at: Instant


class BudgetLine(Part):
    """One line of a request's budget; the lines add up to the amount asked."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=300)] = Field(
        description="What it is for, as typed."
    )
    amount: PositiveAmount


class Submission(EventData):
    """One submitted revision of a request, whole. Only money has a book, amounts and a ceiling (REQ-4)."""

    request: Id = Field(description="Id of the request (درخواست حمایت).")
    revision: int = Field(ge=1, description="Which submission of it; 1 is the first.")
    organization: Id = Field(description="Id of the organisation (تشکل).")
    programme: Id = Field(description="Id of the programme (برنامه حمایت).")
    programme_version: int = Field(ge=1, description="Version of the programme that the submission came under.")
    fiscal_year: FiscalYear = Field(description="Fiscal year, an opaque label, e.g. ``1405``.")
    book: BookId | None = Field(
        default=None, description="The book, ``district:<id>/<fiscal year>`` or ``city/<fiscal year>``."
    )
    district: DistrictId = Field(description="Id of the district.")
    neighbourhood: str | None = Field(default=None, max_length=200, description="Neighbourhood (محله), as typed.")
    kind: RequestKind = Field(description="Event (رویداد), activity (فعالیت) or cultural programme (برنامه فرهنگی).")
    topic: Id = Field(description="Id of the priority topic.")
    title: Annotated[str, StringConstraints(min_length=1, max_length=2000)] = Field(description="Title, as typed.")
    lessens: str = Field(max_length=5000, description="How it lessens the issue.")
    indicator: str = Field(max_length=500, description="One indicator by which the effect is seen.")
    people_reached: int = Field(ge=0, le=100_000_000, description="How many people it means to reach.")
    starts_on: Instant
    ends_on: Instant
    budget_lines: list[BudgetLine] = Field(
        default=[], description="What the money is for; the lines add up to the amount asked."
    )
    amount_asked: PositiveAmount | None = None
    minimum: PositiveAmount | None = Field(default=None, description="The least with which it can still be done.")
    own_contribution: Amount = 0
    ceiling: PositiveAmount | None = Field(default=None, description="Of the programme.")
    currency: Currency
    rule_set: RuleSetRef = Field(description="The rule set and version that apply.")
    criteria: list[Criterion] = Field(description="What ballots score.")
    submitted_at: Instant
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that the submission relied on (I9).")
    support: SupportForm = Field(default="money", description="Form of support that is asked for.")
    waiting_rule: Literal["ranked"] | None = Field(
        default=None, description="Waiting rule of the call; none: that of the district's book (BUD-5)."
    )
    services: list[Service] = Field(default=[], description="What the city is to lend; only for a service.")


class RequestSubmitted(Submission, type="request.submitted.v1", announcer="requests"):
    """One revision of a request for money was submitted: the whole of it, as the case will judge it (REQ-6)."""

    book: BookId = Field(description="The book, ``district:<id>/<fiscal year>`` or ``city/<fiscal year>``.")
    budget_lines: list[BudgetLine] = Field(description="What the money is for; the lines add up to the amount asked.")
    amount_asked: PositiveAmount
    minimum: PositiveAmount = Field(description="The least with which it can still be done.")
    ceiling: PositiveAmount = Field(description="Of the programme.")


class RequestSubmittedV2(Submission, type="request.submitted.v2", announcer="requests"):
    """One revision of a request without money was submitted, whole: a service or an entrusted task (REQ-4).

    A request for money is announced as ``request.submitted.v1``, which cannot lack amounts.
    """


class RequestFacts(EventData):
    """What the steps after submission carry. ``book``: named for every form of support, and asked for money only."""

    request: Id = Field(description="Id of the request (درخواست حمایت).")
    revision: int = Field(ge=1, description="Which submission of it; 1 is the first.")
    organization: Id = Field(description="Id of the organisation (تشکل).")
    programme: Id = Field(description="Id of the programme (برنامه حمایت).")
    district: DistrictId = Field(description="Id of the district.")
    book: BookId = Field(description="The book, ``district:<id>/<fiscal year>`` or ``city/<fiscal year>``.")
    support: SupportForm = Field(default="money", description="Without money nothing of it is in the book.")


class RequestWithdrawn(RequestFacts, type="request.withdrawn.v1", announcer="requests"):
    """Withdrawn by the applicant; ends its case and bars or releases its reservation."""

    reason: str = Field(default="", max_length=2000, description="As the applicant typed it; may be empty.")


class RequestAccepted(RequestFacts, type="request.accepted.v1", announcer="requests"):
    """The applicant accepted the award; asks budget for the commitment."""

    amount: PositiveAmount
    currency: Currency
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that the acceptance relied on (I9).")


class RequestAcceptedV2(RequestFacts, type="request.accepted.v2", announcer="requests"):
    """The applicant accepted an award without money: a service or an entrusted task, to be carried out (REQ-4).

    The acceptance of money is announced as ``request.accepted.v1``, which cannot lack an amount; so no book hears of this one.
    """

    standing_sequence: int = Field(ge=0, description="Sequence of the standing that the acceptance relied on (I9).")


class RevisedPlanAsked(RequestFacts, type="request.revised_plan_asked.v1", announcer="requests"):
    """Less than the minimum was approved: a revised plan is due, or the award is declined or lapses (REQ-8)."""

    amount_approved: PositiveAmount = Field(description="By the decision.")
    minimum: PositiveAmount = Field(description="The least with which it could be done as it was submitted.")
    currency: Currency
    until: Instant


class PlanRevised(RequestFacts, type="request.plan_revised.v1", announcer="requests"):
    """How it is done with less than the minimum (REQ-8); a later one replaces it, until the award is accepted."""

    amount_approved: PositiveAmount = Field(description="By the decision.")
    minimum: PositiveAmount = Field(description="The least with which it could be done as it was submitted.")
    currency: Currency
    budget_lines: list[BudgetLine] = Field(description="They add up to the approved amount.")
    people_reached: int = Field(ge=0, le=100_000_000, description="How many people it then means to reach.")
    indicator: str = Field(max_length=500, description="One indicator by which the effect is seen.")
    explanation: str = Field(max_length=5000, description="What changes, as typed.")


class RequestDeclined(RequestFacts, type="request.declined.v1", announcer="requests"):
    """The applicant declined the award before accepting it; its place or its money is released."""

    reason: str = Field(default="", max_length=2000, description="As the applicant typed it; may be empty.")


class ReportFacts(RequestFacts):
    """What concerns the report of one instalment."""

    instalment: int = Field(ge=1, description="Number of the instalment.")


class ReportedFacts(ReportFacts):
    """What a report says, in figures; its texts and receipts stay with the request."""

    amount_reported: Amount = Field(description="Spent, by this report.")
    currency: Currency
    people_reached: int = Field(ge=0, le=100_000_000, description="How many people were reached.")
    indicator_reached: str = Field(max_length=500, description="What the request's indicator shows.")
    final: bool = Field(description="With it all is told.")


class ReportFiled(ReportedFacts, type="request.report_filed.v1", announcer="requests"):
    """The applicant filed the report of an instalment, for the first time or again (REQ-10)."""


class ReportSentBack(ReportFacts, type="request.report_sent_back.v1", announcer="requests"):
    """The district's office sent the report back with a reason."""

    until: Instant


class ReportAccepted(ReportedFacts, type="request.report_accepted.v1", announcer="requests"):
    """The district's office accepted the report: its figures count."""


class PaymentsStopped(ReportFacts, type="request.payments_stopped.v1", announcer="requests"):
    """No further payment: something that has to come before it is late (REQ-10)."""

    reason: Literal["report_overdue"] = Field(description="What is late.")


class PaymentsAllowed(ReportFacts, type="request.payments_allowed.v1", announcer="requests"):
    """What was late has come: payments go on."""


class AppealFacts(RequestFacts):
    """What concerns an appeal against a decision (REQ-13)."""

    case: Id = Field(description="Id of the case whose decision is appealed.")
    ground: Literal["factual_error", "fault_in_procedure"] = Field(description="Why it is appealed.")
    outcome: Literal["approved", "rejected"] = Field(
        description="Of the decision; ``approved``: the amount is appealed."
    )
    amount_asked: PositiveAmount | None = Field(description="None: a service or a task was asked for.")
    amount_approved: Amount = Field(description="By the decision; 0 if it was rejected.")
    ceiling: PositiveAmount = Field(description="Of the programme.")
    currency: Currency


class AppealLodged(AppealFacts, type="appeal.lodged.v1", announcer="requests"):
    """The applicant appealed; the city admits or refuses it."""

    answer_until: Instant


class AppealAdmitted(AppealFacts, type="appeal.admitted.v1", announcer="requests"):
    """It goes to a panel whose members did not sit in the case, and money is held for it."""

    reason: str = Field(max_length=5000, description="Why, in words.")


class AppealRefused(AppealFacts, type="appeal.refused.v1", announcer="requests"):
    """It is not admitted: the decision stands."""

    reason: str = Field(max_length=5000, description="Why, in words.")


class AppealEnded(AppealFacts, type="appeal.ended.v1", announcer="requests"):
    """Nobody decides it any more: the applicant withdrew it, took or declined the award, or the request ended."""

    because: Literal["withdrawn", "award_accepted", "award_declined", "request_withdrawn", "request_lapsed"] = Field(
        description="What ended it."
    )
    admitted: bool | None = Field(
        default=None, description="Whether the city had admitted it; none: an old event, which does not say."
    )


class AppealDecided(AppealFacts, type="appeal.decided.v1", announcer="requests"):
    """The panel's decision as it counts for the request; asks budget for what is awarded more, or to release what it held."""

    panel: Id = Field(description="Id of the panel's own case.")
    verdict: Literal["confirmed", "overturned"] = Field(description="What becomes of the appealed decision.")
    amount: Amount = Field(description="What is awarded now, in all; 0: nothing, or not money.")
    reason: str = Field(max_length=5000, description="Why, in words, written to the applicant.")
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that the panel relied on (I9).")


class AppealAnswerOverdue(AppealFacts, type="appeal.answer_overdue.v1", announcer="requests"):
    """The city neither admitted nor refused it in time (REQ-14)."""

    answer_until: Instant


class ClockBreached(RequestFacts, type="request.clock_breached.v1", announcer="requests"):
    """The city let one of its clocks run out on a submitted revision (REQ-14)."""

    clock: Literal["completeness"] = Field(
        description="``completeness``: its case was neither opened nor was it sent back for changes."
    )
    since: Instant
    due: Instant


class CommitmentLimited(RequestFacts, type="request.commitment_limited.v1", announcer="requests"):
    """The commitment is to be no more than this; asks budget to release the rest. What is pending or paid stays."""

    amount: Amount = Field(description="What the commitment is to be, paid or not; before refunds.")
    currency: Currency
    ends: bool = Field(description="Nothing more is to be paid than that.")
    reason: Literal["closing", "cancelled", "ended_by_agreement", "amended"] = Field(description="Why.")


class RequestClosed(RequestFacts, type="request.closed.v1", announcer="requests"):
    """All is reported and nothing is pending (REQ-12): committed − released = paid, and what was given back is refunded."""

    amount_committed: Amount = Field(description="The commitment as it was made.")
    amount_released: Amount = Field(description="Of the commitment: what was not needed.")
    amount_paid: Amount = Field(description="Before refunds.")
    amount_refunded: Amount = Field(description="Of what was paid: what was given back.")
    amount_reported: Amount = Field(description="Spent, by the accepted reports.")
    currency: Currency


class CancellationNotified(RequestFacts, type="request.cancellation_notified.v1", announcer="requests"):
    """The city means to cancel the award; the applicant is heard first."""

    grounds: str = Field(max_length=5000, description="Why, in words.")
    answer_until: Instant


class HearingAnswered(RequestFacts, type="request.hearing_answered.v1", announcer="requests"):
    """The applicant answered the notice of cancellation; the answer stays with the request."""


class CancellationDropped(RequestFacts, type="request.cancellation_dropped.v1", announcer="requests"):
    """The city does not cancel the award."""

    reason: str = Field(max_length=5000, description="Why, in words.")


class RequestCancelled(RequestFacts, type="request.cancelled.v1", announcer="requests"):
    """The city cancelled the award after a hearing: proven costs stay payable, all else is released."""

    proven_costs: Amount = Field(description="All that the award comes to, paid or not.")
    amount_paid: Amount = Field(description="Of the proven costs: paid by now, without what was given back.")
    currency: Currency
    reason: str = Field(max_length=5000, description="Why, in words.")


class PlannedInstalment(Part):
    """One part of what is paid, and when it is planned."""

    amount: PositiveAmount
    due_on: Instant


class AgreementFacts(RequestFacts):
    """What concerns one proposal of applicant or city after the acceptance (REQ-10)."""

    agreement: int = Field(ge=1, description="Number of the proposal in its request.")
    about: Literal["amendment", "ending"] = Field(description="To change the plan, or to end the award.")
    proposed_by: Literal["organization", "city"] = Field(description="Which side proposed it; the other one answers.")
    currency: Currency
    amount: Amount | None = Field(
        default=None, description="Of an ending: all that the award comes to, paid or not, without what was given back."
    )
    starts_on: Instant | None = None
    ends_on: Instant | None = None
    people_reached: int | None = Field(default=None, ge=0, le=100_000_000, description="None: stays.")
    indicator: str | None = Field(default=None, max_length=500, description="None: stays.")
    budget_lines: list[BudgetLine] | None = Field(
        default=None, description="They add up to all that the award then comes to; None: they stay."
    )
    instalments: list[PlannedInstalment] | None = Field(
        default=None, description="They add up to the same amount; None: they stay."
    )


class AgreementProposed(AgreementFacts, type="agreement.proposed.v1", announcer="requests"):
    """One side proposed; a proposal that was open is superseded."""


class AgreementAccepted(AgreementFacts, type="agreement.accepted.v1", announcer="requests"):
    """The other side accepted: it counts from now on."""


class AgreementDenied(AgreementFacts, type="agreement.denied.v1", announcer="requests"):
    """The other side denied it: nothing changes."""

    reason: str = Field(max_length=5000, description="Why, in words.")


class RequestEndedByAgreement(RequestFacts, type="request.ended_by_agreement.v1", announcer="requests"):
    """Applicant and city agreed to end the award: an amount stays payable, all else is released."""

    amount: Amount = Field(description="All that the award comes to, paid or not.")
    amount_paid: Amount = Field(description="Of this amount: paid by now, without what was given back.")
    currency: Currency
    reason: str = Field(max_length=5000, description="Why, in words.")


class RequestLapsed(RequestFacts, type="request.lapsed.v1", announcer="requests"):
    """Award not accepted, or plan not revised, in time; waiting past the planned date; or standing lost: money is released."""

    reason: str = Field(max_length=200, description="Code, e.g. ``acceptance_overdue`` or ``planned_date_passed``.")
