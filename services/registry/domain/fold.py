"""How an organisation follows from its history: one event after another."""

from dataclasses import replace
from datetime import datetime

from services.registry.domain.appeals import (
    AppealAnswered,
    Appealed,
    AppealEvent,
    evolve_appeals,
    open_number,
)
from services.registry.domain.assistance import (
    Assistance,
    after_code,
    after_edit,
)
from services.registry.domain.documents import (
    DocumentAdded,
    DocumentWithdrawn,
    evolve_documents,
)
from services.registry.domain.flags import (
    FlagEvent,
    FlagLevelRaised,
    FlagRaised,
    FlagResolved,
    evolve_flags,
    highest_open,
)
from services.registry.domain.keys import SearchKeys
from services.registry.domain.merging import (
    Absorbed,
    MergedInto,
    MergeEvent,
    MergerCompleted,
)
from services.registry.domain.organization import (
    Approved,
    ChangesRequested,
    ChecklistAnswered,
    Decision,
    FoundDifferent,
    Organization,
    OrganizationEvent,
    ProfileEdited,
    Registered,
    Reinstated,
    Rejected,
    Submitted,
    Suspended,
)
from services.registry.domain.proposals import (
    ChangeProposed,
    ProposalAccepted,
    ProposalDenied,
    ProposalEvent,
    evolve_proposals,
    pending_number,
)
from services.registry.domain.standing import (
    standing,
)
from services.registry.domain.suspension import (
    Revoked,
    Suspension,
    SuspensionAnswered,
)
from services.registry.domain.validity import (
    Expired,
    ExpiryWarned,
)
from shared.certification import (
    Certified,
    CodeGiven,
    WrongCodeEntered,
)
from shared.contracts.registry import (
    OrganizationStatus,
)


def evolve(state: Organization | None, event: OrganizationEvent) -> Organization:
    """Fold one event into the state."""
    if isinstance(event, Registered):
        return Organization(
            id=event.id,
            status="draft",
            status_since=event.at,
            profile=event.profile,
            keys=event.keys,
            owner=event.owner,
            registered_at=event.at,
            standing=standing("draft", event.at, None),
            assistance=Assistance(event.owner) if event.assisted else None,
        )
    assert state is not None  # noqa: S101 - every history begins with Registered
    match event:
        case ProfileEdited():
            return replace(state, profile=event.profile, keys=event.keys, assistance=after_edit(state.assistance))
        case CodeGiven() | WrongCodeEntered() | Certified():
            return _confirmed(state, event)
        case Submitted():
            return replace(
                _become(state, "submitted", event.at, renewing=state.renewing or state.status == "expired"),
                revision=event.revision,
                claimed_legal_id=state.profile.legal_id,
                corrections=(),
                checklist=None,  # each revision is verified anew
                checklist_by=None,
                checklist_at=None,
            )
        case ChecklistAnswered() | FoundDifferent() | DocumentAdded() | DocumentWithdrawn():
            return _examined(state, event)
        case ChangeProposed() | ProposalAccepted() | ProposalDenied():
            return _proposed(state, event)
        case FlagRaised() | FlagLevelRaised() | FlagResolved() | Appealed() | AppealAnswered():
            return _objected(state, event)
        case MergedInto() | MergerCompleted() | Absorbed():
            return _merged(state, event)
        case ExpiryWarned() | Expired() | Revoked() | SuspensionAnswered():
            return _ended(state, event)
        case _:
            return _decided(state, event)


def _confirmed(state: Organization, event: CodeGiven | WrongCodeEntered | Certified) -> Organization:
    owner = event.by if isinstance(event, Certified) else state.owner  # the applicant takes the draft over
    return replace(state, owner=owner, assistance=after_code(state.assistance, event))


def _examined(
    state: Organization, event: ChecklistAnswered | FoundDifferent | DocumentAdded | DocumentWithdrawn
) -> Organization:
    match event:
        case ChecklistAnswered():
            answers = {**(state.checklist or {}), **event.answers}
            return replace(state, checklist=answers, checklist_by=event.by, checklist_at=event.at)
        case FoundDifferent():
            return replace(state, distinctions=(*state.distinctions, event.distinction))
        case _:
            return replace(state, documents=evolve_documents(state.documents, event))


def _decided(
    state: Organization, event: ChangesRequested | Approved | Rejected | Suspended | Reinstated
) -> Organization:
    match event:
        case ChangesRequested():
            sent_back = _become(state, "changes_requested", event.at, renewing=state.renewing)
            return replace(sent_back, corrections=event.corrections)
        case Approved():
            decision = Decision("approved", event.by, event.at)
            return replace(_become(state, "approved", event.at), decision=decision, validity=event.validity)
        case Rejected():
            decision = Decision("rejected", event.by, event.at, event.reason)
            if state.renewing:  # it stays what it was: accepted work is paid, and a better renewal may come
                return replace(_become(state, "expired", event.at), decision=decision)
            return replace(_become(state, "rejected", event.at), decision=decision, claimed_legal_id=None)
        case Suspended():
            suspension = Suspension(event.reason, event.by, event.at, event.answer_by)
            return replace(_become(state, "suspended", event.at), suspension=suspension)
        case Reinstated():
            return replace(_become(state, "approved", event.at), suspension=None)


def _ended(state: Organization, event: ExpiryWarned | Expired | Revoked | SuspensionAnswered) -> Organization:
    match event:
        case ExpiryWarned():
            return replace(state, validity=state.validity and state.validity.warned(event.at))
        case Expired():
            return _become(state, "expired", event.at)
        case Revoked():  # the legal id stays claimed: nobody comes back under it
            return replace(_become(state, "revoked", event.revocation.at), revocation=event.revocation)
        case SuspensionAnswered():
            return replace(state, suspension=state.suspension and replace(state.suspension, answer=event.answer))


def _objected(state: Organization, event: FlagEvent | AppealEvent) -> Organization:
    if isinstance(event, Appealed | AppealAnswered):
        appeals = evolve_appeals(state.appeals, event)
        return replace(state, appeals=appeals, open_appeal=open_number(appeals))
    flags = evolve_flags(state.flags, event)
    return replace(state, flags=flags, flag_level=highest_open(flags))


def _proposed(state: Organization, event: ProposalEvent) -> Organization:
    proposals = evolve_proposals(state.proposals, event)
    state = replace(state, proposals=proposals, pending_proposal=pending_number(proposals))
    if not isinstance(event, ProposalAccepted):
        return state
    return replace(
        state,
        profile=event.profile,
        keys=SearchKeys(event.names, event.words, event.shares),
        claimed_legal_id=event.profile.legal_id,
        validity=event.validity,
    )


def _merged(state: Organization, event: MergeEvent) -> Organization:
    match event:
        case MergedInto():
            merger = event.merger
            decision = Decision("rejected", merger.by, merger.at, merger.reason)
            ended = _become(state, "rejected", merger.at)
            return replace(ended, merger=merger, decision=decision, claimed_legal_id=None)
        case MergerCompleted():
            return replace(state, merger=state.merger and replace(state.merger, completed=True))
        case Absorbed():
            keys, absorbed = SearchKeys(event.names, event.words, event.shares), (*state.absorbed, event.other)
            return replace(state, profile=event.profile, keys=keys, absorbed=absorbed)


def _become(state: Organization, status: OrganizationStatus, at: datetime, *, renewing: bool = False) -> Organization:
    what = standing(status, at, state.standing, renewing=renewing)
    return replace(state, status=status, status_since=at, standing=what, renewing=renewing)
