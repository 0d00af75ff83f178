"""I9 – every step stood on a standing that allowed it, and no open step stands on one that forbids it.

The standings are told again from registry's histories; a step names the one it relied on by its sequence.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from ops.verify.findings import Finding
from ops.verify.places import places
from ops.verify.snapshot import Snapshot

Standing = Mapping[str, Any]
Known = Mapping[str, Mapping[int, Standing]]
"""Organisation → sequence → the whole standing."""

EVENTS: Final[Mapping[str, tuple[str, bool]]] = {
    "request.submitted.v1": ("may_submit", True),
    "request.submitted.v2": ("may_submit", True),
    "request.accepted.v1": ("may_be_committed", True),
    "request.accepted.v2": ("may_be_committed", True),
    "case.decided.v1": ("may_be_decided", True),
    "case.decided.v2": ("may_be_decided", True),
    "panel.decided.v1": ("may_be_decided", True),
    "case.paused.v1": ("may_be_decided", False),
    "case.resumed.v1": ("may_be_decided", True),
}
"""Steps that are announced with the sequence of their standing: the permission, and whether it had to be given."""

ENTRIES: Final[Mapping[str, bool]] = {
    "reservation_made": True,
    "reservation_resumed": True,
    "commitment_made": True,
    "reservation_paused": False,
}
"""Kinds of entries that record it: whether ``may_be_committed`` had to be given. A waiter is paused if it was not."""

PAYMENTS: Final = frozenset({"payment_prepared", "payment_approved"})
"""Kinds of entries that record a standing which had to give ``may_be_paid``."""

OPEN: Final = frozenset({"submitted", "in_review", "changes_requested", "approved", "waiting", "reserved", "accepted"})
"""Statuses of a request that a suspension marks."""


def check_standings(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield steps that relied on a standing that did not allow them or does not exist, and open steps that should stand still."""
    known: dict[str, dict[int, Standing]] = {}
    for event in snapshot.events("organization.standing_changed.v1"):
        known.setdefault(event["data"]["organization"], {})[int(event["sequence"])] = event["data"]["standing"]
    yield from _announced_steps(snapshot, known)
    yield from _entries(snapshot, known)
    newest = {organization: max(standings.items()) for organization, standings in known.items()}
    yield from _open_requests(snapshot, newest)
    yield from _open_cases(snapshot, newest)
    yield from _open_money(snapshot, newest)
    yield from _open_payments(snapshot, newest)


def _announced_steps(snapshot: Snapshot, known: Known) -> Iterator[Finding]:
    for event in snapshot.events(*EVENTS):
        permission, needed = EVENTS[event["type"]]
        data = event["data"]
        what = _relied(known, data["organization"], data["standing_sequence"], permission, needed)
        if what is not None:
            yield Finding("I9", event["subject"], f"{event['type'].rpartition('.')[0]} relied on {what}")


def _entries(snapshot: Snapshot, known: Known) -> Iterator[Finding]:
    for book, entries in snapshot.books.items():
        for entry in entries:
            needed = ENTRIES.get(entry["kind"])
            if entry["kind"] == "reservation_waiting":
                needed = not entry["subject_after"]["paused"]
            permission = "may_be_committed"
            if entry["kind"] in PAYMENTS:
                permission, needed = "may_be_paid", True
            if needed is None:
                continue
            facts = entry["facts"]
            what = _relied(known, facts["organization"], facts.get("standing_sequence"), permission, needed)
            if what is not None:
                yield Finding("I9", f"{book} seq {entry['seq']} {entry['_id']}", f"it relied on {what}")


def _relied(known: Known, organization: str, sequence: int | None, permission: str, needed: bool) -> str | None:
    if sequence is None:
        return "no standing: it records no sequence"
    standing = known.get(organization, {}).get(sequence)
    if standing is None:
        return f"standing {sequence} of {organization}, which does not exist"
    if standing[permission]["allowed"] != needed:
        return f"standing {sequence} of {organization}, which {'forbids' if needed else 'allows'} it"
    return None


Newest = Mapping[str, tuple[int, Standing]]


def _open_requests(snapshot: Snapshot, newest: Newest) -> Iterator[Finding]:
    for id, request in snapshot.states["request"].items():
        if request["status"] not in OPEN or request["organization"] not in newest:
            continue
        status = newest[request["organization"]][1]["status"]
        if status == "revoked":
            yield Finding("I9", f"request/{id}", f"it is {request['status']}, and its organisation is revoked")
        elif (request["suspension"] is not None) != (status == "suspended"):
            marked = "marked" if request["suspension"] is not None else "not marked"
            yield Finding("I9", f"request/{id}", f"its organisation is {status}, and it is {marked} as suspended")


def _open_cases(snapshot: Snapshot, newest: Newest) -> Iterator[Finding]:
    for id, case in snapshot.states["case"].items():
        if case["status"] not in ("open", "closed", "paused") or case["organization"] not in newest:
            continue
        standing = newest[case["organization"]][1]
        if (case["status"] == "paused") == standing["may_be_decided"]["allowed"]:
            yield Finding("I9", f"case/{id}", f"its organisation is {standing['status']}, and it is {case['status']}")


def _open_money(snapshot: Snapshot, newest: Newest) -> Iterator[Finding]:
    for request, found in sorted(places(snapshot.books).items()):
        for place in found:
            if place.organization not in newest:
                continue
            sequence, standing = newest[place.organization]
            permission = standing["may_be_committed"]
            about = f"{place.book} request {request}"
            if place.state in ("waiting", "reserved") and place.paused == permission["allowed"]:
                still = "stands still" if place.paused else "does not stand still"
                yield Finding(
                    "I9", about, f"its organisation is {standing['status']}, and it is {place.state} and {still}"
                )
            forbidden_since = datetime.fromisoformat(permission["since"])
            raced = place.standing < sequence and datetime.fromisoformat(place.since) >= forbidden_since
            if place.state == "committed" and not permission["allowed"] and raced:
                yield Finding("I9", about, f"it was committed when standing {sequence} forbade it already")


def _open_payments(snapshot: Snapshot, newest: Newest) -> Iterator[Finding]:
    """A payment that is under way although the newest standing forbids it should have been given up."""
    for book, entries in snapshot.books.items():
        last = {e["facts"]["payment"]: e for e in entries if e["kind"].startswith("payment_")}
        for payment, entry in last.items():
            facts = entry["facts"]
            if facts["state"] not in ("prepared", "approved", "failed") or facts["organization"] not in newest:
                continue
            sequence, standing = newest[facts["organization"]]
            if not standing["may_be_paid"]["allowed"]:
                what = f"it is {facts['state']}, and standing {sequence} forbids payments"
                yield Finding("I9", f"{book} payment {payment}", what)
