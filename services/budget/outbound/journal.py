"""The journal in MongoDB: ``entries``, insert-only, and ``cursors``."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pymongo import ASCENDING, UpdateOne
from pymongo.errors import BulkWriteError, CollectionInvalid, OperationFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.budget.domain.book import CITY_PARTS, DISTRICT_PARTS
from services.budget.domain.entries import Entry
from services.budget.outbound.store import LostRace, Published, Rejected
from shared.storage.mongo import Database, translated
from shared.storage.ports import Unavailable

ENTRIES: Final = "entries"
CURSORS: Final = "cursors"
DUPLICATE_KEY: Final = 11000
FAILED_VALIDATION: Final = 121
NAMESPACE_EXISTS: Final = 48
MAJORITY: Final = WriteConcern(w="majority", j=True)


def _sum_of(parts: Sequence[str]) -> dict[str, Any]:
    return {"$add": [f"$after.{part}" for part in parts]}


def _no_part_negative(parts: Sequence[str]) -> dict[str, Any]:
    # A schema, because servers check six bounds in one schema faster than six conditions; the sum below refuses what is no number.
    return {"$jsonSchema": {"properties": {"after": {"properties": {part: {"minimum": 0} for part in parts}}}}}


VALIDATOR: Final[dict[str, Any]] = {
    "$or": [
        {
            **_no_part_negative(DISTRICT_PARTS),
            "$expr": {"$eq": ["$after.allotted", _sum_of(DISTRICT_PARTS)]},
        },
        {
            **_no_part_negative(CITY_PARTS),
            "$expr": {"$eq": ["$after.appropriated", _sum_of(CITY_PARTS)]},
        },
    ]
}
"""No part negative and the identities of BUD-2, whoever writes: the last guard, below all code."""


async def ensure_validator(database: Database) -> None:
    """Put the validator on ``entries``, creating the collection; harmless when all replicas do it at once."""
    try:
        with translated():
            await database.create_collection(ENTRIES, validator=VALIDATOR, check_exists=False)
    except CollectionInvalid:
        pass
    except OperationFailure as error:
        if error.code != NAMESPACE_EXISTS:
            raise
    else:
        return
    with translated():
        await database.command("collMod", ENTRIES, validator=VALIDATOR)


class MongoEntries:
    """Entries (port) in MongoDB."""

    def __init__(self, database: Database) -> None:
        # Stated here although the client says so too: money does not depend on how a client was made.
        self._entries = database.get_collection(ENTRIES, read_concern=ReadConcern("majority"), write_concern=MAJORITY)

    async def find(self, ids: Sequence[str]) -> Sequence[Entry]:
        with translated():
            return await self._entries.find({"_id": {"$in": list(ids)}}).to_list(len(ids))

    async def after(self, book: str, seq: int, limit: int) -> Sequence[Entry]:
        with translated():
            found = self._entries.find({"book": book, "seq": {"$gt": seq}})
            return await found.sort("seq", ASCENDING).limit(limit).to_list(limit)

    async def append(self, entries: Sequence[Entry]) -> None:
        try:
            with translated():
                await self._entries.insert_many(entries, ordered=True)
        except BulkWriteError as error:
            refused = (error.details or {}).get("writeErrors", ())
            if any(write["code"] == DUPLICATE_KEY for write in refused):
                raise LostRace(str(refused[0].get("errmsg", ""))) from error
            if not refused:  # only write concern errors: stored, but not known to stay
                raise Unavailable(str(error)) from error
            if any(write["code"] == FAILED_VALIDATION for write in refused):
                raise Rejected(str(refused[0].get("errmsg", ""))) from error
            raise

    async def openings(self) -> Sequence[Entry]:
        with translated():
            found = self._entries.find({"_id": {"$gte": "open:", "$lt": "open;"}})
            return await found.sort("_id", ASCENDING).to_list(None)


class MongoCursors:
    """Cursors (port) in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._cursors = database.get_collection(CURSORS, write_concern=MAJORITY)

    async def load(self) -> Mapping[str, Published]:
        with translated():
            found = await self._cursors.find({}).to_list(None)
        return {c["_id"]: Published(c.get("published_seq", 0), c.get("head_seq", 0)) for c in found}

    async def advance(self, marks: Mapping[str, int]) -> None:
        if not marks:
            return
        updates = [UpdateOne({"_id": b}, {"$max": {"published_seq": seq}}, upsert=True) for b, seq in marks.items()]
        with translated():
            await self._cursors.bulk_write(updates, ordered=False)

    async def head_published(self, book: str, seq: int) -> None:
        with translated():
            await self._cursors.update_one({"_id": book}, {"$max": {"head_seq": seq}}, upsert=True)
