"""``sama.public``, the stream for outsiders: reading it, and filling it again from the archive when it lost something.

What has to be filled again is first written down as a message in ``sama.public.replays``, before the repair hides the loss; any replica
of any service takes it (docs/decisions/0014, 0028). The archive is the source, and outsiders drop what they have seen, so filling may
repeat what is there; it only tries not to.
"""

import logging
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from pydantic import AwareDatetime, BaseModel

from shared.contracts.public.forms import public_form
from shared.messaging.archive import Archive
from shared.messaging.broker import MessagingSettings, trouble_is_away
from shared.messaging.publisher import Publisher
from shared.messaging.streams import Archived, Start, offset_of, reading
from shared.messaging.topology import PUBLIC, PUBLIC_REPLAYS, Topology, declare

log = logging.getLogger("sama.public")

NAME: Final = "filling"  # of what nobody owns: made if it is missing and one may
QUIET_SECONDS: Final = 2.0  # a stream that is there sends its next chunk in milliseconds
AT_ONCE: Final = 200  # forms published together; a broker that confirms needs a full window
BEFORE: Final = timedelta(seconds=60)  # an event and its form are stored in any order, close to one another


class PublicStream:
    """A reader with connections of its own per reading."""

    def __init__(self, settings: MessagingSettings, name: str) -> None:
        self._settings = settings
        self._name = f"{name} reads the public stream"

    async def read(self, start: Start = "first", *, live: bool = False) -> AsyncGenerator[Archived, None]:
        """Yield public events in the order of the stream; without ``live`` end at what was there when reading began.

        No mark is put into the stream, which outsiders read: a second reader sees where the stream goes on meanwhile, and where it does
        not, silence is the end. Close the iterator (contextlib.aclosing) when leaving early. Raises BrokerAway.
        """
        async with (
            reading(self._settings, self._name, PUBLIC, "next") as later,
            reading(self._settings, self._name, PUBLIC, start) as stream,
        ):
            end: int | None = None
            while (message := await stream.next(None if live else QUIET_SECONDS)) is not None:
                yield Archived.of(message)
                if not live and end is None and (beyond := await later.next(0)) is not None:
                    end = offset_of(beyond)
                if end is not None and offset_of(message) >= end:
                    return


class Refilled(BaseModel):
    """A filling to be done: what the archive has since then; None: from the beginning."""

    since: AwareDatetime | None = None


class Refill:
    """Puts what the archive has and ``sama.public`` misses into it."""

    def __init__(self, publisher: Publisher, archive: Archive, stream: PublicStream) -> None:
        self._publisher = publisher
        self._archive = archive
        self._stream = stream

    async def write_down(self, since: datetime | None) -> None:
        """Write one down, to be done soon by whichever replica takes it. Raises BrokerAway."""
        await declare(self._publisher.connection, Topology.of_public(NAME))
        body = Refilled(since=since).model_dump_json().encode()
        await self._publisher.put(PUBLIC_REPLAYS, body, content_type="application/json")

    async def do(self) -> int:
        """Do all that is written down and that no other replica is doing, at once; return how many were published. Raises BrokerAway."""
        with trouble_is_away(f"filling {PUBLIC} stopped; it is written down and will be done again"):
            async with self._publisher.connection.channel() as channel:
                messages = await _taken(channel)
                if not messages:
                    return 0
                asked = [Refilled.model_validate_json(message.body).since for message in messages]
                times = [since for since in asked if since is not None]
                published = await self.fill(min(times) if len(times) == len(asked) else None)
                for message in messages:
                    await message.ack()
                return published

    async def fill(self, since: datetime | None = None, types: Collection[str] | None = None) -> int:
        """Publish the public form of every archived event since then (of these internal types) that the stream misses; return how many."""
        # Whoever wrote it down may have crashed before the repair.
        await declare(self._publisher.connection, Topology.of_public(NAME))
        there = await self._ids(since)
        published, batch = 0, dict[str, dict[str, Any]]()
        async with aclosing(self._archive.read("first" if since is None else since, types=types)) as events:
            async for event in events:
                form = _form_of(event)
                if form is None or form["id"] in there:
                    continue
                there.add(form["id"])
                batch[form["id"]] = form
                if len(batch) == AT_ONCE:
                    await self._publisher.publish_public(list(batch.values()))
                    published, batch = published + len(batch), {}
        await self._publisher.publish_public(list(batch.values()))
        published += len(batch)
        log.info("%s got %d events that it missed", PUBLIC, published)
        return published

    async def _ids(self, since: datetime | None) -> set[str]:
        start: Start = "first" if since is None else since - BEFORE
        async with aclosing(self._stream.read(start)) as events:
            return {id async for event in events if (id := _id_of(event)) is not None}


async def _taken(channel: AbstractChannel) -> list[AbstractIncomingMessage]:
    queue = await channel.declare_queue(PUBLIC_REPLAYS, passive=True)
    messages = []
    while (message := await queue.get(fail=False)) is not None:
        messages.append(message)
    return messages


def _form_of(event: Archived) -> dict[str, Any] | None:
    """Return the public form; None also for what is no event of ours, which the archive may hold and nobody has to see."""
    try:
        return public_form(orjson.loads(event.body))
    except (ValueError, KeyError, TypeError) as error:
        log.warning("offset %d of the archive has no public form: %s", event.offset, type(error).__name__)
        return None


def _id_of(event: Archived) -> str | None:
    try:
        return str(orjson.loads(event.body)["id"])
    except (ValueError, KeyError, TypeError):
        return None
