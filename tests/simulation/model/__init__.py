"""The reference model: what must be so after every step (I1–I9), written apart from the services.

It imports nothing of them; it reads documents, entries, copies and published events as they are stored, and keeps its own counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from shared.contracts.ids import derive_id
from tests.simulation.model.books import ANNOUNCED, Books
from tests.simulation.model.calls import Calls
from tests.simulation.model.cases import Cases
from tests.simulation.model.quiet import disagreements
from tests.simulation.model.requests import Requests
from tests.simulation.model.standings import Standings

Document = Mapping[str, Any]

# What a run is asked to have seen: (collection, what happened) or the kind of an entry → its name in the summary.
COUNTED: Final[Mapping[str, str]] = {
    "requests/Submitted": "submitted",
    "requests/Accepted": "accepted",
    "requests/Withdrawn": "withdrawn",
    "requests/Lapsed": "lapsed",
    "requests/Declined": "declined",
    "requests/Closed": "requests closed",
    "requests/Cancelled": "cancelled",
    "requests/NoticeDropped": "notices dropped",
    "requests/EndedByAgreement": "ended by agreement",
    "requests/AgreementAccepted": "agreements",
    "requests/Suspended": "marked suspended",
    "cases/CaseOpened": "opened",
    "cases/BallotCast": "ballots",
    "cases/PaperBallotEntered": "papers entered",
    "cases/PaperBallotConfirmed": "papers confirmed",
    "cases/PaperCodeMistyped": "codes mistyped",
    "cases/BallotsOpened": "ballots opened",
    "cases/BallotRevised": "ballots revised",
    "cases/DiscussionEnded": "discussions ended",
    "cases/CaseClosed": "closed",
    "cases/DecisionIssued": "decided",
    "cases/CasePaused": "paused",
    "cases/CaseResumed": "resumed",
    "cases/DeadlineMoved": "deadlines moved",
    "cases/CaseStalled": "stalled",
    "cases/CaseContinued": "continued",
    "cases/CaseExcepted": "excepted",
    "cases/SubstituteSteppedIn": "substitutes",
    "cases/MemberLeft": "left",
    "organizations/Suspended": "suspensions",
    "organizations/Reinstated": "reinstatements",
    "organizations/Revoked": "revocations",
    "organizations/Expired": "expired",
    "organizations/ExpiryWarned": "warned of an end",
    "organizations/Approved": "renewed",
    "organizations/Rejected": "renewals refused",
    "organizations/FlagRaised": "flags",
    "organizations/SuspensionAnswered": "suspensions answered",
    "organizations/AppealAnswered": "appeals answered",
    "organizations/ProposalAccepted": "profiles changed",
    "programmes/CallDecided": "calls decided",
    "programme_ranked": "calls ranked",
    "allotment_in": "allotments",
    "withdrawal_in": "withdrawals",
    "year_closed": "years closed",
    "carried_in": "carried over",
    "transfer_through": "transfers",
    "reservation_made": "reserved",
    "reservation_waiting": "waiting",
    "commitment_made": "committed",
    "commitment_refused": "commitments refused",
    "reservation_released": "released",
    "barred": "barred",
    "reservation_paused": "reservations paused",
    "reservation_resumed": "reservations resumed",
    "payment_prepared": "payments prepared",
    "payment_approved": "payments approved",
    "payment_made": "payments made",
    "payment_failed": "payments failed",
    "payment_given_up": "payments given up",
    "payments_ordered": "orders to the bank",
    "refund_received": "refunds",
    "ineligible_found": "found ineligible",
    "ineligible_documented": "documented later",
    "ineligible_written_off": "written off",
}

ANNOUNCED_BY_ITSELF: Final = "head/"  # heads of books are announced from the cursors, not from an outbox


class Model:
    """What was seen so far. ``broken`` holds what is wrong, the first first; after that nothing more is judged."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.happened: Counter[str] = Counter()
        """How often what happened, for the summary: a run that does nothing must be seen."""
        self.commands: dict[tuple[str, str], str] = {}
        """(subject, Idempotency-Key) → digest of the body that was done under it."""
        self.outboxes: dict[str, Document] = {}
        """Every event that was put into an outbox, by id."""
        self.archive: dict[str, Document] = {}
        """Every event that was published, by id."""
        self.standings = Standings()
        self.books = Books()
        self.cases = Cases(self.standings)
        self.requests = Requests(self.standings)
        self.calls = Calls()

    def fail(self, invariant: str, what: str) -> None:
        """Keep that something is broken."""
        self.broken.append(f"{invariant}: {what}")

    # ------------------------------------------------------------ what is written

    def learn(self, service: str, collection: str, document: Document) -> None:
        """Take a document as it is, of a city that was founded before."""
        self.outboxes |= {event["id"]: event for event in document["outbox"]}
        self._happened(service, collection, document, document["history"])

    def document(self, service: str, collection: str, old: Document | None, new: Document) -> None:
        """Look at a document that was just written, whole: ``old`` is what it replaced."""
        name = f"{collection}/{new['_id']}"
        if (old is None or new["version"] != old["version"]) and self._whole(name, old, new):
            entries = new["history"][len(old["history"]) if old is not None else 0 :]
            self._happened(service, collection, new, entries)
        elif old is not None and new["version"] == old["version"]:
            self._marked(name, old, new)
        if bool(new["outbox"]) != ("unsent_since" in new):
            self.fail("I5", f"{name} has an outbox of {len(new['outbox'])} and unsent_since {new.get('unsent_since')}")
        if (
            old is not None
            and "unsent_since" in old
            and new.get("unsent_since", old["unsent_since"]) > old["unsent_since"]
        ):
            self.fail("I5", f"{name}: what waits since {old['unsent_since']} now waits since {new['unsent_since']}")

    def _whole(self, name: str, old: Document | None, new: Document) -> bool:
        """State, history and outgoing events belong to one write: one version, numbers without gaps."""
        before = old or {"version": 0, "sequence": 0, "history": (), "outbox": ()}
        if new["version"] != before["version"] + 1:
            self.fail("I3", f"{name} went from version {before['version']} to {new['version']}")
        known = len(before["history"])
        if [entry["n"] for entry in new["history"][known:]] != list(range(known + 1, len(new["history"]) + 1)):
            self.fail("I2", f"{name}: its history does not count on from {known}")
        waiting = {event["id"] for event in before["outbox"]}
        added = [event for event in new["outbox"] if event["id"] not in waiting]
        numbers = [int(event["sequence"]) for event in added]
        if numbers != list(range(before["sequence"] + 1, new["sequence"] + 1)):
            self.fail("I5", f"{name} went from event {before['sequence']} to {new['sequence']} and announces {numbers}")
        self.outboxes |= {event["id"]: event for event in added}
        return not self.broken

    def _marked(self, name: str, old: Document, new: Document) -> None:
        """Only what was published leaves an outbox, and nothing else changes with it."""
        left = {event["id"] for event in new["outbox"]}
        for event in old["outbox"]:
            if event["id"] not in left and event["id"] not in self.archive:
                self.fail("I5", f"{name}: {event['type']} left the outbox and was not published")
        for key, value in new.items():
            if key not in ("outbox", "unsent_since") and old.get(key) != value:
                self.fail("I7", f"{name}: {key} changed without a version")

    def _happened(self, service: str, collection: str, document: Document, entries: Sequence[Document]) -> None:
        for entry in entries:
            if (counted := COUNTED.get(f"{collection}/{entry['type']}")) is not None:
                self.happened[counted] += 1
            command = entry.get("command")
            if command is not None:
                self._command(f"{collection}/{document['_id']}", command)
        if collection == "organizations":
            self.standings.organization(document)
        elif collection == "cases":
            self._note(self.cases.happened(document, entries))
        elif collection == "requests":
            self._note(self.requests.happened(document, entries))
            self.calls.request(document)
        elif collection == "programmes":
            self._note(list(self.calls.programme(document, entries)))

    def _command(self, name: str, command: Document) -> None:
        key = (command["subject"], command["key"])
        if key in self.commands:
            self.fail("I3", f"{name}: the command {key} was done twice")
        self.commands[key] = command["digest"]

    def entry(self, entry: Mapping[str, Any]) -> None:
        """Look at an entry that was just inserted."""
        self._note(self.books.entry(entry, self.standings))
        if entry["kind"] == "commitment_released" and entry["facts"]["to"] == "reserved":
            self.happened["commitments returned"] += 1
        elif entry["kind"] == "commitment_released":
            self.happened["commitments limited"] += "remains" in entry["facts"]
        elif (counted := COUNTED.get(entry["kind"])) is not None:
            self.happened[counted] += 1

    def copy(self, service: str, collection: str, id: str, sequence: int) -> None:
        """Look at a copy that was just applied: a copy never goes back (I5)."""
        if collection == "standings":
            self._note(self.standings.copied(service, id, sequence))

    def announced_up_to(self, book: str, seq: int) -> None:
        """Look at a book's cursor: it passes only what was published."""
        self._note(self.books.announced(book, seq, self.archive))

    def published(self, event: Document) -> None:
        """Look at an event that was just published: always the same under one id, and of something that was stored."""
        first = self.archive.setdefault(event["id"], event)
        if first != event:
            self.fail("I5", f"{event['type']} {event['id']} was published with two contents")
        subject = event["subject"]
        if subject.startswith("book/"):
            if not self.books.stored(subject.removeprefix("book/"), int(event["sequence"])):
                self.fail("I5", f"{event['type']} of {subject} was published before its entry was stored")
            self.books.published.add((subject.removeprefix("book/"), int(event["sequence"])))
        elif event["id"] not in self.outboxes and not subject.startswith(ANNOUNCED_BY_ITSELF) and first is not event:
            self.fail("I5", f"{event['type']} {event['id']} was in no outbox")

    def _note(self, found: Sequence[str]) -> None:
        self.broken += found

    # ------------------------------------------------------------ what is asked

    def recorded(self, subject: str, key: str, digest: str) -> bool:
        """Tell whether this very command was done and is kept."""
        if self.commands.get((subject, key)) == digest:
            return True
        return self.books.orders.get(derive_id("budget", subject, key)) == digest

    def quiet(self, databases: Mapping[str, Any], broker: Any, now: datetime) -> None:
        """Look at everything at once, when nothing is under way any more."""
        for id, event in self.outboxes.items():
            if id not in self.archive:
                self.fail("I5", f"{event['type']} of {event['subject']} is not in the archive")
        kept = {event["id"] for event in broker.archive}
        self.broken += [f"I5: {id} is not in the stream" for id in self.archive if id not in kept]
        for book, seq, kind in self.books.all_entries():
            if kind in ANNOUNCED and (book, seq) not in self.books.published:
                self.fail("I5", f"{kind} {seq} of {book} is not in the archive")
        self.broken += disagreements(self, databases, now)
