"""What an organisation says of itself (REG-1), when that is complete, and which parts of it changed.

Identifiers arrive normalised and well formed (REG-9); a draft may lack almost everything. Field names are those of the API, so that JSON
pointers mean the same in both.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from services.registry.domain.kinds import Kind, Requirement
from shared.contracts.refusals import FieldError

AccountHolder = Literal["organization", "two_representatives", "host_organization"]


@dataclass(frozen=True)
class OrganizationNames:
    """Names as typed: Persian, Latin and former ones."""

    fa: str
    latin: str | None = None
    former: tuple[str, ...] = ()


@dataclass(frozen=True)
class Licence:
    """The licence to be active. ``valid_until`` None: without an end."""

    number: str
    issuer: str
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True)
class Address:
    """Where the organisation is found."""

    text: str
    neighbourhood: str
    postal_code: str | None = None


@dataclass(frozen=True)
class Contact:
    """How the organisation is reached: at least a telephone number or an e-mail address."""

    telephone: str | None = None
    email: str | None = None
    website: str | None = None


@dataclass(frozen=True)
class Account:
    """The account (Sheba) and whose it is: the organisation's, a joint one of two mandated representatives, or a host's (REG-2)."""

    sheba: str
    held_by: AccountHolder


@dataclass(frozen=True)
class Representative:
    """A person who acts for the organisation."""

    name: str
    role: str
    national_code: str | None = None
    mobile: str | None = None


@dataclass(frozen=True)
class Profile:
    """All parts; ``topics`` are ids of social issues, ``purpose`` is the stated purpose."""

    names: OrganizationNames
    kind: str
    districts: tuple[str, ...]
    topics: tuple[str, ...] = ()
    legal_id: str | None = None
    no_legal_id_reason: str | None = None
    licence: Licence | None = None
    address: Address | None = None
    contact: Contact | None = None
    account: Account | None = None
    representatives: tuple[Representative, ...] = ()
    purpose: str | None = None


def missing(profile: Profile, kind: Kind, today: date) -> tuple[FieldError, ...]:
    """Return what keeps the profile from being complete for its kind on this local day; empty: complete (REG-1)."""
    return (
        *_identity(profile, kind),
        *_part("/licence", profile.licence, kind.licence),
        *_licence_dates(profile.licence, today),
        *_part("/account", profile.account, kind.account),
        *_part("/topics", profile.topics, "required"),
        *_part("/address", profile.address, "required"),
        *_part("/contact", profile.contact, "required"),
        *_part("/purpose", profile.purpose, "required"),
        *_representatives(profile, kind),
    )


def changed_parts(before: Profile, after: Profile) -> tuple[str, ...]:
    """Return JSON pointers of what differs, as deep as both sides have the same shape, e.g. ``/address/postal_code``."""
    return tuple(_differences("", asdict(before), asdict(after)))


def lies_in(pointer: str, parts: tuple[str, ...]) -> bool:
    """Tell whether a pointer is one of the parts or inside one."""
    return any(pointer == part or pointer.startswith(f"{part}/") for part in parts)


def _differences(pointer: str, before: Any, after: Any) -> Iterator[str]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before:
            yield from _differences(f"{pointer}/{key}", before[key], after[key])
    elif isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(f"{pointer}/{place}", one, other)
    else:
        yield pointer


def _part(pointer: str, value: object, requirement: Requirement) -> Iterator[FieldError]:
    if requirement == "required" and not value:
        yield FieldError(pointer, "required_for_submission")
    if requirement == "not_applicable" and value:
        yield FieldError(pointer, "not_applicable_to_kind")


def _identity(profile: Profile, kind: Kind) -> Iterator[FieldError]:
    yield from _part("/legal_id", profile.legal_id, kind.legal_id)
    if kind.legal_id != "required" and not profile.legal_id and not profile.no_legal_id_reason:
        yield FieldError("/no_legal_id_reason", "reason_needed_without_legal_id")
    if profile.legal_id and profile.no_legal_id_reason:
        yield FieldError("/no_legal_id_reason", "reason_beside_legal_id")


def _licence_dates(licence: Licence | None, today: date) -> Iterator[FieldError]:
    if licence is None:
        return
    if licence.valid_from > today:
        yield FieldError("/licence/valid_from", "licence_not_yet_valid")
    if licence.valid_until is not None and licence.valid_until < today:
        yield FieldError("/licence/valid_until", "licence_expired")


def _representatives(profile: Profile, kind: Kind) -> Iterator[FieldError]:
    people = profile.representatives
    if len(people) < kind.representatives:
        yield FieldError("/representatives", "too_few_representatives", {"least": kind.representatives})
    if profile.account is not None and profile.account.held_by == "two_representatives" and len(people) < 2:
        yield FieldError("/representatives", "joint_account_needs_two_representatives")
    seen: set[str] = set()
    for place, person in enumerate(people):
        pointer = f"/representatives/{place}"
        yield from _part(f"{pointer}/national_code", person.national_code, kind.representative_ids)
        yield from _part(f"{pointer}/mobile", person.mobile, kind.representative_ids)
        if person.national_code in seen:
            yield FieldError(f"{pointer}/national_code", "representative_named_twice")
        if person.national_code is not None:
            seen.add(person.national_code)
