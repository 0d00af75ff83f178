"""Verify a downloaded book: hashes, links, postings, balances and the waiting rule (BUD-2, BUD-5, BUD-10; I1 to I4).

Written apart from the budget service, from its published form only: it imports nothing of it, and needs nothing but the file. A book
is JSON lines, oldest first, as ``GET /books/{id}/entries?format=jsonl`` gives it. The first entry that is wrong is named, with why; what
comes after it is not judged, because it builds on it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import rfc8785

from ops.verify.findings import Finding

Rule = Literal["form", "hash", "chain", "unique", "postings", "balances", "negative", "steps", "waiting", "head"]

INVARIANTS: Final[Mapping[Rule, str]] = {
    "form": "I2",
    "hash": "I2",
    "chain": "I2",
    "head": "I2",
    "postings": "I2",
    "waiting": "I2",
    "balances": "I1",
    "negative": "I1",
    "unique": "I3",
    "steps": "I4",
}
FIRST_LINK: Final = "0" * 64
MOST: Final = 2**63 - 1
AMOUNT: Final = re.compile(r"^(0|[1-9][0-9]{0,18})$")
HASH: Final = re.compile(r"^[0-9a-f]{64}$")
DISTRICT: Final = ("available", "held", "reserved", "committed", "pending", "paid")
CITY: Final = ("unallotted", "allotted")

# kind → (debited account, credited account) of the whole amount; None: no money moves. What depends on the
# request's state is in _releases.
MOVES: Final[Mapping[str, tuple[str, str] | None]] = {
    "opening": None,
    "appropriation": ("unallotted", "appropriated"),
    "allotment_out": ("allotted", "unallotted"),
    "allotment_in": ("available", "allotted"),
    "reservation_made": ("reserved", "available"),
    "reservation_waiting": None,
    "reservation_refused": None,
    "reservation_paused": None,
    "reservation_resumed": None,
    "commitment_made": ("committed", "reserved"),
    "commitment_refused": None,
    "barred": None,
}
OF_CITY: Final = frozenset({"appropriation", "allotment_out"})
KINDS: Final = frozenset({*MOVES, "reservation_released", "commitment_released"})

# kind → states of the request from which it is possible ("" = not in the book), and the state after it ("=" = the same).
STEPS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "reservation_made": (("", "waiting"), "reserved"),
    "reservation_waiting": (("",), "waiting"),
    "reservation_refused": (("", "barred", "released"), "refused|barred"),
    "reservation_paused": (("waiting", "reserved"), "="),
    "reservation_resumed": (("waiting", "reserved"), "="),
    "reservation_released": (("waiting", "reserved"), "released"),
    "commitment_made": (("reserved",), "committed"),
    "commitment_refused": (("waiting", "reserved", "refused", "barred", "released"), "="),
    "commitment_released": (("committed",), "released|reserved"),
    "barred": (("",), "barred"),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """The first thing wrong with a book. ``line`` counts from 1; ``seq`` and ``entry`` as the line itself says, if it can be read."""

    book: str
    line: int
    seq: int | None
    entry: str | None
    rule: Rule
    message: str

    @property
    def where(self) -> str:
        """Name the entry."""
        return f"{self.book or 'book'} seq {self.seq} {self.entry or 'an unreadable entry'}"

    def __str__(self) -> str:
        return f"{self.where} (line {self.line}): {self.message} [{self.rule}]"


@dataclass(slots=True)
class Request:
    """What a book says about one request."""

    amount: int
    state: str
    paused: bool = False
    passed_over: int = 0


@dataclass(slots=True)
class Book:
    """What a book amounts to, as far as it is right."""

    book: str = ""
    entries: int = 0
    head: str = FIRST_LINK
    currency: str = ""
    fiscal_year: str = ""
    district: str | None = None
    waiting_rule: str | None = None
    max_skips: int | None = None
    balances: dict[str, int] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    sent: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Of a city's book: allotment → (district, amount)."""
    received: dict[str, int] = field(default_factory=dict)
    """Of a district's book: allotment → amount."""
    violation: Violation | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.violation is None

    def as_json(self) -> dict[str, Any]:
        """Return a summary for machines."""
        return {
            "book": self.book,
            "entries": self.entries,
            "head": self.head,
            "currency": self.currency,
            "balances": dict(self.balances),
            "waiting": len(self.waiting),
            "violation": None if self.violation is None else str(self.violation),
        }


class _Wrong(Exception):
    def __init__(self, rule: Rule, message: str) -> None:
        super().__init__(message)
        self.rule: Rule = rule
        self.message = message


def verify_book(lines: Iterable[str | bytes], *, head: tuple[int, str] | None = None) -> Book:
    """Verify one book from its JSON lines; blank lines are skipped.

    A book may end with a waiter due (its writer was stopped in between); the next entry has to serve it.

    head: (seq, hash) noted down earlier or announced; the book must contain it, so a book rewritten or cut short is found out.
    """
    report, seen, line_number = Book(), set[str](), 0
    entry: Any = None
    try:
        for text in lines:
            line_number += 1
            if not text.strip():
                continue
            entry = None
            entry = _parsed(text)
            _check_entry(report, entry, seen)
            if head is not None and report.entries == head[0] and report.head != head[1]:
                raise _Wrong("head", f"the head noted down for seq {head[0]} is {head[1]}, not {report.head}")
        entry = None
        if not report.entries:
            raise _Wrong("form", "the book is empty")
        if head is not None and report.entries < head[0]:
            raise _Wrong(
                "head", f"entries are missing at the end: seq {head[0]} was noted down, the last is {report.entries}"
            )
    except _Wrong as wrong:
        known = entry if isinstance(entry, dict) else {}
        seq, name = known.get("seq"), known.get("_id")
        report.violation = Violation(
            report.book or str(known.get("book", "")),
            line_number,
            seq if type(seq) is int else None,
            name if isinstance(name, str) else None,
            wrong.rule,
            wrong.message,
        )
    return report


def verify_city(reports: Sequence[Book]) -> list[str]:
    """Verify that the books of one or several years agree: unallotted + Σ district allotted + in flight = appropriated (I8).

    Returns what is wrong, as sentences; empty: nothing. Allotments in flight (sent, not yet received) are right.
    """
    wrong = [str(report.violation) for report in reports if report.violation is not None]
    for city in (r for r in reports if r.ok and r.district is None):
        districts = {r.district: r for r in reports if r.ok and r.fiscal_year == city.fiscal_year and r.district}
        in_flight = 0
        for allotment, (district, amount) in city.sent.items():
            received = districts[district].received.get(allotment) if district in districts else None
            if received is None:
                in_flight += amount
            elif received != amount:
                wrong.append(f"{city.book}: allotment {allotment} left with {amount} and arrived with {received}")
        for book in districts.values():
            wrong += [
                f"{book.book}: allotment {allotment} arrived and never left {city.book}"
                for allotment in book.received
                if allotment not in city.sent
            ]
            if book.currency != city.currency:
                wrong.append(f"{book.book} counts in {book.currency}, {city.book} in {city.currency}")
        held = sum(d.balances["allotted"] for d in districts.values())
        if city.balances["unallotted"] + held + in_flight != city.balances["appropriated"]:
            wrong.append(
                f"{city.book}: unallotted {city.balances['unallotted']} + allotted in districts {held} + in flight {in_flight} "
                f"is not appropriated {city.balances['appropriated']}"
            )
    return wrong


def check_entries(entries: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield what is wrong with one book, given its entries in order, as downloaded or as stored (then with ``private``)."""
    documents = list(entries)
    yield from _unbound(documents)
    found = verify_book(json.dumps(published(document), ensure_ascii=False) for document in documents)
    if found.violation is not None:
        yield Finding(INVARIANTS[found.violation.rule], found.violation.where, found.violation.message)


def published(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored entry in its published form: without ``private``, amounts as text. A published one stays as it is."""

    def text(amounts: Mapping[str, Any]) -> dict[str, Any]:
        return {**amounts, "amount": str(amounts["amount"])}

    entry = text({key: value for key, value in stored.items() if key != "private"})
    entry["postings"] = [text(posting) for posting in stored["postings"]]
    entry["after"] = {account: str(amount) for account, amount in stored["after"].items()}
    if "shares" in stored["facts"]:
        entry["facts"] = {**stored["facts"], "shares": [text(share) for share in stored["facts"]["shares"]]}
    return entry


def _unbound(documents: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield entries whose private part is there and is not the one that was bound. Anonymised ones have none."""
    for document in documents:
        private = document.get("private")
        if private and hashlib.sha256(rfc8785.dumps(dict(private))).hexdigest() != document["private_digest"]:
            yield Finding(
                "I2", f"{document['book']} seq {document['seq']} {document['_id']}", "its private part was changed"
            )


# ---------------------------------------------------------------- one entry


def _parsed(text: str | bytes) -> dict[str, Any]:
    try:
        entry = json.loads(text, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise _Wrong("form", f"not JSON: {error}") from error
    if not isinstance(entry, dict):
        raise _Wrong("form", "not a JSON object")
    return entry


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A doubled key would let two readers see two books."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key occurs twice")
    return dict(pairs)


def _check_entry(report: Book, entry: dict[str, Any], seen: set[str]) -> None:
    try:
        _check_form(entry)
        _check_chain(report, entry, seen)
        _check_due(report, entry)
        amount = int(entry["amount"])
        if entry["kind"] == "opening":
            _open(report, entry)
        elif not report.entries:
            raise _Wrong("steps", "the first entry does not open the book")
        _check_money(report, entry, amount)
        _check_step(report, entry, amount)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _Wrong("form", f"not readable: {type(error).__name__} {error}") from error
    seen.add(entry["_id"])
    report.entries, report.head = entry["seq"], entry["hash"]


def _check_form(entry: Mapping[str, Any]) -> None:
    missing = {
        "_id",
        "book",
        "seq",
        "kind",
        "amount",
        "postings",
        "after",
        "facts",
        "at",
        "digest",
        "prev",
        "hash",
    } - set(entry)
    if missing:
        raise _Wrong("form", f"fields are missing: {', '.join(sorted(missing))}")
    if "private" in entry:
        raise _Wrong("form", "it shows its private part")
    if entry["kind"] not in KINDS:
        raise _Wrong("form", f"unknown kind {entry['kind']!r}")
    amounts = [entry["amount"], *entry["after"].values(), *(p["amount"] for p in entry["postings"])]
    if not all(isinstance(amount, str) and AMOUNT.match(amount) for amount in amounts):
        negative = any(str(amount).startswith("-") for amount in amounts)
        raise _Wrong("negative" if negative else "form", "an amount is not a whole number from 0 on, as text")


def _check_chain(report: Book, entry: Mapping[str, Any], seen: set[str]) -> None:
    if not HASH.match(str(entry["hash"])):
        raise _Wrong("hash", "its hash is not 64 hexadecimal digits")
    public = {key: value for key, value in entry.items() if key != "hash"}
    try:
        computed = hashlib.sha256(rfc8785.dumps(public)).hexdigest()
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise _Wrong("form", f"it has no canonical form: {error}") from error
    if computed != entry["hash"]:
        raise _Wrong("hash", f"its content was changed: it hashes to {computed}, its hash says {entry['hash']}")
    if report.entries and entry["book"] != report.book:
        raise _Wrong("chain", f"it belongs to the book {entry['book']}")
    if type(entry["seq"]) is not int or entry["seq"] != report.entries + 1:
        raise _Wrong(
            "chain",
            f"its place is {entry['seq']}, expected {report.entries + 1}: an entry is missing, doubled or swapped",
        )
    if entry["prev"] != report.head:
        raise _Wrong("chain", f"it follows {entry['prev']}, but the entry before has {report.head}")
    if entry["_id"] in seen:
        raise _Wrong("unique", "its business key occurred before")


def _open(report: Book, entry: Mapping[str, Any]) -> None:
    if report.entries:
        raise _Wrong("steps", "the book was opened before")
    facts = entry["facts"]
    report.book, report.currency, report.fiscal_year = entry["book"], facts["currency"], facts["fiscal_year"]
    report.district = facts.get("district")
    owner = "city" if report.district is None else f"district:{report.district}"
    if entry["book"] != f"{owner}/{report.fiscal_year}":
        raise _Wrong("form", f"the book {entry['book']} is opened for {owner}/{report.fiscal_year}")
    report.waiting_rule, report.max_skips = facts.get("waiting_rule"), facts.get("max_skips")
    if report.district is not None and report.waiting_rule not in ("first_fit", "strict"):
        raise _Wrong("form", f"unknown waiting rule {report.waiting_rule!r}")
    parts = ("appropriated", *CITY) if report.district is None else ("allotted", *DISTRICT)
    report.balances = dict.fromkeys(parts, 0)


# ---------------------------------------------------------------- money


def _check_money(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    kind = entry["kind"]
    if (kind in OF_CITY) != (report.district is None) and kind != "opening":
        raise _Wrong("steps", f"{kind} is not for this book")
    expected = _releases(entry) if kind in ("reservation_released", "commitment_released") else MOVES[kind]
    moved = [(p["account"], p["side"], int(p["amount"])) for p in entry["postings"]]
    if sum(a if side == "debit" else -a for _, side, a in moved) or any(
        s not in ("debit", "credit") for _, s, _ in moved
    ):
        raise _Wrong("postings", "debits and credits differ")
    wanted = [] if expected is None else [(expected[0], "debit", amount), (expected[1], "credit", amount)]
    if sorted(moved) != sorted(wanted):
        raise _Wrong("postings", f"{kind} has to move {wanted or 'nothing'}, it moves {moved or 'nothing'}")
    source = "appropriated" if report.district is None else "allotted"
    for account, side, part in moved:
        report.balances[account] += part if (side == "credit") == (account == source) else -part
    negative = [account for account, balance in report.balances.items() if balance < 0]
    if negative:
        raise _Wrong("negative", f"{', '.join(negative)} would be negative")
    if max(report.balances.values()) > MOST:
        raise _Wrong("balances", "a balance is larger than 64 bits")
    after = {account: int(balance) for account, balance in entry["after"].items()}
    if after != report.balances:
        raise _Wrong("balances", f"its balances are {after}, the fold of the entries is {report.balances}")
    if report.balances[source] != sum(b for account, b in report.balances.items() if account != source):
        raise _Wrong("balances", f"{source} is not the sum of its parts")


def _releases(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    came_from, to = entry["facts"]["from"], entry["facts"]["to"]
    allowed = {
        ("waiting", "available"),
        ("reserved", "available"),
        ("committed", "available"),
        ("committed", "reserved"),
    }
    if (came_from, to) not in allowed or (came_from == "committed") != (entry["kind"] == "commitment_released"):
        raise _Wrong("steps", f"{entry['kind']} from {came_from} to {to} is not possible")
    return None if came_from == "waiting" else (to, came_from)


# ---------------------------------------------------------------- steps of a request


def _check_step(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    kind, facts = entry["kind"], entry["facts"]
    if kind == "allotment_out":
        _send(report, entry, amount)
    elif kind == "allotment_in":
        if entry["subject"] in report.received:
            raise _Wrong("unique", f"allotment {entry['subject']} arrived before")
        report.received[entry["subject"]] = amount
    elif kind in STEPS:
        request = report.requests.get(entry["subject"])
        if request is None and kind == "commitment_refused" and "subject_after" not in entry:
            return  # an acceptance of what is not in the book: it stays out of it
        _follow(report, entry, request, amount)
        if kind == "commitment_released" and facts["to"] != (
            "available" if entry["subject_after"]["state"] == "released" else "reserved"
        ):
            raise _Wrong("steps", "the money and the request went different ways")


def _send(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    shares = entry["facts"]["shares"]
    if sum(int(share["amount"]) for share in shares) != amount:
        raise _Wrong("postings", "the shares do not add up to the amount")
    for share in shares:
        if share["allotment"] in report.sent:
            raise _Wrong("unique", f"allotment {share['allotment']} left before")
        report.sent[share["allotment"]] = (share["district"], int(share["amount"]))


def _follow(report: Book, entry: Mapping[str, Any], request: Request | None, amount: int) -> None:
    kind, name, after = entry["kind"], entry["subject"], entry["subject_after"]
    state = "" if request is None else request.state
    sources, target = STEPS[kind]
    if state not in sources:
        raise _Wrong("steps", f"{kind} of a request that is {state or 'not in the book'}")
    possible = (state,) if target == "=" else tuple(target.split("|"))
    if after["state"] not in possible:
        raise _Wrong("steps", f"{kind} leaves the request {after['state']}, not {' or '.join(possible)}")
    if (
        request is not None
        and state not in ("barred", "released", "refused")
        and amount != request.amount
        and "refused" not in kind
    ):
        raise _Wrong("steps", f"the request is about {request.amount}, the entry about {amount}")
    _check_pause(entry, request)
    if kind == "reservation_made":
        _check_turn(report, entry, amount)
        _pass_over(report, name)
    elif kind == "reservation_waiting" and not after["paused"] and _may_go(report, amount):
        raise _Wrong("waiting", "it was made to wait although it fits and nobody has a claim before it")
    if request is None:
        request = report.requests[name] = Request(amount, "")
    request.state, request.paused = after["state"], after["paused"]
    if request.state == "waiting" and name not in report.waiting:
        report.waiting.append(name)
    elif request.state != "waiting" and name in report.waiting:
        report.waiting.remove(name)


def _check_pause(entry: Mapping[str, Any], request: Request | None) -> None:
    kind, paused = entry["kind"], entry["subject_after"]["paused"]
    was = request is not None and request.paused
    wanted = {
        "reservation_paused": True,
        "reservation_resumed": False,
        "commitment_refused": was,
        "reservation_waiting": paused,  # an organisation whose standing forbids it enters the list paused
    }.get(kind, False)
    if type(paused) is not bool or paused != wanted:
        raise _Wrong("steps", f"{kind} must leave the request {'paused' if wanted else 'not paused'}")


# ---------------------------------------------------------------- the waiting rule


def _claimant(report: Book) -> str | None:
    """Return before whom nobody may be reserved: in strict the first in line, in first_fit who was passed over too often."""
    for name in report.waiting:
        request = report.requests[name]
        if request.paused:
            continue
        if report.waiting_rule == "strict":
            return name
        if report.max_skips is not None and request.passed_over >= report.max_skips:
            return name
    return None


def _due(report: Book) -> str | None:
    """Return the waiter whom the next entry has to serve."""
    if not report.waiting:
        return None
    available = report.balances["available"]
    claimant = _claimant(report)
    candidates = report.waiting if claimant is None else [claimant]
    for name in candidates:
        if not report.requests[name].paused and report.requests[name].amount <= available:
            return name
    return None


def _may_go(report: Book, amount: int) -> bool:
    return amount <= report.balances["available"] and _claimant(report) is None


def _check_due(report: Book, entry: Mapping[str, Any]) -> None:
    due = _due(report)
    if due is not None and not (entry["kind"] == "reservation_made" and entry.get("subject") == due):
        raise _Wrong("waiting", f"request {due} was due and had to be served by this entry")
    if due is None and entry["kind"] == "reservation_made" and entry.get("subject") in report.waiting:
        raise _Wrong("waiting", "it was served out of turn")


def _check_turn(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    """_check_due looked after those who wait; here the newcomers. The entry's money has moved already."""
    waited = entry["subject"] in report.waiting
    if entry["facts"]["from_waiting"] != waited:
        raise _Wrong("steps", "it says the wrong thing about having waited")
    if not waited and _claimant(report) is not None:
        raise _Wrong("waiting", f"request {_claimant(report)} waits and had the first claim")


def _pass_over(report: Book, served: str) -> None:
    for name in report.waiting:
        if name == served:
            return
        if not report.requests[name].paused:
            report.requests[name].passed_over += 1
