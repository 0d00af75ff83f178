"""The only place that makes connections to RabbitMQ, with every unsafe default turned off (messaging rule 1).

Consumers and publishers have a connection each: when the broker slows publishers down it stops reading their connection, and
acknowledgements on the same one would wait behind them.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from aio_pika import RobustConnection
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError
from faststream.middlewares import AckPolicy
from faststream.rabbit import Channel, RabbitBroker
from faststream.security import BaseSecurity
from yarl import URL

from shared.tls import Tls, advice

log = logging.getLogger("sama.broker")

HEARTBEAT_SECONDS: Final = 10  # a half-open connection is found after three missed beats, half a minute
RECONNECT_SECONDS: Final = 1.0  # a restarted broker is met again within a second or two
CONNECT_SECONDS: Final = 5.0

CONNECTION_TROUBLE: Final = (AMQPError, ChannelInvalidStateError, OSError, RuntimeError, TimeoutError)
"""What aio-pika raises when a connection or channel is gone or going; RuntimeError is its own for a closed one."""


class BrokerAway(Exception):
    """The broker did not answer or did not confirm; whether it stored the message is unknown. Transient; publish again."""


class NotRouted(BrokerAway):
    """The broker has no queue for the message: bindings or the archive are missing. They are made again, so publish again."""


@dataclass(frozen=True, slots=True)
class MessagingSettings:
    """Where the broker is, and the waiting times. URLs carry credentials and are never logged."""

    url: str
    management_url: str
    tls: Tls | None = None  # for amqps:// and https://; None: the system's certificate authorities
    publish_seconds: float = 5.0  # a confirm takes milliseconds; past this the broker is away
    graceful_seconds: float = 10.0  # below the orchestrator's stop_grace_period
    check_seconds: float = 10.0  # a lost binding is noticed within this time (F9)
    start_seconds: float = 30.0  # a broker and its services may start together

    @property
    def encrypted(self) -> bool:
        """Whether the URL asks for TLS."""
        return self.url.startswith("amqps:")

    @property
    def vhost(self) -> str:
        """The virtual host that the URL names."""
        return URL(self.url).path.removeprefix("/") or "/"


def make_broker(settings: MessagingSettings, name: str) -> RabbitBroker:
    """Return a broker, not yet connected, whose connection is called ``name`` in the management UI.

    Bodies are read and written by us (``apply_types=False``); an exception that escapes a handler rejects the message to the
    dead-letter queue; replies are never published. Publishing goes through Publisher, which alone makes messages.
    """
    return RabbitBroker(
        str(URL(settings.url).update_query(name=name, heartbeat=str(HEARTBEAT_SECONDS))),
        timeout=CONNECT_SECONDS,
        fail_fast=True,  # Bus.start repeats, with a deadline
        reconnect_interval=RECONNECT_SECONDS,
        default_channel=make_channel(prefetch=1),  # nothing consumes on it
        security=BaseSecurity(ssl_context=(settings.tls or Tls()).context(), use_ssl=True)
        if settings.encrypted
        else None,
        app_id=name,
        graceful_timeout=settings.graceful_seconds,
        ack_policy=AckPolicy.REJECT_ON_ERROR,
        apply_types=False,
        logger=logging.getLogger("sama.faststream"),
        log_level=logging.DEBUG,  # it logs every message twice at this level; errors stay errors
    )


def make_channel(prefetch: int) -> Channel:
    """Return the declaration of a channel that takes at most ``prefetch`` messages at once, each confirmed when published."""
    return Channel(prefetch_count=prefetch, publisher_confirms=True, on_return_raises=True)


@contextmanager
def trouble_is_away(what: str) -> Iterator[None]:
    """Raise BrokerAway, beginning with ``what``, for all that aio-pika raises when a connection or channel goes.

    A CancelledError that nobody asked for is part of it: a connection that closes cancels the calls that wait for its answer. Let through,
    it ends the task that called, for ever and without a word.
    """
    try:
        yield
    except CONNECTION_TROUBLE as error:
        raise BrokerAway(f"{what}: {type(error).__name__} {error}") from error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise BrokerAway(f"{what}: the connection closed") from error


async def connect(broker: RabbitBroker) -> RobustConnection:
    """Connect and return the connection, which heals itself from then on. Raises BrokerAway.

    When this is cancelled, stop the broker: a connection that was cancelled half-way would go on connecting for ever.
    """
    attempt = asyncio.ensure_future(broker.connect())
    with trouble_is_away("no connection to the broker"):
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            await asyncio.wait([attempt], timeout=CONNECT_SECONDS)
            raise
        except CONNECTION_TROUBLE as error:
            raise BrokerAway(f"no connection to the broker: {error}{advice(error)}") from error
