"""MongoDB: the one place that imports Motor and turns its errors into ours.

Motor's makers ended its support on 2026-05-14 in favour of PyMongo's own async client (docs/decisions/0003-motor.md), so the import
sits here alone and nothing uses what the successor lacks.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, cast

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import IndexModel
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    WaitQueueTimeoutError,
    WTimeoutError,
)

from shared import telemetry
from shared.storage.indexes import Index
from shared.storage.ports import Document, DuplicateValue, Group, Outbox, Unavailable, Where
from shared.tls import Tls, advice, mongo_tls

Database = AsyncIOMotorDatabase[Document]
Collection = AsyncIOMotorCollection[Document]

SERVER_SELECTION_MS: Final = 3_000  # a person waits for this answer: 503 within seconds, not the driver's 30
SOCKET_MS: Final = 10_000  # longer than any of our operations; a half-open connection is found out
TRANSIENT: Final = (AutoReconnect, ConnectionFailure, ExecutionTimeout, WaitQueueTimeoutError, WTimeoutError)
TRANSIENT_CODES: Final = frozenset({6, 7, 89, 91, 112, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})
# HostUnreachable … NotWritablePrimary, interrupted and shut down, WriteConflict: the server did not do it, or we can't know.

REBUILDING: ContextVar[bool] = ContextVar("rebuilding copies", default=False)
"""Whether copies are written into a fresh collection, too (shared/storage/rebuilding.py)."""

_SORTED_LAST: Final = {1: "$gt", -1: "$lt"}


def connect(url: str, tls: Tls | None = None) -> "AsyncIOMotorClient[Document]":
    """Return a client that acknowledges writes by majority and journal and reads the primary. tls: used if the URL says tls=true."""
    return AsyncIOMotorClient(
        url,
        w="majority",
        journal=True,
        tz_aware=True,
        tzinfo=UTC,
        serverSelectionTimeoutMS=SERVER_SELECTION_MS,
        connectTimeoutMS=SERVER_SELECTION_MS,
        socketTimeoutMS=SOCKET_MS,
        **mongo_tls(url, tls),
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into Unavailable (outcome unknown) or DuplicateValue; anything else passes."""
    try:
        yield
    except DuplicateKeyError as error:
        raise DuplicateValue(field=duplicate_field(error)) from error
    except TRANSIENT as error:
        telemetry.DATABASE_ERRORS.labels("away").inc()
        raise Unavailable(f"{error}{advice(error)}") from error
    except OperationFailure as error:
        if error.code in TRANSIENT_CODES:
            telemetry.DATABASE_ERRORS.labels("away").inc()
            raise Unavailable(str(error)) from error
        telemetry.DATABASE_ERRORS.labels("refused").inc()
        raise


def duplicate_field(error: DuplicateKeyError) -> str:
    """Return the first field of the unique index that was hit; ``_id`` when the server does not say."""
    details: Mapping[str, Any] = error.details or {}
    pattern: Mapping[str, Any] = details.get("keyPattern") or {}
    return next(iter(pattern), "_id")


async def ping(database: Database) -> None:
    """Raise Unavailable unless the server answers."""
    with translated():
        await database.command("ping")


async def ensure_indexes(database: Database, indexes: Sequence[Index]) -> None:
    """Create what is missing, of all collections at once: a busy server answers each call late. Harmless when all replicas do it."""
    wanted: dict[str, list[IndexModel]] = {}
    for index in indexes:
        wanted.setdefault(index.collection, []).append(IndexModel(list(index.keys), **index.options))
    with translated():
        await asyncio.gather(*(database[name].create_indexes(models) for name, models in wanted.items()))


async def found_indexes(database: Database, collection: str) -> Mapping[str, Index]:
    """Return the indexes that a collection has, by name, without the one of ``_id``; none if there is no such collection."""
    with translated():
        found = await database[collection].index_information()
    return {
        name: Index(
            collection,
            tuple((key, int(direction)) for key, direction in about["key"]),
            unique=bool(about.get("unique")),
            sparse=bool(about.get("sparse")),
            partial=about.get("partialFilterExpression"),
        )
        for name, about in found.items()
        if name != "_id_"
    }


async def server_time(database: Database) -> datetime:
    """Return the time by the server's clock. Raises Unavailable."""
    with translated():
        answer = await database.command("hello")
    return cast(datetime, answer["localTime"]).replace(tzinfo=UTC)


class MongoDocuments:
    """Documents (port) in one MongoDB collection."""

    _HEADERS: Final = {"history.data": 0}

    def __init__(self, database: Database, collection: str) -> None:
        self.collection = collection
        self._documents: Collection = database[collection]
        self._floors: Collection = database["floors"]

    def outbox(self, id: str, version: int, events: Sequence[Document]) -> Outbox:
        """Name an outbox of this collection."""
        return Outbox(self.collection, id, version, events)

    async def load(self, id: str) -> Document | None:
        with translated():
            return await self._documents.find_one({"_id": id}, self._HEADERS)

    async def history(self, id: str) -> Sequence[Document]:
        with translated():
            found = await self._documents.find_one({"_id": id}, {"history": 1})
        return [] if found is None else found["history"]

    async def whole(self, id: str) -> Document | None:
        """Return the document with all of its history, or None."""
        with translated():
            return await self._documents.find_one({"_id": id})

    async def floor(self, id: str) -> int:
        with translated():
            found = await self._floors.find_one({"_id": f"{self.collection}/{id}"})
        return 0 if found is None else int(found["sequence"])

    async def insert(self, document: Document) -> bool:
        try:
            with translated():
                await self._documents.insert_one(document)
        except DuplicateValue as duplicate:
            if duplicate.params["field"] != "_id":
                raise
            return False
        return True

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
        change: dict[str, Any] = {"$inc": {"version": 1}, "$push": {"history": {"$each": list(history)}}}
        fields = dict(fields)
        if "due_at" in fields and fields["due_at"] is None:
            del fields["due_at"]
            change["$unset"] = {"due_at": ""}
        if fields:
            change["$set"] = fields
        if outbox:
            change["$push"]["outbox"] = {"$each": list(outbox)}
            change["$min"] = {"unsent_since": now}
        with translated():
            # Not find_one_and_update: SecantusDB looks through the whole collection for it, and nothing of its answer is needed.
            result = await self._documents.update_one({"_id": id, "version": version}, change)
        return result.modified_count == 1

    async def sent(self, outboxes: Sequence[Outbox]) -> None:
        ids = [box.id for box in outboxes]
        events = [event["id"] for box in outboxes for event in box.events]
        nothing_else = {"_id": {"$in": ids}, "outbox": {"$not": {"$elemMatch": {"id": {"$nin": events}}}}}
        empty = {"$set": {"outbox": []}, "$unset": {"unsent_since": ""}}
        with translated():
            if len(ids) == 1:  # half the cost of update_many on SecantusDB
                emptied = await self._documents.update_one(nothing_else, empty)
            else:
                emptied = await self._documents.update_many(nothing_else, empty)
            if emptied.matched_count == len(ids):
                return
            # Some hold a newer event, too; then what is sent leaves, and what is empty by now is no longer unsent.
            await self._documents.update_many({"_id": {"$in": ids}}, {"$pull": {"outbox": {"id": {"$in": events}}}})
            await self._documents.update_many({"_id": {"$in": ids}, "outbox": []}, {"$unset": {"unsent_since": ""}})

    async def unsent(self, before: datetime, limit: int) -> Sequence[Outbox]:
        with translated():
            cursor = self._documents.find({"unsent_since": {"$lte": before}}, {"outbox": 1, "version": 1})
            found = await cursor.sort("unsent_since", 1).limit(limit).to_list(limit)
        return [self.outbox(d["_id"], d["version"], d["outbox"]) for d in found]

    async def oldest_unsent(self) -> datetime | None:
        with translated():
            found = await self._documents.find_one(
                {"unsent_since": {"$exists": True}}, {"unsent_since": 1}, sort=[("unsent_since", 1)]
            )
        return None if found is None else cast(datetime, found["unsent_since"])

    async def count_unsent(self) -> int:
        """Return how many aggregates have something to announce."""
        with translated():
            return await self._documents.count_documents({"unsent_since": {"$exists": True}})

    async def due(self, now: datetime, limit: int) -> Sequence[str]:
        with translated():
            cursor = self._documents.find({"due_at": {"$lte": now}}, {"_id": 1}).sort("due_at", 1).limit(limit)
            found = await cursor.to_list(limit)
        return [d["_id"] for d in found]

    async def find(
        self, where: Where, *, order: Sequence[tuple[str, int]], limit: int, after: Sequence[Any] | None = None
    ) -> Sequence[Document]:
        query: dict[str, Any] = dict(where)
        if after is not None:
            query = {"$and": [query, after_condition(order, after)]}
        with translated():
            return await self._documents.find(query, self._HEADERS).sort(list(order)).limit(limit).to_list(limit)

    async def count(self, where: Where) -> int:
        with translated():
            return await self._documents.count_documents(dict(where))

    async def groups(self, where: Where, by: Sequence[str], *, earliest: str | None = None) -> Sequence[Group]:
        same = {f"value{i}": {"$ifNull": [f"${field}", None]} for i, field in enumerate(by)}
        found: dict[str, Any] = {"_id": same, "count": {"$sum": 1}}
        if earliest is not None:
            found["earliest"] = {"$min": f"${earliest}"}
        with translated():
            groups = await self._documents.aggregate([{"$match": dict(where)}, {"$group": found}]).to_list(None)
        return [Group(tuple(g["_id"].get(value) for value in same), g["count"], g.get("earliest")) for g in groups]

    async def ids(self, where: Where) -> AsyncIterator[str]:
        with translated():
            async for document in self._documents.find(dict(where), {"_id": 1}):
                yield document["_id"]


def after_condition(order: Sequence[tuple[str, int]], after: Sequence[Any]) -> Document:
    """Return the filter for what comes after these order values (lexicographic, mixed directions)."""
    alternatives: list[Document] = []
    for i, (key, direction) in enumerate(order):
        same: Document = {k: v for (k, _), v in zip(order[:i], after[:i], strict=True)}
        alternatives.append({**same, key: {_SORTED_LAST[direction]: after[i]}})
    return {"$or": alternatives}


class MongoCopies:
    """Copies (port) in one MongoDB collection."""

    def __init__(self, database: Database, collection: str) -> None:
        self.collection = collection
        self._database = database
        self._copies: Collection = database[collection]

    @property
    def fresh(self) -> "MongoCopies":
        """The collection beside this one that a rebuild fills."""
        return MongoCopies(self._database, f"{self.collection}.rebuilt")

    async def apply(self, id: str, sequence: int, fields: Document) -> bool:
        if REBUILDING.get():
            await self.fresh.keep(id, sequence, fields)
        return await self.keep(id, sequence, fields)

    async def keep(self, id: str, sequence: int, fields: Document) -> bool:
        """Store the copy here alone if it is newer."""
        try:
            with translated():
                result = await self._copies.replace_one(
                    {"_id": id, "sequence": {"$lt": sequence}}, {"_id": id, "sequence": sequence, **fields}, upsert=True
                )
        except DuplicateValue:
            return False  # the filter missed because what is here is as new or newer
        return bool(result.modified_count or result.upserted_id is not None)

    async def get(self, id: str) -> Document | None:
        with translated():
            return await self._copies.find_one({"_id": id})

    async def find(
        self, where: Where, *, order: Sequence[tuple[str, int]] = (("_id", 1),), limit: int = 1000
    ) -> Sequence[Document]:
        with translated():
            return await self._copies.find(dict(where)).sort(list(order)).limit(limit).to_list(limit)

    async def count(self, where: Where) -> int:
        with translated():
            return await self._copies.count_documents(dict(where))

    async def ids(self) -> Sequence[str]:
        """Return the ids of all copies."""
        with translated():
            return [copy["_id"] for copy in await self._copies.find({}, {"_id": 1}).to_list(None)]

    async def replace(self, used: Document | None, by: Document) -> bool:
        """Replace the copy unless it is no longer at the sequence it was seen at; True if it was replaced."""
        if used is None:
            return await self.keep(by["_id"], by["sequence"], by)
        with translated():
            result = await self._copies.replace_one({"_id": by["_id"], "sequence": used["sequence"]}, by)
        return result.matched_count == 1

    async def clear(self) -> None:
        """Remove the collection: only for the one that a rebuild fills."""
        with translated():
            await self._copies.drop()
