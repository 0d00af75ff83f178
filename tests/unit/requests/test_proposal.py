"""What a request must hold before it is submitted (REQ-4)."""

from dataclasses import replace
from typing import Any

import pytest

from services.requests.domain.proposal import Line, Proposal, check, reopened_fields
from shared.contracts.money import MAX_AMOUNT
from tests.unit.requests.building import DAY, NOW, PROPOSAL, TERMS, TOPICS, changed


def errors(proposal: Proposal, **terms: Any) -> list[tuple[str, str]]:
    found = check(proposal, replace(TERMS, **terms), topics_in_force=TOPICS, now=NOW)
    return [(error.pointer, error.code) for error in found]


def test_a_complete_proposal_passes() -> None:
    assert errors(PROPOSAL) == []


def test_everything_that_is_missing_is_named_at_once() -> None:
    assert {pointer for pointer, code in errors(Proposal("prog-1")) if code == "required"} == {
        "/district", "/kind", "/topic", "/title", "/lessens", "/indicator", "/people_reached", "/starts_on", "/ends_on",
        "/budget_lines", "/amount_asked", "/minimum",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"budget_lines": (Line("سالن", 59_999_999),)}, ("/budget_lines", "lines_do_not_add_up")),
        ({"budget_lines": (Line("الف", MAX_AMOUNT), Line("ب", MAX_AMOUNT))}, ("/budget_lines", "lines_do_not_add_up")),
        (
            {"amount_asked": 39_999_999, "budget_lines": (Line("سالن", 39_999_999),)},
            ("/minimum", "minimum_above_asked"),
        ),
        (
            {"amount_asked": 100_000_001, "budget_lines": (Line("سالن", 100_000_001),)},
            ("/amount_asked", "above_ceiling"),
        ),
        ({"district": "9"}, ("/district", "district_not_in_programme")),
        ({"topic": "traffic"}, ("/topic", "topic_not_in_force")),
        ({"ends_on": NOW + 29 * DAY}, ("/ends_on", "ends_before_start")),
        ({"starts_on": NOW - 2 * DAY, "ends_on": NOW}, ("/ends_on", "planned_date_passed")),
    ],
)
def test_each_rule_is_named_with_its_field(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert errors(changed(**changes)) == [expected]


def test_the_bounds_themselves_are_allowed() -> None:
    """minimum ≤ asked ≤ ceiling."""
    at_ceiling = changed(amount_asked=100_000_000, minimum=100_000_000, budget_lines=(Line("سالن", 100_000_000),))
    assert errors(at_ceiling) == []
    assert errors(changed(people_reached=0)) == []


def test_the_topics_of_the_programme_come_before_the_lists_in_force() -> None:
    assert errors(changed(topic="divorce"), topics=("addiction",)) == [("/topic", "topic_not_in_force")]
    assert errors(changed(topic="traffic"), topics=("traffic",)) == []


def test_pointers_reopen_fields_with_those_tied_to_them_but_never_programme_or_district() -> None:
    assert reopened_fields(["/title"]) == {"title"}
    assert reopened_fields(["/budget_lines/3/amount"]) == {"budget_lines", "amount_asked", "minimum"}
    assert reopened_fields(["/starts_on"]) == {"starts_on", "ends_on"}
    assert reopened_fields(["/district", "/programme", "/nonsense", ""]) == frozenset()
