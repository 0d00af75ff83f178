"""How registry's nouns are kept: documents ↔ model, and what each announces."""

from typing import Final

from services.registry.domain import (
    appeals,
    district,
    documents,
    flags,
    fold,
    merging,
    organization,
    organization_import,
    proposals,
    standing_steps,
    suspension,
    validity,
)
from services.registry.outbound.announce import announce_district, announce_organization
from shared import certification
from shared.storage.ports import AggregateKind

DISTRICTS: Final = AggregateKind[district.District, district.DistrictEvent](
    noun="district",
    collection="districts",
    state=district.District,
    events=(district.Defined,),
    evolve=district.evolve,
    announce=announce_district,
)

ORGANIZATIONS: Final = AggregateKind[organization.Organization, organization.OrganizationEvent](
    noun="organization",
    collection="organizations",
    state=organization.Organization,
    events=(
        organization.Registered,
        organization.ProfileEdited,
        organization.Submitted,
        organization.ChecklistAnswered,
        organization.FoundDifferent,
        organization.ChangesRequested,
        organization.Approved,
        organization.Rejected,
        organization.Suspended,
        organization.Reinstated,
        suspension.SuspensionAnswered,
        suspension.Revoked,
        validity.Expired,
        validity.ExpiryWarned,
        *flags.FLAG_EVENTS,
        *proposals.PROPOSAL_EVENTS,
        *appeals.APPEAL_EVENTS,
        *merging.MERGE_EVENTS,
        documents.DocumentAdded,
        documents.DocumentWithdrawn,
        certification.CodeGiven,
        certification.WrongCodeEntered,
        certification.Certified,
    ),
    evolve=fold.evolve,
    announce=announce_organization,
    due_at=standing_steps.due_at,
)

FILES: Final = "documents"
"""Bucket of the contents of documents."""

IMPORTS: Final = AggregateKind[organization_import.OrganizationImport, organization_import.ImportEvent](
    noun="organization_import",
    collection="organization_imports",
    state=organization_import.OrganizationImport,
    events=(organization_import.Examined, organization_import.Chosen, organization_import.RowsRegistered),
    evolve=organization_import.evolve,
    announce=lambda _state, _event: (),  # the organisations that it registers are announced
    due_at=organization_import.due_at,
)
