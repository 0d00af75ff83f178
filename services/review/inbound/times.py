"""Times as callers send them, and as the database keeps them."""

from datetime import UTC, datetime


def to_ms(at: datetime) -> datetime:
    """Return the time in UTC, cut to the milliseconds that the database keeps."""
    utc = at.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
