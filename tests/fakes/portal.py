"""Portal's rows in memory. Trusted only through tests/integration/test_portal_rows.py, which runs the same suite against MongoDB."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any

from services.portal.usecases.ports import Order, Tally
from shared.storage.ports import Document, Where
from tests.fakes.storage import MemoryDocuments, copied, matches


class MemoryRows:
    """Rows (port) in a dictionary."""

    def __init__(self, collection: str) -> None:
        self.collection = collection
        self.rows: dict[str, Document] = {}

    async def get(self, id: str) -> Document | None:
        return dict(copied(self.rows[id])) if id in self.rows else None

    async def put(self, used: Document | None, by: Document) -> bool:
        held = self.rows.get(by["_id"])
        if (held is None) != (used is None) or (held and used and held["sequence"] != used["sequence"]):
            return False
        self.rows[by["_id"]] = copied(by)
        return True

    async def overwrite(self, by: Document) -> None:
        self.rows[by["_id"]] = copied(by)

    async def find(
        self, where: Where, *, order: Order, limit: int, after: Sequence[Any] | None = None
    ) -> Sequence[Document]:
        documents = MemoryDocuments(self.collection)
        documents.documents = {id: {**row, "history": []} for id, row in self.rows.items()}
        found = await documents.find(where, order=order, limit=limit, after=after)
        return [{key: value for key, value in row.items() if key not in ("facts", "history")} for row in found]

    async def count(self, where: Where) -> int:
        return sum(matches(row, where) for row in self.rows.values())

    async def tally(self, where: Where, by: Sequence[str], sums: Sequence[str] = ()) -> Sequence[Tally]:
        groups: dict[tuple[Any, ...], list[Document]] = defaultdict(list)
        for row in self.rows.values():
            if matches(row, where):
                groups[tuple(row.get(field) for field in by)].append(row)
        return [
            Tally(values, len(rows), tuple(sum(row.get(field) or 0 for row in rows) for field in sums))
            for values, rows in groups.items()
        ]

    async def all(self, where: Where, fields: Sequence[str]) -> AsyncIterator[Document]:
        for row in [copied(row) for row in self.rows.values() if matches(row, where)]:
            yield {key: value for key, value in row.items() if key in ("_id", "sequence", *fields)}

    async def discard(self, id: str, where: Where) -> None:
        if id in self.rows and matches(self.rows[id], where):
            del self.rows[id]


class MemoryGeneration:
    """All collections of one generation."""

    def __init__(self) -> None:
        self.by_name: dict[str, MemoryRows] = {}

    def rows(self, collection: str) -> MemoryRows:
        return self.by_name.setdefault(collection, MemoryRows(collection))

    @property
    def content(self) -> dict[str, dict[str, Document]]:
        """Everything that is kept, document by document."""
        return {name: copied(rows.rows) for name, rows in sorted(self.by_name.items()) if rows.rows}

    def restore(self, content: dict[str, dict[str, Document]]) -> None:
        """Bring back what ``content`` gave."""
        self.by_name = {}
        for name, rows in content.items():
            self.rows(name).rows = copied(rows)


class MemoryKept:
    """Kept (port): one generation, or two while ``fresh`` is set."""

    def __init__(self) -> None:
        self.used = MemoryGeneration()
        self.fresh: MemoryGeneration | None = None

    def written(self) -> Sequence[MemoryGeneration]:
        return (self.used,) if self.fresh is None else (self.used, self.fresh)
