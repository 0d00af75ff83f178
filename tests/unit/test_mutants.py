"""The mutants are up to date: each weakens one place that is there, into a program, and stands in docs/reliability.md."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.mutants import MUTANTS, Mutant
from tests.mutants.run import BEGIN, END, ROOT, TABLE, mutated


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_weakens_one_place_into_another_program(mutant: Mutant) -> None:
    before = (ROOT / mutant.file).read_text()
    assert ast.dump(ast.parse(mutated(mutant))) != ast.dump(ast.parse(before))
    assert all(Path(ROOT / test.partition("::")[0]).exists() for test in mutant.tests)


def test_no_two_mutants_have_one_name() -> None:
    names = Counter(mutant.name for mutant in MUTANTS)
    assert [name for name, times in names.items() if times > 1] == []


def test_every_mutant_was_caught_as_the_committed_table_says() -> None:
    rows = TABLE.read_text().split(BEGIN)[1].split(END)[0].strip().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == [mutant.name for mutant in MUTANTS]
    for row in rows:
        file, _, name = row.split("`")[-2].partition("::")
        assert f"def {name}(" in (ROOT / file).read_text(), row
