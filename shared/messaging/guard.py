"""The guard against lost queues and bindings (messaging rule 1, F9).

The archive makes every event routable, so a publisher cannot notice that a consumer's binding is gone. Each service therefore
compares what is on the broker with what it needs. What is missing is made again and what was missed is replayed from the archive
through the same handlers, which are idempotent. The stream for outsiders is filled again likewise (shared/messaging/public.py).

A replay to be done is first written down as a message in ``<consumer>.replays``, before the repair hides the loss; any replica takes
it and acknowledges it when it is through, so a crash in between loses nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aio_pika.abc import AbstractIncomingMessage, AbstractRobustQueue
from pydantic import AwareDatetime, BaseModel

from shared import telemetry
from shared.clock import Clock
from shared.messaging.archive import Archive, Archived, Start
from shared.messaging.broker import BrokerAway, trouble_is_away
from shared.messaging.consumer import Consumer
from shared.messaging.leaders import Leaders
from shared.messaging.loads import Loads
from shared.messaging.management import Depth, Management, ManagementAway
from shared.messaging.public import Refill
from shared.messaging.publisher import Publisher
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import (
    ANNOUNCED,
    ARCHIVE,
    POLICIES,
    PUBLIC,
    Missing,
    NotOurs,
    Topology,
    dead_of,
    declare,
    existing,
    replays_of,
)

log = logging.getLogger("sama.guard")

MARGIN: Final = timedelta(seconds=60)  # clocks of hosts differ; a repeated event costs one look-up
CANCEL_AGAIN_SECONDS: Final = 2.0  # a cancellation that was not lost is through long before
AT_ONCE: Final = 64  # events of a replay in work together


class Replay(BaseModel):
    """A replay to be done: these types, since then; None: from the beginning.

    id: of one that an operator asked for; offset: begin there instead; rebuild: renew the copies, too.
    """

    types: list[str]
    since: AwareDatetime | None = None
    id: str | None = None
    offset: int | None = None
    rebuild: bool = False

    @property
    def start(self) -> Start:
        """Where in the archive it begins."""
        return self.offset if self.offset is not None else self.since or "first"


@dataclass(frozen=True, slots=True)
class Done:
    """How many events were handled, and the offset of the last one that was read (−1: none)."""

    handled: int = 0
    last: int = -1


Progress = Callable[[Done], Awaitable[None]]
Run = Callable[[Start, Progress | None], Awaitable[Done]]
"""Replays from there to what is the archive's end by now."""

Around = Callable[[Replay, Run], Awaitable[Done]]
"""Does a replay that an operator asked for: calls the run, and what belongs around it."""


class Guard:
    """Declares the topology at start, then keeps it. ``checked`` turns True with the first good comparison."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        publisher: Publisher,
        management: Management,
        archive: Archive,
        consumer: Consumer,
        refill: Refill,
        *,
        clock: Clock,
        check_seconds: float,
    ) -> None:
        self._subscriptions = subscriptions
        self._topology = Topology.of(subscriptions)
        self._loads = Loads(subscriptions)
        self._leaders = Leaders()
        self._publisher = publisher
        self._management = management
        self._archive = archive
        self._consumer = consumer
        self._refill = refill
        self._clock = clock
        self._check_seconds = check_seconds
        self._replays = replays_of(subscriptions.consumer)
        self._last_good: datetime | None = None
        self._blind = False
        self._policies_set = False
        self.trouble = ""
        """What is missing that this service may not make; empty: nothing."""
        self.around: Around | None = None
        self.fill: Callable[[], None] | None = None
        """Begins to announce what the streams miss."""
        self._stopping = asyncio.Event()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def checked(self) -> bool:
        """Whether the topology has once been compared with the broker's and found or made whole."""
        return self._last_good is not None and self._policies_set

    async def prepare(self) -> None:
        """Declare everything, idempotently, before consuming. Raises BrokerAway.

        A queue or binding that is new while the archive exists means a new consumer or a new subscription: it gets the past.
        """
        began = self._clock()
        try:
            found = await self._management.bindings()
        except ManagementAway as error:
            log.warning("the topology is declared unseen: %s", error)
            missing = await self._missing_queues()
        else:
            missing = self._topology.missing(found)
            self._last_good = began
        if missing and ARCHIVE not in missing.queues:
            await self._write_down(missing, since=None)
        await self._declare()
        await self._set_policies()

    def start(self) -> None:
        """Compare every ``check_seconds`` from now on."""
        self._stopping.clear()
        self._publisher.connection.reconnect_callbacks.add(self._connected_again)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End the comparing; a replay under way is given back."""
        self._stopping.set()
        self._woken.set()
        while self._task is not None and not self._task.done():
            self._task.cancel()  # more than once: aio-pika loses a cancellation that meets the closing of a channel
            await asyncio.wait([self._task], timeout=CANCEL_AGAIN_SECONDS)
        self._task = None

    async def ask(self, replay: Replay) -> None:
        """Write a replay of all types down, to be done soon by whichever replica takes it. Raises BrokerAway."""
        replay = replay.model_copy(update={"types": sorted(self._all_types())})
        await self._put_down(replay)
        self._woken.set()

    async def check(self) -> Missing:
        """Compare once, repair, and do the replays that are written down. Returns what was missing. Raises BrokerAway."""
        began = self._clock()
        try:
            found = await self._management.bindings()
        except ManagementAway as error:
            log.warning("the topology is declared again unseen: %s", error)
            self._blind = True
            await self._declare()
            return Missing()
        missing = self._topology.missing(found)
        if missing:
            await self._repair(missing)
        elif self._blind:  # what was missing meanwhile is whole again, but was perhaps not for a while
            await self._write_down_types(self._all_types(), self._since())
            await self._refill.write_down(self._since())
        self._blind = False
        self.trouble = ""
        await self._set_policies()
        self._last_good = began
        await self._look_at_depths()
        await self.do_replays()
        await self._refill.do()
        return missing

    async def do_replays(self) -> int:
        """Do the replays that are written down and that no other replica is doing; return how many events were handled.

        During a rolling upgrade a replay may name types that this replica does not know; those are left to one that does (F16).
        """
        if not self._subscriptions.edges:
            return 0
        handled = 0
        with trouble_is_away("a replay stopped; it is written down and will be done again"):
            async with self._publisher.connection.channel() as channel:
                queue = await channel.declare_queue(self._replays, passive=True, robust=False)
                while (message := await self._take(queue)) is not None:
                    replay = Replay.model_validate_json(message.body)
                    known = [name for name in replay.types if self._subscriptions.edge_of(name) is not None]
                    if not known:  # a newer replica's, which takes it when the end of this channel gives it back
                        continue
                    await self._declare()  # whoever wrote it down may have crashed before the repair
                    handled += await self._replay(replay.model_copy(update={"types": known}))
                    if rest := sorted(set(replay.types) - set(known)):
                        await self._write_down_types(rest, replay.since)
                    await message.ack()
        return handled

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with trouble_is_away("the connection was lost"):
                    await self.check()
            except NotOurs as error:
                self.trouble = str(error)
                log.error("the topology is not whole: %s", error, extra={"alarm": "topology_not_ours"})
            except BrokerAway as error:
                log.warning("the topology could not be checked: %s", error)
            except Exception:
                log.exception("the topology could not be checked")
            with suppress(TimeoutError):
                async with asyncio.timeout(self._check_seconds):
                    await self._woken.wait()
                self._woken.clear()

    def _connected_again(self, *_: object) -> None:
        """A broker that stops may confirm what its streams do not store any more: it takes them for deleted (queues lose nothing)."""
        log.info("connected to the broker again: what the streams miss is announced again")
        self._fill_streams()

    def _fill_streams(self) -> None:
        if self.fill is not None and not self._stopping.is_set():
            self.fill()

    async def _look_at_depths(self) -> None:
        """Take the figures of this service's queues with the same round. Figures that do not come stay as they were."""
        try:
            depths = await self._management.depths()
        except ManagementAway as error:
            log.debug("no figures of the queues: %s", error)
            return
        self._loads.look(depths)
        if moved := self._leaders.moved(depths):
            log.warning("%s led by another node: what it misses is announced again", ", ".join(moved))
            self._fill_streams()
        nothing = Depth(0, 0, 0)
        for edge in self._subscriptions.edges:
            depth = depths.get(edge.queue, nothing)
            telemetry.QUEUE_READY.labels(edge.queue).set(depth.ready)
            telemetry.QUEUE_UNACKED.labels(edge.queue).set(depth.unacked)
            telemetry.QUEUE_CONSUMERS.labels(edge.queue).set(depth.consumers)
            dead = depths.get(dead_of(edge.queue), nothing)
            telemetry.DEAD_LETTERS_WAITING.labels(edge.queue).set(dead.ready + dead.unacked)

    async def _repair(self, missing: Missing) -> None:
        consumer = self._subscriptions.consumer
        telemetry.TOPOLOGY_REPAIRS.labels(consumer).inc()
        log.error(
            "missing on the broker, made again: %s", missing, extra={"alarm": "topology_repaired", "consumer": consumer}
        )
        await self._write_down(missing, self._since())
        await self._declare()

    async def _write_down(self, missing: Missing, since: datetime | None) -> None:
        """Write the replay down. A lost queue may have held old messages, so its types are replayed from the beginning."""
        if PUBLIC in missing.queues:
            await self._refill.write_down(None)
        elif any(binding.destination == PUBLIC for binding in missing.bindings):
            await self._refill.write_down(since)
        if not self._subscriptions.edges:
            return
        lost = {t for edge in self._subscriptions.edges if edge.queue in missing.queues for t in edge.handlers}
        unbound = {b.key for b in missing.bindings if b.source in ANNOUNCED and b.destination != ARCHIVE} - lost
        await declare(self._publisher.connection, self._topology.only(self._replays))
        await self._write_down_types(lost, None)
        await self._write_down_types(unbound, since)

    async def _write_down_types(self, types: Collection[str], since: datetime | None) -> None:
        if types:
            await self._put_down(Replay(types=sorted(types), since=since))

    async def _put_down(self, replay: Replay) -> None:
        await self._publisher.put(self._replays, replay.model_dump_json().encode(), content_type="application/json")

    async def _take(self, queue: AbstractRobustQueue) -> AbstractIncomingMessage | None:
        return await queue.get(fail=False)

    async def _replay(self, replay: Replay) -> int:
        types = frozenset(replay.types)
        log.info("replaying %d types from %s", len(types), replay.start)

        async def run(start: Start, progress: Progress | None) -> Done:
            return await self._run_through(start, types, progress)

        if replay.id is None or self.around is None:
            done = await run(replay.start, None)
        else:
            done = await self.around(replay, run)
        log.info("replayed %d events", done.handled)
        return done.handled

    async def _run_through(self, start: Start, types: Collection[str], progress: Progress | None) -> Done:
        done = Done()
        async with aclosing(self._archive.read(start, types=types)) as events:
            batch: list[Archived] = []
            async for event in events:
                batch.append(event)
                if len(batch) == AT_ONCE:
                    done = Done(done.handled + await self._handle(batch), batch[-1].offset)
                    batch = []
                    if progress is not None:
                        await progress(done)
            if batch:
                done = Done(done.handled + await self._handle(batch), batch[-1].offset)
        return done

    async def _handle(self, batch: Collection[Archived]) -> int:
        handled = sum(await asyncio.gather(*(self._consumer.replay(event.type, event.body) for event in batch)))
        telemetry.REPLAYED.labels(self._subscriptions.consumer).inc(handled)
        return handled

    async def _declare(self) -> None:
        await declare(self._publisher.connection, self._topology)

    async def _set_policies(self) -> None:
        if self._policies_set:
            return
        try:
            for policy in POLICIES:
                await self._management.set_policy(policy)
        except ManagementAway as error:
            log.warning("the delivery limit is not set yet: %s", error)
        else:
            self._policies_set = True

    async def _missing_queues(self) -> Missing:
        names = [ARCHIVE, PUBLIC, *(edge.queue for edge in self._subscriptions.edges), self._replays]
        gone = {name for name in names if await existing(self._publisher.connection, name) is None}
        return Missing(queues=frozenset(gone & self._topology.queues.keys()))

    def _since(self) -> datetime | None:
        return None if self._last_good is None else self._last_good - MARGIN

    def _all_types(self) -> set[str]:
        return {event_type for edge in self._subscriptions.edges for event_type in edge.handlers}
