"""Payments of a commitment: prepared by one, approved by another, above a threshold by a third; paid, failed, given up (BUD-7).

    prepared → approved → ordered → paid ⇄ failed → ordered        prepared | approved | failed → given_up
                        ↘ paid, recorded by hand

Gross is what leaves the commitment: committed → pending when prepared, pending → paid when made, back when it failed or is given up.
Money that the organisation gives back (BUD-8) is available again; it does not come back to the commitment.

Each payment is a part of its book's fold, so one insert is check and payment at once and two preparers cannot both pass (I4).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import TYPE_CHECKING, Any, Final, Literal

from services.budget.domain.entries import Draft, Kind
from services.budget.domain.payment_commands import (
    ApprovePayment,
    GiveUpPayment,
    PaymentCommand,
    PreparePayment,
    ReceiveRefund,
    RecordFailure,
    RecordPayment,
)
from services.budget.domain.refusals import (
    AlreadyActed,
    DeductionsExceedGross,
    FindingNotFound,
    InstalmentTaken,
    NotCommitted,
    OverCommitted,
    PaymentNotFound,
    PaymentsStopped,
    PersonsUnknown,
    RefundExceedsPayment,
    StandingForbidsPayment,
    StandingNotKnownYet,
    WrongPaymentState,
)
from shared.contracts.refusals import Refusal

if TYPE_CHECKING:
    from services.budget.domain.fold import Book
    from services.budget.domain.subject import Subject

PaymentState = Literal["prepared", "approved", "ordered", "paid", "failed", "given_up"]

OPEN: Final[frozenset[PaymentState]] = frozenset({"prepared", "approved", "failed"})
"""Can be given up; ``ordered`` is pending, too, but only the bank can tell what became of it."""

KINDS: Final[frozenset[Kind]] = frozenset(
    {"payment_prepared", "payment_approved", "payment_made", "payment_failed", "payment_given_up", "refund_received"}
)


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment as its entries tell. Amounts in whole units of the book's currency; persons as the book's pseudonyms."""

    id: str
    request: str
    organization: str
    instalment: int
    gross: int
    net: int
    deductions: tuple[tuple[str, int], ...]
    state: PaymentState
    prepared_by: str
    approvals_needed: int
    standing: int
    """Sequence of the standing that its last step relied on (I9)."""
    prepared_at: str
    changed_at: str
    approved_by: tuple[str, ...] = ()
    failures: int = 0
    refunded: int = 0
    order: str = ""
    """The newest order (file for the bank) that it is in."""


def approvals_needed(threshold: int | None, gross: int) -> int:
    """Return how many have to approve besides the preparer: one, above the threshold two. No threshold known: two."""
    return 1 if threshold is not None and gross <= threshold else 2


# ---------------------------------------------------------------- decisions


@singledispatch
def decide(command: PaymentCommand, book: "Book") -> Draft | Refusal:
    """Return the draft of the payment's next entry, or why not."""
    raise TypeError(f"no decision for {type(command).__name__}")


@decide.register(PreparePayment)
def prepare(command: PreparePayment, book: "Book") -> Draft | Refusal:
    """Prepare: the money is asked for by one person, on a standing that allows it, once per instalment."""
    known = book.subjects.get(command.request)
    if known is None or known.state != "committed":
        return NotCommitted(request=command.request)
    if (refused := _not_to_be_paid(command, known)) is not None:
        return refused
    if command.instalment in known.taken or any(
        payment.request == command.request and payment.instalment == command.instalment and payment.state != "given_up"
        for payment in book.payments.values()
    ):
        return InstalmentTaken(instalment=command.instalment)
    if command.gross > known.unpaid:
        return OverCommitted(gross=command.gross, left=known.unpaid, currency=book.terms.currency)
    net = command.gross - sum(deduction.amount for deduction in command.deductions)
    if net <= 0:
        return DeductionsExceedGross()
    by = book.pseudonym(command.person)
    if by is None:
        return PersonsUnknown()
    facts = {
        "organization": known.organization,
        "payment": command.key,
        "instalment": command.instalment,
        "net": str(net),
        "deductions": [{"name": d.name, "amount": str(d.amount)} for d in command.deductions],
        "state": "prepared",
        "role": "budget_officer",
        "by": by,
        "approvals_needed": approvals_needed(book.terms.third_approval_above, command.gross),
        "standing_sequence": command.standing_sequence,
    }
    return _draft(command, "payment_prepared", known, command.gross, ("pending", "committed"), facts)


@decide.register(ApprovePayment)
def approve(command: ApprovePayment, book: "Book") -> Draft | Refusal:
    """Approve: by somebody who has not acted on it, on a standing that allows it still."""
    payment = book.payments.get(command.payment)
    if payment is None:
        return PaymentNotFound(payment=command.payment)
    known = book.subjects[payment.request]
    if payment.state != "prepared":
        return WrongPaymentState(state=payment.state)
    if known.state != "committed":
        return NotCommitted(request=payment.request)
    if (refused := _not_to_be_paid(command, known)) is not None:
        return refused
    by = book.pseudonym(command.person)
    if by is None:
        return PersonsUnknown()
    if by == payment.prepared_by or by in payment.approved_by:
        return AlreadyActed()
    complete = len(payment.approved_by) + 1 >= payment.approvals_needed
    facts = _facts(payment, "approved" if complete else "prepared", by, "treasurer")
    facts |= {"approval": len(payment.approved_by) + 1, "approvals_needed": payment.approvals_needed}
    facts |= {"standing_sequence": command.standing_sequence}
    return _draft(command, "payment_approved", known, payment.gross, None, facts)


@decide.register(RecordPayment)
def record_made(command: RecordPayment, book: "Book") -> Draft | Refusal:
    """The bank paid."""
    payment = _in_state(book, command.payment, "approved", "ordered", "failed")
    if isinstance(payment, Refusal):
        return payment
    facts = _facts(payment, "paid", book.pseudonym(command.person), "treasurer")
    draft = _draft(command, "payment_made", book.subjects[payment.request], payment.gross, ("paid", "pending"), facts)
    return replace(draft, private={"reference": command.reference})


@decide.register(RecordFailure)
def record_failed(command: RecordFailure, book: "Book") -> Draft | Refusal:
    """The bank did not pay, or gave the money back: it is pending."""
    payment = _in_state(book, command.payment, "approved", "ordered", "paid")
    if isinstance(payment, Refusal):
        return payment
    if payment.refunded:
        return WrongPaymentState(state="refunded")  # the organisation had it: the bank can't have given it back
    if any(finding.payment == payment.id for finding in book.findings.values()):
        return WrongPaymentState(state="questioned")  # so it had
    facts = _facts(payment, "failed", book.pseudonym(command.person), "treasurer")
    was = "paid" if payment.state == "paid" else "approved"  # also when it was ordered: it was not made
    facts |= {"was": was, "reason": command.reason}
    moved = ("pending", "paid") if payment.state == "paid" else None  # not paid yet: it is pending all along
    return _draft(command, "payment_failed", book.subjects[payment.request], payment.gross, moved, facts)


@decide.register(GiveUpPayment)
def give_up(command: GiveUpPayment, book: "Book") -> Draft | Refusal:
    """Give up what is not paid."""
    payment = _in_state(book, command.payment, *OPEN)
    if isinstance(payment, Refusal):
        return payment
    known = book.subjects[payment.request]
    # A commitment that has ended meanwhile takes nothing back.
    to = "committed" if known.state == "committed" else "available"
    role = "system" if command.reason == "standing" else "finance"
    facts = _facts(payment, "given_up", book.pseudonym(command.person), role)
    facts |= {"to": to, "reason": command.reason}
    return _draft(command, "payment_given_up", known, payment.gross, (to, "pending"), facts)


@decide.register(ReceiveRefund)
def receive_refund(command: ReceiveRefund, book: "Book") -> Draft | Refusal:
    """Money of a payment came back, at most what was paid (BUD-8)."""
    payment = _in_state(book, command.payment, "paid")
    if isinstance(payment, Refusal):
        return payment
    left = _refundable(command, payment, book)
    if isinstance(left, Refusal):
        return left
    if command.amount > left:
        return RefundExceedsPayment(amount=command.amount, left=left, currency=book.terms.currency)
    facts = {
        "organization": payment.organization,
        "payment": payment.id,
        "instalment": payment.instalment,
        "state": "paid",
        "role": "treasurer",
        "by": book.pseudonym(command.person),
    }
    if command.finding is not None:
        facts["finding"] = command.finding
    known = book.subjects[payment.request]
    draft = _draft(command, "refund_received", known, command.amount, ("available", "paid"), facts)
    return replace(draft, private={"reference": command.reference})


def questioned(book: "Book", payment: str) -> int:
    """Return how much of a payment is open or written off: it can't be found ineligible again, nor refunded beside the findings."""
    return sum(f.open + f.written_off for f in book.findings.values() if f.payment == payment)


def _refundable(command: ReceiveRefund, payment: Payment, book: "Book") -> int | Refusal:
    """Return how much can come back: of a finding what is open of it, else what no finding is about (BUD-8)."""
    if command.finding is not None:
        finding = book.findings.get(command.finding)
        return (
            finding.open
            if finding is not None and finding.payment == payment.id
            else FindingNotFound(finding=command.finding)
        )
    return payment.gross - payment.refunded - questioned(book, payment.id)


def _not_to_be_paid(command: PreparePayment | ApprovePayment, known: "Subject") -> Refusal | None:
    """A copy older than the standing on which the commitment was made says nothing about it yet."""
    if command.standing_sequence < known.standing:
        return StandingNotKnownYet()
    if not command.may_be_paid:
        return StandingForbidsPayment(organization=known.organization)
    if command.stopped:
        return PaymentsStopped(request=known.request)
    return None


def _in_state(book: "Book", id: str, *states: PaymentState) -> Payment | Refusal:
    payment = book.payments.get(id)
    if payment is None:
        return PaymentNotFound(payment=id)
    return payment if payment.state in states else WrongPaymentState(state=payment.state)


def _facts(payment: Payment, state: PaymentState, by: str | None, role: str) -> dict[str, Any]:
    """What every later entry of a payment repeats, so that each event tells it whole. Amounts are text, as in a download."""
    return {
        "organization": payment.organization,
        "payment": payment.id,
        "instalment": payment.instalment,
        "net": str(payment.net),
        "deductions": [{"name": name, "amount": str(amount)} for name, amount in payment.deductions],
        "state": state,
        "role": role,
        "by": by,
    }


def _draft(
    command: PaymentCommand,
    kind: Kind,
    known: "Subject",
    gross: int,
    moved: tuple[str, str] | None,
    facts: Mapping[str, Any],
) -> Draft:
    return Draft(
        command.ids[0],
        kind,
        gross,
        () if moved is None else (moved,),
        known.request,
        {"state": known.state, "paused": known.paused},
        facts,
    )


# ---------------------------------------------------------------- fold


def follow(payments: Mapping[str, Payment], entry: Mapping[str, Any]) -> Payment:
    """Return the payment after its next entry."""
    facts, at = entry["facts"], entry["at"]
    id, state = facts["payment"], facts["state"]
    if entry["kind"] == "payment_prepared":
        return Payment(
            id=id,
            request=entry["subject"],
            organization=facts["organization"],
            instalment=facts["instalment"],
            gross=entry["amount"],
            net=int(facts["net"]),
            deductions=tuple((d["name"], int(d["amount"])) for d in facts["deductions"]),
            state=state,
            prepared_by=facts["by"],
            approvals_needed=facts["approvals_needed"],
            standing=facts["standing_sequence"],
            prepared_at=at,
            changed_at=at,
        )
    payment = replace(payments[id], state=state, changed_at=at)
    if entry["kind"] == "payment_approved":
        return replace(payment, approved_by=(*payment.approved_by, facts["by"]), standing=facts["standing_sequence"])
    if entry["kind"] == "payment_failed":
        return replace(payment, failures=payment.failures + 1)
    if entry["kind"] == "refund_received":
        return replace(payment, refunded=payment.refunded + entry["amount"])
    return payment


def moved_by(entry: Mapping[str, Any]) -> tuple[int, int]:
    """Return by how much the entry changes what is pending and what is paid of its request."""
    gross = entry["amount"]
    match entry["kind"]:
        case "payment_prepared":
            return gross, 0
        case "payment_made":
            return -gross, gross
        case "payment_failed" if entry["facts"]["was"] == "paid":
            return gross, -gross
        case "payment_given_up":
            return -gross, 0
    return 0, 0
