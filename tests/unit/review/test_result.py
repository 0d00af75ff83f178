"""REV-6, REV-8, REV-9, REV-10: quorum, votes, amount and signer, against a model written apart."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.domain.ballot import Ballot, CaseSeat, Declaration, Score, Vote
from services.review.domain.result import chair_vote, count, has_quorum, lower_median, quorum_of, signer
from shared.contracts.review import Quorum
from tests.unit.review.builders import CRITERIA, NOW, SIX_SEATS, holder

ASKED, CEILING = 1_000, 900


def seat(
    number: int, vote: Vote | None = None, *, amount: int = 500, points: int = 10, recused: bool = False
) -> CaseSeat:
    rule = SIX_SEATS[number - 1]
    ballot = None
    if vote is not None and not recused:
        scores = tuple(Score(criterion.id, points) for criterion in CRITERIA)
        ballot = Ballot(scores, "نظر", vote, amount if vote == "approve" else None)
    declaration = Declaration("family" if recused else "none", "", NOW)
    return CaseSeat(number, rule.kind, rule.chair, holder(number), declaration, ballot)


VOTES: dict[str, Vote | None] = {
    "approve": "approve",
    "reject": "reject",
    "abstain": "abstain",
    "none": None,
    "recused": None,
}
votes = st.sampled_from(sorted(VOTES))
groups = st.lists(st.tuples(votes, st.integers(1, CEILING), st.integers(0, 25)), min_size=6, max_size=6).map(
    lambda rows: tuple(
        seat(number, VOTES[vote], amount=amount, points=points, recused=vote == "recused")
        for number, (vote, amount, points) in enumerate(rows, start=1)
    )
)


@given(groups)
def test_the_count_equals_a_count_by_hand(seats: tuple[CaseSeat, ...]) -> None:
    result = count(seats, CRITERIA, asked=ASKED, ceiling=CEILING, closed_at=NOW, standing_sequence=1)
    ballots = [s.ballot for s in seats if s.ballot]
    tally = result.tally
    assert tally.cast == tally.approve + tally.reject + tally.abstain == len(ballots)
    assert tally.base + tally.recused == 6
    approving = sorted(b.amount or 0 for b in ballots if b.vote == "approve")
    share = Fraction(len(approving), len(ballots)) if ballots else Fraction(0)
    chairs = [b.vote for s in seats if s.chair and (b := s.ballot)]
    approved = share > Fraction(1, 2) or (share == Fraction(1, 2) and chairs == ["approve"])
    assert result.outcome == ("approved" if approved else "rejected")
    assert tally.decided_by_chair == (bool(ballots) and share == Fraction(1, 2) and chairs not in ([], ["abstain"]))
    if approved:
        at_least_half_not_below = sum(a >= result.amount for a in approving) * 2 >= len(approving)
        at_least_half_not_above = sum(a <= result.amount for a in approving) * 2 >= len(approving)
        assert result.amount in approving
        assert at_least_half_not_below
        assert at_least_half_not_above
        assert result.amount <= min(ASKED, CEILING)
    else:
        assert result.amount == 0
    for score in result.scores:
        assert score.scores == sorted(score.scores)
        assert len(score.scores) == len(ballots)


@given(groups)
def test_the_mean_score_is_in_hundredths_rounded_down(seats: tuple[CaseSeat, ...]) -> None:
    result = count(seats, CRITERIA, asked=ASKED, ceiling=CEILING, closed_at=NOW, standing_sequence=1)
    totals = [s.ballot.total for s in seats if s.ballot]
    assert result.mean_score_hundredths == (math.floor(Fraction(sum(totals), len(totals)) * 100) if totals else 0)


@given(groups, st.booleans())
def test_quorum_is_two_thirds_rounded_up_at_least_three_with_a_neighbourhood_member(
    seats: tuple[CaseSeat, ...], moved: bool
) -> None:
    base = [s for s in seats if not s.recused]
    cast = [s for s in base if s.ballot]
    wanted = {6: 4, 5: 4, 4: 3, 3: 3, 2: 3, 1: 3, 0: 3}[len(base)]
    neighbours = [s for s in base if s.seat in (5, 6)]
    of_them_cast = [s for s in neighbours if s.ballot]
    expected = len(cast) >= wanted and (moved or not neighbours or bool(of_them_cast))
    assert has_quorum(seats, Quorum(), deadline_moved=moved) == expected


@given(st.integers(0, 50), st.integers(1, 10), st.integers(1, 10), st.integers(1, 10))
def test_the_share_of_a_quorum_is_rounded_up(base: int, numerator: int, denominator: int, least: int) -> None:
    quorum = Quorum(numerator=numerator, denominator=denominator, least=least)
    assert quorum_of(base, quorum) == max(math.ceil(Fraction(base * numerator, denominator)), least)


@given(st.lists(st.integers(1, 2**63 - 1), min_size=1, max_size=50))
def test_the_lower_median_drops_from_both_ends(amounts: list[int]) -> None:
    left = sorted(amounts)
    while len(left) > 2:
        left = left[1:-1]
    assert lower_median(amounts) == left[0]


def test_there_is_no_median_of_nothing() -> None:
    with pytest.raises(ValueError, match="no amounts"):
        lower_median([])


@pytest.mark.parametrize(
    ("chair", "outcome", "by_chair"),
    [("approve", "approved", True), ("reject", "rejected", True), ("abstain", "rejected", False)],
)
def test_at_exactly_half_the_chair_decides(chair: Vote, outcome: str, by_chair: bool) -> None:
    others: dict[str, list[Vote]] = {
        "approve": ["approve", "reject", "reject"],
        "reject": ["approve", "approve", "reject"],
        "abstain": ["approve", "approve", "reject"],
    }
    seats = (seat(1, chair), *(seat(n, v) for n, v in enumerate(others[chair], start=2)))
    result = count(seats, CRITERIA, asked=ASKED, ceiling=CEILING, closed_at=NOW, standing_sequence=1)
    assert (result.outcome, result.tally.decided_by_chair) == (outcome, by_chair)


@pytest.mark.parametrize("chair", [seat(1, recused=True), seat(1)], ids=["recused", "not cast"])
def test_at_exactly_half_without_the_chair_it_is_rejected(chair: CaseSeat) -> None:
    seats = (chair, seat(2, "approve"), seat(3, "approve"), seat(4, "reject"), seat(5, "reject"))
    result = count(seats, CRITERIA, asked=ASKED, ceiling=CEILING, closed_at=NOW, standing_sequence=1)
    assert chair_vote(seats) is None
    assert (result.outcome, result.amount, result.tally.decided_by_chair) == ("rejected", 0, False)


def test_abstentions_count_against_the_majority() -> None:
    seats = (seat(1, "abstain"), seat(2, "approve"), seat(3, "approve"), seat(4, "abstain"), seat(5, "abstain"))
    result = count(seats, CRITERIA, asked=ASKED, ceiling=CEILING, closed_at=NOW, standing_sequence=1)
    assert result.outcome == "rejected"


@pytest.mark.parametrize(
    ("seats", "expected"),
    [
        ((seat(1, "approve"), seat(2, "approve")), 1),
        ((seat(1, "abstain"), seat(2, "approve")), 1),
        ((seat(1), seat(3, "approve"), seat(2)), 2),
        ((seat(1, recused=True), seat(2, recused=True), seat(3)), 3),
        ((seat(1, recused=True), seat(5, "approve")), None),
    ],
    ids=[
        "the chair",
        "a chair who abstained is there",
        "chair absent",
        "chair and first expert recused",
        "nobody is left",
    ],
)
def test_the_chair_signs_or_else_the_senior_expert_of_the_base(
    seats: tuple[CaseSeat, ...], expected: int | None
) -> None:
    who = signer(seats)
    assert (who.seat if who else None) == expected
