"""What /ops of one service works on, in memory: records, one queue's dead letters, an archive of nothing."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from shared.messaging.archive import Archived
from shared.messaging.broker import BrokerAway
from shared.messaging.deadletters import DeadLetter
from shared.messaging.guard import Replay
from shared.ops.announcing import Announcing
from shared.ops.http import Operations
from shared.ops.letters import OwnLetters
from shared.ops.records import Actions
from shared.ops.replays import Replays
from shared.storage.ports import Document

QUEUE: Final = "requests.review"
LETTER: Final = DeadLetter(
    QUEUE, "e1", "case.opened.v1", "a bug", "2026-11-22T08:30:00.000Z", b'{"id": "e1"}', "KeyError", 2
)


def now() -> datetime:
    """The time of every record."""
    return datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


class MemoryRecords:
    """Records in dictionaries."""

    def __init__(self) -> None:
        self.collections: dict[str, dict[str, Document]] = {}

    async def add(self, collection: str, document: Document) -> bool:
        return self.of(collection).setdefault(document["_id"], document) is document

    async def get(self, collection: str, id: str) -> Document | None:
        return self.of(collection).get(id)

    async def put(self, collection: str, id: str, fields: Mapping[str, Any]) -> None:
        self.of(collection)[id].update(fields)

    async def newest(self, collection: str, where: Mapping[str, Any], limit: int) -> Sequence[Document]:
        return list(reversed(self.of(collection).values()))[:limit]

    def of(self, collection: str) -> dict[str, Document]:
        return self.collections.setdefault(collection, {})


class MemoryLetters:
    """One queue's dead letters."""

    def __init__(self) -> None:
        self.dead = [LETTER]
        self.away = False

    async def peek(self, queue: str, limit: int = 20) -> list[DeadLetter]:
        if self.away:
            raise BrokerAway("gone")
        return list(self.dead)

    async def retry(self, queue: str, ids: Any = None) -> int:
        number, self.dead = len(self.dead), []
        return number

    async def discard(self, queue: str, ids: Any, keep: Any = None) -> int:
        for letter in self.dead:
            await keep(letter)
        return await self.retry(queue)


class MemoryArchive:
    """One event, and something that is none."""

    async def read(
        self, start: Any = 0, *, types: Collection[str] | None = None, live: bool = False
    ) -> AsyncGenerator[Archived, None]:
        first = start if isinstance(start, int) else 0
        for offset, (type, body) in enumerate(((LETTER.type, LETTER.body), ("", b"no event"))):
            if offset >= first and (types is None or type in types):
                yield Archived(offset, type, body)


class MemoryBus:
    """Takes what is published."""

    def __init__(self) -> None:
        self.archive: Any = MemoryArchive()

    async def publish(self, events: Sequence[dict[str, Any]]) -> None:
        """Nothing is implied, so nothing comes."""

    async def refill_public(self, types: Collection[str]) -> int:
        """Nothing is missing."""
        return 0


class MemoryOperations:
    """The parts; ``operations`` is what the router takes. ``stored`` and ``restore``: all that commands change."""

    def __init__(self, service: str) -> None:
        self.records, self.letters, self.asked = MemoryRecords(), MemoryLetters(), list[Replay]()
        actions, bus = Actions(self.records, now), MemoryBus()

        async def ask(replay: Replay) -> None:
            self.asked.append(replay)

        self.operations = Operations(
            letters=OwnLetters([QUEUE], lambda: self.letters, actions, self.records, now),
            replays=Replays(ask, list, actions, self.records, now, consumes=True),
            announcing=Announcing(service, lambda: bus, (), actions, self.records, now),
            actions=actions,
            archive=lambda: bus.archive,
            unsent=list,
        )

    async def settle(self) -> None:
        """Wait for what a command left running."""
        if (task := self.operations.announcing._task) is not None:
            await asyncio.gather(task)

    def stored(self) -> tuple[Any, ...]:
        """Return what is stored, without the notes of commands that failed: those are kept by intent (shared/ops/records.py)."""
        kept = {
            name: {id: document for id, document in documents.items() if "failed" not in document}
            for name, documents in self.records.collections.items()
        }
        return {name: documents for name, documents in kept.items() if documents}, self.letters.dead, self.asked

    def restore(self, stored: tuple[Any, ...]) -> None:
        """Bring back what ``stored`` gave."""
        self.records.collections, self.letters.dead, asked = stored
        self.asked[:] = asked
