"""Where deliveries stand, in MongoDB: one document per subscription, written only by the replica that holds its lease."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from services.webhooks.domain.progress import DELIVERIES_KEPT, Delivery, Progress
from services.webhooks.outbound.store import PROGRESS
from shared.storage.codec import from_document, to_document
from shared.storage.mongo import Database, translated
from shared.storage.ports import Document, DuplicateValue

_WITHOUT_DELIVERIES: Final = {"deliveries": 0}


class MongoProgress:
    """ProgressStore (port) in one collection."""

    def __init__(self, database: Database) -> None:
        self._documents = database[PROGRESS]

    async def get(self, id: str) -> Progress | None:
        with translated():
            found = await self._documents.find_one({"_id": id}, _WITHOUT_DELIVERIES)
        return None if found is None else _progress(found)

    async def some(self, ids: Sequence[str]) -> Sequence[Progress]:
        if not ids:
            return []
        with translated():
            found = await self._documents.find({"_id": {"$in": list(ids)}}, _WITHOUT_DELIVERIES).to_list(len(ids))
        return [_progress(document) for document in found]

    async def take(
        self, id: str, seen: Progress | None, holder: str, now: datetime, until: datetime
    ) -> Progress | None:
        if seen is None:
            taken = Progress(id, 1, holder, until, next_attempt_at=now)
            try:
                with translated():
                    await self._documents.insert_one({"_id": id, **_fields(taken), "deliveries": []})
            except DuplicateValue:
                return None
            return taken
        lease = {"epoch": seen.epoch + 1, "holder": holder, "lease_until": until}
        with translated():
            done = await self._documents.update_one({"_id": id, "epoch": seen.epoch}, {"$set": lease})
        # Read again: the holder before may have saved after it was looked at, and from now on it can't.
        return await self.get(id) if done.matched_count else None

    async def save(self, progress: Progress, delivery: Delivery | None = None) -> bool:
        fields = _fields(progress)
        del fields["lease_until"]  # renewed for all at once, so what is known here may be old
        change: dict[str, Any] = {"$set": fields}
        if delivery is not None:
            change["$push"] = {"deliveries": {"$each": [to_document(delivery)], "$slice": -DELIVERIES_KEPT}}
        with translated():
            done = await self._documents.update_one(
                {"_id": progress.id, "holder": progress.holder, "epoch": progress.epoch}, change
            )
        return bool(done.matched_count)

    async def renew(self, holder: str, until: datetime) -> None:
        with translated():
            await self._documents.update_many({"holder": holder}, {"$set": {"lease_until": until}})

    async def release(self, holder: str, now: datetime, progress: Progress | None = None) -> None:
        where: Document = {"holder": holder}
        if progress is not None:
            where = {"_id": progress.id, "holder": holder, "epoch": progress.epoch}
        with translated():
            await self._documents.update_many(where, {"$set": {"holder": None, "lease_until": now}})

    async def deliveries(self, id: str) -> Sequence[Delivery]:
        with translated():
            found = await self._documents.find_one({"_id": id}, {"deliveries": 1})
        kept = [] if found is None else found.get("deliveries", [])
        return [from_document(document, Delivery) for document in reversed(kept)]


def _fields(progress: Progress) -> Document:
    fields = to_document(progress)
    del fields["id"]
    return fields


def _progress(document: Document) -> Progress:
    return from_document({**document, "id": document["_id"]}, Progress)
