"""Dates in the Persian calendar, for people. Stored dates are UTC; persiantools does the arithmetic (Babel has no Persian calendar)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

from shared.persian.text import Language, persian_digits

CITY_ZONE: Final = "Asia/Tehran"

MONTHS: Final[dict[Language, tuple[str, ...]]] = {
    "fa": (
        "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
    ),
    "en": (
        "Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar", "Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand",
    ),
}  # fmt: skip
_WEEKDAYS: Final = (
    "دوشنبه",
    "سه\u200cشنبه",
    "چهارشنبه",
    "پنجشنبه",
    "جمعه",
    "شنبه",
    "یکشنبه",
)  # date.weekday(): Monday is 0
_GREGORIAN_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersianDate:
    """A day of the Persian calendar; ``month`` 1 (Farvardin) to 12, ``day`` 1 to 31."""

    year: int
    month: int
    day: int


class NoSuchDay(ValueError):
    """The Persian calendar has no such day, e.g. 30 Esfand of a common year."""


def persian_date(day: date) -> PersianDate:
    """Return the Persian date of a local Gregorian day."""
    shown = JalaliDate(day)  # type: ignore[no-untyped-call]
    return PersianDate(shown.year, shown.month, shown.day)


def gregorian_date(day: PersianDate) -> date:
    """Return the Gregorian day of a Persian date. Raises NoSuchDay."""
    try:
        found: date = JalaliDate(day.year, day.month, day.day).to_gregorian()  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise NoSuchDay(f"{day.year}-{day.month}-{day.day}") from error
    return found


def local_day(at: datetime, zone: str = CITY_ZONE) -> date:
    """Return the city's day on which an aware time falls."""
    return at.astimezone(ZoneInfo(zone)).date()


def format_date(day: date, language: Language) -> str:
    """Return a local day for a page: ``یکشنبه ۱ آذر ۱۴۰۵`` or ``22 November 2026 (1 Azar 1405)``."""
    shown = persian_date(day)
    month = MONTHS[language][shown.month - 1]
    if language == "fa":
        return f"{_WEEKDAYS[day.weekday()]} {persian_digits(f'{shown.day} {month} {shown.year}')}"
    return f"{day.day} {_GREGORIAN_MONTHS[day.month - 1]} {day.year} ({shown.day} {month} {shown.year})"


def format_instant(at: datetime, language: Language, zone: str = CITY_ZONE) -> str:
    """Return an aware time for a page, in the city's time: the date and ``ساعت ۱۲:۰۰`` or ``12:00``."""
    local = at.astimezone(ZoneInfo(zone))
    time = f"{local:%H:%M}"
    day = format_date(local.date(), language)
    return f"{day}، ساعت {persian_digits(time)}" if language == "fa" else f"{day}, {time}"
