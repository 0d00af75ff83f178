"""Reading a RabbitMQ stream: from a place on, in order, without taking anything away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection

from shared.messaging.broker import BrokerAway, MessagingSettings, connect, make_broker, trouble_is_away

Start = int | datetime | Literal["first", "last", "next"]
"""An offset, a time (the chunk of it, so a little before), the beginning, the last chunk, or only what comes from now on."""

PREFETCH: Final = 500  # a stream is read in chunks; a larger window than a queue's costs nothing but memory
ACK_EVERY: Final = 100  # an acknowledgement gives credit for more; often enough to keep the window open


@dataclass(frozen=True, slots=True)
class Archived:
    """One message of a stream. ``offset`` counts from 0 and only grows."""

    offset: int
    type: str
    body: bytes

    @classmethod
    def of(cls, message: AbstractIncomingMessage) -> "Archived":
        """Return what is kept of a message that came from a stream."""
        return cls(offset_of(message), message.type or "", message.body)


def offset_of(message: AbstractIncomingMessage) -> int:
    """Return the message's place in its stream."""
    offset = message.headers["x-stream-offset"]
    assert isinstance(offset, int)  # noqa: S101 - the broker sets it; for the type checker
    return offset


class StreamReading:
    """What arrives from a stream."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._arrived: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()  # bounded by the prefetch
        self._taken = 0

    async def next(self, seconds: float | None) -> AbstractIncomingMessage | None:
        """Return the next message, or None after so many seconds of silence (None: wait for ever). Raises BrokerAway."""
        try:
            async with asyncio.timeout(seconds):
                message = await self._arrived.get()
        except TimeoutError:
            return None
        if message is None:
            raise BrokerAway(f"the connection was lost while reading {self._stream}")
        self._taken += 1
        if self._taken % ACK_EVERY == 0:
            with trouble_is_away(f"the connection was lost while reading {self._stream}"):
                await message.ack(multiple=True)
        return message

    async def attach(self, connection: AbstractRobustConnection, start: Start) -> None:
        """Begin. Raises what aio-pika raises."""
        connection.close_callbacks.add(lambda *_: self._arrived.put_nowait(None))
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        underlay = await channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(lambda *_: self._arrived.put_nowait(None))
        queue = await channel.declare_queue(self._stream, passive=True, robust=False)
        # Not robust: after a reconnection it would begin at ``start`` again.
        await queue.consume(self._arrived.put, arguments={"x-stream-offset": start}, robust=False)


@asynccontextmanager
async def reading(settings: MessagingSettings, name: str, stream: str, start: Start) -> AsyncIterator[StreamReading]:
    """Read on a connection of its own, called ``name`` in the management UI. Raises BrokerAway."""
    broker = make_broker(settings, name)
    found = StreamReading(stream)
    try:
        connection = await connect(broker)
        with trouble_is_away(f"{stream} cannot be read"):
            await found.attach(connection, start)
        yield found
    finally:
        await asyncio.shield(broker.stop())  # a close that is cancelled half-way leaves a connection behind
