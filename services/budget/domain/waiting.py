"""The waiting list: before whom nobody may be reserved, and who must be served now (BUD-5)."""

from collections.abc import Mapping
from typing import Any, Final

from services.budget.domain.entries import Draft
from services.budget.domain.fold import Book

_MAY_MAKE_DUE: Final = frozenset(
    {
        "allotment_in",
        "programme_ranked",
        "year_closed",  # the book empties itself
        "carried_in",
        "hold_released",
        "reservation_raised",
        "reservation_made",  # one served leaves the list: the walk goes on
        "reservation_paused",  # who waits behind a paused one is no longer held up
        "reservation_resumed",
        "reservation_released",
        "commitment_released",
        "payment_given_up",  # of a commitment that has ended
        "refund_received",
    }
)


def first_claim(book: Book) -> str | None:
    """Return the waiter before whom nobody may be reserved, or None.

    strict: the first who is not paused. first_fit: the first who was passed over ``max_skips`` times (BUD-5).
    """
    terms = book.terms
    if terms.waiting_rule == "first_fit" and terms.max_skips is None:
        return None
    least = 0 if terms.waiting_rule == "strict" else terms.max_skips or 0
    for request, skips in book.waiting.items():
        if skips >= least and not book.subjects[request].paused:
            return request
    return None


def due(book: Book) -> str | None:
    """Return the waiter who must be served now, or None.

    Whoever has the first claim, if it fits; if nobody has one, the first on the list, not paused, who fits.
    """
    if not book.waiting:
        return None
    available = book.balances["available"]
    claim = first_claim(book)
    if claim is not None:
        return claim if book.subjects[claim].amount <= available else None
    for request in book.waiting:
        subject = book.subjects[request]
        if subject.amount <= available and not subject.paused:
            return request
    return None


def may_make_due(entry: Mapping[str, Any]) -> bool:
    """Tell whether a waiter can have become due by this entry; after any other there is no need to look."""
    return entry["kind"] in _MAY_MAKE_DUE


def serve(book: Book, request: str) -> Draft:
    """Return the reservation of a waiter who is due."""
    subject = book.subjects[request]
    return reservation(subject.request, subject.organization, subject.amount, subject.standing, subject.digest)


def reservation(request: str, organization: str, amount: int, standing: int, digest: str | None = None) -> Draft:
    """Return the entry that reserves; ``digest``: of the command under which it had waited."""
    facts = {"organization": organization, "standing_sequence": standing, "from_waiting": digest is not None}
    return Draft(
        f"reserve:{request}",
        "reservation_made",
        amount,
        (("reserved", "available"),),
        request,
        {"state": "reserved", "paused": False},
        facts,
        digest,
    )
