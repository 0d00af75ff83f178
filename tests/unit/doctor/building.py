"""Facts of a healthy service, for tests to spoil one at a time."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from shared.contracts.envelope import Envelope
from shared.contracts.registry import OrganizationReinstated, OrganizationSuspended
from shared.doctor_facts import BrokerSeen, DatabaseSeen, Patient, QueueSeen, Skew
from shared.messaging.broker import MessagingSettings
from shared.messaging.management import as_set
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import POLICIES, Binding, Topology
from shared.storage.indexes import Index, aggregate_indexes

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
EXACT = Skew(timedelta(0), timedelta(seconds=0.5))
UNIQUE = Index("cases", (("request", 1),), unique=True)
INDEXES = (*aggregate_indexes("cases"), UNIQUE, Index("cases", (("status", 1), ("_id", 1))))


async def _handle(_event: object, _envelope: Envelope) -> None: ...


def subscriptions() -> Subscriptions:
    """Review, listening to two events of registry."""
    listens = Subscriptions("review")
    listens.on(OrganizationSuspended, _handle)
    listens.on(OrganizationReinstated, _handle)
    return listens


WANTED = Topology.of(subscriptions())


def queues(**changed: QueueSeen) -> dict[str, QueueSeen]:
    """Every queue, empty and consumed; dots in names are written as two underscores."""
    healthy = {name: QueueSeen(0, 1, arguments=arguments) for name, arguments in WANTED.queues.items()}
    return healthy | {name.replace("__", "."): seen for name, seen in changed.items()}


def broker(**parts: Any) -> BrokerSeen:
    """A broker on which all is as declared."""
    healthy: dict[str, Any] = {
        "queues": queues(),
        "bindings": WANTED.bindings | {Binding("", name, name) for name in WANTED.queues},
        "exchanges": frozenset(WANTED.exchanges),
        "policies": {policy.name: {**as_set(policy), "vhost": "/"} for policy in POLICIES},
        "skew": EXACT,
    }
    return BrokerSeen(**healthy | parts)


def database(**parts: Any) -> DatabaseSeen:
    """A database in which all is as declared."""
    healthy: dict[str, Any] = {
        "indexes": {"cases": {index.name: index for index in INDEXES}},
        "oldest_unsent": None,
        "overdue": {},
        "restoring": False,
        "skew": EXACT,
    }
    return DatabaseSeen(**healthy | parts)


def patient() -> Patient:
    """Review, declared; nothing connects."""
    return Patient(
        service="review",
        subscriptions=subscriptions(),
        indexes=INDEXES,
        database=cast(Any, None),
        documents=(),
        oldest_unsent=(),
        messaging=MessagingSettings("", ""),
        unsent_age_limit_seconds=60,
        clock=lambda: NOW,
    )
