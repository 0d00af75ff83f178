"""The public events, as this replica's deliveries read them: ``sama.public``, followed once for all of them."""

from collections.abc import Sequence
from datetime import datetime

import orjson

from services.webhooks.usecases.ports import Streamed
from shared.messaging.broker import MessagingSettings
from shared.messaging.streams import Archived
from shared.messaging.tail import KEPT, StreamTail
from shared.messaging.topology import PUBLIC


class PublicTail:
    """PublicEvents (port) over the stream; a part of the runtime."""

    def __init__(self, settings: MessagingSettings, name: str, *, kept: int = KEPT) -> None:
        self._tail = StreamTail(settings, PUBLIC, name, kept=kept)

    async def start(self) -> None:
        """Begin to follow."""
        await self._tail.start()

    async def stop(self) -> None:
        """Follow no longer."""
        await self._tail.stop()

    @property
    def end(self) -> int | None:
        return self._tail.end

    async def read(self, start: int, limit: int) -> Sequence[Streamed]:
        return [_streamed(message) for message in await self._tail.read(start, limit)]

    async def before(self, time: datetime) -> int:
        return await self._tail.before(time)

    async def news(self, position: int, seconds: float) -> None:
        await self._tail.news(position, seconds)


def _streamed(message: Archived) -> Streamed:
    """Return the event; what is none has no type, so that nobody wants it."""
    try:
        event = orjson.loads(message.body)
        return Streamed(message.offset, str(event["id"]), str(event["type"]), event, message.body)
    except (ValueError, KeyError, TypeError):
        return Streamed(message.offset, f"offset-{message.offset}", "", {}, message.body)
