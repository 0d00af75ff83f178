"""Who may do what with a subscription. Public events hold nothing private, but a subscription makes the city call an address."""

from typing import Final

from services.webhooks.domain.subscription import Subscription
from shared.contracts.refusals import Forbidden
from shared.web.caller import Caller, Role

CITY: Final[tuple[Role, ...]] = ("city_office", "hq")
"""Who may subscribe for the city, and for outsiders that are no organisation."""
READERS: Final[tuple[Role, ...]] = ("city_office", "hq", "auditor")
OVERSEERS: Final[tuple[Role, ...]] = ("city_office",)
"""Who may stop anybody's deliveries. Not who may start them or see their secrets."""


def require_owner(caller: Caller, organization: str | None) -> None:
    """Raise Forbidden unless the caller acts for the organisation, or for the city if none is named."""
    if organization is None:
        caller.require_whole_city(*CITY)
    elif not caller.represents(organization):
        raise Forbidden(roles="applicant")


def require_stopper(caller: Caller, subscription: Subscription) -> None:
    """Raise Forbidden unless the caller owns it or oversees all."""
    if not _whole_city(caller, OVERSEERS):
        require_owner(caller, subscription.organization)


def require_reader(caller: Caller, subscription: Subscription) -> None:
    """Raise Forbidden unless the caller owns it or reads all."""
    if not _whole_city(caller, READERS):
        require_owner(caller, subscription.organization)


def readable(caller: Caller) -> frozenset[str] | None:
    """Return the organisations whose subscriptions the caller may list; None: all. Raises Forbidden if there are none."""
    if _whole_city(caller, READERS):
        return None
    own = frozenset(g.organization for g in caller.grants if g.role == "applicant" and g.organization is not None)
    if not own:
        raise Forbidden(roles=", ".join(("applicant", *READERS)))
    return own


def _whole_city(caller: Caller, roles: tuple[Role, ...]) -> bool:
    return any(grant.role in roles and grant.district is None for grant in caller.grants)
