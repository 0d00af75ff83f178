"""Replays of the archive that operators ask for: written down on the broker, done by any replica, followed by their record."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final

from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.refusals import Refusal
from shared.messaging.guard import Done, Replay, Run
from shared.ops.records import Actions, Records
from shared.storage.mongo import MongoCopies
from shared.storage.ports import Command, Document
from shared.storage.rebuilding import rebuilding, settle

REPLAYS: Final = "replays_done"
MOST: Final = 50

From = datetime | int | None
"""A time, an offset, or None: the beginning."""


class NothingToReplay(Refusal):
    """The service takes nobody's events."""

    code = "nothing_to_replay"


class CopiesNeedTheBeginning(Refusal):
    """Copies can only be rebuilt from all events."""

    code = "copies_need_the_beginning"
    kind = "unprocessable"


class Replays:
    """Asks for replays, and does what belongs around one (``around`` is called by the guard that took it)."""

    def __init__(
        self,
        ask: Callable[[Replay], Awaitable[None]],
        copies: Callable[[], Sequence[MongoCopies]],
        actions: Actions,
        records: Records,
        clock: Clock,
        *,
        consumes: bool,
    ) -> None:
        self._ask = ask
        self._copies = copies
        self._actions = actions
        self._records = records
        self._clock = clock
        self._consumes = consumes

    async def ask(self, start: From, rebuild: bool, command: Command, cause: Cause) -> Document:
        """Write a replay down. Raises NothingToReplay, CopiesNeedTheBeginning, BrokerAway."""
        if not self._consumes:
            raise NothingToReplay
        if rebuild and start is not None:
            raise CopiesNeedTheBeginning

        async def work(action: str) -> Document:
            record = {
                "_id": action,
                "at": self._clock(),
                "actor": cause.actor,
                "from": "beginning" if start is None else start.isoformat() if isinstance(start, datetime) else start,
                "rebuild_copies": rebuild,
                "status": "waiting",
                "handled": 0,
            }
            await self._records.add(REPLAYS, record)
            since = start if isinstance(start, datetime) else None
            offset = start if isinstance(start, int) else None
            await self._ask(Replay(types=[], id=action, since=since, offset=offset, rebuild=rebuild))
            return {"id": action}

        answer = await self._actions.do("replay", {"from": str(start), "rebuild": rebuild}, command, cause, work)
        return await self.get(answer["id"])

    async def get(self, id: str) -> Document:
        """Return the record of a replay."""
        return await self._records.get(REPLAYS, id) or {"_id": id, "status": "unknown"}

    async def newest(self) -> Sequence[Document]:
        """Return the newest records."""
        found: Sequence[Document] = await self._records.newest(REPLAYS, {}, MOST)
        return found

    async def around(self, replay: Replay, run: Run) -> Done:
        """Do a replay and keep its record up to date. Interrupted, it is done again from its start: handlers are idempotent."""
        id = replay.id or ""

        async def progress(done: Done) -> None:
            await self._set(id, status="running", handled=done.handled, offset=done.last)

        await self._set(id, status="running", handled=0, started_at=self._clock())
        replaced: list[Any] = []
        if replay.rebuild:
            done, replaced = await self._rebuild(run, progress)
        else:
            done = await run(replay.start, progress)
        await self._set(
            id, status="done", handled=done.handled, offset=done.last, replaced=replaced, ended_at=self._clock()
        )
        return done

    async def _rebuild(self, run: Run, progress: Callable[[Done], Awaitable[None]]) -> tuple[Done, list[Any]]:
        copies = self._copies()
        async with rebuilding(copies):
            done = await run("first", progress)
            last = done.last

            async def catch_up() -> None:
                nonlocal last
                last = max(last, (await run(last + 1, None)).last)

            replaced = await settle(copies, catch_up)
        if replaced:  # what follows from the right copies: handlers look at them again
            await run("first", progress)
        return done, replaced

    async def _set(self, id: str, **fields: Any) -> None:
        await self._records.put(REPLAYS, id, fields)
