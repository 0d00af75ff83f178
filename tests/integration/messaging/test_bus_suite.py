"""One suite for the bus, run against the fake that the simulation trusts and against a real broker (messaging rule 8)."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from shared.contracts.envelope import Envelope, decode
from shared.contracts.refusals import NotFound
from shared.contracts.registry import OrganizationReinstated, OrganizationSuspended
from shared.messaging.subscriptions import Subscriptions
from shared.storage.ports import Unavailable
from tests.fakes.broker import BrokerBus, MemoryBroker
from tests.integration.messaging.support import Seen, Server, listening, reinstated, suspended, until

BACK_OFF = (0.01, 0.01)


QUEUE = "review.registry"
EVENTS = {"1", "2", "3", "4", "5", "6"}


class Place(ABC):
    """A broker, and how to do to it what a test wants."""

    @abstractmethod
    async def start(self, subscriptions: Subscriptions) -> Any:
        """Start a replica's bus."""

    @abstractmethod
    async def crash(self, bus: Any) -> None:
        """End a replica without its saying so: what it had not acknowledged goes to others."""

    @abstractmethod
    async def archived(self) -> list[str]:
        """Return the ids of the events in the archive, in order."""

    @abstractmethod
    async def dead(self, queue: str) -> str:
        """Wait for a dead letter of the queue and return the type of its error."""


class Memory(Place):
    """The fake."""

    def __init__(self) -> None:
        self._broker = MemoryBroker()
        self._buses: list[BrokerBus] = []

    async def start(self, subscriptions: Subscriptions) -> BrokerBus:
        bus = BrokerBus(self._broker, subscriptions, back_off=BACK_OFF)
        await bus.start()
        self._buses.append(bus)
        return bus

    async def crash(self, bus: BrokerBus) -> None:
        self._buses.remove(bus)
        await bus.kill()

    async def archived(self) -> list[str]:
        return [event["id"] for event in self._broker.archive]

    async def dead(self, queue: str) -> str:
        letters = await until(lambda: self._broker.queues[queue].dead)
        return str(letters[0].headers["x-sama-error-type"])

    async def close(self) -> None:
        for bus in self._buses:
            await bus.kill()


class Rabbit(Place):
    """The real one."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def start(self, subscriptions: Subscriptions) -> Any:
        return await self._server.start(subscriptions, back_off=BACK_OFF, check_seconds=3600)

    async def crash(self, bus: Any) -> None:
        # Its connection goes for good; a handler that runs never gets to acknowledge.
        await bus.guard.stop()
        await bus._consumer._broker._connection.close()

    async def archived(self) -> list[str]:
        bus = await self._server.announcer()
        return [decode(archived.body).id async for archived in bus.archive.read()]

    async def dead(self, queue: str) -> str:
        return str((await self._server.take(f"{queue}.dead")).headers["x-sama-error-type"])


@pytest_asyncio.fixture(params=["memory", pytest.param("rabbit", marks=pytest.mark.servers)])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    if request.param == "rabbit":
        server = Server(*request.getfixturevalue("broker_urls"), vhost=f"messaging-{uuid4().hex[:12]}")
        await server.create()
        try:
            yield Rabbit(server)
        finally:
            await server.remove()
        return
    memory = Memory()
    yield memory
    await memory.close()


async def both(place: Place, first: Seen, second: Seen, **options: Any) -> tuple[Any, Any]:
    """Start two replicas of review."""
    one = await place.start(listening("review", {OrganizationSuspended: first}, **options))
    return one, await place.start(listening("review", {OrganizationSuspended: second}, **options))


async def test_each_edge_gets_its_event_and_no_other(place: Place) -> None:
    review, back, budget = Seen(), Seen(), Seen()
    await place.start(listening("review", {OrganizationSuspended: review, OrganizationReinstated: back}))
    await place.start(listening("budget", {OrganizationSuspended: budget}))
    announcer = await place.start(Subscriptions("registry"))
    await announcer.publish([suspended(1), reinstated(2)])
    await until(lambda: review.events and back.events and budget.events)
    assert (review.subjects, back.subjects, budget.subjects) == (["1"], ["2"], ["1"])


async def test_replicas_that_compete_share_and_take_no_more_than_their_prefetch(place: Place) -> None:
    go = asyncio.Event()

    async def hold(_event: Envelope) -> None:
        await go.wait()

    one, two = Seen(hold), Seen(hold)
    await both(place, one, two, prefetch=2)
    announcer = await place.start(Subscriptions("registry"))
    await announcer.publish([suspended(number) for number in range(1, 7)])
    await until(lambda: one.begun + two.begun == 4)
    assert (one.begun, two.begun) == (2, 2)
    go.set()
    await until(lambda: len(one.events) + len(two.events) == 6)
    assert set(one.subjects) | set(two.subjects) == EVENTS


async def test_what_a_crashed_replica_had_not_acknowledged_goes_to_another(place: Place) -> None:
    async def never(_event: Envelope) -> None:
        await asyncio.Event().wait()

    one, two = Seen(never), Seen()
    crashing = await place.start(listening("review", {OrganizationSuspended: one}, prefetch=3))
    announcer = await place.start(Subscriptions("registry"))
    await announcer.publish([suspended(number) for number in range(1, 7)])
    await until(lambda: one.begun == 3)
    await place.start(listening("review", {OrganizationSuspended: two}))
    await place.crash(crashing)
    await until(lambda: set(two.subjects) == EVENTS)


async def test_what_is_acknowledged_is_not_delivered_again(place: Place) -> None:
    one, two = Seen(), Seen()
    stopping = await place.start(listening("review", {OrganizationSuspended: one}))
    announcer = await place.start(Subscriptions("registry"))
    await announcer.publish([suspended(1)])
    await until(lambda: one.events)
    await stopping.stop()
    await place.start(listening("review", {OrganizationSuspended: two}))
    await announcer.publish([suspended(2)])
    await until(lambda: two.events)
    assert two.subjects == ["2"]


async def test_an_event_published_twice_is_delivered_twice_and_the_archive_has_it(place: Place) -> None:
    seen = Seen()
    await place.start(listening("review", {OrganizationSuspended: seen}))
    announcer = await place.start(Subscriptions("registry"))
    event, other = suspended(1), reinstated(2)
    await announcer.publish([event])
    await announcer.publish([event, other])  # nobody listens to the other
    await until(lambda: seen.subjects == ["1", "1"])
    assert await place.archived() == [event["id"], event["id"], other["id"]]


async def test_a_transient_error_gives_the_message_back_and_any_other_puts_it_aside(place: Place) -> None:
    tried = 0

    async def fail(event: Envelope) -> None:
        nonlocal tried
        if event.subject == "organization/o1":
            raise NotFound(id="o1")
        if event.subject == "organization/o2":
            tried += 1
            if tried <= len(BACK_OFF) + 2:  # once more than one delivery tries
                raise Unavailable("for a while")

    seen = Seen(fail)
    await place.start(listening("review", {OrganizationSuspended: seen}))
    announcer = await place.start(Subscriptions("registry"))
    await announcer.publish([suspended(1), suspended(2), suspended(3)])
    assert await place.dead(QUEUE) == "NotFound"
    await until(lambda: seen.subjects == ["2", "3"])


async def test_of_single_active_consumers_the_second_takes_over_when_the_first_crashes(place: Place) -> None:
    one, two = Seen(), Seen()
    first, _ = await both(place, one, two, single_active=True)
    announcer = await place.start(Subscriptions("registry"))
    await announcer.publish([suspended(1), suspended(2)])
    await until(lambda: one.subjects == ["1", "2"])
    assert two.begun == 0
    await place.crash(first)
    await announcer.publish([suspended(3)])
    await until(lambda: two.subjects == ["3"])
