"""Public forms of what review announces of participation: councils, concerns, obstacles and meetings.

Texts that people typed for the office (evidence, reasons, questions not answered yet) stay inside: nobody has read them for the public.
"""

from typing import Final

from pydantic import Field

from shared.contracts import participation as inside
from shared.contracts.base import Names
from shared.contracts.ids import DistrictId, Id
from shared.contracts.participation import CouncilKind, NeighbourhoodId
from shared.contracts.public.base import Forms, PublicData, shown_as


class PublicCouncilChanged(PublicData, type="council.changed.v1", announcer="review"):
    """A participation council (شورای مشارکت‌ها) was set up, or a membership began or ended."""

    council: Id = Field(description="Id of the council.")
    kind: CouncilKind = Field(description="Whose council it is: a neighbourhood's or the district's.")
    district: DistrictId = Field(description="Its district.")
    neighbourhood: NeighbourhoodId | None = Field(
        default=None, description="Id of its neighbourhood (محله); none: the district's council."
    )
    names: Names = Field(description="Its names.")
    sitting: int = Field(ge=0, description="How many members it has now.")


FORMS: Final[Forms] = {
    inside.CouncilChanged: shown_as(PublicCouncilChanged),
}
