"""How long an approval lasts (REG-4) and when its end is warned of (REG-8)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.registry.domain.kinds import Kind
from services.registry.domain.profile import Profile
from services.registry.domain.terms import RegistryTerms
from shared.contracts.durations import Duration, WorkingCalendar


@dataclass(frozen=True)
class Validity:
    """``until``: the first instant at which the approval is over. ``warnings``: when a warning is still to be given, earliest first."""

    until: datetime
    warnings: tuple[datetime, ...] = ()

    def is_over(self, at: datetime) -> bool:
        """Tell whether the approval has ended by this instant."""
        return self.until <= at

    def warned(self, at: datetime) -> "Validity":
        """Return it without the warnings that were due by now: one that came late stands for those before it."""
        return replace(self, warnings=tuple(warning for warning in self.warnings if warning > at))


@dataclass(frozen=True)
class Expired:
    """The approval ended by itself."""

    at: datetime


@dataclass(frozen=True)
class ExpiryWarned:
    """The organisation was warned that its approval ends; ``days_left`` counts the days begun."""

    until: datetime
    days_left: int
    at: datetime


def validity_of(
    profile: Profile, kind: Kind, terms: RegistryTerms, calendar: WorkingCalendar, *, since: datetime
) -> Validity | None:
    """Return how long an approval given at ``since`` lasts: to the end of the licence or of the kind's term, whichever is first.

    None: without an end, for a kind without a term whose licence has none.
    """
    until = min(_ends(profile, kind, calendar, since), default=None)
    if until is None:
        return None
    return Validity(until, tuple(sorted(until - _time(duration) for duration in terms.warn_before)))


def _ends(profile: Profile, kind: Kind, calendar: WorkingCalendar, since: datetime) -> Iterator[datetime]:
    if profile.licence is not None and profile.licence.valid_until is not None:
        day_after = profile.licence.valid_until + timedelta(days=1)
        yield datetime.combine(day_after, time(), ZoneInfo(calendar.timezone)).astimezone(UTC)
    if kind.registration_lasts is not None:
        yield calendar.due(since, kind.registration_lasts)


def _time(duration: Duration) -> timedelta:
    return timedelta(days=duration.days or 0, seconds=duration.seconds or 0)
