"""The broker in memory with acknowledgements: competing consumers, prefetch, redelivery, dead letters, an archive.

Trusted only through tests/integration/messaging/test_bus_suite.py, which runs the same suite against RabbitMQ. What a failing handler
leads to is decided by the real Consumer of shared/messaging, which runs over both.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from faststream.exceptions import RejectMessage

from shared.contracts.envelope import CONTENT_TYPE, encode
from shared.messaging.broker import BrokerAway, MessagingSettings
from shared.messaging.consumer import BACK_OFF_SECONDS, Consumer
from shared.messaging.subscriptions import Edge, Subscriptions
from shared.messaging.topology import DELIVERY_LIMIT, dead_of

Event = Mapping[str, Any]


@dataclass(slots=True, eq=False)
class Message:
    """One message in a queue. ``rejected``: how often it was given back, which the delivery limit counts."""

    body: bytes
    id: str | None = None
    type: str | None = None
    correlation_id: str | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)
    rejected: int = 0

    @property
    def received(self) -> Any:
        """The message as the real consumer takes it."""
        raw = SimpleNamespace(
            content_type=CONTENT_TYPE,
            message_id=self.id,
            correlation_id=self.correlation_id,
            type=self.type,
            headers=self.headers,
        )
        return SimpleNamespace(body=self.body, message_id=self.id, raw_message=raw)


class Place:
    """One replica's consumer of one queue: what it holds unacknowledged, at most ``prefetch``."""

    def __init__(self, queue: "Queue", edge: Edge) -> None:
        self.queue = queue
        self.edge = edge
        self.unacked: dict[Message, None] = {}

    @property
    def may_take(self) -> bool:
        """Whether the broker would give it a message now."""
        active = not self.edge.single_active or self.queue.places[0] is self
        return active and bool(self.queue.ready) and len(self.unacked) < self.edge.prefetch

    def take(self, place: int = 0) -> Message:
        """Take a message of the queue: the first, or one that overtakes others."""
        message = self.queue.ready[place]
        del self.queue.ready[place]
        self.unacked[message] = None
        return message

    def ack(self, message: Message) -> None:
        """It is done. After the connection was lost the broker hears nothing of it."""
        self.unacked.pop(message, None)

    def reject(self, message: Message, *, requeue: bool) -> None:
        """Give it back, or away to the dead letters."""
        if message not in self.unacked:
            return
        del self.unacked[message]
        message.rejected += 1
        if requeue and message.rejected <= DELIVERY_LIMIT:
            self.queue.ready.appendleft(message)
        else:
            self.queue.dead.append(message)

    def lose_connection(self) -> None:
        """Have the broker give everything unacknowledged to others."""
        self.queue.ready.extendleft(reversed(self.unacked))
        self.unacked.clear()

    def close(self) -> None:
        """Stop consuming."""
        self.lose_connection()
        self.queue.places.remove(self)


@dataclass(slots=True, eq=False)
class Queue:
    """One edge's queue, shared by the consumers that take from it. ``dead``: its dead letters."""

    name: str
    announcer: str
    types: set[str]
    ready: deque[Message] = field(default_factory=deque)
    places: list[Place] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)


class MemoryBroker:
    """The server: queues by name and the archive, which has every event as often as it was published."""

    def __init__(self) -> None:
        self.queues: dict[str, Queue] = {}
        self.archive: list[Event] = []
        self.away = False
        self.wakes: list[Callable[[], None]] = []

    def declare(self, subscriptions: Subscriptions) -> None:
        """Make the queues and bindings of a consumer; harmless when they are there."""
        for edge in subscriptions.edges:
            queue = self.queues.setdefault(edge.queue, Queue(edge.queue, edge.announcer, set()))
            queue.types |= set(edge.handlers)

    def publish(self, event: Event) -> None:
        """Put an event into the archive and every queue that is bound for its type."""
        self.archive.append(event)
        announcer, body = event["source"].removeprefix("/sama/"), encode(dict(event))
        for queue in self.queues.values():
            if queue.announcer == announcer and event["type"] in queue.types:
                queue.ready.append(Message(body, event["id"], event["type"], event["correlationid"]))
        self.wake()

    def wake(self) -> None:
        """Have everyone who delivers by himself look again, in turn."""
        self.wakes.append(self.wakes.pop(0)) if self.wakes else None
        for wake in self.wakes:
            wake()


class BrokerBus:
    """One replica's place on the broker in memory, with the surface of shared.messaging.bus.Bus that services use.

    delivers: whether it takes messages by itself; the simulation does it step by step instead (``places``, ``handle``).
    """

    def __init__(
        self,
        broker: MemoryBroker,
        subscriptions: Subscriptions,
        *,
        back_off: Sequence[float] = BACK_OFF_SECONDS,
        delivers: bool = True,
    ) -> None:
        self.broker = broker
        self.places: list[Place] = []
        self._subscriptions = subscriptions
        self._delivers = delivers
        self._tasks: set[asyncio.Task[None]] = set()
        self._consumer = Consumer(
            MessagingSettings("amqp://memory", "http://memory"),
            subscriptions,
            self,  # type: ignore[arg-type] # of the publisher a consumer needs ``put`` alone
            back_off=back_off,
        )

    async def start(self) -> None:
        """Declare the topology and consume."""
        self.broker.declare(self._subscriptions)
        for edge in self._subscriptions.edges:
            queue = self.broker.queues[edge.queue]
            self.places.append(Place(queue, edge))
            queue.places.append(self.places[-1])
        if self._delivers:
            self.broker.wakes.append(self._take_what_there_is)
            self.broker.wake()

    async def stop(self) -> None:
        """Let running handlers end, then close."""
        if self._take_what_there_is in self.broker.wakes:
            self.broker.wakes.remove(self._take_what_there_is)
        while self._tasks:
            await asyncio.gather(*self._tasks)
        self._close()

    async def kill(self) -> None:
        """End as a process does that is killed: handlers stop where they stand, what they had goes back to the queues."""
        if self._take_what_there_is in self.broker.wakes:
            self.broker.wakes.remove(self._take_what_there_is)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._close()

    def _close(self) -> None:
        for place in self.places:
            place.close()
        self.places = []
        self.broker.wake()

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish; return when the broker has all of them. Raises BrokerAway."""
        await asyncio.sleep(0)
        if self.broker.away:
            raise BrokerAway("away, as the test wants")
        for event in events:
            self.broker.publish(event)

    async def put(self, queue: str, body: bytes, **properties: Any) -> None:
        """Put a message into a queue of dead letters (the port of the consumer)."""
        for known in self.broker.queues.values():
            if dead_of(known.name) == queue:
                known.dead.append(
                    Message(body, properties.get("message_id"), headers=dict(properties.get("headers") or {}))
                )

    async def handle(self, place: Place, message: Message) -> None:
        """Handle one message as the real consumer does, then acknowledge or give it back."""
        try:
            await self._consumer._taker(place.edge)(message.received)
        except RejectMessage as rejected:
            place.reject(message, requeue=rejected.extra_options["requeue"])
        else:
            await self.acknowledge(place, message)

    async def acknowledge(self, place: Place, message: Message) -> None:
        """Tell the broker that it is done."""
        place.ack(message)

    def _take_what_there_is(self) -> None:
        for place in self.places:
            while place.may_take:
                task = asyncio.get_running_loop().create_task(self._handle(place, place.take()))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _handle(self, place: Place, message: Message) -> None:
        try:
            await self.handle(place, message)
        finally:
            asyncio.get_running_loop().call_soon(self.broker.wake)
