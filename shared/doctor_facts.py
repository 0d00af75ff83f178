"""The facts that a doctor judges: what is on the broker and in a service's own database. Reads only."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo.errors import PyMongoError

from shared.clock import Clock
from shared.messaging.broker import MessagingSettings
from shared.messaging.management import Management, ManagementAway
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import Binding
from shared.storage.indexes import Index
from shared.storage.mongo import Database, found_indexes, server_time
from shared.storage.ports import Documents, Unavailable

RESTORING: Final = "restoring"
"""A collection that ``sama restore`` keeps in a database while it fills it."""

LATE: Final = timedelta(seconds=60)  # timers look twice a second; a restart and a database away take less than this


@dataclass(frozen=True, slots=True)
class Patient:
    """A service as a doctor needs it: what it declares, and where its servers are."""

    service: str
    subscriptions: Subscriptions
    indexes: Sequence[Index]
    database: Database
    documents: Sequence[Documents]
    oldest_unsent: Sequence[Callable[[], Awaitable[datetime | None]]]
    messaging: MessagingSettings
    unsent_age_limit_seconds: float
    clock: Clock


@dataclass(frozen=True, slots=True)
class Away:
    """Something could not be looked at; ``reason`` says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Skew:
    """Another clock minus ours, and by how much the measuring may be wrong."""

    ahead: timedelta
    doubt: timedelta


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """A queue. consumers: None until the broker counted them; growth: messages a second over the last seconds.

    members: on how many nodes its messages lie; None: it is of a kind that has none, or the broker does not say.
    """

    messages: int
    consumers: int | None
    growth: float = 0.0
    arguments: Mapping[str, Any] = field(default_factory=dict)
    members: int | None = None


@dataclass(frozen=True, slots=True)
class BrokerSeen:
    """One virtual host. policies: name → as the broker shows it."""

    queues: Mapping[str, QueueSeen]
    bindings: frozenset[Binding]
    exchanges: frozenset[str]
    policies: Mapping[str, Mapping[str, Any]]
    skew: Skew


@dataclass(frozen=True, slots=True)
class DatabaseSeen:
    """A service's own database. overdue: collection → an id whose due time passed more than LATE ago."""

    indexes: Mapping[str, Mapping[str, Index]]
    oldest_unsent: datetime | None
    overdue: Mapping[str, str]
    restoring: bool
    skew: Skew


async def measured(ask: Callable[[], Awaitable[datetime]], clock: Clock, resolution: timedelta) -> Skew:
    """Compare another clock with ours; it is asked at the middle of the call, as far as anybody can tell."""
    before = clock()
    there = await ask()
    after = clock()
    return Skew(there + resolution / 2 - (before + (after - before) / 2), (after - before + resolution) / 2)


async def look_at_broker(messaging: MessagingSettings, clock: Clock) -> BrokerSeen | Away:
    """Return what is on the broker, by its management API."""
    management = Management(messaging)
    try:
        queues, bindings, exchanges, policies = await asyncio.gather(
            management.queues(), management.bindings(), management.exchanges(), management.policies()
        )
        skew = await measured(management.time, clock, timedelta(seconds=1))
    except ManagementAway as error:
        return Away(str(error))
    finally:
        await management.close()
    return BrokerSeen(
        queues={found["name"]: _queue(found) for found in queues},
        bindings=bindings,
        exchanges=exchanges,
        policies={found["name"]: found for found in policies},
        skew=skew,
    )


async def look_at_database(patient: Patient) -> DatabaseSeen | Away:
    """Return what is in a service's database."""
    collections = sorted({index.collection for index in patient.indexes})
    late = patient.clock() - LATE
    try:
        skew = await measured(lambda: server_time(patient.database), patient.clock, timedelta(0))
        indexes = {name: await found_indexes(patient.database, name) for name in collections}
        unsent = [since for oldest in patient.oldest_unsent if (since := await oldest()) is not None]
        due = {store.collection: await store.due(late, 1) for store in patient.documents}
        restoring = await patient.database[RESTORING].find_one({}) is not None
    except (Unavailable, PyMongoError) as error:  # also a user who may not read
        return Away(str(error))
    return DatabaseSeen(
        indexes=indexes,
        oldest_unsent=min(unsent, default=None),
        overdue={collection: ids[0] for collection, ids in due.items() if ids},
        restoring=restoring,
        skew=skew,
    )


def _queue(found: Mapping[str, Any]) -> QueueSeen:
    return QueueSeen(
        messages=found.get("messages") or 0,
        consumers=found.get("consumers"),
        growth=(found.get("messages_details") or {}).get("rate", 0.0),
        arguments=found.get("arguments") or {},
        members=len(found["members"]) if found.get("members") else None,
    )
