"""An appeal against a rejection or a reduced amount (REQ-13): what is kept of it.

It changes no status: the decision stands until the panel has decided, and the term to accept what was approved goes on. Whoever
takes the award, or gives up the request, gives up the appeal too.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from shared.contracts.durations import Duration

APPEAL_WITHIN: Final = Duration(days=15)  # after delivery of the decision (REQ-13); a rule set may say otherwise
APPEAL_ANSWERED_WITHIN: Final = Duration(working_days=5)

Ground = Literal["factual_error", "fault_in_procedure"]
AppealStatus = Literal["lodged", "admitted", "refused", "ended"]
EndedBecause = Literal["withdrawn", "award_accepted", "award_declined", "request_withdrawn", "request_lapsed"]
OPEN_APPEALS: Final[frozenset[AppealStatus]] = frozenset({"lodged", "admitted"})
"""Somebody has still to answer."""


@dataclass(frozen=True)
class Appeal:
    """The appeal against one decision. overdue: the city did not answer by ``answer_until``. ended_because: nobody decides it any more."""

    case: str
    ground: Ground
    text: str
    lodged_at: datetime
    answer_until: datetime
    status: AppealStatus = "lodged"
    answered_at: datetime | None = None
    reason: str = ""
    overdue: bool = False
    ended_because: EndedBecause | None = None
    ended_at: datetime | None = None


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


@dataclass(frozen=True)
class AppealEnded:
    """The applicant withdrew it, or accepted, declined or lost what it was about: nobody decides it."""

    because: EndedBecause
    at: datetime


AppealEvent = AppealLodged | AppealAdmitted | AppealRefused | AppealAnswerOverdue | AppealEnded
APPEAL_EVENTS: Final = (AppealLodged, AppealAdmitted, AppealRefused, AppealAnswerOverdue, AppealEnded)


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
        case AppealEnded(because, at):
            return None if before is None else replace(before, status="ended", ended_because=because, ended_at=at)
