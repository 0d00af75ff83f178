"""One process of a service: its real use cases, handlers, timers, relay and caches over the service's shared database."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextvars import copy_context
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from services.budget.inbound.events import subscribe as subscribe_budget
from services.budget.outbound.announcer import Announcer
from services.budget.outbound.writer import Journal
from services.budget.wiring import use_cases as budget_use_cases
from services.registry.wiring import use_cases as registry_use_cases
from services.requests.inbound.events import subscribe as subscribe_requests
from services.requests.wiring import use_cases as requests_use_cases
from services.review.inbound.events import subscribe as subscribe_review
from services.review.wiring import use_cases as review_use_cases
from shared.contracts.durations import WorkingCalendar
from shared.messaging.broker import BrokerAway
from shared.messaging.consumer import TRANSIENT
from shared.messaging.relay import OutboxRelay
from shared.messaging.subscriptions import Subscriptions
from shared.storage.ports import Document, Outbox, Unavailable
from shared.timers import Timer
from tests.builders import CERTIFYING
from tests.fakes.broker import BrokerBus, Event, Message, Place
from tests.simulation.loop import OWNER
from tests.simulation.people import CALL
from tests.simulation.ports import SimulatedCursors, SimulatedEntries, SimulatedStores

if TYPE_CHECKING:
    from tests.simulation.world import World

T = TypeVar("T")

TIMER_SECONDS: Final = 2.0
CALENDAR: Final = WorkingCalendar()
FOLLOWS: Final = frozenset(
    {("requests", "Suspended"), ("requests", "Reinstated"), ("cases", "CasePaused"), ("cases", "CaseResumed")}
)
"""What a step's second look at the standing adds in a write of its own: it is not what the person asked for."""


class SimulatedBus(BrokerBus):
    """A replica's place on the broker, delivering only when the scheduler says so."""

    def __init__(self, replica: "Replica", subscriptions: Subscriptions) -> None:
        super().__init__(replica.world.broker, subscriptions, delivers=False)
        self._at = replica

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish; away before, amid or after it, as the seed wants."""
        await self._at.publish(events)

    async def acknowledge(self, place: Place, message: Message) -> None:
        """Acknowledge, unless the broker never hears of it."""
        await self._at.point(f"ack {message.type}")
        if self._at.world.chances.happens("lost_ack", 0.04):
            self._at.world.note(f"{self._at.name} the ack of {message.type} {message.id} is lost")
            place.lose_connection()
        else:
            place.ack(message)


class Replica:
    """A process that can crash, freeze and be started again. ``tasks`` end with it; nothing but the database outlives it."""

    def __init__(self, world: "World", service: str, number: int) -> None:
        self.world = world
        self.service = service
        self.name = f"{service}-{number}"
        self.alive = False
        self.frozen_until = 0
        self.bus: SimulatedBus | None = None
        self.uses: Any = None
        self._life = 0
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._relay: OutboxRelay | None = None

    # ------------------------------------------------------------ life

    def start(self) -> None:
        """Start as a new process: only the database is as it was."""
        self.alive = True
        self._life += 1
        self.spawn(self._start())
        self.world.loop.drain()

    async def _start(self) -> None:
        database, subscriptions = self.world.databases[self.service], Subscriptions(self.service)
        stores = SimulatedStores(self, database.stores)
        self.bus = SimulatedBus(self, subscriptions)
        if self.service == "registry":
            self.uses = registry_use_cases(stores, self.clock, CALENDAR)
            Timer("due", self.uses.sweep, TIMER_SECONDS).start()
        elif self.service == "requests":
            self.uses = requests_use_cases(stores, self.clock, CALENDAR)
            subscribe_requests(subscriptions, self.uses)
            Timer("due", self.uses.sweep, TIMER_SECONDS).start()
        elif self.service == "review":
            self.uses = review_use_cases(stores, self.clock, CALENDAR, CERTIFYING)
            subscribe_review(subscriptions, self.uses)
            Timer("due", self.uses.sweep, TIMER_SECONDS).start()
        else:
            await self._start_budget(stores, subscriptions)
        await self.bus.start()
        self._relay = OutboxRelay(self.bus, stores.all_documents, self.clock, transient=TRANSIENT)
        await self._relay.start()

    async def _start_budget(self, stores: SimulatedStores, subscriptions: Subscriptions) -> None:
        assert self.bus is not None
        database = self.world.databases[self.service]
        entries = SimulatedEntries(self, database.entries)
        announcer = Announcer(
            self.bus, entries, SimulatedCursors(self, database.cursors), self.clock, transient=TRANSIENT
        )
        journal = Journal(entries, self.clock, salts=self.world.new_id, written=announcer.written)
        self.uses = budget_use_cases(
            journal,
            entries,
            stores.copies("standings"),
            stores.copies("payment_stops"),
            stores.copies("decided_calls"),
            self.clock,
        )
        subscribe_budget(subscriptions, self.uses)
        if self.world.many_active:
            for announcer_name in ("registry", "review", "requests"):
                subscriptions.edge(announcer_name, prefetch=128, single_active=False)
        await announcer.start()
        Timer("unfinished", self.uses.sweep, TIMER_SECONDS).start()

    def crash(self) -> None:
        """End every task where it stands; what was not acknowledged goes back to its queue."""
        self.alive = False
        self.frozen_until = 0
        for task in self._tasks:
            task.cancel()
        self.world.loop.drain()
        self._tasks = {}
        if self.bus is not None:
            self.bus._close()
        self.bus = self.uses = self._relay = None

    def disconnect(self) -> None:
        """Have the broker give what this replica holds to others; its handlers go on."""
        for place in self.bus.places if self.bus is not None else ():
            place.lose_connection()

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Begin a task that belongs to this process."""
        context = copy_context()
        context.run(OWNER.set, self)
        return self.world.loop.create_task(work, context=context)

    def adopt(self, task: "asyncio.Task[Any]") -> None:
        """Owner (port of the loop)."""
        self._tasks[task] = None
        task.add_done_callback(self._forget)

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.pop(task, None)

    def clock(self) -> datetime:
        """Clock (port): a millisecond later with each look."""
        return self.world.now()

    # ------------------------------------------------------------ points and faults

    async def point(self, what: str) -> None:
        """Stand still until the scheduler picks this task. A process that is gone does nothing more."""
        life = self._life
        if self.alive:
            await self.world.turn(self, what)
        if not self.alive or life != self._life:
            raise asyncio.CancelledError

    async def read(self, what: str, work: Callable[[], Awaitable[T]]) -> T:
        """Ask the database."""
        await self.point(what)
        if self.world.chances.happens("away", 0.01):
            self.world.note(f"{self.name} the database is away")
            raise Unavailable("away, as the seed wants")
        result = await work()
        if self.world.chances.happens("late_reply", 0.1):
            await self.point(f"reply to {what}")
        return result

    async def write(self, what: str, work: Callable[[], Awaitable[T]]) -> T:
        """Have the database change something; its answer may be lost."""
        await self.point(what)
        if self.world.chances.happens("away", 0.015):
            self.world.note(f"{self.name} the database is away and did nothing")
            raise Unavailable("away, as the seed wants")
        result = await work()
        if self.world.chances.happens("lost_reply", 0.03):
            self.world.counts["lost replies"] += 1
            self.world.note(f"{self.name} the reply is lost")
            await self.point(f"no reply to {what}")
            raise Unavailable("the reply was lost, as the seed wants")
        if result is False and what.startswith("update"):
            self.world.counts["conflicts"] += 1
        if self.world.chances.happens("late_reply", 0.25):
            await self.point(f"reply to {what}")
        return result

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish all, or some and then the broker is away."""
        kinds = ", ".join(f"{event['type']} {event['subject']} {int(event['sequence'])}" for event in events)
        await self.point(f"publish {kinds}")
        fails = self.world.chances.happens("publish", 0.06)
        chosen = [event for event in events if not fails or self.world.random.random() < 0.5]
        for event in chosen:
            self.world.model.published(event)
            self.world.broker.publish(event)
            self.world.counts["events published"] += 1
        if fails:
            self.world.note(f"{self.name} the broker is away after {len(chosen)} of {len(events)}")
            raise BrokerAway("away, as the seed wants")
        if self.world.chances.happens("late_reply", 0.3):
            await self.point("confirm")

    # ------------------------------------------------------------ what the ports tell

    def announce(self, outbox: Outbox) -> None:
        """Relay (port of storage)."""
        if self._relay is not None and self.alive:
            self._relay.announce(outbox)

    def wrote(self, collection: str, old: Document | None, new: Document) -> None:
        """Have the model look at a document that was written."""
        self.world.activity += 1
        known = 0 if old is None else len(old["history"])
        own = [entry for entry in new["history"][known:] if (collection, entry["type"]) not in FOLLOWS]
        if own and (call := CALL.get()) is not None:
            call.wrote += 1
        self.world.model.document(self.service, collection, old, new)

    def applied(self, collection: str, id: str, sequence: int, applied: bool) -> None:
        """Have the model look at a copy."""
        self.world.activity += applied
        if applied:
            self.world.model.copy(self.service, collection, id, sequence)

    def entered(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Have the model look at new entries."""
        self.world.activity += len(entries)
        for entry in entries:
            self.world.model.entry(entry)

    def advanced(self, marks: Mapping[str, int]) -> None:
        """Have the model look at a book's cursor."""
        for book, seq in marks.items():
            self.world.model.announced_up_to(book, seq)
