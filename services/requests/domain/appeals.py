"""An appeal against a rejection or a reduced amount (REQ-13): what is kept of it.

It changes no status: the decision stands until the panel has decided. Once it is admitted, the terms to accept what was approved and
to revise the plan stand still. Whoever takes the award, or gives up the request, gives up the appeal too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from services.requests.domain.facts import BookFact, CaseFact, Outcome
from shared.contracts.durations import Duration

APPEAL_WITHIN: Final = Duration(days=15)  # after delivery of the decision (REQ-13); a rule set may say otherwise
APPEAL_ANSWERED_WITHIN: Final = Duration(working_days=5)

Ground = Literal["factual_error", "fault_in_procedure"]
AppealStatus = Literal["lodged", "admitted", "refused", "ended", "decided"]
Verdict = Literal["confirmed", "overturned"]
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
    judgement: "PanelDecided | None" = None


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


@dataclass(frozen=True)
class PanelDecided:
    """The panel decided. ``amount``: what is awarded now; 0: nothing, or not money. ``case``: the panel's own."""

    case: str
    verdict: Verdict
    amount: int
    reason: str
    standing_sequence: int
    at: datetime


AppealEvent = AppealLodged | AppealAdmitted | AppealRefused | AppealAnswerOverdue | AppealEnded | PanelDecided
APPEAL_EVENTS: Final = (AppealLodged, AppealAdmitted, AppealRefused, AppealAnswerOverdue, AppealEnded, PanelDecided)


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
        case PanelDecided():
            return None if before is None else replace(before, status="decided", judgement=event)


def before_panel(appeal: Appeal | None) -> bool:
    """Tell whether a panel has to decide; the request's terms stand still meanwhile."""
    return appeal is not None and appeal.status == "admitted"


def outcome_now(decision: CaseFact, appeal: Appeal | None) -> Outcome | None:
    """Return what is decided about the request: by its working group, unless a panel overturned that."""
    return "approved" if _overturned(appeal) is not None else decision.outcome


def amount_now(decision: CaseFact | None, appeal: Appeal | None) -> int | None:
    """Return the amount that is approved; None: nothing is decided, or no money is asked for."""
    overturned = _overturned(appeal)
    if decision is None or decision.amount is None or overturned is None:
        return None if decision is None else decision.amount
    return overturned.amount


def raise_awaited(appeal: Appeal, book: Sequence[BookFact], reserved: int) -> bool:
    """Tell whether the book has still to say what a panel's award makes of the reservation: an older amount is not to be accepted."""
    if _overturned(appeal) is None:
        return False
    answer = next((fact for fact in book if fact.step == "hold_released"), None)
    return answer is None or (answer.remains is not None and answer.remains != reserved)


def _overturned(appeal: Appeal | None) -> PanelDecided | None:
    judgement = None if appeal is None else appeal.judgement
    return judgement if judgement is not None and judgement.verdict == "overturned" else None
