"""Consuming: one FastStream subscriber per queue, dispatch by event type, and what happens when a handler fails (rule 4).

- Not an event of ours, a refusal, any other exception: bad data or a bug. The message goes to ``<queue>.dead`` with the error in
  its headers; its neighbours go on.
- A dependency is away (Unavailable, BrokerAway), or too many races were lost (TooBusy): the handler waits until it is back.
  Meanwhile the prefetch window is full, so
  consumption stands still and no deliveries are burnt. After a few tries the message is rejected back into its queue, which counts
  towards the delivery limit.
- A type without handler (a newer replica bound it during an upgrade): back into the queue, for the replica that knows it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final

from aio_pika import RobustConnection
from aio_pika.abc import HeadersType
from faststream.exceptions import RejectMessage
from faststream.rabbit import QueueType, RabbitBroker, RabbitMessage, RabbitQueue
from structlog.contextvars import bind_contextvars

from shared import telemetry, tracing
from shared.contracts.base import EventData
from shared.contracts.envelope import CONTENT_TYPE, Envelope, decode, instant
from shared.contracts.registry import StandingChanged
from shared.logs import about_event
from shared.messaging.broker import BrokerAway, MessagingSettings, make_broker, make_channel, trouble_is_away
from shared.messaging.publisher import Publisher
from shared.messaging.subscriptions import Edge, Handler, Subscriptions
from shared.messaging.topology import dead_of
from shared.storage.ports import TooBusy, Unavailable

log = logging.getLogger("sama.consumer")

TRANSIENT: Final = (Unavailable, BrokerAway, TooBusy)  # TooBusy: lost races, nothing is wrong with the event
BACK_OFF_SECONDS: Final = (0.05, 0.25, 1.0)  # a failover takes about a second; longer outages are waited for
UNKNOWN_TYPE_SECONDS: Final = 0.5  # gives the replica that knows the type time to take it
ERROR_LENGTH: Final = 2000  # enough of a validation error to see the field; headers are held in memory


class NoHandler(Exception):
    """This replica has no handler for the type; another one may have."""


async def at_once() -> None:
    """The default of ``wait_until_available``: wait for nothing."""


class Consumer:
    """The consuming half of the bus. ``start`` after the topology is declared."""

    def __init__(
        self,
        settings: MessagingSettings,
        subscriptions: Subscriptions,
        publisher: Publisher,
        *,
        wait_until_available: Callable[[], Awaitable[None]] = at_once,
        back_off: Sequence[float] = BACK_OFF_SECONDS,
    ) -> None:
        self._settings = settings
        self._subscriptions = subscriptions
        self._publisher = publisher
        self._wait_until_available = wait_until_available
        self._back_off = back_off
        self._stopping = asyncio.Event()
        self._broker: RabbitBroker | None = None
        self._connection: RobustConnection | None = None

    async def start(self) -> None:
        """Begin to consume every edge. Raises BrokerAway."""
        self._stopping.clear()
        broker = make_broker(self._settings, f"{self._subscriptions.consumer} consumes")
        for edge in self._subscriptions.edges:
            subscriber = broker.subscriber(
                # Passive: the topology and the guard declare; a queue made again silently would hide what was lost with it.
                RabbitQueue(edge.queue, queue_type=QueueType.QUORUM, declare=False),
                channel=make_channel(edge.prefetch),
                decoder=_undecoded,
                no_reply=True,
            )
            subscriber(self._taker(edge))
        try:
            with trouble_is_away("consuming could not start"):
                await broker.start()
                self._connection = await broker.connect()  # the one it has
        except BrokerAway:
            await broker.stop()
            raise
        self._broker = broker

    async def stop(self) -> None:
        """Take nothing more, let running handlers end (up to graceful_seconds), give the rest back, close."""
        self._stopping.set()
        if self._broker is not None:
            await self._broker.stop()
            self._broker = self._connection = None

    def problems(self) -> list[str]:
        """Say why this replica takes no events now; empty if it does. Whether anybody does is another question."""
        up = self._connection is not None and self._connection.connected.is_set() and not self._connection.is_closed
        return [] if up or not self._subscriptions.edges else ["this replica takes no events: its connection is down"]

    async def replay(self, event_type: str, body: bytes) -> bool:
        """Handle an archived event as if it came from its queue; True if this service handles its type.

        Bad data goes to the dead letters. A transient error is waited out. Raises BrokerAway when a dead letter cannot be stored
        or when the service stops.
        """
        edge = self._subscriptions.edge_of(event_type)
        if edge is None:
            return False
        while True:
            try:
                await self._patiently(edge, decode(body))
            except TRANSIENT as error:
                if self._stopping.is_set():
                    raise BrokerAway("stopped in the middle of a replay") from error
                continue
            except Exception as error:
                log.exception("replayed event put aside", extra={"queue": edge.queue})
                await self._put_aside(edge, body, error, type=event_type, content_type=CONTENT_TYPE)
            return True

    def _taker(self, edge: Edge) -> Callable[[RabbitMessage], Awaitable[None]]:
        async def take(message: RabbitMessage) -> None:
            began = perf_counter()
            event_type = "unreadable"
            try:
                event = decode(message.body)
                event_type = event.type if event.type in edge.handlers else "unknown"
                await self._patiently(edge, event)
            except NoHandler as error:
                log.warning("%s: %s", edge.queue, error, extra={"queue": edge.queue})
                await self._pause(UNKNOWN_TYPE_SECONDS)
                raise RejectMessage(requeue=True) from error
            except TRANSIENT as error:
                log.warning("%s: given back to its queue: %s", message.message_id, error, extra={"queue": edge.queue})
                raise RejectMessage(requeue=True) from error
            except Exception as error:
                log.exception("message %s put aside", message.message_id, extra={"queue": edge.queue})
                await self._put_aside_or_reject(edge, message, error)
            finally:
                telemetry.HANDLER_SECONDS.labels(edge.queue, event_type).observe(perf_counter() - began)

        return take

    async def _patiently(self, edge: Edge, event: Envelope) -> None:
        """Call the handler; while a dependency is away, wait and try a few times more."""
        # Each delivery has a task, so a context, of its own: what is bound stays for the lines about how it ended.
        bind_contextvars(**about_event(event, edge.queue))
        handler = edge.handlers.get(event.type)
        if handler is None:
            raise NoHandler(f"no handler for {event.type}")
        data = event.payload()
        if tracing.active is None:
            await self._repeatedly(edge, handler, data, event)
        else:
            with tracing.active.consuming(event, edge.queue) as traced:
                await self._repeatedly(edge, handler, data, traced)
        log.debug("handled")
        if event.type == StandingChanged.event_type:
            lag = (datetime.now(UTC) - event.time).total_seconds()
            telemetry.STANDING_LAG.labels(edge.queue).observe(max(0.0, lag))  # clocks of hosts differ

    async def _repeatedly(self, edge: Edge, handler: Handler, data: EventData, event: Envelope) -> None:
        for pause in self._back_off:
            try:
                return await handler(data, event)
            except TRANSIENT as error:
                log.info("%s waits: %s", event.id, error, extra={"queue": edge.queue})
                telemetry.HANDLER_RETRIES.labels(edge.queue).inc()
                await self._until_available()
                await self._pause(pause)
                if self._stopping.is_set():
                    raise
        return await handler(data, event)

    async def _until_available(self) -> None:
        """Wait for the dependency, but not past a stop."""
        waits = [asyncio.ensure_future(self._wait_until_available()), asyncio.create_task(self._stopping.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _put_aside_or_reject(self, edge: Edge, message: RabbitMessage, error: Exception) -> None:
        raw = message.raw_message
        try:
            await self._put_aside(
                edge,
                message.body,
                error,
                content_type=raw.content_type,
                message_id=raw.message_id,
                correlation_id=raw.correlation_id,
                type=raw.type,
                headers=dict(raw.headers),
            )
        except BrokerAway as away:
            # The broker dead-letters it then, without the error.
            raise RejectMessage(requeue=False) from away

    async def _put_aside(
        self, edge: Edge, body: bytes, error: Exception, *, headers: HeadersType | None = None, **properties: Any
    ) -> None:
        telemetry.DEAD_LETTERS.labels(edge.queue, type(error).__name__).inc()
        reason: HeadersType = {
            "x-sama-error": (str(error) or repr(error))[:ERROR_LENGTH],
            "x-sama-error-type": type(error).__name__,
            "x-sama-queue": edge.queue,
            "x-sama-failed-at": instant(datetime.now(UTC)),
        }
        await self._publisher.put(dead_of(edge.queue), body, headers={**(headers or {}), **reason}, **properties)


async def _undecoded(message: RabbitMessage) -> RabbitMessage:
    return message
