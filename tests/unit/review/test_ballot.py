"""REV-4: what a ballot must hold."""

from typing import Any

import pytest

from services.review.domain.ballot import BallotIncomplete, fill_in
from tests.unit.review.builders import CRITERIA

GOOD: dict[str, Any] = {
    "scores": {"need": 30, "plan": 20, "cost": 10},
    "comments": {},
    "comment": "نظر کلی",
    "vote": "approve",
    "amount": 100,
}


def fill(**changes: Any) -> Any:
    return fill_in(criteria=CRITERIA, most=100, comment_below_percent=40, edition=1, **(GOOD | changes))


def test_a_complete_ballot_totals_its_scores() -> None:
    assert fill().total == 60


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"scores": {"need": 41, "plan": 20, "cost": 10}}, "/scores/need", "score_outside_weight"),
        (
            {"scores": {"need": -1, "plan": 20, "cost": 10}, "comments": {"need": "کم"}},
            "/scores/need",
            "score_outside_weight",
        ),
        ({"scores": {"need": 30, "plan": 20}}, "/scores/cost", "score_missing"),
        ({"scores": GOOD["scores"] | {"other": 1}}, "/scores/other", "unknown_criterion"),
        ({"comments": {"other": "?"}}, "/comments/other", "unknown_criterion"),
        ({"comment": "  "}, "/comment", "comment_missing"),
        ({"scores": {"need": 15, "plan": 20, "cost": 10}}, "/comments/need", "low_score_needs_comment"),
        (
            {"scores": {"need": 15, "plan": 20, "cost": 10}, "comments": {"need": " "}},
            "/comments/need",
            "low_score_needs_comment",
        ),
        ({"amount": None}, "/amount", "amount_missing"),
        ({"amount": 0}, "/amount", "amount_outside_bounds"),
        ({"amount": 101}, "/amount", "amount_outside_bounds"),
        ({"vote": "reject"}, "/amount", "amount_only_with_approval"),
        ({"vote": "abstain"}, "/amount", "amount_only_with_approval"),
    ],
)
def test_a_fault_is_named_by_its_field(changes: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(BallotIncomplete) as refused:
        fill(**changes)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [(pointer, code)]


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(BallotIncomplete) as refused:
        fill(scores={}, comment="", amount=None)
    assert {e.pointer for e in refused.value.errors} == {
        "/scores/need",
        "/scores/plan",
        "/scores/cost",
        "/comment",
        "/amount",
    }


def test_exactly_the_percentage_needs_no_comment() -> None:
    assert fill(scores={"need": 16, "plan": 14, "cost": 10}).total == 40
