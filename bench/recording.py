"""A real service that counts what it does: ``uvicorn bench.recording:app`` with SAMA_SERVICE and SAMA_BENCH_RECORD (a folder).

MongoDB commands are counted by the driver's own monitoring, events where they are pushed into an outbox or inserted as entries, messages
where the relay publishes them. Each is put down to the HTTP call or the handled event in whose context it happened; what relays do is put
down to them. While the folder has a file ``on`` it counts; at the end of the service the counts are in ``<service>.json``.
"""

import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import bson
from pymongo import monitoring
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.budget.outbound.announcer import Announcer
from shared.contracts.envelope import encode
from shared.messaging.publisher import Publisher
from shared.messaging.relay import OutboxRelay
from shared.messaging.subscriptions import Subscriptions
from shared.storage.indexes import aggregate_indexes

SERVICE = os.environ["SAMA_SERVICE"]
FOLDER = Path(os.environ["SAMA_BENCH_RECORD"])
RELAY, AGAIN = "relay", " again"
COUNTED = frozenset({"find", "aggregate", "insert", "update", "delete", "findAndModify"})


@dataclass
class Doing:
    """One call, event or round of a relay: what it has done so far. closes: it closed a case, which happens once in six ballots."""

    name: str
    commands: list[dict[str, Any]] = field(default_factory=list)
    publishes: dict[str, int] = field(default_factory=dict)
    answer: int = 0

    def announce(self, event_type: str) -> None:
        """Note an event to be published."""
        self.publishes[event_type] = self.publishes.get(event_type, 0) + 1


_doing: ContextVar[Doing | None] = ContextVar("doing", default=None)
_done: list[Doing] = []
_messages: dict[str, list[int]] = {}
_taken: set[str] = set()


@contextmanager
def _recorded(name: str) -> Iterator[Doing | None]:
    """Put down what happens inside to this name, if the counting is on."""
    if not (FOLDER / "on").exists():
        yield None
        return
    doing = Doing(name)
    _done.append(doing)
    token = _doing.set(doing)
    try:
        yield doing
    finally:
        _doing.reset(token)


class _Commands(monitoring.CommandListener):
    """Counts the commands of the driver. It runs in the driver's threads, in the context of who asked."""

    def __init__(self) -> None:
        self._started: dict[int, tuple[Doing, Mapping[str, Any]]] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        doing = _doing.get()
        if doing is not None and event.command_name in COUNTED:
            self._started[event.request_id] = (doing, event.command)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        doing, command = self._started.pop(event.request_id, (None, {}))
        if doing is None:
            return
        made = _described(event.command_name, command, event.reply)
        doing.commands.append(made)
        if not made["missed"]:
            for event_type in made.pop("events"):
                doing.announce(event_type)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._started.pop(event.request_id, None)


def _described(name: str, command: Mapping[str, Any], reply: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": name,
        "collection": command[name],
        "by": "other",
        "missed": False,
        "documents": 1,
        "bytes": 0,
        "history": 0,
        "outbox": 0,
        "sets": [],
        "events": [],
    }
    if name in ("find", "aggregate"):
        found = reply["cursor"]["firstBatch"]
        made |= {"by": _by(command.get("filter", {})), "documents": len(found), "bytes": _size(found)}
    elif name == "insert":
        documents = command["documents"]
        made |= {"by": "id", "documents": len(documents), "bytes": _size(documents)}
        made["history"] = sum(_size(document.get("history", [])) for document in documents)
        made["outbox"] = sum(_size(document.get("outbox", [])) for document in documents)
        made["events"] = [event for document in documents for event in _announced(document)]
    elif name == "update":
        updates = command["updates"]
        made |= {"by": _by(updates[0]["q"]), "documents": len(updates), "bytes": _size(updates)}
        made["missed"] = made["by"] == "id" and len(updates) == 1 and not reply.get("n")
        made |= _pushed(updates[0]["u"])
    return made


def _pushed(change: Mapping[str, Any]) -> dict[str, Any]:
    pushed = change.get("$push", {})
    history = pushed.get("history", {}).get("$each", [])
    outbox = pushed.get("outbox", {}).get("$each", [])
    fields = {*change.get("$set", {}), *change.get("$unset", {}), *change.get("$min", {})}
    return {
        "history": _size(history),
        "outbox": _size(outbox),
        "events": [event["type"] for event in outbox],
        "sets": sorted(fields & _INDEXED),
    }


def _announced(document: Mapping[str, Any]) -> list[str]:
    if "outbox" in document:
        return [event["type"] for event in document["outbox"]]
    if (
        "seq" in document and "kind" in document
    ):  # an entry of a book: reservation_made is announced as reservation.made.v1
        return [f"{str(document['kind']).replace('_', '.', 1)}.v1"]
    return []


def _by(query: Mapping[str, Any]) -> str:
    id = query.get("_id")
    if isinstance(id, str):
        return "id"
    return "ids" if isinstance(id, dict) and "$in" in id else "other"


def _size(documents: Sequence[Any]) -> int:
    return sum(len(bson.encode(document)) for document in documents)


def _indexed_fields() -> frozenset[str]:
    indexes = [*import_module(f"services.{SERVICE}.outbound.indexes").INDEXES, *aggregate_indexes("")]
    return frozenset(key.partition(".")[0] for index in indexes for key, _direction in index.keys)


_INDEXED = _indexed_fields()


def _count_messaging() -> None:
    on, publish = Subscriptions.on, Publisher.publish

    def counted_on(self: Subscriptions, event: Any, handler: Callable[[Any, Any], Awaitable[None]]) -> None:
        async def handle(data: Any, envelope: Any) -> None:
            again = AGAIN if envelope.id in _taken else ""
            _taken.add(envelope.id)
            with _recorded(f"{self.consumer} takes {event.event_type}{again}"):
                await handler(data, envelope)

        on(self, event, handle)

    async def counted_publish(self: Publisher, events: Sequence[Mapping[str, Any]]) -> None:
        await publish(self, events)
        doing = _doing.get()
        for event in events if doing is not None else ():
            assert doing is not None
            doing.announce(event["type"])
            _messages.setdefault(event["type"], []).append(len(encode(dict(event))))

    Subscriptions.on = counted_on  # type: ignore[method-assign]
    Publisher.publish = counted_publish  # type: ignore[method-assign]
    for relay in (OutboxRelay, Announcer):
        setattr(relay, "flush", _counted_flush(relay.flush))  # noqa: B010 - mypy knows methods cannot be assigned


def _counted_flush(flush: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    @wraps(flush)
    async def counted(self: Any) -> None:
        with _recorded(RELAY):
            await flush(self)

    return counted


class _Counting:
    """Puts an HTTP call's doings down to its route, and writes all down when the service ends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            _write_down()
            return
        with _recorded("") as doing:

            async def counted_send(message: Message) -> None:
                if doing is not None:
                    doing.answer += len(message.get("body", b""))
                await send(message)

            await self._app(scope, receive, counted_send)
        if doing is not None:
            route = getattr(scope.get("route"), "path", scope["path"])
            doing.name = f"{SERVICE} {scope['method']} {route}"


def _write_down() -> None:
    doings = [
        {"name": d.name, "commands": d.commands, "publishes": d.publishes, "answer": d.answer} for d in _done if d.name
    ]
    (FOLDER / f"{SERVICE}.json").write_text(json.dumps({"doings": doings, "messages": _messages}))


monitoring.register(_Commands())
_count_messaging()
app: ASGIApp = _Counting(import_module(f"services.{SERVICE}.main").app)
