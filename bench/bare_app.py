"""A bare Starlette application in the place of a service: ``uvicorn bench.bare_main:app`` with SAMA_SERVICE.

For every call and event of a request's way it does the recorded number of reads, writes and confirmed publishes (bench/score.py), in
documents and indexes of the same size, and knows no rule, no token and no error. What is recorded as a fraction is done now and then, so
that the sum is right. Events go out after the answer and are marked in batches of the recorded size, as outboxes are.

It keeps of a request only what the clients wait for: the status, which only advances, and of a case how many ballots it has.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from bson import encode as bson
from pymongo import UpdateOne
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bench import score
from shared.clock import utc_now
from shared.settings import ServiceSettings
from shared.storage.indexes import aggregate_indexes
from shared.storage.mongo import connect, ensure_indexes

OWN = {"requests": "requests", "review": "cases"}
"""The collection in which a service keeps the request's own document."""
STATUSES = ("draft", "submitted", "in_review", "approved", "reserved", "accepted", "in_progress")
BECOMES = {
    "POST /requests/{id}/submit": "submitted",
    "case.opened.v1": "in_review",
    "case.decided.v1": "approved",
    "reservation.made.v1": "reserved",
    "POST /requests/{id}/accept": "accepted",
    "commitment.made.v1": "in_progress",
}
ANNOUNCER = {"request": "requests", "case": "review", "reservation": "budget", "commitment": "budget"}
ROUTES = {
    "requests": ("POST /requests/{id}/submit", "GET /requests/{id}", "POST /requests/{id}/accept"),
    "review": (
        "POST /cases/{id}/seats/{seat}/declaration",
        "PUT /cases/{id}/seats/{seat}/ballot",
        "POST /cases/{id}/summary",
        "POST /cases/{id}/summary/sign",
    ),
}
GROWS = "POST /requests/{id}/submit"
"""It adds a revision, so what it sets stays; what the others set replaces what was there."""
BALLOT, CLOSING, SEATS = "PUT /cases/{id}/seats/{seat}/ballot", " (closing)", 6
FILLING, FILLED_BYTES = "x" * 16, 110
"""Five values – four texts and what holds them – in 110 bytes; recorded: a value per 19 bytes of a case, per 24 of a request."""
PREFETCH = {"budget": 128}  # as budget's own edges
Document = dict[str, Any]


class Carry:
    """Turns means into whole numbers whose sum is right."""

    def __init__(self) -> None:
        self._rest: dict[Any, float] = defaultdict(float)

    def whole(self, key: Any, mean: float) -> int:
        """Return how many it is this time."""
        self._rest[key] += mean
        number = int(self._rest[key] + 1e-9)
        self._rest[key] -= number
        return number


class Bare:
    """One process: its database, its channel, and what it has to do for each operation."""

    def __init__(self, service: str, recorded: score.Score, settings: ServiceSettings) -> None:
        self.service = service
        self.score = recorded
        self.settings = settings
        self._client = connect(settings.mongo_url.get_secret_value())
        self._database = self._client[settings.database]
        self._carry = Carry()
        self._unmarked: list[tuple[str, str]] = []
        self._seq = 0
        self._after: set[asyncio.Task[None]] = set()
        self.ready = False

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Make indexes and topology, consume, and stop."""
        await self._prepare_documents()
        connection = await aio_pika.connect_robust(self.settings.rabbit_url.get_secret_value())
        async with connection:
            consuming, publishing = await connection.channel(), await connection.channel(publisher_confirms=True)
            await consuming.set_qos(prefetch_count=PREFETCH.get(self.service, 32))
            await self._topology(consuming, publishing)
            self.ready = True
            yield
            await asyncio.gather(*self._after)
        self._client.close()

    async def _prepare_documents(self) -> None:
        """Make the indexes, and one document of the recorded size in each collection that is only read."""
        own = OWN.get(self.service)
        indexes = [*import_module(f"services.{self.service}.outbound.indexes").INDEXES]
        await ensure_indexes(self._database, [*indexes, *(aggregate_indexes(own) if own else ())])
        sizes = {c.collection: c for o in self._operations().values() for c in o.commands if c.command == "find"}
        for collection, read in sizes.items():
            if collection != own:
                each = int(read.bytes / max(1.0, read.documents))
                for n in range(max(1, round(read.documents))):
                    fixed = {"_id": f"fixed-{n}", "book": "fixed", "seq": n, "body": filled(each)}
                    await self._database[collection].insert_one(fixed)

    def _operations(self) -> Mapping[str, score.Operation]:
        return {n: o for n, o in self.score.operations.items() if n.startswith(f"{self.service} ")}

    async def _topology(self, consuming: Any, publishing: Any) -> None:
        quorum = {"x-queue-type": "quorum"}
        archive = await consuming.declare_queue("bare.archive", durable=True, arguments={"x-queue-type": "stream"})
        self._exchanges = {}
        for announcer in sorted({*ANNOUNCER.values()}):
            name = f"bare.{announcer}"
            self._exchanges[announcer] = await publishing.declare_exchange(name, "topic", durable=True)
            await archive.bind(name, "#")
        takes = [name.partition(" takes ")[2] for name in self._operations() if " takes " in name]
        for announcer in sorted({ANNOUNCER[event.partition(".")[0]] for event in takes}):
            queue = await consuming.declare_queue(f"{self.service}.{announcer}", durable=True, arguments=quorum)
            for event in takes:
                if ANNOUNCER[event.partition(".")[0]] == announcer:
                    await queue.bind(f"bare.{announcer}", event)
            await queue.consume(self.take)

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Handle one event."""
        event = json.loads(message.body)
        await self.do(f"takes {event['type']}", event["request"], BECOMES.get(event["type"]))
        await message.ack()

    async def do(self, name: str, request: str, status: str | None = None) -> Document:
        """Do what is recorded for a call or an event of this request; return its own document, if this service has one."""
        operation = self.score.operations.get(f"{self.service} {name}")
        if operation is None:
            raise KeyError(f"{self.service} {name} is not in the recording")
        own = await self._read(name, operation, request)
        if name == BALLOT and own.get("ballots") == SEATS - 1:
            name += CLOSING
            closing = self.score.operations[f"{self.service} {name}"]
            more = [c for c in closing.commands if c.command == "find"]
            less = sum(c.per_call for c in operation.commands if c.command == "find" and c.collection == OWN["review"])
            for read in more:
                extra = read.per_call - (less if read.collection == OWN["review"] else 0)
                for _ in range(self._carry.whole((name, "find", read.collection), max(0.0, extra))):
                    await self._find(read, request)
            operation = closing
        events = [
            {"type": event_type, "request": request, "body": filled(int(self.score.messages[event_type]) - 150)}
            for event_type, mean in operation.publishes.items()
            for _ in range(round(mean))
        ]
        await self._write(name, operation, request, own, events, status)
        if events:
            self._later(self._announce(events))
        return own

    async def _read(self, name: str, operation: score.Operation, request: str) -> Document:
        own: Document = {}
        for read in operation.commands:
            if read.command != "find":
                continue
            for _ in range(self._carry.whole((name, "find", read.collection, read.by), read.per_call)):
                found = await self._find(read, request)
                if found and read.collection == OWN.get(self.service):
                    own = found
        return own

    async def _find(self, read: score.Counted, request: str) -> Document:
        collection = self._database[read.collection]
        if read.collection == OWN.get(self.service):
            found: Document | None = await collection.find_one({"_id": request}, {"history.data": 0})
            return found or {}
        if read.by == "id":
            return await collection.find_one({"_id": "fixed-0"}) or {}
        ids = [f"fixed-{number}" for number in range(max(1, round(read.documents)))]
        await collection.find({"_id": {"$in": ids}}).to_list(len(ids))
        return {}

    async def _write(
        self, name: str, operation: score.Operation, request: str, own: Document, events: list[Document], status: Any
    ) -> None:
        for write in operation.commands:
            if write.command == "find":
                continue
            times = self._carry.whole((name, write.command, write.collection, write.missed), write.per_call)
            if write.collection == OWN.get(self.service) and not write.missed:
                times = round(write.per_call)  # the way of the request hangs on it
            for _ in range(times):
                if write.command == "insert":
                    await self._insert(write, request, events)
                else:
                    await self._update(name, write, request, own, events, status)

    async def _insert(self, write: score.Counted, request: str, events: list[Document]) -> None:
        collection = self._database[write.collection]
        if write.collection == OWN.get(self.service):
            made = document(request, int(write.bytes - write.outbox), int(write.history))
            await collection.insert_one({**made, "outbox": events, "unsent_since": utc_now()})
            return
        entries = []
        for _ in range(max(1, round(write.documents))):
            self._seq += 1
            body = filled(int(write.bytes / max(1, write.documents)) - 150)
            entries.append({"_id": str(uuid4()), "book": "district:bare/1405", "seq": self._seq, "body": body})
        await collection.insert_many(entries)

    async def _update(
        self, name: str, write: score.Counted, request: str, own: Document, events: list[Document], status: Any
    ) -> None:
        version = own.get("version", 0) - (1 if write.missed else 0)
        now = utc_now()
        rest = int(write.bytes - write.history - write.outbox) - 150
        change: Document = {
            "$set": {"added" if name == GROWS else "part": filled(rest), **_fields(write, own, status)},
            "$push": {"history": {"n": version, "at": now, "data": filled(int(write.history) - 60)}},
            "$inc": {"version": 1, "ballots": 1 if status == "ballot" else 0},
        }
        if events:
            change["$push"]["outbox"] = {"$each": [{"id": f"{request}-{version}", **e} for e in events]}
            change["$min"] = {"unsent_since": now}
        updated = await self._database[write.collection].update_one({"_id": request, "version": version}, change)
        if not updated.modified_count and not write.missed:
            own.update(await self._database[write.collection].find_one({"_id": request}, {"history.data": 0}) or {})
            await self._update(name, write, request, own, events, status)  # two events of one request at one moment

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._after.add(task)
        task.add_done_callback(self._after.discard)

    async def _announce(self, events: list[Document]) -> None:
        """Publish confirmed to a quorum queue and the archive, and mark as often as is recorded."""
        for event in events:
            message = aio_pika.Message(json.dumps(event).encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await self._exchanges[self.service].publish(message, routing_key=event["type"], mandatory=True)
            self._unmarked.append((event["request"], event["type"]))
        relay = self.score.relays.get(self.service)
        for write in relay.commands if relay is not None else ():
            for _ in range(self._carry.whole(("relay", write.collection, write.command), write.per_call * len(events))):
                await self._mark(write)

    async def _mark(self, write: score.Counted) -> None:
        collection = self._database[write.collection]
        if write.collection != OWN.get(self.service):
            if write.command == "find":
                await self._find(write, "")
                return
            statements = [
                UpdateOne({"_id": f"book-{n}"}, {"$max": {"published_seq": self._seq}}, upsert=True)
                for n in range(max(1, round(write.documents)))
            ]
            await collection.bulk_write(statements, ordered=False)
            return
        ids = list({request for request, _event in self._unmarked})
        events = list({event for _request, event in self._unmarked})
        if write.sets:
            self._unmarked = []
            nothing_else = {"_id": {"$in": ids}, "outbox": {"$not": {"$elemMatch": {"type": {"$nin": events}}}}}
            update = collection.update_one if len(ids) == 1 else collection.update_many
            await update(nothing_else, {"$set": {"outbox": []}, "$unset": {"unsent_since": ""}})
        else:
            await collection.update_many({"_id": {"$in": ids}}, {"$pull": {"outbox": {"type": {"$in": events}}}})


def _fields(write: score.Counted, own: Document, status: str | None) -> Document:
    """Return the status, which only advances, and new values for the indexed fields that this write usually changes."""
    fields: Document = {field: utc_now() for field, share in write.sets.items() if share >= 0.5}
    fields.pop("unsent_since", None)  # comes with the outbox
    if "to_cast" in fields:
        fields["to_cast"] = own.get("to_cast", [])[1:]
    known = own.get("status", STATUSES[0])
    if status in STATUSES:
        fields["status"] = max(known, status, key=STATUSES.index)
    elif "status" in fields:
        fields["status"] = f"after-{own.get('version', 0)}"
    return fields


def padding(size: int) -> str:
    """Return a text of that many bytes."""
    return "x" * max(0, size)


def filled(size: int) -> list[dict[str, str]]:
    """Return about that many bytes of BSON in as many values as real documents have: a server that looks at values pays for each."""
    return [{"a": FILLING, "b": FILLING, "c": FILLING, "d": FILLING} for _ in range(round(size / FILLED_BYTES))]


def document(id: str, size: int, history: int) -> Document:
    """Return a request's or a case's document with every field that an index of requests or review uses.

    size: bytes of BSON; history: how many of them are data of the history, which no read returns.
    """
    now = utc_now()
    made = {
        "_id": id,
        "version": 1,
        "sequence": 0,
        "status": "draft",
        "ballots": 0,
        "organization": "organization-of-a-usual-length-36-ch",
        "district": "d01",
        "proposal": {"district": "d01", "programme": "programme-of-a-usual-length-with-36-c"},
        "created_at": now,
        "received_at": now,
        "to_cast": [f"member-d01-{seat}" for seat in range(1, SEATS + 1)],
        "due_at": now,
        "history": [{"n": 1, "at": now, "data": filled(history)}],
        "outbox": [],
    }
    return {**made, "body": filled(size - len(bson(made)))}


def create_app() -> Starlette:
    """Return the application of the service that SAMA_SERVICE names."""
    settings = ServiceSettings()
    bare = Bare(settings.service, score.load(), settings)

    async def ready(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ready"}, 200 if bare.ready else 503)

    routes = [Route("/health/ready", ready)]
    for name in ROUTES.get(settings.service, ()):
        method, _, path = name.partition(" ")
        routes.append(Route(path, _endpoint(bare, name), methods=[method]))
    return Starlette(routes=routes, lifespan=bare.lifespan)


def _endpoint(bare: Bare, name: str) -> Any:
    operation = bare.score.operations[f"{bare.service} {name}"]
    status = "ballot" if name == BALLOT else BECOMES.get(name)

    async def answer(request: Request) -> JSONResponse:
        if await request.body():
            await request.json()
        id = request.path_params["id"]
        own = await bare.do(name, id, status)
        body = {"id": id, "status": own.get("status"), "version": own.get("version"), "case": {"id": id}}
        return JSONResponse({**body, "body": padding(int(operation.answer) - 150)})

    return answer
