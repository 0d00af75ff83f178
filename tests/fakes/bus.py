"""The broker in memory: one queue per edge, deliveries that a test orders, repeats and keeps back.

It shows what services make of each other's events. The rules about a real broker – acknowledging, redelivery, dead letters, restarts –
are tested on a real one (messaging rule 8).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from shared.contracts.envelope import decode, encode
from shared.messaging.subscriptions import Edge, Subscriptions
from shared.storage.indexes import Index
from shared.storage.ports import Outbox, Unavailable
from tests.fakes.storage import MemoryStores

Event = dict[str, Any]

MOST_DELIVERIES = 20_000  # far above any test's; more means that events cause each other without end


@dataclass
class _Queue:
    edge: Edge
    waiting: list[Event] = field(default_factory=list)
    held: bool = False


@dataclass(frozen=True)
class DeadLetter:
    """What a handler failed on."""

    queue: str
    event: Event
    error: Exception

    def __str__(self) -> str:
        return f"{self.queue}: {self.event['type']} of {self.event['subject']}: {self.error!r}"


class MemoryBus:
    """Delivers every announced event to everyone who subscribed, when the test says so (``settle``, ``deliver``).

    random: chooses the next queue (None: the first that has something); copies: how often each event is delivered;
    within: events of one queue may overtake each other too.
    """

    def __init__(self, random: Random | None = None, *, copies: int = 1, within: bool = False) -> None:
        self.archive: list[Event] = []
        """Every event announced, once, in order of announcement."""
        self.dead: list[DeadLetter] = []
        self.delivered = 0
        self._random = random
        self._copies = copies
        self._within = within
        self._queues: dict[str, _Queue] = {}
        self._known: set[str] = set()
        self._outboxes: list[tuple[MemoryStores, Outbox]] = []
        self._sources: list[Callable[[], Awaitable[None]]] = []

    def connect(self, subscriptions: Subscriptions) -> None:
        """Give a service its queues."""
        for edge in subscriptions.edges:
            self._queues[edge.queue] = _Queue(edge)

    def source(self, flush: Callable[[], Awaitable[None]]) -> None:
        """Have something that publishes by itself, as budget's announcer, do so before each delivery."""
        self._sources.append(flush)

    def take_up(self, stores: MemoryStores, outbox: Outbox) -> None:
        """Publish an outbox before the next delivery, then have it marked."""
        self._outboxes.append((stores, outbox))

    async def publish(self, events: Sequence[Event]) -> None:
        """Put events into the queues that want their types; one published again is not announced again."""
        for event in events:
            if event["id"] in self._known:
                continue
            self._known.add(event["id"])
            self.archive.append(event)
            announcer = decode(encode(event)).announcer
            for queue in self._queues.values():
                if queue.edge.announcer == announcer and event["type"] in queue.edge.handlers:
                    queue.waiting += [event] * self._copies

    @contextmanager
    def holding(self, *queues: str) -> Iterator[None]:
        """Keep back what these queues have, e.g. ``budget.registry``, as if their reader were slow or away."""
        for name in queues:
            self._queues[name].held = True
        try:
            yield
        finally:
            for name in queues:
                self._queues[name].held = False

    async def settle(self) -> None:
        """Deliver until nothing is left that is not held back."""
        for _ in range(MOST_DELIVERIES):
            if not await self.deliver():
                return
        raise AssertionError("the services keep answering each other")

    async def deliver(self, at_once: int = 1) -> bool:
        """Publish what waits, then deliver one event, or several at once; False if there was none."""
        await self._relay()
        taken = [delivery for _ in range(at_once) if (delivery := self._next()) is not None]
        await asyncio.gather(*(self._take(queue, event) for queue, event in taken))
        return bool(taken)

    def _next(self) -> tuple[_Queue, Event] | None:
        queues = [queue for queue in self._queues.values() if queue.waiting and not queue.held]
        if not queues:
            return None
        queue = queues[0] if self._random is None else self._random.choice(queues)
        place = self._random.randrange(len(queue.waiting)) if self._random is not None and self._within else 0
        return queue, queue.waiting.pop(place)

    async def _take(self, queue: _Queue, event: Event) -> None:
        envelope = decode(encode(event))
        self.delivered += 1
        try:
            await queue.edge.handlers[envelope.type](envelope.payload(), envelope)
        except Unavailable:
            queue.waiting.append(event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the real consumer puts the event aside too
            self.dead.append(DeadLetter(queue.edge.queue, event, error))

    async def _relay(self) -> None:
        while self._outboxes:
            stores, outbox = self._outboxes.pop(0)
            await self.publish(outbox.events)
            await stores.documents(outbox.collection).sent([outbox])
        for flush in self._sources:
            await flush()


class BusStores(MemoryStores):
    """Stores of one service whose relay is the bus."""

    def __init__(self, bus: MemoryBus, indexes: Sequence[Index] = ()) -> None:
        super().__init__(indexes)
        self._bus = bus

    def announce(self, outbox: Outbox) -> None:
        """Relay (port): the bus takes it up before its next delivery."""
        self._bus.take_up(self, outbox)
