"""The end of a request's money: a limit to its commitment, and closing when nothing is pending (REQ-12)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

LimitReason = Literal["closing", "cancelled", "ended_by_agreement", "amended"]


@dataclass(frozen=True)
class Limit:
    """What the commitment is to be at most, paid or not, before refunds; ends: nothing more is to be paid than that."""

    amount: int
    reason: LimitReason
    ends: bool


@dataclass(frozen=True)
class LimitSet:
    """Budget is asked to release what is above the limit; asked again when a payment that stood in the way is given up."""

    limit: Limit
    at: datetime


@dataclass(frozen=True)
class ClosingAsked:
    """The office closes it: budget has to release what was not needed first."""

    at: datetime


@dataclass(frozen=True)
class Closed:
    """Nothing is committed beyond what is paid, and nothing is pending."""

    at: datetime


ClosingEvent = LimitSet | ClosingAsked | Closed
CLOSING_EVENTS: Final = (LimitSet, ClosingAsked, Closed)
