"""Who calls: the roles of a verified token and the questions that use cases ask of them (SEAMS.md, "Roles").

Roles and scopes only. Object rules (is this the caller's own organisation, is this the caller's seat) are asked with these questions by
the use case, which knows the object.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from shared.contracts.refusals import Forbidden

Role = Literal[
    "applicant",
    "registrar",
    "secretary",
    "member",
    "chair",
    "council_member",
    "budget_officer",
    "treasurer",
    "city_office",
    "hq",
    "auditor",
    "operator",
]
ROLES: frozenset[str] = frozenset(get_args(Role))

LOCAL_ISSUER = "sama-local"
"""The issuer for trying out on one machine, whose private key lies in a folder of the checkout."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One role with its scope. No district: the whole city. ``organization`` is set for applicants."""

    role: str
    district: str | None = None
    organization: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The person of a verified token. ``subject`` is the token's ``sub``; no grants: signed in, without rights."""

    subject: str
    grants: tuple[Grant, ...] = ()

    def has(self, *roles: Role, district: str | None = None) -> bool:
        """Tell whether the caller holds one of the roles, city-wide or for ``district`` (None: any scope will do)."""
        return any(
            grant.role in roles and (district is None or grant.district is None or grant.district == district)
            for grant in self.grants
        )

    def require(self, *roles: Role, district: str | None = None) -> None:
        """Raise Forbidden unless ``has``."""
        if not self.has(*roles, district=district):
            raise Forbidden(roles=", ".join(roles))

    def require_whole_city(self, *roles: Role) -> None:
        """Raise Forbidden unless the caller holds one of the roles for the whole city: for what concerns every district."""
        if not any(grant.role in roles and grant.district is None for grant in self.grants):
            raise Forbidden(roles=", ".join(roles))

    def represents(self, organization: str) -> bool:
        """Tell whether the caller acts for this organisation."""
        return any(g.role == "applicant" and g.organization == organization for g in self.grants)

    def districts_of(self, *roles: Role) -> frozenset[str] | None:
        """Return the districts in which the caller holds one of the roles; None: the whole city."""
        held = [g for g in self.grants if g.role in roles]
        if any(g.district is None for g in held):
            return None
        return frozenset(g.district for g in held if g.district is not None)
