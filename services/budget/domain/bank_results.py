"""What the bank says became of the payments of an order, line by line (BUD-7). The same line twice changes nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from services.budget.domain.entries import digest_of
from services.budget.domain.fold import Book
from services.budget.domain.payment_commands import FailureReason, RecordFailure, RecordPayment
from services.budget.domain.payments import PaymentState
from shared.contracts.ids import derive_id
from shared.contracts.refusals import FieldError

Result = Literal["paid", "failed"]

MAKES_PAID: Final[frozenset[PaymentState]] = frozenset({"ordered", "failed"})
MAKES_FAILED: Final[frozenset[PaymentState]] = frozenset({"ordered", "paid"})


@dataclass(frozen=True, slots=True)
class BankLine:
    """One line of a result file. ``row``: its number in the file, the header is 1."""

    row: int
    order: str
    payment: str
    result: Result
    reference: str = ""
    """The bank's number of the transfer."""
    reason: FailureReason = "other"

    @property
    def key(self) -> str:
        """The key of the entry that it makes: the same line has the same one, in whatever file it comes."""
        told = self.reference if self.result == "paid" else f"{self.reason}:{self.reference}"
        return derive_id("bank", self.order, self.payment, self.result, told)

    @property
    def entry(self) -> str:
        """The business key of that entry."""
        return f"{'pay' if self.result == 'paid' else 'fail'}:{self.key}"

    def command(self, book: str, person: str) -> RecordPayment | RecordFailure:
        """Return what has it recorded."""
        digest = digest_of(["bank", self.key])
        if self.result == "paid":
            return RecordPayment(book, self.key, digest, person, self.payment, self.reference)
        return RecordFailure(book, self.key, digest, person, self.payment, self.reason)


def fault(row: int, column: str, code: str, **params: str | int) -> FieldError:
    """Return what is wrong in one cell of the file."""
    return FieldError(f"/rows/{row}/{column}", code, {"row": row, "column": column, **params})


def examine(
    lines: Sequence[BankLine], book: Book, recorded: Collection[str]
) -> tuple[list[BankLine], list[FieldError]]:
    """Return the lines that are still to be recorded, and every line that can't be. ``recorded``: entries that are stored."""
    fresh: list[BankLine] = []
    faults: list[FieldError] = []
    seen: set[tuple[str, str]] = set()
    for line in lines:
        if (line.order, line.payment) in seen:
            faults.append(fault(line.row, "payment", "result_named_twice"))
            continue
        seen.add((line.order, line.payment))
        wrong, new = _look(line, book, line.entry in recorded)
        faults += [] if wrong is None else [wrong]
        fresh += [line] if new else []
    return fresh, faults


def _look(line: BankLine, book: Book, recorded: bool) -> tuple[FieldError | None, bool]:
    """Return what is wrong with a line, and whether it tells something new."""
    order = book.orders.get(line.order)
    if order is None:
        return fault(line.row, "order", "unknown_payment_order"), False
    if line.payment not in order.payments:
        return fault(line.row, "payment", "payment_not_in_order"), False
    payment = book.payments[line.payment]
    if recorded:
        return None, False
    if payment.order != line.order:
        # Refused once, it is in a newer file: a late refusal of the old one says nothing new, a payment would be the second.
        return (fault(line.row, "result", "payment_ordered_again") if line.result == "paid" else None), False
    if payment.state == line.result:
        return None, False
    possible = MAKES_PAID if line.result == "paid" else MAKES_FAILED
    kept = payment.refunded or any(finding.payment == payment.id for finding in book.findings.values())
    if payment.state not in possible or (line.result == "failed" and kept):
        return fault(line.row, "result", "result_not_possible", state=payment.state), False
    return None, True
