"""``sama verify``: reads all databases and checks the invariants. Changes nothing.

I1–I3 every book (by the same verifier that a citizen uses), I6 every case, I8 the money between books and every approval; and the stored
state of every aggregate is the fold of its history.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pymongo import MongoClient
from pymongo.database import Database as PyMongoDatabase

from ops.verify.books import check_entries
from ops.verify.cases import check_case
from ops.verify.findings import Finding
from ops.verify.histories import KINDS, check_history
from ops.verify.money import check_approvals, check_city, check_ends, subject_states

Document = dict[str, Any]
Database = PyMongoDatabase[Document]

ON_ITS_WAY_SECONDS: Final = 15.0  # an approval reaches its book in far less; a broker that restarts takes about ten


@dataclass
class Report:
    """What was looked at and what was found."""

    books: int = 0
    entries: int = 0
    cases: int = 0
    aggregates: int = 0
    heads: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify_system(
    mongo_url: str,
    prefix: str = "sama",
    *,
    progress: Callable[[str], None] = lambda _: None,
    on_its_way_seconds: float = ON_ITS_WAY_SECONDS,
) -> Report:
    """Verify the four databases. Raises pymongo's errors when the database does not answer.

    on_its_way_seconds: how long an approval that no book knows yet may be on its way, in a system that is at work.
    """
    client: MongoClient[Document] = MongoClient(mongo_url, tz_aware=True, serverSelectionTimeoutMS=5_000)
    try:
        report = Report()
        budget = client[f"{prefix}_budget"]
        announced = _announced(budget)  # before the books: what is announced was written before
        # The cases first: an approval seen here may still be on its way to its book, never the other way round.
        cases = _check_aggregates(client, prefix, report, progress)
        books = _read_books(budget)
        for book, entries in books.items():
            progress(book)
            report.findings += check_entries(entries)
            report.books += 1
            report.entries += len(entries)
            report.heads[book] = entries[-1]["hash"]
        report.findings += check_ends(announced, {book: len(entries) for book, entries in books.items()})
        for case in cases:
            report.findings += check_case(case, case["history"])
            report.cases += 1
        for year in sorted({book.rpartition("/")[2] for book in books}):
            report.findings += check_city(year, books)
        report.findings += _check_approvals(budget, books, list(_approvals(cases)), on_its_way_seconds)
        return report
    finally:
        client.close()


def _check_aggregates(
    client: "MongoClient[Document]", prefix: str, report: Report, progress: Callable[[str], None]
) -> list[Document]:
    """Check every aggregate against its history; return the cases."""
    cases: list[Document] = []
    for service, kinds in KINDS.items():
        for kind in kinds:
            progress(f"{service}: {kind.collection}")
            for document in client[f"{prefix}_{service}"][kind.collection].find():
                report.aggregates += 1
                report.findings += check_history(kind, document)
                if kind.noun == "case":
                    cases.append(document)
    return cases


def _read_books(budget: Database) -> Mapping[str, Sequence[Document]]:
    """Read the districts' books before the city's: an allotment made in between is then in flight, and never seen to arrive
    without having left."""
    books: dict[str, list[Document]] = {}
    for owners in ({"book": {"$gte": "d"}}, {"book": {"$lt": "d"}}):
        for entry in budget["entries"].find(owners).sort([("book", 1), ("seq", 1)]):
            books.setdefault(entry["book"], []).append(entry)
    return dict(sorted(books.items()))


def _announced(budget: Database) -> Mapping[str, int]:
    """Return up to which entry each book has been announced."""
    return {cursor["_id"]: cursor.get("published_seq", 0) for cursor in budget["cursors"].find()}


def _approvals(cases: Sequence[Document]) -> Iterator[Document]:
    for case in cases:
        if case["decision"] is not None and case["result"]["outcome"] == "approved":
            yield {"case": case["_id"], "request": case["request"], "amount": case["result"]["amount"]}


def _check_approvals(
    budget: Database, books: Mapping[str, Sequence[Document]], approvals: Sequence[Document], seconds: float
) -> list[Finding]:
    """Check I8 of every approval; one that no book knows yet is looked for again until ``seconds`` are over."""
    deadline = time.monotonic() + seconds
    while True:
        subjects = subject_states(books)
        if time.monotonic() > deadline or all(approval["request"] in subjects for approval in approvals):
            return list(check_approvals(approvals, subjects))
        time.sleep(0.5)
        books = _read_books(budget)
