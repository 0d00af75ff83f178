"""An appeal against a rejection or a reduced amount (REQ-13): what is kept of it.

It changes no status: the decision stands until the panel has decided, and the term to accept what was approved goes on.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from shared.contracts.durations import Duration

APPEAL_WITHIN: Final = Duration(days=15)  # after delivery of the decision (REQ-13); a rule set may say otherwise
APPEAL_ANSWERED_WITHIN: Final = Duration(working_days=5)

Ground = Literal["factual_error", "fault_in_procedure"]
AppealStatus = Literal["lodged", "admitted", "refused"]
OPEN_APPEALS: Final[frozenset[AppealStatus]] = frozenset({"lodged", "admitted"})
"""Somebody has still to answer."""


@dataclass(frozen=True)
class Appeal:
    """The appeal against one decision. overdue: the city did not answer by ``answer_until``."""

    case: str
    ground: Ground
    text: str
    lodged_at: datetime
    answer_until: datetime
    status: AppealStatus = "lodged"
    answered_at: datetime | None = None
    reason: str = ""
    overdue: bool = False


@dataclass(frozen=True)
class AppealLodged:
    """The applicant appealed."""

    appeal: Appeal


@dataclass(frozen=True)
class AppealAdmitted:
    """The city admits it: it goes to a panel."""

    reason: str
    at: datetime


@dataclass(frozen=True)
class AppealRefused:
    """The city refuses to admit it."""

    reason: str
    at: datetime


@dataclass(frozen=True)
class AppealAnswerOverdue:
    """The city's clock is over and the appeal is neither admitted nor refused (REQ-14)."""

    at: datetime


AppealEvent = AppealLodged | AppealAdmitted | AppealRefused | AppealAnswerOverdue
APPEAL_EVENTS: Final = (AppealLodged, AppealAdmitted, AppealRefused, AppealAnswerOverdue)


def appeal_after(before: Appeal | None, event: AppealEvent) -> Appeal | None:
    """Return the appeal after an event."""
    match event:
        case AppealLodged(appeal):
            return appeal
        case AppealAdmitted(reason, at):
            return None if before is None else replace(before, status="admitted", answered_at=at, reason=reason)
        case AppealRefused(reason, at):
            return None if before is None else replace(before, status="refused", answered_at=at, reason=reason)
        case AppealAnswerOverdue():
            return None if before is None else replace(before, overdue=True)
