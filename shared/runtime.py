"""What a running service is made of: database, bus, outbox relay, timers – and their life.

Start order: database and indexes first, then the broker, then what uses both; the reverse at the end (messaging rule 3). A dependency
that is away does not end the process: it keeps trying, ``/health/ready`` says why it is not ready, and it recovers by itself.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol

from fastapi import APIRouter, FastAPI

from shared import logs
from shared.clock import Clock, utc_now
from shared.messaging.asyncapi import asyncapi
from shared.messaging.bus import TRANSIENT, BrokerAway, Bus, MessagingSettings, Subscriptions
from shared.messaging.relay import OutboxRelay
from shared.settings import ServiceSettings
from shared.storage.indexes import Index, aggregate_indexes
from shared.storage.mongo import Database, MongoCopies, MongoDocuments, connect, ensure_indexes, ping
from shared.storage.ports import Outbox, Unavailable
from shared.timers import Timer
from shared.web.app import WebParts, build_app
from shared.web.auth import Keys, Verifier
from shared.web.texts import Texts

log = logging.getLogger("sama.runtime")

TRY_AGAIN_SECONDS = 1.0


class Part(Protocol):
    """Something that runs beside the relay: started when the bus is there, stopped after consuming ended and before the bus closes."""

    async def start(self) -> None:
        """Start."""

    async def stop(self) -> None:
        """End what is under way, then stop."""


class Runtime:
    """The parts of one service's process. Wiring asks it for stores, gives it subscriptions and timers, and runs it."""

    def __init__(self, settings: ServiceSettings, *, indexes: Sequence[Index], clock: Clock = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        self._client = connect(settings.mongo_url.get_secret_value())
        self.database: Database = self._client[settings.database]
        self.subscriptions = Subscriptions(settings.service)
        self._indexes = list(indexes)
        self._documents: list[MongoDocuments] = []
        self._relay: OutboxRelay | None = None
        self._bus: Bus | None = None
        self._timers: list[Timer] = []
        self._before_bus: list[Callable[[], Awaitable[None]]] = []
        self._parts: list[Part] = []
        self._started = False
        self._starting: asyncio.Task[None] | None = None
        self._start_trouble = "starting"
        self._oldest_unsent: list[Callable[[], Awaitable[datetime | None]]] = []

    def documents(self, collection: str) -> MongoDocuments:
        """Return the store of a collection of aggregates, with the indexes and the relay that it needs."""
        documents = MongoDocuments(self.database, collection)
        self._documents.append(documents)
        self._indexes += aggregate_indexes(collection)
        self._oldest_unsent.append(documents.oldest_unsent)
        return documents

    def copies(self, collection: str) -> MongoCopies:
        """Return the store of copies of others' state."""
        return MongoCopies(self.database, collection)

    def announce(self, outbox: Outbox) -> None:
        """Relay (port of storage). Before the start or without a broker the outbox waits in its document for the sweep."""
        if self._relay is not None:
            self._relay.announce(outbox)

    async def publish(self, events: Sequence[dict[str, object]]) -> None:
        """Publish confirmed. Raises BrokerAway."""
        if self._bus is None:
            raise BrokerAway("not started yet")
        await self._bus.publish(events)

    def timer(self, name: str, work: Callable[[], Awaitable[int]], seconds: float | None = None) -> None:
        """Have ``work`` called again and again from the start on; it returns how much it did."""
        self._timers.append(Timer(name, work, seconds or self.settings.timer_seconds))

    def before_bus(self, prepare: Callable[[], Awaitable[None]]) -> None:
        """Have ``prepare`` called when the database is there, before the first event is taken."""
        self._before_bus.append(prepare)

    def part(self, part: Part) -> None:
        """Have a part run with the service."""
        self._parts.append(part)

    def watch_unsent(self, oldest: Callable[[], Awaitable[datetime | None]]) -> None:
        """Count also this outbox when readiness asks how long the oldest event waits."""
        self._oldest_unsent.append(oldest)

    def broker_away(self) -> bool:
        """Tell whether the broker is known to be away."""
        return self._bus is None or not self._bus.connected

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Run the service while the application runs."""
        self._starting = asyncio.create_task(self._start_until_done())
        try:
            yield
        finally:
            await self._stop()

    async def problems(self) -> list[str]:
        """Say what keeps the service from being ready (messaging rule 7); empty: it is ready."""
        if not self._started or self._bus is None:
            return [self._start_trouble]
        found = await self._bus.problems()
        try:
            async with asyncio.timeout(self.settings.request_seconds):
                await ping(self.database)
                ages = [await oldest() for oldest in self._oldest_unsent]
        except TimeoutError:
            return [*found, f"the database does not answer within {self.settings.request_seconds:g} s"]
        except Unavailable as error:
            return [*found, f"the database does not answer: {error}"]
        waiting = [self.clock() - since for since in ages if since is not None]
        limit = self.settings.unsent_age_limit_seconds
        if waiting and max(waiting).total_seconds() > limit:
            found.append(f"the oldest unsent event waits {max(waiting).total_seconds():.0f} s, more than {limit:.0f} s")
        return found

    async def _start_until_done(self) -> None:
        while True:
            try:
                await self._start()
            except TRANSIENT as error:
                self._start_trouble = f"starting: {error}"
                log.warning("cannot start yet: %s", error)
                await asyncio.sleep(TRY_AGAIN_SECONDS)
            except Exception as error:
                self._start_trouble = f"starting failed: {error}"
                log.exception("cannot start; trying again")
                await asyncio.sleep(TRY_AGAIN_SECONDS)
            else:
                return

    async def _start(self) -> None:
        await ensure_indexes(self.database, self._indexes)
        for prepare in self._before_bus:
            await prepare()
        bus = Bus(
            MessagingSettings(
                url=self.settings.rabbit_url.get_secret_value(),
                management_url=self.settings.rabbit_management_url.get_secret_value(),
                publish_seconds=self.settings.publish_seconds,
                graceful_seconds=self.settings.graceful_seconds,
                check_seconds=self.settings.topology_check_seconds,
            ),
            self.subscriptions,
            wait_until_available=self._until_database_answers,
            clock=self.clock,
        )
        self._relay = OutboxRelay(bus, self._documents, self.clock, transient=TRANSIENT)
        self._bus = bus
        await bus.start()
        await self._relay.start()
        for part in self._parts:
            await part.start()
        for timer in self._timers:
            timer.start()
        self._started = True
        log.info("%s is up", self.settings.service)

    async def _stop(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        for timer in self._timers:
            await timer.stop()
        if self._bus is not None:
            await self._bus.drain()
        for part in reversed(self._parts):
            await part.stop()
        if self._relay is not None:
            await self._relay.stop()
        if self._bus is not None:
            await self._bus.stop()
        self._client.close()

    async def _until_database_answers(self) -> None:
        while True:
            try:
                await ping(self.database)
            except Unavailable:
                await asyncio.sleep(TRY_AGAIN_SECONDS)
            else:
                return


def service_app(runtime: Runtime, *, summary: str, router: APIRouter, texts: Texts) -> FastAPI:
    """Return the service's application: its router over the runtime, with what every service has."""
    settings = runtime.settings
    logs.configure(settings.log_level)
    app = build_app(
        WebParts(
            name=settings.service,
            summary=summary,
            routers=[router],
            texts=texts,
            verifier=Verifier(Keys(settings.jwks), issuer=settings.issuer, audience=f"sama-{settings.service}"),
            lifespan=runtime.lifespan,
            problems=runtime.problems,
            broker_away=runtime.broker_away,
            request_seconds=settings.request_seconds,
            asyncapi=lambda: asyncapi(settings.service, runtime.subscriptions),
        )
    )
    app.state.subscriptions = runtime.subscriptions  # what `sama contracts` makes the committed AsyncAPI document of
    return app
