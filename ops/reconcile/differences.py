"""Comparing the databases with the archive. Reads only."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymongo import MongoClient
from pymongo.database import Database as PyMongoDatabase

from ops.local.services import SERVICES
from ops.reconcile.archived import Archived, Known, digest_of
from ops.verify.histories import KINDS
from services.requests.outbound.store import COPIES
from services.review.domain.case import case_id
from shared.contracts.base import ANNOUNCERS
from shared.contracts.ids import derive_id
from shared.contracts.public.envelope import public_id
from shared.contracts.public.forms import is_public
from shared.messaging.topology import PUBLIC
from shared.storage.implied import Unfaithful, implied
from shared.storage.ports import AggregateKind

Document = dict[str, Any]
Database = PyMongoDatabase[Document]
Client = MongoClient[Document]

WITNESSED: Final = "book_heads"  # kept for good beside the books, never replaced: `sama verify` compares them
COPIED: Final[Mapping[str, Sequence[str]]] = {
    "requests": [name for name in COPIES if name != WITNESSED],
    "review": ("standings",),
    "budget": ("standings", "payment_stops", "decided_calls"),
}

REENTER: Final = "enter it again: its decision was only in the lost part of the database"
REPLAY: Final = "sama replay {service} --from beginning"
REBUILD: Final = "sama replay {service} --rebuild-copies (first sama announce --rebuild, if the archive lost events)"
ANNOUNCE: Final = "sama announce --rebuild {service}"
NUMBERS: Final = "sama reconcile --repair, before the service writes again"
BACKUP: Final = "restore a newer backup of budget: entries cannot be made again from events, and the book must not fork"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs.

    kind: lost_decisions, missing_in_archive, missing_in_public, forked, unfaithful, copy_behind, copy_ahead, effect_missing, book_cut_off,
    book_rewritten, on_hold. settled: nothing has to be done by this tool any more (lost, but numbered over).
    """

    kind: str
    service: str
    where: str
    what: str
    repair: str
    events: Sequence[Known] = ()
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers of an aggregate that its restored database would use again. ``document``: None if it is gone altogether."""

    service: str
    kind: AggregateKind[Any, Any]
    id: str
    to: int
    document: Document | None


@dataclass(frozen=True)
class Found:
    """All differences, and the gaps that a repair closes."""

    differences: Sequence[Difference]
    gaps: Sequence[Gap]

    @property
    def cut_off(self) -> bool:
        """Whether a book ends before what was announced of it."""
        return any(difference.kind in ("book_cut_off", "book_rewritten") for difference in self.differences)

    @property
    def ok(self) -> bool:
        """Whether nothing is left to do."""
        return all(difference.settled for difference in self.differences)


def compare(
    client: Client, prefix: str, archive: Archived, heads: Archived, shown: Collection[str] | None = None
) -> Found:
    """Compare all databases with the archive, which was read first; ``heads``: read again after the databases.

    shown: ids that the stream for outsiders has; None: it is not compared.
    """
    found: list[Difference] = []
    gaps: list[Gap] = []
    for service in SERVICES:
        database = client[f"{prefix}_{service}"]
        found += _holds(service, database)
        for kind in KINDS.get(service, ()):
            for each in _aggregates(service, kind, database, archive, heads):
                if isinstance(each, Gap):
                    gaps.append(each)
                else:
                    found.append(each)
    found += _books(client[f"{prefix}_budget"], archive, heads)
    for service, copies in COPIED.items():
        for name in copies:
            found += _copies(service, name, client[f"{prefix}_{service}"], archive, heads)
    found += _effects(client, prefix, archive)
    if shown is not None:
        found += missed_by_outsiders(archive, shown)
    return Found(found, gaps)


def _holds(service: str, database: Database) -> Iterator[Difference]:
    for hold in database["holds"].find():
        yield Difference("on_hold", service, service, f"on hold: {hold['why']}", NUMBERS)


def _aggregates(
    service: str, kind: AggregateKind[Any, Any], database: Database, archive: Archived, heads: Archived
) -> Iterator[Difference | Gap]:
    floors = {floor["_id"]: floor["sequence"] for floor in database["floors"].find()}
    prefix = f"{kind.noun}/"
    unseen = {subject for place, subject in archive.subjects if place == service and subject.startswith(prefix)}
    for document in database[kind.collection].find():
        subject = f"{prefix}{document['_id']}"
        unseen.discard(subject)
        yield from _aggregate(service, kind, document, archive.subjects.get((service, subject), {}), heads)
        if forked := archive.forked.get((service, subject)):
            yield Difference(
                "forked", service, subject, f"{len(forked)} numbers were announced twice, differently", REENTER
            )
    for subject in sorted(unseen):
        id, events = subject.removeprefix(prefix), archive.subjects[service, subject]
        head = max(events)
        settled = floors.get(f"{kind.collection}/{id}", 0) >= head
        lost = [events[number] for number in sorted(events)]
        yield Difference("lost_decisions", service, subject, "all of it is lost", REENTER, lost, settled)
        if not settled:
            yield Gap(service, kind, id, head, None)


def _aggregate(
    service: str, kind: AggregateKind[Any, Any], document: Document, events: Mapping[int, Known], heads: Archived
) -> Iterator[Difference | Gap]:
    subject = f"{kind.noun}/{document['_id']}"
    try:
        own = {int(event["sequence"]): event for event in implied(kind, document)}
    except Unfaithful as error:
        yield Difference(
            "unfaithful", service, subject, str(error), "look at who wrote to the database past the service"
        )
        return
    lost = [events[number] for number in sorted(events.keys() - own.keys())]
    head, sequence = max(events, default=0), document["sequence"]
    if lost:
        settled = sequence >= head
        what = f"{len(lost)} announced steps are not in its history"
        yield Difference("lost_decisions", service, subject, what, REENTER, lost, settled)
        if not settled:
            yield Gap(service, kind, document["_id"], head, document)
    if other := [n for n in own.keys() & events.keys() if digest_of(own[n]) != events[n].digest]:
        what = f"steps {sorted(other)} were announced with other content"
        yield Difference("forked", service, subject, what, REENTER, [events[n] for n in sorted(other)])
    waiting = {event["id"] for event in document["outbox"]}
    announced = heads.subjects.get((service, subject), {})
    if missing := [n for n in own if n not in announced and own[n]["id"] not in waiting]:
        what = f"the archive misses {len(missing)} of its {len(own)} events"
        yield Difference("missing_in_archive", service, subject, what, ANNOUNCE.format(service=service))


def _books(database: Database, archive: Archived, heads: Archived) -> Iterator[Difference]:
    cursors = {cursor["_id"]: cursor.get("published_seq", 0) for cursor in database["cursors"].find()}
    books = {subject.removeprefix("book/") for _, subject in archive.subjects if subject.startswith("book/")}
    stored = set(database["entries"].distinct("book"))
    for book in sorted(books | stored | cursors.keys()):
        events = archive.subjects.get(("budget", f"book/{book}"), {})
        rows = {
            entry["seq"]: entry
            for entry in database["entries"].find({"book": book}, {"seq": 1, "hash": 1, "kind": 1}).sort("seq", 1)
        }
        head, published = max(rows, default=0), archive.heads.get(book, (0, ""))
        most = max(head_of for head_of in (max(events, default=0), cursors.get(book, 0), published[0]))
        if head < most:
            lost = [events[number] for number in sorted(events) if number > head]
            what = f"it ends at entry {head}; entries up to {most} were announced"
            yield Difference("book_cut_off", "budget", book, what, BACKUP, lost)
        elif published[0] and rows[published[0]]["hash"] != published[1]:
            what = f"entry {published[0]} is not the one whose hash was published"
            yield Difference("book_rewritten", "budget", book, what, BACKUP)
        announced = heads.subjects.get(("budget", f"book/{book}"), {})
        silent = {"allotment_out", "withdrawal_in", "transfer_through", "carried_through", "barred"}
        done = cursors.get(book, 0)
        if missing := [n for n, e in rows.items() if n <= done and n not in announced and e["kind"] not in silent]:
            what = f"the archive misses {len(missing)} of its {len(rows)} entries"
            yield Difference("missing_in_archive", "budget", book, what, ANNOUNCE.format(service="budget"))


def _copies(service: str, name: str, database: Database, archive: Archived, heads: Archived) -> Iterator[Difference]:
    wanted, newest = archive.copies.get(name, {}), heads.copies.get(name, {})
    stored = {copy["_id"]: copy["sequence"] for copy in database[name].find({}, {"sequence": 1})}
    for id, sequence in sorted(wanted.items()):
        if stored.get(id, 0) < sequence:
            what = f"the copy is at {stored.get(id, 0)}, its source was announced at {sequence}"
            yield Difference("copy_behind", service, f"{name}/{id}", what, REPLAY.format(service=service))
    for id, sequence in sorted(stored.items()):
        if sequence > newest.get(id, 0):
            what = f"the copy is at {sequence}, the archive knows its source up to {newest.get(id, 0)}"
            yield Difference("copy_ahead", service, f"{name}/{id}", what, REBUILD.format(service=service))


def missed_by_outsiders(archive: Archived, shown: Collection[str]) -> Iterator[Difference]:
    """Yield, of each service, that outsiders miss some of what was announced and is public."""
    for service in ANNOUNCERS:
        missing = sum(
            public_id(service, subject, number) not in shown
            for (announcer, subject), events in archive.subjects.items()
            for number, event in events.items()
            if announcer == service and is_public(event.type)
        )
        if missing:
            what = f"outsiders miss {missing} of its events"
            yield Difference("missing_in_public", service, PUBLIC, what, ANNOUNCE.format(service=service))


def _effects(client: Client, prefix: str, archive: Archived) -> Iterator[Difference]:
    """Yield what others' events should have caused and did not: a replay does it."""
    review, budget, requests = (client[f"{prefix}_{name}"] for name in ("review", "budget", "requests"))
    cases = set(review["cases"].distinct("_id"))
    for request, revision in archive.submitted:
        if case_id(request, revision) not in cases:
            what = f"revision {revision} was submitted, and review has no case of it"
            yield Difference("effect_missing", "review", f"request/{request}", what, REPLAY.format(service="review"))
    subjects = set(budget["entries"].distinct("subject"))
    for request, book in archive.approved:
        if request not in subjects:
            what = f"it was approved, and the book {book} does not know it"
            yield Difference("effect_missing", "budget", f"request/{request}", what, REPLAY.format(service="budget"))
    followed: dict[str, tuple[set[tuple[str, int]], set[int]]] = {}
    for document in requests["requests"].find({}, {"case_facts": 1, "book_facts": 1}):
        facts = {(fact["case"], fact["number"]) for fact in document["case_facts"]}
        followed[document["_id"]] = (facts, {fact["seq"] for fact in document["book_facts"]})
    behind = {r for r, case, n in archive.of_cases if r in followed and (case, n) not in followed[r][0]}
    behind |= {r for r, seq in archive.of_books if r in followed and seq not in followed[r][1]}
    for request in sorted(behind):
        what = "it has not followed all that review and budget announced of it"
        yield Difference("effect_missing", "requests", f"request/{request}", what, REPLAY.format(service="requests"))


def action_id(service: str, at: str) -> str:
    """Return the id under which a repair is kept."""
    return derive_id("reconcile", service, at)
