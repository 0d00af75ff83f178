"""What review announces of participation: councils, concerns, obstacles and meetings (on ``sama.review``, too)."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from shared.contracts.base import EventData, Names
from shared.contracts.ids import DistrictId, Id

NEIGHBOURHOOD_PATTERN: Final = r"^[a-z0-9-]{1,30}$"  # shorter than a district's, so that a council's id holds both
NeighbourhoodId = Annotated[str, StringConstraints(pattern=NEIGHBOURHOOD_PATTERN)]

CouncilKind = Literal["neighbourhood", "district"]


class CouncilChanged(EventData, type="council.changed.v1", announcer="review"):
    """A council was set up, or a membership began or ended. No person."""

    council: Id = Field(description="Id of the council (شورای مشارکت‌ها).")
    kind: CouncilKind = Field(description="Whose council it is: a neighbourhood's (محله) or the district's (منطقه).")
    district: DistrictId = Field(description="Its district.")
    neighbourhood: NeighbourhoodId | None = Field(
        default=None, description="Id of its neighbourhood (محله); none: the district's council."
    )
    names: Names = Field(description="Its names.")
    sitting: int = Field(ge=0, description="How many members it has now.")
