"""Dates in the Persian calendar (WEB.md)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.persian.calendar import (
    NoSuchDay,
    PersianDate,
    format_date,
    format_instant,
    gregorian_date,
    local_day,
    persian_date,
)


def test_a_day_is_shown_as_the_pages_show_it() -> None:
    day = date(2026, 11, 22)
    assert format_date(day, "fa") == "یکشنبه ۱ آذر ۱۴۰۵"
    assert format_date(day, "en") == "22 November 2026 (1 Azar 1405)"


def test_a_time_is_shown_in_the_citys_time() -> None:
    at = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
    assert local_day(at) == date(2026, 11, 22)
    assert format_instant(at, "fa") == "یکشنبه ۱ آذر ۱۴۰۵، ساعت ۰۰:۳۰"
    assert format_instant(at, "en") == "22 November 2026 (1 Azar 1405), 00:30"


def test_the_fiscal_year_1405_runs_from_21_march_2026_to_20_march_2027() -> None:
    assert persian_date(date(2026, 3, 21)) == PersianDate(1405, 1, 1)
    assert persian_date(date(2027, 3, 20)) == PersianDate(1405, 12, 29)


@pytest.mark.parametrize(
    "day", [PersianDate(1405, 12, 30), PersianDate(1405, 13, 1), PersianDate(1405, 7, 31), PersianDate(1405, 0, 1)]
)
def test_a_day_that_does_not_exist_is_refused(day: PersianDate) -> None:
    with pytest.raises(NoSuchDay):
        gregorian_date(day)


@given(st.dates(date(1930, 1, 1), date(2080, 1, 1)))
def test_a_day_goes_both_ways(day: date) -> None:
    assert gregorian_date(persian_date(day)) == day
