"""What a running service is made of: database, bus, outbox relay, timers – and their life.

Start order: database and indexes first, then the broker, then what uses both; the reverse at the end (messaging rule 3). A dependency
that is away does not end the process: it keeps trying, ``/health/ready`` says why it is not ready, and it recovers by itself.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from fastapi import APIRouter, FastAPI

from shared import logs, telemetry, tracing
from shared.clock import Clock, utc_now
from shared.doctor_facts import Patient
from shared.messaging.asyncapi import asyncapi
from shared.messaging.bus import TRANSIENT, BrokerAway, Bus, MessagingSettings, Subscriptions
from shared.messaging.guard import Replay
from shared.messaging.relay import OutboxRelay
from shared.ops import http as ops_http
from shared.ops.announcing import Announcing, Implied
from shared.ops.http import Operations, UnsentSource
from shared.ops.letters import OwnLetters
from shared.ops.records import Actions
from shared.ops.replays import Replays
from shared.ops.texts import TEXTS as OPS_TEXTS
from shared.settings import ServiceSettings
from shared.storage.files import MongoFiles
from shared.storage.implied import implied_by_all
from shared.storage.indexes import Index, aggregate_indexes
from shared.storage.kept import Kept
from shared.storage.mongo import Database, MongoCopies, MongoDocuments, connect, ensure_indexes, ping
from shared.storage.ports import AggregateKind, Outbox, Unavailable
from shared.timers import Timer
from shared.web.app import WebParts, build_app
from shared.web.auth import Keys, Verifier
from shared.web.ops_doctor import doctor_router
from shared.web.proxies import BehindProxies
from shared.web.rates import Rates
from shared.web.texts import Texts

log = logging.getLogger("sama.runtime")

TRY_AGAIN_SECONDS = 1.0
PROBE_SECONDS = (
    2.0  # of the broker and of the database each: readiness answers below the deadline of a call, whoever is silent
)


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
        self._client = connect(settings.mongo_url.get_secret_value(), settings.tls)
        self.database: Database = self._client[settings.database]
        self.subscriptions = Subscriptions(settings.service, settings.prefetch)
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
        self._looks: list[Callable[[], Awaitable[None]]] = [self._look_at_readiness]
        self._unsent: list[UnsentSource] = []
        self._copies: list[MongoCopies] = []
        self._implied: list[Implied] = []
        self._replays: Replays | None = None
        self._announcing: Announcing | None = None

    def documents(self, collection: str) -> MongoDocuments:
        """Return the store of a collection of aggregates, with the indexes and the relay that it needs."""
        documents = MongoDocuments(self.database, collection)
        self._documents.append(documents)
        self._indexes += aggregate_indexes(collection)
        self.watch_unsent(collection, documents.oldest_unsent, documents.count_unsent)
        return documents

    def copies(self, collection: str) -> MongoCopies:
        """Return the store of copies of others' state."""
        copies = MongoCopies(self.database, collection)
        self._copies.append(copies)
        return copies

    def files(self, bucket: str) -> MongoFiles:
        """Return the store of files' contents."""
        return MongoFiles(self.database, bucket)

    def histories(self, *kinds: AggregateKind[Any, Any]) -> None:
        """Name the kinds whose histories imply what the service announced."""
        for kind in kinds:
            self._implied.append(partial(implied_by_all, MongoDocuments(self.database, kind.collection), kind))

    def implies(self, events: Implied) -> None:
        """Name another source of all that the service announced: a journal."""
        self._implied.append(events)

    def announce(self, outbox: Outbox) -> None:
        """Relay (port of storage). Before the start or without a broker the outbox waits in its document for the sweep."""
        if self._relay is not None:
            self._relay.announce(outbox)

    async def publish(self, events: Sequence[dict[str, object]]) -> None:
        """Publish confirmed. Raises BrokerAway."""
        await self._running_bus().publish(events)

    def timer(self, name: str, work: Callable[[], Awaitable[int]], seconds: float | None = None) -> None:
        """Have ``work`` called again and again from the start on; it returns how much it did."""
        self._timers.append(Timer(name, work, seconds or self.settings.timer_seconds))

    def before_bus(self, prepare: Callable[[], Awaitable[None]]) -> None:
        """Have ``prepare`` called when the database is there, before the first event is taken."""
        self._before_bus.append(prepare)

    def part(self, part: Part) -> None:
        """Have a part run with the service."""
        self._parts.append(part)

    def watch_unsent(
        self, name: str, oldest: Callable[[], Awaitable[datetime | None]], count: Callable[[], Awaitable[int]]
    ) -> None:
        """Count also this outbox when readiness asks how long the oldest event waits, and in the figures, as ``name``."""
        self._unsent.append(UnsentSource(name, oldest, count))
        age = telemetry.Age(telemetry.OLDEST_UNSENT.labels(name))

        async def look() -> None:
            age.look(await oldest())
            telemetry.OUTBOXES_WAITING.labels(name).set(await count())

        self.look(look)

    def look(self, at: Callable[[], Awaitable[None]], *, seconds: float = 0) -> None:
        """Have ``at`` called every ``topology_check_seconds`` to bring figures up to date; while it fails they stay as they were.

        seconds: not more often than that, for figures that are dear.
        """
        self._looks.append(at if not seconds else _seldom(at, seconds))

    def patient(self) -> Patient:
        """Return the service as its doctor needs it."""
        return Patient(
            service=self.settings.service,
            subscriptions=self.subscriptions,
            indexes=self._indexes,
            database=self.database,
            documents=self._documents,
            oldest_unsent=[source.oldest for source in self._unsent],
            messaging=self.messaging,
            unsent_age_limit_seconds=self.settings.unsent_age_limit_seconds,
            clock=self.clock,
        )

    def close(self) -> None:
        """Close the database's client of a runtime that was never started."""
        self._client.close()

    def operations(self) -> Operations:
        """Return what /ops works on."""
        kept, clock = Kept(self.database), self.clock
        self.before_bus(kept.refuse_if_held)
        actions = Actions(kept, clock)
        queues = [edge.queue for edge in self.subscriptions.edges]
        self._replays = Replays(
            self._ask_replay, lambda: self._copies, actions, kept, clock, consumes=bool(self.subscriptions.edges)
        )
        announcing = Announcing(self.settings.service, self._running_bus, self._implied, actions, kept, clock)
        self._announcing = announcing
        self.part(announcing)
        return Operations(
            letters=OwnLetters(queues, lambda: self._running_bus().letters, actions, kept, clock),
            replays=self._replays,
            announcing=announcing,
            actions=actions,
            archive=lambda: self._running_bus().archive,
            unsent=lambda: self._unsent,
        )

    def _running_bus(self) -> Bus:
        if self._bus is None:
            raise BrokerAway("not started yet")
        return self._bus

    async def _ask_replay(self, replay: Replay) -> None:
        await self._running_bus().guard.ask(replay)

    def broker_away(self) -> bool:
        """Tell whether the broker is known to be away."""
        return self._bus is None or not self._bus.connected

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Run the service while the application runs."""
        telemetry.READY.labels(self.settings.service).set(0)
        self._starting = asyncio.create_task(self._start_until_done())
        try:
            yield
        finally:
            await self._stop()
            telemetry.READY.labels(self.settings.service).set(0)

    async def problems(self) -> list[str]:
        """Say what keeps the service from being ready (messaging rule 7); empty: it is ready."""
        if not self._started or self._bus is None:
            return [self._start_trouble]
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                found = await self._bus.problems()
        except TimeoutError:
            found = [f"the broker did not answer within {PROBE_SECONDS:.0f} s"]
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await ping(self.database)
                ages = [await source.oldest() for source in self._unsent]
        except Unavailable as error:
            return [*found, f"the database does not answer: {error}"]
        except TimeoutError:
            return [*found, f"the database did not answer within {PROBE_SECONDS:.0f} s"]
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
            self.messaging,
            self.subscriptions,
            wait_until_available=self._until_database_answers,
            clock=self.clock,
        )
        self._relay = OutboxRelay(bus, self._documents, self.clock, transient=TRANSIENT)
        self._bus = bus
        if self._replays is not None:
            bus.guard.around = self._replays.around
        if self._announcing is not None:
            bus.guard.fill = self._announcing.fill
        await bus.start()
        await self._relay.start()
        for part in self._parts:
            await part.start()
        self._timers.append(Timer("figures", self._look, self.settings.topology_check_seconds))
        for timer in self._timers:
            timer.start()
        self._started = True
        log.info("%s is up", self.settings.service)

    @property
    def messaging(self) -> MessagingSettings:
        """Where the broker is: for parts with connections of their own."""
        return MessagingSettings(
            url=self.settings.amqp_url,
            management_url=self.settings.rabbit_management_url.get_secret_value(),
            tls=self.settings.tls,
            publish_seconds=self.settings.publish_seconds,
            graceful_seconds=self.settings.graceful_seconds,
            check_seconds=self.settings.topology_check_seconds,
        )

    async def _look_at_readiness(self) -> None:
        telemetry.READY.labels(self.settings.service).set(not await self.problems())

    async def _look(self) -> int:
        failed: list[Exception] = []
        for look in self._looks:
            try:
                await look()
            except (
                Unavailable
            ) as error:  # counted where it arose; readiness says it, too, and each further look would wait
                log.debug("figures stay as they were: %s", error)
                break
            except Exception as error:  # noqa: BLE001 - a broken book must not blind the eye for the queues
                failed.append(error)
        if failed:
            raise ExceptionGroup("figures that stay as they were", failed)
        return 0

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
        if tracing.active is not None:
            await asyncio.to_thread(tracing.active.stop)

    async def _until_database_answers(self) -> None:
        while True:
            try:
                await ping(self.database)
            except Unavailable:
                await asyncio.sleep(TRY_AGAIN_SECONDS)
            else:
                return


def _seldom(look: Callable[[], Awaitable[None]], seconds: float) -> Callable[[], Awaitable[None]]:
    looked_at: float | None = None

    async def look_if_it_is_time() -> None:
        nonlocal looked_at
        now = time.monotonic()
        if looked_at is None or now - looked_at >= seconds:
            await look()
            looked_at = now

    return look_if_it_is_time


def service_app(runtime: Runtime, *, summary: str, router: APIRouter, texts: Texts) -> FastAPI:
    """Return the service's application: its router over the runtime, with what every service has."""
    settings = runtime.settings
    logs.configure(settings.log_level, settings.log_format, settings.service, settings.city)
    tracing.configure(settings.service, settings.otlp_endpoint)
    app = build_app(
        WebParts(
            name=settings.service,
            city=settings.city,
            summary=summary,
            routers=[router, ops_http.router(runtime.operations()), doctor_router(runtime.patient)],
            texts={**OPS_TEXTS, **texts},
            verifier=Verifier(Keys(settings.jwks), issuer=settings.issuer, audience=f"sama-{settings.service}"),
            lifespan=runtime.lifespan,
            problems=runtime.problems,
            broker_away=runtime.broker_away,
            rates=Rates(settings.rate_per_second, settings.rate_burst),
            request_seconds=settings.request_seconds,
            asyncapi=lambda: asyncapi(settings.service, runtime.subscriptions),
        )
    )
    if settings.trusted_proxies:
        app.add_middleware(
            BehindProxies, trusted=settings.trusted_proxies
        )  # the last added is the outermost: before the rates
    app.state.runtime = runtime  # what `sama doctor` examines, without starting it
    ops_http.install(app)
    app.state.subscriptions = runtime.subscriptions  # what `sama contracts` makes the committed AsyncAPI document of
    return app
