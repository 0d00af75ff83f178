"""Payments: prepared by a budget officer, approved by others, recorded as the bank tells (BUD-7).

Prepared and approved only on the newest standing known here, which is read again afterwards: a payment that raced with a suspension is
given up (I9). Whether an account of the organisation is on file is to be asked where the standing is; nobody keeps accounts yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.budget.domain.book import Book, Opening
from services.budget.domain.entries import Entry
from services.budget.domain.payment_commands import (
    ApprovePayment,
    Deduction,
    FailureReason,
    GiveUpPayment,
    GivingUpReason,
    PreparePayment,
    ReceiveRefund,
    RecordFailure,
    RecordPayment,
)
from services.budget.domain.payments import Payment, PaymentState
from services.budget.domain.refusals import CurrencyDiffers, NotCommitted, PaymentNotFound
from services.budget.outbound.store import Entries
from services.budget.outbound.writer import Journal, Receipt
from services.budget.usecases.following import FollowingUseCases
from services.budget.usecases.orders import Orders, answer, required
from shared.contracts.envelope import Cause
from shared.contracts.ids import district_book
from shared.storage.ports import Command, Stored
from shared.web.caller import Caller, Role


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """An instalment of a commitment to be paid. Amounts in whole units of the book's currency."""

    district: str
    fiscal_year: str
    request: str
    instalment: int
    gross: int
    currency: str
    deductions: tuple[Deduction, ...] = ()


class PaymentUseCases:
    """Commands need the roles budget_officer or treasurer in the book's district; reads need none (PUB-1): persons are pseudonyms."""

    def __init__(self, journal: Journal, entries: Entries, following: FollowingUseCases) -> None:
        self._entries = entries
        self._following = following
        self._orders = Orders(journal, entries)

    # ------------------------------------------------------------ commands

    async def prepare(self, order: PaymentOrder, *, caller: Caller, command: Command, cause: Cause) -> Stored[None]:
        """Prepare a payment: its gross amount is pending (budget officer).

        Raises Forbidden, BookNotFound, CurrencyDiffers, NotCommitted, StandingForbidsPayment, PaymentsStopped, StandingNotKnownYet,
        InstalmentTaken, OverCommitted, DeductionsExceedGross, IdempotencyKeyReused.
        """
        caller.require("budget_officer", district=order.district)
        key = await self._orders.key(command)
        book = await self._orders.book(district_book(order.district, order.fiscal_year))
        if order.currency != book.terms.currency:
            raise CurrencyDiffers(book=book.id, currency=book.terms.currency, given=order.currency)
        known = book.subjects.get(order.request)
        if known is None:
            raise NotCommitted(request=order.request)
        standing = await self._following.standing_of(known.organization)
        receipt = await self._orders.submit(
            PreparePayment(
                book=book.id,
                key=key,
                digest=command.digest,
                person=caller.subject,
                request=order.request,
                instalment=order.instalment,
                gross=order.gross,
                deductions=order.deductions,
                may_be_paid=standing.may_be_paid,
                standing_sequence=standing.sequence,
                stopped=await self._following.stopped(order.request),
            ),
            cause,
        )
        await self._following.uphold(book.id, order.request, known.organization, standing, cause)
        return _answered(receipt)

    async def approve(self, id: str, *, caller: Caller, command: Command, cause: Cause) -> Stored[None]:
        """Approve what another prepared (treasurer); above the book's threshold a third person has to approve, too.

        Raises PaymentNotFound, Forbidden, WrongPaymentState, AlreadyActed, StandingForbidsPayment, PaymentsStopped, StandingNotKnownYet,
        NotCommitted, IdempotencyKeyReused.
        """
        prepared, key = await self._begin(id, caller, command, "treasurer")
        request, organization = prepared["subject"], prepared["facts"]["organization"]
        standing = await self._following.standing_of(organization)
        receipt = await self._orders.submit(
            ApprovePayment(
                book=prepared["book"],
                key=key,
                digest=command.digest,
                person=caller.subject,
                payment=id,
                may_be_paid=standing.may_be_paid,
                standing_sequence=standing.sequence,
                stopped=await self._following.stopped(request),
            ),
            cause,
        )
        await self._following.uphold(prepared["book"], request, organization, standing, cause)
        return _answered(receipt)

    async def record_made(
        self, id: str, reference: str, *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[None]:
        """Record that the bank paid (treasurer). Raises PaymentNotFound, Forbidden, WrongPaymentState, IdempotencyKeyReused."""
        prepared, key = await self._begin(id, caller, command, "treasurer")
        order = RecordPayment(prepared["book"], key, command.digest, caller.subject, id, reference)
        return _answered(await self._orders.submit(order, cause))

    async def record_failed(
        self, id: str, reason: FailureReason, *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[None]:
        """Record that the bank did not pay or gave the money back (treasurer); it can be paid again, or given up. Raises as above."""
        prepared, key = await self._begin(id, caller, command, "treasurer")
        order = RecordFailure(prepared["book"], key, command.digest, caller.subject, id, reason)
        return _answered(await self._orders.submit(order, cause))

    async def give_up(
        self, id: str, reason: GivingUpReason, *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[None]:
        """Give up what is not paid: its money is committed again (budget officer or treasurer). Raises as above."""
        prepared, key = await self._begin(id, caller, command, "budget_officer", "treasurer")
        order = GiveUpPayment(prepared["book"], key, command.digest, caller.subject, id, reason)
        return _answered(await self._orders.submit(order, cause))

    async def receive_refund(
        self,
        id: str,
        amount: int,
        reference: str,
        finding: str | None = None,
        *,
        caller: Caller,
        command: Command,
        cause: Cause,
    ) -> Stored[None]:
        """Record that the organisation gave money of a payment back (treasurer): it is available again (BUD-8).

        Raises PaymentNotFound, Forbidden, WrongPaymentState, RefundExceedsPayment, FindingNotFound,
        IdempotencyKeyReused.
        """
        prepared, key = await self._begin(id, caller, command, "treasurer")
        order = ReceiveRefund(prepared["book"], key, command.digest, caller.subject, id, amount, reference, finding)
        return _answered(await self._orders.submit(order, cause))

    # ------------------------------------------------------------ reads

    async def get(self, id: str) -> tuple[Opening, Payment]:
        """Return one payment and the terms of its book. Raises PaymentNotFound."""
        book = await self._orders.book((await self._prepared(id))["book"])
        payment = book.payments.get(id)
        if payment is None:
            raise PaymentNotFound(payment=id)
        return book.terms, payment

    async def of_book(
        self,
        book: str,
        *,
        state: PaymentState | None = None,
        request: str | None = None,
        organization: str | None = None,
    ) -> tuple[Opening, Sequence[Payment]]:
        """Return a book's payments in the order in which they were prepared. Raises BookNotFound."""
        found: Book = await self._orders.book(book)
        return found.terms, [
            payment
            for payment in found.payments.values()
            if state in (None, payment.state)
            and request in (None, payment.request)
            and organization in (None, payment.organization)
        ]

    # ------------------------------------------------------------

    async def _begin(self, id: str, caller: Caller, command: Command, *roles: Role) -> tuple[Entry, str]:
        """Return the entry that prepared the payment, and the command's key. Raises PaymentNotFound, Forbidden."""
        prepared = await self._prepared(id)
        owner = prepared["book"].partition("/")[0]
        caller.require(*roles, district=owner.removeprefix("district:"))
        return prepared, await self._orders.key(command)

    async def _prepared(self, id: str) -> Entry:
        found = await self._entries.find([f"prepare:{id}"])
        if not found:
            raise PaymentNotFound(payment=id)
        return found[0]


def _answered(receipt: Receipt) -> Stored[None]:
    facts = required(receipt.entry)["facts"]
    return answer(receipt.entry, receipt.repeated, {"id": facts["payment"], "status": facts["state"]})
