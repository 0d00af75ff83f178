"""The measurements: what an event costs in one replica of review, what several manage, and what a request costs in all services."""

import asyncio
import os
import platform
import statistics
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench import ledger, life, scale, score
from bench.capacity import costs
from bench.capacity.model import Hop, Place, fitted, rate
from bench.processor import CORES, seconds_of
from bench.scale import WORK_SECONDS, Run
from bench.servers import Servers
from ops.client import SERVICES
from ops.local.stack import Stack

REPLICAS: Final = (1, 2, 4)
ROUNDS: Final = 2
FREE_EVENTS: Final = 600  # of one replica without injected work: some seven seconds
REQUESTS: Final = 60
SETTLED_SECONDS: Final = 1.0  # the last outboxes are marked: that belongs to the requests, too
HOW: Final = (
    "Processor seconds from the kernel's books (/proc) before and after; commands, events and bytes from bench/recorded.json, which "
    "make bench RECORD=1 renews. The event: {events} withdrawals through one replica of review without injected work, one at a time; its "
    "waiting is what the simulation needs beside the computing to be as fast as that. A request: {requests} from submission to "
    "commitment with {clients} clients at once, four services with one process each. Renew with: make capacity RECORD=1"
)


async def event(servers: Servers, folder: Path) -> tuple[Hop, Run]:
    """Return what one event costs, from one replica without injected work; the waiting is fitted to its rate."""
    async with scale.group(servers, folder, most=1, work_seconds=0, name="sama_event") as review:
        runs = [await review.run(1, FREE_EVENTS) for _ in range(ROUNDS)]
    run = min(runs, key=lambda run: run.processor["others"] / run.seconds)  # the one that was disturbed least
    part = {name: seconds / run.events for name, seconds in run.processor.items()}
    hop = Hop(part["review"], part["database"], part["broker"])
    return fitted(hop, place(run), measured=run.per_second, work=0.0), run


async def checked(servers: Servers, folder: Path, hop: Hop, slept: float) -> list[costs.Checked]:
    """Measure review at 1, 2 and 4 replicas in turns and predict each by the simulation, on what the others left of the cores."""
    rounds = await scale.measure(servers, folder, REPLICAS, ROUNDS)
    found = []
    for replicas in REPLICAS:
        runs = [turn[replicas] for turn in rounds]
        seconds = sum(run.seconds for run in runs)
        others = max(0.0, sum(run.processor["others"] for run in runs) / seconds)
        beside = others + sum(run.processor["bench"] for run in runs) / seconds
        predicted = rate(hop, Place(CORES, beside), replicas=replicas, work=slept)
        measured = sum(run.events for run in runs) / seconds
        found.append(costs.Checked(replicas=replicas, predicted=predicted, measured=measured, others=others))
    return found


async def slept() -> float:
    """Return how long a sleep of the injected work takes really: timers go by whole milliseconds."""
    times = []
    for _ in range(40):
        began = time.perf_counter()
        await asyncio.sleep(WORK_SECONDS)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


async def request(servers: Servers, folder: Path) -> costs.Request:
    """Return what one request costs, from submission to commitment."""
    async with life.running(servers, folder / "real") as (stack, sama):
        drafts = await life.drafted(sama, REQUESTS)
        before = _taken(servers, stack)
        lives = await life.live(sama, drafts)
        await asyncio.sleep(SETTLED_SECONDS)
        after = _taken(servers, stack)
    each = {name: (after[name] - before[name]) / REQUESTS for name in after}
    recorded = score.load()
    services = {name: costs.Service(processor=each[name], **costs.counted(recorded, name)) for name in SERVICES}
    return costs.Request(
        services=services,
        database=each["database"],
        broker=each["broker"],
        archived=sum(service.sent for service in services.values()),
        requests=REQUESTS,
        per_second=lives.per_second,
    )


async def journal(servers: Servers) -> float:
    """Return the entries a second of one book's journal."""
    rounds = await ledger.measure(servers.mongo_url, books=1)
    return statistics.median(turn.journal for turn in rounds)


async def everything(
    servers: Servers, folder: Path, hop: Hop, found: Sequence[costs.Checked], took: float
) -> costs.Costs:
    """Return the whole recording."""
    return costs.Costs(
        how=HOW.format(events=FREE_EVENTS, requests=REQUESTS, clients=life.CLIENTS),
        machine=f"{CORES} cores, {platform.machine()}, {_memory_gib():.0f} GiB, Python {platform.python_version()}",
        versions={name: version(name) for name in ("motor", "aio-pika", "faststream", "fastapi", "SecantusDB")},
        request=await request(servers, folder),
        event=costs.Event(
            service=hop.service,
            database=hop.database,
            broker=hop.broker,
            waiting=hop.waiting,
            work=WORK_SECONDS,
            slept=took,
        ),
        checked=list(found),
        entries_per_second=await journal(servers),
    )


def place(run: Run) -> Place:
    """Return this machine as it was during a run."""
    return Place(CORES, max(0.0, run.processor["others"] + run.processor["bench"]) / run.seconds)


def _taken(servers: Servers, stack: Stack) -> dict[str, float]:
    pids = {name: [pid] if (pid := stack.child(name).pid) else [] for name in SERVICES}
    services = {name: seconds_of(found) for name, found in pids.items()}
    return {**services, "database": seconds_of(servers.database), "broker": seconds_of(servers.broker)}


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
