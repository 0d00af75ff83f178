"""Public forms of what registry announces: which organisations are approved, and the districts."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from shared.contracts import registry as inside
from shared.contracts.base import Instant, Names
from shared.contracts.ids import DistrictId, Id
from shared.contracts.public.base import Forms, NotPublic, PublicData, shown_as


class PublicOrganizationApproved(PublicData, type="organization.approved.v1", announcer="registry"):
    """An organisation (تشکل) was verified and approved; its name for all that follows."""

    organization: Id = Field(description="Id of the organisation.")
    name: Annotated[str, StringConstraints(max_length=300)] = Field(description="Persian name, as typed.")
    kind: Id = Field(description="Kind of organisation, e.g. ``association`` or ``informal_group``.")
    districts: list[DistrictId] = Field(description="Districts in which it works.")


class PublicDistrictDefined(PublicData, type="district.defined.v1", announcer="registry"):
    """A district (منطقه) was defined or its data changed; whole state."""

    district: DistrictId = Field(description="Id of the district.")
    names: Names = Field(description="Its names.")
    order: int = Field(ge=0, description="Place in the city's own order.")
    valid_from: Instant = Field(description="Since when the district exists, UTC.")
    valid_to: Instant | None = Field(default=None, description="Until when, UTC; none: still.")
    external_code: str | None = Field(default=None, max_length=80, description="Code of the district elsewhere.")


_UNDECIDED: Final = NotPublic("a registration is between the organisation and the city until it is approved")
_PROFILE: Final = NotPublic("a profile's public part is read from registry; the event holds no more than what changed")
_NOTES: Final = NotPublic("a flag is a note of the office to itself; even the organisation does not see it")
_STANDING: Final = NotPublic("PUB-1 does not name an organisation's standing")

FORMS: Final[Forms] = {
    inside.OrganizationRegistered: _UNDECIDED,
    inside.OrganizationSubmitted: _UNDECIDED,
    inside.OrganizationChangesRequested: _UNDECIDED,
    inside.OrganizationRejected: _UNDECIDED,
    inside.OrganizationApproved: shown_as(PublicOrganizationApproved),
    inside.OrganizationSuspended: _STANDING,
    inside.OrganizationReinstated: _STANDING,
    inside.OrganizationSuspensionAnswered: _STANDING,
    inside.OrganizationRevoked: _STANDING,
    inside.OrganizationExpired: _STANDING,
    inside.OrganizationExpiryWarned: _STANDING,
    inside.OrganizationMerged: _UNDECIDED,
    inside.OrganizationAbsorbed: _PROFILE,
    inside.OrganizationChangeProposed: _UNDECIDED,
    inside.OrganizationChangeAccepted: _PROFILE,
    inside.OrganizationChangeDenied: _UNDECIDED,
    inside.OrganizationAppealed: _UNDECIDED,
    inside.OrganizationAppealAnswered: _UNDECIDED,
    inside.OrganizationFlagRaised: _NOTES,
    inside.OrganizationFlagLevelRaised: _NOTES,
    inside.OrganizationFlagResolved: _NOTES,
    inside.StandingChanged: _STANDING,
    inside.DistrictDefined: shown_as(PublicDistrictDefined),
}
