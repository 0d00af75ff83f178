"""From ballots to a result: base, quorum, votes and amount (REV-3, REV-6, REV-8, REV-9). Whole numbers only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.review.domain.ballot import Ballot, CaseSeat, Vote
from shared.contracts.requests import Criterion
from shared.contracts.review import CriterionScore, Quorum, Tally

Outcome = Literal["approved", "rejected"]


@dataclass(frozen=True, slots=True)
class Result:
    """The result as fixed at closing; it never changes (REV-10). ``amount`` is 0 when rejected, or without money.

    mean_score_hundredths: mean over the ballots cast of the share of points given, 0 to 10,000, rounded down.
    standing_sequence: the organisation's standing that the closing relied on (I9).
    """

    outcome: Outcome
    amount: int
    tally: Tally
    scores: tuple[CriterionScore, ...]
    mean_score_hundredths: int
    closed_at: datetime
    standing_sequence: int


def base_of(seats: Sequence[CaseSeat]) -> tuple[CaseSeat, ...]:
    """Return the base: seats filled at opening less the recused, and less those who left without a ballot (REV-1, REV-3)."""
    return tuple(seat for seat in seats if not (seat.recused or seat.vacated))


def cast_of(seats: Sequence[CaseSeat]) -> tuple[CaseSeat, ...]:
    """Return the seats of the base that have cast."""
    return tuple(seat for seat in base_of(seats) if seat.ballot is not None)


def quorum_of(base: int, quorum: Quorum) -> int:
    """Return how many ballots a base needs: its share, rounded up, and never fewer than the least (REV-6)."""
    share = -(-base * quorum.numerator // quorum.denominator)
    return max(share, quorum.least)


def has_quorum(seats: Sequence[CaseSeat], quorum: Quorum, *, deadline_moved: bool) -> bool:
    """Tell whether enough have cast, one of them a neighbourhood member (REV-6).

    The neighbourhood member is not needed when the base holds none (all recused), or after the moved deadline, when none came.
    """
    cast = cast_of(seats)
    if len(cast) < quorum_of(len(base_of(seats)), quorum):
        return False
    needed = (
        quorum.neighbourhood_member
        and not deadline_moved
        and any(seat.kind == "neighbourhood_member" for seat in base_of(seats))
    )
    return not needed or any(seat.kind == "neighbourhood_member" for seat in cast)


def chair_vote(seats: Sequence[CaseSeat]) -> Vote | None:
    """Return the chair's vote; None if the chair is recused, absent or the seat was empty."""
    for seat in cast_of(seats):
        if seat.chair and seat.ballot is not None:
            return seat.ballot.vote
    return None


def lower_median(amounts: Sequence[int]) -> int:
    """Return the lower of the two middle amounts, or the middle one (REV-9). Raises ValueError without amounts."""
    if not amounts:
        raise ValueError("no amounts")
    return sorted(amounts)[(len(amounts) - 1) // 2]


def most_given(asked: int | None, ceiling: int | None) -> int | None:
    """Return the most that may be given, the lesser of asked and ceiling (REV-9); None: the request asks for no money (REQ-4)."""
    return None if asked is None or ceiling is None else min(asked, ceiling)


def count(
    seats: Sequence[CaseSeat],
    criteria: Sequence[Criterion],
    *,
    asked: int | None,
    ceiling: int | None,
    closed_at: datetime,
    standing_sequence: int,
) -> Result:
    """Count the ballots cast and fix the result (REV-8, REV-9). Without money the amount is 0."""
    ballots = [seat.ballot for seat in cast_of(seats) if seat.ballot is not None]
    approving = [ballot for ballot in ballots if ballot.vote == "approve"]
    half = 2 * len(approving) == len(ballots)
    chair = chair_vote(seats) if half else None
    approved = 2 * len(approving) > len(ballots) or chair == "approve"
    amounts = [ballot.amount for ballot in approving if ballot.amount is not None]
    most = most_given(asked, ceiling)
    tally = Tally(
        base=len(base_of(seats)),
        recused=sum(seat.recused for seat in seats),
        cast=len(ballots),
        approve=len(approving),
        reject=sum(ballot.vote == "reject" for ballot in ballots),
        abstain=sum(ballot.vote == "abstain" for ballot in ballots),
        decided_by_chair=chair in ("approve", "reject"),
        unconfirmed=sum(seat.paper is not None for seat in base_of(seats)),
    )
    return Result(
        outcome="approved" if approved else "rejected",
        amount=0 if most is None or not approved else min(lower_median(amounts), most),
        tally=tally,
        scores=tuple(_scores_of(criterion, ballots) for criterion in criteria),
        mean_score_hundredths=_mean(ballots, criteria),
        closed_at=closed_at,
        standing_sequence=standing_sequence,
    )


def signer(seats: Sequence[CaseSeat]) -> CaseSeat | None:
    """Return who signs the reason: the chair, or, recused or absent, the senior expert of the base (REV-10).

    Absent is a chair who has not cast (an abstention is a ballot) or who left; senior is the expert of the lowest seat number.
    None: nobody is left.
    """
    base = [seat for seat in base_of(seats) if seat.left_at is None]
    for seat in base:
        if seat.chair and seat.ballot is not None:
            return seat
    experts = sorted((seat for seat in base if seat.kind == "expert" and not seat.chair), key=lambda seat: seat.seat)
    return experts[0] if experts else None


def _scores_of(criterion: Criterion, ballots: Sequence[Ballot]) -> CriterionScore:
    given = [score.score for ballot in ballots for score in ballot.scores if score.criterion == criterion.id]
    return CriterionScore(criterion=criterion.id, weight=criterion.weight, scores=sorted(given))


def _mean(ballots: Sequence[Ballot], criteria: Sequence[Criterion]) -> int:
    """Return the mean share of points in hundredths of a percent; with weights of 100 in sum, hundredths of a point."""
    possible = len(ballots) * sum(criterion.weight for criterion in criteria)
    return sum(ballot.total for ballot in ballots) * 10_000 // possible if possible else 0
