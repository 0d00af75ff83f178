"""Public forms of what review announces: rules, priorities, working groups and decisions.

Of a case nothing is public before its decision is issued (REV-5, REV-10). Of the decision neither tally nor scores are: who sits in a
working group is public, so a unanimous tally would be everybody's vote by name (PUB-2). Nor is the reason, which is written to the
applicant: a reason edited for the public has no event yet. A refusal does not say whose request it was (PUB-1: "by topic and district").
"""

from typing import Final, Literal

from pydantic import Field

from shared.contracts import review as inside
from shared.contracts.base import Instant, Names, Part
from shared.contracts.durations import Duration
from shared.contracts.ids import BookId, DistrictId, FiscalYear, Id
from shared.contracts.money import Amount, Currency, PositiveAmount
from shared.contracts.public import participation, visits
from shared.contracts.public.base import Forms, NotPublic, PublicData, shown_as
from shared.contracts.public.parts import PublicRuleSetRef
from shared.contracts.support import Service, SupportForm

SeatKind = Literal["deputy", "expert", "neighbourhood_member"]


class PublicSeatRule(Part):
    """One seat that a working group has by rule."""

    seat: int = Field(ge=1, le=50, description="Number of the seat.")
    kind: SeatKind = Field(description="Who may sit there.")
    chair: bool = Field(default=False, description="Whether it is the chair's.")


class PublicQuorum(Part):
    """How many ballots a decision needs (REV-6)."""

    numerator: int = Field(ge=1, le=100, description="Of the share of the base that must have cast.")
    denominator: int = Field(ge=1, le=100, description="Of the same share.")
    least: int = Field(ge=1, le=50, description="Never fewer ballots than this.")
    neighbourhood_member: bool = Field(description="Whether one of them must be a neighbourhood member's.")


class PublicRules(Part):
    """The numbers of a rule set (REV-11)."""

    seats: list[PublicSeatRule] = Field(min_length=1, max_length=50, description="The seats of a working group.")
    quorum: PublicQuorum = Field(description="How many ballots a decision needs.")
    comment_below_percent: int = Field(
        ge=0, le=100, description="A score under this share of its weight, in percent, needs a comment."
    )
    case_within: Duration = Field(description="Term of a case.")
    deadline_moves_by: Duration = Field(description="By how much a missed quorum moves the deadline.")
    deadline_moves: int = Field(ge=0, le=5, description="How often.")
    sign_within: Duration = Field(description="Term of the chair's signature.")
    accept_within: Duration = Field(description="Term in which an award has to be accepted.")
    suspension_lasts: Duration = Field(description="How long a suspended organisation keeps place and money.")
    obstacle_within: Duration = Field(
        default=Duration(working_days=15), description="Term in which an obstacle to participation is answered."
    )
    substitutes_within: Duration = Field(
        default=Duration(days=7), description="Term in which substitutes are named for a stalled case."
    )


class PublicRuleSetAdopted(PublicData, type="rule_set.adopted.v1", announcer="review"):
    """A version of a rule set is in force; whole."""

    rule_set: PublicRuleSetRef = Field(description="Which one.")
    names: Names = Field(description="Its names.")
    rules: PublicRules = Field(description="Its numbers.")


class PublicSeat(Part):
    """A seat: no person."""

    seat: int = Field(ge=1, description="Number of the seat.")
    kind: SeatKind = Field(description="Who may sit there.")
    chair: bool = Field(description="Whether it is the chair's.")
    filled: bool = Field(description="Whether somebody holds it.")


class PublicWorkingGroupChanged(PublicData, type="working_group.changed.v1", announcer="review"):
    """A district's working group (کارگروه) was set up or a seat changed hands."""

    working_group: Id = Field(description="Id of the working group.")
    district: DistrictId = Field(description="Its district.")
    rule_set: PublicRuleSetRef = Field(description="Rules by which it has its seats.")
    seats: list[PublicSeat] = Field(description="All seats.")


class PublicTopicWeight(Part):
    """One priority topic (محور اجتماعی اولویت‌دار) and its weight."""

    topic: Id = Field(description="Id of the topic.")
    names: Names = Field(description="Its names.")
    weight: int = Field(ge=1, le=1000, description="How much it counts beside the others.")


class PublicPrioritiesAdopted(PublicData, type="priorities.adopted.v1", announcer="review"):
    """A priority list was adopted: the city's by headquarters, or a district's own after it by its council (REV-14)."""

    priority_list: Id = Field(description="Id of the list.")
    version: int = Field(ge=1, description="Its version.")
    district: DistrictId | None = Field(default=None, description="Its district; none: the city's list.")
    topics: list[PublicTopicWeight] = Field(description="All topics.")
    minutes_number: str | None = Field(default=None, max_length=80, description="Number of the council's minutes.")
    proposal: Id | None = Field(default=None, description="The proposed order that it was adopted from.")


class PublicCaseDecided(PublicData, type="case.decided.v1", announcer="review"):
    """The decision of the working group (تصمیم کارگروه): an award with its organisation, or a refusal without."""

    case: Id = Field(description="Id of the case.")
    request: Id = Field(description="Id of the request (درخواست حمایت); the book's entries name it, too.")
    organization: Id | None = Field(
        default=None, description="Organisation that gets the award; none for a refusal, which says not whose it was."
    )
    district: DistrictId = Field(description="District that decided.")
    programme: Id = Field(description="Programme under which it was asked.")
    fiscal_year: FiscalYear = Field(description="Fiscal year whose money it is.")
    book: BookId = Field(description="Book that the money comes from.")
    topic: Id = Field(description="Priority topic that it serves.")
    outcome: Literal["approved", "rejected"] = Field(description="What was decided.")
    amount_asked: PositiveAmount = Field(description="Amount asked, in whole units of the currency.")
    amount: Amount = Field(description="Amount approved, in whole units of the currency; 0 when rejected.")
    currency: Currency
    issued_at: Instant = Field(description="When the decision was issued, UTC.")


class PublicCaseDecidedV2(PublicData, type="case.decided.v2", announcer="review"):
    """The decision on a service or an entrusted task, which need no money: with its organisation, or a refusal without."""

    case: Id = Field(description="Id of the case.")
    request: Id = Field(description="Id of the request (درخواست حمایت).")
    organization: Id | None = Field(
        default=None, description="Organisation that gets the support; none for a refusal, which says not whose it was."
    )
    district: DistrictId = Field(description="District that decided.")
    programme: Id = Field(description="Programme under which it was asked.")
    fiscal_year: FiscalYear = Field(description="Fiscal year of the programme.")
    topic: Id = Field(description="Priority topic that it serves.")
    outcome: Literal["approved", "rejected"] = Field(description="What was decided.")
    support: SupportForm = Field(description="Form of support.")
    services: list[Service] = Field(description="What the city lends; only for a service.")
    issued_at: Instant = Field(description="When the decision was issued, UTC.")


def _decided(data: inside.CaseDecided) -> PublicCaseDecided:
    shown = shown_as(PublicCaseDecided)(data)
    return shown if data.outcome == "approved" else shown.model_copy(update={"organization": None})


def _decided_without_money(data: inside.CaseDecidedV2) -> PublicCaseDecidedV2:
    shown = shown_as(PublicCaseDecidedV2)(data)
    return shown if data.outcome == "approved" else shown.model_copy(update={"organization": None})


_SEALED: Final = NotPublic("nothing of a case before its decision is issued")

_TOLD_BY_REQUEST: Final = NotPublic("what a panel decides is public as appeal.decided: as it counts for the request")

FORMS: Final[Forms] = {
    inside.RuleSetAdopted: shown_as(PublicRuleSetAdopted),
    inside.WorkingGroupChanged: shown_as(PublicWorkingGroupChanged),
    inside.PrioritiesAdopted: shown_as(PublicPrioritiesAdopted),
    inside.CaseOpened: _SEALED,
    inside.CaseChangesRequested: _SEALED,
    inside.CasePaused: _SEALED,
    inside.CaseResumed: _SEALED,
    inside.CaseDeadlineMoved: _SEALED,
    inside.CaseStalled: _SEALED,
    inside.CaseContinued: _SEALED,
    inside.CaseExcepted: _SEALED,
    inside.CaseBallotsOpened: _SEALED,
    inside.CaseBallotRevised: _SEALED,
    inside.CaseWithdrawn: _SEALED,
    inside.CaseClosed: _SEALED,
    inside.CaseDecided: _decided,
    inside.CaseDecidedV2: _decided_without_money,
    inside.PanelOpened: _SEALED,
    inside.PanelDecided: _TOLD_BY_REQUEST,
    **participation.FORMS,
    **visits.FORMS,
}
