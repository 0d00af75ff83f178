"""Changes of a profile after approval (REG-6): proposed by the organisation, accepted or denied by the registrar."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from services.registry.domain.profile import Profile
from services.registry.domain.validity import Validity
from shared.contracts.refusals import Refusal

ProposalStatus = Literal["pending", "accepted", "denied", "superseded"]


@dataclass(frozen=True)
class Proposal:
    """A proposed change: the ``parts`` of the profile to replace, taken from ``profile``; ``fields`` points at what differed.

    ``number`` counts the organisation's proposals from 1. ``decided_by`` and the rest are set when it is accepted or denied.
    """

    number: int
    parts: tuple[str, ...]
    profile: Profile
    fields: tuple[str, ...]
    by: str
    at: datetime
    status: ProposalStatus = "pending"
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class ChangeProposed:
    """The organisation proposes a change; one that was pending is superseded."""

    proposal: Proposal


@dataclass(frozen=True)
class ProposalAccepted:
    """The profile changed as proposed; ``names``, ``words``: what names are now compared and found by."""

    number: int
    profile: Profile
    names: tuple[str, ...]
    words: tuple[str, ...]
    validity: Validity | None
    by: str
    at: datetime
    shares: tuple[str, ...] = ()
    """As in SearchKeys."""


@dataclass(frozen=True)
class ProposalDenied:
    """The profile stays as it is."""

    number: int
    reason: str
    by: str
    at: datetime


ProposalEvent = ChangeProposed | ProposalAccepted | ProposalDenied
PROPOSAL_EVENTS: Final = (ChangeProposed, ProposalAccepted, ProposalDenied)


class NoSuchProposal(Refusal):
    """The organisation made no proposal of this number."""

    code = "no_such_proposal"
    kind = "not_found"


class ProposalNotPending(Refusal):
    """The proposal was decided or superseded before."""

    code = "proposal_not_pending"


class NothingProposed(Refusal):
    """The profile is so already."""

    code = "nothing_proposed"
    kind = "unprocessable"


def pending_number(proposals: Sequence[Proposal]) -> int | None:
    """Return the number of the one proposal that waits, or None."""
    return next((proposal.number for proposal in proposals if proposal.status == "pending"), None)


def find_pending(proposals: Sequence[Proposal], number: int) -> Proposal:
    """Return a proposal that waits. Raises NoSuchProposal, ProposalNotPending."""
    for proposal in proposals:
        if proposal.number == number:
            if proposal.status != "pending":
                raise ProposalNotPending(proposal=number, status=proposal.status)
            return proposal
    raise NoSuchProposal(proposal=number)


def evolve_proposals(proposals: tuple[Proposal, ...], event: ProposalEvent) -> tuple[Proposal, ...]:
    """Fold one event into the proposals."""
    match event:
        case ChangeProposed():
            before = (replace(p, status="superseded") if p.status == "pending" else p for p in proposals)
            return (*before, event.proposal)
        case ProposalAccepted():
            decided = {"status": "accepted", "decided_by": event.by, "decided_at": event.at}
        case ProposalDenied():
            decided = {"status": "denied", "decided_by": event.by, "decided_at": event.at, "reason": event.reason}
    return tuple(replace(p, **decided) if p.number == event.number else p for p in proposals)  # type: ignore[arg-type]
