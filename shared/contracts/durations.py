"""Durations of rule sets and the city's working-day calendar (SEAMS.md, "Time").

A duration is ``{"working_days": n}``, ``{"days": n}`` or ``{"seconds": n}``; a demo or a test uses short real ones through the same
APIs, and no service has an endpoint that moves its clock.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from shared.contracts.base import Part


class Duration(Part):
    """Exactly one of working days, days (24 h each) or seconds."""

    working_days: int | None = Field(default=None, ge=0, le=1000, description="Days on which the city's offices work.")
    days: int | None = Field(default=None, ge=0, le=3650, description="Days of 24 hours.")
    seconds: int | None = Field(default=None, ge=0, le=315_360_000, description="Seconds.")

    @model_validator(mode="after")
    def _exactly_one(self) -> "Duration":
        if sum(part is not None for part in (self.working_days, self.days, self.seconds)) != 1:
            raise ValueError("give exactly one of working_days, days or seconds")
        return self


@dataclass(frozen=True)
class WorkingCalendar:
    """The city's working days. ``weekend`` holds ISO weekdays (1 Monday … 7 Sunday); ``holidays`` are local dates."""

    timezone: str = "Asia/Tehran"
    weekend: Set[int] = frozenset({4, 5})  # Thursday and Friday, as Iranian municipalities work
    holidays: Set[date] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        """Tell whether the city's offices work on this local date."""
        return day.isoweekday() not in self.weekend and day not in self.holidays

    def due(self, start: datetime, duration: Duration) -> datetime:
        """Return when the duration is over, counted from an aware ``start``.

        The day of ``start`` is not counted; a term in working days ends at the same local time of its last working day.
        """
        if duration.seconds is not None:
            return start + timedelta(seconds=duration.seconds)
        if duration.days is not None:
            return start + timedelta(days=duration.days)
        local = start.astimezone(ZoneInfo(self.timezone))
        left = duration.working_days or 0
        while left:
            local += timedelta(days=1)
            left -= self.is_working(local.date())
        return local.astimezone(start.tzinfo)
