"""How a standing ends (REG-4) and is warned of (REG-8): by time, by suspension and answer, for good."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.registry.domain.organization import Organization, OrganizationEvent, require_status
from services.registry.domain.suspension import (
    AlreadyAnswered,
    AnswerOverdue,
    Revocation,
    Revoked,
    SuspensionAnswer,
    SuspensionAnswered,
)
from services.registry.domain.validity import Expired, ExpiryWarned


def on_time(state: Organization, *, now: datetime) -> Sequence[OrganizationEvent]:
    """Let an approval end, or warn of its end; nothing while neither is due."""
    validity = state.validity
    if state.status != "approved" or validity is None:
        return []
    if validity.is_over(now):
        return [Expired(now)]
    if any(warning <= now for warning in validity.warnings):
        days_left = -((now - validity.until) // timedelta(days=1))
        return [ExpiryWarned(validity.until, days_left, now)]
    return []


def due_at(state: Organization) -> datetime | None:
    """Return when ``on_time`` has to look again, or a merger waits for its completion."""
    if state.merger is not None and not state.merger.completed:
        return state.merger.at
    if state.status != "approved" or state.validity is None:
        return None
    return min((state.validity.until, *state.validity.warnings))


def revoke(state: Organization, reason: str, *, by: str, now: datetime) -> Sequence[OrganizationEvent]:
    """Take the standing away for good, with the reason. Raises WrongStatus."""
    require_status(state, "approved", "suspended")
    return [Revoked(Revocation(reason, by, now))]


def answer_suspension(state: Organization, text: str, *, by: str, now: datetime) -> Sequence[OrganizationEvent]:
    """Keep what the organisation says to its suspension, once and in time. Raises WrongStatus, AlreadyAnswered, AnswerOverdue."""
    require_status(state, "suspended")
    suspension = state.suspension
    if suspension is None:
        raise AssertionError(f"organisation {state.id} is suspended without a suspension")
    if suspension.answer is not None:
        raise AlreadyAnswered()
    if suspension.answer_by is not None and suspension.answer_by < now:
        raise AnswerOverdue(until=suspension.answer_by.isoformat())
    return [SuspensionAnswered(SuspensionAnswer(text, by, now))]
