"""HQ-1 and HQ-2: figures made of rows, against numbers worked out by hand."""

from typing import Any

import pytest

from services.portal.domain.fairness import gini, share
from services.portal.domain.figures import figures_of, nearest_rank


def row(id: str, **fields: Any) -> dict[str, Any]:
    plain = {
        "_id": id, "district": "7", "topic": "divorce", "kind": "event", "organization": id, "organization_kind": "association",
        "currency": "IRR", "status": "in_progress", "outcome": "approved", "award": True, "waited_seconds": 100,
        "amount_asked": 100, "amount_approved": 80, "amount_committed": 80, "amount_paid": 0, "amount_reported": 0,
        "people_planned": 10, "result": None, "report_overdue": False, "hold": None, "breaches": [], "spread": None,
        "appeal": None,
    }  # fmt: skip
    return {**plain, **fields}


def made(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    first = more.pop("first_awards", {})
    return figures_of(rows, more.pop("books", []), first_awards=first, obstacles=more.pop("obstacles", 0))


@pytest.mark.parametrize(("percent", "expected"), [(50, 5), (90, 9), (100, 10), (1, 1)])
def test_the_median_and_the_ninetieth_percentile_are_ranks(percent: int, expected: int) -> None:
    assert nearest_rank(range(1, 11), percent) == expected
    assert nearest_rank([], percent) is None


def test_gini_is_zero_for_equal_shares_and_grows_with_what_few_have() -> None:
    assert gini([5, 5, 5, 5]) == 0
    assert gini([0, 0, 0, 12]) == 7_500
    assert gini([1, 2, 3, 4]) == 2_500
    assert gini([]) is None
    assert share(1, 3) == 3_333


def test_breaches_overdue_reports_and_exceptions_are_counted() -> None:
    found = made(
        row("a", breaches=["appeal_answer"], report_overdue=True),
        row("b", breaches=["appeal_answer"], hold="exception", outcome=None, award=False, waited_seconds=None),
        row("c", hold="stalled", outcome=None, award=False, waited_seconds=None),
        obstacles=2,
    )
    assert (found["breaches"], found["breaches_by_clock"]) == (4, {"appeal_answer": 2, "obstacle_answer": 2})
    assert (found["reports_overdue"], found["exceptions"], found["stalled"], found["decided"]) == (1, 1, 1, 1)


def test_acceptance_and_amounts_by_dimension_count_decisions_only() -> None:
    found = made(
        row("a"),
        row("b", topic="addiction", outcome="rejected", award=False, amount_approved=0, amount_committed=0),
        row(
            "c",
            topic="addiction",
            outcome=None,
            award=False,
            amount_approved=0,
            amount_committed=0,
            waited_seconds=None,
        ),
        row("d", topic="addiction", currency="EUR", amount_approved=1),
    )
    addiction, divorce = found["rates"]["topic"]
    assert addiction == {
        "value": "addiction", "requests": 3, "decided": 2, "approved": 1, "acceptance": 5_000, "amount_asked": 200,
        "amount_approved": 0, "amount_committed": 0, "amount_paid": 0,
    }  # fmt: skip
    assert (divorce["acceptance"], divorce["amount_approved"]) == (10_000, 80)
    assert found["currency"] == "IRR", "amounts of another currency are never added"


def test_a_first_award_elsewhere_or_earlier_is_not_a_first_here() -> None:
    found = made(row("a", organization="x"), row("b", organization="y"), first_awards={"x": "a", "y": "elsewhere"})
    assert (found["organizations_awarded"], found["first_time_organizations"], found["first_time_share"]) == (
        2,
        1,
        5_000,
    )


def test_concentration_names_the_share_of_the_ten_that_have_most() -> None:
    rows = [row(str(n), amount_committed=10) for n in range(20)] + [row("big", amount_committed=100)]
    found = made(*rows)
    assert (found["amount_committed"], found["largest_ten_amount"], found["largest_ten_share"]) == (300, 190, 6_333)
    assert found["organizations_committed"] == 21


def test_scores_spread_by_criterion_in_hundredths_of_its_weight() -> None:
    def one(lowest: int, highest: int) -> list[dict[str, Any]]:
        return [{"criterion": "effect", "weight": 60, "lowest": lowest, "median": lowest, "highest": highest}]

    found = made(row("a", spread=one(30, 60)), row("b", spread=one(60, 60)))
    assert found["spread"] == [{"criterion": "effect", "cases": 2, "mean_spread": 2_500, "widest_spread": 5_000}]


def test_credit_is_the_sum_of_the_books_parts_and_never_of_requests() -> None:
    parts = {"allotted": 10, "available": 4, "held": 0, "reserved": 1, "committed": 2, "pending": 0, "paid": 3}
    books = [
        {"currency": "IRR", "balance": parts},
        {"currency": "IRR", "balance": parts},
        {"currency": "IRR", "balance": {"appropriated": 50}},
    ]
    found = made(books=books)
    assert found["credit"] == {"appropriated": 50, **{part: 2 * amount for part, amount in parts.items()}}
