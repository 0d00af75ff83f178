"""A suspension and what can come of it: the organisation's answer, or the end of its standing for good (REG-4)."""

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.refusals import Refusal


@dataclass(frozen=True)
class SuspensionAnswer:
    """What the organisation says to its suspension, by whom (token subject) and when."""

    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Suspension:
    """Why the standing is withdrawn for now, by whom and since when; ``answer_by``: until when the organisation may answer."""

    reason: str
    by: str
    at: datetime
    answer_by: datetime | None = None
    answer: SuspensionAnswer | None = None


@dataclass(frozen=True)
class Revocation:
    """Why the standing is lost for good, by whom and since when."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class SuspensionAnswered:
    """The suspended organisation answered."""

    answer: SuspensionAnswer


@dataclass(frozen=True)
class Revoked:
    """Standing lost for good."""

    revocation: Revocation


class AlreadyAnswered(Refusal):
    """The suspension was answered before."""

    code = "suspension_already_answered"


class AnswerOverdue(Refusal):
    """The term for the answer is over."""

    code = "suspension_answer_overdue"
