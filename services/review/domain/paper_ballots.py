"""Paper ballots: what happens to one (REV-5). Who enters and who confirms it is in paper_voting.py."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.review.domain.ballot import CaseSeat, PaperBallot
from shared.certification import WrongCodeEntered, certification_after


@dataclass(frozen=True, slots=True)
class PaperBallotEntered:
    """The secretary entered a member's paper ballot; one entered before and not confirmed is void."""

    seat: int
    paper: PaperBallot
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaperCodeMistyped:
    """The member entered another code; a try is used up."""

    seat: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PaperBallotConfirmed:
    """The member confirmed it by its code; what follows casts it."""

    seat: int
    by: str
    at: datetime


def entered(seat: CaseSeat, event: PaperBallotEntered) -> CaseSeat:
    """Return the seat with its paper ballot, which does not count yet."""
    return replace(seat, paper=event.paper, papers=seat.papers + 1)


def mistyped(seat: CaseSeat, event: PaperCodeMistyped) -> CaseSeat:
    """Return the seat after a wrong code."""
    if seat.paper is None:
        return seat
    left = certification_after(seat.paper.certification, WrongCodeEntered(event.at))
    return seat if left is None else replace(seat, paper=replace(seat.paper, certification=left))
