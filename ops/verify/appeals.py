"""What is left of appeals between the services: money still held after their end, and awards that no book knows (I5, I8)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ops.verify.findings import Finding
from ops.verify.places import places
from ops.verify.snapshot import Snapshot


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
