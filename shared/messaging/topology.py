"""Everything a service needs on the broker, as data, and its idempotent declaration (messaging rule 2).

A service declares what is its own, and asks for the rest: the exchanges of all announcers, because a consumer may start before its
announcer, the archive, because without it an event could be unroutable, and the exchange and stream for outsiders, to which every announcer
publishes. What of the rest is missing it makes, too, if its user may: on a deployment it may not, and the provisioning has made it
(docs/decisions/0024). Ten replicas may do all of this at once.

Nothing goes over the default exchange, which reaches every queue: whoever may write to it could put an event into any service's queue.
A service's own queues are reached by its own direct exchange, and those of all services by a common one.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Set
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from aio_pika import ExchangeType
from aio_pika.abc import AbstractRobustConnection
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from aiormq.abc import AbstractChannel
from aiormq.exceptions import ChannelAccessRefused

from shared.contracts.base import ANNOUNCERS
from shared.messaging.broker import BrokerAway, trouble_is_away
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


class NotOurs(BrokerAway):
    """Something that this service's user may not make is missing. Whoever made it, or the provisioning, makes it again."""

    def __init__(self, name: str, consumer: str) -> None:
        super().__init__(
            f"{name} is not on the broker, and {consumer}'s user may not make it; its owner does when it runs,"
            " and so does the provisioning (docker compose up provision)"
        )
        self.name = name


class Binding(NamedTuple):
    """Messages of ``source`` with a routing key that matches go to the queue ``destination``."""

    source: str
    destination: str
    key: str


COMMON: Final = "sama.own"  # a direct exchange to the queues that are all services'; own_exchange_of("sama")
PUBLIC_QUEUES: Final[Mapping[str, Mapping[str, Any]]] = {PUBLIC: STREAM, PUBLIC_REPLAYS: QUORUM}
PUBLIC_BINDINGS: Final = frozenset({Binding(PUBLIC, PUBLIC, "#"), Binding(COMMON, PUBLIC_REPLAYS, PUBLIC_REPLAYS)})


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


def own_exchange_of(consumer: str) -> str:
    """Return the direct exchange that reaches the consumer's own queues alone, each by its name."""
    return f"{consumer}.own"


ANNOUNCED: Final = frozenset(map(exchange_of, ANNOUNCERS))


@dataclass(frozen=True, slots=True)
class Topology:
    """What a consumer needs: exchanges with their kinds, queues with their arguments, and bindings."""

    consumer: str
    exchanges: Mapping[str, ExchangeType]
    queues: Mapping[str, Mapping[str, Any]]
    bindings: frozenset[Binding]

    @classmethod
    def of(cls, subscriptions: Subscriptions) -> "Topology":
        """Return what a service with these subscriptions needs."""
        consumer = subscriptions.consumer
        exchanges = dict.fromkeys(EXCHANGES, ExchangeType.TOPIC) | {COMMON: ExchangeType.DIRECT}
        queues: dict[str, Mapping[str, Any]] = {}
        bindings = {Binding(announced, ARCHIVE, "#") for announced in ANNOUNCED}
        bindings.add(Binding(COMMON, ARCHIVE, ARCHIVE))  # for the mark that tells a reader where the end is
        for edge in subscriptions.edges:
            queues[dead_of(edge.queue)] = QUORUM
            queues[edge.queue] = _edge_arguments(edge)
            bindings |= {Binding(exchange_of(edge.announcer), edge.queue, key) for key in edge.handlers}
        if subscriptions.edges:
            queues[replays_of(consumer)] = QUORUM
            exchanges[own_exchange_of(consumer)] = ExchangeType.DIRECT
            bindings |= {Binding(own_exchange_of(consumer), queue, queue) for queue in queues}
        common = {ARCHIVE: STREAM, **PUBLIC_QUEUES}
        return cls(consumer, exchanges, {**common, **queues}, frozenset(bindings | PUBLIC_BINDINGS))

    @classmethod
    def of_public(cls, consumer: str) -> "Topology":
        """Return what the stream for outsiders needs, and the queue of its fillings still to be done."""
        exchanges = {PUBLIC: ExchangeType.TOPIC, COMMON: ExchangeType.DIRECT}
        return cls(consumer, exchanges, PUBLIC_QUEUES, PUBLIC_BINDINGS)

    def only(self, queue: str) -> "Topology":
        """Return what one own queue needs to be reached by its owner."""
        own = own_exchange_of(self.consumer)
        bindings = frozenset(b for b in self.bindings if (b.source, b.destination) == (own, queue))
        return Topology(self.consumer, {own: self.exchanges[own]}, {queue: self.queues[queue]}, bindings)

    def owns(self, name: str) -> bool:
        """Tell whether an exchange or queue belongs to this consumer, so that its user may make it."""
        return name == exchange_of(self.consumer) or name.startswith(f"{self.consumer}.")

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
            with trouble_is_away("the topology could not be declared"):
                try:
                    async with asyncio.timeout(DECLARE_SECONDS):
                        await _declare(connection, topology)
                except ChannelPreconditionFailed as error:
                    raise TopologyConflict(str(error)) from error
        except NotOurs:
            raise
        except BrokerAway as error:
            if attempt == DECLARE_ATTEMPTS:
                raise
            log.info("%s; again", error)
            await asyncio.sleep(random.uniform(0.1, 0.5) * attempt)  # noqa: S311 - spreads replicas, guards nothing
        else:
            return


async def existing(connection: AbstractRobustConnection, queue: str) -> int | None:
    """Return how many consumers the queue has, or None if there is no such queue. Raises BrokerAway."""
    with trouble_is_away(f"the broker did not tell about {queue}"):
        try:
            async with asyncio.timeout(DECLARE_SECONDS), _channel(connection) as channel:
                return (await channel.queue_declare(queue, passive=True)).consumer_count or 0
        except ChannelNotFoundEntity:
            return None


@asynccontextmanager
async def _channel(connection: AbstractRobustConnection) -> AsyncIterator[AbstractChannel]:
    """Open a channel for a moment, without aio-pika's robustness: it opens a refused channel again while that is being closed, which
    the broker answers by closing the connection; and what is gone is made again by the guard, which also replays."""
    transport = connection.transport
    if transport is None:
        raise ConnectionError("the connection is down")
    channel = await transport.connection.channel()
    try:
        yield channel
    finally:
        if not channel.is_closed:
            await channel.close()


async def _declare(connection: AbstractRobustConnection, topology: Topology) -> None:
    """What is one's own first, so that two services that each miss the other's do not wait for one another. Raises NotOurs at the end."""
    archived = {b for b in topology.bindings if b.destination == ARCHIVE and b.source in ANNOUNCED}
    own = {b for b in archived if topology.owns(b.source)}
    # The archive first: what can be routed anywhere must be in the archive, or nobody could replay it.
    if ARCHIVE in topology.queues:
        await _have_others(connection, topology, ARCHIVE, _queue)
    async with _channel(connection) as channel:
        for name in filter(topology.owns, topology.exchanges):
            await _exchange(channel, topology, name)
        await _bind(channel, own)
    away = [error async for error in _missing_of_others(connection, topology)]
    if archived - own:
        with suppress(ChannelAccessRefused, ChannelNotFoundEntity):  # each announcer binds its own; who may, helps
            async with _channel(connection) as channel:
                await _bind(channel, archived - own)
    async with _channel(connection) as channel:
        for name in filter(topology.owns, topology.queues):
            await _queue(channel, topology, name)
        gone = {error.name for error in away}
        await _bind(channel, {b for b in topology.bindings - archived if gone.isdisjoint((b.source, b.destination))})
    if away:
        raise away[0]


async def _missing_of_others(connection: AbstractRobustConnection, topology: Topology) -> AsyncIterator["NotOurs"]:
    wanted = [(name, _exchange) for name in topology.exchanges] + [(name, _queue) for name in topology.queues]
    for name, make in wanted:
        if not topology.owns(name) and name != ARCHIVE:
            try:
                await _have_others(connection, topology, name, make)
            except NotOurs as error:
                yield error


async def _have_others(connection: AbstractRobustConnection, topology: Topology, name: str, make: "Make") -> None:
    """Ask for something that others own, which needs no right, and make it if it is missing. Raises NotOurs."""
    try:
        async with _channel(connection) as channel:
            await make(channel, topology, name, True)
    except ChannelNotFoundEntity:
        try:
            async with _channel(connection) as channel:
                await make(channel, topology, name)
        except ChannelAccessRefused as error:
            raise NotOurs(name, topology.consumer) from error


async def _queue(channel: AbstractChannel, topology: Topology, name: str, passive: bool = False) -> None:
    await channel.queue_declare(name, durable=True, arguments=dict(topology.queues[name]), passive=passive)


async def _exchange(channel: AbstractChannel, topology: Topology, name: str, passive: bool = False) -> None:
    kind = topology.exchanges[name].value
    await channel.exchange_declare(name, exchange_type=kind, durable=True, passive=passive)


Make = Callable[..., Awaitable[None]]


async def _bind(channel: AbstractChannel, bindings: Set[Binding]) -> None:
    for source, destination, key in sorted(bindings):
        await channel.queue_bind(destination, source, key)


def _edge_arguments(edge: Edge) -> Mapping[str, Any]:
    arguments = QUORUM | {
        "x-dead-letter-exchange": own_exchange_of(edge.consumer),
        "x-dead-letter-routing-key": dead_of(edge.queue),
    }
    return arguments | {"x-single-active-consumer": True} if edge.single_active else arguments
