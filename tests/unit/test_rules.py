"""docs/rules.md says where each rule is kept; this keeps it true."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import pytest

from shared.contracts.base import EVENTS
from shared.contracts.schema_files import schemas

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "rules.md"
NUMBER: Final = re.compile(r"\b(?P<group>REG|REQ|REV|BUD|HQ|PUB|I)-?(?P<n>[0-9]+)\b")
NONE: Final = "–"  # the event of a rule that nobody outside hears of
CODE: Final = ("services", "shared", "ops")


@dataclass(frozen=True)
class Row:
    """One line of a table: a rule, what of it holds, and where."""

    rule: str
    function: str
    test: str
    event: str


def _cells(width: int) -> Iterator[list[str]]:
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == width and NUMBER.fullmatch(cells[0]):
            yield cells


def _rows() -> list[Row]:
    return [Row(rule, function, test, event) for rule, _what, function, test, event in _cells(5)]


def _states() -> dict[str, str]:
    return {number: state for number, _about, state in _cells(3)}


ROWS: Final = _rows()
STATES: Final = _states()


@cache
def _tests_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    found = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(name for name in found if name.startswith("test_"))


def _found(function: str) -> Any:
    module, _, path = function.partition(":")
    return attrgetter(path)(import_module(module))


@pytest.mark.parametrize("function", sorted({row.function for row in ROWS}))
def test_every_named_function_is_there(function: str) -> None:
    assert _found(function) is not None


@pytest.mark.parametrize("test", sorted({row.test for row in ROWS}))
def test_every_named_test_is_there(test: str) -> None:
    file, _, name = test.partition("::")
    assert name in _tests_of(file)


@pytest.mark.parametrize("event", sorted({row.event for row in ROWS} - {NONE}))
def test_every_named_event_is_in_the_contracts(event: str) -> None:
    schemas()  # imports every announcer's contracts
    assert event in EVENTS


def test_every_event_of_the_contracts_is_named_with_its_rule() -> None:
    schemas()
    assert sorted(EVENTS.keys() - {row.event for row in ROWS}) == []


def test_the_list_holds_every_number_once_and_in_order() -> None:
    numbers = [number for number, *_ in _cells(3)]
    found = [match for number in numbers if (match := NUMBER.fullmatch(number))]
    for group, matches in groupby(found, key=lambda match: match["group"]):
        assert [int(match["n"]) for match in matches] == list(range(1, 1 + sum(n.startswith(group) for n in numbers)))


def test_every_rule_of_the_tables_is_in_the_list_and_called_built() -> None:
    assert sorted({row.rule for row in ROWS if STATES.get(row.rule, "not yet").startswith("not yet")}) == []


def test_every_rule_called_built_is_in_a_table() -> None:
    built = {number for number, state in STATES.items() if state.startswith(("built", "partly"))}
    assert sorted(built - {row.rule for row in ROWS}) == []
    assert all(state.startswith(("built", "partly: ", "not yet")) for state in STATES.values())


def test_every_rule_that_the_code_names_is_in_the_list_and_in_a_service_built() -> None:
    assert sorted(_named_in(*CODE) - STATES.keys()) == []
    assert sorted(n for n in _named_in("services") if STATES[n].startswith("not yet")) == []


def _named_in(*folders: str) -> set[str]:
    """Return the rule numbers that the Python files of these folders name; I1 is too short to be looked for."""
    files = (file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    found = (match for file in files for match in NUMBER.finditer(file.read_text("utf-8")))
    return {match.group() for match in found if match["group"] != "I"}
