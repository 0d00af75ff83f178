"""An organisation from its draft to its standing (DOMAIN.md, "Registry"; REG-1 to 5).

draft → submitted → approved ⇄ suspended
            ↘ changes_requested → submitted     approved | suspended → revoked
            ↘ rejected                          approved → expired → submitted (renewal)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from services.registry.domain import checklist
from services.registry.domain.appeals import (
    Appeal,
    AppealAnswered,
    Appealed,
)
from services.registry.domain.assistance import Assistance, require_confirmed
from services.registry.domain.checklist import Answer, Answers
from services.registry.domain.documents import (
    DocumentAdded,
    DocumentWithdrawn,
    OrganizationDocument,
    missing_documents,
)
from services.registry.domain.flags import (
    BLOCKING,
    Flag,
    FlagLevelRaised,
    FlagRaised,
    FlagResolved,
    require_none_open,
)
from services.registry.domain.keys import SearchKeys
from services.registry.domain.kinds import Kind
from services.registry.domain.merging import Absorbed, MergedInto, Merger, MergerCompleted
from services.registry.domain.profile import Profile, changed_parts, lies_in, missing
from services.registry.domain.proposals import (
    ChangeProposed,
    Proposal,
    ProposalAccepted,
    ProposalDenied,
)
from services.registry.domain.suspension import (
    Revocation,
    Revoked,
    Suspension,
    SuspensionAnswered,
)
from services.registry.domain.validity import Expired, ExpiryWarned, Validity
from shared.certification import Certified, CodeGiven, WrongCodeEntered
from shared.contracts.refusals import FieldError, InvalidFields, Refusal
from shared.contracts.registry import FlagLevel, OrganizationStatus, Standing

LIVING: Final[tuple[OrganizationStatus, ...]] = ("submitted", "changes_requested", "approved", "suspended", "expired")
"""Statuses in which an organisation holds its legal id and can be somebody's duplicate (REG-5)."""

SUSPENDABLE: Final[tuple[OrganizationStatus, ...]] = ("approved", "expired")
"""Statuses with a standing; so has an expired organisation while it is verified anew."""
RED: Final[frozenset[FlagLevel]] = frozenset({"red"})

Ground = Literal["same_name", "same_sheba"]


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
class Organization:
    """State. ``revision`` counts submissions; ``claimed_legal_id`` is set while living and is unique then (REG-5).

    ``validity``: how long the approval lasts; None: without an end. ``renewing``: expired, and verified anew (REG-4).
    ``flag_level``: the highest level of the flags that stand (REG-3); ``pending_proposal``, ``open_appeal``: numbers of what waits
    (REG-6, REG-7). Lists are filtered by these three.
    """

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
    revocation: Revocation | None = None
    validity: Validity | None = None
    renewing: bool = False
    flags: tuple[Flag, ...] = ()
    flag_level: FlagLevel | None = None
    proposals: tuple[Proposal, ...] = ()
    pending_proposal: int | None = None
    merger: Merger | None = None
    absorbed: tuple[str, ...] = ()
    appeals: tuple[Appeal, ...] = ()
    open_appeal: int | None = None
    documents: tuple[OrganizationDocument, ...] = ()
    assistance: Assistance | None = None


@dataclass(frozen=True)
class Imported:
    """From which import and which row of its spreadsheet an organisation came; the owner is then the office that imported."""

    id: str
    row: int


@dataclass(frozen=True)
class Registered:
    """A draft was opened by a person who signed in; ``assisted``: by an officer for an applicant (REG-10)."""

    id: str
    owner: str
    profile: Profile
    keys: SearchKeys
    at: datetime
    imported: Imported | None = None
    assisted: bool = False


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
    """Verified and approved, for as long as ``validity`` says."""

    by: str
    at: datetime
    validity: Validity | None = None


@dataclass(frozen=True)
class Rejected:
    """Registration refused."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Suspended:
    """Standing withdrawn for now; ``answer_by``: until when the organisation may answer."""

    reason: str
    by: str
    at: datetime
    answer_by: datetime | None = None


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
    | SuspensionAnswered
    | Revoked
    | Expired
    | ExpiryWarned
    | FlagRaised
    | FlagLevelRaised
    | FlagResolved
    | ChangeProposed
    | ProposalAccepted
    | ProposalDenied
    | Appealed
    | AppealAnswered
    | MergedInto
    | MergerCompleted
    | Absorbed
    | DocumentAdded
    | DocumentWithdrawn
    | CodeGiven
    | WrongCodeEntered
    | Certified
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
    assisted: bool = False,
) -> Sequence[OrganizationEvent]:
    """Open a draft. Raises AlreadyRegistered."""
    if state is not None:
        raise AlreadyRegistered(id=id)
    return [Registered(id, owner, profile, keys, now, imported, assisted)]


def edit(state: Organization, profile: Profile, keys: SearchKeys) -> Sequence[OrganizationEvent]:
    """Change the profile in draft, its named parts when sent back, or for a renewal all but the account (REG-4).

    The account stays because accepted work is still paid to it. Raises WrongStatus, FieldsNotOpen.
    """
    require_status(state, "draft", "changes_requested", "expired")
    changed = changed_parts(state.profile, profile)
    if not changed:
        return []
    closed = [pointer for pointer in changed if not _is_open(state, pointer)]
    if closed:
        raise FieldsNotOpen(errors=[FieldError(pointer, "field_not_open") for pointer in closed])
    return [ProfileEdited(profile, keys, changed)]


def submit(state: Organization, kind: Kind, *, now: datetime, today: date) -> Sequence[OrganizationEvent]:
    """Ask for verification; an expired organisation asks for its renewal (REG-4).

    Raises WrongStatus, EntryUnconfirmed, ProfileIncomplete.
    """
    require_status(state, "draft", "changes_requested", "expired")
    require_confirmed(state.assistance)
    require_complete(state, state.profile, kind, today)
    return [Submitted(state.revision + 1, now)]


def answer_checklist(
    state: Organization, kind: Kind, answers: Answers, *, by: str, now: datetime
) -> Sequence[OrganizationEvent]:
    """Answer questions of the checklist (REG-2). Raises WrongStatus, InvalidFields."""
    require_status(state, "submitted")
    faults = checklist.faults(answers, state.profile, kind)
    if faults:
        raise InvalidFields(errors=faults)
    return [ChecklistAnswered(dict(answers), by, now)]


def find_different(
    state: Organization, other: Organization, reason: str, *, by: str, now: datetime
) -> Sequence[OrganizationEvent]:
    """Note that a likely duplicate is another organisation (REG-5). Raises WrongStatus, NotALikelyDuplicate."""
    require_status(state, "submitted")
    grounds = resemblance(state, other)
    if not grounds:
        raise NotALikelyDuplicate(organization=other.id)
    return [FoundDifferent(Distinction(other.id, grounds, reason, by, now))]


def approve(
    state: Organization,
    kind: Kind,
    lookalikes: Sequence[Organization],
    *,
    by: str,
    now: datetime,
    today: date,
    validity: Validity | None = None,
) -> Sequence[OrganizationEvent]:
    """Approve (REG-2). ``lookalikes``: living organisations that may resemble this one; ``validity``: how long it lasts.

    Raises WrongStatus, ProfileIncomplete, ChecklistNotPassed, BlockedByFlag, DuplicatesUnresolved.
    """
    require_status(state, "submitted")
    require_complete(state, state.profile, kind, today)
    answers = state.checklist or {}
    if checklist.result(answers) != "passed":
        raise ChecklistNotPassed(errors=checklist.open_questions(answers))
    require_none_open(state.flags, BLOCKING)
    unresolved = [other.id for other in lookalikes if unresolved_grounds(state, other)]
    if unresolved:
        raise DuplicatesUnresolved(organizations=", ".join(unresolved))
    return [Approved(by, now, validity)]


def reject(state: Organization, reason: str, *, by: str, now: datetime) -> Sequence[OrganizationEvent]:
    """Refuse the registration, with the reason; a refused renewal leaves the organisation expired. Raises WrongStatus."""
    require_status(state, "submitted")
    return [Rejected(reason, by, now)]


def request_changes(
    state: Organization, corrections: Sequence[Correction], *, by: str, now: datetime
) -> Sequence[OrganizationEvent]:
    """Send back: only the named parts open again. Raises WrongStatus."""
    require_status(state, "submitted")
    return [ChangesRequested(tuple(corrections), by, now)]


def suspend(
    state: Organization, reason: str, *, by: str, now: datetime, answer_by: datetime | None = None
) -> Sequence[OrganizationEvent]:
    """Withdraw the standing for now, with the reason; until ``answer_by`` it may be answered (REG-4). Raises WrongStatus."""
    if not may_be_suspended(state):
        require_status(state, *SUSPENDABLE)
    return [Suspended(reason, by, now, answer_by)]


def may_be_suspended(state: Organization) -> bool:
    """Tell whether there is a standing that could be withdrawn for now."""
    return state.status in SUSPENDABLE or state.renewing


def reinstate(state: Organization, reason: str, *, by: str, now: datetime) -> Sequence[OrganizationEvent]:
    """Give the standing back, with the reason, unless it has expired meanwhile (REG-4).

    Raises WrongStatus, BlockedByFlag: what is red stays suspended (REG-3).
    """
    require_status(state, "suspended")
    require_none_open(state.flags, RED)
    reinstated: OrganizationEvent = Reinstated(reason, by, now)
    over = state.validity is not None and state.validity.is_over(now)
    return [reinstated, Expired(now)] if over else [reinstated]


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


def _is_open(state: Organization, pointer: str) -> bool:
    if state.status == "changes_requested":
        return lies_in(pointer, tuple(correction.field for correction in state.corrections))
    return state.status == "draft" or not lies_in(pointer, ("/account",))


def require_status(state: Organization, *statuses: OrganizationStatus) -> None:
    """Raise WrongStatus unless the organisation has one of the statuses."""
    if state.status not in statuses:
        raise WrongStatus(status=state.status, needed=", ".join(statuses))


def require_complete(state: Organization, profile: Profile, kind: Kind, today: date) -> None:
    """Raise ProfileIncomplete, naming every part and document that the kind requires and that lacks."""
    errors = (*missing(profile, kind, today), *missing_documents(state.documents, kind))
    if errors:
        raise ProfileIncomplete(errors=errors)
