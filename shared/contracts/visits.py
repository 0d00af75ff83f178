"""What review announces of field visits (on ``sama.review``, too)."""

from typing import Literal

from pydantic import Field

from shared.contracts.base import EventData, Instant
from shared.contracts.ids import DistrictId, Id

VisitPhase = Literal["before_decision", "in_execution"]
VisitStatus = Literal["planned", "reported", "cancelled"]


class VisitFacts(EventData):
    """What every event of a field visit carries. No person, no finding."""

    visit: Id = Field(description="Id of the field visit (بازدید میدانی).")
    case: Id = Field(description="Case with whose file it is seen.")
    request: Id = Field(description="Request that is visited.")
    district: DistrictId = Field(description="District of the request.")
    phase: VisitPhase = Field(description="Whether it helps to decide, or looks at what was approved.")


class VisitPlanned(VisitFacts, type="visit.planned.v1", announcer="review"):
    """The secretary planned a field visit (REV-13)."""

    starts_at: Instant
    visitors: int = Field(ge=1, description="How many are to go.")


class VisitCancelled(VisitFacts, type="visit.cancelled.v1", announcer="review"):
    """The visit is not made."""


class VisitReported(VisitFacts, type="visit.reported.v1", announcer="review"):
    """Who went wrote down what was found; it is seen with the file."""

    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="Day of the visit, ISO 8601.")
    visitors: int = Field(ge=1, description="How many went.")
    pictures: int = Field(ge=0, description="How many pictures there were by then.")
