"""Time and new ids as inputs, so that tests and the simulation set them."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
Ids = Callable[[], str]


def utc_now() -> datetime:
    """Return the time now, aware, cut to milliseconds: what BSON and events can hold."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def new_id() -> str:
    """Return a new random id (32 hex digits, 128 bits)."""
    return secrets.token_hex(16)
