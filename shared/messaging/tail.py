"""The newest part of a stream, read once and kept for many readers of one process; what is older each of them reads by itself.

A reading of its own for every reader would cost a connection each and, at the end of the stream where nearly all of them are, bring the
same events again and again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from shared.messaging.broker import BrokerAway, MessagingSettings, trouble_is_away
from shared.messaging.streams import Archived, Start, reading

log = logging.getLogger("sama.tail")

KEPT: Final = 2_000  # messages: an hour of a busy city, so that a receiver that was restarted is served from here
KEPT_BYTES: Final = 32 * 1024 * 1024  # whichever is reached first
READERS: Final = 8  # of older parts at once; each costs the broker a connection for as long as a page takes
SILENCE_SECONDS: Final = 5.0  # what is there comes in milliseconds
AGAIN_SECONDS: Final = 1.0


class StreamTail:
    """Follows a stream from its last chunk on. ``end``: the offset after the newest message; None until the first one was seen."""

    def __init__(self, settings: MessagingSettings, stream: str, name: str, *, kept: int = KEPT) -> None:
        """kept: how many of the newest messages readers share."""
        self._settings = settings
        self._stream = stream
        self._name = f"{name} follows {stream}"
        self._kept: deque[Archived] = deque()
        self._most = kept
        self._bytes = 0
        self._end: int | None = None
        self._news = asyncio.Event()
        self._readers = asyncio.Semaphore(READERS)
        self._following: asyncio.Task[None] | None = None

    @property
    def end(self) -> int | None:
        """The offset that comes next, as far as was seen here."""
        return self._end

    async def start(self) -> None:
        """Begin to follow; a broker that is away is met again by itself."""
        self._following = asyncio.create_task(self._follow_for_ever(), name=self._name)

    async def stop(self) -> None:
        """Follow no longer."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def read(self, start: int, limit: int) -> Sequence[Archived]:
        """Return the messages from an offset on, at most ``limit``; none if there are none yet. Raises BrokerAway."""
        if self._end is None or start >= self._end:
            return []
        if self._kept and self._kept[0].offset <= start:
            skip = next(place for place, message in enumerate(self._kept) if message.offset >= start)
            return list(islice(self._kept, skip, skip + limit))
        return await self._page(start, self._end, limit)

    async def before(self, time: datetime) -> int:
        """Return the offset before the first message stored at that time (the chunk of it, so a little before). Raises BrokerAway."""
        if self._end is None:
            return -1
        async with self._readers, reading(self._settings, self._name, self._stream, time) as stream:
            first = await stream.next(AGAIN_SECONDS)
        return self._end - 1 if first is None else Archived.of(first).offset - 1

    async def news(self, offset: int, seconds: float) -> None:
        """Return when there is a message after this offset, or when the time is over."""
        try:
            async with asyncio.timeout(seconds):
                while self._end is None or self._end - 1 <= offset:
                    await self._news.wait()
        except TimeoutError:
            return

    async def _page(self, start: int, end: int, limit: int) -> Sequence[Archived]:
        found: list[Archived] = []
        async with self._readers, reading(self._settings, self._name, self._stream, start) as stream:
            while len(found) < limit and (message := await stream.next(SILENCE_SECONDS)) is not None:
                archived = Archived.of(message)
                if archived.offset >= start:  # a chunk may begin before
                    found.append(archived)
                if archived.offset >= end - 1:
                    break
        return found

    async def _follow_for_ever(self) -> None:
        while True:
            try:
                with trouble_is_away("the connection was lost"):
                    await self._follow()
            except BrokerAway as away:
                log.info("%s: %s", self._name, away)
            except Exception:
                log.exception("%s stopped; it begins again", self._name)
            self._forget()  # what comes after a reconnection is another stream for all that is known here
            await asyncio.sleep(AGAIN_SECONDS)

    async def _follow(self) -> None:
        start: Start = "last"
        async with reading(self._settings, self._name, self._stream, start) as stream:
            while (message := await stream.next(None)) is not None:
                self._take(Archived.of(message))

    def _take(self, message: Archived) -> None:
        self._kept.append(message)
        self._bytes += len(message.body)
        while len(self._kept) > self._most or (self._bytes > KEPT_BYTES and len(self._kept) > 1):
            self._bytes -= len(self._kept.popleft().body)
        self._end = message.offset + 1
        self._news.set()
        self._news.clear()  # whoever waits was woken

    def _forget(self) -> None:
        self._kept.clear()
        self._bytes = 0
        self._end = None
