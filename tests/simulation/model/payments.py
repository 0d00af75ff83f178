"""The payments, followed again through a book's entries: persons, standings and sums of each commitment (BUD-7; I4, I9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.simulation.model.standings import Standings

if TYPE_CHECKING:
    from tests.simulation.model.books import Book, Held

Entry = Mapping[str, Any]

# kind → states of the payment from which it is possible; "" is one that is not in the book.
WHEN: Final[Mapping[str, frozenset[str]]] = {
    "payment_prepared": frozenset({""}),
    "payment_approved": frozenset({"prepared"}),
    "payment_made": frozenset({"approved", "ordered", "failed"}),
    "payment_failed": frozenset({"approved", "ordered", "paid"}),
    "payment_given_up": frozenset({"prepared", "approved", "failed"}),
}
AFTER: Final[Mapping[str, str]] = {
    "payment_prepared": "prepared",
    "payment_approved": "prepared",
    "payment_made": "paid",
    "payment_failed": "failed",
    "payment_given_up": "given_up",
}
KINDS: Final = frozenset(WHEN)
FINDINGS: Final = ("ineligible_found", "ineligible_documented", "ineligible_written_off")
UNDER_WAY: Final = frozenset({"prepared", "approved", "ordered", "failed"})


@dataclass
class Payment:
    """What was seen of one payment."""

    organization: str
    gross: int
    instalment: int
    state: str = ""
    refunded: int = 0
    persons: list[str] = field(default_factory=list)
    questioned: dict[str, int] = field(default_factory=dict)
    """Finding → what is open of it."""
    written_off: int = 0


def moves(entry: Entry) -> tuple[str, str] | None:
    """Return (taken from, added to)."""
    kind, facts = entry["kind"], entry["facts"]
    if kind == "payment_prepared":
        return "committed", "pending"
    if kind == "payment_made":
        return "pending", "paid"
    if kind == "payment_failed":
        return ("paid", "pending") if facts["was"] == "paid" else None
    return ("pending", facts["to"]) if kind == "payment_given_up" else None


def wrong_with(book: "Book", held: "Held", entry: Entry, standings: Standings) -> str | None:
    """Follow one entry; return what is wrong with it."""
    facts = entry["facts"]
    payment = held.payments.setdefault(
        facts["payment"], Payment(held.organization, entry["amount"], facts["instalment"])
    )
    wrong = _step(payment, entry) or _persons(book, payment, entry, standings)
    if wrong is None and payment.state != facts["state"]:
        wrong = f"it is {facts['state']}, counted {payment.state}"
    return f"I4: {wrong}" if wrong is not None else _sums(held)


def wrong_with_refund(held: "Held", entry: Entry) -> str | None:
    """Follow money that came back; return what is wrong with it."""
    payment = held.payments.get(entry["facts"]["payment"])
    if payment is None or payment.state != "paid":
        return "I4: a refund of a payment that is not paid"
    payment.refunded += entry["amount"]
    if "finding" in entry["facts"]:
        left = payment.questioned.get(entry["facts"]["finding"], 0) - entry["amount"]
        if left < 0:
            return f"I4: {entry['amount']} refunded of a finding, {left} are left"
        payment.questioned[entry["facts"]["finding"]] = left
    return _too_much(payment)


def wrong_with_order(book: "Book", entry: Entry) -> str | None:
    """Follow an order to the bank; return what is wrong with it: a payment is in one file at a time."""
    payments = {id: payment for held in book.held.values() for id, payment in held.payments.items()}
    for id in entry["facts"]["payments"]:
        if id not in payments or payments[id].state not in ("approved", "failed"):
            return f"I4: an order of {id} that is {payments[id].state if id in payments else 'not in the book'}"
        payments[id].state = "ordered"
    return None


def wrong_with_finding(held: "Held", entry: Entry) -> str | None:
    """Follow an entry about an ineligible amount (BUD-8); return what is wrong with it."""
    facts, kind, amount = entry["facts"], entry["kind"], entry["amount"]
    payment = held.payments.get(facts["payment"])
    if payment is None or payment.state != "paid":
        return "I4: a finding of a payment that is not paid"
    if kind == "ineligible_found":
        if facts["finding"] in payment.questioned:
            return "I3: found twice"
        payment.questioned[facts["finding"]] = amount
    else:
        left = payment.questioned.get(facts["finding"], 0) - amount
        if left < 0 or (left and kind == "ineligible_written_off"):
            return f"I4: {kind} of {amount}, {left} are left"
        payment.questioned[facts["finding"]] = left
        payment.written_off += amount if kind == "ineligible_written_off" else 0
    return _too_much(payment)


def _too_much(payment: Payment) -> str | None:
    taken = payment.refunded + payment.written_off + sum(payment.questioned.values())
    return f"I4: {taken} refunded or questioned of {payment.gross}" if taken > payment.gross else None


def _step(payment: Payment, entry: Entry) -> str | None:
    kind, facts = entry["kind"], entry["facts"]
    if payment.state not in WHEN[kind]:
        return f"{kind} of a payment that is {payment.state or 'not in the book'}"
    if entry["amount"] != payment.gross:
        return f"{entry['amount']} of a payment of {payment.gross}"
    if int(facts["net"]) + sum(int(d["amount"]) for d in facts["deductions"]) != payment.gross:
        return "gross is not net and the deductions"
    if kind == "payment_failed" and facts["was"] != {"ordered": "approved"}.get(payment.state, payment.state):
        return f"it was {payment.state}"
    if kind == "payment_failed" and payment.questioned:
        return "an amount of it was found ineligible"
    if kind == "payment_failed" and payment.refunded:
        return f"{payment.refunded} of it were refunded"
    payment.state = AFTER[kind]
    return None


def _persons(book: "Book", payment: Payment, entry: Entry, standings: Standings) -> str | None:
    """Nobody acts twice before it is paid, and each on a standing that allowed it (I9)."""
    facts = entry["facts"]
    if entry["kind"] not in ("payment_prepared", "payment_approved"):
        return None
    if not standings.allows(payment.organization, facts["standing_sequence"], "may_be_paid"):
        return f"I9: standing {facts['standing_sequence']} of {payment.organization} did not allow it"
    if facts["by"] in payment.persons:
        return "by who prepared or approved it before"
    payment.persons.append(facts["by"])
    alone = book.third_above is not None and payment.gross <= book.third_above
    if len(payment.persons) == (2 if alone else 3):
        payment.state = "approved"
    return None


def _sums(held: "Held") -> str | None:
    live = [payment.instalment for payment in held.payments.values() if payment.state != "given_up"]
    if len(set(live)) != len(live):
        return "I4: two payments of one instalment"
    if held.paid + held.pending + held.released > held.amount:
        return f"I4: {held.paid} paid, {held.pending} pending, {held.released} released of {held.amount}"
    return None
