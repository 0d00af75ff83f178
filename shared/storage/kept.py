"""What operators did and discarded, and a restored database's hold. Kept in the service's own database; nothing here is ever removed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.storage.mongo import Database, translated
from shared.storage.ports import Document, DuplicateValue, Unavailable

ACTIONS: Final = "operator_actions"
DISCARDED: Final = "discarded"
HOLDS: Final = "holds"
FLOORS: Final = "floors"
"""Of aggregates that a restore lost: the sequence up to which others may know their events."""


class Held(Unavailable):
    """This database was restored and not reconciled: a service that wrote now would reuse numbers that others have seen."""


class Kept:
    """The records of one service. Every method raises Unavailable while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, collection: str, document: Document) -> bool:
        """Insert; False if a document of this id is there, which then stays as it is."""
        try:
            with translated():
                await self._database[collection].insert_one(document)
        except DuplicateValue:
            return False
        return True

    async def get(self, collection: str, id: str) -> Document | None:
        """Return one document."""
        with translated():
            return await self._database[collection].find_one({"_id": id})

    async def put(self, collection: str, id: str, fields: Mapping[str, Any]) -> None:
        """Set fields of a document."""
        with translated():
            await self._database[collection].update_one({"_id": id}, {"$set": dict(fields)})

    async def newest(self, collection: str, where: Mapping[str, Any], limit: int) -> Sequence[Document]:
        """Return the newest documents by ``at``."""
        with translated():
            return await self._database[collection].find(dict(where)).sort("at", -1).limit(limit).to_list(limit)

    async def refuse_if_held(self) -> None:
        """Raise Held while this database is on hold."""
        with translated():
            hold = await self._database[HOLDS].find_one({})
        if hold is not None:
            raise Held(f"the database is on hold since {hold['at']:%Y-%m-%d %H:%M} UTC ({hold['why']}): sama reconcile")
