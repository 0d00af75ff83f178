"""Public forms of what requests announces: programmes and calls. A request itself is public once it is decided (review's form)."""

from typing import Final, Literal

from pydantic import Field

from shared.contracts import requests as inside
from shared.contracts.base import Instant, Names
from shared.contracts.ids import DistrictId, FiscalYear, Id
from shared.contracts.money import Amount, Currency, PositiveAmount
from shared.contracts.public.base import Forms, NotPublic, PublicData, shown_as
from shared.contracts.public.parts import PublicCriterion, PublicRuleSetRef
from shared.contracts.support import SupportForm


class PublicProgrammeOpened(PublicData, type="programme.opened.v1", announcer="requests"):
    """A support programme or dated call (فراخوان) opened for requests, or a further version of it came into force."""

    programme: Id = Field(description="Id of the programme.")
    version: int = Field(ge=1, description="Version of the programme; a change is a new one.")
    names: Names = Field(description="Its names.")
    kind: Literal["rolling", "dated"] = Field(description="``dated``: a call with an end.")
    fiscal_year: FiscalYear = Field(description="Fiscal year whose money it gives.")
    currency: Currency
    districts: list[DistrictId] = Field(description="Districts in which it gives support.")
    topics: list[Id] = Field(description="Topics that it takes; empty: every topic of the list in force.")
    ceiling: PositiveAmount = Field(description="Most that one request is given, in whole units of the currency.")
    rule_set: PublicRuleSetRef = Field(description="Rules by which its requests are reviewed.")
    criteria: list[PublicCriterion] = Field(description="What ballots score.")
    opens: Instant = Field(description="From when requests are taken, UTC.")
    closes: Instant | None = Field(default=None, description="Until when, UTC; none: no end is set.")
    grace_until: Instant | None = Field(
        default=None,
        description="Until when a draft begun before ``closes`` may still be submitted, UTC; none: no grace.",
    )
    support: list[SupportForm] = Field(default=["money"], description="Forms of support that it gives.")
    questions_until: Instant | None = Field(
        default=None, description="Until when a call takes questions, UTC; none: it takes none."
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
        default=None, description="Waiting rule of this call; none: that of the district's book."
    )


class PublicProgrammeClosed(PublicData, type="programme.closed.v1", announcer="requests"):
    """No further requests under this programme."""

    programme: Id = Field(description="Id of the programme.")
    version: int = Field(ge=1, description="Version that closed.")


class PublicQuestionAnswered(PublicData, type="question.answered.v1", announcer="requests"):
    """A question about a dated call (فراخوان) and its answer, which goes to all; a corrected answer comes again."""

    question: Id = Field(description="Id of the question.")
    programme: Id = Field(description="Id of the call.")
    text: str = Field(max_length=2000, description="The question, as the office publishes it.")
    answer: str = Field(max_length=5000, description="The answer.")
    answered_at: Instant = Field(description="When, UTC.")


class PublicRequestClosed(PublicData, type="request.closed.v1", announcer="requests"):
    """A supported plan is carried out, reported and settled. Amounts in whole units of the currency; each is a number of its own."""

    request: Id = Field(description="Id of the request.")
    organization: Id = Field(description="Id of the organisation.")
    programme: Id = Field(description="Id of the programme.")
    district: DistrictId = Field(description="Id of the district.")
    amount_committed: Amount = Field(description="The commitment as it was made.")
    amount_released: Amount = Field(description="Of the commitment: what was not needed.")
    amount_paid: Amount = Field(description="Before refunds.")
    amount_refunded: Amount = Field(description="Of what was paid: what was given back.")
    amount_reported: Amount = Field(description="Spent, by the accepted reports.")
    currency: Currency


class PublicRequestCancelled(PublicData, type="request.cancelled.v1", announcer="requests"):
    """The city cancelled a support after a hearing: proven costs stay payable, all else is released."""

    request: Id = Field(description="Id of the request.")
    organization: Id = Field(description="Id of the organisation.")
    programme: Id = Field(description="Id of the programme.")
    district: DistrictId = Field(description="Id of the district.")
    proven_costs: Amount = Field(description="All that the support comes to, paid or not, in whole units.")
    amount_paid: Amount = Field(description="Of the proven costs: paid by then.")
    currency: Currency


class PublicRequestEndedByAgreement(PublicData, type="request.ended_by_agreement.v1", announcer="requests"):
    """Organisation and city agreed to end a support: an amount stays payable, all else is released."""

    request: Id = Field(description="Id of the request.")
    organization: Id = Field(description="Id of the organisation.")
    programme: Id = Field(description="Id of the programme.")
    district: DistrictId = Field(description="Id of the district.")
    amount: Amount = Field(description="All that the support comes to, paid or not, in whole units.")
    amount_paid: Amount = Field(description="Of this amount: paid by then.")
    currency: Currency


_RANKED: Final = NotPublic("the public entry of the ranking says it, with the order")
_UNDECIDED: Final = NotPublic("a request is public once it is decided, by the form of case.decided")
_FOLLOWS: Final = NotPublic("the book's public entries tell what becomes of an award")
_REPORTED: Final = NotPublic(
    "a report is between the organisation and the office; published figures come from accepted ones"
)
_CLOCK: Final = NotPublic("published figures count breaches; a request is public once it is decided")
_HEARD: Final = NotPublic("a hearing is between the organisation and the city; what comes of it is public")
_NEGOTIATED: Final = NotPublic(
    "what is proposed or changed is between the organisation and the city; money and ends are public"
)
_APPEALED: Final = NotPublic("an appeal is between the organisation and the city; what its panel decides is public")


class PublicAppealDecided(PublicData, type="appeal.decided.v1", announcer="requests"):
    """A panel decided an appeal (REQ-13): with the organisation only where something is awarded."""

    request: Id = Field(description="Id of the request (درخواست حمایت).")
    organization: Id | None = Field(default=None, description="Organisation; none where nothing is awarded.")
    programme: Id = Field(description="Programme under which it was asked.")
    district: DistrictId = Field(description="District of the request.")
    case: Id = Field(description="Id of the case whose decision was appealed.")
    ground: Literal["factual_error", "fault_in_procedure"] = Field(description="Why it was appealed.")
    outcome: Literal["approved", "rejected"] = Field(description="Of the appealed decision.")
    verdict: Literal["confirmed", "overturned"] = Field(description="What becomes of the appealed decision.")
    amount: Amount = Field(description="What is awarded now, in whole units of the currency; 0: nothing, or not money.")
    currency: Currency


def _appeal_decided(data: inside.AppealDecided) -> PublicAppealDecided:
    shown = shown_as(PublicAppealDecided)(data)
    awarded = data.outcome == "approved" or data.verdict == "overturned"
    return shown if awarded else shown.model_copy(update={"organization": None})


FORMS: Final[Forms] = {
    inside.ProgrammeOpened: shown_as(PublicProgrammeOpened),
    inside.ProgrammeClosed: shown_as(PublicProgrammeClosed),
    inside.CallDecided: _RANKED,
    inside.QuestionAnswered: shown_as(PublicQuestionAnswered),
    inside.RequestSubmitted: _UNDECIDED,
    inside.RequestSubmittedV2: _UNDECIDED,
    inside.RequestWithdrawn: _FOLLOWS,
    inside.RequestAccepted: _FOLLOWS,
    inside.RequestAcceptedV2: NotPublic(
        "the decision is public, by the form of case.decided; reports tell what became of it"
    ),
    inside.RequestLapsed: _FOLLOWS,
    inside.RequestDeclined: _FOLLOWS,
    inside.CommitmentLimited: _FOLLOWS,
    inside.ClockBreached: _CLOCK,
    inside.RequestClosed: shown_as(PublicRequestClosed),
    inside.CancellationNotified: _HEARD,
    inside.HearingAnswered: _HEARD,
    inside.CancellationDropped: _HEARD,
    inside.RequestCancelled: shown_as(PublicRequestCancelled),
    inside.AgreementProposed: _NEGOTIATED,
    inside.AgreementAccepted: _NEGOTIATED,
    inside.AgreementDenied: _NEGOTIATED,
    inside.RequestEndedByAgreement: shown_as(PublicRequestEndedByAgreement),
    inside.AppealLodged: _APPEALED,
    inside.AppealAdmitted: _APPEALED,
    inside.AppealRefused: _APPEALED,
    inside.AppealEnded: _APPEALED,
    inside.AppealAnswerOverdue: _APPEALED,
    inside.AppealDecided: _appeal_decided,
    inside.ReportFiled: _REPORTED,
    inside.ReportSentBack: _REPORTED,
    inside.ReportAccepted: _REPORTED,
    inside.PaymentsStopped: _REPORTED,
    inside.PaymentsAllowed: _REPORTED,
    inside.RevisedPlanAsked: _FOLLOWS,
    inside.PlanRevised: _FOLLOWS,
}
