"""What may stay payable of a commitment when it becomes less: not under what is paid or under way, not above what is committed."""

from collections.abc import Sequence

from services.requests.domain.closing import Limit, LimitReason
from services.requests.domain.request import SupportRequest
from shared.contracts.refusals import FieldError


def payable(state: SupportRequest) -> int:
    """Return what the award comes to as it stands: the commitment without what was given back, in the award's currency.

    A limit that budget was asked for counts at once.
    """
    book, limit = state.book, state.limit
    committed = state.committed if limit is None else min(state.committed, max(limit.amount, book.paid + book.pending))
    return committed - book.refunded


def amount_errors(state: SupportRequest, amount: int, pointer: str) -> Sequence[FieldError]:
    """Name what is wrong with ``amount``, paid or not, as all that the award is to come to."""
    book, currency = state.book, state.current.frozen.currency
    least = book.paid - book.refunded + book.pending
    if amount < least:
        return [FieldError(pointer, "below_what_is_paid", {"paid": least, "currency": currency})]
    if amount > payable(state):
        return [FieldError(pointer, "above_what_is_committed", {"committed": payable(state), "currency": currency})]
    return []


def limit_to(state: SupportRequest, amount: int, reason: LimitReason) -> Limit:
    """Return the limit in the book's terms: what was given back has left the commitment's amount there no less."""
    return Limit(amount + state.book.refunded, reason, ends=reason != "amended")
