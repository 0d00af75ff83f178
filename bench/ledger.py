"""How fast is the journal? Commitments through the real journal against insert_one of the same documents, one at a time.

    python -m bench.ledger [--books 4] [--each 256] [--rounds 7]

Both on the same server (``SAMA_MONGO_URL``), in the same run, turn by turn, into collections with the same index and validator,
acknowledged alike. 64 commands wait per book: each is followed by another as soon as it is answered, as a queue with a full prefetch
does. The target is 5 times. A bare collection, without index and validator, is printed too: what the guards cost.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from services.budget.domain.commands import Commit, OpenBook, ReceiveAllotment, Reserve
from services.budget.domain.entries import Entry
from services.budget.outbound.indexes import INDEXES
from services.budget.outbound.journal import MAJORITY, VALIDATOR, MongoEntries, ensure_validator
from services.budget.outbound.writer import Journal
from shared.clock import new_id, utc_now
from shared.contracts.envelope import Cause
from shared.storage.indexes import Index
from shared.storage.mongo import Collection, Database, connect, ensure_indexes

WAITING: Final = 64
TARGET: Final = 5.0
SAMPLE: Final = 200  # documents inserted one at a time per round: enough for a steady mean
AMOUNT: Final = 10_000_000
CAUSE: Final = Cause("person-1", "5a3c0de5-1405-4c1e-9d0b-6f1c1f0e52a5", "7b1c1f0e-52a5-5f0e-9d0b-5a3c0de51405")


@dataclass(frozen=True, slots=True)
class Round:
    """Entries per second of one round, each way."""

    journal: float
    one_by_one: float
    bare: float

    @property
    def ratio(self) -> float:
        """How many times as fast the journal is."""
        return self.journal / self.one_by_one


async def measure(mongo_url: str, *, books: int = 4, each: int = 256, rounds: int = 7) -> list[Round]:
    """Return the rounds, after one to warm up. The database is removed at the end."""
    client = connect(mongo_url)
    database = client[f"sama_bench_{uuid4().hex[:8]}"]
    try:
        await ensure_validator(database)
        await ensure_indexes(database, INDEXES)
        guarded, bare = await _twin(database, "one_by_one", guarded=True), await _twin(database, "bare", guarded=False)
        measured = []
        for n in range(rounds + 1):
            written, journal = await _through_journal(database, books, each, n)
            same = written[:SAMPLE]
            measured.append(Round(journal, await _one_by_one(guarded, same), await _one_by_one(bare, same)))
        return measured[1:]
    finally:
        await client.drop_database(database.name)
        client.close()


def report(rounds: Sequence[Round]) -> list[str]:
    """Return what was measured, as lines to print."""
    ratio = statistics.median(r.ratio for r in rounds)
    rate = statistics.median(r.journal for r in rounds)
    single = statistics.median(r.one_by_one for r in rounds)
    bare = statistics.median(r.bare for r in rounds)
    spread = f"{min(r.ratio for r in rounds):.1f} to {max(r.ratio for r in rounds):.1f}"
    return [
        f"journal: {rate:,.0f} entries/s with {WAITING} waiting per book (median of {len(rounds)} rounds)",
        f"insert_one, one at a time, same documents and guards: {single:,.0f}/s (a bare collection: {bare:,.0f}/s)",
        f"ratio: {ratio:.1f} ({spread}) – target {TARGET:.0f} {'met' if ratio >= TARGET else 'NOT met'}",
    ]


async def _twin(database: Database, name: str, *, guarded: bool) -> Collection:
    if guarded:
        await database.create_collection(name, validator=VALIDATOR)
        await ensure_indexes(database, [Index(name, i.keys, i.unique, i.sparse, i.partial) for i in INDEXES])
    return database.get_collection(name, write_concern=MAJORITY)


async def _through_journal(database: Database, books: int, each: int, n: int) -> tuple[Sequence[Entry], float]:
    """Return the commitments' documents and entries per second."""
    written: list[Entry] = []
    journal = Journal(MongoEntries(database), utc_now)
    districts = [f"{n}-{place}" for place in range(books)]
    requests = {f"district:{district}/1405": [new_id() for _ in range(each)] for district in districts}
    for district, book in zip(districts, requests, strict=True):
        opening = OpenBook(book, new_id(), "d" * 64, "1405", district, "IRR", "first_fit", None)
        await journal.submit(opening, CAUSE)
        await journal.submit(ReceiveAllotment(book, new_id(), each * AMOUNT), CAUSE)
    reserves = [Reserve(book, r, 1, f"org-{r}", AMOUNT, "IRR", True, 3) for book, ids in requests.items() for r in ids]
    await asyncio.gather(*(journal.submit(reserve, CAUSE) for reserve in reserves))
    journal.written = lambda _book, entries: written.extend(entries)

    async def one_of_64(book: str, left: list[str]) -> None:
        while left:
            request = left.pop()
            await journal.submit(Commit(book, request, 3, f"org-{request}", AMOUNT, "IRR", True, 3), CAUSE)

    started = time.perf_counter()
    await asyncio.gather(*(one_of_64(book, left) for book, left in requests.items() for _ in range(WAITING)))
    return written, len(written) / (time.perf_counter() - started)


async def _one_by_one(collection: Collection, entries: Sequence[Entry]) -> float:
    started = time.perf_counter()
    for entry in entries:
        await collection.insert_one(dict(entry))
    return len(entries) / (time.perf_counter() - started)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--books", type=int, default=4)
    arguments.add_argument("--each", type=int, default=256)
    arguments.add_argument("--rounds", type=int, default=7)
    given = arguments.parse_args()
    url = os.environ.get("SAMA_MONGO_URL", "mongodb://127.0.0.1:27017/")
    for line in report(asyncio.run(measure(url, books=given.books, each=given.each, rounds=given.rounds))):
        print(line)


if __name__ == "__main__":
    main()
