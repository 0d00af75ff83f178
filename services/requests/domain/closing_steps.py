"""Closing a request (REQ-12), and what budget is asked to release of its commitment.

What the organisation got and did not spend is to come back first, and what it spent and did not get is to be paid first; so a closed
request's commitment came to what was paid, and of that what was not refunded is what was spent.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.requests.domain.appeals import OPEN_APPEALS
from services.requests.domain.closing import Closed, ClosingAsked, Limit, LimitSet
from services.requests.domain.facts import BookStep
from services.requests.domain.request import Event, SupportRequest
from services.requests.domain.statuses import Status
from shared.contracts.refusals import FieldError, Refusal

CLOSABLE: Final[frozenset[Status]] = frozenset({"in_progress", "reported"})

ASKED_AGAIN_AT: Final[frozenset[BookStep]] = frozenset({"commitment_released", "payment_given_up", "payment_made"})
"""Entries after which more may be left than the limit, or it has not ended: a payment under way stood in the way."""


class NothingToClose(Refusal):
    """Only an award that is carried out is closed."""

    code = "nothing_to_close"


class StillPending(Refusal):
    """Something is pending; ``errors`` names all of it."""

    code = "still_pending"


def close(state: SupportRequest, *, now: datetime) -> Sequence[Event]:
    """Close it: at once without money, else when budget has released what was not needed. Closing again does nothing.

    Raises NothingToClose, StillPending.
    """
    if state.status == "closed" or (state.status == "reported" and state.closing_asked_at is not None):
        return []
    if state.status not in CLOSABLE:
        raise NothingToClose(status=state.status)
    pending = still_pending(state)
    if pending:
        raise StillPending(errors=pending)
    if not state.committed:
        return [ClosingAsked(now), Closed(now)]
    return [ClosingAsked(now), LimitSet(Limit(state.book.paid, "closing", ends=True), now)]


def still_pending(state: SupportRequest) -> Sequence[FieldError]:
    """Name all that has to be done before it is closed."""
    book, currency = state.book, state.current.frozen.currency
    found: list[FieldError] = []

    def owed(pointer: str, code: str, amount: int) -> None:
        if amount > 0:
            found.append(FieldError(pointer, code, {"amount": amount, "currency": currency}))

    if state.status == "in_progress":
        found.append(FieldError("/reports", "report_pending"))
    if state.appeal is not None and state.appeal.status in OPEN_APPEALS:
        found.append(FieldError("/appeal", "appeal_pending"))
    if state.hearing is not None and state.hearing.status == "open":
        found.append(FieldError("/hearing", "hearing_pending"))
    if state.agreement_open is not None:
        found.append(FieldError("/agreements", "agreement_pending"))
    owed("/amount_pending", "payment_pending", book.pending)
    owed("/amount_ineligible", "ineligible_pending", book.ineligible_open)
    if state.status == "reported" and state.committed:
        unspent = book.paid_net - book.refunded - book.written_off - state.reporting.amount
        owed("/amount_paid", "payment_due", state.reporting.amount - book.ineligible - (book.paid - book.refunded))
        owed("/amount_refunded", "refund_due", unspent)
    return found


def follow_book(state: SupportRequest, step: BookStep, *, now: datetime) -> Sequence[Event]:
    """Say what follows from an entry of the book: it is closed, or budget is asked again to release what is above the limit."""
    limit, book = state.limit, state.book
    if limit is None or book.pending:
        return []
    if limit.reason == "closing":
        if state.status != "reported":
            return []
        if book.over:  # if not all is paid by what is known here, an entry has not been heard of yet
            return [Closed(now)] if book.committed == book.paid else []
        limit = Limit(book.paid, "closing", ends=True)
        return [LimitSet(limit, now)] if step in ASKED_AGAIN_AT else []
    if step not in ASKED_AGAIN_AT or book.committed <= max(limit.amount, book.paid):
        return []
    return [LimitSet(limit, now)]
