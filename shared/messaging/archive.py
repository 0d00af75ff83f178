"""Reading ``sama.archive``, the stream that keeps every event for ever."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import uuid4

from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection

from shared.contracts.base import EVENTS
from shared.messaging.broker import CONNECTION_TROUBLE, BrokerAway, MessagingSettings, connect, make_broker
from shared.messaging.publisher import Publisher
from shared.messaging.topology import ARCHIVE, exchange_of

log = logging.getLogger("sama.archive")

Start = int | datetime | Literal["first", "next"]
"""An offset, a time (the chunk of it, so a little before), the beginning, or only what comes from now on."""

MARK: Final = "sama.mark"
PREFETCH: Final = 500  # a stream is read in chunks; a larger window than a queue's costs nothing but memory
ACK_EVERY: Final = 100  # an acknowledgement gives credit for more; often enough to keep the window open
SILENCE_SECONDS: Final = 30.0  # the mark is there, so silence means that the broker is not


@dataclass(frozen=True, slots=True)
class Archived:
    """One archived message. ``offset`` counts from 0 and only grows."""

    offset: int
    type: str
    body: bytes


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
        async with self._messages(start) as arrived:
            if not live:  # after attaching: a start past the end would attach behind the mark
                await self._publisher.put(ARCHIVE, b"", message_id=mark, type=MARK)
            taken = 0
            while True:
                message = await self._next(arrived, live)
                taken += 1
                if taken % ACK_EVERY == 0:
                    await _give_credit(message)
                if message.type == MARK:
                    if message.message_id == mark:
                        return
                    continue
                if (types is None or message.type in types) and _is_of_its_announcer(message):
                    offset = message.headers["x-stream-offset"]
                    assert isinstance(offset, int)  # noqa: S101 - the broker sets it; for the type checker
                    yield Archived(offset, message.type or "", message.body)

    async def _next(
        self, arrived: "asyncio.Queue[AbstractIncomingMessage | None]", live: bool
    ) -> AbstractIncomingMessage:
        try:
            async with asyncio.timeout(None if live else SILENCE_SECONDS):
                message = await arrived.get()
        except TimeoutError as error:
            raise BrokerAway(f"the archive was silent for {SILENCE_SECONDS} s") from error
        if message is None:
            raise BrokerAway("the connection was lost while reading the archive")
        return message

    @asynccontextmanager
    async def _messages(self, start: Start) -> AsyncIterator["asyncio.Queue[AbstractIncomingMessage | None]"]:
        broker = make_broker(self._settings, self._name)
        arrived: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()  # bounded by the prefetch
        try:
            connection = await connect(broker)
            try:
                await _consume(connection, start, arrived)
            except CONNECTION_TROUBLE as error:
                raise BrokerAway(f"the archive cannot be read: {error}") from error
            yield arrived
        finally:
            await asyncio.shield(broker.stop())  # a close that is cancelled half-way leaves a connection behind


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


async def _consume(
    connection: AbstractRobustConnection, start: Start, arrived: "asyncio.Queue[AbstractIncomingMessage | None]"
) -> None:
    connection.close_callbacks.add(lambda *_: arrived.put_nowait(None))
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=PREFETCH)
    underlay = await channel.get_underlay_channel()
    underlay.on_consumer_cancel_callbacks.add(lambda *_: arrived.put_nowait(None))
    queue = await channel.declare_queue(ARCHIVE, passive=True, robust=False)
    # Not robust: after a reconnection it would begin at ``start`` again.
    await queue.consume(arrived.put, arguments={"x-stream-offset": start}, robust=False)


async def _give_credit(message: AbstractIncomingMessage) -> None:
    try:
        await message.ack(multiple=True)
    except CONNECTION_TROUBLE as error:
        raise BrokerAway("the connection was lost while reading the archive") from error
