"""The check of the demo's last line: right ones pass, and what is wrong is named."""

import json
from typing import Any

import pytest

from ops.demo.check import faults

GOOD: dict[str, Any] = {
    "districts": 13,
    "organizations": 63,
    "requests": 266,
    "approved": 187,
    "rejected": 44,
    "no_quorum_moves": 13,
    "funded": 143,
    "waiting": 35,
    "allotted": 50_000_000_000,
    "committed": 46_620_000_000,
    "currency": "IRR",
    "books_verified": 14,
    "violations": 0,
    "seconds": 98.2,
}


def output(**changes: Any) -> str:
    return "a story\n" + json.dumps({**GOOD, **changes}) + "\n"


def test_a_right_last_line_has_no_fault() -> None:
    assert faults(output()) == []


def test_an_output_without_json_at_its_end_is_told() -> None:
    assert "not a JSON object" in faults(output() + "one more line\n")[0]
    assert "there is no output" in faults("")[0]


def test_missing_or_additional_fields_are_told() -> None:
    assert "its fields are" in faults(output(more=1))[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"violations": 1}, "violations is 1"),
        ({"districts": 12}, "districts is 12"),
        ({"allotted": 1}, "allotted is 1"),
        ({"waiting": 0}, "waiting is 0"),
        ({"no_quorum_moves": 0}, "no_quorum_moves is 0"),
        ({"requests": 200}, "more was decided than requested"),
        ({"funded": 170}, "more is funded or waits than was approved"),
        ({"committed": 50_000_000_001}, "more is committed than was allotted"),
        ({"funded": 1.5}, "not a whole number"),
    ],
)
def test_wrong_values_are_named(change: dict[str, Any], told: str) -> None:
    assert any(told in fault for fault in faults(output(**change)))
