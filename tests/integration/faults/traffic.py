"""Meddling with what is on its way: repeating what the archive holds, taking a queue's messages out and putting them back."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aio_pika
import orjson
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.contracts.envelope import CONTENT_TYPE
from shared.messaging.archive import Archive, Archived
from shared.messaging.broker import MessagingSettings
from shared.messaging.management import Management
from shared.messaging.publisher import Publisher
from shared.messaging.topology import ARCHIVE, PUBLIC, dead_of
from tests.integration.faults.city import City
from tests.waiting import until

QUIET_BROKER_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of a queue as it was."""

    type: str
    body: bytes

    @property
    def subject(self) -> str:
        """What it is about."""
        return str(orjson.loads(self.body)["subject"])


class Traffic:
    """A connection past the services' proxy. ``async with Traffic.of(city) as traffic``."""

    def __init__(
        self, settings: MessagingSettings, publisher: Publisher, management: Management, channel: AbstractChannel
    ) -> None:
        self.settings = settings
        self.management = management
        self._publisher = publisher
        self._channel = channel

    @classmethod
    @asynccontextmanager
    async def of(cls, city: City) -> AsyncIterator["Traffic"]:
        """Connect for as long as the context lasts."""
        url = f"{city.servers.rabbit.url.rstrip('/')}/{city.prefix}"
        settings = MessagingSettings(url, city.servers.rabbit.management_url)
        publisher, management = Publisher(settings, "traffic"), Management(settings)
        connection = await aio_pika.connect(url)
        try:
            await publisher.start()
            yield cls(settings, publisher, management, await connection.channel())
        finally:
            await connection.close()
            await publisher.stop()
            await management.close()

    async def archived(self) -> list[Archived]:
        """Return everything that was ever announced, in the archive's order."""
        return [event async for event in Archive(self.settings, self._publisher, "traffic").read()]

    def announced(self) -> AsyncGenerator[Archived, None]:
        """Yield what is announced from now on."""
        return Archive(self.settings, self._publisher, "traffic").read("next", live=True)

    async def routes(self) -> Mapping[str, Sequence[str]]:
        """Return which queues take each event type."""
        found: dict[str, list[str]] = {}
        for binding in await self.management.bindings():
            if binding.source and binding.destination not in (ARCHIVE, PUBLIC):
                found.setdefault(binding.key, []).append(binding.destination)
        return found

    async def send(self, queue: str, letters: Iterable[Letter | Archived]) -> int:
        """Put messages into a queue in this order, past the exchanges; return how many."""
        given = list(letters)
        for letter in given:  # one after another: the order in the queue is part of the fault
            id = orjson.loads(letter.body)["id"]
            await self._publisher.put(queue, letter.body, content_type=CONTENT_TYPE, message_id=id, type=letter.type)
        return len(given)

    async def take_out(self, queue: str) -> list[Letter]:
        """Take all messages of a queue that nobody else consumes."""
        number = await self.waiting(queue)
        source = await self._channel.get_queue(queue)
        messages: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        tag = await source.consume(messages.put)  # not get: a queue with a single active consumer refuses it
        async with asyncio.timeout(QUIET_BROKER_SECONDS):
            found = [await messages.get() for _ in range(number)]
        await source.cancel(tag)
        for message in found:
            await message.ack()
        return [Letter(message.type or "", message.body) for message in found]

    async def waiting(self, queue: str) -> int:
        """Return how many messages wait in a queue."""
        found = await self._channel.declare_queue(queue, passive=True)
        return found.declaration_result.message_count or 0

    async def dead(self, queue: str) -> list[AbstractIncomingMessage]:
        """Take all dead letters of a queue."""
        source = await self._channel.get_queue(dead_of(queue))
        found = []
        while (message := await source.get(fail=False)) is not None:
            await message.ack()
            found.append(message)
        return found

    async def repeat(self, events: Sequence[Archived], rng: random.Random, *, most: int, shuffled: bool) -> int:
        """Deliver every event once more to ``most`` times more to every queue that takes its type; return how many deliveries.

        The copies lie next to each other, so that two replicas work on them at the same moment; ``shuffled``: anywhere.
        """
        routes = await self.routes()
        by_queue: dict[str, list[Archived]] = {}
        for event in events:
            for queue in routes.get(event.type, ()):
                by_queue.setdefault(queue, []).extend([event] * rng.randint(1, most))
        if shuffled:
            for letters in by_queue.values():
                rng.shuffle(letters)
        return sum(await asyncio.gather(*(self.send(queue, letters) for queue, letters in sorted(by_queue.items()))))


async def stop(city: City, service: str) -> None:
    """Stop a service as an operator does; it stays stopped."""
    watched = city.process(service).watched
    watched.held = True
    await watched.child.stop()


async def start(city: City, service: str) -> None:
    """Start it again and wait until it is ready."""
    process = city.process(service)
    process.watched.start()
    await process.ready()
    process.watched.held = False


async def consumed(traffic: Traffic, queue: str) -> None:
    """Wait until nothing waits in a queue."""

    async def empty() -> bool:
        return await traffic.waiting(queue) == 0

    await until(empty, seconds=QUIET_BROKER_SECONDS, what=f"{queue} empty")
