"""Eight replicas, four databases, one broker and a scheduler that picks by the seed who goes on."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random, getstate, seed, setstate
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from tests.fakes.broker import MemoryBroker, Message, Place
from tests.simulation.loop import SimulatedLoop
from tests.simulation.model import Model
from tests.simulation.people import People
from tests.simulation.plan import Chances, Plan
from tests.simulation.replica import Replica

if TYPE_CHECKING:
    from tests.simulation.scene import Scene

SERVICES: Final = ("registry", "requests", "review", "budget")
OVERTAKES: Final = 8  # messages that one may overtake at once
QUIET_SECONDS: Final = 11.0  # longer than every grace time and sweep
MOST_TO_QUIET: Final = 20_000  # steps; more means that the services keep answering each other
JUMPS: Final = (3600.0, 86_400.0, 4 * 86_400.0, 11 * 86_400.0, 16 * 86_400.0, 61 * 86_400.0)


class World:
    """One run of one plan. ``step`` is one decision of the scheduler."""

    def __init__(self, plan: Plan, scene: "Scene") -> None:
        self.plan = plan
        self.random = Random(plan.seed)
        self.chances = Chances(plan, self.random)
        self.many_active = self.chances.happens("many_active", 0.5)
        self.loop = SimulatedLoop(self.random)  # type: ignore[abstract] # all that is asked of it
        self.databases = scene.databases()
        self.model: Model = scene.model()
        self.broker = MemoryBroker()
        self.broker.archive += scene.archive
        self.counts: Counter[str] = Counter()
        self.history: list[str] = []
        self.activity = 0
        self.steps = 0
        self._points: list[tuple[asyncio.Future[None], Replica, str]] = []
        self._looks = 0
        self._ids = 0
        self._began = scene.now
        self.replicas = [Replica(self, service, number) for service in SERVICES for number in (1, 2)]
        self.people = People(self, scene)

    # ------------------------------------------------------------ what replicas ask

    def now(self) -> datetime:
        """Return the time; a millisecond passes with each look."""
        self._looks += 1
        return self._began + timedelta(milliseconds=int(self.loop.time() * 1000) + self._looks)

    def new_id(self, size: int = 16) -> str:
        """Return the next id."""
        self._ids += 1
        return f"{self._ids:0{2 * size}x}"

    async def turn(self, replica: Replica, what: str) -> None:
        """Wait until the scheduler picks this task."""
        future = self.loop.create_future()
        self._points.append((future, replica, what))
        await future

    def note(self, line: str) -> None:
        """Keep a line of the history."""
        self.history.append(f"{self.steps:5} {line}")

    def replicas_of(self, service: str) -> list[Replica]:
        """Return the replicas of a service that run."""
        return [r for r in self.replicas if r.service == service and r.alive and r.uses is not None]

    # ------------------------------------------------------------ a run

    def run(self) -> list[str]:
        """Run the plan, heal, wait for quiet, and return what is broken: nothing, or the first that was found."""
        with self.running():
            for replica in self.replicas:
                replica.start()
            while self.steps < self.plan.steps and not self.broken:
                self.step()
            if not self.broken:
                self.heal()
            if not self.broken:
                self.model.quiet(self.databases, self.broker, self.now())
            self.end()
        return self.broken

    @property
    def broken(self) -> list[str]:
        """What was found."""
        return self.model.broken or self.loop.errors

    @contextmanager
    def running(self) -> Iterator[None]:
        """Put the seed under everything that draws by itself: new ids, and the jitter of those who lost a race."""
        state = getstate()
        seed(self.plan.seed)
        try:
            with self.loop.running(), patch("secrets.token_hex", self.new_id):
                yield
        finally:
            setstate(state)

    def end(self) -> None:
        """End all processes."""
        for replica in self.replicas:
            if replica.alive:
                replica.crash()

    # ------------------------------------------------------------ the scheduler

    def step(self) -> None:
        """Let something happen: a fault, a person, time, a delivery, or somebody who goes on."""
        self.steps += 1
        draw = self.random.random()
        if self._fault() or (draw < 0.11 and self.people.act()):
            pass
        elif draw < 0.135 or (not (draw < 0.33 and self._deliver()) and not self._go_on() and not self._deliver()):
            self._time()
        self.loop.drain()

    def heal(self) -> None:
        """Stop all faults, start what is down, let everything arrive and every timer act until nothing changes any more."""
        self.note("--- healed")
        self.chances.calm = True
        for replica in self.replicas:
            replica.frozen_until = 0
            if not replica.alive:
                replica.start()
        self.people.retry_all()
        limit = self.steps + MOST_TO_QUIET
        while self.steps < limit and not self.broken:
            before = self.activity
            self._until_idle(limit)
            self.loop.advance(self.loop.time() + QUIET_SECONDS)
            self._until_idle(limit)
            if self.activity == before:
                return
        if not self.broken:
            self.model.fail("I5", f"the services are not quiet after {MOST_TO_QUIET} steps")

    def _until_idle(self, limit: int) -> None:
        self.loop.drain()
        while self.steps < limit and not self.broken and (self._go_on() or self._deliver()):
            self.steps += 1
            self.loop.drain()

    def _go_on(self) -> bool:
        points = self._points
        while points:
            place = int(self.random.random() * len(points))
            if points[place][1].frozen_until > self.steps:
                thawed = [i for i, point in enumerate(points) if point[1].frozen_until <= self.steps]
                if not thawed:
                    return False
                place = thawed[int(self.random.random() * len(thawed))]
            points[place], points[-1] = points[-1], points[place]
            future, replica, what = points.pop()
            if not future.done() and replica.alive:
                self.note(f"{replica.name} {what}")
                future.set_result(None)
                return True
        return False

    def _deliver(self) -> bool:
        places = [
            (replica, place)
            for replica in self.replicas
            if replica.bus is not None and replica.frozen_until <= self.steps
            for place in replica.bus.places
            if place.may_take
        ]
        if not places:
            return False
        replica, place = places[int(self.random.random() * len(places))]
        waiting = len(place.queue.ready)
        overtakes = waiting > 1 and self.chances.happens("overtake", 0.3)
        message = place.take(self.random.randrange(min(waiting, OVERTAKES)) if overtakes else 0)
        if self.chances.happens("duplicate", 0.06):
            again = Message(message.body, message.id, message.type, message.correlation_id)
            place.queue.ready.insert(self.random.randrange(len(place.queue.ready) + 1), again)
            self.counts["duplicates"] += 1
        self.counts["events delivered"] += 1
        self.activity += 1
        self.note(f"{replica.name} takes {message.type} {message.id} from {place.queue.name}")
        replica.spawn(self._handle(replica, place, message))
        return True

    async def _handle(self, replica: Replica, place: Place, message: Message) -> None:
        dead = len(place.queue.dead)
        await replica.point(f"handle {message.type} {message.id}")
        assert replica.bus is not None
        await replica.bus.handle(place, message)
        for letter in place.queue.dead[dead:]:
            self.counts["dead letters"] += 1
            self.model.fail("I5", f"a dead letter in {place.queue.name}: {letter.headers} {letter.body.decode()}")

    def _time(self) -> bool:
        when = self.loop.next_timer
        draw = self.random.random()
        if self.chances.happens("days", 0.06):
            jump = self.random.choice(JUMPS)
            self.note(f"{jump / 86_400:.1f} days pass")
            self.counts["jumps in time"] += 1
            self.loop.advance(self.loop.time() + jump)
        elif draw < 0.3 or when is None:
            self.loop.advance(self.loop.time() + 4 * draw)
        else:
            self.loop.advance(when)
        return True

    def _fault(self) -> bool:
        draw = self.random.random()
        if draw > 0.03:
            return False
        replica = self.replicas[int(self.random.random() * len(self.replicas))]
        if not replica.alive:
            self.note(f"{replica.name} starts again")
            replica.start()
        elif draw < 0.01 and self.chances.happens("crash", 0.5):
            self._crash(replica)
        elif draw < 0.02 and self.chances.happens("disconnect", 0.5):
            self.note(f"{replica.name} loses its connection to the broker")
            self.counts["disconnections"] += 1
            replica.disconnect()
        elif draw > 0.02 and self.chances.happens("freeze", 0.4):
            replica.frozen_until = self.steps + self.random.randrange(10, 120)
            self.note(f"{replica.name} freezes until {replica.frozen_until}")
            self.counts["freezes"] += 1
            replica.disconnect()
        else:
            return False
        return True

    def _crash(self, replica: Replica) -> None:
        self.note(f"{replica.name} crashes")
        self.counts["crashes"] += 1
        replica.crash()
        self._points = [point for point in self._points if point[1] is not replica]
