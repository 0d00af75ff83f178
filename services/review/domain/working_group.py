"""A district's working group (کارگروه): seats by rule, filled for terms, each with a substitute if one is named (REV-1).

A district has one group, so "at most one seat of a district" is decided inside one document.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.contracts.refusals import FieldError, InvalidFields, Refusal
from shared.contracts.review import RuleSetRef, SeatKind, SeatRule


class WorkingGroupExists(Refusal):
    """The district has its working group already."""

    code = "working_group_exists"


class NoSuchSeat(Refusal):
    """The group or case has no seat of this number."""

    code = "no_such_seat"
    kind = "not_found"


class SeatTaken(Refusal):
    """The seat has a holder; empty it first."""

    code = "seat_taken"


class SeatEmpty(Refusal):
    """The seat has no holder."""

    code = "seat_empty"


class HoldsAnotherSeat(Refusal):
    """The person holds a seat of this district in that time, or is its substitute (REV-1)."""

    code = "holds_another_seat"


def group_id(district: str) -> str:
    """Return the id of the district's one working group."""
    return f"wg-{district}"


@dataclass(frozen=True, slots=True)
class Term:
    """A person in a seat, from (included) until (excluded). ``subject`` is the ``sub`` of the person's tokens."""

    subject: str
    name: str | None
    since: datetime
    until: datetime

    def covers(self, at: datetime) -> bool:
        """Tell whether the term runs at this time."""
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat. ``began``: the start of the term was announced."""

    seat: int
    kind: SeatKind
    chair: bool
    term: Term | None = None
    began: bool = False
    substitute: Term | None = None

    def sitting(self, at: datetime) -> Term | None:
        """Return who acts in the seat at this time: its holder, or else its substitute (REV-1)."""
        return next((term for term in (self.term, self.substitute) if term is not None and term.covers(at)), None)

    def filled(self, at: datetime) -> bool:
        """Tell whether the seat counts as filled at this time; an ended term does not."""
        return self.sitting(at) is not None


@dataclass(frozen=True, slots=True)
class Leaving:
    """A person who no longer acts in a seat, as long as the open cases have not followed."""

    seat: int
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkingGroup:
    """The group with its seats by number. ``constituted``: it once had as many seats filled as a quorum needs.

    leaving: who left and is still to be followed by the cases that this person sits in.
    """

    id: str
    district: str
    rule_set: RuleSetRef
    least: int
    seats: tuple[Seat, ...]
    constituted: bool = False
    leaving: tuple[Leaving, ...] = ()

    def seat(self, number: int) -> Seat:
        """Return one seat. Raises NoSuchSeat."""
        for seat in self.seats:
            if seat.seat == number:
                return seat
        raise NoSuchSeat(seat=number)

    def filled(self, at: datetime) -> tuple[Seat, ...]:
        """Return the seats filled at this time: the base of a case that opens then (REV-3)."""
        return tuple(seat for seat in self.seats if seat.filled(at))


@dataclass(frozen=True, slots=True)
class WorkingGroupSetUp:
    """The group was set up with the seats of its rule set, all empty. ``least``: the least that decide (REV-6)."""

    id: str
    district: str
    rule_set: RuleSetRef
    seats: tuple[SeatRule, ...]
    least: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SeatFilled:
    """A person was given a seat for a term."""

    seat: int
    term: Term
    at: datetime


@dataclass(frozen=True, slots=True)
class TermBegan:
    """A term given before its first day has begun."""

    seat: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TermEnded:
    """A term is over; the seat counts as unfilled. ``subject``: whose it was; histories before substitutes do not say."""

    seat: int
    at: datetime
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class SeatEmptied:
    """The holder left, or was taken out of the seat, before the end of the term. ``subject`` as in TermEnded."""

    seat: int
    reason: str
    at: datetime
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class SubstituteNamed:
    """A person acts in the seat whenever its holder does not, for a term."""

    seat: int
    term: Term
    at: datetime


@dataclass(frozen=True, slots=True)
class SubstituteEnded:
    """The substitute's term is over, or was ended early; ``reason`` says why, empty: it was over."""

    seat: int
    subject: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LeavingFollowed:
    """The open cases have followed a person's leaving."""

    leaving: Leaving
    at: datetime


WorkingGroupEvent = (
    WorkingGroupSetUp
    | SeatFilled
    | TermBegan
    | TermEnded
    | SeatEmptied
    | SubstituteNamed
    | SubstituteEnded
    | LeavingFollowed
)


def set_up(
    state: WorkingGroup | None,
    *,
    district: str,
    rule_set: RuleSetRef,
    seats: Sequence[SeatRule],
    least: int,
    now: datetime,
) -> Sequence[WorkingGroupEvent]:
    """Set up the district's group. Raises WorkingGroupExists."""
    if state is not None:
        raise WorkingGroupExists(district=district)
    in_order = tuple(sorted(seats, key=lambda rule: rule.seat))
    return [WorkingGroupSetUp(group_id(district), district, rule_set, in_order, least, now)]


def fill(state: WorkingGroup, *, number: int, term: Term, now: datetime) -> Sequence[WorkingGroupEvent]:
    """Fill a seat for a term. Raises NoSuchSeat, SeatTaken, HoldsAnotherSeat, InvalidFields."""
    seat = state.seat(number)
    if term.until <= term.since:
        raise InvalidFields(errors=[FieldError("/until", "term_ends_before_it_begins")])
    if term.until <= now:
        raise InvalidFields(errors=[FieldError("/until", "term_is_over")])
    if seat.term == term:
        return []
    if seat.term is not None and seat.term.until > now:
        raise SeatTaken(seat=number)
    require_no_other_seat(state, term, now)
    return [SeatFilled(number, term, now)]


def require_no_other_seat(state: WorkingGroup, term: Term, now: datetime) -> None:
    """Raise HoldsAnotherSeat if the person holds, or is the substitute of, a seat of the district in that time (REV-1)."""
    for seat in state.seats:
        for held in (seat.term, seat.substitute):
            if held is None or held.subject != term.subject:
                continue
            if held.since < term.until and term.since < held.until and held.until > now:
                raise HoldsAnotherSeat(seat=seat.seat)


def empty(state: WorkingGroup, *, number: int, reason: str, now: datetime) -> Sequence[WorkingGroupEvent]:
    """Empty a seat; open cases keep a ballot that the holder has cast (REV-3). Raises NoSuchSeat, SeatEmpty."""
    term = state.seat(number).term
    if term is None:
        raise SeatEmpty(seat=number)
    return [SeatEmptied(number, reason, now, term.subject)]


def turn_terms(state: WorkingGroup, now: datetime) -> Sequence[WorkingGroupEvent]:
    """Return the terms that have begun or ended by now; nothing if none has."""
    events: list[WorkingGroupEvent] = []
    for seat in state.seats:
        if seat.term is not None and seat.term.until <= now:
            events.append(TermEnded(seat.seat, now, seat.term.subject))
        elif seat.term is not None and not seat.began and seat.term.since <= now:
            events.append(TermBegan(seat.seat, now))
        if seat.substitute is not None and seat.substitute.until <= now:
            events.append(SubstituteEnded(seat.seat, seat.substitute.subject, "", now))
    return events


def next_turn(state: WorkingGroup) -> datetime | None:
    """Return when the next term begins or ends, or since when the open cases have to follow somebody's leaving, for the sweep."""
    turns = [s.term.until if s.began else s.term.since for s in state.seats if s.term is not None]
    turns += [s.substitute.until for s in state.seats if s.substitute is not None]
    return min([*turns, *(leaving.at for leaving in state.leaving)], default=None)


def evolve(state: WorkingGroup | None, event: WorkingGroupEvent) -> WorkingGroup:
    """Apply one event."""
    if isinstance(event, WorkingGroupSetUp):
        seats = tuple(Seat(rule.seat, rule.kind, rule.chair) for rule in event.seats)
        return WorkingGroup(event.id, event.district, event.rule_set, event.least, seats)
    if state is None:
        raise AssertionError("a working group begins with being set up")
    if isinstance(event, LeavingFollowed):
        return replace(state, leaving=tuple(one for one in state.leaving if one != event.leaving))
    seat = state.seat(event.seat)
    if isinstance(event, SeatFilled):
        group = _with(state, replace(seat, term=event.term, began=event.term.covers(event.at)))
    elif isinstance(event, TermBegan):
        group = _with(state, replace(seat, began=True))
    elif isinstance(event, SubstituteNamed):
        group = _with(state, replace(seat, substitute=event.term))
    elif isinstance(event, SubstituteEnded):
        group = _with(state, replace(seat, substitute=None))
    else:
        group = _with(state, replace(seat, term=None, began=False))
    if isinstance(event, TermEnded | SeatEmptied | SubstituteEnded) and event.subject is not None:
        group = replace(group, leaving=(*group.leaving, Leaving(event.seat, event.subject, event.at)))
    constituted = group.constituted or len(group.filled(event.at)) >= group.least
    return replace(group, constituted=constituted)


def _with(state: WorkingGroup, seat: Seat) -> WorkingGroup:
    return replace(state, seats=tuple(seat if s.seat == seat.seat else s for s in state.seats))
