"""``sama verify``: reads all databases, and the archive, and checks the invariants. Changes nothing.

Some checks hold at every moment: a book, a case, a state and its history. Others compare services, and between those something may be on
its way in a system at work; what they find is looked for again, and only what is the same in every look is reported.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from pymongo import MongoClient

from ops.verify.archive import Archived, check_archive
from ops.verify.books import check_entries
from ops.verify.broker import AWAY, check_dead_letters, count_dead_letters, read_archive, read_public
from ops.verify.cases import check_case
from ops.verify.copies import check_copies, check_outboxes
from ops.verify.effects import check_effects
from ops.verify.facts import check_facts
from ops.verify.findings import ON_ITS_WAY_SECONDS, Finding
from ops.verify.heads import check_all_kept, check_heads, check_kept
from ops.verify.money import check_city, check_ends
from ops.verify.public import Shown, check_public
from ops.verify.report import Check, Report, judge
from ops.verify.snapshot import Document, Read, Snapshot, take
from ops.verify.standings import check_standings
from shared.messaging.broker import MessagingSettings
from shared.tls import tls_options

Progress = Callable[[str], None]

LOOK_AGAIN_SECONDS: Final = 0.5
NO_BROKER: Final = "no broker is known: name it with SAMA_RABBIT_URL"
OF_THE_BROKER: Final = ("events in the archive", "public events", "queues of dead letters")


def verify_system(
    mongo_url: str,
    prefix: str = "sama",
    *,
    broker: MessagingSettings | None = None,
    progress: Progress = lambda _: None,
    on_its_way_seconds: float = ON_ITS_WAY_SECONDS,
) -> Report:
    """Verify the four databases and, with ``broker``, the archive and the dead letters; not from within an event loop.

    on_its_way_seconds: how long something may be on its way between services, in a system that is at work.
    Raises pymongo's errors when the database does not answer; a broker that does not answer makes its checks skipped.
    """
    client: MongoClient[Document] = MongoClient(
        mongo_url, tz_aware=True, serverSelectionTimeoutMS=5_000, **tls_options(mongo_url)
    )
    try:
        return verify(reading(client, prefix), broker=broker, progress=progress, on_its_way_seconds=on_its_way_seconds)
    finally:
        client.close()


def reading(client: "MongoClient[Document]", prefix: str) -> Read:
    """Return how documents are read from the databases of this prefix."""

    def read(service: str, collection: str, where: Any) -> Iterator[Document]:
        found = client[f"{prefix}_{service}"][collection].find(where)
        return iter(found.sort([("book", 1), ("seq", 1)]) if collection == "entries" else found)

    return read


def verify(
    read: Read,
    *,
    broker: MessagingSettings | None = None,
    progress: Progress = lambda _: None,
    on_its_way_seconds: float = 0.0,
) -> Report:
    """Verify what ``read`` gives."""
    deadline = time.monotonic() + on_its_way_seconds
    archived, shown = Archived(), Shown()
    snapshot = take(read, progress)
    report = Report(checks=_at_every_moment(snapshot, progress))
    _count(report, snapshot)
    progress("comparing the services")
    agreement = [*_between_services(snapshot), *_broker_checks(broker, archived, shown, snapshot, progress)]
    while any(check.findings for check in agreement) and time.monotonic() < deadline:
        progress("something may be on its way: looking again")
        time.sleep(LOOK_AGAIN_SECONDS)
        snapshot = take(read)
        again = [*_between_services(snapshot), *_broker_checks(broker, archived, shown, snapshot, progress)]
        for check, other in zip(agreement, again, strict=True):
            if not other.skipped:  # a broker that went away between two looks takes nothing back
                same = set(other.findings)
                check.number, check.findings = other.number, [f for f in check.findings if f in same]
    report.checks += agreement
    if broker is None:
        report.checks += [Check(name, skipped=NO_BROKER) for name in OF_THE_BROKER]
    return report


def _at_every_moment(snapshot: Snapshot, progress: Progress) -> list[Check]:
    def books() -> Iterator[Finding]:
        for book, entries in snapshot.books.items():
            progress(f"verifying {book}")
            yield from check_entries(entries)
        yield from check_ends(snapshot.published, {book: len(entries) for book, entries in snapshot.books.items()})

    def money() -> Iterator[Finding]:
        for year in sorted({book.rpartition("/")[2] for book in snapshot.books}):
            yield from check_city(year, snapshot.books)

    cases = snapshot.states["case"].values()
    return [
        judge("entries of books", sum(map(len, snapshot.books.values())), books),
        judge("kept heads of books", len(snapshot.heads), lambda: check_kept(snapshot.books, snapshot.heads)),
        judge("money between books", len(snapshot.books), money),
        judge("states and histories", snapshot.aggregates, lambda: snapshot.broken),
        judge(
            "cases and ballots", len(cases), lambda: (f for case in cases for f in check_case(case, case["history"]))
        ),
    ]


def _between_services(snapshot: Snapshot) -> list[Check]:
    def announced() -> Iterator[Finding]:
        yield from check_outboxes(snapshot)
        yield from check_all_kept(snapshot.heads, snapshot.head_published)

    return [
        judge("events announced", len(snapshot.told), announced),
        judge("copies", sum(map(len, snapshot.copies.values())), lambda: check_copies(snapshot)),
        judge("what requests knows", len(snapshot.states["request"]), lambda: check_facts(snapshot)),
        judge("effects of events", len(snapshot.told), lambda: check_effects(snapshot)),
        judge("steps and standings", len(snapshot.states["organization"]), lambda: check_standings(snapshot)),
    ]


def _broker_checks(
    broker: MessagingSettings | None, archived: Archived, shown: Shown, snapshot: Snapshot, progress: Progress
) -> list[Check]:
    """Return the checks of archive, public events and dead letters; none without a broker."""
    if broker is None:
        return []
    progress("reading the archive and what is public")
    try:
        read_archive(broker, archived)
        read_public(broker, shown)
        counts = count_dead_letters(broker)
    except AWAY as error:
        away = f"the broker does not answer: {error}"
        return [Check(name, skipped=away) for name in OF_THE_BROKER]

    def events() -> Iterator[Finding]:
        yield from archived.findings
        yield from check_heads(snapshot.books, archived.heads, "the archive")
        yield from check_archive(archived, snapshot.told, snapshot.waiting)

    def public() -> Iterator[Finding]:
        yield from shown.findings
        yield from check_public(shown, snapshot.told, snapshot.waiting, set(archived.heads))

    return [
        judge(OF_THE_BROKER[0], len(archived.events), events),
        judge(OF_THE_BROKER[1], len(shown.events), public),
        judge(OF_THE_BROKER[2], len(counts), lambda: check_dead_letters(counts)),
    ]


def _count(report: Report, snapshot: Snapshot) -> None:
    report.books, report.entries = len(snapshot.books), sum(map(len, snapshot.books.values()))
    report.cases, report.aggregates = len(snapshot.states["case"]), snapshot.aggregates
    report.heads = {book: entries[-1]["hash"] for book, entries in snapshot.books.items()}
