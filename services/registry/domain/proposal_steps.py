"""What is done about proposed changes (REG-6)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from services.registry.domain.keys import SearchKeys
from services.registry.domain.kinds import Kind
from services.registry.domain.organization import (
    Organization,
    OrganizationEvent,
    require_complete,
    require_status,
)
from services.registry.domain.profile import Profile, changed_parts
from services.registry.domain.proposals import (
    ChangeProposed,
    NothingProposed,
    Proposal,
    ProposalAccepted,
    ProposalDenied,
    find_pending,
)
from services.registry.domain.validity import Validity


def propose_change(
    state: Organization, parts: Sequence[str], profile: Profile, *, by: str, now: datetime
) -> Sequence[OrganizationEvent]:
    """Propose to replace parts of the profile by those of ``profile``; supersedes what is pending. Raises WrongStatus, NothingProposed."""
    require_status(state, "approved", "suspended")
    fields = changed_parts(state.profile, profile)
    if not fields:
        raise NothingProposed()
    return [ChangeProposed(Proposal(len(state.proposals) + 1, tuple(parts), profile, fields, by, now))]


def proposed_profile(state: Organization, number: int) -> Profile:
    """Return the profile as it would be with a pending proposal. Raises NoSuchProposal, ProposalNotPending."""
    proposal = find_pending(state.proposals, number)
    return replace(state.profile, **{part: getattr(proposal.profile, part) for part in proposal.parts})


def accept_proposal(
    state: Organization,
    number: int,
    kind: Kind,
    keys: SearchKeys,
    validity: Validity | None,
    *,
    by: str,
    now: datetime,
    today: date,
) -> Sequence[OrganizationEvent]:
    """Change the profile as proposed. kind, keys, validity: of the profile as it will be; an end that stays keeps its warnings.

    Raises WrongStatus, NoSuchProposal, ProposalNotPending, ProfileIncomplete.
    """
    require_status(state, "approved", "suspended", "expired")
    profile = proposed_profile(state, number)
    require_complete(state, profile, kind, today)
    if validity is not None and state.validity is not None and validity.until == state.validity.until:
        validity = state.validity
    return [ProposalAccepted(number, profile, keys.names, keys.words, validity, by, now, keys.shares)]


def deny_proposal(
    state: Organization, number: int, reason: str, *, by: str, now: datetime
) -> Sequence[OrganizationEvent]:
    """Leave the profile as it is, with the reason. Raises NoSuchProposal, ProposalNotPending."""
    find_pending(state.proposals, number)
    return [ProposalDenied(number, reason, by, now)]
