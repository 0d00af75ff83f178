"""The books, counted again from their entries: identities, chain, waiting rule, states of requests (I1–I4, I8, I9)."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.simulation.model import payments as paying
from tests.simulation.model.calls import Unranked
from tests.simulation.model.standings import Standings

Entry = Mapping[str, Any]

DISTRICT: Final = ("available", "held", "reserved", "committed", "pending", "paid")
CITY: Final = ("unallotted", "allotted")
FIRST: Final = "0" * 64

# kind → (part it takes from, part it adds to); None: money comes from another book, or goes there.
MOVES: Final[Mapping[str, tuple[str | None, str | None] | None]] = {
    "opening": None,
    "appropriation": (None, "unallotted"),
    "allotment_out": ("unallotted", "allotted"),
    "allotment_in": (None, "available"),
    "withdrawal_out": ("available", None),
    "withdrawal_in": ("allotted", "unallotted"),
    "transfer_out": ("available", None),
    "transfer_through": None,
    "reservation_made": ("available", "reserved"),
    "reservation_waiting": None,
    "reservation_refused": None,
    "reservation_paused": None,
    "reservation_resumed": None,
    "programme_ranked": None,
    "payments_ordered": None,
    "year_closed": None,
    "carried_through": (None, "allotted"),
    "commitment_made": ("reserved", "committed"),
    "commitment_refused": None,
    "barred": None,
    "refund_received": ("paid", "available"),
    **dict.fromkeys(paying.FINDINGS),
}
ANNOUNCED: Final = frozenset(
    {*MOVES, *paying.KINDS, "reservation_released", "commitment_released", "carried_out", "carried_in"}
    - {"allotment_out", "withdrawal_in", "transfer_through", "carried_through", "barred"}
)

# kind → states from which it is possible; "" is a request that is not in the book. What is not here asks for no request.
FROM: Final[Mapping[str, frozenset[str]]] = {
    "reservation_made": frozenset({"", "waiting"}),
    "reservation_waiting": frozenset({""}),
    "reservation_refused": frozenset({"", "barred", "released"}),
    "reservation_paused": frozenset({"waiting", "reserved"}),
    "reservation_resumed": frozenset({"waiting", "reserved"}),
    "reservation_released": frozenset({"waiting", "reserved"}),
    "commitment_made": frozenset({"reserved"}),
    "commitment_refused": frozenset({"", "waiting", "reserved", "refused", "barred", "released"}),
    "commitment_released": frozenset({"committed"}),
    "barred": frozenset({""}),
    "carried_out": frozenset({"waiting", "reserved", "committed"}),
    "carried_in": frozenset({""}),
    "payment_prepared": frozenset({"committed"}),
    "payment_approved": frozenset({"committed"}),
    "payment_made": frozenset({"committed", "released"}),
    "payment_failed": frozenset({"committed", "released"}),
    "payment_given_up": frozenset({"committed", "released"}),
    "refund_received": frozenset({"committed", "released"}),
    **dict.fromkeys(paying.FINDINGS, frozenset({"committed", "released"})),
}
FINAL: Final = frozenset({"released", "barred", "refused", "carried"})
AFTER_CLOSE: Final = frozenset(
    {
        "carried_out",
        "carried_in",
        "allotment_in",
        "withdrawal_out",
        "withdrawal_in",
        "transfer_through",
        "carried_through",
    }
)
CARRIED_FROM: Final[Mapping[str, str | None]] = {"waiting": None, "reserved": "reserved", "committed": "committed"}


@dataclass
class Held:
    """What a book says of one request."""

    organization: str
    amount: int
    state: str = ""
    paused: bool = False
    skipped: int = 0
    reserved: int = 0
    released: int = 0
    since: str = ""
    limited: bool = False
    """A part of the commitment was released: what remains is the amount."""
    payments: dict[str, paying.Payment] = field(default_factory=dict)

    @property
    def pending(self) -> int:
        """In payments under way."""
        return sum(p.gross for p in self.payments.values() if p.state in paying.UNDER_WAY)

    @property
    def with_the_bank(self) -> int:
        """Of it: ordered. Only the bank can tell what becomes of it, whatever the standing."""
        return sum(p.gross for p in self.payments.values() if p.state == "ordered")

    @property
    def paid(self) -> int:
        """In payments made, before refunds."""
        return sum(p.gross for p in self.payments.values() if p.state == "paid")

    @property
    def refunded(self) -> int:
        """Given back."""
        return sum(p.refunded for p in self.payments.values())


@dataclass
class Book:
    """One book's own count. ``waiting`` is in order."""

    district: str | None
    rule: str | None
    max_skips: int | None
    third_above: int | None = None
    seq: int = 0
    head: str = FIRST
    parts: dict[str, int] = field(default_factory=dict)
    came: int = 0
    held: dict[str, Held] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    unranked: Unranked = field(default_factory=Unranked)
    next_book: str | None = None
    gone: int = 0
    """What was carried to the next year."""

    @property
    def claim(self) -> str | None:
        """Before whom nobody may be reserved: strict, the first; else the first who was passed over often enough."""
        for request in self.waiting:
            held = self.held[request]
            if held.paused:
                continue
            if self.rule == "strict" or (self.max_skips is not None and held.skipped >= self.max_skips):
                return request
        return None

    @property
    def due(self) -> str | None:
        """Who must be served before anything else."""
        if self.next_book is not None:
            return None
        claim = self.claim
        if claim is not None:
            return claim if self.held[claim].amount <= self.parts["available"] else None
        for request in self.waiting:
            if not self.held[request].paused and self.held[request].amount <= self.parts["available"]:
                return request
        return None


class Wrong(Exception):
    """An entry that must not be; the text begins with the invariant."""


class Books:
    """All books of the system."""

    def __init__(self) -> None:
        self.books: dict[str, Book] = {}
        self.entries: dict[str, tuple[str, int, str]] = {}
        """Id → (book, seq, kind)."""
        self.orders: dict[str, str] = {}
        """Key of an order of the city office → digest of its body."""
        self.published: set[tuple[str, int]] = set()
        self._sent: dict[str, tuple[str, int]] = {}
        self._received: set[str] = set()
        self._carried: dict[tuple[str, str], tuple[int, str, str]] = {}
        self._through: set[tuple[str, str]] = set()
        self._withdrawn: dict[str, tuple[str | None, int]] = {}

    def all_entries(self) -> Iterator[tuple[str, int, str]]:
        """Return (book, seq, kind) of every entry."""
        return iter(self.entries.values())

    def stored(self, book: str, seq: int) -> bool:
        """Tell whether the book has this entry."""
        return book in self.books and 1 <= seq <= self.books[book].seq

    def announced(self, book: str, seq: int, archive: Mapping[str, Any]) -> Sequence[str]:
        """A cursor passes only what was published."""
        silent = {s for b, s, kind in self.entries.values() if b == book and kind not in ANNOUNCED}
        missing = [s for s in range(1, seq + 1) if (book, s) not in self.published and s not in silent]
        return [f"I5: the cursor of {book} is at {seq}, and {missing} were not published"] if missing else []

    def entry(self, entry: Entry, standings: Standings) -> Sequence[str]:
        """Count one entry."""
        try:
            self._count(entry, standings)
        except Wrong as wrong:
            return [f"{wrong} ({entry['seq']} {entry['_id']} of {entry['book']})"]
        return []

    def _count(self, entry: Entry, standings: Standings) -> None:
        if entry["_id"] in self.entries:
            raise Wrong("I3: the id is taken")
        self.entries[entry["_id"]] = (entry["book"], entry["seq"], entry["kind"])
        facts = entry["facts"]
        if entry["kind"] == "opening":
            if entry["book"] in self.books:
                raise Wrong("I2: the book is open")
            district = facts.get("district")
            above = facts.get("third_approval_above")
            book = Book(
                district, facts.get("waiting_rule"), facts.get("max_skips"), None if above is None else int(above)
            )
            book.parts = dict.fromkeys(CITY if district is None else DISTRICT, 0)
            self.books[entry["book"]] = book
        book = self.books[entry["book"]]
        by_person = (
            entry["kind"]
            in (
                *paying.KINDS,
                *paying.FINDINGS,
                "refund_received",
                "payments_ordered",
            )
            and facts["role"] != "system"
        )
        by_office = entry["kind"] in ("allotment_out", "withdrawal_out", "transfer_out", "year_closed")
        if entry["_id"].split(":")[0] in ("open", "appropriate") or by_office or by_person:
            self.orders[entry["_id"].split(":")[1]] = entry["digest"]
        self._chain(book, entry)
        self._year(book, entry)
        if book.district is not None and entry["kind"] != "opening":
            self._waiting_rule(book, entry)
        self._move(book, entry)
        if entry["kind"] == "payments_ordered" and (wrong := paying.wrong_with_order(book, entry)) is not None:
            raise Wrong(wrong)
        if "subject_after" in entry:
            self._request(book, entry, standings)
        self._city(entry)

    def _chain(self, book: Book, entry: Entry) -> None:
        if entry["seq"] != book.seq + 1 or entry["prev"] != book.head:
            raise Wrong(f"I2: it does not follow seq {book.seq}")
        public = {key: value for key, value in entry.items() if key not in ("hash", "private")}
        public["amount"] = str(entry["amount"])
        public["postings"] = [{**posting, "amount": str(posting["amount"])} for posting in entry["postings"]]
        public["after"] = {part: str(amount) for part, amount in entry["after"].items()}
        if "shares" in entry["facts"]:
            shares = [{**share, "amount": str(share["amount"])} for share in entry["facts"]["shares"]]
            public["facts"] = {**entry["facts"], "shares": shares}
        text = json.dumps(public, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if hashlib.sha256(text.encode()).hexdigest() != entry["hash"]:
            raise Wrong("I2: the hash is not of this entry")
        book.seq, book.head = entry["seq"], entry["hash"]

    def _year(self, book: Book, entry: Entry) -> None:
        """A closed book takes nothing but what had left another, and gives all it has: the waiting first, in their order (BUD-9)."""
        kind = entry["kind"]
        if book.next_book is not None and kind not in AFTER_CLOSE:
            raise Wrong(f"I2: {kind} in a closed book")
        if kind == "year_closed":
            if book.parts.get("pending") or book.parts.get("held"):
                raise Wrong("I2: closed with money pending or held")
            book.next_book = entry["facts"]["next_book"]
        if kind.startswith("carried_"):
            self._carry(book, entry)

    def _carry(self, book: Book, entry: Entry) -> None:
        """What leaves a closed book is taken over by the city's next book, and arrives in the district's as it left."""
        kind, request = entry["kind"], entry.get("subject")
        if kind == "carried_out":
            if book.next_book is None or (book.waiting and book.waiting[0] != request):
                raise Wrong(f"I2: {request} leaves a book that goes on in {book.next_book}, before {book.waiting[:1]}")
            left = entry["amount"], entry["facts"]["state"], book.held[str(request)].since
            self._carried[str(request), entry["book"]] = left
            book.gone += entry["amount"] if entry["postings"] else 0
        if kind == "carried_through":
            if self._carried.get((str(request), entry["facts"]["from_book"]), (0,))[0] != entry["amount"]:
                raise Wrong("I8: what did not leave a closed book is taken over")
            self._through.add((str(request), entry["facts"]["from_book"]))
        if kind == "carried_in":
            if entry["postings"] and (str(request), entry["facts"]["from_book"]) not in self._through:
                raise Wrong(f"I8: {request} arrives past the city's book")
            came = entry["amount"], entry["subject_after"]["state"], entry["facts"]["since"]
            if self._carried.pop((str(request), entry["facts"]["from_book"]), None) != came:
                raise Wrong(f"I8: {request} arrives as {came} and left otherwise, or not at all")

    def _waiting_rule(self, book: Book, entry: Entry) -> None:
        """While a waiter is due the only legal next entry serves it; nobody is reserved who may not, or waits who need not."""
        due, request = book.due, entry.get("subject")
        if due is not None and (entry["kind"], request) != ("reservation_made", due):
            raise Wrong(f"I2: {due} is due before it")
        if (wrong := book.unranked.wrong_with(entry)) is not None:
            raise Wrong(wrong)
        if entry["kind"] == "programme_ranked":
            book.waiting += entry["facts"]["order"]
        fits = entry["amount"] <= book.parts["available"] and book.claim is None
        if entry["kind"] == "reservation_made" and request not in book.waiting and not fits:
            raise Wrong(f"I2: reserved with {book.parts['available']} available, and {book.claim} first in line")
        if (
            entry["kind"] == "reservation_waiting"
            and not entry["subject_after"]["paused"]
            and fits
            and request not in book.unranked.waiting
        ):
            raise Wrong("I2: it waits without need")

    def _move(self, book: Book, entry: Entry) -> None:
        moves = self._moves(book, entry)
        debits = sum(p["amount"] for p in entry["postings"] if p["side"] == "debit")
        credits = sum(p["amount"] for p in entry["postings"] if p["side"] == "credit")
        if debits != credits or debits != (entry["amount"] if moves is not None else 0):
            raise Wrong(f"I2: {debits} debited, {credits} credited")
        if moves is not None:
            taken, added = moves
            book.came += entry["amount"] * ((taken is None) - (added is None))
            if added is not None:
                book.parts[added] += entry["amount"]
            if taken is not None:
                book.parts[taken] -= entry["amount"]
        if min(book.parts.values()) < 0:
            raise Wrong(f"I1: a part is negative: {book.parts}")
        total = "appropriated" if book.district is None else "allotted"
        if {**book.parts, total: book.came} != entry["after"] or sum(book.parts.values()) != book.came:
            raise Wrong(f"I1: it says {entry['after']}, the count is {book.parts} of {book.came}")

    def _moves(self, book: Book, entry: Entry) -> tuple[str | None, str | None] | None:
        facts = entry["facts"]
        if entry["kind"] == "reservation_released":
            return ("reserved", "available") if book.held[entry["subject"]].state == "reserved" else None
        if entry["kind"] == "commitment_released":
            return ("committed", facts["to"])
        if entry["kind"] in paying.KINDS:
            return paying.moves(entry)
        if entry["kind"] in ("carried_out", "carried_in"):
            part = CARRIED_FROM[facts["state"]]
            return None if part is None else (part, None) if entry["kind"] == "carried_out" else (None, part)
        return MOVES[entry["kind"]]

    def _request(self, book: Book, entry: Entry, standings: Standings) -> None:
        request, kind, after, facts = entry["subject"], entry["kind"], entry["subject_after"], entry["facts"]
        held = book.held.setdefault(request, Held(facts["organization"], entry["amount"]))
        if held.state not in FROM[kind]:
            raise Wrong(f"I4: {kind} of a request that is {held.state or 'not in the book'}")
        if kind in ("reservation_made", "commitment_made"):
            self._stands(held, entry, standings)
        if kind == "reservation_made":
            held.reserved += 1
            if held.reserved > 1:
                raise Wrong("I4: reserved twice")
            self._skip(book, request)
        if held.state in FINAL and after["state"] not in FINAL:
            raise Wrong(f"I4: it was {held.state}")
        self._amount(book, held, entry, standings)
        if held.state != after["state"]:
            held.since = facts["since"] if kind == "carried_in" else entry["at"]
        held.state, held.paused = after["state"], after["paused"]
        if held.state == "waiting" and request not in (*book.waiting, *book.unranked.waiting):
            longer = [waiter for waiter in book.waiting if book.held[waiter].since <= held.since]
            book.waiting.insert(len(longer) if kind == "carried_in" else len(book.waiting), request)
            held.skipped = facts.get("skips", 0)
        elif held.state != "waiting" and request in book.waiting:
            book.waiting.remove(request)

    def _amount(self, book: Book, held: Held, entry: Entry, standings: Standings) -> None:
        """An entry is about the whole amount; a payment about its own, an end about what is left."""
        kind = entry["kind"]
        if kind in paying.KINDS:
            wrong = paying.wrong_with(book, held, entry, standings)
            if wrong is not None:
                raise Wrong(wrong)
        elif kind in (*paying.FINDINGS, "refund_received"):
            judge = paying.wrong_with_refund if kind == "refund_received" else paying.wrong_with_finding
            if (wrong := judge(held, entry)) is not None:
                raise Wrong(wrong)
        elif kind == "carried_out":
            if entry["amount"] != held.amount - held.paid - held.pending:
                raise Wrong(f"I4: {entry['amount']} carried of {held.amount}, {held.paid} paid")
        elif kind == "commitment_released":
            self._ended(held, entry)
        elif entry["amount"] != held.amount and kind not in ("barred", "reservation_refused", "commitment_refused"):
            raise Wrong(f"I4: {entry['amount']} of an amount of {held.amount}")

    def _ended(self, held: Held, entry: Entry) -> None:
        """What no payment has taken goes; to a reservation only the whole."""
        if "remains" in entry["facts"]:
            self._limited(held, entry)
            return
        left = held.amount - held.paid - held.pending
        if entry["amount"] != left or (entry["facts"]["to"] == "reserved" and left != held.amount):
            raise Wrong(f"I4: {entry['amount']} released of {held.amount}, of which {left} are left")
        held.released += left if entry["facts"]["to"] == "available" else 0

    def _limited(self, held: Held, entry: Entry) -> None:
        """What is pending or paid remains; what ends is nothing but that."""
        remains, taken, after = (
            int(entry["facts"]["remains"]),
            held.paid + held.pending,
            entry["subject_after"]["state"],
        )
        if remains < taken or remains + entry["amount"] != held.amount or entry["facts"]["to"] != "available":
            raise Wrong(f"I4: {remains} remain of {held.amount}, {entry['amount']} are released, {taken} taken")
        if after not in ("committed", "released") or (after == "released" and remains != taken):
            raise Wrong(f"I4: {remains} remain, {taken} taken, and it is {after}")
        held.amount, held.limited = remains, True

    def _stands(self, held: Held, entry: Entry, standings: Standings) -> None:
        sequence = entry["facts"].get("standing_sequence")
        if sequence is None:
            raise Wrong("I9: no standing is recorded")
        if not standings.allows(held.organization, sequence, "may_be_committed"):
            raise Wrong(f"I9: standing {sequence} of {held.organization} did not allow it")
        if held.paused and entry["kind"] == "reservation_made":
            raise Wrong("I9: it stands still")

    def _skip(self, book: Book, served: str) -> None:
        for request in book.waiting:
            if request == served:
                return
            if not book.held[request].paused:
                book.held[request].skipped += 1

    def _city(self, entry: Entry) -> None:
        """I8: what a book received was sent to it, once; the rest is in flight."""
        if entry["kind"] in ("withdrawal_out", "transfer_out"):
            self._withdrawn[entry["subject"]] = (self.books[entry["book"]].district, entry["amount"])
        if entry["kind"] in ("withdrawal_in", "transfer_through"):
            came = self._withdrawn.pop(entry["subject"], None)
            if came != (entry["facts"]["from"], entry["amount"]):
                raise Wrong(f"I8: {entry['subject']} left as {came}")
        for share in entry["facts"].get("shares", ()):
            self._sent[share["allotment"]] = (share["district"], share["amount"])
        if entry["kind"] == "allotment_in":
            allotment = entry["subject"]
            district = self.books[entry["book"]].district
            if allotment in self._received or self._sent.get(allotment) != (district, entry["amount"]):
                raise Wrong(f"I8: {allotment} was sent as {self._sent.get(allotment)}")
            self._received.add(allotment)

    def place_of(self, request: str) -> "Held | None":
        """Return what the books have of a request together: where it is now, with what was paid in closed years."""
        found = [book.held[request] for _, book in sorted(self.books.items()) if request in book.held]
        if not found:
            return None
        here = [held for held in found if held.state != "carried"] or found
        before = sum(held.paid for held in found if held is not here[-1])
        merged = Held(here[-1].organization, here[-1].amount + before, here[-1].state, here[-1].paused)
        merged.limited = any(held.limited for held in found)
        merged.payments = {id: payment for held in found for id, payment in held.payments.items()}
        return merged

    @property
    def in_flight(self) -> list[str]:
        """Allotments, withdrawals and what was carried that have not arrived."""
        return [
            *(request for request, _ in self._carried),
            *(allotment for allotment in self._sent if allotment not in self._received),
            *self._withdrawn,
        ]
