"""The bus: what a service's wiring starts, publishes on and asks for its health."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from shared.clock import Clock, utc_now
from shared.messaging.archive import Archive
from shared.messaging.broker import BrokerAway, MessagingSettings, NotRouted
from shared.messaging.consumer import BACK_OFF_SECONDS, TRANSIENT, Consumer, at_once
from shared.messaging.deadletters import DeadLetters
from shared.messaging.guard import Guard
from shared.messaging.management import Management
from shared.messaging.public import PublicStream, Refill
from shared.messaging.publisher import Publisher
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import existing

__all__ = ["TRANSIENT", "BrokerAway", "Bus", "MessagingSettings", "NotRouted", "Subscriptions"]

log = logging.getLogger("sama.bus")

START_PAUSE_SECONDS = 0.5


class Bus:
    """One service's place on the broker. Start it after the database and its indexes, stop it before them (rule 3)."""

    def __init__(
        self,
        settings: MessagingSettings,
        subscriptions: Subscriptions,
        *,
        wait_until_available: Callable[[], Awaitable[None]] = at_once,
        back_off: Sequence[float] = BACK_OFF_SECONDS,
        clock: Clock = utc_now,
    ) -> None:
        """``wait_until_available`` returns once what the handlers need (the database) answers; consumption stands still till then.

        back_off: seconds before each further try of a handler whose dependency was away.
        """
        name = subscriptions.consumer
        self._settings = settings
        self._subscriptions = subscriptions
        self._publisher = Publisher(settings, f"{name} publishes", name)
        self._management = Management(settings)
        self.letters = DeadLetters(settings, self._publisher, self._management)
        self.archive = Archive(settings, self._publisher, name)
        self.public = PublicStream(settings, name)
        self._refill = Refill(self._publisher, self.archive, self.public)
        self._consumer = Consumer(
            settings, subscriptions, self._publisher, wait_until_available=wait_until_available, back_off=back_off
        )
        self.guard = Guard(
            subscriptions,
            self._publisher,
            self._management,
            self.archive,
            self._consumer,
            self._refill,
            clock=clock,
            check_seconds=settings.check_seconds,
        )

    async def start(self) -> None:
        """Connect, declare the topology, consume, guard. Raises BrokerAway when the broker is not there within start_seconds."""
        deadline = asyncio.get_running_loop().time() + self._settings.start_seconds
        try:
            while True:
                try:
                    await self._connect_and_consume()
                    break
                except BrokerAway as error:
                    await self._publisher.stop()
                    if asyncio.get_running_loop().time() > deadline:
                        raise
                    log.warning("waiting for the broker: %s", error)
                    await asyncio.sleep(START_PAUSE_SECONDS)
        except BaseException:
            await self.stop()
            raise
        self.guard.start()

    @property
    def connected(self) -> bool:
        """Whether there is a connection to publish on now."""
        return not self._publisher.problems()

    async def drain(self) -> None:
        """Stop guarding and consuming, let running handlers end; publishing still works, for the outbox relay's last flush."""
        await self.guard.stop()
        await self._consumer.stop()

    async def stop(self) -> None:
        """Drain, then close."""
        await self.drain()
        await self._publisher.stop()
        await self._management.close()

    async def publish(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Publish events as envelop() made them; return when the broker has stored all of them. Raises BrokerAway."""
        await self._publisher.publish(events)

    async def refill_public(self, types: Collection[str]) -> int:
        """Publish the public form of each archived event of these types that ``sama.public`` misses; return how many. Raises BrokerAway."""
        return await self._refill.fill(types=types)

    async def problems(self) -> list[str]:
        """Say why the service is not ready as far as the broker goes; empty: it is (rule 7)."""
        if away := self._publisher.problems():
            return away
        found = self._consumer.problems()
        if not self.guard.checked:
            found.append("the queues and bindings have not been checked yet")
        if self.guard.trouble:
            found.append(self.guard.trouble)
        try:
            for edge in self._subscriptions.edges:
                consumers = await existing(self._publisher.connection, edge.queue)
                if not consumers:
                    found.append(f"queue {edge.queue} " + ("is missing" if consumers is None else "has no consumer"))
        except BrokerAway as error:
            found.append(str(error))
        return found

    async def _connect_and_consume(self) -> None:
        await self._publisher.start()
        await self.guard.prepare()
        if self._subscriptions.edges:
            await self._consumer.start()
