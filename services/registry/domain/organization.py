"""An organisation from its draft to its standing (DOMAIN.md, "Registry"; REG-1, 2, 4, 5).

draft → submitted → approved ⇄ suspended
            ↘ changes_requested → submitted
            ↘ rejected
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal

from services.registry.domain import checklist
from services.registry.domain.checklist import Answer, Answers
from services.registry.domain.documents import (
    DocumentAdded,
    DocumentWithdrawn,
    OrganizationDocument,
    evolve_documents,
    missing_documents,
)
from services.registry.domain.kinds import Kind
from services.registry.domain.profile import Profile, changed_parts, lies_in, missing
from services.registry.domain.standing import standing
from shared.contracts.refusals import FieldError, InvalidFields, Refusal
from shared.contracts.registry import OrganizationStatus, Standing

LIVING: Final[tuple[OrganizationStatus, ...]] = ("submitted", "changes_requested", "approved", "suspended")
"""Statuses in which an organisation holds its legal id and can be somebody's duplicate (REG-5)."""

Ground = Literal["same_name", "same_sheba"]


@dataclass(frozen=True)
class SearchKeys:
    """What names are compared and found by: keys of the Persian and the former names; the words of all names."""

    names: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Correction:
    """A part of the profile (JSON pointer) that the organisation has to correct, and why."""

    field: str
    reason: str


@dataclass(frozen=True)
class Distinction:
    """A registrar's word that a likely duplicate is another organisation (REG-5)."""

    organization: str
    grounds: tuple[Ground, ...]
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Decision:
    """The outcome of a verification: by whom (token subject) and when (REG-2)."""

    outcome: Literal["approved", "rejected"]
    by: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True)
class Suspension:
    """Why the standing is withdrawn for now, by whom and since when."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Organization:
    """State. ``revision`` counts submissions; ``claimed_legal_id`` is set while living and is unique then (REG-5)."""

    id: str
    status: OrganizationStatus
    status_since: datetime
    profile: Profile
    keys: SearchKeys
    owner: str
    registered_at: datetime
    standing: Standing
    revision: int = 0
    claimed_legal_id: str | None = None
    corrections: tuple[Correction, ...] = ()
    checklist: dict[str, Answer] | None = None
    checklist_by: str | None = None
    checklist_at: datetime | None = None
    distinctions: tuple[Distinction, ...] = ()
    decision: Decision | None = None
    suspension: Suspension | None = None
    documents: tuple[OrganizationDocument, ...] = ()


@dataclass(frozen=True)
class Imported:
    """From which import and which row of its spreadsheet an organisation came; the owner is then the office that imported."""

    id: str
    row: int


@dataclass(frozen=True)
class Registered:
    """A draft was opened by a person who signed in."""

    id: str
    owner: str
    profile: Profile
    keys: SearchKeys
    at: datetime
    imported: Imported | None = None


@dataclass(frozen=True)
class ProfileEdited:
    """The profile changed before its verification; ``changed`` points at what."""

    profile: Profile
    keys: SearchKeys
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Submitted:
    """The organisation asks to be verified."""

    revision: int
    at: datetime


@dataclass(frozen=True)
class ChecklistAnswered:
    """Answers to some or all questions; later answers replace earlier ones."""

    answers: dict[str, Answer]
    by: str
    at: datetime


@dataclass(frozen=True)
class FoundDifferent:
    """A likely duplicate is another organisation."""

    distinction: Distinction


@dataclass(frozen=True)
class ChangesRequested:
    """Sent back for corrections."""

    corrections: tuple[Correction, ...]
    by: str
    at: datetime


@dataclass(frozen=True)
class Approved:
    """Verified and approved."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Rejected:
    """Registration refused."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Suspended:
    """Standing withdrawn for now."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Reinstated:
    """Standing given back."""

    reason: str
    by: str
    at: datetime


OrganizationEvent = (
    Registered
    | ProfileEdited
    | Submitted
    | ChecklistAnswered
    | FoundDifferent
    | ChangesRequested
    | Approved
    | Rejected
    | Suspended
    | Reinstated
    | DocumentAdded
    | DocumentWithdrawn
)


class WrongStatus(Refusal):
    """The organisation is not in a status in which this is done."""

    code = "organization_wrong_status"


class AlreadyRegistered(Refusal):
    """There is an organisation under this id."""

    code = "organization_already_registered"


class FieldsNotOpen(Refusal):
    """Only the parts named for correction may change now."""

    code = "fields_not_open"
    kind = "unprocessable"


class ProfileIncomplete(Refusal):
    """Parts that the kind requires lack, or do not fit it (REG-1)."""

    code = "profile_incomplete"
    kind = "unprocessable"


class ChecklistNotPassed(Refusal):
    """An answer is no, or lacks (REG-2)."""

    code = "checklist_not_passed"


class DuplicatesUnresolved(Refusal):
    """A likely duplicate has not been found different (REG-2, REG-5)."""

    code = "duplicates_unresolved"


class NotALikelyDuplicate(Refusal):
    """The other organisation does not resemble this one."""

    code = "not_a_likely_duplicate"


class LegalIdTaken(Refusal):
    """A living organisation has this legal id (REG-5)."""

    code = "legal_id_taken"


def register(
    state: Organization | None,
    *,
    id: str,
    owner: str,
    profile: Profile,
    keys: SearchKeys,
    now: datetime,
    imported: Imported | None = None,
) -> Sequence[OrganizationEvent]:
    """Open a draft. Raises AlreadyRegistered."""
    if state is not None:
        raise AlreadyRegistered(id=id)
    return [Registered(id, owner, profile, keys, now, imported)]


def edit(state: Organization, profile: Profile, keys: SearchKeys) -> Sequence[OrganizationEvent]:
    """Change the profile in draft, or its named parts when sent back. Raises WrongStatus, FieldsNotOpen."""
    _require_status(state, "draft", "changes_requested")
    changed = changed_parts(state.profile, profile)
    if not changed:
        return []
    if state.status == "changes_requested":
        open_parts = tuple(correction.field for correction in state.corrections)
        closed = [pointer for pointer in changed if not lies_in(pointer, open_parts)]
        if closed:
            raise FieldsNotOpen(errors=[FieldError(pointer, "field_not_open") for pointer in closed])
    return [ProfileEdited(profile, keys, changed)]


def submit(state: Organization, kind: Kind, *, now: datetime, today: date) -> Sequence[OrganizationEvent]:
    """Ask for verification. Raises WrongStatus, ProfileIncomplete."""
    _require_status(state, "draft", "changes_requested")
    _require_complete(state, kind, today)
    return [Submitted(state.revision + 1, now)]


def answer_checklist(
    state: Organization, kind: Kind, answers: Answers, *, by: str, now: datetime
) -> Sequence[OrganizationEvent]:
    """Answer questions of the checklist (REG-2). Raises WrongStatus, InvalidFields."""
    _require_status(state, "submitted")
    faults = checklist.faults(answers, state.profile, kind)
    if faults:
        raise InvalidFields(errors=faults)
    return [ChecklistAnswered(dict(answers), by, now)]


def find_different(
    state: Organization, other: Organization, reason: str, *, by: str, now: datetime
) -> Sequence[OrganizationEvent]:
    """Note that a likely duplicate is another organisation (REG-5). Raises WrongStatus, NotALikelyDuplicate."""
    _require_status(state, "submitted")
    grounds = resemblance(state, other)
    if not grounds:
        raise NotALikelyDuplicate(organization=other.id)
    return [FoundDifferent(Distinction(other.id, grounds, reason, by, now))]


def approve(
    state: Organization, kind: Kind, lookalikes: Sequence[Organization], *, by: str, now: datetime, today: date
) -> Sequence[OrganizationEvent]:
    """Approve (REG-2). ``lookalikes``: living organisations that may resemble this one.

    Raises WrongStatus, ProfileIncomplete, ChecklistNotPassed, DuplicatesUnresolved.
    """
    _require_status(state, "submitted")
    _require_complete(state, kind, today)
    answers = state.checklist or {}
    if checklist.result(answers) != "passed":
        raise ChecklistNotPassed(errors=checklist.open_questions(answers))
    unresolved = [other.id for other in lookalikes if unresolved_grounds(state, other)]
    if unresolved:
        raise DuplicatesUnresolved(organizations=", ".join(unresolved))
    return [Approved(by, now)]


def reject(state: Organization, reason: str, *, by: str, now: datetime) -> Sequence[OrganizationEvent]:
    """Refuse the registration, with the reason. Raises WrongStatus."""
    _require_status(state, "submitted")
    return [Rejected(reason, by, now)]


def request_changes(
    state: Organization, corrections: Sequence[Correction], *, by: str, now: datetime
) -> Sequence[OrganizationEvent]:
    """Send back: only the named parts open again. Raises WrongStatus."""
    _require_status(state, "submitted")
    return [ChangesRequested(tuple(corrections), by, now)]


def suspend(state: Organization, reason: str, *, by: str, now: datetime) -> Sequence[OrganizationEvent]:
    """Withdraw the standing for now, with the reason (REG-4). Raises WrongStatus."""
    _require_status(state, "approved")
    return [Suspended(reason, by, now)]


def reinstate(state: Organization, reason: str, *, by: str, now: datetime) -> Sequence[OrganizationEvent]:
    """Give the standing back, with the reason (REG-4). Raises WrongStatus."""
    _require_status(state, "suspended")
    return [Reinstated(reason, by, now)]


def resemblance(one: Organization, other: Organization) -> tuple[Ground, ...]:
    """Return why two organisations are likely the same: a normalised name in a shared district, or the Sheba (REG-5)."""
    if one.id == other.id or other.status not in LIVING:
        return ()
    grounds: list[Ground] = []
    same_district = not set(one.profile.districts).isdisjoint(other.profile.districts)
    if same_district and not set(one.keys.names).isdisjoint(other.keys.names):
        grounds.append("same_name")
    if one.profile.account and other.profile.account and one.profile.account.sheba == other.profile.account.sheba:
        grounds.append("same_sheba")
    return tuple(grounds)


def unresolved_grounds(one: Organization, other: Organization) -> tuple[Ground, ...]:
    """Return the grounds of resemblance on which neither was found different from the other."""
    known = {
        ground
        for here, there in ((one, other), (other, one))
        for distinction in here.distinctions
        if distinction.organization == there.id
        for ground in distinction.grounds
    }
    return tuple(ground for ground in resemblance(one, other) if ground not in known)


def _require_status(state: Organization, *statuses: OrganizationStatus) -> None:
    if state.status not in statuses:
        raise WrongStatus(status=state.status, needed=", ".join(statuses))


def _require_complete(state: Organization, kind: Kind, today: date) -> None:
    errors = (*missing(state.profile, kind, today), *missing_documents(state.documents, kind))
    if errors:
        raise ProfileIncomplete(errors=errors)


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
        )
    assert state is not None  # noqa: S101 - every history begins with Registered
    match event:
        case ProfileEdited():
            return replace(state, profile=event.profile, keys=event.keys)
        case Submitted():
            return replace(
                _become(state, "submitted", event.at),
                revision=event.revision,
                claimed_legal_id=state.profile.legal_id,
                corrections=(),
                checklist=None,  # each revision is verified anew
                checklist_by=None,
                checklist_at=None,
            )
        case ChecklistAnswered():
            answers = {**(state.checklist or {}), **event.answers}
            return replace(state, checklist=answers, checklist_by=event.by, checklist_at=event.at)
        case DocumentAdded() | DocumentWithdrawn():
            return replace(state, documents=evolve_documents(state.documents, event))
        case FoundDifferent():
            return replace(state, distinctions=(*state.distinctions, event.distinction))
        case _:
            return _decided(state, event)


def _decided(
    state: Organization, event: ChangesRequested | Approved | Rejected | Suspended | Reinstated
) -> Organization:
    match event:
        case ChangesRequested():
            return replace(_become(state, "changes_requested", event.at), corrections=event.corrections)
        case Approved():
            return replace(_become(state, "approved", event.at), decision=Decision("approved", event.by, event.at))
        case Rejected():
            decision = Decision("rejected", event.by, event.at, event.reason)
            return replace(_become(state, "rejected", event.at), decision=decision, claimed_legal_id=None)
        case Suspended():
            suspension = Suspension(event.reason, event.by, event.at)
            return replace(_become(state, "suspended", event.at), suspension=suspension)
        case Reinstated():
            return replace(_become(state, "approved", event.at), suspension=None)


def _become(state: Organization, status: OrganizationStatus, at: datetime) -> Organization:
    return replace(state, status=status, status_since=at, standing=standing(status, at, state.standing))
