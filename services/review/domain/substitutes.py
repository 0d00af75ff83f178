"""Substitutes of a working group's seats: named, ended, and who of them can step in to a case (REV-1)."""

from collections.abc import Sequence
from datetime import datetime

from services.review.domain.working_group import (
    LeavingFollowed,
    SubstituteEnded,
    SubstituteNamed,
    Term,
    WorkingGroup,
    WorkingGroupEvent,
    require_no_other_seat,
)
from shared.contracts.refusals import FieldError, InvalidFields, Refusal


class SubstituteTaken(Refusal):
    """The seat has a substitute; end that first."""

    code = "substitute_taken"


class NoSubstitute(Refusal):
    """The seat has no substitute, or none who may act now."""

    code = "no_substitute"


def name_substitute(state: WorkingGroup, *, number: int, term: Term, now: datetime) -> Sequence[WorkingGroupEvent]:
    """Name who acts in a seat when its holder does not. ``term`` begins now, so that nobody else has to begin it.

    Raises NoSuchSeat, SubstituteTaken, HoldsAnotherSeat, InvalidFields.
    """
    seat = state.seat(number)
    if term.until <= now:
        raise InvalidFields(errors=[FieldError("/until", "term_is_over")])
    named = seat.substitute
    if named is not None and (named.subject, named.name, named.until) == (term.subject, term.name, term.until):
        return []
    if named is not None and named.until > now:
        raise SubstituteTaken(seat=number)
    require_no_other_seat(state, term, now)
    return [SubstituteNamed(number, term, now)]


def end_substitute(state: WorkingGroup, *, number: int, reason: str, now: datetime) -> Sequence[WorkingGroupEvent]:
    """End a substitute's term early. Raises NoSuchSeat, NoSubstitute."""
    named = state.seat(number).substitute
    if named is None:
        raise NoSubstitute(seat=number)
    return [SubstituteEnded(number, named.subject, reason, now)]


def substitute_of(state: WorkingGroup | None, number: int, at: datetime) -> Term | None:
    """Return the substitute who may act in a seat at this time; None: there is none."""
    if state is None:
        return None
    for seat in state.seats:
        if seat.seat == number and seat.substitute is not None and seat.substitute.covers(at):
            return seat.substitute
    return None


def followed(state: WorkingGroup, now: datetime, done: WorkingGroup) -> Sequence[WorkingGroupEvent]:
    """Note that the open cases have followed everybody who was leaving in ``done``; who left since is still to come."""
    return [LeavingFollowed(leaving, now) for leaving in state.leaving if leaving in done.leaving]
