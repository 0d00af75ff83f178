"""A district's working group (کارگروه): seats by rule, filled for terms (REV-1).

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
    """The person holds another seat of this district in that time (REV-1)."""

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

    def filled(self, at: datetime) -> bool:
        """Tell whether the seat counts as filled at this time; an ended term does not."""
        return self.term is not None and self.term.covers(at)


@dataclass(frozen=True, slots=True)
class WorkingGroup:
    """The group with its seats by number. ``constituted``: it once had as many seats filled as a quorum needs."""

    id: str
    district: str
    rule_set: RuleSetRef
    least: int
    seats: tuple[Seat, ...]
    constituted: bool = False

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
    """A term is over; the seat counts as unfilled."""

    seat: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SeatEmptied:
    """The holder left, or was taken out of the seat, before the end of the term."""

    seat: int
    reason: str
    at: datetime


WorkingGroupEvent = WorkingGroupSetUp | SeatFilled | TermBegan | TermEnded | SeatEmptied


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
    for other in state.seats:
        held = other.term
        if held is None or other.seat == number or held.subject != term.subject:
            continue
        if held.since < term.until and term.since < held.until and held.until > now:
            raise HoldsAnotherSeat(seat=other.seat)
    return [SeatFilled(number, term, now)]


def empty(state: WorkingGroup, *, number: int, reason: str, now: datetime) -> Sequence[WorkingGroupEvent]:
    """Empty a seat; open cases keep their base (REV-3). Raises NoSuchSeat, SeatEmpty."""
    if state.seat(number).term is None:
        raise SeatEmpty(seat=number)
    return [SeatEmptied(number, reason, now)]


def turn_terms(state: WorkingGroup, now: datetime) -> Sequence[WorkingGroupEvent]:
    """Return the terms that have begun or ended by now; nothing if none has."""
    events: list[WorkingGroupEvent] = []
    for seat in state.seats:
        if seat.term is None:
            continue
        if seat.term.until <= now:
            events.append(TermEnded(seat.seat, now))
        elif not seat.began and seat.term.since <= now:
            events.append(TermBegan(seat.seat, now))
    return events


def next_turn(state: WorkingGroup) -> datetime | None:
    """Return when the next term begins or ends, for the sweep."""
    turns = [s.term.until if s.began else s.term.since for s in state.seats if s.term is not None]
    return min(turns, default=None)


def evolve(state: WorkingGroup | None, event: WorkingGroupEvent) -> WorkingGroup:
    """Apply one event."""
    if isinstance(event, WorkingGroupSetUp):
        seats = tuple(Seat(rule.seat, rule.kind, rule.chair) for rule in event.seats)
        return WorkingGroup(event.id, event.district, event.rule_set, event.least, seats)
    if state is None:
        raise AssertionError("a working group begins with being set up")
    if isinstance(event, SeatFilled):
        group = _with(state, event.seat, term=event.term, began=event.term.covers(event.at))
    elif isinstance(event, TermBegan):
        group = _with(state, event.seat, term=state.seat(event.seat).term, began=True)
    else:
        group = _with(state, event.seat, term=None, began=False)
    constituted = group.constituted or len(group.filled(event.at)) >= group.least
    return replace(group, constituted=constituted)


def _with(state: WorkingGroup, number: int, *, term: Term | None, began: bool) -> WorkingGroup:
    seats = tuple(replace(s, term=term, began=began) if s.seat == number else s for s in state.seats)
    return replace(state, seats=seats)
