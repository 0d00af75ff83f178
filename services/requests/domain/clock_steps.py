"""What time does to the city's clocks on a request (REQ-14)."""

from collections.abc import Sequence
from datetime import datetime

from services.requests.domain.clocks import ClockBreached
from services.requests.domain.request import Event, SupportRequest


def breached(state: SupportRequest, *, now: datetime) -> Sequence[Event]:
    """Say that a clock is over, once for each revision."""
    due = clock_due(state)
    if due is None or due > now:
        return []
    revision = state.current
    return [ClockBreached("completeness", revision.number, revision.submitted_at, due, now)]


def clock_due(state: SupportRequest) -> datetime | None:
    """Return when a running clock is over; None: none runs. A suspended organisation's clocks stand still."""
    if state.status != "submitted" or state.suspension is not None:
        return None
    breach = state.clock_breach
    if breach is not None and breach.revision == state.revision:
        return None
    return state.current.complete_until
