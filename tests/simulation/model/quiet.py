"""What must fit together when nothing is under way any more (I5, I8 and the second half of I9), over all four services."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.simulation.model import Model

Document = Mapping[str, Any]
Databases = Mapping[str, Any]

IN_BOOK: Final[Mapping[str, frozenset[str]]] = {
    "draft": frozenset({""}),
    "submitted": frozenset({""}),
    "in_review": frozenset({""}),
    "changes_requested": frozenset({""}),
    "rejected": frozenset({""}),
    "waiting": frozenset({"waiting"}),
    "reserved": frozenset({"reserved"}),
    "in_progress": frozenset({"committed"}),
    "reported": frozenset({"committed", "released"}),  # released: it closes when what is pending is paid or given up
    "closed": frozenset({"released"}),
    "cancelled": frozenset({"committed", "released"}),
    "ended_by_agreement": frozenset({"committed", "released"}),
    "withdrawn": frozenset({"", "barred", "released"}),
    "lapsed": frozenset({"barred", "released", "refused"}),
    "declined": frozenset({"barred", "released", "refused"}),
}
"""Status of a request → where its money may be. ``approved`` and ``accepted`` only wait for budget's answer."""

IN_REVIEW: Final[Mapping[str, frozenset[str]]] = {
    "draft": frozenset({""}),
    "submitted": frozenset({"awaiting"}),
    "in_review": frozenset({"open", "closed", "paused", "stalled", "excepted"}),
    "changes_requested": frozenset({"changes_requested"}),
    "rejected": frozenset({"decided"}),
    "waiting": frozenset({"decided"}),
    "reserved": frozenset({"decided"}),
    "in_progress": frozenset({"decided"}),
    "reported": frozenset({"decided"}),
    "closed": frozenset({"decided"}),
    "cancelled": frozenset({"decided"}),
    "ended_by_agreement": frozenset({"decided"}),
    "withdrawn": frozenset({"", "withdrawn", "decided", "changes_requested"}),
    "lapsed": frozenset({"withdrawn", "decided", "changes_requested"}),
    "declined": frozenset({"decided"}),
}
"""Status of a request → status of the case of its latest revision."""

EMPTIED: Final = ("available", "held", "reserved", "committed", "pending")
COPIED: Final = ("requests", "review", "budget")
OPEN: Final = frozenset({"submitted", "in_review", "changes_requested", "approved", "waiting", "reserved", "accepted"})


def disagreements(model: "Model", databases: Databases, now: datetime) -> list[str]:
    """Return what does not fit together, in sentences that begin with the invariant."""
    found = [*_outboxes(databases), *_cursors(model, databases), *_copies(model, databases), *_due(databases, now)]
    found += [f"I8: {allotment} never arrived" for allotment in model.books.in_flight]
    found += [f"I2: {book.due} is due in {name}" for name, book in model.books.books.items() if book.due is not None]
    for year in ("1405", "1406"):
        books = {name: book for name, book in model.books.books.items() if name.endswith(f"/{year}")}
        allotted = sum(book.parts["allotted"] for book in books.values() if book.district is None)
        districts = sum(book.came + book.gone for book in books.values() if book.district is not None)
        if allotted != districts:
            found.append(f"I8: {allotted} allotted in {year}, {districts} came to the districts' books")
    for name, book in model.books.books.items():
        if book.next_book is not None and any(amount for part, amount in book.parts.items() if part in EMPTIED):
            found.append(f"I8: {name} is closed and has {book.parts}")
    cases = {(case["request"], case["revision"]): case for case in _documents(databases, "review", "cases")}
    for request in _documents(databases, "requests", "requests"):
        case = cases.get((request["_id"], request["revision"]))
        held = model.books.place_of(request["_id"])
        organization = databases["registry"].stores.documents("organizations").documents[request["organization"]]
        about = [
            *_fits(request, case, held),
            *_standing(request, case, held, organization),
        ]
        found += [f"{what} (request {request['_id']} is {request['status']})" for what in about]
    found += _approvals(model, databases)
    found += model.calls.quiet(_documents(databases, "requests", "programmes"), model.books.books)
    return found


def _documents(databases: Databases, service: str, collection: str) -> list[Document]:
    return list(databases[service].stores.documents(collection).documents.values())


def _outboxes(databases: Databases) -> Iterator[str]:
    for service, database in databases.items():
        for name, held in database.stores.by_name.items():
            for id, document in held.documents.items():
                if document["outbox"] or "unsent_since" in document:
                    yield f"I5: an outbox is left in {service} {name}/{id}"


def _cursors(model: "Model", databases: Databases) -> Iterator[str]:
    cursors = databases["budget"].cursors.cursors
    for name, book in model.books.books.items():
        if name not in cursors or cursors[name].seq != book.seq:
            yield f"I5: {name} has {book.seq} entries and is announced up to {cursors.get(name)}"


def _copies(model: "Model", databases: Databases) -> Iterator[str]:
    for service in COPIED:
        copies = databases[service].stores.copies("standings").copies
        for organization, newest in model.standings.newest.items():
            known = copies.get(organization, {}).get("sequence")
            if known != newest:
                yield f"I5: {service} knows standing {known} of {organization}, the newest is {newest}"


def _due(databases: Databases, now: datetime) -> Iterator[str]:
    for service in ("requests", "review"):
        for name, held in databases[service].stores.by_name.items():
            for id, document in held.documents.items():
                if "due_at" in document and document["due_at"] <= now:
                    yield f"I5: {service} {name}/{id} was due at {document['due_at']}, it is {now}"


def _fits(request: Document, case: Document | None, held: Any) -> Iterator[str]:
    """Request, case and book tell the same."""
    status = request["status"]
    state = "" if held is None else held.state
    if state not in IN_BOOK.get(status, frozenset()):
        yield f"I8: the book says {state or 'nothing'}"
    amounts = (held.amount if state == "reserved" else 0, held.amount if state == "committed" else 0)
    if held is not None and held.limited and state == "released":
        amounts = (0, held.paid + held.pending)
    if (request["reserved"], request["committed"]) != amounts:
        yield f"I5: it counts {request['reserved']} reserved and {request['committed']} committed, the book {amounts}"
    if held is not None:
        yield from _ends(request, held)
    if held is not None and _paid(request) != held.paid:
        yield f"I5: it counts {_paid(request)} paid, the book {held.paid}"
    if held is not None and _refunded(request) != held.refunded:
        yield f"I5: it counts {_refunded(request)} refunded, the book {held.refunded}"
    if state in ("waiting", "reserved", "committed") and not held.limited and held.amount != request["approved"]:
        yield f"I8: approved {request['approved']}, in the book {held.amount}"
    reviewed = "" if case is None else case["status"]
    if reviewed not in IN_REVIEW.get(status, frozenset()):
        yield f"I5: its case is {reviewed or 'unknown'}"


def _ends(request: Document, held: Any) -> Iterator[str]:
    """What was limited is no more than that, and what can be closed is."""
    limit, status = request["limit"], request["status"]
    if limit is not None and not held.pending and held.state == "committed":
        most = max(limit["amount"], held.paid)
        if held.amount > most:
            yield f"I8: no more than {most} was to be committed, the book has {held.amount}"
    if status == "reported" and held.state == "released" and not held.pending:
        yield "I5: nothing is pending, and it is not closed"


def _paid(request: Document) -> int:
    """What the request's own facts say is paid (REQ-7)."""
    facts = request["book_facts"]
    made = sum(int(f["amount"]) for f in facts if f["step"] == "payment_made")
    return made - sum(int(f["amount"]) for f in facts if f["step"] == "payment_failed" and f["holds"] == "paid")


def _refunded(request: Document) -> int:
    return sum(int(fact["amount"]) for fact in request["book_facts"] if fact["step"] == "refund_received")


def _standing(request: Document, case: Document | None, held: Any, organization: Document) -> Iterator[str]:
    """I9: no open step stands on a standing that forbids it, and none stands still without need."""
    standing = organization["status"]
    suspended = standing == "suspended"
    forbidden = not organization["standing"]["may_be_committed"]["allowed"]  # also once it has expired (REG-4)
    if held is not None and standing in ("suspended", "revoked") and (left := held.pending - held.with_the_bank):
        yield f"I9: it is {standing}, and {left} are pending"
    if standing == "revoked":  # for good: nothing stands still, everything open has ended
        if request["status"] in OPEN:
            yield "I9: its standing is revoked"
        return
    if request["status"] in OPEN and (request["suspension"] is not None) != suspended:
        yield f"I9: suspended is {suspended}, and its mark is {request['suspension']}"
    if held is not None and held.state in ("waiting", "reserved") and held.paused != forbidden:
        yield f"I9: forbidden is {forbidden}, and its place in the book is {'' if held.paused else 'not '}paused"
    if (
        case is not None
        and case["status"] in ("open", "closed", "paused")
        and (case["status"] == "paused") != suspended
    ):
        yield f"I9: suspended is {suspended}, and its case is {case['status']}"


def _approvals(model: "Model", databases: Databases) -> Iterator[str]:
    """I8: every approval of money is in exactly one place."""
    for case in _documents(databases, "review", "cases"):
        if case["status"] == "decided" and case["result"]["outcome"] == "approved":
            place = model.books.place_of(case["request"])
            if place is None or not place.state:
                yield f"I8: case {case['_id']} approved {case['result']['amount']}, and the book knows nothing of it"
