"""To the bank and back: approved payments go out in one file, its results come in (BUD-7)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.budget.domain.bank_results import BankLine, examine
from services.budget.domain.book import Book, Opening
from services.budget.domain.payment_commands import OrderPayments
from services.budget.domain.payment_orders import MOST, Order
from services.budget.domain.payments import Payment
from services.budget.domain.refusals import (
    PaymentNotFound,
    PaymentOrderNotFound,
    PaymentsStopped,
    StandingForbidsPayment,
)
from services.budget.outbound.store import Entries
from services.budget.outbound.writer import Journal
from services.budget.usecases.following import FollowingUseCases
from services.budget.usecases.orders import Orders, answer, required
from shared.contracts.envelope import Cause
from shared.contracts.refusals import FieldError, InvalidFields, Refusal
from shared.persian.calendar import local_day
from shared.storage.ports import Command, Stored
from shared.web.caller import Caller, Role

READERS: tuple[Role, ...] = ("treasurer", "budget_officer", "auditor")


@dataclass(frozen=True, slots=True)
class OrderContent:
    """An order with its payments as they are now."""

    terms: Opening
    order: Order
    payments: tuple[Payment, ...]


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What a line of a result file did. ``recorded``: False, it told what is known already."""

    line: BankLine
    recorded: bool


class BankUseCases:
    """Orders and results are the treasurer's of the book's district."""

    def __init__(self, journal: Journal, entries: Entries, following: FollowingUseCases, zone: str) -> None:
        self._journal = journal
        self._entries = entries
        self._following = following
        self._zone = zone
        self._orders = Orders(journal, entries)

    async def order(
        self,
        book: str,
        payments: Sequence[str] | None = None,
        day: date | None = None,
        *,
        caller: Caller,
        command: Command,
        cause: Cause,
    ) -> Stored[None]:
        """Order these payments, or all that are approved (of that local day) and may be paid now; a repeat gets the first order.

        Raises Forbidden, BookNotFound, NothingToOrder, PaymentNotFound, WrongPaymentState, StandingForbidsPayment, PaymentsStopped,
        IdempotencyKeyReused.
        """
        caller.require("treasurer", district=_district(book))
        key = await self._orders.key(command)
        found = await self._orders.book(book)
        if payments is None:
            chosen = await self._payable(found, day)
        else:
            chosen = list(dict.fromkeys(payments))
            for id in chosen:
                if id in found.orders.get(key, Order(key, (), 0, "")).payments:
                    continue  # a repeat
                if id not in found.payments:
                    raise PaymentNotFound(payment=id)
                if (refused := await self._refused(found.payments[id])) is not None:
                    raise refused
        order = OrderPayments(book, key, command.digest, caller.subject, tuple(chosen))
        receipt = await self._orders.submit(order, cause)
        id = required(receipt.entry)["facts"]["order"]
        return answer(receipt.entry, receipt.repeated, {"id": id, "status": "ordered"})

    async def get(self, id: str, caller: Caller) -> OrderContent:
        """Return an order with its payments. Raises PaymentOrderNotFound, Forbidden."""
        stored = await self._entries.find([f"order:{id}"])
        if not stored:
            raise PaymentOrderNotFound(order=id)
        name = stored[0]["book"]
        caller.require(*READERS, district=_district(name))
        book = await self._orders.book(name)
        order = book.orders[id]
        return OrderContent(book.terms, order, tuple(book.payments[payment] for payment in order.payments))

    async def file(self, id: str, caller: Caller) -> OrderContent:
        """Return what an order's file holds (treasurer). Raises as ``get``."""
        content = await self.get(id, caller)
        caller.require("treasurer", district=_district(content.terms.book))
        return content

    async def of_book(self, book: str, caller: Caller, day: date | None = None) -> Sequence[Order]:
        """Return a book's orders, oldest first, of that local day if one is given. Raises BookNotFound, Forbidden."""
        caller.require(*READERS, district=_district(book))
        found = await self._orders.book(book)
        return [order for order in found.orders.values() if day is None or self._day(order.at) == day]

    async def record(
        self, book: str, lines: Sequence[BankLine], faults: Sequence[FieldError], *, caller: Caller, cause: Cause
    ) -> Sequence[LineOutcome]:
        """Record what the bank did with each payment: all lines that are new, or nothing if one is wrong.

        ``faults``: what was wrong with the file as a file. Raises Forbidden, BookNotFound, InvalidFields with every wrong cell, and what
        a line raises that became wrong meanwhile: then some may be recorded, and the same file records the rest.
        """
        caller.require("treasurer", district=_district(book))
        found = await self._orders.book(book)
        stored = await self._entries.find([line.entry for line in lines])
        fresh, wrong = examine(lines, found, {entry["_id"] for entry in stored})
        if errors := [*faults, *wrong]:
            raise InvalidFields(errors=sorted(errors, key=_row))
        receipts = await asyncio.gather(
            *(self._orders.submit(line.command(book, caller.subject), cause) for line in fresh), return_exceptions=True
        )
        for receipt in receipts:
            if isinstance(receipt, BaseException):
                raise receipt
        new = {line.row for line in fresh}
        return [LineOutcome(line, line.row in new) for line in lines]

    async def _payable(self, book: Book, day: date | None) -> list[str]:
        """Return the approved payments whom nothing keeps back, in the order in which they were prepared, as many as one order takes."""
        chosen: list[str] = []
        for payment in tuple(book.payments.values()):  # the book goes on meanwhile
            if len(chosen) == MOST:
                break
            if payment.state != "approved" or (day is not None and self._day(payment.changed_at) != day):
                continue
            if await self._refused(payment) is None:
                chosen.append(payment.id)
        return chosen

    async def _refused(self, payment: Payment) -> Refusal | None:
        """Return why a payment may not go to the bank now, by the newest copies."""
        standing = await self._following.standing_of(payment.organization)
        if not standing.may_be_paid:
            return StandingForbidsPayment(organization=payment.organization)
        if await self._following.stopped(payment.request):
            return PaymentsStopped(request=payment.request)
        return None

    def _day(self, at: str) -> date:
        return local_day(datetime.fromisoformat(at), self._zone)


def _district(book: str) -> str:
    return book.partition("/")[0].removeprefix("district:")


def _row(error: FieldError) -> tuple[int, str]:
    return int(error.params.get("row", 0)), error.pointer
