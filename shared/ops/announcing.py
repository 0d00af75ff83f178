"""Announcing again what histories and journals imply, so that the archive, consumers and outsiders have it (docs/decisions/0019)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing
from typing import Any, Final, Protocol

from shared.clock import Clock, new_id
from shared.contracts.base import EVENTS
from shared.contracts.envelope import Cause, UnreadableEvent, decode
from shared.contracts.refusals import Refusal
from shared.messaging.archive import Archive
from shared.messaging.broker import trouble_is_away
from shared.ops.records import Actions, Records
from shared.storage.implied import Unfaithful
from shared.storage.ports import Command, Document

log = logging.getLogger("sama.announcing")

ANNOUNCEMENTS: Final = "announcements"
AT_ONCE: Final = 200  # events published together; a broker that confirms needs a full window
MOST: Final = 50
AGAIN_SECONDS: Final = 5.0  # a broker that has just lost a node may refuse for some seconds

Implied = Callable[[], AsyncIterator[Sequence[Document] | Unfaithful]]
"""Yields all events that the service ever announced, those of one aggregate together and in order, or why it cannot."""


class AnnouncementRunning(Refusal):
    """One is under way in this process already."""

    code = "announcement_running"


class BusSide(Protocol):
    """What is needed of the bus."""

    archive: Archive

    async def publish(self, events: Sequence[dict[str, Any]]) -> None:
        """Publish confirmed, with the public forms."""

    async def refill_public(self, types: Collection[str]) -> int:
        """Publish the public form of every archived event of these types that ``sama.public`` misses; return how many."""


class Announcing:
    """Publishes what the archive misses of one service's events. Interrupted, it is asked for again: what is there is not repeated."""

    def __init__(
        self,
        service: str,
        bus: Callable[[], BusSide],
        implied: Sequence[Implied],
        actions: Actions,
        records: Records,
        clock: Clock,
    ) -> None:
        self._service = service
        self._bus = bus
        self._implied = implied
        self._actions = actions
        self._records = records
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._filling: asyncio.Task[None] | None = None
        self._asked = False

    async def ask(self, everything: bool, command: Command, cause: Cause) -> Document:
        """Begin; ``everything``: also what the archive has. Raises AnnouncementRunning."""

        async def work(action: str) -> Document:
            if self._task is not None and not self._task.done():
                raise AnnouncementRunning
            await self._note(action, cause.actor, everything)
            self._task = asyncio.create_task(self._run(action, everything))
            return {"id": action}

        answer = await self._actions.do("announce", {"all": everything}, command, cause, work)
        return await self._records.get(ANNOUNCEMENTS, answer["id"]) or {}

    def fill(self) -> None:
        """Begin to publish what the archive misses, and go on until it is done; asked again meanwhile, it looks once more."""
        self._asked = True
        if self._filling is None or self._filling.done():
            self._filling = asyncio.create_task(self._fill())

    async def newest(self) -> Sequence[Document]:
        """Return the newest records."""
        found: Sequence[Document] = await self._records.newest(ANNOUNCEMENTS, {}, MOST)
        return found

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """End what is under way; its record says so."""
        running = [task for task in (self._task, self._filling) if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _fill(self) -> None:
        action: str | None = None  # one record for all attempts: a broker may be away for hours
        while self._asked:
            self._asked = False
            if self._task is not None and not self._task.done():
                await asyncio.wait([self._task])
            try:
                if action is None:
                    action = await self._noted(f"system:{self._service}", everything=False)
                with trouble_is_away("the connection was lost"):
                    await self._run(action, everything=False)
                action = None
            except Exception:
                log.exception("what the archive misses could not be announced; again in %.0f s", AGAIN_SECONDS)
                self._asked = True
                await asyncio.sleep(AGAIN_SECONDS)

    async def _noted(self, actor: str, everything: bool) -> str:
        action = new_id()
        await self._note(action, actor, everything)
        return action

    async def _note(self, action: str, actor: str, everything: bool) -> None:
        record = {"_id": action, "at": self._clock(), "actor": actor, "all": everything, "status": "running"}
        await self._records.add(ANNOUNCEMENTS, {**record, "implied": 0, "published": 0, "public": 0, "trouble": []})

    async def _run(self, id: str, everything: bool) -> None:
        figures: dict[str, Any] = {"implied": 0, "published": 0, "public": 0, "trouble": []}
        try:
            archived = frozenset() if everything else await self.archived()
            batch: list[Document] = []
            for source in self._implied:
                async for events in source():
                    if isinstance(events, Unfaithful):
                        figures["trouble"].append(str(events))
                        continue
                    figures["implied"] += len(events)
                    batch += [event for event in events if event["id"] not in archived]
                    if len(batch) >= AT_ONCE:
                        batch = await self._publish(id, batch, figures)
            await self._publish(id, batch, figures)
            figures["public"] = await self._bus().refill_public(self._types())
        except (Exception, asyncio.CancelledError) as error:
            log.exception("announcing again stopped")
            figures["trouble"].append(str(error) or type(error).__name__)
            await asyncio.shield(self._records.put(ANNOUNCEMENTS, id, {**figures, "status": "stopped"}))
            raise
        await self._records.put(ANNOUNCEMENTS, id, {**figures, "status": "done", "ended_at": self._clock()})
        log.info("announced again: %s", figures)

    async def archived(self) -> frozenset[str]:
        """Return the ids of this service's events that the archive has."""
        async with aclosing(self._bus().archive.read(types=self._types())) as events:
            return frozenset([id async for event in events if (id := _id_of(event.body)) is not None])

    def _types(self) -> frozenset[str]:
        return frozenset(name for name, model in EVENTS.items() if model.announcer == self._service)

    async def _publish(self, id: str, batch: Sequence[Document], figures: dict[str, Any]) -> list[Document]:
        if batch:
            await self._bus().publish(list(batch))
            figures["published"] += len(batch)
            await self._records.put(ANNOUNCEMENTS, id, figures)
        return []


def _id_of(body: bytes) -> str | None:
    """Return the event's id; None: somebody put what is no event into the archive, and that stands for nothing."""
    try:
        return str(decode(body).id)
    except UnreadableEvent:
        return None
