"""What a reader sees of a case, a group and a list. Until closing, a case looks the same whatever ballots were cast (REV-5)."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from services.review.domain.ballot import CaseSeat
from services.review.domain.case import BallotCast, Case, CaseEvent, CaseStatus, ConflictDeclared
from services.review.domain.opened_ballots import BallotRevised
from services.review.domain.paper_ballots import PaperBallotConfirmed
from services.review.domain.priority_list import PriorityList, PriorityVersion
from services.review.domain.result import base_of
from services.review.domain.rule_set import RuleSet, RuleSetVersion
from services.review.domain.working_group import Seat, WorkingGroup
from services.review.usecases.file_access import sees_file
from shared.contracts.base import Names
from shared.contracts.requests import Submission
from shared.contracts.review import CriterionScore, FieldReason, Rules, RuleSetRef, SeatKind, Tally, TopicWeight
from shared.storage.aggregates import HistoryEntry
from shared.storage.codec import to_document
from shared.storage.ports import Stored
from shared.web.caller import Caller, Role

RESULT_READERS: Final[tuple[Role, ...]] = ("secretary", "auditor")
PERSON_READERS: Final[tuple[Role, ...]] = ("city_office", "secretary", "hq", "auditor")


class CaseSeatView(BaseModel):
    """A seat of the case. Whether it has cast is sealed (REV-5)."""

    seat: int = Field(examples=[1])
    kind: SeatKind
    chair: bool
    declared: bool = Field(description="The member has declared whether there is a conflict (REV-3).")
    recused: bool = Field(description="Out of the case and its base.")
    came: bool | None = Field(
        description="Whether the member has cast; told only of a case that waits for substitutes or headquarters (REV-7)."
    )


class ResultView(BaseModel):
    """The result as fixed at closing (REV-8, REV-9); no voter's name."""

    outcome: Literal["approved", "rejected"]
    amount: int = Field(
        description="Whole units of `currency`; 0 when rejected, or without money.", examples=[180_000_000]
    )
    currency: str = Field(examples=["IRR"])
    tally: Tally
    scores: list[CriterionScore]
    mean_score_hundredths: int = Field(examples=[7350])
    comments: list[str] = Field(description="Overall comments, sorted by text so that no place tells a voter.")


class DraftView(BaseModel):
    """The secretary's draft of the reason."""

    reason: str
    edition: int = Field(description="Send it with the signature to sign just this draft.", examples=[1])


class DecisionView(BaseModel):
    """The issued decision (REV-10)."""

    reason: str
    signed: bool
    signed_by_seat_kind: SeatKind | None
    issued_at: datetime


class CaseView(BaseModel):
    """A case. `file`, `result` and `draft` are null for whom, or while, they are closed."""

    id: str
    request: str
    revision: int
    organization: str
    organization_name: str | None = Field(description="As known when the case opened.")
    district: str
    status: CaseStatus
    received_at: datetime
    opened_at: datetime | None
    deadline: datetime | None
    deadline_moves: int
    working_group: str | None
    rule_set: RuleSetRef | None
    rules: Rules | None = Field(description="Frozen at opening (REV-2).")
    city_priorities: int | None = Field(description="Version of the city's list at opening, 0 if none.")
    district_priorities: int | None
    title: str | None
    topic: str | None
    topic_weight: int | None
    seats: list[CaseSeatView]
    your_seat: int | None = Field(description="The caller's own seat in this case.")
    paused_since: datetime | None
    paused_because: str | None
    stalled_because: str | None
    substitutes_by: datetime | None = Field(description="Until when the city office names substitutes (REV-7).")
    excepted_because: str | None
    ballots_opened_at: datetime | None = Field(description="When ballots were opened at a meeting (REV-5).")
    changes: list[FieldReason] = Field(description="What was sent back for correction.")
    appealed_case: str | None = Field(description="Of a panel: the case whose decision is appealed (REQ-13).")
    file: Submission | None = Field(description="The inner file; closed to a member before declaring (REV-3).")
    closed_at: datetime | None
    sign_by: datetime | None
    result: ResultView | None
    draft: DraftView | None
    decision: DecisionView | None
    version: int | None = Field(description="Only once the case is closed: before, it would count the ballots.")


def case_view(stored: Stored[Case], caller: Caller) -> CaseView:
    """Return the case as this caller may see it."""
    state = stored.state
    mine = state.seat_held_by(caller.subject)
    opened, file = state.opened, state.submission
    closed = state.result is not None and not state.voting and state.status in ("closed", "paused", "decided")
    inside = closed and _sees_result(state, mine, caller)
    return CaseView(
        id=stored.id,
        request=state.request,
        revision=state.revision,
        organization=state.organization,
        organization_name=opened.organization_name if opened else None,
        district=state.district,
        status=state.status,
        received_at=state.received_at,
        opened_at=opened.opened_at if opened else None,
        deadline=state.deadline,
        deadline_moves=state.deadline_moves,
        working_group=opened.working_group if opened else None,
        rule_set=opened.rule_set if opened else None,
        rules=opened.rules if opened else None,
        city_priorities=opened.city_priorities.version if opened else None,
        district_priorities=opened.district_priorities.version if opened else None,
        title=file.title if file else None,
        topic=file.topic if file else None,
        topic_weight=opened.topic_weight if opened else None,
        seats=[_seat_view(seat, told=state.status in ("stalled", "excepted")) for seat in state.seats],
        your_seat=mine.seat if mine else None,
        paused_since=state.pause.since if state.pause else None,
        paused_because=state.pause.reason if state.pause else None,
        stalled_because=state.stalled_because,
        substitutes_by=state.substitutes_by,
        excepted_because=state.excepted_because,
        ballots_opened_at=state.opened_ballots.at if state.opened_ballots else None,
        changes=list(state.fields_to_change),
        appealed_case=state.appealed.case if state.appealed else None,
        file=file if sees_file(state, caller) else None,
        closed_at=state.result.closed_at if closed and state.result else None,
        sign_by=state.sign_by if closed else None,
        result=_result_view(state) if inside else None,
        draft=DraftView(reason=state.draft.reason, edition=state.draft.edition) if inside and state.draft else None,
        decision=_decision_view(state),
        version=stored.version if closed else None,
    )


def _sees_result(state: Case, mine: CaseSeat | None, caller: Caller) -> bool:
    """Once decided every reader; between closing and issue secretary, auditor, chair and the members of the base (REV-10)."""
    if state.status == "decided":
        return True
    if state.shut_out(caller.subject):
        return False
    if mine is not None:
        return True
    return caller.has(*RESULT_READERS, district=state.keeping_district)


def _seat_view(seat: CaseSeat, *, told: bool) -> CaseSeatView:
    return CaseSeatView(
        seat=seat.seat,
        kind=seat.kind,
        chair=seat.chair,
        declared=seat.declaration is not None,
        recused=seat.recused,
        came=seat.ballot is not None if told else None,
    )


def _result_view(state: Case) -> ResultView | None:
    result = state.result
    if result is None:
        return None
    return ResultView(
        outcome=result.outcome,
        amount=result.amount,
        currency=state.file.currency,
        tally=result.tally,
        scores=list(result.scores),
        mean_score_hundredths=result.mean_score_hundredths,
        comments=sorted(seat.ballot.comment for seat in base_of(state.seats) if seat.ballot is not None),
    )


def _decision_view(state: Case) -> DecisionView | None:
    decision = state.decision
    if decision is None:
        return None
    return DecisionView(
        reason=decision.reason,
        signed=decision.signed,
        signed_by_seat_kind=decision.signed_by_seat_kind,
        issued_at=decision.issued_at,
    )


class HistoryView(BaseModel):
    """One thing that happened to a case. Actor and data only for auditors: they name voters (REV-10)."""

    n: int
    type: str = Field(examples=["BallotCast"])
    at: datetime
    actor: str | None
    data: dict[str, Any] | None


def history_view(entry: HistoryEntry[CaseEvent], *, whole: bool) -> HistoryView:
    """Return one entry; ``whole`` with persons."""
    event = entry.event
    by = (
        event.by
        if isinstance(event, BallotCast | BallotRevised | ConflictDeclared | PaperBallotConfirmed)
        else entry.actor
    )
    return HistoryView(
        n=entry.n,
        type=type(event).__name__,
        at=entry.at,
        actor=by if whole else None,
        data=to_document(event) if whole else None,
    )


class RuleSetVersionView(BaseModel):
    """One version of a rule set, as it stays for ever."""

    id: str
    version: int = Field(examples=[1])
    names: Names
    rules: Rules
    adopted_at: datetime


class RuleSetView(RuleSetVersionView):
    """A rule set: the version in force, and how many there are."""

    versions: list[int] = Field(description="Every one is readable under …/versions/{version}.", examples=[[1, 2]])


def rule_set_version_view(state: RuleSet, version: RuleSetVersion) -> RuleSetVersionView:
    """Return one version."""
    return RuleSetVersionView(
        id=state.id, version=version.version, names=version.names, rules=version.rules, adopted_at=version.adopted_at
    )


def rule_set_view(stored: Stored[RuleSet]) -> RuleSetView:
    """Return the version in force."""
    whole = rule_set_version_view(stored.state, stored.state.latest)
    return RuleSetView(**dict(whole), versions=[version.version for version in stored.state.versions])


class PriorityVersionView(BaseModel):
    """One version of a priority list. `district` null: the city's."""

    id: str = Field(examples=["city", "district:7"])
    district: str | None
    version: int
    topics: list[TopicWeight]
    minutes_number: str | None
    proposal: str | None = Field(description="The proposed order that it was adopted from.")
    adopted_at: datetime


class PriorityListView(PriorityVersionView):
    """A priority list: the version in force, and how many there are."""

    versions: list[int]


def priority_version_view(state: PriorityList, version: PriorityVersion) -> PriorityVersionView:
    """Return one version."""
    return PriorityVersionView(
        id=state.id,
        district=state.district,
        version=version.version,
        topics=list(version.topics),
        minutes_number=version.minutes_number,
        proposal=version.proposal,
        adopted_at=version.adopted_at,
    )


def priority_list_view(stored: Stored[PriorityList]) -> PriorityListView:
    """Return the version in force."""
    whole = priority_version_view(stored.state, stored.state.latest)
    return PriorityListView(**dict(whole), versions=[version.version for version in stored.state.versions])


class SubstituteView(BaseModel):
    """Who acts in a seat when its holder does not; public by name like the holder."""

    name: str | None
    holder: str | None = Field(description="Subject of the substitute's tokens; null for who may not see it.")
    until: datetime


class SeatView(BaseModel):
    """A seat of a working group. Who holds it is public by name; the account behind it (`holder`) is not."""

    seat: int
    kind: SeatKind
    chair: bool
    filled: bool
    name: str | None
    holder: str | None = Field(description="Subject of the holder's tokens; null for who may not see it.")
    since: datetime | None
    until: datetime | None
    substitute: SubstituteView | None


class WorkingGroupView(BaseModel):
    """A district's working group."""

    id: str = Field(examples=["wg-7"])
    district: str
    rule_set: RuleSetRef
    status: Literal["complete", "incomplete"] = Field(description="complete: every seat is filled now.")
    seats: list[SeatView]
    version: int


def working_group_view(stored: Stored[WorkingGroup], caller: Caller | None, now: datetime) -> WorkingGroupView:
    """Return the group as it is now."""
    state = stored.state
    persons = caller is not None and caller.has(*PERSON_READERS, district=state.district)
    return WorkingGroupView(
        id=stored.id,
        district=state.district,
        rule_set=state.rule_set,
        status="complete" if len(state.filled(now)) == len(state.seats) else "incomplete",
        seats=[_group_seat_view(seat, persons, now) for seat in state.seats],
        version=stored.version,
    )


def _group_seat_view(seat: Seat, persons: bool, now: datetime) -> SeatView:
    term = seat.term
    return SeatView(
        seat=seat.seat,
        kind=seat.kind,
        chair=seat.chair,
        filled=seat.filled(now),
        name=term.name if term else None,
        holder=term.subject if term and persons else None,
        since=term.since if term else None,
        until=term.until if term else None,
        substitute=_substitute_view(seat, persons),
    )


def _substitute_view(seat: Seat, persons: bool) -> SubstituteView | None:
    named = seat.substitute
    if named is None:
        return None
    return SubstituteView(name=named.name, holder=named.subject if persons else None, until=named.until)
