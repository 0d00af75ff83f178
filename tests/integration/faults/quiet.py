"""Waiting until nothing is on its way: no outbox, no cursor behind its journal, no message in any queue, for a while."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from pymongo import MongoClient

from ops.verify.histories import KINDS
from shared.messaging.topology import ARCHIVE
from tests.integration.live import Live

Client = MongoClient[dict[str, Any]]

HELD_SECONDS: Final = 2.0  # the management's figures are up to half a second old, and a sweep comes every two
LOOK_SECONDS: Final = 0.25


@contextmanager
def databases(live: Live) -> Iterator[Client]:
    """Open a client of the database, past the proxy."""
    client: Client = MongoClient(live.mongo_url, tz_aware=True, serverSelectionTimeoutMS=5_000)
    try:
        yield client
    finally:
        client.close()


async def queues(live: Live) -> Mapping[str, int]:
    """Return how many messages each queue holds, in work or waiting."""
    address = urlsplit(live.messaging.management_url)
    async with httpx.AsyncClient(auth=(address.username or "", address.password or ""), trust_env=False) as client:
        url = f"http://{address.hostname}:{address.port}/api/queues/{live.prefix}"
        answer = (await client.get(url, timeout=10)).raise_for_status()
    return {queue["name"]: queue.get("messages", -1) for queue in answer.json()}  # not counted yet: not quiet


async def dead_letters(live: Live) -> Mapping[str, int]:
    """Return the queues of dead letters that are not empty."""
    return {name: number for name, number in (await queues(live)).items() if name.endswith(".dead") and number}


def unannounced(live: Live) -> list[str]:
    """Name every outbox that is not empty and every book whose cursor is behind."""
    with databases(live) as client:
        waiting = [
            f"{kind.noun}/{found['_id']}"
            for service, kinds in KINDS.items()
            for kind in kinds
            for found in client[f"{live.prefix}_{service}"][kind.collection].find({"outbox.0": {"$exists": True}}, {})
        ]
        budget = client[f"{live.prefix}_budget"]
        heads: dict[str, int] = {}
        for entry in budget["entries"].find({}, {"book": 1, "seq": 1}):
            heads[entry["book"]] = max(heads.get(entry["book"], 0), entry["seq"])
        cursors = {cursor["_id"]: cursor.get("published_seq", 0) for cursor in budget["cursors"].find()}
    return waiting + [f"book/{book}" for book, seq in heads.items() if cursors.get(book, 0) < seq]


async def on_the_way(live: Live) -> list[str]:
    """Name everything that is on its way."""
    found = await asyncio.to_thread(unannounced, live)
    in_queues = await queues(live)
    return found + [
        f"queue {name}: {number}"
        for name, number in in_queues.items()
        if number and name != ARCHIVE and not name.endswith(".dead")
    ]


async def quiet(live: Live, seconds: float = 120) -> None:
    """Return when nothing has been on its way for HELD_SECONDS. Raises AssertionError with what still is at the deadline."""
    deadline = monotonic() + seconds
    since: float | None = None
    while since is None or monotonic() - since < HELD_SECONDS:
        moving = await on_the_way(live)
        since = None if moving else since or monotonic()
        assert monotonic() < deadline, f"still on its way after {seconds} s: {moving}"
        await asyncio.sleep(LOOK_SECONDS)
