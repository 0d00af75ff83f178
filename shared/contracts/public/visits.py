"""Public forms of what review announces of field visits: that one was made, and of which request once that was decided."""

from typing import Final

from pydantic import Field

from shared.contracts import visits as inside
from shared.contracts.ids import DistrictId, Id
from shared.contracts.public.base import Forms, NotPublic, PublicData, shown_as
from shared.contracts.visits import VisitPhase


class PublicVisitReported(PublicData, type="visit.reported.v1", announcer="review"):
    """A field visit (بازدید میدانی) was made. What was found stays with the file."""

    visit: Id = Field(description="Id of the visit.")
    case: Id | None = Field(default=None, description="Case; none before its decision.")
    request: Id | None = Field(default=None, description="Request that was visited; none before its decision.")
    district: DistrictId = Field(description="District of the request.")
    phase: VisitPhase = Field(description="Whether it helps to decide, or looks at what was approved.")
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="Day of the visit, ISO 8601.")
    visitors: int = Field(ge=1, description="How many went.")


def _reported(data: inside.VisitReported) -> PublicVisitReported:
    shown = shown_as(PublicVisitReported)(data)
    # which requests are reviewed is not public before a decision
    return shown if data.phase == "in_execution" else shown.model_copy(update={"case": None, "request": None})


_ARRANGED: Final = NotPublic(
    "which requests are reviewed, and when somebody comes, is between the city and those visited"
)

FORMS: Final[Forms] = {
    inside.VisitPlanned: _ARRANGED,
    inside.VisitCancelled: _ARRANGED,
    inside.VisitReported: _reported,
}
