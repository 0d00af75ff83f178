"""The dead letters of one service's queues: seen, put back, or discarded and kept."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Final, Protocol

import orjson

from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.refusals import NotFound
from shared.messaging.deadletters import DeadLetter
from shared.ops.records import Actions, Records
from shared.storage.kept import DISCARDED
from shared.storage.ports import Command, Document

LOOKED_AT: Final = 1000  # of one queue; more than that is one fault many times
MOST_DISCARDED: Final = 200


class Letters(Protocol):
    """What is needed of shared/messaging/deadletters.py:DeadLetters."""

    async def peek(self, queue: str, limit: int = 20) -> list[DeadLetter]:
        """Return the oldest."""

    async def retry(self, queue: str, ids: Any = None) -> int:
        """Put back."""

    async def discard(self, queue: str, ids: Any, keep: Any = None) -> int:
        """Keep and delete."""


class OwnLetters:
    """Dead letters of the queues that this service consumes. Methods raise BrokerAway and Unavailable."""

    def __init__(
        self, queues: Sequence[str], letters: Callable[[], Letters], actions: Actions, records: Records, clock: Clock
    ) -> None:
        self.queues = tuple(queues)
        self._letters = letters
        self._actions = actions
        self._records = records
        self._clock = clock
        self._alone = asyncio.Lock()  # what one caller looks at is out of the others' sight

    async def overview(self) -> tuple[list[Document], list[DeadLetter]]:
        """Return a summary of every queue, and the letters, oldest first."""
        summaries: list[Document] = []
        found: list[DeadLetter] = []
        for queue in self.queues:
            letters = await self._look(queue)
            errors = Counter(letter.error_type or "unknown" for letter in letters)
            summaries.append(
                {
                    "queue": queue,
                    "count": len(letters),
                    "more": len(letters) == LOOKED_AT,
                    "oldest": min((letter.failed_at for letter in letters if letter.failed_at), default=None),
                    "errors": [{"error": name, "count": number} for name, number in errors.most_common()],
                }
            )
            found += letters
        return summaries, found

    async def get(self, id: str) -> DeadLetter:
        """Return one letter. Raises NotFound."""
        for queue in self.queues:
            for letter in await self._look(queue):
                if letter.id == id:
                    return letter
        raise NotFound(noun="dead letter", id=id)

    async def retry(self, id: str, command: Command, cause: Cause) -> Document:
        """Put one letter back into its queue."""

        async def work(_action: str) -> Document:
            letter = await self.get(id)
            async with self._alone:
                return {"queue": letter.queue, "number": await self._letters().retry(letter.queue, {id})}

        return await self._actions.do("retry", {"letter": id}, command, cause, work)

    async def retry_all(self, queue: str, command: Command, cause: Cause) -> Document:
        """Put all letters of a queue back. Raises NotFound for a queue of another service."""
        if queue not in self.queues:
            raise NotFound(noun="queue", id=queue)

        async def work(_action: str) -> Document:
            async with self._alone:
                return {"queue": queue, "number": await self._letters().retry(queue)}

        return await self._actions.do("retry_all", {"queue": queue}, command, cause, work)

    async def discard(self, id: str, reason: str, command: Command, cause: Cause) -> Document:
        """Take one letter away for good; it is kept whole with the reason before it leaves its queue."""

        async def work(action: str) -> Document:
            letter = await self.get(id)

            async def keep(found: DeadLetter) -> None:
                # A letter that died again is another one; the same letter is kept once, however often this is repeated.
                died = sha256(found.failed_at.encode() + found.body).hexdigest()[:16]
                await self._records.add(
                    DISCARDED,
                    {
                        "_id": f"{found.queue}/{found.id}/{died}",
                        "at": self._clock(),
                        "actor": cause.actor,
                        "reason": reason,
                        "action": action,
                        "letter": found.id,
                        "queue": found.queue,
                        "type": found.type,
                        "error": found.reason,
                        "failed_at": found.failed_at,
                        "headers": dict(found.headers),
                        "body": found.body,
                    },
                )

            async with self._alone:
                return {"queue": letter.queue, "number": await self._letters().discard(letter.queue, {id}, keep)}

        return await self._actions.do("discard", {"letter": id, "reason": reason}, command, cause, work)

    async def discarded(self) -> Sequence[Document]:
        """Return the newest discarded letters."""
        found: Sequence[Document] = await self._records.newest(DISCARDED, {}, MOST_DISCARDED)
        return found

    async def _look(self, queue: str) -> list[DeadLetter]:
        async with self._alone:
            return await self._letters().peek(queue, LOOKED_AT)


def readable(body: bytes) -> tuple[Any, str | None]:
    """Return the body as JSON and None, or None and its text as far as it is one."""
    try:
        return orjson.loads(body), None
    except orjson.JSONDecodeError:
        return None, body.decode("utf-8", "replace")
