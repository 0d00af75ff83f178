"""A paper ballot: the secretary enters it for a member, and it counts when the member confirms it by a code (REV-5).

Nothing that the secretary is told depends on whether the member has cast: that is sealed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.review.domain.ballot import PaperBallot
from services.review.domain.case import Case, CaseEvent
from services.review.domain.case_steps import (
    EDITIONS,
    BallotForm,
    NoLongerMember,
    NotDeclared,
    RecusedFromCase,
    TooManyEditions,
    filled_in,
    own_seat,
    require_open,
    vote,
)
from services.review.domain.paper_ballots import PaperBallotConfirmed, PaperBallotEntered, PaperCodeMistyped
from shared.certification import Certification, NoCode, SamePerson, WrongCodeEntered, certify
from shared.contracts.durations import WorkingCalendar


def enter_paper(
    state: Case, *, seat: int, form: BallotForm, certification: Certification, by: str, now: datetime
) -> Sequence[CaseEvent]:
    """Enter a member's paper ballot; ``certification`` holds the digest of its code. One entered before is void.

    Raises NoSuchSeat, RecusedFromCase, SamePerson, CaseNotOpen, CaseIsPaused, DeadlinePassed, NoLongerMember, NotDeclared,
    TooManyEditions, BallotIncomplete.
    """
    held = state.seat(seat)
    if held.recused:
        raise RecusedFromCase(seat=seat)
    if held.holder == by:
        raise SamePerson()
    require_open(state, now)
    if held.over(now):
        raise NoLongerMember(seat=seat)
    if held.declaration is None:
        raise NotDeclared(seat=seat)
    if held.papers >= EDITIONS:
        raise TooManyEditions(editions=EDITIONS)
    return [PaperBallotEntered(seat, PaperBallot(filled_in(state, form, edition=1), certification), by, now)]


def confirm_paper(
    state: Case, *, seat: int, subject: str, digest: str, now: datetime, calendar: WorkingCalendar
) -> Sequence[CaseEvent]:
    """Confirm the own paper ballot by its code (``digest``: the code's keyed digest): it is cast, in place of one cast before.

    A wrong code uses up a try. Raises NoSuchSeat, NotYourSeat, RecusedFromCase, CaseNotOpen, CaseIsPaused, DeadlinePassed,
    NoLongerMember, RevisedAlready, DiscussionOver, TooManyEditions, NoCode, SamePerson, CodeSpent.
    """
    mine = own_seat(state, seat, subject)
    require_open(state, now)
    if mine.over(now):
        raise NoLongerMember(seat=seat)
    if mine.paper is None:
        raise NoCode()
    (said,) = certify(mine.paper.certification, digest=digest, by=subject, now=now)
    if isinstance(said, WrongCodeEntered):
        return [PaperCodeMistyped(seat, now)]
    edition = 1 if mine.ballot is None else mine.ballot.edition + 1
    ballot = replace(mine.paper.ballot, edition=edition)
    cast = vote(state, mine, ballot, subject=subject, now=now, calendar=calendar)
    return [PaperBallotConfirmed(seat, subject, now), *cast]
