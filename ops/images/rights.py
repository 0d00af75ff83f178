"""Who may do what on the broker and in MongoDB: the table that the provisioning applies, and docs/security.md tells.

A service declares, publishes and consumes what is its own; it reads the exchanges it listens to, so as to bind its queues to them, and the
archive. Nobody but the administrator may make or delete the archive or another's exchange, write to the default exchange (it reaches
every queue) or set policies.
"""

from collections.abc import Mapping
from typing import Any, Final

from shared.contracts.base import ANNOUNCERS
from shared.messaging.topology import ARCHIVE, COMMON, PUBLIC, PUBLIC_REPLAYS

LISTENS: Final[Mapping[str, tuple[str, ...]]] = {
    "registry": (),
    "requests": ("registry", "review", "budget"),
    "review": ("registry", "requests"),
    "budget": ("registry", "requests", "review"),
    "webhooks": (),  # it reads the public stream
    "portal": ("registry", "requests", "review", "budget"),
}
"""Service → whose events it takes; a test compares it with the services' subscriptions."""

PRIVATE_READERS: Final[Mapping[str, tuple[str, ...]]] = {"budget": ("sama.registry.private",)}
"""Exchanges with what others must not see: account numbers go to budget alone."""

SHARED: Final = (ARCHIVE, PUBLIC, PUBLIC_REPLAYS, COMMON)
"""What all services read, write and bind: the archive, and the stream for outsiders with its fillings still to be done."""

SERVICE_TAGS: Final = "management"  # sees queues and bindings of its virtual host; sets no policies
MONGO_ROLES: Final = ("readWrite", "dbAdmin")  # dbAdmin: indexes and validators
OUTSIDER_LIMITS: Final = {
    "max-connections": 10,
    "max-channels": 50,
}  # an outsider with a bug does not exhaust the broker

NOTHING: Final = "^$"


def rabbit_permissions(service: str) -> dict[str, str]:
    """Return what a service's user may configure, write and read, as RabbitMQ's regular expressions."""
    own = rf"{service}\..*"
    announces = [rf"sama\.{service}(\..*)?"] if service in ANNOUNCERS else []
    hears = [f"sama.{name}" for name in LISTENS.get(service, ())] + list(PRIVATE_READERS.get(service, ()))
    common = [_literal(name) for name in SHARED]
    return {
        "configure": _one_of(*announces, own),
        "write": _one_of(*announces, own, *common),
        "read": _one_of(*announces, own, *map(_literal, hears), *common),
    }


def outsider_permissions() -> dict[str, str]:
    """Return what a consumer outside SAMA may do: read the public stream."""
    return {"configure": NOTHING, "write": NOTHING, "read": f"^{_literal(PUBLIC)}$"}


def mongo_roles(database: str) -> list[dict[str, Any]]:
    """Return the roles of a service's user: all in its own database, nothing elsewhere."""
    return [{"role": role, "db": database} for role in MONGO_ROLES]


def _one_of(*names: str) -> str:
    return f"^({'|'.join(names)})$"


def _literal(name: str) -> str:
    return name.replace(".", r"\.")
