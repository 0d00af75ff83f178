"""Orders to the bank: approved payments in one file, each in one order at a time (BUD-7).

One entry orders them all, so a payment can't be in two files at once: it is ordered again only after the bank refused it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from services.budget.domain.entries import Draft
from services.budget.domain.payment_commands import OrderPayments
from services.budget.domain.payments import Payment, PaymentState
from services.budget.domain.refusals import NothingToOrder, PaymentNotFound, WrongPaymentState
from shared.contracts.refusals import Refusal

if TYPE_CHECKING:
    from services.budget.domain.fold import Book

ORDERED_FROM: Final[frozenset[PaymentState]] = frozenset({"approved", "failed"})
MOST: Final = 500
"""Payments of one order: the entry stays small, and a bank's file readable."""


@dataclass(frozen=True, slots=True)
class Order:
    """One file for the bank. ``net``: sum of what its payments bring, in whole units of the book's currency."""

    id: str
    payments: tuple[str, ...]
    net: int
    at: str


def order(command: OrderPayments, book: "Book") -> Draft | Refusal:
    """Order all of them, or none if one is not approved (or refused by the bank)."""
    if not command.payments:
        return NothingToOrder(book=book.id)
    payments: list[Payment] = []
    for id in command.payments:
        payment = book.payments.get(id)
        if payment is None:
            return PaymentNotFound(payment=id)
        if payment.state not in ORDERED_FROM:
            return WrongPaymentState(state=payment.state)
        payments.append(payment)
    facts = {
        "order": command.key,
        "payments": list(command.payments),
        "net": str(sum(payment.net for payment in payments)),
        "role": "treasurer",
        "by": book.pseudonym(command.person),
    }
    return Draft(command.ids[0], "payments_ordered", 0, facts=facts)


def follow(payments: Mapping[str, Payment], entry: Mapping[str, Any]) -> Mapping[str, Payment]:
    """Return the payments of an order as they are after it."""
    id, at = entry["facts"]["order"], entry["at"]
    return {
        payment: replace(payments[payment], state="ordered", order=id, changed_at=at)
        for payment in entry["facts"]["payments"]
    }


def ordered(entry: Mapping[str, Any]) -> Order:
    """Return the order that an entry made."""
    facts = entry["facts"]
    return Order(facts["order"], tuple(facts["payments"]), int(facts["net"]), entry["at"])
