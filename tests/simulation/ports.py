"""The ports of storage as one replica sees them: the shared fakes behind points of the scheduler and its faults."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.budget.domain.entries import Entry
from services.budget.outbound.store import Published
from shared.storage.ports import Document, Group, Outbox, Where
from tests.fakes.journal import MemoryCursors, MemoryEntries
from tests.fakes.storage import MemoryCopies, MemoryDocuments, MemoryFiles, MemoryStores

if TYPE_CHECKING:
    from tests.simulation.replica import Replica


class SimulatedDocuments:
    """Documents (port). After every write the model looks at the document."""

    def __init__(self, replica: "Replica", inner: MemoryDocuments) -> None:
        self.collection = inner.collection
        self._at = replica
        self._inner = inner

    def outbox(self, id: str, version: int, events: Sequence[Document]) -> Outbox:
        return self._inner.outbox(id, version, events)

    async def load(self, id: str) -> Document | None:
        return await self._at.read(f"load {self.collection}/{id}", lambda: self._inner.load(id))

    async def history(self, id: str) -> Sequence[Document]:
        return await self._at.read(f"history {self.collection}/{id}", lambda: self._inner.history(id))

    async def floor(self, id: str) -> int:
        return await self._at.read(f"floor {self.collection}/{id}", lambda: self._inner.floor(id))

    async def insert(self, document: Document) -> bool:
        return bool(await self._write("insert", [document["_id"]], lambda: self._inner.insert(document)))

    async def update(
        self,
        id: str,
        version: int,
        *,
        fields: Document,
        history: Sequence[Document],
        outbox: Sequence[Document],
        now: datetime,
    ) -> bool:
        def work() -> Any:
            return self._inner.update(id, version, fields=fields, history=history, outbox=outbox, now=now)

        return bool(await self._write("update", [id], work))

    async def sent(self, outboxes: Sequence[Outbox]) -> None:
        await self._write("mark", [box.id for box in outboxes], lambda: self._inner.sent(outboxes))

    async def unsent(self, before: datetime, limit: int) -> Sequence[Outbox]:
        return await self._at.read(f"unsent {self.collection}", lambda: self._inner.unsent(before, limit))

    async def oldest_unsent(self) -> datetime | None:
        return await self._at.read(f"oldest {self.collection}", self._inner.oldest_unsent)

    async def due(self, now: datetime, limit: int) -> Sequence[str]:
        return await self._at.read(f"due {self.collection}", lambda: self._inner.due(now, limit))

    async def find(
        self, where: Where, *, order: Sequence[tuple[str, int]], limit: int, after: Sequence[Any] | None = None
    ) -> Sequence[Document]:
        return await self._at.read(
            f"find {self.collection}", lambda: self._inner.find(where, order=order, limit=limit, after=after)
        )

    async def count(self, where: Where) -> int:
        return await self._inner.count(where)  # a figure beside a page; nothing is decided by it

    async def groups(self, where: Where, by: Sequence[str], *, earliest: str | None = None) -> Sequence[Group]:
        return await self._inner.groups(where, by, earliest=earliest)  # as above

    async def ids(self, where: Where) -> AsyncIterator[str]:
        async def all_ids() -> list[str]:
            return [id async for id in self._inner.ids(where)]

        for id in await self._at.read(f"ids {self.collection}", all_ids):
            yield id

    async def _write(self, what: str, ids: Sequence[str], work: Any) -> Any:
        before = [self._inner.documents.get(id) for id in ids]

        async def observed() -> Any:
            before[:] = [self._inner.documents.get(id) for id in ids]
            result = await work()
            for id, old in zip(ids, before, strict=True):
                new = self._inner.documents.get(id)
                if new is not old and new is not None:
                    self._at.wrote(self.collection, old, new)
            return result

        return await self._at.write(f"{what} {self.collection}/{','.join(ids)}", observed)


class SimulatedCopies:
    """Copies (port)."""

    def __init__(self, replica: "Replica", inner: MemoryCopies) -> None:
        self._at = replica
        self._inner = inner

    async def apply(self, id: str, sequence: int, fields: Document) -> bool:
        async def observed() -> bool:
            applied = await self._inner.apply(id, sequence, fields)
            self._at.applied(self._inner.collection, id, sequence, applied)
            return applied

        return await self._at.write(f"apply {self._inner.collection}/{id} {sequence}", observed)

    async def get(self, id: str) -> Document | None:
        return await self._at.read(f"get {self._inner.collection}/{id}", lambda: self._inner.get(id))

    async def find(
        self, where: Where, *, order: Sequence[tuple[str, int]] = (("_id", 1),), limit: int = 1000
    ) -> Sequence[Document]:
        return await self._at.read(
            f"find {self._inner.collection}", lambda: self._inner.find(where, order=order, limit=limit)
        )

    async def count(self, where: Where) -> int:
        return await self._inner.count(where)  # a figure beside a page; nothing is decided by it


class SimulatedStores:
    """Stores (port) of one replica; what is to be announced goes to its relay."""

    def __init__(self, replica: "Replica", inner: MemoryStores) -> None:
        self._at = replica
        self._inner = inner
        self.all_documents: list[SimulatedDocuments] = []

    def documents(self, collection: str) -> SimulatedDocuments:
        self.all_documents.append(SimulatedDocuments(self._at, self._inner.documents(collection)))
        return self.all_documents[-1]

    def copies(self, collection: str) -> SimulatedCopies:
        return SimulatedCopies(self._at, self._inner.copies(collection))

    def files(self, bucket: str) -> MemoryFiles:
        return self._inner.files(bucket)

    def announce(self, outbox: Outbox) -> None:
        self._at.announce(outbox)


class SimulatedEntries:
    """Entries (port of budget). After every insert the model looks at what was stored, also of a batch that failed midway."""

    def __init__(self, replica: "Replica", inner: MemoryEntries) -> None:
        self._at = replica
        self._inner = inner

    async def find(self, ids: Sequence[str]) -> Sequence[Entry]:
        return await self._at.read(f"find {len(ids)} entries", lambda: self._inner.find(ids))

    async def after(self, book: str, seq: int, limit: int) -> Sequence[Entry]:
        return await self._at.read(f"entries of {book} after {seq}", lambda: self._inner.after(book, seq, limit))

    async def append(self, entries: Sequence[Entry]) -> None:
        async def observed() -> None:
            known = len(self._inner.stored)
            try:
                await self._inner.append(entries)
            finally:
                self._at.entered(self._inner.stored[known:])

        await self._at.write("append " + " ".join(f"{e['seq']}:{e['_id']}" for e in entries), observed)

    async def openings(self) -> Sequence[Entry]:
        return await self._at.read("openings", self._inner.openings)


class SimulatedCursors:
    """Cursors (port of budget)."""

    def __init__(self, replica: "Replica", inner: MemoryCursors) -> None:
        self._at = replica
        self._inner = inner

    async def load(self) -> Mapping[str, Published]:
        return await self._at.read("cursors", self._inner.load)

    async def advance(self, marks: Mapping[str, int]) -> None:
        async def observed() -> None:
            await self._inner.advance(marks)
            self._at.advanced(marks)

        await self._at.write(f"advance {dict(marks)}", observed)

    async def head_published(self, book: str, seq: int) -> None:
        await self._at.write(f"head of {book} {seq}", lambda: self._inner.head_published(book, seq))
