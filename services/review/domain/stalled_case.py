"""How a case that found no quorum goes on: the city office names substitutes once, then headquarters decides (REV-7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.review.domain.ballot import CaseSeat
from services.review.domain.case import Case, CaseContinued, CaseEvent, CaseExcepted, CasePaused
from services.review.domain.case_seats import SubstituteSteppedIn, taken_over
from services.review.domain.opening import KnownStanding, seated
from services.review.domain.result import base_of
from services.review.domain.working_group import WorkingGroup
from shared.contracts.durations import WorkingCalendar
from shared.contracts.refusals import FieldError, InvalidFields, Refusal
from shared.contracts.review import SeatKind


class CaseNotStalled(Refusal):
    """The case does not wait for substitutes."""

    code = "case_not_stalled"


class CaseNotExcepted(Refusal):
    """The case is no exception for headquarters."""

    code = "case_not_excepted"


class BaseStillTooSmall(Refusal):
    """Fewer could vote than have to."""

    code = "base_still_too_small"


class SameGroup(Refusal):
    """The case comes before this working group already."""

    code = "same_group"


@dataclass(frozen=True, slots=True)
class NamedSubstitute:
    """A person whom the city office names for one seat of one case."""

    seat: int
    kind: SeatKind
    holder: str


def name_substitutes(
    state: Case,
    named: Sequence[NamedSubstitute],
    *,
    group: WorkingGroup,
    standing: KnownStanding,
    now: datetime,
    calendar: WorkingCalendar,
) -> Sequence[CaseEvent]:
    """Name persons for seats that are empty, recused or did not come; the case goes on with the new base (REV-7).

    Ballots that were cast stay. Raises CaseNotStalled, InvalidFields, BaseStillTooSmall.
    """
    if state.status != "stalled":
        raise CaseNotStalled(status=state.status)
    errors = list(_faults(state, named, group, now))
    if errors:
        raise InvalidFields(errors=errors)
    seats = {seat.seat: seat for seat in state.seats}
    for one in named:
        seats[one.seat] = _seat_of(one, seats.get(one.seat), now)
    rules = state.terms.rules
    return _continued(
        state,
        CaseContinued(
            "substitutes_named",
            group.id,
            group.district,
            tuple(seats[number] for number in sorted(seats)),
            calendar.due(now, rules.deadline_moves_by),
            standing.sequence,
            now,
        ),
        standing,
    )


def give_up_waiting(state: Case, *, now: datetime) -> Sequence[CaseEvent]:
    """When nobody was named in time, the case is an exception for headquarters (REV-7)."""
    if state.status != "stalled" or state.substitutes_by is None or now < state.substitutes_by:
        return []
    return [CaseExcepted("no_substitutes", now)]


def order_new_term(
    state: Case, *, standing: KnownStanding, now: datetime, calendar: WorkingCalendar
) -> Sequence[CaseEvent]:
    """Give the same seats a new term (headquarters). Raises CaseNotExcepted, BaseStillTooSmall."""
    if state.status != "excepted":
        raise CaseNotExcepted(status=state.status)
    deadline = calendar.due(now, state.terms.rules.case_within)
    return _continued(
        state,
        CaseContinued(
            "new_term",
            state.terms.working_group,
            state.deciding_district,
            state.seats,
            deadline,
            standing.sequence,
            now,
        ),
        standing,
    )


def move_to_group(
    state: Case, *, group: WorkingGroup, standing: KnownStanding, now: datetime, calendar: WorkingCalendar
) -> Sequence[CaseEvent]:
    """Bring the case before another working group, from the beginning (headquarters); whoever sat in it before stays out.

    Raises CaseNotExcepted, SameGroup, BaseStillTooSmall.
    """
    if state.status != "excepted":
        raise CaseNotExcepted(status=state.status)
    if group.id == state.terms.working_group:
        raise SameGroup()
    seats = tuple(seat for seat in seated(group, now) if not state.has_sat(seat.holder))
    deadline = calendar.due(now, state.terms.rules.case_within)
    moved = CaseContinued("another_group", group.id, group.district, seats, deadline, standing.sequence, now)
    return _continued(state, moved, standing)


def _continued(state: Case, event: CaseContinued, standing: KnownStanding) -> Sequence[CaseEvent]:
    """Go on, or pause at once if the organisation may not be decided about now (I9)."""
    least = state.terms.rules.quorum.least
    if len(base_of(event.seats)) < least:
        raise BaseStillTooSmall(least=least)
    if standing.may_be_decided:
        return [event]
    return [event, CasePaused(standing.reason, standing.sequence, event.at)]


def _seat_of(named: NamedSubstitute, seat: CaseSeat | None, now: datetime) -> CaseSeat:
    if seat is None:
        return CaseSeat(named.seat, named.kind, chair=False, holder=named.holder)
    return taken_over(seat, SubstituteSteppedIn(named.seat, named.holder, None, "named", "", now))


def _faults(state: Case, named: Sequence[NamedSubstitute], group: WorkingGroup, now: datetime) -> Iterator[FieldError]:
    kinds = {seat.seat: seat.kind for seat in group.seats}
    voted = {seat.seat for seat in state.seats if seat.ballot is not None}
    for place, one in enumerate(named):
        others = [other for at, other in enumerate(named) if at != place]
        held = [
            seat.seat
            for seat in group.seats
            for term in (seat.term, seat.substitute)
            if term is not None and term.covers(now) and term.subject == one.holder
        ]
        if one.seat not in kinds:
            yield FieldError(f"/seats/{place}/seat", "no_such_seat", {"seat": one.seat})
        elif one.kind != kinds[one.seat]:
            yield FieldError(f"/seats/{place}/kind", "wrong_kind_of_seat", {"kind": kinds[one.seat]})
        elif one.seat in voted:
            yield FieldError(f"/seats/{place}/seat", "seat_has_voted")
        if any(one.seat == other.seat or one.holder == other.holder for other in others):
            yield FieldError(f"/seats/{place}", "named_twice")
        if state.has_sat(one.holder):
            yield FieldError(f"/seats/{place}/holder", "has_sat_in_case")
        elif any(seat != one.seat for seat in held):
            yield FieldError(f"/seats/{place}/holder", "holds_another_seat", {"seat": held[0]})
