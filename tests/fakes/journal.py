"""The journal's store in memory. Trusted only through tests/integration/test_journal.py, which runs the same suite against MongoDB."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from services.budget.domain.entries import Entry
from services.budget.outbound.store import Entries, LostRace, Published, Rejected
from shared.storage.ports import Unavailable
from tests.fakes.storage import copied


class MemoryEntries:
    """Entries (port) in a list; enforces both unique keys and refuses what the database's validator refuses."""

    def __init__(self) -> None:
        self.stored: list[Entry] = []
        self.away = False

    @property
    def stored(self) -> list[Entry]:
        """All entries in the order in which they were inserted. Set it to have other ones, as after a restore."""
        return self._stored

    @stored.setter
    def stored(self, entries: list[Entry]) -> None:
        self._stored = entries
        self._by_id: dict[str, Entry] = {entry["_id"]: entry for entry in entries}
        self._by_book: dict[str, dict[int, Entry]] = {}
        for entry in entries:
            self._by_book.setdefault(entry["book"], {})[entry["seq"]] = entry

    async def find(self, ids: Sequence[str]) -> Sequence[Entry]:
        await self._turn()
        return [copied(self._by_id[id]) for id in sorted(set(ids)) if id in self._by_id]

    async def after(self, book: str, seq: int, limit: int) -> Sequence[Entry]:
        await self._turn()
        places = self._by_book.get(book, {})
        return [copied(places[place]) for place in sorted(place for place in places if place > seq)[:limit]]

    async def append(self, entries: Sequence[Entry]) -> None:
        await self._turn()
        for entry in entries:
            places = self._by_book.setdefault(entry["book"], {})
            if entry["_id"] in self._by_id or entry["seq"] in places:
                raise LostRace(entry["_id"])
            if not _valid(entry["after"]):
                raise Rejected(entry["_id"])
            stored: Entry = copied(entry)
            self._stored.append(stored)
            self._by_id[stored["_id"]] = places[stored["seq"]] = stored

    async def openings(self) -> Sequence[Entry]:
        await self._turn()
        found = [copied(entry) for id, entry in self._by_id.items() if id.startswith("open:")]
        return sorted(found, key=lambda entry: str(entry["_id"]))

    async def _turn(self) -> None:
        await asyncio.sleep(0)  # others may run, as they may while a database answers
        if self.away:
            raise Unavailable("away, as the test wants")


def _valid(after: Mapping[str, int]) -> bool:
    source = "appropriated" if "appropriated" in after else "allotted"
    parts = [amount for account, amount in after.items() if account != source]
    return min(parts) >= 0 and sum(parts) == after[source]


class MemoryCursors:
    """Cursors (port) in a dictionary."""

    def __init__(self) -> None:
        self.cursors: dict[str, Published] = {}

    async def load(self) -> Mapping[str, Published]:
        await asyncio.sleep(0)
        return dict(self.cursors)

    async def advance(self, marks: Mapping[str, int]) -> None:
        await asyncio.sleep(0)
        for book, seq in marks.items():
            known = self.cursors.get(book, Published())
            self.cursors[book] = Published(max(known.seq, seq), known.head_seq)

    async def head_published(self, book: str, seq: int) -> None:
        await asyncio.sleep(0)
        known = self.cursors.get(book, Published())
        self.cursors[book] = Published(known.seq, max(known.head_seq, seq))


class Meddling:
    """Entries (port) over another, with faults at appending: lost replies, and whatever a test wants to happen first."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self.replies_to_lose = 0
        self.before_append: Callable[[Sequence[Entry]], Awaitable[None]] | None = None
        self.batches: list[int] = []

    async def find(self, ids: Sequence[str]) -> Sequence[Entry]:
        return await self._entries.find(ids)

    async def after(self, book: str, seq: int, limit: int) -> Sequence[Entry]:
        return await self._entries.after(book, seq, limit)

    async def append(self, entries: Sequence[Entry]) -> None:
        if self.before_append is not None:
            first, self.before_append = self.before_append, None
            await first(entries)
        self.batches.append(len(entries))
        await self._entries.append(entries)
        if self.replies_to_lose:
            self.replies_to_lose -= 1
            raise Unavailable("the reply was lost, as the test wants")

    async def openings(self) -> Sequence[Entry]:
        return await self._entries.openings()
