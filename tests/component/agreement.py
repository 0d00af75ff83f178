"""Whether four services that have nothing left to tell each other agree: I1, I2, I5, I6, I8, I9 over all of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ops.verify.books import check_entries
from ops.verify.cases import check_case
from ops.verify.money import check_approvals, check_city, subject_states
from services.budget.domain.book import Subject
from services.requests.domain.request import SupportRequest
from services.requests.domain.statuses import OPEN
from services.review.domain.case import Case
from tests.builders import BOOK, YEAR, City, Request

IN_BOOK: Final[Mapping[str, frozenset[str | None]]] = {
    "draft": frozenset({None}),
    "submitted": frozenset({None}),
    "in_review": frozenset({None}),
    "changes_requested": frozenset({None}),
    "rejected": frozenset({None}),
    "waiting": frozenset({"waiting"}),
    "reserved": frozenset({"reserved"}),
    "in_progress": frozenset({"committed"}),
    "reported": frozenset({"committed"}),
    "closed": frozenset({"released"}),
    "cancelled": frozenset({"committed", "released"}),
    "ended_by_agreement": frozenset({"committed", "released"}),
    "withdrawn": frozenset({None, "barred", "released"}),
    "lapsed": frozenset({None, "barred", "released", "refused"}),
}
"""Status of a request → where its money may be. ``approved`` and ``accepted`` are not here: they only wait for budget's answer."""

IN_REVIEW: Final[Mapping[str, frozenset[str | None]]] = {
    "draft": frozenset({None}),
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
    "withdrawn": frozenset({None, "withdrawn", "decided", "changes_requested"}),
    "lapsed": frozenset({"withdrawn", "decided", "changes_requested"}),
}
"""Status of a request → status of the case of its latest revision."""


async def disagreements(city: City) -> list[str]:
    """Return what does not fit together, in sentences; empty: all agrees. Only for a quiet city."""
    found = [f"dead letter {letter}" for letter in city.bus.dead]
    found += [f"an outbox is left in {where}" for where in _unsent(city)]
    found += _stale_copies(city)
    books = _books(city)
    for entries in books.values():
        found += map(str, check_entries(entries))
    found += map(str, check_city(YEAR, books))
    found += map(str, check_approvals(list(_approvals(city)), subject_states(books)))
    for id, document in city.stores["review"].documents("cases").documents.items():
        found += [f"case {id}: {finding}" for finding in check_case(document, document["history"])]
    book = await city.journal.book(BOOK)
    subjects = {} if book is None else book.subjects
    for request in city.drafted:
        state, case = await city.state(request), await city.case(request)
        about = [
            *_money(state, subjects.get(request.id)),
            *_review(state, case),
            *_standing(city, request, state, case),
        ]
        found += [f"request {request.id} is {state.status}: {sentence}" for sentence in about]
    return found


def _money(state: SupportRequest, subject: Subject | None) -> Iterator[str]:
    held = None if subject is None else subject.state
    if held not in IN_BOOK.get(state.status, frozenset()):
        yield f"the book says {held}"
    expected = (
        (0, 0) if subject is None else (subject.amount * (held == "reserved"), subject.amount * (held == "committed"))
    )
    if subject is not None and held == "released" and state.book.limited:
        expected = (0, subject.pending + subject.paid)  # what was under way or paid is what it came to
    if (state.reserved, state.committed) != expected:
        yield f"it counts {state.reserved} reserved and {state.committed} committed, the book {expected}"
    if subject is not None and held in ("waiting", "reserved") and subject.paused != state.book.paused:
        yield f"paused is {state.book.paused} here and {subject.paused} in the book"
    whole = held in ("waiting", "reserved", "committed") and not state.book.limited
    judged = (
        state.appeal is not None and state.appeal.judgement is not None
    )  # a raise is no more than there is (REQ-13)
    approved = state.approved or 0
    if subject is not None and whole and (subject.amount > approved or (subject.amount < approved and not judged)):
        yield f"approved {state.approved}, in the book {subject.amount}"


def _review(state: SupportRequest, case: Case | None) -> Iterator[str]:
    if (None if case is None else case.status) not in IN_REVIEW.get(state.status, frozenset()):
        yield f"its case is {None if case is None else case.status}"
    if case is not None and case.status == "decided" and case.result is not None:
        decided = state.case.decided
        if decided is None or (decided.outcome, decided.amount) != (case.result.outcome, case.result.amount):
            yield f"its case decided {case.result.outcome} {case.result.amount}, it knows {decided}"
    if case is not None and state.status == "in_review" and state.case.paused != (case.status == "paused"):
        yield f"it believes that its case is {'' if state.case.paused else 'not '}paused, and it is {case.status}"


def _standing(city: City, request: Request, state: SupportRequest, case: Case | None) -> Iterator[str]:
    """I9: no open step stands on a standing that forbids it, and none stands still without need."""
    document = city.stores["registry"].documents("organizations").documents[request.organization.id]
    suspended = document["status"] == "suspended"
    if state.status in OPEN and (state.suspension is not None) != suspended:
        yield f"its organisation is {document['status']}, and its mark is {state.suspension}"
    allowed = {step: permission["allowed"] for step, permission in document["standing"].items() if step != "status"}
    if state.status in ("waiting", "reserved") and state.book.paused == allowed["may_be_committed"]:
        yield f"its organisation is {document['status']}, and its place in the book is {'' if state.book.paused else 'not '}paused"
    if (
        case is not None
        and case.status in ("open", "closed", "paused")
        and (case.status == "paused") == allowed["may_be_decided"]
    ):
        yield f"its organisation is {document['status']}, and its case is {case.status}"


def _unsent(city: City) -> Iterator[str]:
    for service, stores in city.stores.items():
        for name, documents in stores.by_name.items():
            yield from (f"{service} {name}/{id}" for id, d in documents.documents.items() if d["outbox"])


def _stale_copies(city: City) -> Iterator[str]:
    for service in ("requests", "review", "budget"):
        copies = city.stores[service].copies("standings").copies
        for organization in city.organizations:
            newest, known = city.standing_sequence(organization), copies.get(organization.id, {}).get("sequence")
            if known != newest:
                yield f"{service} knows standing {known} of {organization.id}, the newest is {newest}"


def _books(city: City) -> Mapping[str, Sequence[dict[str, Any]]]:
    books: dict[str, list[dict[str, Any]]] = {}
    for entry in sorted(city.entries.stored, key=lambda entry: int(entry["seq"])):
        books.setdefault(entry["book"], []).append(entry)
    return books


def _approvals(city: City) -> Iterator[dict[str, Any]]:
    for id, document in city.stores["review"].documents("cases").documents.items():
        if document["appealed"] is not None:  # what a panel awards is asked for by its request
            continue
        if document["decision"] is not None and document["result"]["outcome"] == "approved":
            yield {"case": id, "request": document["request"], "amount": document["result"]["amount"]}
