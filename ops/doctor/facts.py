"""The facts of the whole system, gathered at once. Reads only; what cannot be looked at is Away and the rest goes on."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import httpx
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from pymongo.errors import PyMongoError

from ops.doctor.system import System
from ops.local.services import SERVICES
from services.budget.outbound.journal import ENTRIES, VALIDATOR, MongoCursors, MongoEntries
from services.webhooks.outbound.store import PROGRESS, SUBSCRIPTIONS
from shared import telemetry
from shared.clock import Clock, utc_now
from shared.doctor_facts import (
    Away,
    BrokerSeen,
    DatabaseSeen,
    Patient,
    Skew,
    look_at_broker,
    look_at_database,
    measured,
)
from shared.messaging.asyncapi import asyncapi
from shared.messaging.broker import MessagingSettings
from shared.messaging.management import Management, ManagementAway
from shared.storage.mongo import Database, translated
from shared.storage.ports import Unavailable

ANSWER_SECONDS: Final = 5.0  # a health call takes milliseconds; one that hangs is a finding
_SECOND: Final = timedelta(seconds=1)  # what the header Date counts in


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    """One replica. away: why it is not live; problems: why it is not ready; contracts: digest of its API and events.

    wanted: how many replicas of its service it thinks right; None: it did not say.
    """

    service: str
    url: str
    away: str | None = None
    problems: tuple[str, ...] = ()
    skew: Skew | None = None
    contracts: str = ""
    wanted: int | None = None


@dataclass(frozen=True, slots=True)
class BookSeen:
    """How far a book was announced. last: the entry there, if it is; unheaded_since: the oldest entry that no announced head covers."""

    book: str
    announced: int
    there: bool
    unheaded_since: datetime | None


@dataclass(frozen=True, slots=True)
class BooksSeen:
    """All books, and whether the database still guards the entries."""

    books: tuple[BookSeen, ...]
    guarded: bool


@dataclass(frozen=True, slots=True)
class WebhookSeen:
    """A webhook that was given up, or one that is worked on. failing_since: since when it fails; position: in the public stream."""

    id: str
    dead: str | None
    failing_since: datetime | None
    position: int | None


@dataclass(frozen=True, slots=True)
class Disk:
    """Free and whole space in bytes."""

    where: str
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the broker, in bytes."""

    name: str
    running: bool
    memory_alarm: bool
    disk_alarm: bool
    disk_free: int
    disk_limit: int
    partitions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything, by service where it belongs to one. declared: service → digest of the API and events of this code."""

    at: datetime
    patients: Mapping[str, Patient]
    broker: BrokerSeen | Away
    nodes: tuple[Node, ...] | Away
    databases: Mapping[str, DatabaseSeen | Away]
    services: tuple[ServiceSeen, ...]
    unknown: tuple[str, ...]
    books: BooksSeen | Away
    webhooks: tuple[WebhookSeen, ...] | Away
    disks: tuple[Disk, ...]
    declared: Mapping[str, str]


async def gather(system: System, clock: Clock = utc_now) -> Facts:
    """Look at everything at once."""
    async with AsyncExitStack() as closing:
        apps = {service: _application(service, system) for service in SERVICES}
        for app in apps.values():
            closing.callback(app.state.runtime.close)
        patients: dict[str, Patient] = {service: app.state.runtime.patient() for service, app in apps.items()}
        some = patients["budget"]
        client = await closing.enter_async_context(httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False))
        broker, nodes, (books, webhooks), disk, databases, services = await asyncio.gather(
            look_at_broker(some.messaging, clock),
            _nodes(some.messaging),
            asyncio.gather(_books(some.database), _webhooks(patients["webhooks"].database)),
            _database_disk(some.database),
            asyncio.gather(*(look_at_database(patient) for patient in patients.values())),
            asyncio.gather(
                *(_service(client, name, url, clock) for name, urls in system.services.items() for url in urls)
            ),
        )
        return Facts(
            at=clock(),
            patients=patients,
            broker=broker,
            nodes=nodes,
            databases=dict(zip(patients, databases, strict=True)),
            services=tuple(services),
            unknown=tuple(name for name, urls in system.services.items() if not urls),
            books=books,
            webhooks=webhooks,
            disks=tuple(found for found in (disk, _local_disk(system.folder)) if found),
            declared={name: _contracts(app.openapi(), _events(app, name)) for name, app in apps.items()},
        )


def _application(service: str, system: System) -> FastAPI:
    settings = import_module(f"services.{service}.settings").Settings(
        service=service,
        mongo_url=SecretStr(system.mongo_url),
        mongo_prefix=system.mongo_prefix,
        rabbit_url=SecretStr(system.rabbit_url),
        rabbit_management_url=SecretStr(system.rabbit_management_url),
    )
    app: FastAPI = import_module(f"services.{service}.wiring").create_app(settings)
    return app


def _events(app: FastAPI, service: str) -> Mapping[str, Any]:
    return asyncapi(service, app.state.subscriptions)


async def _service(client: httpx.AsyncClient, service: str, url: str, clock: Clock) -> ServiceSeen:
    async def date() -> datetime:
        answer = (await client.get(f"{url}/health/live")).raise_for_status()
        return parsedate_to_datetime(answer.headers["date"])

    try:
        skew = await measured(date, clock, _SECOND)
        ready = await client.get(f"{url}/health/ready")
        problems = tuple(ready.json()["problems"]) if ready.is_error else ()
        api, events = [(await client.get(f"{url}/{name}")).json() for name in ("openapi.json", "asyncapi.json")]
        wanted = _wanted((await client.get(f"{url}/metrics")).text)
    except (httpx.HTTPError, KeyError, ValueError) as error:
        return ServiceSeen(service, url, away=str(error) or type(error).__name__)
    return ServiceSeen(service, url, problems=problems, skew=skew, contracts=_contracts(api, events), wanted=wanted)


def _wanted(metrics: str) -> int | None:
    name = next(iter(telemetry.REPLICAS_WANTED.describe())).name
    for family in text_string_to_metric_families(metrics):
        if family.name == name:
            return max((int(sample.value) for sample in family.samples), default=None)
    return None  # an older version, or no look at the queues yet


def _contracts(api: Mapping[str, Any], events: Mapping[str, Any]) -> str:
    said = [{key: value for key, value in api.items() if key != "servers"}, events]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


async def _nodes(messaging: MessagingSettings) -> tuple[Node, ...] | Away:
    management = Management(messaging)
    try:
        found = await management.nodes()
    except ManagementAway as error:
        return Away(str(error))
    finally:
        await management.close()
    return tuple(
        Node(
            name=node["name"],
            running=bool(node.get("running")),
            memory_alarm=bool(node.get("mem_alarm")),
            disk_alarm=bool(node.get("disk_free_alarm")),
            disk_free=int(node.get("disk_free") or 0),
            disk_limit=int(node.get("disk_free_limit") or 0),
            partitions=tuple(node.get("partitions") or ()),
        )
        for node in found
    )


async def _books(budget: Database) -> BooksSeen | Away:
    entries = MongoEntries(budget)
    seen = []
    try:
        for book, published in sorted((await MongoCursors(budget).load()).items()):
            last = await entries.after(book, max(published.seq - 1, 0), 1)
            unheaded = await entries.after(book, published.head_seq, 1)
            since = datetime.fromisoformat(unheaded[0]["at"]) if unheaded else None
            seen.append(BookSeen(book, published.seq, bool(last) or published.seq == 0, since))
        with translated():
            options = [c["options"] async for c in await budget.list_collections(filter={"name": ENTRIES})]
    except (Unavailable, PyMongoError) as error:
        return Away(str(error))
    return BooksSeen(tuple(seen), all(found.get("validator") == VALIDATOR for found in options))


async def _webhooks(database: Database) -> tuple[WebhookSeen, ...] | Away:
    status = {"status": {"$in": ["active", "dead"]}}
    try:
        with translated():
            found = await database[SUBSCRIPTIONS.collection].find(status, {"status": 1, "death": 1}).to_list(None)
            stands = {each["_id"]: each async for each in database[PROGRESS].find({}, {"deliveries": 0})}
    except (Unavailable, PyMongoError) as error:
        return Away(str(error))
    return tuple(
        WebhookSeen(
            each["_id"],
            each["death"]["reason"] if each["status"] == "dead" else None,
            stands.get(each["_id"], {}).get("failing_since"),
            stands.get(each["_id"], {}).get("position"),
        )
        for each in found
    )


async def _database_disk(database: Database) -> Disk | None:
    try:
        with translated():
            found = await database.command("dbStats")
    except (Unavailable, PyMongoError):
        return None
    if not found.get("fsTotalSize"):
        return None  # not every server tells
    return Disk("the database's disk", int(found["fsTotalSize"] - found["fsUsedSize"]), int(found["fsTotalSize"]))


def _local_disk(folder: Path | None) -> Disk | None:
    if folder is None:
        return None
    usage = shutil.disk_usage(folder)
    return Disk(f"the disk of {folder}", usage.free, usage.total)
