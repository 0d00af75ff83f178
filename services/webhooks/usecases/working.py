"""Delivering: each replica takes free subscriptions, works on each for a turn, and gives it back.

A delivery moves the position only after a 2xx, by a write that holds as long as the lease is this replica's. So a crash between both
delivers again, and nothing is passed over. An address that is slow or down keeps nobody but itself waiting.
"""

import asyncio
import logging
import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Final

from services.webhooks import figures
from services.webhooks.domain import progress as steps
from services.webhooks.domain.progress import BEFORE_ALL, Delivery, Outcome, Progress
from services.webhooks.domain.subscription import (
    WORKING,
    Death,
    DeathReason,
    Event,
    Status,
    Subscription,
    die,
    verify,
    wants,
)
from services.webhooks.usecases.ports import Answer, ProgressStore, PublicEvents, Streamed
from services.webhooks.usecases.rules import Rules
from services.webhooks.usecases.sending import PING, Deliverer
from shared.clock import Clock, new_id
from shared.contracts.envelope import Cause
from shared.messaging.broker import BrokerAway
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Unavailable
from shared.telemetry import Age

log = logging.getLogger("sama.webhooks")

MOST: Final = 5_000  # subscriptions that one look takes in; far above what one city's settings allow
BATCH: Final = 100  # events read at once for one subscription
NEWS_SECONDS: Final = 1.0  # a pause or a replay is followed within this time, also while nothing happens
LEAST_SHARE: Final = (
    10  # taken in one look at least; a third of what is free at most, so that replicas that look in turn share
)
GONE: Final = 410  # the receiver says that nobody is there any more
BEYOND_SECONDS: Final = (
    60.0  # a position past the end for so long means another stream; a lagging node of the broker is quicker
)
FIGURED: Final[tuple[Status, ...]] = ("pending", "active", "paused", "dead")
AFTER_A_BUG_SECONDS: Final = 5.0  # so that what fails each time fills no log
STOP_SECONDS: Final = 8.0  # for deliveries under way at a stop; below the services' graceful ten
ANSWER_SHOWN: Final = 200  # characters of an answer that are kept: enough for its error message, no place for much else


class Working:
    """The deliveries of one replica. ``claim`` is its timer; ``stop`` lets deliveries under way end."""

    def __init__(
        self,
        subscriptions: Aggregates[Subscription, Event],
        progress: ProgressStore,
        events: PublicEvents,
        deliverer: Deliverer,
        rules: Rules,
        clock: Clock,
        *,
        replica: str,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """replica: a name that no other one has; chance: from 0 to 1, spreads the attempts."""
        self._subscriptions = subscriptions
        self._progress = progress
        self._events = events
        self._deliverer = deliverer
        self._rules = rules
        self._clock = clock
        self._replica = replica
        self._chance = chance
        self._states: dict[str, Subscription] = {}
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._held_until = 0.0  # by the loop's clock
        self._beyond: dict[str, float] = {}
        self._stopping = False
        self._failing = Age(figures.FAILING)

    async def start(self) -> None:
        """Nothing to do: the timer begins."""

    async def stop(self) -> None:
        """Take nothing more, let what is being sent end, and give everything back."""
        self._stopping = True
        if self._turns:
            await asyncio.wait(list(self._turns.values()), timeout=STOP_SECONDS)
        turns = list(self._turns.values())
        for turn in turns:
            turn.cancel()
        await asyncio.gather(*turns, return_exceptions=True)
        try:
            await self._progress.release(self._replica, self._clock())
        except Unavailable:
            log.info("the leases could not be given back; they run out by themselves")

    async def claim(self) -> int:
        """Hold what this replica works on, look at what there is, and take a share of what is free. Returns 0: wait for the next look."""
        if self._stopping:
            return 0
        if self._turns:
            await self._hold()
        found = await self._subscriptions.find({"status": {"$in": list(WORKING)}}, limit=MOST)
        self._states = {stored.id: stored.state for stored in found}
        others = [id for id in self._states if id not in self._turns]
        now = self._clock()
        stands = {progress.id: progress for progress in await self._progress.some(others)}
        free = [id for id in others if _is_free(self._states[id], stands.get(id), now)]
        random.shuffle(free)
        for id in free[: max(LEAST_SHARE, math.ceil(len(free) / 3))]:
            taken = await self._progress.take(id, stands.get(id), self._replica, now, now + self._rules.lease)
            if taken is not None:
                if not self._turns:
                    self._held_until = asyncio.get_running_loop().time() + self._rules.lease.total_seconds()
                self._turns[id] = asyncio.create_task(self._turn(taken), name=f"webhook:{id}")
        return 0

    async def _hold(self) -> None:
        began = asyncio.get_running_loop().time()
        await self._progress.renew(self._replica, self._clock() + self._rules.lease)
        self._held_until = began + self._rules.lease.total_seconds()

    def _is_mine(self) -> bool:
        return asyncio.get_running_loop().time() < self._held_until and not self._stopping

    async def _turn(self, progress: Progress) -> None:
        """Work on one subscription for a turn, or until it fails or is taken away."""
        id, ends = progress.id, asyncio.get_running_loop().time() + self._rules.turn.total_seconds()
        stands: Progress | None = progress
        try:
            while stands is not None and asyncio.get_running_loop().time() < ends and self._is_mine():
                state = self._states.get(id)
                if state is None:
                    break
                progress = stands
                stands = await self._step(state, progress)
        except (Unavailable, BrokerAway) as away:
            log.info("webhook %s waits: %s", id, away)
        except Exception:
            log.exception("webhook %s stands still; it is taken up again", id)
            await asyncio.sleep(AFTER_A_BUG_SECONDS)
        finally:
            await self._leave(stands or progress)

    async def _leave(self, progress: Progress) -> None:
        try:
            await asyncio.shield(self._progress.release(self._replica, self._clock(), progress))
        except Unavailable:
            log.info("the lease of webhook %s runs out by itself", progress.id)
        finally:
            self._turns.pop(progress.id, None)

    async def _step(self, state: Subscription, progress: Progress) -> Progress | None:
        """Do what comes next; return where it stands, or None if this turn is over."""
        if progress.changes != state.changes:
            return await self._kept(steps.taken_up(progress, changes=state.changes, now=self._clock()))
        if progress.start != state.start.number:
            return await self._begin(state, progress)
        if state.status == "pending":
            return await self._challenge(state, progress)
        events = await self._next(progress)
        if not events:
            await self._events.news(progress.position, NEWS_SECONDS)
            return progress
        return await self._deliver_all(state, progress, events)

    async def _begin(self, state: Subscription, progress: Progress) -> Progress | None:
        """Go to where the subscription starts."""
        start, end = state.start, self._events.end
        position = BEFORE_ALL
        if start.where == "now":
            if end is None:
                await self._events.news(BEFORE_ALL, NEWS_SECONDS)
                end = self._events.end
            if end is None:
                return progress
            position = end - 1
        elif start.where == "offset" and start.offset is not None:
            position = start.offset - 1
        elif start.where == "time" and start.time is not None:
            position = await self._events.before(start.time)
        log.info("webhook %s begins after offset %s", state.id, position)
        return await self._kept(steps.started(progress, number=start.number, position=position))

    # ------------------------------------------------------------ the events that come next

    async def _next(self, progress: Progress) -> list[Streamed]:
        """Return the events after the position; what was done with last is read again, to see that it is still the same stream."""
        if progress.event is None:
            return list(await self._events.read(progress.position + 1, BATCH))
        found = list(await self._events.read(progress.position, BATCH + 1))
        if found and found[0].offset == progress.position and found[0].id == progress.event:
            self._beyond.pop(progress.id, None)
            return found[1:]
        if not found:
            now = asyncio.get_running_loop().time()
            if now - self._beyond.setdefault(progress.id, now) < BEYOND_SECONDS:
                return []
        self._beyond.pop(progress.id, None)
        log.warning(
            "webhook %s: the public stream is another one than before; it is delivered from its beginning, repeats have the same ids",
            progress.id,
            extra={"alarm": "public_stream_anew"},
        )
        return list(await self._events.read(0, BATCH))

    async def _deliver_all(self, state: Subscription, progress: Progress, events: list[Streamed]) -> Progress | None:
        stands: Progress | None = progress
        passed = False
        for event in events:
            if stands is None or not self._is_mine() or self._states.get(state.id) != state:
                break
            if passed := not wants(state.wanted, event.event):
                stands = steps.passed_over(stands, position=event.offset, event=event.id)
            else:
                stands = await self._deliver(state, stands, event)
        return await self._kept(stands) if passed and stands is not None else stands

    # ------------------------------------------------------------ attempts

    async def _deliver(self, state: Subscription, progress: Progress, event: Streamed) -> Progress | None:
        began, clocked = self._clock(), perf_counter()
        answer = await self._deliverer.deliver(state, event.id, event.body, now=began, seconds=self._rules.send_seconds)
        delivery = self._delivery(progress, event.id, event.type, answer, answer.accepted)
        figures.SECONDS.labels(delivery.outcome).observe(perf_counter() - clocked)
        if not answer.accepted:
            await self._fail(state, progress, delivery, answer)
            return None
        return await self._kept(steps.succeeded(progress, delivery, position=event.offset, event=event.id), delivery)

    async def _challenge(self, state: Subscription, progress: Progress) -> Progress | None:
        now = self._clock()
        id, answer, echoed = await self._deliverer.challenge(state, now=now, seconds=self._rules.send_seconds)
        delivery = self._delivery(progress, id, PING, answer, echoed)
        if not echoed:
            await self._fail(state, progress, delivery, answer)
            return None
        url = state.wanted.url
        await self._subscriptions.change(state.id, lambda s: verify(s, url=url), cause=_cause(), now=self._clock())
        log.info("webhook %s: its address answered the challenge", state.id)
        self._states[state.id] = replace(state, status="active", verified=True)
        return await self._kept(steps.answered(progress, delivery), delivery)

    def _delivery(self, progress: Progress, id: str, type: str, answer: Answer, accepted: bool) -> Delivery:
        outcome: Outcome = "delivered" if accepted else "failed" if answer.status is None else "refused"
        return Delivery(
            self._clock(), id, type, progress.attempts + 1, outcome, answer.status, answer.milliseconds,
            answer.body[:ANSWER_SHOWN],
        )  # fmt: skip

    async def _fail(self, state: Subscription, progress: Progress, delivery: Delivery, answer: Answer) -> None:
        """Keep the failure and try later, or give up. The turn is over."""
        since = progress.failing_since or delivery.at
        dies_at = since + (self._rules.dead_after if state.status == "active" else self._rules.unverified_after)
        wait = self._rules.back_off.seconds(progress.attempts + 1, self._chance())
        wait = min(max(wait, answer.retry_after or 0), self._rules.back_off.longest * 6)
        next_at = min(
            delivery.at + timedelta(seconds=wait), max(dies_at, delivery.at)
        )  # the last attempt is made in time
        if not await self._progress.save(steps.failed(progress, delivery, wait=next_at - delivery.at), delivery):
            return
        reason: DeathReason | None = None
        if answer.status == GONE:
            reason = "gone"
        elif delivery.at >= dies_at:
            reason = "failing" if state.status == "active" else "unverified"
        if reason is not None:
            await self._give_up(state, Death(reason, delivery.at, since, answer.status, delivery.answer))

    async def _give_up(self, state: Subscription, death: Death) -> None:
        """Declare it dead, unless somebody changed it while the last attempt was made."""
        await self._subscriptions.change(
            state.id,
            lambda s: die(s, death) if s.changes == state.changes else (),
            cause=_cause(),
            now=self._clock(),
        )
        log.warning(
            "webhook %s is dead (%s) after failing since %s; last status %s. Its owner resumes it, and nothing is lost",
            state.id,
            death.reason,
            death.failing_since,
            death.status,
            extra={"alarm": "webhook_dead"},
        )

    async def _kept(self, progress: Progress, delivery: Delivery | None = None) -> Progress | None:
        """Keep where it stands; None if another replica holds it by now."""
        return progress if await self._progress.save(progress, delivery) else None

    async def look(self) -> None:
        """Bring the figures up to date."""
        for status in FIGURED:
            count = await self._subscriptions.documents.count({"status": status})
            figures.SUBSCRIPTIONS.labels(status).set(count)
        stands = [
            (self._states[progress.id].status, progress) for progress in await self._progress.some(list(self._states))
        ]
        self._failing.look(min((p.failing_since for _, p in stands if p.failing_since is not None), default=None))
        if (end := self._events.end) is not None:
            behind = [end - 1 - progress.position for status, progress in stands if status == "active"]
            figures.EVENTS_WAITING.set(max([0, *behind]))


def _is_free(state: Subscription, progress: Progress | None, now: datetime) -> bool:
    """Tell whether nobody works on it and there may be something to do."""
    if progress is None:
        return True
    due = progress.next_attempt_at <= now or progress.changes != state.changes
    return due and progress.lease_until <= now


def _cause() -> Cause:
    return Cause(actor="system:webhooks", correlation_id=new_id())
