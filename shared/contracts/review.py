"""What review announces on ``sama.review``."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.contracts.base import EventData, Instant, Names, Part
from shared.contracts.durations import Duration
from shared.contracts.ids import BookId, DistrictId, FiscalYear, Id
from shared.contracts.money import Amount, Currency, PositiveAmount
from shared.contracts.support import Service, SupportForm

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

    seats: list[SeatRule] = Field(min_length=1, max_length=50, description="All seats.")
    quorum: Quorum = Field(default=Quorum(), description="How many ballots a decision needs.")
    comment_below_percent: int = Field(
        default=40, ge=0, le=100, description="A score under this share of its weight needs a comment (REV-4)."
    )
    case_within: Duration = Field(default=Duration(working_days=15), description="Term of a case.")
    deadline_moves_by: Duration = Field(
        default=Duration(working_days=7), description="By how much a missed quorum moves the deadline."
    )
    deadline_moves: int = Field(
        default=1, ge=0, le=5, description="How often a missed quorum moves the deadline (REV-7)."
    )
    sign_within: Duration = Field(default=Duration(working_days=3), description="Term of the chair's signature.")
    accept_within: Duration = Field(default=Duration(days=15), description="Term in which an award has to be accepted.")
    suspension_lasts: Duration = Field(
        default=Duration(days=60), description="Place and money are kept so long (REG-4)."
    )
    obstacle_within: Duration = Field(
        default=Duration(working_days=15), description="Term in which an obstacle is answered (REV-16)."
    )
    revise_within: Duration = Field(
        default=Duration(working_days=10), description="Term of a revised plan after less than the minimum (REQ-8)."
    )
    report_within: Duration = Field(
        default=Duration(days=30),
        description="Term of a report after the planned end, or after the one before (REQ-10).",
    )
    appeal_within: Duration = Field(
        default=Duration(days=15), description="Term of an appeal after the decision (REQ-13)."
    )
    appeal_answered_within: Duration = Field(
        default=Duration(working_days=5), description="Term in which the city admits or refuses an appeal (REQ-13)."
    )
    completeness_within: Duration = Field(
        default=Duration(working_days=5),
        description="Term in which a submitted request's case is opened or changes are asked for (REQ-14).",
    )
    heard_within: Duration = Field(
        default=Duration(working_days=10),
        description="Term in which an applicant answers a notice of cancellation.",
    )
    substitutes_within: Duration = Field(
        default=Duration(days=7),
        description="Term in which the city office names substitutes for a stalled case (REV-7).",
    )


class RuleSetAdopted(EventData, type="rule_set.adopted.v1", announcer="review"):
    """A version of a rule set is in force; whole."""

    rule_set: RuleSetRef = Field(description="The rule set and version that apply.")
    names: Names = Field(description="Its names.")
    rules: Rules = Field(description="Its numbers.")


class SeatState(Part):
    """A seat as others may know it: no person."""

    seat: int = Field(ge=1, description="Number of the seat.")
    kind: SeatKind = Field(description="Who may sit there.")
    chair: bool = Field(description="Whether it is the chair's.")
    filled: bool = Field(description="Whether somebody holds it now.")


class WorkingGroupChanged(EventData, type="working_group.changed.v1", announcer="review"):
    """A working group was set up or a seat changed hands."""

    working_group: Id = Field(description="Id of the working group (کارگروه).")
    district: DistrictId = Field(description="Id of the district.")
    rule_set: RuleSetRef = Field(description="The rule set and version that apply.")
    seats: list[SeatState] = Field(description="All seats.")


class TopicWeight(Part):
    """One priority topic (محور اجتماعی اولویت‌دار) and its weight."""

    topic: Id = Field(description="Id of the topic.")
    names: Names = Field(description="Its names.")
    weight: int = Field(ge=1, le=1000, description="How much it counts beside the others.")


class PrioritiesAdopted(EventData, type="priorities.adopted.v1", announcer="review"):
    """A priority list was adopted: the city's by HQ, or a district's own after it by its council (REV-14)."""

    priority_list: Id = Field(description="Id of the list.")
    version: int = Field(ge=1, description="Its version.")
    district: DistrictId | None = Field(default=None, description="None: the city's list.")
    topics: list[TopicWeight] = Field(description="All topics with their weights.")
    minutes_number: str | None = Field(
        default=None, max_length=80, description="Number of the council's minutes; none for the city's list."
    )
    proposal: Id | None = Field(
        default=None, description="The proposed order (priorities.proposed) that it was adopted from, if from one."
    )


class CaseFacts(EventData):
    """What every case event carries."""

    case: Id = Field(description="Id of the case (پرونده بررسی).")
    request: Id = Field(description="Id of the request (درخواست حمایت).")
    revision: int = Field(ge=1, description="Which submission of it; 1 is the first.")
    organization: Id = Field(description="Id of the organisation (تشکل).")
    district: DistrictId = Field(description="Id of the district.")


class CaseOpened(CaseFacts, type="case.opened.v1", announcer="review"):
    """A submitted revision came before its working group; rules and priorities are frozen."""

    working_group: Id = Field(description="Id of the working group (کارگروه).")
    rule_set: RuleSetRef = Field(description="The rule set and version that apply.")
    city_priorities: int = Field(ge=0, description="Version of the city's list, 0 if none.")
    district_priorities: int = Field(ge=0, description="Version of the district's list, 0 if none.")
    opened_at: Instant
    deadline: Instant


class FieldReason(Part):
    """A field to correct and why."""

    pointer: str = Field(max_length=200, description="JSON pointer into the request, e.g. ``/budget_lines``.")
    reason: str = Field(max_length=1000, description="Why, in words.")


class CaseChangesRequested(CaseFacts, type="case.changes_requested.v1", announcer="review"):
    """The secretary sent the request back before any ballot; the case is over."""

    fields: list[FieldReason] = Field(description="What to correct.")


class CasePaused(CaseFacts, type="case.paused.v1", announcer="review"):
    """The organisation lost its standing; the case waits."""

    reason: str = Field(max_length=200, description="Code or words of the standing that forbids it.")
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that this relied on (I9).")


class CaseResumed(CaseFacts, type="case.resumed.v1", announcer="review"):
    """The standing is back; the case goes on."""

    deadline: Instant
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that this relied on (I9).")


class CaseDeadlineMoved(CaseFacts, type="case.deadline_moved.v1", announcer="review"):
    """No quorum at the deadline; moved once (REV-7)."""

    deadline: Instant


class CaseStalled(CaseFacts, type="case.stalled.v1", announcer="review"):
    """No quorum at the moved deadline, or a base too small: the city office names substitutes (REV-7)."""

    reason: Literal["no_quorum", "base_too_small"] = Field(description="Why no decision is possible.")
    substitutes_by: Instant | None = Field(
        default=None, description="Until when; then it is an exception. None: announced before substitutes were known."
    )


class CaseContinued(CaseFacts, type="case.continued.v1", announcer="review"):
    """A stalled case or an exception goes on with a new base or a new term (REV-7)."""

    because: Literal["substitutes_named", "new_term", "another_group"] = Field(
        description="The city office named substitutes, or headquarters ordered a new term or named another working group."
    )
    working_group: Id = Field(description="Id of the working group (کارگروه) that decides now.")
    deadline: Instant
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that this relied on (I9).")


class CaseExcepted(CaseFacts, type="case.excepted.v1", announcer="review"):
    """No quorum for a third time, no substitutes in time, or a base too small again: an exception for headquarters (REV-7)."""

    reason: Literal["no_quorum", "base_too_small", "no_substitutes"] = Field(description="Why no decision is possible.")


class CaseBallotsOpened(CaseFacts, type="case.ballots_opened.v1", announcer="review"):
    """At a meeting a quorum of ballots was opened for the members present; none of them is told (REV-5)."""

    meeting: Id = Field(description="Id of the meeting.")
    opened_at: Instant


class CaseBallotRevised(CaseFacts, type="case.ballot_revised.v1", announcer="review"):
    """One of the opened ballots was replaced; not told is whose, or how (REV-5)."""

    meeting: Id = Field(description="Id of the meeting at which they were opened.")


class CaseWithdrawn(CaseFacts, type="case.withdrawn.v1", announcer="review"):
    """The request was withdrawn or lapsed before a result; the case is over."""


class CaseClosed(CaseFacts, type="case.closed.v1", announcer="review"):
    """The result is fixed; its outcome is not told before the decision is issued (REV-10)."""

    closed_at: Instant


class Tally(Part):
    """Ballots counted."""

    base: int = Field(ge=0, description="Filled seats less the recused.")
    recused: int = Field(ge=0, description="Members out of the case because of a conflict.")
    cast: int = Field(ge=0, description="Ballots cast, abstentions too.")
    approve: int = Field(ge=0, description="Of these, how many approve.")
    reject: int = Field(ge=0, description="How many reject.")
    abstain: int = Field(ge=0, description="How many abstain.")
    decided_by_chair: bool = Field(description="Exactly half approved, so the chair's vote decided (REV-8).")
    unconfirmed: int = Field(
        default=0, ge=0, description="Paper ballots that no member had confirmed at closing; not counted (REV-5)."
    )


class CriterionScore(Part):
    """Scores of one criterion over the ballots cast."""

    criterion: Id = Field(description="Id of the criterion.")
    weight: int = Field(ge=1, le=100, description="Its part of 100 points.")
    scores: list[int] = Field(description="Sorted, so that no place tells a voter.")


class Decided(CaseFacts):
    """The decision of the working group (تصمیم کارگروه), issued with its reason. Only money has a book and amounts (REQ-4)."""

    programme: Id = Field(description="Id of the programme (برنامه حمایت).")
    fiscal_year: FiscalYear = Field(description="Fiscal year, an opaque label, e.g. ``1405``.")
    book: BookId | None = Field(
        default=None, description="The book, ``district:<id>/<fiscal year>`` or ``city/<fiscal year>``."
    )
    outcome: Literal["approved", "rejected"] = Field(description="What was decided.")
    amount_asked: PositiveAmount | None = None
    amount: Amount | None = Field(
        default=None, description="Approved amount: lower median of the approving ballots; 0 when rejected (REV-9)."
    )
    currency: Currency
    tally: Tally = Field(description="How the ballots were cast.")
    scores: list[CriterionScore] = Field(description="Scores by criterion.")
    mean_score_hundredths: int = Field(
        ge=0, le=10_000, description="Mean of the ballots' totals (0–100), in hundredths."
    )
    topic: Id = Field(description="Id of the priority topic.")
    topic_weight: int = Field(ge=0, description="Weight of the topic in the frozen list; 0 if it is in none.")
    reason: Annotated[str, StringConstraints(max_length=5000)] = Field(
        description="Reason (متن دلیل), written to the applicant."
    )
    signed: bool = Field(description="False: issued unsigned when the term had passed.")
    signed_by_seat_kind: SeatKind | None = Field(
        default=None, description="Kind of the seat that signed; none when unsigned."
    )
    closed_at: Instant
    issued_at: Instant
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that the decision relied on (I9).")


class CaseDecided(Decided, type="case.decided.v1", announcer="review"):
    """The decision on a request for money, issued with its reason."""

    book: BookId = Field(description="The book, ``district:<id>/<fiscal year>`` or ``city/<fiscal year>``.")
    amount_asked: PositiveAmount
    amount: Amount = Field(
        description="Approved amount: lower median of the approving ballots; 0 when rejected (REV-9)."
    )
    waiting_rule: Literal["ranked"] | None = Field(
        default=None, description="Waiting rule of the call; none: that of the district's book (BUD-5)."
    )
    submitted_at: Instant | None = Field(default=None, description="When the judged revision was submitted.")


class PanelOpened(CaseFacts, type="panel.opened.v1", announcer="review"):
    """An admitted appeal came before its panel (REQ-13). ``case`` is the panel's own; the district is the request's."""

    appealed_case: Id = Field(description="Id of the case whose decision is appealed.")
    working_group: Id = Field(description="Id of the working group that is the panel.")
    opened_at: Instant
    deadline: Instant


class PanelDecided(CaseFacts, type="panel.decided.v1", announcer="review"):
    """The panel decided the appeal (REQ-13). What follows for the request is told by ``appeal.decided.v1``."""

    appealed_case: Id = Field(description="Id of the case whose decision was appealed.")
    working_group: Id = Field(description="Id of the working group that was the panel.")
    verdict: Literal["confirmed", "overturned"] = Field(description="What becomes of the appealed decision.")
    support: SupportForm = Field(description="Form of support that was asked for.")
    amount: Amount = Field(
        description="What is awarded now, never less than by the appealed decision; 0: nothing, or not money."
    )
    currency: Currency
    tally: Tally = Field(description="How the ballots were cast.")
    reason: Annotated[str, StringConstraints(max_length=5000)] = Field(
        description="Reason (متن دلیل), written to the applicant."
    )
    signed: bool = Field(description="False: issued unsigned when the term had passed.")
    signed_by_seat_kind: SeatKind | None = Field(
        default=None, description="Kind of the seat that signed; none when unsigned."
    )
    closed_at: Instant
    issued_at: Instant
    standing_sequence: int = Field(ge=0, description="Sequence of the standing that the decision relied on (I9).")


class CaseDecidedV2(Decided, type="case.decided.v2", announcer="review"):
    """The decision on a request without money, issued with its reason: a service or an entrusted task (REQ-4).

    A request for money is announced as ``case.decided.v1``, which cannot lack amounts; so no book hears of this one.
    """

    support: SupportForm = Field(description="Form of support that was asked for.")
    services: list[Service] = Field(default=[], description="What the city is to lend; only for a service.")
