"""How does review scale on its own? Its own processes, each with one event at a time and a fixed time of waiting for every event.

The waiting (bench/delayed.py) stands for handlers that ask something slow; so two cores do for several replicas, and what is seen is
whether replicas share the work evenly and get in one another's way. Every event is a ``request.withdrawn`` that comes before its
submission and bars it: taken, decided, saved as a new case that nobody hears of, acknowledged. That is light on the database, and has to
be: what is measured here is review. Numbers of replicas take turns in one run.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bench.places import Places, fill, withdrawals
from bench.processor import busy_seconds, seconds_of
from bench.servers import Servers, environment
from ops.local.stack import Plan, Stack
from shared.clock import new_id
from shared.contracts.requests import RequestWithdrawn

WORK_SECONDS: Final = 0.025
APP: Final = "bench.delayed:app"
COUNTS: Final = (1, 4)
ROUNDS: Final = 3
SECONDS: Final = 5.0  # of steady work that are measured, about
EXPECTED: Final = 36.0  # events a second of one replica with 25 ms of waiting, at most
WARM: Final = 0.05  # of the events are taken before the measuring begins
LOOK_SECONDS: Final = 0.25
PATIENCE_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Run:
    """Steady work of some replicas.

    shares: events by replica; processor: seconds taken by review, the database, the broker, this bench itself, and all others.
    """

    replicas: int
    seconds: float
    shares: Sequence[int]
    processor: Mapping[str, float]

    @property
    def events(self) -> int:
        """Events that were handled."""
        return sum(self.shares)

    @property
    def per_second(self) -> float:
        """Events a second of all replicas together."""
        return self.events / self.seconds

    @property
    def uneven(self) -> float:
        """How far the share furthest from an equal one is from it, as a part of it: 0.2 is twenty per cent."""
        equal = self.events / self.replicas
        return max(abs(share - equal) for share in self.shares) / equal


class Group:
    """Replicas of review that a bench or a test adds to and takes from. ``async with group(…)`` makes one."""

    def __init__(self, stack: Stack, places: Places, servers: Servers, http: httpx.AsyncClient, most: int) -> None:
        self.stack = stack
        self.places = places
        self._servers = servers
        self._http = http
        self._most = most

    async def scale_to(self, replicas: int) -> None:
        """Have the first ``replicas`` processes run and no others."""
        for number in range(self._most):
            running = self.stack.child("review", number).running
            if number < replicas and not running:
                await self.stack.start_again("review", number)
            elif number >= replicas and running:
                await self.stack.end("review", number)

    async def withdraw(self, events: int) -> list[str]:
        """Put so many events into review's queue; return the requests they are about."""
        requests = [new_id() for _ in range(events)]
        await fill(self.places.rabbit_url, "sama.requests", withdrawals(requests))
        return requests

    async def run(self, replicas: int, events: int) -> Run:
        """Measure so many replicas at work on so many events."""
        await self.scale_to(replicas)
        before = await self.handled(replicas)
        await self.withdraw(events)
        first = await self._look(replicas, before, WARM * events)
        last = await self._look(replicas, before, (1 - WARM) * events)
        await self._look(replicas, before, events)
        shares = [end - begin for begin, end in zip(first.handled, last.handled, strict=True)]
        processor = {part: last.processor[part] - first.processor[part] for part in first.processor}
        return Run(replicas, last.at - first.at, shares, processor)

    async def handled(self, replicas: int) -> list[int]:
        """Return how many withdrawals each replica has handled since it was started."""
        return list(await asyncio.gather(*(self._handled(number) for number in range(replicas))))

    async def _handled(self, replica: int) -> int:
        text = (await self._http.get(f"{self.stack.url('review', replica)}/metrics")).raise_for_status().text
        return int(
            sum(
                sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
                if sample.name == "sama_handler_seconds_count" and sample.labels["event"] == RequestWithdrawn.event_type
            )
        )

    async def _look(self, replicas: int, before: Sequence[int], least: float) -> "_Look":
        """Return what there is once at least so many more events were handled."""
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while True:
            now = await self.handled(replicas)
            more = [end - begin for begin, end in zip(before, now, strict=True)]
            if sum(more) >= least:
                return _Look(time.perf_counter(), more, self._processor())
            assert time.perf_counter() < deadline, f"only {sum(more)} of {least:.0f} events were handled"
            await asyncio.sleep(LOOK_SECONDS)

    def _processor(self) -> Mapping[str, float]:
        ours = {os.getpid(), *self._servers.broker, *self._servers.database}
        return {
            "review": seconds_of(pid for n in range(self._most) if (pid := self.stack.child("review", n).pid)),
            "database": seconds_of(self._servers.database),
            "broker": seconds_of(self._servers.broker),
            "bench": time.process_time(),
            "others": busy_seconds() - seconds_of(ours),
        }


@dataclass(frozen=True, slots=True)
class _Look:
    at: float
    handled: Sequence[int]
    processor: Mapping[str, float]


@asynccontextmanager
async def group(
    servers: Servers, folder: Path, *, most: int, work_seconds: float = WORK_SECONDS, name: str = "sama_scale"
) -> AsyncIterator[Group]:
    """Run up to ``most`` replicas of review alone, with a virtual host and a database of their own."""
    async with servers.corner(name) as places, httpx.AsyncClient(timeout=30, trust_env=False) as http:
        plan = Plan(
            folder=folder,
            keys=folder / "keys",
            own_issuer=True,
            replicas={"review": most},
            apps={"review": APP},
            environment={"SAMA_PREFETCH": "1", "SAMA_BENCH_WORK_SECONDS": str(work_seconds)},
        )
        given = {
            "SAMA_RABBIT_URL": places.rabbit_url,
            "SAMA_RABBIT_MANAGEMENT_URL": places.rabbit_management_url,
            "SAMA_MONGO_URL": places.mongo_url,
            "SAMA_MONGO_PREFIX": places.name,
        }
        with environment(given):
            async with Stack(plan) as stack:
                yield Group(stack, places, servers, http, most)


async def measure(
    servers: Servers, folder: Path, counts: Sequence[int] = COUNTS, rounds: int = ROUNDS
) -> list[Mapping[int, Run]]:
    """Return one run of every number of replicas, for each round."""
    sizes = {count: round(EXPECTED * SECONDS * count) for count in counts}
    async with group(servers, folder, most=max(counts)) as review:
        return [{count: await review.run(count, sizes[count]) for count in counts} for _ in range(rounds)]
