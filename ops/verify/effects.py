"""I5, I4, I8 – what was announced has had its effect, once: a submission its case, a decision and an acceptance their entries, an end its
release. Only for what is not on its way any more."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ops.verify.appeals import awards, check_appeals
from ops.verify.findings import Finding
from ops.verify.places import Place, places
from ops.verify.snapshot import Snapshot
from shared.contracts.ids import derive_id

ENDED: Final = frozenset({"released", "barred", "refused"})
"""States of a request in a book that holds nothing for it any more."""
ENDED_CASE: Final = frozenset({"withdrawn", "decided", "changes_requested"})


def check_effects(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield announcements without their effect, and effects that happened twice."""
    where = places(snapshot.books)
    yield from _submissions(snapshot)
    yield from _approvals(snapshot, where)
    yield from _acceptances(snapshot, where)
    yield from _ends(snapshot, where)
    yield from check_appeals(snapshot)
    for request, found in sorted(where.items()):
        made = sum(place.reserved for place in found)
        if made > 1:
            yield Finding("I4", f"request/{request}", f"it has {made} reservations")


def _case(snapshot: Snapshot, data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return snapshot.states["case"].get(derive_id("case", data["request"], str(data["revision"])))


def _submissions(snapshot: Snapshot) -> Iterator[Finding]:
    for event in snapshot.events("request.submitted.v1", "request.submitted.v2"):
        data, case = event["data"], _case(snapshot, event["data"])
        about = f"request/{data['request']}"
        if case is None:
            yield Finding("I5", about, f"revision {data['revision']} was submitted, and review has no case of it")
        elif case["submission"] is not None:
            # Field by field: a case that changed after an upgrade also holds what later contracts added.
            differing = sorted(name for name in data if case["submission"].get(name) != data[name])
            if differing:
                yield Finding(
                    "I5",
                    f"case/{case['_id']}",
                    f"it judges another revision than was submitted; it differs in: {', '.join(differing)}",
                )


def _approvals(snapshot: Snapshot, where: Mapping[str, Sequence[Place]]) -> Iterator[Finding]:
    """Every approval of money is in exactly one place, with its amount, or what of a panel's award there was (REQ-13)."""
    raised = awards(snapshot)
    for event in snapshot.events("case.decided.v1"):
        data = event["data"]
        if data["outcome"] != "approved":
            continue
        about, found = f"request/{data['request']}", where.get(data["request"], ())
        if not found:
            yield Finding("I8", about, "it was approved, but no book knows it")
        elif len(found) > 1:
            yield Finding("I8", about, f"its money is in several books: {', '.join(place.book for place in found)}")
        elif data["book"] not in (found[0].book, found[0].first_book):
            yield Finding("I8", about, f"its money is in {found[0].book}, not in {data['book']}")
        elif not data["amount"] <= found[0].amount <= raised.get(data["request"], data["amount"]) and (
            found[0].state not in ENDED
        ):
            yield Finding("I8", about, f"{data['amount']} were approved, the book has {found[0].amount}")


def _acceptances(snapshot: Snapshot, where: Mapping[str, Sequence[Place]]) -> Iterator[Finding]:
    for event in snapshot.events("request.accepted.v1"):
        request, number = event["data"]["request"], int(event["sequence"])
        entries = {entry for place in where.get(request, ()) for entry in place.entries}
        committed = any(place.state == "committed" for place in where.get(request, ()))
        if f"commit:{request}:{number}" not in entries and not committed:
            refused = any(
                e["_id"] == f"commit:{request}:{number}" for e in snapshot.books.get(event["data"]["book"], ())
            )
            if not refused:
                yield Finding("I5", f"request/{request}", "its award was accepted, and the book has not answered")


def _ends(snapshot: Snapshot, where: Mapping[str, Sequence[Place]]) -> Iterator[Finding]:
    for event in snapshot.events("request.withdrawn.v1", "request.lapsed.v1", "request.declined.v1"):
        data = event["data"]
        about, verb = f"request/{data['request']}", event["type"].split(".")[1]
        holding = [place for place in where.get(data["request"], ()) if place.state not in ENDED]
        if holding:
            yield Finding("I5", about, f"it is {verb}, and {holding[0].book} has it {holding[0].state}")
        elif not where.get(data["request"]) and data.get("support", "money") == "money":
            yield Finding("I5", about, f"it is {verb}, and no book bars it")
        case = _case(snapshot, data)
        if case is None or case["status"] not in ENDED_CASE:
            yield Finding(
                "I5", about, f"it is {verb}, and its case is {'not there' if case is None else case['status']}"
            )
