"""How portal keeps its rows: one collection per noun, each row a fold of the newest fact of every slot."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from services.portal.domain.rows import ROWS
from services.portal.usecases.figures import FIGURES
from services.portal.usecases.marks import STALE
from services.portal.usecases.ports import Order, Tally
from shared.storage.mongo import REBUILDING, Collection, Database, after_condition, translated
from shared.storage.ports import Document, DuplicateValue, Where

MADE_OF_ROWS: Final = (FIGURES, STALE)
"""Figures and the marks of those to be made anew: no event says what is in them."""


class MongoRows:
    """Rows (port) in one MongoDB collection."""

    def __init__(self, database: Database, collection: str, suffix: str = "") -> None:
        self.collection = collection
        self._rows: Collection = database[f"{collection}{suffix}"]

    async def get(self, id: str) -> Document | None:
        with translated():
            return await self._rows.find_one({"_id": id})

    async def put(self, used: Document | None, by: Document) -> bool:
        if used is None:
            try:
                with translated():
                    await self._rows.insert_one(by)
            except DuplicateValue:
                return False
            return True
        with translated():
            result = await self._rows.replace_one({"_id": by["_id"], "sequence": used["sequence"]}, by)
        return result.matched_count == 1

    async def overwrite(self, by: Document) -> None:
        while True:
            try:
                with translated():
                    await self._rows.replace_one({"_id": by["_id"]}, by, upsert=True)
            except DuplicateValue:  # another inserted it at the same moment
                continue
            return

    async def find(
        self, where: Where, *, order: Order, limit: int, after: Sequence[Any] | None = None
    ) -> Sequence[Document]:
        query: dict[str, Any] = dict(where)
        if after is not None:
            query = {"$and": [query, after_condition(order, after)]}
        with translated():
            return await self._rows.find(query, {"facts": 0}).sort(list(order)).limit(limit).to_list(limit)

    async def count(self, where: Where) -> int:
        with translated():
            return await self._rows.count_documents(dict(where))

    async def tally(self, where: Where, by: Sequence[str], sums: Sequence[str] = ()) -> Sequence[Tally]:
        same = {f"value{i}": {"$ifNull": [f"${field}", None]} for i, field in enumerate(by)}
        group: dict[str, Any] = {"_id": same, "count": {"$sum": 1}}
        group |= {f"sum{i}": {"$sum": f"${field}"} for i, field in enumerate(sums)}
        with translated():
            found = await self._rows.aggregate([{"$match": dict(where)}, {"$group": group}]).to_list(None)
        return [
            Tally(
                tuple(one["_id"].get(value) for value in same),
                one["count"],
                tuple(int(one[f"sum{i}"]) for i in range(len(sums))),
            )
            for one in found
        ]

    async def all(self, where: Where, fields: Sequence[str]) -> AsyncIterator[Document]:
        with translated():
            async for row in self._rows.find(dict(where), {"sequence": 1, **dict.fromkeys(fields, 1)}):
                yield row

    async def discard(self, id: str, where: Where) -> None:
        with translated():
            await self._rows.delete_one({"_id": id, **where})


class MongoGeneration:
    """All collections in use, or those beside them that a rebuild fills (the names are shared/storage's)."""

    def __init__(self, database: Database, suffix: str = "") -> None:
        self._rows: Mapping[str, MongoRows] = {
            name: MongoRows(database, name, suffix) for name in (*ROWS, *MADE_OF_ROWS)
        }

    def rows(self, collection: str) -> MongoRows:
        """Return one collection."""
        return self._rows[collection]


class MongoKept:
    """Kept (port) in portal's database."""

    def __init__(self, database: Database) -> None:
        self._used = MongoGeneration(database)
        self._fresh = MongoGeneration(database, ".rebuilt")

    @property
    def used(self) -> MongoGeneration:
        """What is read."""
        return self._used

    def written(self) -> Sequence[MongoGeneration]:
        """Return what an event has to be written into: also the fresh collections while this is part of a rebuild."""
        return (self._used, self._fresh) if REBUILDING.get() else (self._used,)
