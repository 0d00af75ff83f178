"""What must hold when all is quiet: the invariants, the archive whole, no dead letter, and every acknowledged write there.

The check of the archive is this folder's own thin one; that of ``sama verify`` is to take its place.
"""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

from ops.verify.histories import KINDS
from services.budget.outbound.announce import Terms, event_of
from shared.contracts.envelope import SEQUENCE_DIGITS, decode
from shared.contracts.ids import derive_id
from shared.messaging.archive import Archive
from shared.messaging.publisher import Publisher
from tests.integration.faults.quiet import databases, dead_letters, quiet
from tests.integration.faults.workload import Workload
from tests.integration.live import Live


async def check(live: Live, work: Workload | None = None) -> None:
    """Wait for quiet and check everything. Raises AssertionError with what is wrong."""
    await live.ready(seconds=90)
    await quiet(live)
    report = await live.verified()
    assert not report.findings, "\n".join(map(str, report.findings))
    assert report.aggregates > 0
    assert report.entries > 0
    lost = await not_archived(live)
    assert not lost, f"not in the archive: {lost}"
    assert not await dead_letters(live)
    if work is not None:
        await acknowledged_is_there(live, work)


async def not_archived(live: Live) -> list[str]:
    """Name every event of a history or a journal that the archive does not hold (I5)."""
    expected = await asyncio.to_thread(lambda: dict(_expected(live)))
    held = await archived(live)
    return sorted(what for id, what in expected.items() if id not in held)


async def archived(live: Live) -> dict[str, bytes]:
    """Return every event of the archive by its id."""
    publisher = Publisher(live.messaging, "the check of the archive")
    await publisher.start()
    try:
        async with aclosing(Archive(live.messaging, publisher, "the check of").read()) as events:
            return {decode(event.body).id: event.body async for event in events}
    finally:
        await publisher.stop()


def _expected(live: Live) -> Iterator[tuple[str, str]]:
    with databases(live) as client:
        for service, kinds in KINDS.items():
            for kind in kinds:
                for document in client[f"{live.prefix}_{service}"][kind.collection].find({}, {"sequence": 1}):
                    subject = f"{kind.noun}/{document['_id']}"
                    for number in range(1, document["sequence"] + 1):
                        sequence = str(number).zfill(SEQUENCE_DIGITS)
                        yield derive_id(f"/sama/{service}", subject, sequence), f"{subject} {number}"
        terms: dict[str, Terms] = {}
        for entry in client[f"{live.prefix}_budget"]["entries"].find().sort([("book", 1), ("seq", 1)]):
            if entry["seq"] == 1:
                terms[entry["book"]] = Terms(entry["facts"]["currency"], entry["facts"].get("district"))
            event = event_of(entry, terms[entry["book"]])
            if event is not None:
                yield event["id"], f"{entry['book']} {entry['seq']}"


def _writes(live: Live) -> dict[str, int]:
    """Count what is stored: steps of every aggregate and entries of every book."""
    with databases(live) as client:
        counts = {
            f"{kind.noun}/{found['_id']}": len(found["history"])
            for service, kinds in KINDS.items()
            for kind in kinds
            for found in client[f"{live.prefix}_{service}"][kind.collection].find({}, {"history.n": 1})
        }
        counts["entries"] = client[f"{live.prefix}_budget"]["entries"].count_documents({})
    return counts


async def acknowledged_is_there(live: Live, work: Workload) -> None:
    """Repeat every acknowledged command: each must answer as before, and none may write anything.

    A write that was acknowledged and lost would be done anew, and be seen in the counts.
    """
    done: dict[tuple[str, str], Any] = {}
    for logged in work.log:
        if logged.outcome == "ok" and (key := logged.command.headers.get("Idempotency-Key")):
            earlier = done.setdefault((logged.command.service, key), logged)
            assert earlier.text == logged.text, f"two answers to one key: {earlier} {logged}"
    assert done
    before = await asyncio.to_thread(_writes, live)
    for logged in done.values():
        again = await work.do(logged.command)
        assert (again.status, again.text) == (logged.status, logged.text), f"{logged.command.url} was not there"
    assert await asyncio.to_thread(_writes, live) == before, "an acknowledged write was lost and is now done anew"
