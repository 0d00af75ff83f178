"""What the broker holds, for ``sama verify``: the archive, the stream for outsiders and the numbers of dead letters. Nothing is taken away;
the reader of the archive puts one mark, which is no event, at the stream's end to know where it is."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

from ops.verify.archive import Archived
from ops.verify.findings import Finding
from ops.verify.public import Shown
from shared.messaging.archive import Archive, Start
from shared.messaging.broker import BrokerAway, MessagingSettings
from shared.messaging.deadletters import DeadLetters
from shared.messaging.management import ManagementAway
from shared.messaging.public import PublicStream
from shared.messaging.publisher import Publisher

AWAY = (BrokerAway, ManagementAway)
NAME = "sama verify"


def read_archive(settings: MessagingSettings, archived: Archived) -> None:
    """Take in what the archive has beyond what was read. Raises BrokerAway."""
    asyncio.run(_read_archive(settings, archived))


async def _read_archive(settings: MessagingSettings, archived: Archived) -> None:
    publisher = Publisher(settings, NAME)
    try:
        await publisher.start()
        start: Start = archived.last if archived.last >= 0 else "first"
        async with aclosing(Archive(settings, publisher, NAME).read(start)) as messages:
            async for message in messages:
                archived.take(message.offset, message.body)
    finally:
        await publisher.stop()


def read_public(settings: MessagingSettings, shown: Shown) -> None:
    """Take in what the stream for outsiders has beyond what was read. Raises BrokerAway."""

    async def take() -> None:
        start: Start = shown.last if shown.last >= 0 else "first"
        async with aclosing(PublicStream(settings, NAME).read(start)) as messages:
            async for message in messages:
                shown.take(message.offset, message.body)

    asyncio.run(take())


def count_dead_letters(settings: MessagingSettings) -> dict[str, int]:
    """Return how many messages each queue has put aside. Raises BrokerAway or ManagementAway."""

    async def count() -> dict[str, int]:
        async with DeadLetters.open(settings) as letters:
            return await letters.count()

    return asyncio.run(count())


def check_dead_letters(counts: dict[str, int]) -> Iterator[Finding]:
    """Yield queues with messages put aside: an event whose effect is missing until somebody looks at it breaks I5."""
    for queue, number in sorted(counts.items()):
        if number:
            yield Finding(
                "dead letter",
                f"{queue}.dead",
                f"{number} put aside; its effect is missing until it is retried or discarded",
            )
