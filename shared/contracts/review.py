"""What review announces on ``sama.review``."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.contracts.base import EventData, Instant, Names, Part
from shared.contracts.durations import Duration
from shared.contracts.ids import BookId, DistrictId, FiscalYear, Id
from shared.contracts.money import Amount, Currency, PositiveAmount

SeatKind = Literal["deputy", "expert", "neighbourhood_member"]


class RuleSetRef(Part):
    """Which rule set, at which version."""

    id: Id = Field(description="Id of the rule set.")
    version: int = Field(ge=1, description="Its version.")


class SeatRule(Part):
    """One seat that a working group has by rule: six in Mashhad, 1 + 3 + 2."""

    seat: int = Field(ge=1, le=50, description="Number of the seat.")
    kind: SeatKind = Field(description="Who may sit there.")
    chair: bool = Field(default=False, description="Whether it is the chair's.")


class Quorum(Part):
    """Two thirds of the base, rounded up, at least three, one of them a neighbourhood member (REV-6); as data."""

    numerator: int = Field(default=2, ge=1, le=100, description="Of the share of the base that must have cast.")
    denominator: int = Field(default=3, ge=1, le=100, description="Of the same share.")
    least: int = Field(default=3, ge=1, le=50, description="Never fewer ballots than this.")
    neighbourhood_member: bool = Field(default=True, description="One of them must be a neighbourhood member's.")


class Rules(Part):
    """The numbers of a rule set (REV-11)."""

    seats: list[SeatRule] = Field(min_length=1, max_length=50)
    quorum: Quorum = Quorum()
    comment_below_percent: int = Field(
        default=40, ge=0, le=100, description="A score under this share of its weight needs a comment (REV-4)."
    )
    case_within: Duration = Duration(working_days=15)
    deadline_moves_by: Duration = Duration(working_days=7)
    deadline_moves: int = Field(
        default=1, ge=0, le=5, description="How often a missed quorum moves the deadline (REV-7)."
    )
    sign_within: Duration = Duration(working_days=3)
    accept_within: Duration = Duration(days=15)
    suspension_lasts: Duration = Field(
        default=Duration(days=60), description="Place and money are kept so long (REG-4)."
    )


class RuleSetAdopted(EventData, type="rule_set.adopted.v1", announcer="review"):
    """A version of a rule set is in force; whole."""

    rule_set: RuleSetRef
    names: Names
    rules: Rules


class SeatState(Part):
    """A seat as others may know it: no person."""

    seat: int = Field(ge=1)
    kind: SeatKind
    chair: bool
    filled: bool


class WorkingGroupChanged(EventData, type="working_group.changed.v1", announcer="review"):
    """A working group was set up or a seat changed hands."""

    working_group: Id
    district: DistrictId
    rule_set: RuleSetRef
    seats: list[SeatState]


class TopicWeight(Part):
    """One priority topic (محور اجتماعی اولویت‌دار) and its weight."""

    topic: Id = Field(description="Id of the topic.")
    names: Names
    weight: int = Field(ge=1, le=1000, description="How much it counts beside the others.")


class PrioritiesAdopted(EventData, type="priorities.adopted.v1", announcer="review"):
    """A priority list was adopted: the city's by HQ, or a district's own after it by its council (REV-14)."""

    priority_list: Id
    version: int = Field(ge=1)
    district: DistrictId | None = Field(default=None, description="None: the city's list.")
    topics: list[TopicWeight]
    minutes_number: str | None = Field(default=None, max_length=80)


class CaseFacts(EventData):
    """What every case event carries."""

    case: Id
    request: Id
    revision: int = Field(ge=1)
    organization: Id
    district: DistrictId


class CaseOpened(CaseFacts, type="case.opened.v1", announcer="review"):
    """A submitted revision came before its working group; rules and priorities are frozen."""

    working_group: Id
    rule_set: RuleSetRef
    city_priorities: int = Field(ge=0, description="Version of the city's list, 0 if none.")
    district_priorities: int = Field(ge=0, description="Version of the district's list, 0 if none.")
    opened_at: Instant
    deadline: Instant


class FieldReason(Part):
    """A field to correct and why."""

    pointer: str = Field(max_length=200, description="JSON pointer into the request, e.g. ``/budget_lines``.")
    reason: str = Field(max_length=1000)


class CaseChangesRequested(CaseFacts, type="case.changes_requested.v1", announcer="review"):
    """The secretary sent the request back before any ballot; the case is over."""

    fields: list[FieldReason]


class CasePaused(CaseFacts, type="case.paused.v1", announcer="review"):
    """The organisation lost its standing; the case waits."""

    reason: str = Field(max_length=200)
    standing_sequence: int = Field(ge=0)


class CaseResumed(CaseFacts, type="case.resumed.v1", announcer="review"):
    """The standing is back; the case goes on."""

    deadline: Instant
    standing_sequence: int = Field(ge=0)


class CaseDeadlineMoved(CaseFacts, type="case.deadline_moved.v1", announcer="review"):
    """No quorum at the deadline; moved once (REV-7)."""

    deadline: Instant


class CaseStalled(CaseFacts, type="case.stalled.v1", announcer="review"):
    """No quorum at the moved deadline, or a base too small: an exception for headquarters."""

    reason: Literal["no_quorum", "base_too_small"]


class CaseWithdrawn(CaseFacts, type="case.withdrawn.v1", announcer="review"):
    """The request was withdrawn or lapsed before a result; the case is over."""


class CaseClosed(CaseFacts, type="case.closed.v1", announcer="review"):
    """The result is fixed; its outcome is not told before the decision is issued (REV-10)."""

    closed_at: Instant


class Tally(Part):
    """Ballots counted."""

    base: int = Field(ge=0, description="Filled seats less the recused.")
    recused: int = Field(ge=0)
    cast: int = Field(ge=0)
    approve: int = Field(ge=0)
    reject: int = Field(ge=0)
    abstain: int = Field(ge=0)
    decided_by_chair: bool = Field(description="Exactly half approved, so the chair's vote decided (REV-8).")


class CriterionScore(Part):
    """Scores of one criterion over the ballots cast."""

    criterion: Id
    weight: int = Field(ge=1, le=100)
    scores: list[int] = Field(description="Sorted, so that no place tells a voter.")


class CaseDecided(CaseFacts, type="case.decided.v1", announcer="review"):
    """The decision of the working group (تصمیم کارگروه), issued with its reason."""

    programme: Id
    fiscal_year: FiscalYear
    book: BookId
    outcome: Literal["approved", "rejected"]
    amount_asked: PositiveAmount
    amount: Amount = Field(
        description="Approved amount: lower median of the approving ballots; 0 when rejected (REV-9)."
    )
    currency: Currency
    tally: Tally
    scores: list[CriterionScore]
    mean_score_hundredths: int = Field(
        ge=0, le=10_000, description="Mean of the ballots' totals (0–100), in hundredths."
    )
    topic: Id
    topic_weight: int = Field(ge=0)
    reason: Annotated[str, StringConstraints(max_length=5000)]
    signed: bool = Field(description="False: issued unsigned when the term had passed.")
    signed_by_seat_kind: SeatKind | None = None
    closed_at: Instant
    issued_at: Instant
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that the decision relied on (I9).")
