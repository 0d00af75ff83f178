"""What callers get: an organisation as far as they may see it, lists without personal data, and the timeline."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from services.registry.domain import checklist
from services.registry.domain import organization as domain
from services.registry.domain.assistance import awaits_confirmation
from services.registry.domain.checklist import ChecklistResult
from services.registry.domain.district import District, is_valid
from services.registry.domain.documents import DocumentAdded, DocumentEvent, DocumentWithdrawn
from services.registry.domain.kinds import Kind, Requirement
from services.registry.domain.organization import Ground, Organization, OrganizationEvent
from services.registry.domain.profile import Profile
from services.registry.domain.suspension import Suspension
from services.registry.inbound import timeline
from services.registry.inbound.bodies import (
    AccountPart,
    AddressPart,
    AnswerPart,
    ContactPart,
    CorrectionPart,
    LicencePart,
    NamesPart,
    RepresentativePart,
)
from services.registry.usecases.access import Sight
from services.registry.usecases.identifiers import checked_identifiers
from services.registry.usecases.organizations import Lookalike, Seen
from shared.contracts.base import Names
from shared.contracts.registry import OrganizationStatus, Standing
from shared.persian.identifiers import WellFormed, masked
from shared.storage.aggregates import HistoryEntry
from shared.storage.ports import Stored

WITHHELD: Final[dict[Sight, tuple[str, ...]]] = {
    "full": (),
    "masked": (),
    "public": ("/address/text", "/address/postal_code", "/contact", "/account", "/representatives", "/checklist"),
}


class DistrictView(BaseModel):
    """A district."""

    id: str = Field(examples=["7"])
    names: Names
    order: int = Field(description="Place in the city's own order.", examples=[7])
    valid_from: datetime
    valid_to: datetime | None = Field(description="First instant at which it is no more; null: open.")
    external_code: str | None
    in_force: bool = Field(description="It exists now.")
    version: int

    @classmethod
    def of(cls, stored: Stored[District], now: datetime) -> "DistrictView":
        """Return the view at this instant."""
        return cls(**_fields(stored.state), in_force=is_valid(stored.state, now), version=stored.version)


class KindView(BaseModel):
    """A kind of organisation and what it asks (REG-1)."""

    id: str = Field(examples=["mosque_group"])
    names: Names
    legal_id: Requirement = Field(description="Where it is not required and none is given, a reason is.")
    licence: Requirement
    account: Requirement
    representatives: int = Field(description="The least number of representatives.")
    representative_ids: Requirement = Field(description="National codes and mobiles of representatives.")
    documents: tuple[str, ...] = Field(description="Kinds of document that have to be there.")

    @classmethod
    def of(cls, kind: Kind) -> "KindView":
        """Return the view."""
        return cls(**_fields(kind))


class OrganizationSummary(BaseModel):
    """An organisation in a list; no personal data."""

    id: str
    status: OrganizationStatus
    status_since: datetime = Field(description="When this status began; lists are in this order.")
    names: NamesPart
    kind: str
    districts: tuple[str, ...]
    neighbourhood: str | None
    topics: tuple[str, ...]
    revision: int = Field(description="How often it was submitted.")
    version: int

    @classmethod
    def of(cls, stored: Stored[Organization]) -> "OrganizationSummary":
        """Return the view."""
        state, profile = stored.state, stored.state.profile
        return cls(
            id=stored.id,
            status=state.status,
            status_since=state.status_since,
            names=NamesPart(**asdict(profile.names)),
            kind=profile.kind,
            districts=profile.districts,
            neighbourhood=profile.address.neighbourhood if profile.address else None,
            topics=profile.topics,
            revision=state.revision,
            version=stored.version,
        )


class NeighbourhoodView(BaseModel):
    """An address, as the public sees it."""

    neighbourhood: str


class ChecklistView(BaseModel):
    """The checklist of the revision under verification (REG-2)."""

    result: ChecklistResult = Field(description="Computed from the answers.")
    answers: dict[str, AnswerPart]
    by: str | None = Field(description="Who answered last (token subject).")
    at: datetime | None


class DecisionView(BaseModel):
    """The outcome of the verification, with verifier and date (REG-2)."""

    outcome: Literal["approved", "rejected"]
    by: str
    at: datetime
    reason: str | None


class SuspensionAnswerView(BaseModel):
    """What the organisation said to its suspension."""

    text: str
    by: str
    at: datetime


class SuspensionView(BaseModel):
    """Why the standing is withdrawn for now."""

    reason: str
    by: str
    at: datetime
    answer_by: datetime | None = Field(description="Until when the organisation may answer.")
    answer: SuspensionAnswerView | None = Field(description="Not for the public.")


class RevocationView(BaseModel):
    """Why the standing is lost for good."""

    reason: str
    by: str
    at: datetime


class DistinctionView(BaseModel):
    """A likely duplicate that was found to be another organisation (REG-5)."""

    organization: str
    grounds: tuple[Ground, ...]
    reason: str
    by: str
    at: datetime


class OrganizationView(OrganizationSummary):
    """An organisation, as far as the caller may see it."""

    sight: Sight = Field(
        description="full; masked: identifiers by their last four characters; public: without what is withheld."
    )
    withheld: tuple[str, ...] = Field(description="JSON pointers of what this caller does not see.")
    well_formed: tuple[str, ...] = Field(
        description="Identifiers of which «ساختار شماره درست است» holds: check digits fit. That verifies nothing (REG-9)."
    )
    legal_id: str | None
    no_legal_id_reason: str | None
    licence: LicencePart | None
    address: AddressPart | NeighbourhoodView | None
    contact: ContactPart | None
    account: AccountPart | None
    representatives: tuple[RepresentativePart, ...]
    purpose: str | None
    registered_at: datetime
    standing: Standing = Field(description="What it may do now, with reasons and dates (REG-4).")
    corrections: tuple[CorrectionPart, ...] = Field(description="What has to be corrected; only these parts are open.")
    checklist: ChecklistView | None
    distinctions: tuple[DistinctionView, ...]
    decision: DecisionView | None
    suspension: SuspensionView | None
    revocation: RevocationView | None
    valid_until: datetime | None = Field(
        description="First instant at which the approval is over; null: without an end."
    )
    merged_into: str | None = Field(description="The organisation that it is; null: it was not merged into another.")
    absorbed: tuple[str, ...] = Field(description="Organisations that were merged into it.")
    assisted_by: str | None = Field(
        default=None, description="Officer who entered it for the applicant (REG-10); for its own people and staff."
    )
    confirmation_needed: bool = Field(default=False, description="The applicant has not confirmed it by a code yet.")
    renewing: bool = Field(description="It has expired and is verified anew.")

    @classmethod
    def seen(cls, seen: Seen) -> "OrganizationView":
        """Return what the caller sees."""
        state = seen.stored.state
        inner = seen.sight != "public"
        return cls(
            **_fields(OrganizationSummary.of(seen.stored)),
            **_profile_parts(state.profile, seen.sight),
            sight=seen.sight,
            withheld=WITHHELD[seen.sight],
            registered_at=state.registered_at,
            standing=state.standing,
            corrections=tuple(CorrectionPart(**asdict(correction)) for correction in state.corrections),
            checklist=_checklist(state) if inner else None,
            distinctions=tuple(DistinctionView(**asdict(d)) for d in state.distinctions) if inner else (),
            decision=DecisionView(**asdict(state.decision)) if state.decision else None,
            suspension=_suspension(state.suspension, inner),
            revocation=RevocationView(**asdict(state.revocation)) if state.revocation else None,
            valid_until=state.validity and state.validity.until,
            merged_into=state.merger and state.merger.survivor,
            absorbed=state.absorbed,
            assisted_by=state.assistance.by if inner and state.assistance else None,
            confirmation_needed=awaits_confirmation(state.assistance),
            renewing=state.renewing,
        )


class LookalikeView(BaseModel):
    """A living organisation that may be the same (REG-5)."""

    organization: str
    name: str
    kind: str
    status: OrganizationStatus
    districts: tuple[str, ...]
    grounds: tuple[Ground, ...] = Field(description="Why it is a likely duplicate.")
    unresolved: tuple[Ground, ...] = Field(description="What stands in the way of an approval.")

    @classmethod
    def of(cls, lookalike: Lookalike) -> "LookalikeView":
        """Return the view."""
        state = lookalike.state
        return cls(
            organization=state.id,
            name=state.profile.names.fa,
            kind=state.profile.kind,
            status=state.status,
            districts=state.profile.districts,
            grounds=lookalike.grounds,
            unresolved=lookalike.unresolved,
        )


class TimelineEntry(BaseModel):
    """One thing that happened; personal data not included."""

    n: int
    what: str = Field(examples=["changes_requested"])
    at: datetime
    by: str = Field(description="Token subject.")
    details: dict[str, Any]

    @classmethod
    def of(cls, entry: HistoryEntry[OrganizationEvent]) -> "TimelineEntry":
        """Return the view."""
        what, details = _told(entry.event)
        return cls(n=entry.n, what=what, at=entry.at, by=entry.actor, details=details)


def _told(event: OrganizationEvent) -> tuple[str, dict[str, Any]]:
    """Return an event's name and what of it may be told."""
    return _NAMES[type(event)], _details(event)


def _details(event: OrganizationEvent) -> dict[str, Any]:
    match event:
        case domain.ProfileEdited():
            return {"fields": list(event.changed)}
        case domain.Submitted():
            return {"revision": event.revision}
        case domain.ChecklistAnswered():
            return {question: answer.answer for question, answer in event.answers.items()}
        case domain.FoundDifferent():
            return {"organization": event.distinction.organization}
        case domain.ChangesRequested():
            return {"corrections": [asdict(correction) for correction in event.corrections]}
        case domain.Rejected() | domain.Suspended() | domain.Reinstated():
            return {"reason": event.reason}
        case domain.Registered():
            return _origin(event)
        case DocumentAdded() | DocumentWithdrawn():
            return _document_details(event)
    return timeline.details(event)


def _origin(event: domain.Registered) -> dict[str, Any]:
    if event.imported is not None:
        return {"import": event.imported.id, "row": event.imported.row}
    return {"assisted": True} if event.assisted else {}


def _document_details(event: DocumentEvent) -> dict[str, Any]:
    if isinstance(event, DocumentAdded):
        return {"document": event.document.id, "kind": event.document.kind, "sha256": event.document.sha256}
    return {"document": event.id, "reason": event.withdrawal.reason}


_NAMES: Final[dict[type[OrganizationEvent], str]] = {
    domain.Registered: "registered",
    domain.ProfileEdited: "profile_edited",
    domain.Submitted: "submitted",
    domain.ChecklistAnswered: "checklist_answered",
    domain.FoundDifferent: "found_different",
    domain.ChangesRequested: "changes_requested",
    domain.Approved: "approved",
    domain.Rejected: "rejected",
    domain.Suspended: "suspended",
    domain.Reinstated: "reinstated",
    **timeline.NAMES,
    DocumentAdded: "document_added",
    DocumentWithdrawn: "document_withdrawn",
}


def _fields(value: Any) -> dict[str, Any]:
    names = type(value).model_fields if isinstance(value, BaseModel) else value.__dataclass_fields__
    return {name: getattr(value, name) for name in names}


def _suspension(suspension: Suspension | None, inner: bool) -> SuspensionView | None:
    if suspension is None:
        return None
    return SuspensionView(**asdict(suspension if inner else replace(suspension, answer=None)))


def _checklist(state: Organization) -> ChecklistView | None:
    if state.checklist is None:
        return None
    answers = {question: AnswerPart(**asdict(answer)) for question, answer in state.checklist.items()}
    result = checklist.result(state.checklist)
    return ChecklistView(result=result, answers=answers, by=state.checklist_by, at=state.checklist_at)


def _profile_parts(profile: Profile, sight: Sight) -> dict[str, Any]:
    """Return the parts beyond the summary; what is not to be seen is masked or left out."""
    well_formed = [pointer for pointer, checked in checked_identifiers(profile) if isinstance(checked, WellFormed)]
    profile = profile if sight == "full" else _masked(profile)
    parts: dict[str, Any] = {
        "legal_id": profile.legal_id,
        "no_legal_id_reason": profile.no_legal_id_reason,
        "licence": profile.licence and LicencePart(**asdict(profile.licence)),
        "purpose": profile.purpose,
    }
    if sight == "public":
        neighbourhood = profile.address and NeighbourhoodView(neighbourhood=profile.address.neighbourhood)
        legal_id = tuple(pointer for pointer in well_formed if pointer == "/legal_id")
        hidden = {"contact": None, "account": None, "representatives": ()}
        return {**parts, **hidden, "address": neighbourhood, "well_formed": legal_id}
    return {
        **parts,
        "well_formed": tuple(well_formed),
        "address": profile.address and AddressPart(**asdict(profile.address)),
        "contact": profile.contact and ContactPart(**asdict(profile.contact)),
        "account": profile.account and AccountPart(**asdict(profile.account)),
        "representatives": tuple(RepresentativePart(**asdict(person)) for person in profile.representatives),
    }


def _masked(profile: Profile) -> Profile:
    contact, account = profile.contact, profile.account
    return replace(
        profile,
        contact=contact
        and replace(contact, telephone=_hidden(contact.telephone), email=_hidden_mailbox(contact.email)),
        account=account and replace(account, sheba=masked(account.sheba)),
        representatives=tuple(
            replace(person, national_code=_hidden(person.national_code), mobile=_hidden(person.mobile))
            for person in profile.representatives
        ),
    )


def _hidden(identifier: str | None) -> str | None:
    return None if identifier is None else masked(identifier)


def _hidden_mailbox(email: str | None) -> str | None:
    return None if email is None else f"•••@{email.rpartition('@')[2]}"
