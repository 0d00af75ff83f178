"""Publishing: persistent, mandatory, confirmed, many at once.

Messages go through an aio-pika channel of the factory's connection, not through FastStream's ``publish``: that one makes transient
messages by default (rule 1), and here every message is made, and every error of the broker named, in one place.
"""

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Final

from aio_pika import DeliveryMode, Message, RobustConnection
from aio_pika.abc import AbstractRobustChannel, HeadersType
from aio_pika.exceptions import PublishError

from shared import telemetry, tracing
from shared.contracts.envelope import CONTENT_TYPE, encode
from shared.contracts.public.forms import public_form
from shared.messaging.broker import BrokerAway, MessagingSettings, NotRouted, connect, make_broker, trouble_is_away
from shared.messaging.topology import PUBLIC, exchange_of, own_exchange_of

log = logging.getLogger("sama.publisher")

IN_FLIGHT: Final = 256  # unconfirmed at once: fills the broker's write batches, and bounds the memory of a slow one


def message_of(event: Mapping[str, Any]) -> Message:
    """Return the event (as envelop() or public_form() made it) as a message."""
    return Message(
        encode(dict(event)),
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=event["id"],
        type=event["type"],
        correlation_id=event.get("correlationid"),  # of what is public nobody learns what caused it
    )


class Publisher:
    """One connection that only publishes and declares."""

    def __init__(self, settings: MessagingSettings, name: str, service: str | None = None) -> None:
        """service: whose user publishes, if it is a service's: one that reaches its own exchanges alone, not the default one."""
        self._settings = settings
        self._service = service
        self._broker = make_broker(settings, name)
        self._connection: RobustConnection | None = None
        self._channel: AbstractRobustChannel | None = None
        self._window = asyncio.Semaphore(IN_FLIGHT)

    @property
    def connection(self) -> RobustConnection:
        """The connection, for declarations on channels of their own. Raises BrokerAway before ``start``."""
        if self._connection is None:
            raise BrokerAway("not connected yet")
        return self._connection

    async def start(self) -> None:
        """Connect. Raises BrokerAway."""
        self._connection = await connect(self._broker)
        with trouble_is_away("no channel to publish on"):
            self._channel = self._connection.channel(publisher_confirms=True, on_return_raises=True)
            await self._channel.initialize()

    async def stop(self) -> None:
        """Close the connection."""
        await self._broker.stop()
        self._connection = self._channel = None

    def problems(self) -> list[str]:
        """Say why nothing can be published now; empty if it can."""
        up = self._connection is not None and self._connection.connected.is_set() and not self._connection.is_closed
        return [] if up else ["the broker is away"]

    async def publish(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Publish and return once the broker has stored every event: in all its queues, in the archive, and its public form.

        Raises BrokerAway; some of the events may then be published, so the caller repeats all of them.
        """
        if not events:
            return
        with nullcontext() if tracing.active is None else tracing.active.publishing(events):
            await self._publish(events)
        telemetry.PUBLISHED.inc(len(events))

    async def _publish(self, events: Sequence[Mapping[str, Any]]) -> None:
        try:
            await self._all(
                [
                    self._confirmed(exchange_of(e["source"].removeprefix("/sama/")), e["type"], message_of(e))
                    for e in events
                ]
                + [self._shown(form) for e in events if (form := _form_of(e)) is not None]
            )
        except BrokerAway:
            telemetry.PUBLISH_FAILURES.inc()
            raise

    async def publish_public(self, forms: Sequence[Mapping[str, Any]]) -> None:
        """Publish public forms alone, when the stream for outsiders lost them. Raises BrokerAway."""
        if forms:
            await self._all([self._shown(form) for form in forms])

    def _shown(self, form: Mapping[str, Any]) -> Coroutine[Any, Any, None]:
        return self._confirmed(PUBLIC, form["type"], message_of(form))

    async def put(
        self, queue: str, body: bytes, *, content_type: str | None = None, message_id: str | None = None,
        correlation_id: str | None = None, type: str | None = None, headers: HeadersType | None = None,
    ) -> None:  # fmt: skip
        """Put one message into a queue of one's own, or a mark into the archive; return once it is stored.

        Raises BrokerAway, NotRouted without the queue or its binding.
        """
        message = Message(
            body,
            delivery_mode=DeliveryMode.PERSISTENT,
            content_type=content_type,
            message_id=message_id,
            correlation_id=correlation_id,
            type=type,
            headers=headers,
        )
        await self._all([self._confirmed(self._exchange_to(queue), queue, message)])

    def _exchange_to(self, queue: str) -> str:
        if self._service is None:
            return ""  # the default exchange reaches every queue, for an operator
        owner = queue.partition(".")[0]  # a queue's name begins with whose it is; "sama" is everybody
        return own_exchange_of(owner)

    async def _all(self, sendings: Sequence[Coroutine[Any, Any, None]]) -> None:
        """Wait for every confirmation, so that nothing is still under way when the first failure is raised."""
        try:
            async with asyncio.timeout(self._settings.publish_seconds):
                if len(sendings) == 1:  # spares a task
                    return await sendings[0]
                for outcome in await asyncio.gather(*sendings, return_exceptions=True):
                    if isinstance(outcome, BaseException):
                        raise outcome
        except TimeoutError as error:
            raise BrokerAway(f"no confirmation within {self._settings.publish_seconds} s") from error

    async def _confirmed(self, exchange: str, key: str, message: Message) -> None:
        if self._channel is None:
            raise BrokerAway("not connected yet")
        with trouble_is_away(f"{key} was not confirmed"):
            try:
                async with self._window:
                    await self._channel.ready()  # returns at once unless a reconnection is under way
                    channel = await self._channel.get_underlay_channel()
                    await channel.basic_publish(
                        message.body,
                        exchange=exchange,
                        routing_key=key,
                        properties=message.properties,
                        mandatory=True,
                    )
            except PublishError as error:
                raise NotRouted(f"no queue takes {key} from exchange {exchange!r}") from error


def _form_of(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the public form. A bug in making it must not stop the city's own work: it sounds, and ``sama verify`` names what misses."""
    try:
        return public_form(event)
    except Exception:
        log.exception(
            "%s %s has no public form",
            event["type"],
            event["id"],
            extra={"alarm": "public_form_failed", "event_type": event["type"]},
        )
        return None
