"""How many requests go from submit to commitment per second, through HTTP and six ballots?

Real: the four services, one process each, and clients as ops.play has them. Bare: bench/bare_app.py as the same number of processes, for
the same clients; it does the recorded number of reads, writes and publishes per call and event. Both on the same servers in one run.
"""

import asyncio
import json
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from bson import encode

from bench import score
from bench.bare_app import BALLOT, CLOSING, document
from bench.servers import Servers
from ops.city.load import CRITERIA, RULES
from ops.city.topics import DEFAULT, TOPICS
from ops.client import SERVICES, Sama, Tokens
from ops.local.stack import Plan as StackPlan
from ops.local.stack import Stack
from ops.play import cases, organizations, people, requests
from ops.play.founding import District, Plan, Programme, found
from ops.play.organizations import Organization
from ops.play.requests import Request, Waits
from shared.storage.mongo import connect

REQUESTS: Final = 30  # a round
ROUNDS: Final = 3
RECORDED: Final = 60
CLIENTS: Final = 20  # requests on their way at once
DISTRICTS: Final = ("d01", "d02", "d03", "d04")
AMOUNT: Final = 100_000_000
WEIGHTS: Final = {"need": 60, "plan": 40}
"""Of CRITERIA."""
REAL: Final = {name: f"services.{name}.main:app" for name in SERVICES}
BARE: Final = {name: "bench.bare_main:app" for name in SERVICES}
RECORDING: Final = {name: "bench.recording:app" for name in SERVICES}
AGAIN: Final = " again"
HOW: Final = (
    "{requests} requests from submit to commitment with {clients} clients at once against the four services, one process each: the "
    "driver's command monitoring, the outboxes and the relays, put down to the call or event in whose context they happened "
    "(bench/recording.py). Means per call; bytes of BSON, of messages and of answers. Timers, which cost what they cost without any call, "
    "and events delivered again are left out. Renew with: make bench RECORD=1"
)


@dataclass(frozen=True, slots=True)
class Lives:
    """How many requests got to commitment in how many seconds, with how many HTTP calls."""

    requests: int
    seconds: float
    calls: int

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


async def measure(
    servers: Servers, folder: Path, number: int = REQUESTS, rounds: int = ROUNDS
) -> list[tuple[Lives, Lives]]:
    """Return (real, bare) of each round.

    Both are up at once and live in turns, so that a busy moment of the machine meets both. What rests costs 3 % of two cores (the real
    services' timers) or nothing (the bare ones).
    """
    async with (
        running(servers, folder / "real") as (_, real),
        running(servers, folder / "bare", BARE) as (stack, bare),
    ):
        drafts, bare_drafts = await drafted(real, number * rounds), await _bare_drafts(stack, number * rounds)
        return [
            (await live(real, drafts[turn::rounds]), await live(bare, bare_drafts[turn::rounds]))
            for turn in range(rounds)
        ]


async def record(servers: Servers, folder: Path, number: int = RECORDED) -> score.Score:
    """Count what the real services do and write it to ``recorded.json``."""
    counts = folder / "counts"
    counts.mkdir()
    async with running(servers, folder / "real", RECORDING, {"SAMA_BENCH_RECORD": str(counts)}) as (stack, sama):
        drafts = await drafted(sama, number)
        sizes = await _sizes(stack, "before")
        (counts / "on").touch()
        await live(sama, drafts)
        await asyncio.sleep(1)  # the last outboxes are marked
        (counts / "on").unlink()
        sizes |= await _sizes(stack, "after")
    made = _score(counts, number, sizes)
    score.FILE.write_text(made.model_dump_json(indent=1, exclude_defaults=True) + "\n")
    return made


@asynccontextmanager
async def running(
    servers: Servers, folder: Path, apps: Mapping[str, str] = REAL, environment: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Stack, Sama]]:
    """Run the four services, or these apps, on the servers."""
    plan = StackPlan(
        folder=folder,
        fresh=True,
        own_issuer=True,
        keys=folder.parent / "keys",
        environment=environment or {},
        apps=apps,
    )
    with servers.given():
        async with Stack(plan) as stack:
            addresses = {service: stack.url(service) for service in stack.services}
            async with Sama(addresses, Tokens(stack.issuer.token)) as sama:
                yield stack, sama
    shutil.rmtree(folder, ignore_errors=True)


async def live(sama: Sama, drafts: Sequence[Request]) -> Lives:
    """Bring every draft to commitment, CLIENTS at once."""
    waits, left = Waits(60), list(drafts)
    before = sum(service.calls for service in sama.services)

    async def client() -> None:
        while left:
            await _life(sama, left.pop(), waits)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(CLIENTS):
            tasks.create_task(client())
    seconds = time.perf_counter() - began
    return Lives(len(drafts), seconds, sum(service.calls for service in sama.services) - before)


async def _life(sama: Sama, request: Request, waits: Waits) -> None:
    await requests.submit(sama, request)
    case = await requests.case_of(sama, request, waits)
    form = cases.ballot(cases.Criteria(WEIGHTS), "approve", amount=AMOUNT)
    await cases.vote(sama, case, request.district, dict.fromkeys(people.SEATS, form))
    await cases.draft_reason(sama, case, request.district, "طرح با اولویت‌های محله هم‌خوان است و هزینه‌ها متناسب است.")
    await cases.sign(sama, case, request.district)
    await requests.until_status(sama, request, ("reserved",), waits.decision)
    await requests.accept(sama, request)
    await requests.until_status(sama, request, ("in_progress",), waits.commitment)


async def drafted(sama: Sama, number: int) -> list[Request]:
    """Set up a small city and draft that many requests of approved organisations, two per district, that are known everywhere."""
    now = datetime.now(UTC)
    plan = _plan(now, number)
    founded = await found(sama, plan)
    made = [
        await organizations.found(sama, _profile(district, n), f"owner-{district}-{n}", different_because="جداگانه‌اند.")
        for district in DISTRICTS
        for n in (1, 2)
    ]
    content = _content(founded.programmes["bench"], now)

    async def draft(organization: Organization) -> Request:
        return await requests.draft(sama, organization, {**content, "district": organization.district})

    drafts = [await draft(o) for _n, o in zip(range(number), cycle(made), strict=False)]
    warm = Waits()
    for organization in made:  # one life each: every standing, list and book has arrived everywhere
        first = await draft(organization)
        await requests.submit_when_known(sama, first, warm)
        await requests.case_of(sama, first, warm)
        await requests.withdraw(sama, first, "")
    return drafts


async def _bare_drafts(stack: Stack, number: int) -> list[Request]:
    sizes = score.load().documents
    size, history = int(sizes["requests before"]), int(sizes["requests history before"])
    client = connect(stack.mongo_url)
    try:
        drafts = [document(f"00000000-0000-5000-8000-{n:012}", size, history) for n in range(number)]
        await client[f"{stack.mongo_prefix}_requests"]["requests"].insert_many(drafts)
    finally:
        client.close()
    places = cycle(DISTRICTS)
    by = [Organization(f"organization-{n}", "", "", next(places), people.newcomer(f"owner-{n}")) for n in range(8)]
    return [Request(d["_id"], o, o.district) for d, o in zip(drafts, cycle(by), strict=False)]


def _plan(now: datetime, number: int) -> Plan:
    year = timedelta(days=365)
    return Plan(
        fiscal_year="1405",
        currency="IRR",
        waiting_rule="first_fit",
        appropriation={
            "amount": AMOUNT * number * len(DISTRICTS),
            "approval_number": "1405/1",
            "approved_on": now.date().isoformat(),
            "budget_code": "bench",
        },
        districts=[District(d, {"fa": f"منطقه {d}", "en": d}, n) for n, d in enumerate(DISTRICTS, 1)],
        valid_from="2000-01-01T00:00:00Z",
        seat_term={"from": _instant(now - year), "until": _instant(now + year)},
        topics=[{"topic": t.id, "names": {"fa": t.fa, "en": t.en}, "weight": t.weight} for t in TOPICS],
        rule_sets=[RULES],
        criteria=CRITERIA,
        programmes={"bench": Programme({"fa": "سنجش", "en": "Bench"}, RULES["id"], AMOUNT)},
    )


def _profile(district: str, number: int) -> Mapping[str, Any]:
    name = f"{district} {number}"
    return {
        "names": {"fa": name, "latin": name},
        "kind": "foreign_organization",
        "districts": [district],
        "topics": [DEFAULT],
        "no_legal_id_reason": "سنجش سرعت",
        "address": {"text": name, "neighbourhood": name},
        "contact": {"email": f"{district}-{number}@example.org"},
        "representatives": [{"name": f"Representative of {name}", "role": "chair"}],
        "purpose": "سنجش سرعت",
    }


def _content(programme: str, now: datetime) -> Mapping[str, Any]:
    return {
        "programme": programme,
        "kind": "activity",
        "topic": DEFAULT,
        "title": "دوره‌های آموزشی خانواده",
        "lessens": "آموزش مهارت‌های زندگی به خانواده‌ها " * 5,
        "indicator": "شمار خانواده‌هایی که دوره را به پایان می‌رسانند",
        "people_reached": 120,
        "starts_on": _instant(now + timedelta(days=30)),
        "ends_on": _instant(now + timedelta(days=60)),
        "budget_lines": [{"title": "مدرس", "amount": AMOUNT * 6 // 10}, {"title": "مکان", "amount": AMOUNT * 4 // 10}],
        "amount_asked": AMOUNT,
        "minimum": AMOUNT * 8 // 10,
    }


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def _sizes(stack: Stack, when: str) -> dict[str, float]:
    """Return mean bytes of BSON of the bench's requests and their cases, whole and of the history alone."""
    sizes: dict[str, float] = {}
    client = connect(stack.mongo_url)
    try:
        for service, collection in (("requests", "requests"), ("review", "cases")):
            documents = client[f"{stack.mongo_prefix}_{service}"][collection]
            found = await documents.find({"status": {"$ne": "withdrawn"}}).to_list(None)
            for name, wholes in (("", found), (" history", [d["history"] for d in found])):
                sizes[f"{collection}{name} {when}"] = round(sum(map(_size, wholes)) / max(1, len(found)))
            sizes[f"{collection} values {when}"] = round(sum(map(_values, found)) / max(1, len(found)))
    finally:
        client.close()
    return sizes


def _size(value: Any) -> int:
    return len(encode({"": value})) - len(encode({"": None}))


def _values(value: Any) -> int:
    """Count a value and all values in it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_values, inner))


def _score(counts: Path, number: int, sizes: Mapping[str, float]) -> score.Score:
    """Return the means of what the services have written down."""
    operations: dict[str, score.Operation] = {}
    relays: dict[str, score.Operation] = {}
    messages: dict[str, float] = {}
    for service in SERVICES:
        counted = json.loads((counts / f"{service}.json").read_text())
        by_name: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for doing in counted["doings"]:
            if doing["name"].endswith(AGAIN):
                continue
            closing = doing["name"].endswith(BALLOT) and "case.closed.v1" in doing["publishes"]
            by_name[doing["name"] + (CLOSING if closing else "")].append(doing)
        messages |= {kind: round(sum(each) / len(each)) for kind, each in counted["messages"].items()}
        relay = by_name.pop("relay", [])
        published = sum(n for doing in relay for n in doing["publishes"].values())
        if published:
            relays[service] = _operation(relay, published)
        operations |= {name: _operation(doings, len(doings)) for name, doings in by_name.items()}
    return score.Score(
        how=HOW.format(requests=number, clients=CLIENTS),
        requests=number,
        versions={name: version(name) for name in ("motor", "pymongo", "aio-pika", "fastapi", "SecantusDB")},
        operations=dict(sorted(operations.items())),
        relays=relays,
        messages=dict(sorted(messages.items())),
        documents=sizes,
    )


def _operation(doings: Sequence[Mapping[str, Any]], calls: int) -> score.Operation:
    publishes: dict[str, float] = defaultdict(float)
    for doing in doings:
        for event_type, times in doing["publishes"].items():
            publishes[event_type] += times / calls
    return score.Operation(
        calls=calls,
        answer=round(sum(doing["answer"] for doing in doings) / calls),
        commands=score.counted([command for doing in doings for command in doing["commands"]], calls),
        publishes={event_type: round(mean, 3) for event_type, mean in publishes.items()},
    )
