"""Domain events → what registry announces on ``sama.registry``. Personal data never leaves: ids, names of organisations, statuses."""

from collections.abc import Sequence
from typing import Any

from services.registry.domain import district as districts
from services.registry.domain import organization as domain
from services.registry.domain.appeals import AppealAnswered, Appealed
from services.registry.domain.district import District
from services.registry.domain.flags import FlagEvent, FlagLevelRaised, FlagRaised, FlagResolved
from services.registry.domain.merging import Absorbed, MergedInto
from services.registry.domain.organization import Organization
from services.registry.domain.proposals import ChangeProposed, ProposalAccepted, ProposalDenied, ProposalEvent
from services.registry.domain.suspension import Revoked, SuspensionAnswered
from services.registry.domain.validity import Expired, ExpiryWarned
from shared.contracts.base import EventData
from shared.contracts.registry import (
    DistrictDefined,
    OrganizationAbsorbed,
    OrganizationAppealAnswered,
    OrganizationAppealed,
    OrganizationApproved,
    OrganizationChangeAccepted,
    OrganizationChangeDenied,
    OrganizationChangeProposed,
    OrganizationChangesRequested,
    OrganizationExpired,
    OrganizationExpiryWarned,
    OrganizationFlagLevelRaised,
    OrganizationFlagRaised,
    OrganizationFlagResolved,
    OrganizationMerged,
    OrganizationRegistered,
    OrganizationReinstated,
    OrganizationRejected,
    OrganizationRevoked,
    OrganizationSubmitted,
    OrganizationSuspended,
    OrganizationSuspensionAnswered,
    StandingChanged,
)


def announce_district(state: District, _event: districts.DistrictEvent) -> Sequence[EventData]:
    """Announce the whole district."""
    return [
        DistrictDefined(
            district=state.id,
            names=state.names,
            order=state.order,
            valid_from=state.valid_from,
            valid_to=state.valid_to,
            external_code=state.external_code,
        )
    ]


def announce_organization(state: Organization, event: domain.OrganizationEvent) -> Sequence[EventData]:
    """Announce what happened and, where it may have changed, the whole standing. Edits and the steps of a verification stay inside."""
    match event:
        case FlagRaised() | FlagLevelRaised() | FlagResolved():
            return [_about_flag(state, event)]
        case ChangeProposed() | ProposalAccepted() | ProposalDenied():
            return _about_proposal(state, event)
        case Appealed():
            appeal = event.appeal
            return [OrganizationAppealed(**_facts(state), appeal=appeal.number, against=appeal.against)]
        case AppealAnswered():
            against = state.appeals[event.number - 1].against
            facts = {**_facts(state), "appeal": event.number, "against": against}
            return [OrganizationAppealAnswered(**facts, outcome=event.answer.outcome)]
        case ExpiryWarned():
            facts = _facts(state)
            return [OrganizationExpiryWarned(**facts, until=event.until, days_left=event.days_left)]
        case SuspensionAnswered():  # what it says stays in registry: it may name people
            return [OrganizationSuspensionAnswered(**_facts(state))]
    happened = _happened(state, event)
    return [] if happened is None else [happened, _standing_changed(state)]


def _happened(state: Organization, event: domain.OrganizationEvent) -> EventData | None:
    facts = _facts(state)
    match event:
        case domain.Registered():
            return OrganizationRegistered(**facts)
        case domain.Submitted():
            return OrganizationSubmitted(**facts, revision=event.revision)
        case domain.ChangesRequested():
            return OrganizationChangesRequested(**facts, fields=[c.field for c in event.corrections])
        case domain.Approved():
            return OrganizationApproved(**facts)
        case domain.Rejected():
            return OrganizationRejected(**facts, reason=event.reason)
        case domain.Suspended():
            return OrganizationSuspended(**facts, reason=event.reason, answer_by=event.answer_by)
    return _ended(state, event)


def _ended(state: Organization, event: domain.OrganizationEvent) -> EventData | None:
    facts = _facts(state)
    match event:
        case Expired():
            return OrganizationExpired(**facts)
        case MergedInto():
            return OrganizationMerged(**facts, survivor=event.merger.survivor)
        case Absorbed():
            return OrganizationAbsorbed(**facts, merged=event.other, parts=list(event.parts))
        case Revoked():
            return OrganizationRevoked(**facts, reason=event.revocation.reason)
        case domain.Reinstated():
            return OrganizationReinstated(**facts)
    return None


def _about_flag(state: Organization, event: FlagEvent) -> EventData:
    """Tell number and level alone: reasons are notes of the office and may name people."""
    facts = {**_facts(state), "flag": event.number}
    match event:
        case FlagRaised():
            return OrganizationFlagRaised(**facts, level=event.step.level)
        case FlagLevelRaised():
            return OrganizationFlagLevelRaised(**facts, level=event.step.level)
        case FlagResolved():
            return OrganizationFlagResolved(**facts, level=event.level)


def _about_proposal(state: Organization, event: ProposalEvent) -> Sequence[EventData]:
    """Tell number and fields alone; with an accepted one the standing, whose copies hold name, kind and districts."""
    match event:
        case ChangeProposed():
            made = event.proposal
            return [OrganizationChangeProposed(**_facts(state), proposal=made.number, fields=list(made.fields))]
        case ProposalAccepted():
            fields = list(state.proposals[event.number - 1].fields)
            accepted = OrganizationChangeAccepted(**_facts(state), proposal=event.number, fields=fields)
            return [accepted, _standing_changed(state)]
        case ProposalDenied():
            return [OrganizationChangeDenied(**_facts(state), proposal=event.number)]


def _facts(state: Organization) -> dict[str, Any]:
    """What every organisation event carries (OrganizationFacts)."""
    return {
        "organization": state.id,
        "status": state.status,
        "name": state.profile.names.fa,
        "kind": state.profile.kind,
        "districts": list(state.profile.districts),
    }


def _standing_changed(state: Organization) -> StandingChanged:
    return StandingChanged(
        organization=state.id,
        name=state.profile.names.fa,
        kind=state.profile.kind,
        districts=list(state.profile.districts),
        standing=state.standing,
        shares=list(state.keys.shares),
    )
