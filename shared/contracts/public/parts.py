"""Values that several public forms hold."""

from pydantic import Field

from shared.contracts.base import Names, Part
from shared.contracts.ids import Id


class PublicRuleSetRef(Part):
    """Which rule set, at which version."""

    id: Id = Field(description="Id of the rule set.")
    version: int = Field(ge=1, description="Its version.")


class PublicCriterion(Part):
    """One criterion by which requests are scored; the weights of a programme add up to 100 (REQ-1)."""

    id: Id = Field(description="Id of the criterion.")
    names: Names = Field(description="Its names.")
    weight: int = Field(ge=1, le=100, description="Its part of 100 points.")
