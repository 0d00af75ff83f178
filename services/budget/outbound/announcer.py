"""Publishing of entries: the journal is its own outbox.

How far a book has been announced is a cursor of its own, because entries never change (messaging rule 5).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final, Protocol

from services.budget.domain.entries import Entry
from services.budget.outbound.announce import Terms, event_of
from services.budget.outbound.store import Cursors, Entries, Published
from shared.clock import Clock
from shared.contracts.budget import BookHeadPublished
from shared.contracts.envelope import Cause, envelop
from shared.messaging.pump import SWEEP_SECONDS, Pump

log = logging.getLogger("sama.announcer")

PER_BOOK: Final = (
    200  # entries of one book in one round: enough to fill the broker's window, few enough to be marked soon
)
GRACE: Final = timedelta(seconds=5)  # younger entries are still in this or another replica's hands
HEADS_EVERY: Final = timedelta(minutes=10)  # a rewritten ledger is found out against a head at most this old


class Bus(Protocol):
    """The side of the bus that the announcer needs."""

    async def publish(self, events: Sequence[dict[str, Any]]) -> None:
        """Publish and return once the broker has confirmed every one; raises otherwise."""


class Announcer(Pump):
    """Publishes what the cursors have not passed: at once what this process wrote, by a sweep what a crash left.

    Always from the cursor and in order, many books at once; the cursors move after the confirm. It never blocks a request and never
    gives up. ``start`` and ``stop`` bracket its two tasks.
    """

    def __init__(
        self,
        bus: Bus,
        entries: Entries,
        cursors: Cursors,
        clock: Clock,
        *,
        transient: tuple[type[Exception], ...],
        grace: timedelta = GRACE,
        sweep_seconds: float = SWEEP_SECONDS,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__("entries", transient=transient, sweep_seconds=sweep_seconds, wait=wait)
        self._bus = bus
        self._entries = entries
        self._cursors = cursors
        self._clock = clock
        self._grace = grace
        self._terms: dict[str, Terms] = {}
        self._published: dict[str, int] = {}
        self._written: dict[str, list[Entry]] = {}
        self._heads_at: datetime | None = None

    def written(self, book: str, entries: Sequence[Entry]) -> None:
        """Take note of entries just inserted by this process; publishing happens in the announcer's own task."""
        self._written.setdefault(book, []).extend(entries)
        self.wake()

    @property
    def waiting(self) -> bool:
        return bool(self._written)

    async def flush(self) -> None:
        """Publish and mark one round over all books with unannounced entries. On an error all stay to be announced."""
        batch = {book: await self._next(book) for book in list(self._written)}
        events = [
            event
            for book, entries in batch.items()
            for entry in entries
            if (event := event_of(entry, await self._terms_of(book))) is not None
        ]
        if events:
            await self._bus.publish(events)
        marks = {book: entries[-1]["seq"] for book, entries in batch.items() if entries}
        await self._cursors.advance(marks)
        self._published |= marks
        for book, entries in batch.items():
            seq = self._published.get(book, 0)
            left = [entry for entry in self._written[book] if entry["seq"] > seq]
            if left and entries:  # none after the cursor: what is at hand is gone from the database, or announced
                self._written[book] = left
            else:
                del self._written[book]

    async def sweep(self) -> int:
        """Take up what is older than the grace time and not announced, whoever wrote it. Returns how many entries."""
        found = 0
        cursors = await self._cursors.load()
        before = self._clock() - self._grace
        for opening in await self._entries.openings():
            book = opening["book"]
            published = cursors.get(book, Published()).seq
            self._published[book] = max(published, self._published.get(book, 0))
            if book in self._written:
                continue
            waiting = await self._entries.after(book, published, PER_BOOK)
            if waiting and datetime.fromisoformat(waiting[0]["at"]) <= before:
                self.written(book, waiting)
                found += len(waiting)
        return found

    async def tend(self) -> int:
        """Sweep, and announce the heads when it is time."""
        found = await self.sweep()
        if self._heads_at is None or self._clock() - self._heads_at >= HEADS_EVERY:
            await self.publish_heads()
            self._heads_at = self._clock()
        return found

    async def oldest_unsent(self) -> datetime | None:
        """Return the time of the oldest entry that is not announced, or None."""
        cursors = await self._cursors.load()
        oldest: datetime | None = None
        for opening in await self._entries.openings():
            published = cursors.get(opening["book"], Published()).seq
            for entry in await self._entries.after(opening["book"], published, 1):
                at = datetime.fromisoformat(entry["at"])
                oldest = at if oldest is None else min(oldest, at)
        return oldest

    async def publish_heads(self) -> int:
        """Announce the head of every book that has grown since its head was last announced (BUD-10). Returns how many."""
        cursors = await self._cursors.load()
        heads: dict[str, Entry] = {}
        for book, published in cursors.items():
            if published.seq > published.head_seq:
                found = await self._entries.after(book, published.seq - 1, 1)
                if found:
                    heads[book] = found[0]
                else:  # the entries were restored from before the cursor: an operator has to look, the other books go on
                    log.error(
                        "book %s was announced up to %d and ends before",
                        book,
                        published.seq,
                        extra={"alarm": "book_cut_off"},
                    )
        if not heads:
            return 0
        await self._bus.publish([_head_event(book, head) for book, head in heads.items()])
        for book, head in heads.items():
            await self._cursors.head_published(book, head["seq"])
        return len(heads)

    async def _next(self, book: str) -> Sequence[Entry]:
        """Return the entries after the cursor: those at hand if they follow it, else those of the database."""
        if book not in self._published:
            self._published |= {b: p.seq for b, p in (await self._cursors.load()).items()}
        published = self._published.get(book, 0)
        at_hand = [entry for entry in self._written[book] if entry["seq"] > published]
        if at_hand and at_hand[0]["seq"] == published + 1 and _gapless(at_hand):
            return at_hand[:PER_BOOK]
        # Another replica wrote in between (its own announcer may be at it too, and twice is allowed), or the database was
        # restored and its cursor is behind the one remembered.
        self._published[book] = (await self._cursors.load()).get(book, Published()).seq
        return await self._entries.after(book, self._published[book], PER_BOOK)

    async def _terms_of(self, book: str) -> Terms:
        if book not in self._terms:
            (opening,) = await self._entries.after(book, 0, 1)
            self._terms[book] = Terms(opening["facts"]["currency"], opening["facts"].get("district"))
        return self._terms[book]


def _head_event(book: str, head: Entry) -> dict[str, Any]:
    """Return the event of a head, always the same for the same head: two replicas may both announce it."""
    at = datetime.fromisoformat(head["at"])
    return envelop(
        BookHeadPublished(book=book, seq=head["seq"], hash=head["hash"], at=at),
        # A subject of its own: the head's number is an entry's seq, and that pair has an event already.
        subject=f"head/{book}",
        number=head["seq"],
        at=at,
        cause=Cause("system:budget", f"head:{head['hash']}"),
    )


def _gapless(entries: Sequence[Entry]) -> bool:
    return all(after["seq"] == entry["seq"] + 1 for entry, after in pairwise(entries))
