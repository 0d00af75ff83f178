"""The outbox relay (messaging rule 5): right after the save, always the whole outbox from its head, many aggregates at once.

It never blocks a request and never gives up: what could not be published or marked stays in its outbox, and the sweep finds it by
``unsent_since``. Publishing twice is allowed (an event keeps its id); losing is not.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Final, Protocol

from shared.clock import Clock
from shared.messaging.pump import SWEEP_SECONDS, Pump
from shared.storage.ports import Document, Documents, Outbox

BATCH: Final = 200  # outboxes per round: large enough to fill the broker's window, small enough to be marked soon
GRACE: Final = timedelta(seconds=5)  # younger events are still in this or another replica's hands
REMEMBERED: Final = 10_000  # event ids, of many seconds: a save that still saw them in its outbox follows within one


class Publisher(Protocol):
    """The side of the bus that the relay needs."""

    async def publish(self, events: Sequence[Document]) -> None:
        """Publish and return once the broker has confirmed every one; raises otherwise."""


class OutboxRelay(Pump):
    """Relay (port of storage) over a publisher. ``start`` and ``stop`` bracket its two tasks: flush and sweep."""

    def __init__(
        self,
        publisher: Publisher,
        collections: Sequence[Documents],
        clock: Clock,
        *,
        transient: tuple[type[Exception], ...],
        grace: timedelta = GRACE,
        sweep_seconds: float = SWEEP_SECONDS,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__("outboxes", transient=transient, sweep_seconds=sweep_seconds, wait=wait)
        self._publisher = publisher
        self._collections: Mapping[str, Documents] = {c.collection: c for c in collections}
        self._clock = clock
        self._grace = grace
        self._pending: dict[tuple[str, str], Outbox] = {}
        self._done: dict[str, None] = {}  # ids of events published and marked, oldest first

    def announce(self, outbox: Outbox) -> None:
        key = (outbox.collection, outbox.id)
        waiting = self._pending.get(key)
        if waiting is None or waiting.version <= outbox.version:
            self._pending[key] = outbox  # the newer one holds what the older one held, if that is still unsent
        self.wake()

    @property
    def waiting(self) -> bool:
        return bool(self._pending)

    async def flush(self) -> None:
        """Publish and mark one batch. Raises a transient error after putting the batch back."""
        popped = [self._pending.pop(key) for key in list(self._pending)[:BATCH]]
        # A save that loaded its document before the last mark announces again what is published and marked by now.
        batch = [left for box in popped if (left := self._not_done(box)).events or not box.events]
        try:
            await self._publisher.publish([event for box in batch for event in box.events])
            by_collection: dict[str, list[Outbox]] = {}
            for box in batch:
                by_collection.setdefault(box.collection, []).append(box)
            for collection, boxes in by_collection.items():
                await self._collections[collection].sent(boxes)
        except BaseException:
            for box in batch:
                self.announce(box)
            raise
        self._remember(batch)

    async def sweep(self) -> int:
        """Take up what has waited longer than the grace time: a crash, or a broker that was away. Returns how many outboxes."""
        found = 0
        for documents in self._collections.values():
            for box in await documents.unsent(self._clock() - self._grace, BATCH):
                for event in box.events:  # unmarked after all, e.g. in a database restored from a backup
                    self._done.pop(event["id"], None)
                self.announce(box)
                found += 1
        return found

    def _not_done(self, box: Outbox) -> Outbox:
        return replace(box, events=[event for event in box.events if event["id"] not in self._done])

    def _remember(self, batch: Sequence[Outbox]) -> None:
        self._done.update((event["id"], None) for box in batch for event in box.events)
        for id in list(islice(self._done, max(0, len(self._done) - REMEMBERED))):
            del self._done[id]
