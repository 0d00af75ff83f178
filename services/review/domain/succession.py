"""When a substitute steps in to an open case, and what a member leaves behind (REV-1)."""

from collections.abc import Sequence
from datetime import datetime

from services.review.domain.case import Case, CaseEvent, evolve
from services.review.domain.case_seats import MemberLeft, SubstituteSteppedIn
from services.review.domain.case_steps import close_if_complete, require_open
from services.review.domain.substitutes import NoSubstitute
from services.review.domain.working_group import Term
from shared.contracts.durations import WorkingCalendar
from shared.contracts.refusals import Refusal


class HasDeclared(Refusal):
    """The seat's member has declared and so is not absent."""

    code = "has_declared"


def stand_in(state: Case, *, seat: int, substitute: Term | None, reason: str, now: datetime) -> Sequence[CaseEvent]:
    """Let the named substitute step in, on the city office's word that the member is absent (REV-1).

    Absent is who has not declared: whether a member who declared has cast is sealed (REV-5). The same for a seat that is out of the
    base and had no substitute at that time. Raises NoSuchSeat, HasDeclared, NoSubstitute, CaseNotOpen, CaseIsPaused, DeadlinePassed.
    """
    held = state.seat(seat)
    require_open(state, now)
    if held.declaration is not None and not held.recused and not held.vacated:
        raise HasDeclared(seat=seat)
    if substitute is None or state.has_sat(substitute.subject):
        raise NoSubstitute(seat=seat)
    return [SubstituteSteppedIn(seat, substitute.subject, substitute.until, "absent", reason, now)]


def follow(
    state: Case, *, subject: str, left_at: datetime, substitute: Term | None, now: datetime, calendar: WorkingCalendar
) -> Sequence[CaseEvent]:
    """Let a member leave the case with the group: a ballot cast before stays, else the substitute steps in or the seat leaves the base.

    Nothing for who does not sit here, has left or is recused, or once the ballots are counted.
    """
    held = state.seat_held_by(subject)
    if held is None or not (state.voting or state.status == "stalled") or held.left_at is not None or held.recused:
        return []
    left = MemberLeft(held.seat, left_at)
    if held.ballot is None and substitute is not None and not state.has_sat(substitute.subject):
        return [left, SubstituteSteppedIn(held.seat, substitute.subject, substitute.until, "left", "", now)]
    after = evolve(state, left)
    return [left, *(close_if_complete(after, now, calendar) if after.status == "open" else ())]
