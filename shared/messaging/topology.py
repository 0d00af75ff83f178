"""Everything a service needs on the broker, as data, and its idempotent declaration (messaging rule 2).

A service declares the exchanges of all announcers, because a consumer may start before its announcer, and the archive, because
without it an event could be unroutable; and the exchange and stream for outsiders, to which every announcer publishes. Ten replicas may
do all of this at once.
"""

import asyncio
import logging
import random
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from aio_pika import ExchangeType
from aio_pika.abc import AbstractRobustChannel, AbstractRobustConnection
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed

from shared.contracts.base import ANNOUNCERS
from shared.messaging.broker import CONNECTION_TROUBLE, BrokerAway
from shared.messaging.subscriptions import Edge, Subscriptions

log = logging.getLogger("sama.topology")

ARCHIVE: Final = "sama.archive"
PUBLIC: Final = "sama.public"  # exchange and stream for outsiders
PUBLIC_REPLAYS: Final = "sama.public.replays"  # fillings of it still to be done, by any service
DELIVERY_LIMIT: Final = 20  # well above the restarts a message may live through (rule 6)
DECLARE_ATTEMPTS: Final = 5  # replicas that start together may trip over one another's declarations
DECLARE_SECONDS: Final = 20.0  # a quorum queue elects its leader first; milliseconds as a rule

QUORUM: Final = {"x-queue-type": "quorum"}
STREAM: Final = {"x-queue-type": "stream"}  # without max-age: a new consumer replays from the beginning


EXCHANGES: Final = (*(f"sama.{announcer}" for announcer in ANNOUNCERS), PUBLIC)


class TopologyConflict(Exception):
    """A queue or exchange of this name exists with other properties; somebody has to move its messages and delete it."""


class Binding(NamedTuple):
    """Messages of ``source`` with a routing key that matches go to the queue ``destination``."""

    source: str
    destination: str
    key: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of the installation: every service sets the same ones."""

    name: str
    pattern: str
    definition: Mapping[str, Any]


EDGE_POLICY: Final = Policy(
    "sama-edges",
    rf"^[a-z_-]+\.({'|'.join(ANNOUNCERS)})$",
    # A message that goes round too often is dead-lettered; it leaves its queue only when the dead-letter queue has it.
    {"delivery-limit": DELIVERY_LIMIT, "dead-letter-strategy": "at-least-once", "overflow": "reject-publish"},
)
KEPT_POLICY: Final = Policy(
    "sama-kept",
    r"^[a-z_-]+(\..*)?\.(dead|replays)$",
    # RabbitMQ 4 drops after 20 deliveries by default, and looking at a dead letter is one; -1 by policy is not honoured everywhere.
    {"delivery-limit": 1_000_000},
)
POLICIES: Final = (EDGE_POLICY, KEPT_POLICY)


def exchange_of(announcer: str) -> str:
    """Return the announcer's topic exchange, e.g. ``sama.registry``."""
    return f"sama.{announcer}"


def dead_of(queue: str) -> str:
    """Return the dead-letter queue of a queue."""
    return f"{queue}.dead"


def replays_of(consumer: str) -> str:
    """Return the queue that holds the consumer's replays still to be done."""
    return f"{consumer}.replays"


@dataclass(frozen=True, slots=True)
class Topology:
    """Queues with their arguments, and bindings; exchanges are the announcers'."""

    queues: Mapping[str, Mapping[str, Any]]
    bindings: frozenset[Binding]

    @classmethod
    def of(cls, subscriptions: Subscriptions) -> "Topology":
        """Return what a service with these subscriptions needs."""
        queues: dict[str, Mapping[str, Any]] = {PUBLIC: STREAM, PUBLIC_REPLAYS: QUORUM, ARCHIVE: STREAM}
        bindings = {Binding(exchange_of(announcer), ARCHIVE, "#") for announcer in ANNOUNCERS}
        bindings |= set(cls.public_bindings())
        for edge in subscriptions.edges:
            queues[dead_of(edge.queue)] = QUORUM
            queues[edge.queue] = _edge_arguments(edge)
            bindings |= {Binding(exchange_of(edge.announcer), edge.queue, key) for key in edge.handlers}
        if subscriptions.edges:
            queues[replays_of(subscriptions.consumer)] = QUORUM
        return cls(queues, frozenset(bindings))

    @staticmethod
    def public_bindings() -> Collection[Binding]:
        """Return how the stream for outsiders gets its events."""
        return (Binding(PUBLIC, PUBLIC, "#"),)

    def missing(self, found: Set[Binding]) -> "Missing":
        """Compare with the bindings on the broker, which hold one of the default exchange for every queue."""
        queues = {destination for source, destination, _key in found if source == ""}
        return Missing(frozenset(self.queues.keys() - queues), frozenset(self.bindings - found))


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not on the broker."""

    queues: frozenset[str] = frozenset()
    bindings: frozenset[Binding] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.queues or self.bindings)

    def __str__(self) -> str:
        lost = [f"queue {name}" for name in sorted(self.queues)]
        return ", ".join(lost + [f"binding {b.source} → {b.destination} ({b.key})" for b in sorted(self.bindings)])


async def declare(connection: AbstractRobustConnection, topology: Topology) -> None:
    """Make whatever of the topology is missing. Raises BrokerAway, or TopologyConflict when something differs."""
    for attempt in range(1, DECLARE_ATTEMPTS + 1):
        try:
            async with asyncio.timeout(DECLARE_SECONDS), connection.channel() as channel:
                await _declare(channel, topology)
            return
        except ChannelPreconditionFailed as error:
            raise TopologyConflict(str(error)) from error
        except CONNECTION_TROUBLE as error:
            if attempt == DECLARE_ATTEMPTS:
                raise BrokerAway(f"the topology could not be declared: {error}") from error
            log.info("declaring the topology again: %s", error)
            await asyncio.sleep(random.uniform(0.1, 0.5) * attempt)  # noqa: S311 - spreads replicas, guards nothing


async def existing(connection: AbstractRobustConnection, queue: str) -> int | None:
    """Return how many consumers the queue has, or None if there is no such queue. Raises BrokerAway."""
    try:
        async with asyncio.timeout(DECLARE_SECONDS), connection.channel() as channel:
            found = await channel.declare_queue(queue, passive=True, robust=False)
            return found.declaration_result.consumer_count or 0
    except ChannelNotFoundEntity:
        return None
    except CONNECTION_TROUBLE as error:
        raise BrokerAway(f"the broker did not tell about {queue}: {error}") from error


async def _declare(channel: AbstractRobustChannel, topology: Topology) -> None:
    # Not robust: what is gone is made again by the guard, which also replays; aio-pika would only hide the loss.
    for exchange in EXCHANGES:
        await channel.declare_exchange(exchange, ExchangeType.TOPIC, durable=True, robust=False)
    queues = {
        name: await channel.declare_queue(name, durable=True, arguments=dict(arguments), robust=False)
        for name, arguments in topology.queues.items()
    }
    # The archive first: what can be routed anywhere must be in the archive, or nobody could replay it.
    for source, destination, key in sorted(topology.bindings, key=lambda b: (b.destination != ARCHIVE, b)):
        await queues[destination].bind(source, key, robust=False)


def _edge_arguments(edge: Edge) -> Mapping[str, Any]:
    arguments = QUORUM | {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead_of(edge.queue)}
    return arguments | {"x-single-active-consumer": True} if edge.single_active else arguments
