"""Reading ``sama.archive``, the stream that keeps every event for ever."""

import logging
from collections.abc import AsyncGenerator, Collection
from typing import Final
from uuid import uuid4

from aio_pika.abc import AbstractIncomingMessage

from shared.contracts.base import EVENTS
from shared.messaging.broker import BrokerAway, MessagingSettings
from shared.messaging.publisher import Publisher
from shared.messaging.streams import Archived, Start, StreamReading, reading
from shared.messaging.topology import ARCHIVE, exchange_of

log = logging.getLogger("sama.archive")

__all__ = ["Archive", "Archived", "Start"]

MARK: Final = "sama.mark"
SILENCE_SECONDS: Final = 30.0  # the mark is there, so silence means that the broker is not


class Archive:
    """A reader with a connection of its own per reading; ``publisher`` puts the mark that tells where the end is."""

    def __init__(self, settings: MessagingSettings, publisher: Publisher, name: str) -> None:
        self._settings = settings
        self._publisher = publisher
        self._name = f"{name} reads the archive"

    async def read(
        self, start: Start = "first", *, types: Collection[str] | None = None, live: bool = False
    ) -> AsyncGenerator[Archived, None]:
        """Yield events in the order of the archive; without ``live`` end at what was there when reading began.

        A stream cannot say where it ends, so a mark is put at its end (a message of type ``sama.mark`` and no event) and read up to.
        Close the iterator (contextlib.aclosing) when leaving early. Raises BrokerAway; go on at the last offset + 1.
        """
        mark = uuid4().hex
        async with reading(self._settings, self._name, ARCHIVE, start) as stream:
            if not live:  # after attaching: a start past the end would attach behind the mark
                await self._publisher.put(ARCHIVE, b"", message_id=mark, type=MARK)
            while True:
                message = await _next(stream, live)
                if message.type == MARK:
                    if message.message_id == mark:
                        return
                    continue
                if (types is None or message.type in types) and _is_of_its_announcer(message):
                    yield Archived.of(message)


def _is_of_its_announcer(message: AbstractIncomingMessage) -> bool:
    """Tell whether the message came by the exchange of whom its type belongs to: any service can write to the archive by its own."""
    model = EVENTS.get(message.type or "")
    if model is None or message.exchange in ("", exchange_of(model.announcer)):  # "": put there by an administrator
        return True
    log.error(
        "the archive has a %s that came by %s; it is passed over",
        message.type,
        message.exchange,
        extra={"alarm": "forged_event"},
    )
    return False


async def _next(stream: StreamReading, live: bool) -> AbstractIncomingMessage:
    message = await stream.next(None if live else SILENCE_SECONDS)
    if message is None:
        raise BrokerAway(f"the archive was silent for {SILENCE_SECONDS} s")
    return message
