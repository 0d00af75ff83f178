"""Amounts found ineligible: refunded, later documented, or written off with a reason once the term of review is over (BUD-8).

    found → open amount → refunded | documented | written off, in parts or whole

No money moves but by a refund: what was paid stays paid. A finding concerns one payment, and together they never concern more of it
than is left of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from services.budget.domain.entries import Draft, Kind
from services.budget.domain.ineligible_commands import AcceptDocuments, FindIneligible, WriteOff
from services.budget.domain.payments import Payment, questioned
from services.budget.domain.refusals import (
    FindingExceedsPayment,
    FindingNotFound,
    MoreThanOpen,
    NothingOpen,
    PaymentNotFound,
    ReviewNotOver,
    WrongPaymentState,
)
from shared.contracts.refusals import Refusal

if TYPE_CHECKING:
    from services.budget.domain.fold import Book

KINDS: Final[frozenset[Kind]] = frozenset({"ineligible_found", "ineligible_documented", "ineligible_written_off"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding as its entries tell. Amounts in whole units of the book's currency."""

    id: str
    payment: str
    request: str
    organization: str
    amount: int
    reason: str
    found_at: str
    review_until: str
    documented: int = 0
    refunded: int = 0
    written_off: int = 0

    @property
    def open(self) -> int:
        """What is not settled."""
        return self.amount - self.documented - self.refunded - self.written_off


def find(command: FindIneligible, book: "Book") -> Draft | Refusal:
    """Find an amount of a made payment ineligible."""
    payment = book.payments.get(command.payment)
    if payment is None:
        return PaymentNotFound(payment=command.payment)
    if payment.state != "paid":
        return WrongPaymentState(state=payment.state)
    left = payment.gross - payment.refunded - questioned(book, payment.id)
    if command.amount > left:
        return FindingExceedsPayment(amount=command.amount, left=left, currency=book.terms.currency)
    facts = {"finding": command.key, "reason": command.reason, "review_until": command.review_until}
    return _draft(command, book, "ineligible_found", payment, command.amount, facts)


def accept_documents(command: AcceptDocuments, book: "Book") -> Draft | Refusal:
    """The organisation documented it later; it is eligible after all."""
    finding = _open(book, command.finding)
    if isinstance(finding, Refusal):
        return finding
    if command.amount > finding.open:
        return MoreThanOpen(amount=command.amount, open=finding.open, currency=book.terms.currency)
    facts = {"finding": finding.id, "reason": command.reason}
    return _draft(command, book, "ineligible_documented", book.payments[finding.payment], command.amount, facts)


def write_off(command: WriteOff, book: "Book") -> Draft | Refusal:
    """Nothing more is expected of it; not before the organisation's term of review is over."""
    finding = _open(book, command.finding)
    if isinstance(finding, Refusal):
        return finding
    if command.now < finding.review_until:
        return ReviewNotOver(until=finding.review_until)
    facts = {"finding": finding.id, "reason": command.reason}
    return _draft(command, book, "ineligible_written_off", book.payments[finding.payment], finding.open, facts)


def _open(book: "Book", id: str) -> Finding | Refusal:
    finding = book.findings.get(id)
    if finding is None:
        return FindingNotFound(finding=id)
    return finding if finding.open else NothingOpen(finding=id)


def _draft(
    command: FindIneligible | AcceptDocuments | WriteOff,
    book: "Book",
    kind: Kind,
    payment: Payment,
    amount: int,
    told: Mapping[str, Any],
) -> Draft:
    known = book.subjects[payment.request]
    facts = {
        "organization": payment.organization,
        "payment": payment.id,
        "instalment": payment.instalment,
        "role": "treasurer" if kind == "ineligible_written_off" else "finance",
        "by": book.pseudonym(command.person),
        **told,
    }
    after: dict[str, str | bool] = {"state": known.state, "paused": known.paused}
    return Draft(command.ids[0], kind, amount, (), payment.request, after, facts)


def follow(findings: Mapping[str, Finding], entry: Mapping[str, Any]) -> Finding:
    """Return the finding after its next entry."""
    facts, amount = entry["facts"], entry["amount"]
    if entry["kind"] == "ineligible_found":
        return Finding(
            id=facts["finding"],
            payment=facts["payment"],
            request=entry["subject"],
            organization=facts["organization"],
            amount=amount,
            reason=facts["reason"],
            found_at=entry["at"],
            review_until=facts["review_until"],
        )
    finding = findings[facts["finding"]]
    if entry["kind"] == "ineligible_documented":
        return replace(finding, documented=finding.documented + amount)
    if entry["kind"] == "refund_received":
        return replace(finding, refunded=finding.refunded + amount)
    return replace(finding, written_off=finding.written_off + amount)
