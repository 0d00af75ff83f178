"""Every command of an operator is logged and kept: who, when, what, why, and how it ended."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.storage.kept import ACTIONS
from shared.storage.ports import Command, Document, IdempotencyKeyReused

log = logging.getLogger("sama.operator")


class Records(Protocol):
    """What operations need of shared/storage/kept.py:Kept."""

    async def add(self, collection: str, document: Document) -> bool:
        """Insert; False if the id is taken."""

    async def get(self, collection: str, id: str) -> Document | None:
        """Return one document."""

    async def put(self, collection: str, id: str, fields: Mapping[str, Any]) -> None:
        """Set fields of a document."""

    async def newest(self, collection: str, where: Mapping[str, Any], limit: int) -> Any:
        """Return the newest documents by ``at``."""


MOST_ACTIONS: Final = 200


class Actions:
    """The book of actions. A repeated Idempotency-Key gets the first answer."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def do(
        self,
        action: str,
        about: Mapping[str, Any],
        command: Command,
        cause: Cause,
        work: Callable[[str], Awaitable[Document]],
    ) -> Document:
        """Note the action, do it (``work`` gets its id), note the outcome. What failed may be repeated with the same key."""
        id = derive_id("action", command.subject, command.key)
        noted = {
            "_id": id,
            "at": self._clock(),
            "actor": cause.actor,
            "correlation": cause.correlation_id,
            "action": action,
            "about": dict(about),
            "digest": command.digest,
        }
        if not await self._records.add(ACTIONS, noted):
            first: Document = await self._records.get(ACTIONS, id) or noted
            if first["digest"] != command.digest:
                raise IdempotencyKeyReused(key=command.key)
            if "answer" in first:
                first_answer: Document = first["answer"]
                return first_answer
        log.warning("%s asks for %s: %s", cause.actor, action, about, extra={"actor": cause.actor, "action": action})
        try:
            answer = await work(id)
        except Exception as error:
            await self._records.put(ACTIONS, id, {"failed": f"{type(error).__name__}: {error}", "ended": self._clock()})
            raise
        await self._records.put(ACTIONS, id, {"answer": answer, "ended": self._clock()})
        return answer

    async def newest(self) -> list[Document]:
        """Return the newest actions."""
        return list(await self._records.newest(ACTIONS, {}, MOST_ACTIONS))
