"""Dead letters, for the operator: which there are, why, back to their queue, or away."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from aio_pika.abc import AbstractIncomingMessage, AbstractRobustQueue

from shared.contracts.envelope import instant
from shared.messaging.broker import MessagingSettings, trouble_is_away
from shared.messaging.management import Management
from shared.messaging.publisher import Publisher
from shared.messaging.topology import dead_of

RETRIES: Final = "x-sama-retries"
"""How often an operator put the message back; a letter that comes back tells it."""

COMES_BACK_SECONDS: Final = 1.0  # a closing channel gives back what it held in milliseconds; a busy broker takes longer
LOOK_AGAIN_SECONDS: Final = 0.1

ADDED_HEADERS: Final = ("x-sama-", "x-death", "x-first-death", "x-last-death", "x-delivery-count", "x-acquired-count")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message put aside. Without an error of ours the broker did it; ``reason`` is then its word, e.g. delivery_limit."""

    queue: str
    message_id: str
    type: str
    reason: str
    failed_at: str
    body: bytes
    error_type: str = ""
    retries: int = 0
    headers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The event's id; of a message that has none, one that its body gives."""
        return self.message_id or f"body-{sha256(self.body).hexdigest()[:32]}"


class DeadLetters:
    """Use as ``async with DeadLetters.open(settings) as letters``. Every method raises BrokerAway or ManagementAway."""

    def __init__(self, settings: MessagingSettings, publisher: Publisher, management: Management) -> None:
        self._settings = settings
        self._publisher = publisher
        self._management = management

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: MessagingSettings) -> AsyncIterator["DeadLetters"]:
        """Connect for as long as the context lasts."""
        publisher, management = Publisher(settings, "dead letters"), Management(settings)
        try:
            await publisher.start()
            yield cls(settings, publisher, management)
        finally:
            await publisher.stop()
            await management.close()

    async def count(self) -> dict[str, int]:
        """Return the number of dead letters of every queue that can have any, by the queue's name."""
        bound = await self._management.bindings()
        queues = sorted(
            b.destination.removesuffix(".dead") for b in bound if not b.source and b.destination.endswith(".dead")
        )
        counts = {}
        for queue in queues:
            async with self._dead(queue) as dead:
                counts[queue] = dead.declaration_result.message_count or 0
        return counts

    async def peek(self, queue: str, limit: int = 20) -> list[DeadLetter]:
        """Return the oldest dead letters of a queue; they stay where they are."""
        found: list[DeadLetter] = []
        async with self._dead(queue) as dead:  # closing its channel gives everything back
            while len(found) < limit and (message := await dead.get(fail=False)) is not None:
                found.append(_letter(queue, message))
        return found

    async def retry(self, queue: str, ids: Collection[str] | None = None) -> int:
        """Move dead letters (all, or those with these ids) back to their queue; return how many."""

        async def move(message: AbstractIncomingMessage) -> None:
            headers = {k: v for k, v in message.headers.items() if not k.startswith(ADDED_HEADERS)}
            headers[RETRIES] = _letter(queue, message).retries + 1
            await self._publisher.put(
                queue,
                message.body,
                content_type=message.content_type,
                message_id=message.message_id,
                correlation_id=message.correlation_id,
                type=message.type,
                headers=headers,
            )
            await message.ack()  # only now: a crash in between delivers it twice, never not at all

        return await self._each(queue, ids, move)

    async def discard(
        self, queue: str, ids: Collection[str], keep: Callable[[DeadLetter], Awaitable[None]] | None = None
    ) -> int:
        """Delete the dead letters with these ids, each after ``keep`` has kept it; return how many."""

        async def drop(message: AbstractIncomingMessage) -> None:
            if keep is not None:
                await keep(_letter(queue, message))
            await message.ack()

        return await self._each(queue, ids, drop)

    async def _each(
        self, queue: str, ids: Collection[str] | None, act: Callable[[AbstractIncomingMessage], Awaitable[None]]
    ) -> int:
        """Act once on each dead letter (of these ids) and return on how many.

        What somebody looked at a moment ago is still on its way back into the queue, so the queue is gone through again until nothing is
        missing, or nothing new has come for a while. What was acted on and failed again meanwhile is left alone.
        """
        done: set[tuple[str, str]] = set()
        began, until = instant(datetime.now(UTC)), time.monotonic() + COMES_BACK_SECONDS
        while True:
            before = len(done)
            async with self._dead(queue) as dead:
                while (message := await dead.get(fail=False)) is not None:
                    letter = _letter(queue, message)
                    which = (letter.id, letter.failed_at)
                    if which not in done and letter.failed_at < began and (ids is None or letter.id in ids):
                        await act(message)
                        done.add(which)
            if len(done) > before:
                until = time.monotonic() + COMES_BACK_SECONDS
            all_found = ids is not None and {id for id, _ in done} >= set(ids)
            if all_found or time.monotonic() > until:
                return len(done)
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    @asynccontextmanager
    async def _dead(self, queue: str) -> AsyncIterator[AbstractRobustQueue]:
        with trouble_is_away(f"dead letters of {queue}"):
            async with self._publisher.connection.channel() as channel:
                yield await channel.declare_queue(dead_of(queue), passive=True, robust=False)


def _letter(queue: str, message: AbstractIncomingMessage) -> DeadLetter:
    headers = message.headers
    reason = headers.get("x-sama-error") or headers.get("x-first-death-reason") or ""
    return DeadLetter(
        queue=queue,
        message_id=message.message_id or "",
        type=message.type or "",
        reason=str(reason),
        failed_at=str(headers.get("x-sama-failed-at", "")),
        body=message.body,
        error_type=str(headers.get("x-sama-error-type") or headers.get("x-first-death-reason") or ""),
        retries=retries if isinstance(retries := headers.get(RETRIES), int) else 0,
        headers={name: str(value) for name, value in headers.items()},
    )
