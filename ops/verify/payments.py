"""Payments in a downloaded book: prepared by one, approved by others, and never more than the commitment (BUD-7; I4)."""

from collections.abc import Mapping
from typing import Any, Final

from ops.verify.folded import Book, Payment, Request, Wrong
from ops.verify.ineligible import settle_refund

# kind → states of the payment from which it is possible ("" = not in the book).
STEPS: Final[Mapping[str, frozenset[str]]] = {
    "payment_prepared": frozenset({""}),
    "payment_approved": frozenset({"prepared"}),
    "payment_made": frozenset({"approved", "ordered", "failed"}),
    "payment_failed": frozenset({"approved", "ordered", "paid"}),
    "payment_given_up": frozenset({"prepared", "approved", "failed"}),
}


def payment_moves(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return (debited, credited) of a payment's entry."""
    kind, facts = entry["kind"], entry["facts"]
    if kind == "payment_failed":
        return ("pending", "paid") if facts["was"] == "paid" else None
    if kind == "payment_given_up":
        if facts["to"] not in ("committed", "available"):
            raise Wrong("steps", f"a payment is given up to {facts['to']}")
        return facts["to"], "pending"
    moves: Mapping[str, tuple[str, str] | None] = {
        "payment_prepared": ("pending", "committed"),
        "payment_approved": None,
        "payment_made": ("paid", "pending"),
    }
    return moves[kind]


def check_payment(report: Book, entry: Mapping[str, Any], request: Request, gross: int) -> None:
    """Judge and follow one entry about a payment of the request."""
    kind, facts = entry["kind"], entry["facts"]
    payment = report.payments.get(facts["payment"])
    state = "" if payment is None else payment.state
    if state not in STEPS[kind]:
        raise Wrong("steps", f"{kind} of a payment that is {state or 'not in the book'}")
    if payment is None:
        payment = report.payments[facts["payment"]] = _prepared(report, entry, request, gross)
    if (payment.request, payment.told) != (entry["subject"], _told(entry)):
        raise Wrong("steps", "it is about another payment than was prepared")
    if kind == "payment_approved":
        _approve(payment, facts)
    elif kind == "payment_failed" and facts["was"] != _was(payment):
        raise Wrong("steps", f"it says the payment was {facts['was']}, it was {payment.state}")
    elif kind == "payment_given_up" and (facts["to"] == "committed") != (request.state == "committed"):
        raise Wrong("steps", f"the money went to {facts['to']}, and the request is {request.state}")
    if kind == "payment_failed":
        _had_nothing_follow(report, facts["payment"], payment)
    came_back = kind == "payment_failed" and payment.state == "paid"
    after = {"payment_made": "paid", "payment_failed": "failed", "payment_given_up": "given_up"}
    payment.state = after.get(kind, "prepared")
    if kind == "payment_approved" and len(payment.persons) > payment.needed:
        payment.state = "approved"
    if facts["state"] != payment.state:
        raise Wrong("steps", f"it leaves the payment {facts['state']}, not {payment.state}")
    paid = {"payment_made": gross}.get(kind, -gross if came_back else 0)
    request.paid += paid
    request.pending += {"payment_prepared": gross, "payment_given_up": -gross}.get(kind, -paid)


def check_order(report: Book, entry: Mapping[str, Any]) -> None:
    """Judge and follow an order to the bank: no payment is in two files at once."""
    facts = entry["facts"]
    net = 0
    if not facts["payments"]:
        raise Wrong("steps", "an order of nothing")
    for id in facts["payments"]:
        payment = report.payments.get(id)
        if payment is None or payment.state not in ("approved", "failed"):
            raise Wrong(
                "steps", f"an order of a payment that is {'not in the book' if payment is None else payment.state}"
            )
        payment.state = "ordered"
        net += int(payment.told[1])
    if int(facts["net"]) != net:
        raise Wrong("steps", f"an order of {facts['net']} whose payments bring {net}")


def _was(payment: Payment) -> str:
    """What a failure says of a payment that was handed to the bank: approved, it was not made."""
    return "approved" if payment.state == "ordered" else payment.state


def _had_nothing_follow(report: Book, id: str, payment: Payment) -> None:
    """The organisation had it, if something came back or was found ineligible: the bank can't have given it back."""
    if payment.refunded:
        raise Wrong("steps", f"{payment.refunded} of it were refunded before")
    if any(question.payment == id for question in report.questions.values()):
        raise Wrong("steps", "it fails although an amount of it was found ineligible")


def check_refund(report: Book, entry: Mapping[str, Any], amount: int) -> None:
    """Judge and follow money that came back of a payment: no more than was paid."""
    payment = report.payments.get(entry["facts"]["payment"])
    if payment is None or payment.request != entry["subject"] or payment.state != "paid":
        raise Wrong("steps", "a refund of a payment that is not paid")
    payment.refunded += amount
    if payment.refunded > int(payment.told[0]):
        raise Wrong("steps", f"{payment.refunded} refunded of a payment of {payment.told[0]}")
    settle_refund(report, entry, amount)


def _prepared(report: Book, entry: Mapping[str, Any], request: Request, gross: int) -> Payment:
    facts = entry["facts"]
    if gross > request.left:
        raise Wrong("steps", f"{gross} of a commitment of which {request.left} are left")
    if int(facts["net"]) != gross - sum(int(d["amount"]) for d in facts["deductions"]) or int(facts["net"]) <= 0:
        raise Wrong("steps", "net is not gross without the deductions")
    taken = any(
        p.request == entry["subject"] and p.instalment == facts["instalment"] and p.state != "given_up"
        for p in report.payments.values()
    )
    if taken:
        raise Wrong("steps", f"instalment {facts['instalment']} has a payment")
    needed = 1 if report.third_approval_above is not None and gross <= report.third_approval_above else 2
    if facts["approvals_needed"] != needed:
        raise Wrong("steps", f"it needs {needed} approvals, not {facts['approvals_needed']}")
    return Payment(entry["subject"], facts["instalment"], _told(entry), needed, [facts["by"]])


def _approve(payment: Payment, facts: Mapping[str, Any]) -> None:
    if facts["by"] in payment.persons:
        raise Wrong("steps", "it is approved by who prepared or approved it")
    payment.persons.append(facts["by"])
    if facts["approval"] != len(payment.persons) - 1:
        raise Wrong("steps", f"it is approval {len(payment.persons) - 1}, not {facts['approval']}")


def _told(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    facts = entry["facts"]
    deductions = tuple((d["name"], d["amount"]) for d in facts["deductions"])
    return entry["amount"], facts["net"], facts["instalment"], facts["organization"], deductions
