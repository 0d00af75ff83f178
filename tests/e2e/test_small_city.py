"""A small invented city with odd names goes through the real services, and the result is the fold of its files (issue, point 4)."""

from pathlib import Path

import pytest

from ops.city.files import read_city
from ops.city.fold import WaitingRule, fold_city
from ops.city.result import differences
from ops.city.run import run_city
from ops.play.screen import console

SMALL_CITY = Path(__file__).parent / "data" / "small-city"


@pytest.mark.servers
@pytest.mark.parametrize("waiting", ["first-fit", "strict"])
async def test_a_small_city_becomes_what_the_fold_of_its_files_says(waiting: WaitingRule, tmp_path: Path) -> None:
    city = read_city(SMALL_CITY)
    outcome, verified = await run_city(city, waiting, console(), folder=tmp_path / "stack")
    assert differences(outcome, fold_city(city, waiting)) == []
    assert list(verified.violations) == []
    assert verified.books == len(city.districts) + 1
    assert verified.cases == city.size
    assert outcome.as_json()["books_verified"] == verified.books
