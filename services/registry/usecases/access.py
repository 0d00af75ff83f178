"""Who may see and do what with an organisation (SEAMS.md, "Roles"). Personal data only where it is needed."""

from typing import Final, Literal

from services.registry.domain.assistance import assisted
from services.registry.domain.organization import LIVING, Organization
from shared.contracts.refusals import Forbidden, NotFound
from shared.contracts.registry import OrganizationStatus
from shared.storage.ports import Where
from shared.web.caller import Caller, Role

Sight = Literal["full", "masked", "public"]
"""full: with personal data; masked: identifiers by their last four characters; public: without people, address and account."""

PUBLIC: Final[tuple[OrganizationStatus, ...]] = ("approved", "suspended", "expired", "revoked")
_FULL: Final[tuple[Role, ...]] = ("registrar", "auditor")
_STAFF: Final[tuple[Role, ...]] = ("registrar", "auditor", "city_office", "hq")


class OwnOrganization(Forbidden):
    """Nobody decides about an organisation that they registered, entered for an applicant or act for."""

    code = "own_organization"


def is_own(caller: Caller, state: Organization) -> bool:
    """Tell whether the caller registered the organisation or acts for it."""
    return caller.subject == state.owner or caller.represents(state.id)


def require_own(caller: Caller, state: Organization) -> None:
    """Raise Forbidden unless the caller acts for the organisation; NotFound if it is hidden from them."""
    if not is_own(caller, state):
        sight(caller, state)
        raise Forbidden(roles="applicant")


def require_registrar(caller: Caller, state: Organization) -> None:
    """Raise Forbidden unless the caller is registrar of one of its districts; NotFound if it is hidden from them."""
    require_office(caller, state, "registrar")


def require_office(caller: Caller, state: Organization, *roles: Role) -> None:
    """Raise Forbidden unless the caller has one of the roles in one of its districts; NotFound if it is hidden from them."""
    if not _in_scope(caller, state, *roles):
        sight(caller, state)
        raise Forbidden(roles=", ".join(roles))
    if is_own(caller, state) or assisted(state.assistance, caller.subject):
        raise OwnOrganization(roles=", ".join(roles))


def require_assisting(caller: Caller, state: Organization) -> None:
    """Raise Forbidden unless the caller is registrar of one of its districts; NotFound if it is hidden from them."""
    if not _in_scope(caller, state, "registrar"):
        sight(caller, state)
        raise Forbidden(roles="registrar")


def require_applicant(caller: Caller) -> None:
    """Raise Forbidden for officers: what one office entered is not confirmed by another."""
    if caller.has(*_STAFF):
        raise Forbidden(roles="applicant")


def require_party(caller: Caller, state: Organization) -> None:
    """Raise Forbidden unless the caller acts for the organisation or is registrar there; NotFound if it is hidden from them."""
    if not (is_own(caller, state) or _in_scope(caller, state, "registrar")):
        sight(caller, state)
        raise Forbidden(roles="applicant, registrar")


def require_full_sight(caller: Caller, state: Organization) -> None:
    """Raise Forbidden unless the caller sees the organisation in full; NotFound if it is hidden from them."""
    if sight(caller, state) != "full":
        raise Forbidden(roles=", ".join(("applicant", *_FULL)))


def sight(caller: Caller, state: Organization) -> Sight:
    """Return how much the caller sees. Raises NotFound if nothing."""
    if is_own(caller, state) or _in_scope(caller, state, *_FULL):
        return "full"
    if _in_scope(caller, state, *_STAFF) or (caller.has(*_STAFF) and state.status in LIVING):
        return "masked"
    if state.status in PUBLIC:
        return "public"
    raise NotFound(noun="organization", id=state.id)


def require_inner_sight(caller: Caller, state: Organization) -> Sight:
    """Return the sight of those who may read how the organisation was handled. Raises NotFound, Forbidden."""
    seen = sight(caller, state)
    if seen == "public":
        raise Forbidden(roles=", ".join(_STAFF))
    return seen


def require_staff_sight(caller: Caller, state: Organization) -> None:
    """Raise Forbidden unless the caller sees the organisation as staff; NotFound if it is hidden from them."""
    if is_own(caller, state):
        raise OwnOrganization(roles=", ".join(_STAFF))
    require_inner_sight(caller, state)


def sees_personal_data(caller: Caller, *, mine: bool) -> bool:
    """Tell whether there may be personal data in a list for the caller: of districts, or of what they registered themselves."""
    return mine or caller.has(*_FULL)


def visible(caller: Caller, status: OrganizationStatus | None, district: str | None) -> Where:
    """Return the part of a list's filter that status, district and the caller's scope make. Raises Forbidden.

    Staff see their districts whole, everybody else and elsewhere only organisations with a public status.
    """
    scope = caller.districts_of(*_STAFF)
    asked: Where = {
        **({} if status is None else {"status": status}),
        **({} if district is None else {"profile.districts": district}),
    }
    if scope is None or status in PUBLIC or (district is not None and district in scope):
        return asked
    if status is not None and (district is not None or not scope):
        raise Forbidden(roles=", ".join(_STAFF))
    if scope and district is None:
        return {**asked, "profile.districts": {"$in": sorted(scope)}}
    return {**asked, "status": {"$in": list(PUBLIC)}}


def in_own_districts(caller: Caller, district: str | None) -> Where:
    """Return the part of a filter that keeps a list of the office inside the caller's districts. Raises Forbidden."""
    caller.require(*_STAFF, district=district)
    scope = caller.districts_of(*_STAFF)
    if district is not None:
        return {"profile.districts": district}
    return {} if scope is None else {"profile.districts": {"$in": sorted(scope)}}


def _in_scope(caller: Caller, state: Organization, *roles: Role) -> bool:
    return any(caller.has(*roles, district=district) for district in state.profile.districts)
