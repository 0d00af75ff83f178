"""Reads the city's calendar file: ``{"timezone": "Asia/Tehran", "weekend": [4, 5], "holidays": ["2027-03-21", …]}``."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shared.contracts.durations import WorkingCalendar


class CalendarFile(BaseModel):
    """Working days of a city: ISO weekdays that are off, and single days off."""

    model_config = ConfigDict(extra="forbid")

    timezone: str = "Asia/Tehran"
    weekend: frozenset[int] = Field(default=frozenset({4, 5}), max_length=6)
    holidays: frozenset[date] = frozenset()

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        ZoneInfo(name)
        return name


def read_calendar(path: Path | None) -> WorkingCalendar:
    """Return the calendar of the file, or the default. Raises OSError or ValueError, so that a service does not start with a wrong one."""
    if path is None:
        return WorkingCalendar()
    parsed = CalendarFile.model_validate_json(path.read_bytes())
    return WorkingCalendar(parsed.timezone, parsed.weekend, parsed.holidays)
