"""Cancellation by the city after a hearing: a notice with its grounds, the applicant's answer, and what came of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from shared.contracts.durations import Duration

HEARD_WITHIN: Final = Duration(working_days=10)  # as a suspended organisation's answer; a rule set may say otherwise

HearingStatus = Literal["open", "dropped", "cancelled"]


@dataclass(frozen=True)
class Hearing:
    """A notice of cancellation and what the applicant says of it until ``until``. reason: of what came of it."""

    grounds: str
    notified_at: datetime
    until: datetime
    answer: str = ""
    answered_at: datetime | None = None
    status: HearingStatus = "open"
    ended_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class CancellationNotified:
    """The city means to cancel the award."""

    hearing: Hearing


@dataclass(frozen=True)
class HearingAnswered:
    """The applicant answered; a later answer replaces it."""

    answer: str
    at: datetime


@dataclass(frozen=True)
class NoticeDropped:
    """The city does not cancel it."""

    reason: str
    at: datetime


@dataclass(frozen=True)
class Cancelled:
    """The city cancels it: costs that are proven, paid or not, in the award's currency, stay payable; nothing else is.

    allows_payments: they were stopped because a report was late.
    """

    proven_costs: int
    reason: str
    at: datetime
    allows_payments: bool = False


CancellationEvent = CancellationNotified | HearingAnswered | NoticeDropped | Cancelled
CANCELLATION_EVENTS: Final = (CancellationNotified, HearingAnswered, NoticeDropped, Cancelled)


def hearing_after(before: Hearing | None, event: CancellationEvent) -> Hearing | None:
    """Return the hearing after an event; a new notice begins a new one."""
    if isinstance(event, CancellationNotified):
        return event.hearing
    if before is None:
        return None
    match event:
        case HearingAnswered(answer, at):
            return replace(before, answer=answer, answered_at=at)
        case NoticeDropped(reason, at):
            return replace(before, status="dropped", reason=reason, ended_at=at)
        case Cancelled(_, reason, at):
            return replace(before, status="cancelled", reason=reason, ended_at=at)
