"""The decision that is appealed, as the case of its panel keeps it (REQ-13)."""

from dataclasses import dataclass
from datetime import datetime

from services.review.domain.result import Outcome
from shared.contracts.requests import Submission


@dataclass(frozen=True, slots=True)
class Appealed:
    """The decision that is appealed, and who sat in its case: they stay out of the panel. working_group: whose decision it is."""

    case: str
    working_group: str
    outcome: Outcome
    amount: int
    sat: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AppealReceived:
    """An appeal was admitted: its panel has to be found."""

    id: str
    appealed: Appealed
    submission: Submission
    at: datetime
