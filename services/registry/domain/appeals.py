"""Appeals against a refused registration and a suspension (REG-7)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shared.contracts.refusals import Refusal
from shared.contracts.registry import AppealAgainst, AppealOutcome


@dataclass(frozen=True)
class AppealAnswer:
    """What the city office says to an appeal, by whom (token subject) and when."""

    outcome: AppealOutcome
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Appeal:
    """An appeal; ``number`` counts the organisation's appeals from 1. ``decided_by`` and ``decided_at`` name what it is against."""

    number: int
    against: AppealAgainst
    decided_by: str
    decided_at: datetime
    grounds: str
    by: str
    at: datetime
    answer: AppealAnswer | None = None


@dataclass(frozen=True)
class Appealed:
    """The organisation appealed."""

    appeal: Appeal


@dataclass(frozen=True)
class AppealAnswered:
    """The city office answered an appeal."""

    number: int
    answer: AppealAnswer


AppealEvent = Appealed | AppealAnswered
APPEAL_EVENTS: Final = (Appealed, AppealAnswered)


class NothingToAppeal(Refusal):
    """There is no refusal and no suspension to appeal against."""

    code = "nothing_to_appeal"


class AppealOverdue(Refusal):
    """The term for an appeal is over."""

    code = "appeal_overdue"


class AlreadyAppealed(Refusal):
    """There is an appeal against this decision."""

    code = "already_appealed"


class NoSuchAppeal(Refusal):
    """The organisation made no appeal of this number."""

    code = "no_such_appeal"
    kind = "not_found"


class AppealIsAnswered(Refusal):
    """The appeal was answered before."""

    code = "appeal_is_answered"


class OwnDecision(Refusal):
    """Nobody answers an appeal against their own decision."""

    code = "own_decision"
    kind = "forbidden"


def open_number(appeals: Sequence[Appeal]) -> int | None:
    """Return the number of the oldest appeal that waits for its answer, or None."""
    return next((appeal.number for appeal in appeals if appeal.answer is None), None)


def find_open(appeals: Sequence[Appeal], number: int) -> Appeal:
    """Return an appeal that waits for its answer. Raises NoSuchAppeal, AppealIsAnswered."""
    for appeal in appeals:
        if appeal.number == number:
            if appeal.answer is not None:
                raise AppealIsAnswered(appeal=number)
            return appeal
    raise NoSuchAppeal(appeal=number)


def evolve_appeals(appeals: tuple[Appeal, ...], event: AppealEvent) -> tuple[Appeal, ...]:
    """Fold one event into the appeals."""
    match event:
        case Appealed():
            return (*appeals, event.appeal)
        case AppealAnswered():
            return tuple(replace(a, answer=event.answer) if a.number == event.number else a for a in appeals)
