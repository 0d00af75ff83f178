"""One look at the four databases: everything read once, histories told again, and nothing judged across services yet.

The order of reading matters in a system at work: what a fact follows from is read after the fact where the reader would otherwise believe
that it came out of nothing (a cursor before the entries, cases before books, districts' books before the city's).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ops.verify.findings import Finding
from ops.verify.histories import KINDS, Event, retell
from services.budget.outbound.announce import Terms, event_of

Document = dict[str, Any]
Read = Callable[[str, str, Mapping[str, Any]], Iterable[Document]]
"""(service, collection, filter) → documents; of ``entries`` by book and seq."""

COPIES: Final = {
    "requests": ("standings", "districts", "rule_sets", "priority_lists", "books"),
    "review": ("standings",),
    "budget": ("standings", "payment_stops", "decided_calls"),
}
"""What services keep of others, by service: collections of documents ``{_id, sequence, …}``."""


@dataclass
class Snapshot:
    """What was read.

    states: noun → id → document, without history and outbox (of a case with history: its ballots are counted from it).
    told: every event that histories and journals tell, by id; waiting: ids of those that are not announced yet, with where they are.
    books: book → entries in order; published, head_published: book → seq. heads: the kept heads.
    broken: what is wrong with single documents.
    """

    states: dict[str, dict[str, Document]] = field(default_factory=dict)
    told: dict[str, Event] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    copies: dict[tuple[str, str], dict[str, Document]] = field(default_factory=dict)
    books: dict[str, list[Document]] = field(default_factory=dict)
    published: dict[str, int] = field(default_factory=dict)
    head_published: dict[str, int] = field(default_factory=dict)
    heads: list[Document] = field(default_factory=list)
    broken: list[Finding] = field(default_factory=list)

    @property
    def aggregates(self) -> int:
        """How many documents with a history."""
        return sum(len(documents) for documents in self.states.values())

    def events(self, *types: str) -> Iterable[Event]:
        """Yield the events of these types, e.g. ``case.decided.v1``."""
        return (event for event in self.told.values() if event["type"] in types)


def take(read: Read, progress: Callable[[str], None] = lambda _: None) -> Snapshot:
    """Read everything once."""
    snapshot = Snapshot()
    for cursor in read("budget", "cursors", {}):
        snapshot.published[cursor["_id"]] = cursor.get("published_seq", 0)
        snapshot.head_published[cursor["_id"]] = cursor.get("head_seq", 0)
    snapshot.heads = list(read("requests", "book_heads", {}))
    for service, collections in COPIES.items():
        for collection in collections:
            progress(f"copies: {service} {collection}")
            snapshot.copies[service, collection] = {copy["_id"]: copy for copy in read(service, collection, {})}
    for service, kinds in KINDS.items():
        for kind in kinds:
            progress(f"{service}: {kind.collection}")
            documents = snapshot.states.setdefault(kind.noun, {})
            for document in read(service, kind.collection, {}):
                told = retell(kind, document)
                snapshot.broken += told.findings
                snapshot.told |= {event["id"]: event for event in told.events}
                snapshot.waiting |= dict.fromkeys(told.waiting, told.where)
                kept = {"outbox"} if kind.noun == "case" else {"outbox", "history"}
                documents[document["_id"]] = {key: value for key, value in document.items() if key not in kept}
    progress("books")
    for owners in ({"book": {"$gte": "d"}}, {"book": {"$lt": "d"}}):
        for entry in read("budget", "entries", owners):
            snapshot.books.setdefault(entry["book"], []).append(entry)
    snapshot.books = dict(sorted(snapshot.books.items()))
    for book, entries in snapshot.books.items():
        _tell_book(snapshot, book, entries)
    return snapshot


def _tell_book(snapshot: Snapshot, book: str, entries: list[Document]) -> None:
    """Announce the entries of a book again. What can't be is a changed entry, which the check of the books names."""
    facts = entries[0].get("facts", {})
    terms = Terms(facts.get("currency", ""), facts.get("district"))
    for entry in entries:
        try:
            event = event_of(entry, terms)
        except Exception as error:  # noqa: BLE001 - a tampered entry may break anything; that is the finding
            where = f"{book} seq {entry.get('seq')} {entry['_id']}"
            snapshot.broken.append(Finding("I5", where, f"no event can be made of it: {type(error).__name__} {error}"))
            continue
        if event is not None:
            snapshot.told[event["id"]] = event
            if entry["seq"] > snapshot.published.get(book, 0):
                snapshot.waiting[event["id"]] = book
