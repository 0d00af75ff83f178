"""What the messaging tests share: events, a way to wait, and a server to look at and to break."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import aio_pika
import httpx
from yarl import URL

from shared.contracts.envelope import Cause, Envelope, envelop
from shared.contracts.registry import OrganizationReinstated, OrganizationSuspended
from shared.messaging.bus import Bus, MessagingSettings, Subscriptions

DEADLINE_SECONDS = 20.0
SUSPENDED = OrganizationSuspended.event_type
REINSTATED = OrganizationReinstated.event_type


def suspended(number: int, *, reason: str = "audit") -> dict[str, Any]:
    """An event of registry about organisation ``o<number>``."""
    data = OrganizationSuspended(
        organization=f"o{number}", status="suspended", name="انجمن", kind="association", districts=["d1"], reason=reason
    )
    return envelop(data, subject=f"organization/o{number}", number=1, at=datetime.now(UTC), cause=Cause("p1", "c1"))


def reinstated(number: int) -> dict[str, Any]:
    """Another type of event of registry."""
    data = OrganizationReinstated(
        organization=f"o{number}", status="approved", name="انجمن", kind="association", districts=["d1"]
    )
    return envelop(data, subject=f"organization/o{number}", number=2, at=datetime.now(UTC), cause=Cause("p1", "c1"))


async def until(condition: Callable[[], object], *, seconds: float = DEADLINE_SECONDS) -> Any:
    """Return what the condition (plain or async) returns once it is true. Fails after the deadline."""
    last: object = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                last = condition()
                if inspect.isawaitable(last):
                    last = await last
                if last:
                    return last
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(
            f"not true within {seconds} s: {inspect.getsource(condition).strip()} (last: {last!r})"
        ) from None


class Seen:
    """A handler that notes what it was given, and does what ``behaviour`` says first."""

    def __init__(self, behaviour: Callable[[Envelope], Awaitable[None]] | None = None) -> None:
        self.events: list[Envelope] = []
        self.begun = 0
        self._behaviour = behaviour

    async def __call__(self, data: Any, event: Envelope) -> None:
        self.begun += 1
        if self._behaviour is not None:
            await self._behaviour(event)
        self.events.append(event)

    @property
    def subjects(self) -> list[str]:
        """Numbers of the organisations seen, sorted."""
        return sorted(event.subject.removeprefix("organization/o") for event in self.events)


def listening(
    consumer: str, handlers: Mapping[type[Any], Any], *, prefetch: int = 8, single_active: bool = False
) -> Subscriptions:
    """Subscriptions of a consumer to registry's events."""
    subscriptions = Subscriptions(consumer)
    for event, handler in handlers.items():
        subscriptions.on(event, handler)
    subscriptions.edge("registry", prefetch=prefetch, single_active=single_active)
    return subscriptions


class Server:
    """One virtual host of the test broker."""

    def __init__(self, amqp: str, management: str, *, vhost: str) -> None:
        self.vhost = vhost
        self.settings = MessagingSettings(
            str(URL(amqp).with_path(f"/{vhost}")),
            management,
            check_seconds=0.2,
            start_seconds=10.0,
            graceful_seconds=5.0,
        )
        url = URL(management)
        self._user = url.user or "guest"
        self._api = httpx.AsyncClient(
            base_url=str(url.with_user(None)), auth=(self._user, url.password or ""), timeout=20, trust_env=False
        )
        self._stack = AsyncExitStack()
        self._channel: aio_pika.abc.AbstractChannel | None = None

    async def create(self) -> None:
        (await self._api.put(f"/api/vhosts/{self.vhost}")).raise_for_status()
        rights = {"configure": ".*", "write": ".*", "read": ".*"}
        (await self._api.put(f"/api/permissions/{self.vhost}/{self._user}", json=rights)).raise_for_status()

    async def remove(self) -> None:
        await self._stack.aclose()
        (await self._api.delete(f"/api/vhosts/{self.vhost}")).raise_for_status()
        await self._api.aclose()

    async def start(self, subscriptions: Subscriptions, **options: Any) -> Bus:
        """Start a bus that the end of the test stops. Options that MessagingSettings knows go there."""
        fields = {k: options.pop(k) for k in list(options) if hasattr(self.settings, k)}
        bus = Bus(replace(self.settings, **fields), subscriptions, **options)
        await bus.start()
        self._stack.push_async_callback(bus.stop)
        return bus

    async def announcer(self) -> Bus:
        """Start a bus that only publishes and never repairs within a test."""
        return await self.start(Subscriptions("registry"), check_seconds=3600)

    async def channel(self) -> aio_pika.abc.AbstractChannel:
        """A plain channel, closed by the end of the test."""
        connection = await aio_pika.connect(self.settings.url)
        await self._stack.enter_async_context(connection)
        return await connection.channel()

    async def take(self, queue: str) -> aio_pika.abc.AbstractIncomingMessage:
        """Wait for a message of the queue and acknowledge it."""
        source = await (await self._looker()).get_queue(queue)
        message: aio_pika.abc.AbstractIncomingMessage = await until(lambda: source.get(fail=False))
        await message.ack()
        return message

    async def ready(self, queue: str) -> int:
        """How many messages wait in the queue, not counting those in work."""
        found = await (await self._looker()).declare_queue(queue, passive=True)
        return found.declaration_result.message_count or 0

    async def _looker(self) -> aio_pika.abc.AbstractChannel:
        if self._channel is None or self._channel.is_closed:
            self._channel = await self.channel()
        return self._channel

    async def queue(self, name: str) -> dict[str, Any]:
        """The management API's description of a queue."""
        return dict((await self._api.get(f"/api/queues/{self.vhost}/{name}")).raise_for_status().json())

    async def bindings(self) -> set[tuple[str, str, str]]:
        """All bindings as (exchange, queue, key)."""
        found = (await self._api.get(f"/api/bindings/{self.vhost}")).raise_for_status().json()
        return {(b["source"], b["destination"], b["routing_key"]) for b in found}

    async def policies(self) -> dict[str, Any]:
        """All policies by name."""
        return {p["name"]: p for p in (await self._api.get(f"/api/policies/{self.vhost}")).raise_for_status().json()}

    async def delete_queue(self, name: str) -> None:
        (await self._api.delete(f"/api/queues/{self.vhost}/{name}")).raise_for_status()

    async def delete_exchange(self, name: str) -> None:
        (await self._api.delete(f"/api/exchanges/{self.vhost}/{name}")).raise_for_status()

    async def delete_binding(self, exchange: str, queue: str, key: str) -> None:
        path = f"/api/bindings/{self.vhost}/e/{exchange}/q/{queue}/{quote(key, safe='')}"
        (await self._api.delete(path)).raise_for_status()

    async def close_connections(self, least: int) -> None:
        """Have the broker close every connection of this virtual host, once it lists at least so many; it does after a moment."""

        async def listed() -> bool:
            return len(await self._connections()) >= least

        await until(listed)
        for connection in await self._connections():
            await self._api.delete(f"/api/connections/{quote(connection, safe='')}")

    async def _connections(self) -> list[str]:
        found = (await self._api.get(f"/api/vhosts/{self.vhost}/connections")).raise_for_status().json()
        return [connection["name"] for connection in found]
