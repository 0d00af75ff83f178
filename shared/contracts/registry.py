"""What registry announces on ``sama.registry``."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.contracts.base import EventData, Instant, Names, Part
from shared.contracts.ids import DistrictId, Id

OrganizationStatus = Literal[
    "draft", "submitted", "changes_requested", "approved", "rejected", "suspended", "expired", "revoked"
]

FlagLevel = Literal["observation", "risk", "escalated", "red"]
AppealAgainst = Literal["rejection", "suspension"]
AppealOutcome = Literal["upheld", "dismissed"]


class Permission(Part):
    """One thing an organisation may or may not do now (REG-4)."""

    allowed: bool = Field(description="Whether it may.")
    reasons: list[str] = Field(
        default_factory=list, description="Codes saying why not, e.g. ``organization_suspended``."
    )
    since: Instant


class Standing(Part):
    """The whole standing: what the organisation may do now, with reasons and dates (REG-4)."""

    status: OrganizationStatus = Field(description="Where its registration stands.")
    may_submit: Permission = Field(description="May submit requests.")
    may_be_decided: Permission = Field(description="Its requests may be decided.")
    may_be_committed: Permission = Field(description="Its awards may become commitments.")
    may_be_paid: Permission = Field(description="May be paid.")


class OrganizationFacts(EventData):
    """The part every organisation event carries."""

    organization: Id = Field(description="Id of the organisation (تشکل).")
    status: OrganizationStatus = Field(description="Where its registration stands.")
    name: Annotated[str, StringConstraints(max_length=300)] = Field(description="Persian name, as typed.")
    kind: Id = Field(description="Kind of organisation, e.g. ``association`` or ``informal_group``.")
    districts: list[DistrictId] = Field(description="Ids of the districts in which it works.")


class OrganizationRegistered(OrganizationFacts, type="organization.registered.v1", announcer="registry"):
    """A draft registration was opened."""


class OrganizationSubmitted(OrganizationFacts, type="organization.submitted.v1", announcer="registry"):
    """The organisation asked to be verified."""

    revision: int = Field(ge=1, description="Which submission of the registration; 1 is the first.")


class OrganizationApproved(OrganizationFacts, type="organization.approved.v1", announcer="registry"):
    """Verified by checklist and approved."""


class OrganizationRejected(OrganizationFacts, type="organization.rejected.v1", announcer="registry"):
    """Registration refused, with the reason."""

    reason: str = Field(max_length=2000, description="Reason of the refusal, written to the organisation.")


class OrganizationChangesRequested(OrganizationFacts, type="organization.changes_requested.v1", announcer="registry"):
    """Sent back for corrections."""

    fields: list[str] = Field(description="JSON pointers of the fields to correct.")


class OrganizationSuspended(OrganizationFacts, type="organization.suspended.v1", announcer="registry"):
    """Standing withdrawn for now."""

    reason: str = Field(max_length=2000, description="Reason of the suspension, written to the organisation.")
    answer_by: Instant | None = Field(default=None, description="Until when the organisation may answer, UTC.")


class OrganizationReinstated(OrganizationFacts, type="organization.reinstated.v1", announcer="registry"):
    """Standing given back."""


class OrganizationSuspensionAnswered(
    OrganizationFacts, type="organization.suspension_answered.v1", announcer="registry"
):
    """The suspended organisation answered; what it says stays in registry."""


class OrganizationRevoked(OrganizationFacts, type="organization.revoked.v1", announcer="registry"):
    """Standing lost for good."""

    reason: str = Field(max_length=2000, description="Reason of the revocation, written to the organisation.")


class OrganizationExpired(OrganizationFacts, type="organization.expired.v1", announcer="registry"):
    """Licence or registration ended: no new submission or commitment, accepted work is still paid."""


class OrganizationExpiryWarned(OrganizationFacts, type="organization.expiry_warned.v1", announcer="registry"):
    """Licence or registration ends soon."""

    until: Instant = Field(description="First instant at which it is over, UTC.")
    days_left: int = Field(ge=0, description="Days until then, the begun one counted.")


class OrganizationMerged(OrganizationFacts, type="organization.merged.v1", announcer="registry"):
    """It is another organisation, registered twice; its record stays, without a standing."""

    survivor: Id = Field(description="Id of the organisation that it is.")


class OrganizationAbsorbed(OrganizationFacts, type="organization.absorbed.v1", announcer="registry"):
    """It took over parts of an organisation that was merged into it."""

    merged: Id = Field(description="Id of the organisation that was merged into it.")
    parts: list[str] = Field(description="Parts of the profile that it took over.")


class OrganizationProposalFacts(OrganizationFacts):
    """The part every event about a proposed change carries (REG-6)."""

    proposal: int = Field(ge=1, description="Number of the proposal; it counts those of this organisation.")


class OrganizationChangeProposed(
    OrganizationProposalFacts, type="organization.change_proposed.v1", announcer="registry"
):
    """A change of an approved profile was proposed; what was pending is superseded."""

    fields: list[str] = Field(description="JSON pointers of the fields that would change.")


class OrganizationChangeAccepted(
    OrganizationProposalFacts, type="organization.change_accepted.v1", announcer="registry"
):
    """The profile changed as proposed."""

    fields: list[str] = Field(description="JSON pointers of the fields that changed.")


class OrganizationChangeDenied(OrganizationProposalFacts, type="organization.change_denied.v1", announcer="registry"):
    """The profile stays as it is; the reason is the organisation's to read."""


class OrganizationAppealFacts(OrganizationFacts):
    """The part every event about an appeal carries; grounds and reasons stay in registry (REG-7)."""

    appeal: int = Field(ge=1, description="Number of the appeal; it counts those of this organisation.")
    against: AppealAgainst = Field(description="What it is against.")


class OrganizationAppealed(OrganizationAppealFacts, type="organization.appealed.v1", announcer="registry"):
    """The organisation appealed against its refusal or suspension."""


class OrganizationAppealAnswered(OrganizationAppealFacts, type="organization.appeal_answered.v1", announcer="registry"):
    """The city office answered an appeal; what an upheld one undoes is announced next."""

    outcome: AppealOutcome = Field(description="upheld: it is undone; dismissed: it stands.")


class OrganizationFlagFacts(OrganizationFacts):
    """The part every event about a flag carries; why it was set stays in registry (REG-3)."""

    flag: int = Field(ge=1, description="Number of the flag; it counts the flags of this organisation.")
    level: FlagLevel = Field(description="Level that the flag has reached.")


class OrganizationFlagRaised(OrganizationFlagFacts, type="organization.flag_raised.v1", announcer="registry"):
    """The office set a flag; a red one suspends at once."""


class OrganizationFlagLevelRaised(
    OrganizationFlagFacts, type="organization.flag_level_raised.v1", announcer="registry"
):
    """A flag reached a higher level; red suspends at once."""


class OrganizationFlagResolved(OrganizationFlagFacts, type="organization.flag_resolved.v1", announcer="registry"):
    """A flag no longer stands; it stays on record."""


class StandingChanged(EventData, type="organization.standing_changed.v1", announcer="registry"):
    """The whole standing, announced with each event that concerns it; copies apply it only when its sequence is newer."""

    organization: Id = Field(description="Id of the organisation (تشکل).")
    name: Annotated[str, StringConstraints(max_length=300)] = Field(description="Persian name, as typed.")
    kind: Id = Field(description="Kind of organisation, e.g. ``association`` or ``informal_group``.")
    districts: list[DistrictId] = Field(description="Ids of the districts in which it works.")
    standing: Standing = Field(description="What the organisation may do now.")
    shares: list[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]] = Field(
        default=[],
        description="Keyed hashes of its representatives and its account; equal ones are the same person or account (REG-5).",
    )


class DistrictDefined(EventData, type="district.defined.v1", announcer="registry"):
    """A district was defined or its data changed; whole state. Districts are data with validity dates, never a fixed number."""

    district: DistrictId = Field(description="Id of the district.")
    names: Names = Field(description="Its names.")
    order: int = Field(
        ge=0, description="Place in the city's own order; decides who gets the remainder of a split (BUD-4)."
    )
    valid_from: Instant
    valid_to: Instant | None = None
    external_code: str | None = Field(default=None, max_length=80, description="Code of the district elsewhere.")
