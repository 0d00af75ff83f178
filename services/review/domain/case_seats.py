"""How the persons in the seats of a case change after it opened: a substitute steps in, a member leaves (REV-1)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.review.domain.ballot import CaseSeat, Former

Because = Literal["recused", "left", "absent", "named"]
"""Why somebody else sits in a seat: the holder declared a conflict, left the group or is absent, or the city office named someone."""


@dataclass(frozen=True, slots=True)
class SubstituteSteppedIn:
    """The seat's substitute sits in the case now, undeclared. until: end of the substitute's term, None: for the whole case.

    reason: the city office's words when a holder is absent; empty otherwise.
    """

    seat: int
    holder: str
    until: datetime | None
    because: Because
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberLeft:
    """The member's term is over, or the seat was emptied, while the case was being voted on."""

    seat: int
    at: datetime


def taken_over(seat: CaseSeat, event: SubstituteSteppedIn) -> CaseSeat:
    """Return the seat with its new holder, who has to declare first (REV-3) and is not the chair."""
    former = Former(seat.holder, seat.declaration, event.at)
    return replace(
        seat,
        chair=False,
        holder=event.holder,
        declaration=None,
        ballot=None,
        revised_from=None,
        paper=None,
        until=event.until,
        left_at=None,
        former=(*seat.former, former),
    )


def left(seat: CaseSeat, event: MemberLeft) -> CaseSeat:
    """Return the seat after its holder left; a ballot cast before stays."""
    return replace(seat, left_at=event.at)
