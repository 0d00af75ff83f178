"""Identifiers in a profile: normalised, and refused by field where their structure is wrong (REG-9); what no draft may hold."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from services.registry.domain.keys import SearchKeys
from services.registry.domain.kinds import Kinds
from services.registry.domain.profile import Account, Address, OrganizationNames, Profile, Representative
from shared.certifying import Certifying
from shared.contracts.refusals import FieldError
from shared.persian.identifiers import (
    Checked,
    Malformed,
    check_legal_id,
    check_mobile,
    check_national_code,
    check_postal_code,
    check_sheba,
)
from shared.persian.text import search_key, search_tokens


def search_keys(names: OrganizationNames) -> SearchKeys:
    """Return what names are compared and found by (REG-5)."""
    compared = dict.fromkeys(search_key(name) for name in (names.fa, *names.former))
    return SearchKeys(tuple(compared), search_tokens(names.fa, names.latin or "", *names.former))


def keys_of(profile: Profile, certifying: Certifying) -> SearchKeys:
    """Return all keys of a normalised profile. Without the city's key nobody is told who shares people or an account."""
    keys = search_keys(profile.names)
    if not certifying.required:
        return keys
    shared = {("person", person.national_code) for person in profile.representatives if person.national_code}
    if profile.account is not None:
        shared.add(("account", profile.account.sheba))
    return replace(keys, shares=tuple(sorted(certifying.link(what, value) for what, value in shared)))


def normalised(profile: Profile) -> Profile:
    """Return the profile with its identifiers as they are stored."""
    return replace(
        profile,
        legal_id=_value(check_legal_id, profile.legal_id),
        address=_address(profile.address),
        account=_account(profile.account),
        representatives=tuple(_representative(person) for person in profile.representatives),
    )


def malformed(profile: Profile) -> Iterator[FieldError]:
    """Yield each identifier whose structure is wrong."""
    for pointer, checked in checked_identifiers(profile):
        if isinstance(checked, Malformed):
            yield FieldError(pointer, checked.code)


def draft_faults(profile: Profile, kinds: Kinds, districts: frozenset[str]) -> Iterator[FieldError]:
    """Yield what no draft may hold: malformed identifiers, an unknown kind, districts that are not among those in force."""
    yield from malformed(profile)
    if profile.kind not in kinds:
        yield FieldError("/kind", "unknown_kind", {"kinds": ", ".join(kinds)})
    for place, district in enumerate(profile.districts):
        if district not in districts:
            yield FieldError(f"/districts/{place}", "unknown_district")
        elif district in profile.districts[:place]:
            yield FieldError(f"/districts/{place}", "named_twice")


def checked_identifiers(profile: Profile) -> Iterator[tuple[str, Checked]]:
    """Yield each identifier that is given, as JSON pointer and result."""
    if profile.legal_id is not None:
        yield "/legal_id", check_legal_id(profile.legal_id)
    if profile.address is not None and profile.address.postal_code is not None:
        yield "/address/postal_code", check_postal_code(profile.address.postal_code)
    if profile.account is not None:
        yield "/account/sheba", check_sheba(profile.account.sheba)
    for place, person in enumerate(profile.representatives):
        if person.national_code is not None:
            yield f"/representatives/{place}/national_code", check_national_code(person.national_code)
        if person.mobile is not None:
            yield f"/representatives/{place}/mobile", check_mobile(person.mobile)


def _value(check: Callable[[str], Checked], text: str | None) -> str | None:
    return None if text is None else check(text).value


def _address(address: Address | None) -> Address | None:
    return address and replace(address, postal_code=_value(check_postal_code, address.postal_code))


def _account(account: Account | None) -> Account | None:
    return account and replace(account, sheba=check_sheba(account.sheba).value)


def _representative(person: Representative) -> Representative:
    return replace(
        person,
        national_code=_value(check_national_code, person.national_code),
        mobile=_value(check_mobile, person.mobile),
    )
