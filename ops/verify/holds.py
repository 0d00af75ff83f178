"""Money held for appeals in a downloaded book (BUD-3; I2, I4).

Written apart from the budget service, from the published form only.
"""

from collections.abc import Mapping
from typing import Any, Final

from ops.verify.folded import Book, Request, Wrong

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
