"""The end of a ranked call's cases, of which the books are told so that they rank its approvals (BUD-5)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Approvals:
    """Requests of one district that the call approved and that are not over; the book hears of each in its own time."""

    district: str
    requests: tuple[str, ...] = ()


@dataclass(frozen=True)
class CallDecided:
    """No case of the call is awaited any more. One entry for each of its districts, also where nothing was approved."""

    approvals: tuple[Approvals, ...]
    at: datetime
