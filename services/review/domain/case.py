"""A case (پرونده بررسی): one revision of one request before one working group. Its state and what can happen to it.

    awaiting → open → closed → decided
                 ↘ changes_requested · stalled → excepted, both → open
    open and closed can be paused and resumed; everything before decided can end as withdrawn.

``awaiting``: the submission came before the group, the rule set or the standing is known here; kept and opened later.
A withdrawal that comes before its submission makes a case that is withdrawn from the start and bars the submission.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import singledispatch
from typing import Final, Literal

from services.review.domain.appealed import Appealed, AppealReceived
from services.review.domain.ballot import Ballot, CaseSeat, Declaration
from services.review.domain.case_seats import MemberLeft, SubstituteSteppedIn, left, taken_over
from services.review.domain.opened_ballots import BallotRevised, BallotsOpened, DiscussionEnded, OpenedBallots
from services.review.domain.paper_ballots import (
    PaperBallotConfirmed,
    PaperBallotEntered,
    PaperCodeMistyped,
    entered,
    mistyped,
)
from services.review.domain.result import Result, base_of
from services.review.domain.working_group import NoSuchSeat
from shared.contracts.ids import derive_id
from shared.contracts.requests import Submission
from shared.contracts.review import FieldReason, Rules, RuleSetRef, SeatKind, TopicWeight

CaseStatus = Literal[
    "awaiting", "open", "paused", "closed", "decided", "changes_requested", "withdrawn", "stalled", "excepted"
]
StallReason = Literal["no_quorum", "base_too_small"]
ExceptionReason = Literal["no_quorum", "base_too_small", "no_substitutes"]

UNSETTLED: Final[tuple[CaseStatus, ...]] = ("awaiting", "open", "paused", "closed")
"""Where a standing still matters: what a worse or better standing scans (I9)."""


def case_id(request: str, revision: int) -> str:
    """Return the one id of a revision's case, so that a repeated submission opens nothing new."""
    return derive_id("case", request, str(revision))


@dataclass(frozen=True, slots=True)
class FrozenPriorities:
    """A priority list as it was when the case opened. Version 0: there was none."""

    version: int = 0
    topics: tuple[TopicWeight, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening froze (REV-2): the rules, the lists and the name, whole, whatever is adopted later."""

    working_group: str
    rule_set: RuleSetRef
    rules: Rules
    city_priorities: FrozenPriorities
    district_priorities: FrozenPriorities
    topic_weight: int
    organization_name: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when and why the case stands still, and where it goes on."""

    since: datetime
    reason: str
    during: Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Draft:
    """The secretary's draft of the reason; ``edition`` counts drafts from 1."""

    reason: str
    edition: int
    drafted_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """The issued decision (تصمیم کارگروه): the result of closing with its reason. Never changed."""

    reason: str
    signed: bool
    signed_by_seat_kind: SeatKind | None
    issued_at: datetime
    standing_sequence: int


@dataclass(frozen=True, slots=True)
class Case:
    """The state. ``to_cast``: subjects of the base that have not cast while the case is open (for their own lists only).

    standing_sequence: number of the standing by which the case was last opened, continued, paused or resumed.
    substituted: it stalled and went on, so what it misses next is an exception (REV-7). appealed: the decision that it is a panel about.
    """

    id: str
    request: str
    revision: int
    organization: str
    district: str
    status: CaseStatus
    received_at: datetime
    submission: Submission | None = None
    opened: Opened | None = None
    seats: tuple[CaseSeat, ...] = ()
    to_cast: tuple[str, ...] = ()
    deadline: datetime | None = None
    deadline_moves: int = 0
    standing_sequence: int = 0
    pause: Pause | None = None
    fields_to_change: tuple[FieldReason, ...] = ()
    stalled_because: StallReason | None = None
    result: Result | None = None
    sign_by: datetime | None = None
    draft: Draft | None = None
    decision: Decision | None = None
    substitutes_by: datetime | None = None
    substituted: bool = False
    excepted_because: ExceptionReason | None = None
    sits_in: str | None = None
    opened_ballots: OpenedBallots | None = None
    appealed: Appealed | None = None

    @property
    def deciding_district(self) -> str:
        """The district whose working group decides: the request's own, unless headquarters named another group (REV-7)."""
        return self.sits_in or self.district

    @property
    def keeping_district(self) -> str:
        """The district whose secretary keeps the case: the request's own, but of a panel the panel's (REQ-13)."""
        return self.district if self.appealed is None else self.deciding_district

    def seat(self, number: int) -> CaseSeat:
        """Return one seat of the base as opened. Raises NoSuchSeat."""
        for seat in self.seats:
            if seat.seat == number:
                return seat
        raise NoSuchSeat(seat=number)

    def seat_held_by(self, subject: str) -> CaseSeat | None:
        """Return the person's seat in this case, or None. A person holds at most one (REV-1)."""
        return next((seat for seat in self.seats if seat.holder == subject), None)

    def has_sat(self, subject: str) -> bool:
        """Tell whether the person sits in this case, did before a substitute stepped in, or sat in the case that is appealed."""
        if self.appealed is not None and subject in self.appealed.sat:
            return True
        return any(subject in (seat.holder, *(former.holder for former in seat.former)) for seat in self.seats)

    def shut_out(self, subject: str) -> bool:
        """Tell whether the person declared a conflict in this case, also if a substitute sits there now (REV-3)."""
        declared = [(seat.holder, seat.declaration) for seat in self.seats]
        declared += [(former.holder, former.declaration) for seat in self.seats for former in seat.former]
        return any(who == subject and d is not None and d.conflict != "none" for who, d in declared)

    @property
    def file(self) -> Submission:
        """The submission as the case judges it; only a case barred from the start has none."""
        if self.submission is None:
            raise AssertionError(f"case {self.id} is {self.status} and has no submission")
        return self.submission

    @property
    def terms(self) -> Opened:
        """What opening froze; a case that awaits, or was barred, has none."""
        if self.opened is None:
            raise AssertionError(f"case {self.id} is {self.status} and was not opened")
        return self.opened

    @property
    def voting(self) -> bool:
        """Tell whether ballots are still sealed and may change: open, or paused while open."""
        return self.status == "open" or (self.pause is not None and self.pause.during == "open")


@dataclass(frozen=True, slots=True)
class SubmissionReceived:
    """A submitted revision arrived, whole."""

    submission: Submission
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """The case opened: base, rules and lists are frozen (REV-2, REV-3). sits_in: the district of a panel, None: the request's own."""

    opened: Opened
    seats: tuple[CaseSeat, ...]
    deadline: datetime
    standing_sequence: int
    at: datetime
    sits_in: str | None = None


@dataclass(frozen=True, slots=True)
class ConflictDeclared:
    """A member declared no conflict, or one, and with it left the case; a ballot already cast is struck."""

    seat: int
    declaration: Declaration
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BallotCast:
    """A ballot was cast or replaced. Stays inside the document; nothing is announced (REV-5)."""

    seat: int
    ballot: Ballot
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangesRequested:
    """The secretary sent the request back before any ballot; the case is over."""

    fields: tuple[FieldReason, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class DeadlineMoved:
    """No quorum at the deadline (REV-7)."""

    deadline: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseStalled:
    """No quorum at the moved deadline, or a base too small (REV-7). until: when substitutes have to be named; None: an old history."""

    reason: StallReason
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseContinued:
    """A stalled case or an exception goes on before ``seats`` (REV-7). district: whose group decides."""

    because: Literal["substitutes_named", "new_term", "another_group"]
    working_group: str
    district: str
    seats: tuple[CaseSeat, ...]
    deadline: datetime
    standing_sequence: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseExcepted:
    """Only headquarters can help now (REV-7)."""

    reason: ExceptionReason
    at: datetime


@dataclass(frozen=True, slots=True)
class CasePaused:
    """The organisation may not be decided about now (REG-4)."""

    reason: str
    standing_sequence: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseResumed:
    """It may again; the running term is longer by the pause."""

    deadline: datetime
    sign_by: datetime | None
    standing_sequence: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseClosed:
    """The result is fixed (REV-7, REV-10)."""

    result: Result
    sign_by: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class SummaryDrafted:
    """The secretary drafted the reason (REV-10)."""

    draft: Draft
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DecisionIssued:
    """The decision left the working group (REV-10)."""

    decision: Decision
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseWithdrawn:
    """The request was withdrawn or lapsed, or the appeal ended, before the decision. ``because``: which event said so."""

    id: str
    request: str
    revision: int
    organization: str
    district: str
    because: Literal["request_withdrawn", "request_lapsed", "appeal_ended"]
    at: datetime


CaseEvent = (
    SubmissionReceived
    | AppealReceived
    | CaseOpened
    | ConflictDeclared
    | SubstituteSteppedIn
    | MemberLeft
    | BallotCast
    | BallotsOpened
    | BallotRevised
    | DiscussionEnded
    | PaperBallotEntered
    | PaperCodeMistyped
    | PaperBallotConfirmed
    | ChangesRequested
    | DeadlineMoved
    | CaseStalled
    | CaseContinued
    | CaseExcepted
    | CasePaused
    | CaseResumed
    | CaseClosed
    | SummaryDrafted
    | DecisionIssued
    | CaseWithdrawn
)


def evolve(state: Case | None, event: CaseEvent) -> Case:
    """Apply one event."""
    if state is None:
        return _begin(event)
    after: Case = _apply(event, state)
    waiting = tuple(s.holder for s in base_of(after.seats) if s.ballot is None) if after.status == "open" else ()
    return replace(after, to_cast=waiting)


def fold(state: Case | None, events: Sequence[CaseEvent]) -> Case | None:
    """Apply several events in order."""
    for event in events:
        state = evolve(state, event)
    return state


def next_due(state: Case) -> datetime | None:
    """Return when the sweep has to look: at the deadline, at the end of the term for signing, or of that for substitutes."""
    return {"open": state.deadline, "closed": state.sign_by, "stalled": state.substitutes_by}.get(state.status)


def _begin(event: CaseEvent) -> Case:
    if isinstance(event, SubmissionReceived | AppealReceived):
        file = event.submission
        return Case(
            id=event.id if isinstance(event, AppealReceived) else case_id(file.request, file.revision),
            request=file.request,
            revision=file.revision,
            organization=file.organization,
            district=file.district,
            status="awaiting",
            received_at=event.at,
            submission=file,
            appealed=event.appealed if isinstance(event, AppealReceived) else None,
        )
    if isinstance(event, CaseWithdrawn):
        return Case(event.id, event.request, event.revision, event.organization, event.district, "withdrawn", event.at)
    raise AssertionError(f"no case begins with {type(event).__name__}")


@singledispatch
def _apply(event: CaseEvent, state: Case) -> Case:
    raise AssertionError(f"{type(event).__name__} happens to no case that exists")


@_apply.register
def _(event: CaseOpened, state: Case) -> Case:
    return replace(
        state,
        status="open",
        opened=event.opened,
        seats=event.seats,
        deadline=event.deadline,
        standing_sequence=event.standing_sequence,
        sits_in=event.sits_in,
    )


@_apply.register
def _(event: ConflictDeclared, state: Case) -> Case:
    recused = event.declaration.conflict != "none"
    seat = replace(state.seat(event.seat), declaration=event.declaration)
    return _with_seat(state, replace(seat, ballot=None, revised_from=None, paper=None) if recused else seat)


@_apply.register
def _(event: SubstituteSteppedIn, state: Case) -> Case:
    return _with_seat(state, taken_over(state.seat(event.seat), event))


@_apply.register
def _(event: MemberLeft, state: Case) -> Case:
    return _with_seat(state, left(state.seat(event.seat), event))


@_apply.register
def _(event: BallotCast, state: Case) -> Case:
    """Whatever way it came, it is the member's last word: a paper ballot that waits is void."""
    return _with_seat(state, replace(state.seat(event.seat), ballot=event.ballot, paper=None))


@_apply.register
def _(event: BallotsOpened, state: Case) -> Case:
    return replace(state, opened_ballots=event.opened)


@_apply.register
def _(event: BallotRevised, state: Case) -> Case:
    seat = state.seat(event.seat)
    return _with_seat(state, replace(seat, ballot=event.ballot, revised_from=seat.ballot, paper=None))


@_apply.register
def _(_event: DiscussionEnded, state: Case) -> Case:
    opened = state.opened_ballots
    return state if opened is None else replace(state, opened_ballots=replace(opened, over=True))


@_apply.register
def _(event: PaperBallotEntered, state: Case) -> Case:
    return _with_seat(state, entered(state.seat(event.seat), event))


@_apply.register
def _(event: PaperCodeMistyped, state: Case) -> Case:
    return _with_seat(state, mistyped(state.seat(event.seat), event))


@_apply.register
def _(_event: PaperBallotConfirmed, state: Case) -> Case:
    return state


@_apply.register
def _(event: ChangesRequested, state: Case) -> Case:
    return replace(state, status="changes_requested", fields_to_change=event.fields)


@_apply.register
def _(event: DeadlineMoved, state: Case) -> Case:
    return replace(state, deadline=event.deadline, deadline_moves=state.deadline_moves + 1)


@_apply.register
def _(event: CaseStalled, state: Case) -> Case:
    return replace(state, status="stalled", stalled_because=event.reason, substitutes_by=event.until)


@_apply.register
def _(event: CaseContinued, state: Case) -> Case:
    """Another group has not missed a deadline yet; the same one has."""
    anew = event.because == "another_group"
    return replace(
        state,
        status="open",
        opened=replace(state.terms, working_group=event.working_group),
        sits_in=event.district if event.district != state.district else None,
        seats=event.seats,
        deadline=event.deadline,
        deadline_moves=0 if anew else state.deadline_moves,
        standing_sequence=event.standing_sequence,
        substitutes_by=None,
        substituted=True,
        opened_ballots=None if anew else state.opened_ballots,
    )


@_apply.register
def _(event: CaseExcepted, state: Case) -> Case:
    return replace(state, status="excepted", excepted_because=event.reason, substitutes_by=None)


@_apply.register
def _(event: CasePaused, state: Case) -> Case:
    pause = Pause(event.at, event.reason, "closed" if state.status == "closed" else "open")
    return replace(state, status="paused", pause=pause, standing_sequence=event.standing_sequence)


@_apply.register
def _(event: CaseResumed, state: Case) -> Case:
    return replace(
        state,
        status="closed" if state.result is not None else "open",
        pause=None,
        deadline=event.deadline,
        sign_by=event.sign_by,
        standing_sequence=event.standing_sequence,
    )


@_apply.register
def _(event: CaseClosed, state: Case) -> Case:
    return replace(state, status="closed", result=event.result, sign_by=event.sign_by)


@_apply.register
def _(event: SummaryDrafted, state: Case) -> Case:
    return replace(state, draft=event.draft)


@_apply.register
def _(event: DecisionIssued, state: Case) -> Case:
    return replace(state, status="decided", decision=event.decision)


@_apply.register
def _(event: CaseWithdrawn, state: Case) -> Case:
    return replace(state, status="withdrawn", pause=None)


def _with_seat(state: Case, seat: CaseSeat) -> Case:
    return replace(state, seats=tuple(seat if s.seat == seat.seat else s for s in state.seats))
