"""Money held for appeals in a downloaded book (BUD-3; I2, I4), and what is left of appeals between the services (I5, I8).

Written apart from the budget service, from the published form only.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ops.verify.findings import Finding
from ops.verify.folded import Book, Request, Wrong
from ops.verify.places import places
from ops.verify.snapshot import Snapshot

KINDS: Final = frozenset({"hold_made", "hold_released"})
ANSWERS: Final = frozenset({"reservation_made", "reservation_waiting", "reservation_refused", "reservation_raised"})
"""What may follow a hold that ends with an award."""


def check_hold(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    """A request's money is held once, at most what is disputed, and given back whole; after its appeal nothing is held for it."""
    name, facts = entry["subject"], entry["facts"]
    if name in report.appeals_over:
        raise Wrong("steps", f"the appeal of {name} was over before")
    if entry["kind"] == "hold_made":
        if name in report.holds or not 0 < amount <= int(facts["disputed"]):
            raise Wrong("steps", f"{amount} are held for {name}, {facts['disputed']} are disputed")
        report.holds[name] = amount
        return
    held = report.holds.pop(name, 0)
    if held != amount:
        raise Wrong("steps", f"{held} were held for {name}, {amount} are given back")
    report.appeals_over.add(name)


def check_award(report: Book, entry: Mapping[str, Any]) -> None:
    """The entry after a hold that ended with an award has to reserve that award; nothing else raises a reservation."""
    if report.turning is None:
        if entry["kind"] == "reservation_raised":
            raise Wrong("steps", "no panel awarded more")
        return
    name, award = report.turning
    amount = entry["facts"]["remains"] if entry["kind"] == "reservation_raised" else entry["amount"]
    if entry["kind"] not in ANSWERS or entry.get("subject") != name or amount != award["amount"]:
        raise Wrong("waiting", f"{award['amount']} were awarded to {name} and had to be reserved by this entry")


def raise_amount(request: Request, entry: Mapping[str, Any], amount: int) -> None:
    """Bring the request's amount to what a raise leaves it."""
    remains = int(entry["facts"]["remains"])
    if not amount or remains != request.amount + amount:
        raise Wrong("steps", f"{request.amount} are raised by {amount}, and {remains} are said to remain")
    request.amount = remains


def held_for(report: Book, request: str) -> int:
    """Return what was held for the request's award until the entry before this one; nobody who waits has a claim to it."""
    return int(report.turning[1]["held"]) if report.turning is not None and report.turning[0] == request else 0


def check_appeals(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield money that is held although the appeal is over, and awards of panels that no book knows."""
    over = {e["data"]["request"]: e["type"] for e in snapshot.events("appeal.ended.v1", "appeal.decided.v1")}
    for book, entries in sorted(snapshot.books.items()):
        for request in _held(entries):
            if request in over:
                yield Finding("I5", f"request/{request}", f"its appeal is over, and {book} holds money for it")
    where = places(snapshot.books)
    for event in snapshot.events("appeal.decided.v1"):
        data = event["data"]
        if data["support"] == "money" and data["verdict"] == "overturned" and not where.get(data["request"]):
            yield Finding("I8", f"request/{data['request']}", "a panel awarded money to it, but no book knows it")


def awards(snapshot: Snapshot) -> Mapping[str, int]:
    """Return request → what a panel awarded in all."""
    events = snapshot.events("appeal.decided.v1")
    return {e["data"]["request"]: e["data"]["amount"] for e in events if e["data"]["verdict"] == "overturned"}


def _held(entries: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    made = [entry["subject"] for entry in entries if entry["kind"] == "hold_made"]
    ended = {entry["subject"] for entry in entries if entry["kind"] == "hold_released"}
    return [request for request in made if request not in ended]
