"""docs/reliability.md is true: every test and file that it names exists, and every fault of the design has a row."""

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "reliability.md").read_text()
NAMED: Final = sorted(set(re.findall(r"`((?:tests/|test_)[\w/.]+\.py)(?:::(\w+))?`", PAGE)))


def test_every_fault_has_a_row() -> None:
    rows = re.findall(r"^\| (F\d+) \|", PAGE, re.MULTILINE)
    assert rows == [f"F{number}" for number in range(1, 21)]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_what_is_named_exists(file: str, name: str) -> None:
    path = ROOT / (file if file.startswith("tests/") else f"tests/integration/faults/{file}")
    assert path.is_file()
    assert not name or f"def {name}(" in path.read_text()
