"""Waiting until nothing moves any more, and the check of everything that must hold then."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any, Final

import httpx
import orjson
from pymongo import MongoClient

from ops.verify.histories import KINDS
from services.budget.outbound.announce import Terms, event_of
from shared.messaging.archive import Archive
from shared.messaging.publisher import Publisher
from shared.messaging.topology import ARCHIVE, PUBLIC, dead_of
from tests.integration.faults.city import City
from tests.integration.faults.workload import Attempt, Workload
from tests.waiting import until

Document = dict[str, Any]
QUIET_SECONDS: Final = 120.0  # sweeps and reconnections take some ten; the rest is for a busy machine
STEADY_SECONDS: Final = 1.5  # the broker's figures are half a second old
LOOK_SECONDS: Final = 0.3
EventName = tuple[str, int]
"""Subject and number of an event."""


async def quiet(city: City, *, steady: float = STEADY_SECONDS) -> None:
    """Return once every outbox is empty, every queue is empty with nothing unacknowledged, and every cursor is at its book's end.

    steady: seconds for which it has to look so; longer where the broker's figures are older.
    """
    since: float | None = None
    moving: list[str] = ["not looked yet"]

    async def still() -> bool:
        nonlocal since, moving
        await asyncio.sleep(LOOK_SECONDS)
        moving = [*await asyncio.to_thread(unsent, city), *await _in_queues(city)]
        since = None if moving else since or time.monotonic()
        return since is not None and time.monotonic() - since >= steady

    try:
        await until(still, seconds=QUIET_SECONDS, what="nothing moves")
    except AssertionError as error:
        raise AssertionError(f"still moving after {QUIET_SECONDS} s: {moving}") from error


async def check(city: City, *workloads: Workload, archive: bool = True) -> None:
    """Raise AssertionError unless the invariants hold, nothing is dead, the archive is whole, and every ``ok`` is true.

    archive: False where a restored database rightly contradicts it.
    """
    report = await city.verified(archive=archive)
    assert report.findings == [], "\n".join(map(str, report.findings))
    dead = {
        q["name"]: q["messages"] for q in await city.vhost_queues() if q["name"].endswith(dead_of("")) and q["messages"]
    }
    assert dead == {}, "dead letters"
    if archive:
        missing = await asyncio.to_thread(_announced, city) - await archived(city)
        assert missing == set(), "written, and not in the archive"
    for workload in workloads:
        await kept(city, workload)


async def kept(city: City, workload: Workload) -> None:
    """Raise AssertionError unless every call that was answered ok is there, and every request ended as its money allows."""
    await _each_ok_is_there(city, workload)
    _money_is_exact(workload)


async def archived(city: City) -> set[EventName]:
    """Return subject and number of every event of the archive."""
    return {(body["subject"], int(body["sequence"])) for body in await archived_bodies(city)}


async def begun_and_cut(city: City, attempts: Iterable[Attempt]) -> list[Attempt]:
    """Return the calls that were done, as an event of theirs shows, and yet got no answer.

    A connection may break without harm: who stops closes those whose request has not been read, and its caller gives it to another.
    """
    done = {body.get("correlationid") for body in await archived_bodies(city)}
    return [attempt for attempt in attempts if attempt.status is None and attempt.correlation in done]


async def archived_bodies(city: City) -> list[Mapping[str, Any]]:
    """Return every event of the archive."""
    settings = city.messaging
    publisher = Publisher(settings, "faults mark")
    await publisher.start()
    try:
        return [orjson.loads(event.body) async for event in Archive(settings, publisher, "faults").read()]
    finally:
        await publisher.stop()


async def _in_queues(city: City) -> list[str]:
    try:
        queues = await city.vhost_queues()
    except httpx.HTTPError as error:
        return [f"the management API: {type(error).__name__}"]
    if not queues or any("messages" not in queue for queue in queues):
        return ["queues without figures yet"]
    return [
        f"{q['name']}: {q['messages']} messages"
        for q in queues
        if q["messages"] and q["name"] not in (ARCHIVE, PUBLIC) and not q["name"].endswith(dead_of(""))
    ]


def _client(city: City) -> "MongoClient[Document]":
    return MongoClient(city.mongo_url, tz_aware=True, serverSelectionTimeoutMS=5_000)


def unsent(city: City, only: str | None = None) -> list[str]:
    """Return what is saved and not yet announced, in words; ``only``: by this service."""
    with closing(_client(city)) as client:
        found = []
        for service, kinds in KINDS.items():
            for kind in kinds if only in (None, service) else ():
                collection = client[f"{city.prefix}_{service}"][kind.collection]
                waiting = collection.count_documents(
                    {"$or": [{"unsent_since": {"$exists": True}}, {"outbox.0": {"$exists": True}}]}
                )
                if waiting:
                    found.append(f"{service}.{kind.collection}: {waiting} outboxes")
        if only not in (None, "budget"):
            return found
        budget = client[f"{city.prefix}_budget"]
        ends: dict[str, int] = {}
        for entry in budget["entries"].find({}, {"book": 1, "seq": 1}):
            ends[entry["book"]] = max(entry["seq"], ends.get(entry["book"], 0))
        cursors = {cursor["_id"]: cursor.get("published_seq", 0) for cursor in budget["cursors"].find()}
        return found + [
            f"{book} announced up to {cursors.get(book, 0)} of {end}"
            for book, end in ends.items()
            if cursors.get(book) != end
        ]


def _announced(city: City) -> set[EventName]:
    """Return subject and number of every event that the stored histories and books stand for."""
    with closing(_client(city)) as client:
        found = {
            (f"{kind.noun}/{document['_id']}", number)
            for service, kinds in KINDS.items()
            for kind in kinds
            for document in client[f"{city.prefix}_{service}"][kind.collection].find({}, {"sequence": 1})
            for number in range(1, document["sequence"] + 1)
        }
        entries = list(client[f"{city.prefix}_budget"]["entries"].find().sort([("book", 1), ("seq", 1)]))
    return found | set(_of_books(entries))


def _of_books(entries: list[Document]) -> Iterator[EventName]:
    terms = {
        e["book"]: Terms(e["facts"]["currency"], e["facts"].get("district")) for e in entries if e["kind"] == "opening"
    }
    for entry in entries:
        event: Mapping[str, Any] | None = event_of(entry, terms[entry["book"]])
        if event is not None:
            yield event["subject"], int(event["sequence"])


async def _each_ok_is_there(city: City, workload: Workload) -> None:
    """Repeat each command that was answered ok: it is answered as it was then, as a repeat, so it was stored."""
    first = {attempt.command.key: attempt for attempt in workload.log.of("ok") if not attempt.command.first}
    async with httpx.AsyncClient(timeout=60, trust_env=False, headers={"Accept-Language": "en"}) as http:
        for attempt in first.values():
            again = await workload.send(http, attempt.command)
            assert again is not None
            told = (again.is_success, again.text, again.headers.get("idempotent-replayed"))
            assert told == (True, attempt.text, "true"), f"answered ok and not there: {attempt.command} {told}"
    ballots = {attempt.command.path for attempt in workload.log.of("ok") if attempt.command.first}
    missing = ballots - await asyncio.to_thread(_ballots, city)
    assert missing == set(), "ballots that were answered ok and are not there"


def _ballots(city: City) -> set[str]:
    with closing(_client(city)) as client:
        return {
            f"/cases/{case['_id']}/seats/{entry['data']['seat']}/ballot"
            for case in client[f"{city.prefix}_review"]["cases"].find({}, {"history": 1})
            for entry in case["history"]
            if entry["type"] == "BallotCast"
        }


def _money_is_exact(workload: Workload) -> None:
    for district, ends in workload.ends.items():
        assert sorted(ends) == ["in_progress"] * workload.awards + ["waiting"], (district, ends)
