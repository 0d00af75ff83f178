"""Ineligible amounts (BUD-8): found by the district's finance, reviewed by the organisation, settled or written off."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.budget.domain.book import Opening
from services.budget.domain.entries import Entry
from services.budget.domain.ineligible import Finding
from services.budget.domain.ineligible_commands import AcceptDocuments, FindIneligible, WriteOff
from services.budget.domain.refusals import FindingNotFound, PaymentNotFound
from services.budget.outbound.store import Entries
from services.budget.outbound.writer import Journal
from services.budget.usecases.orders import Orders, answer
from shared.clock import Clock
from shared.contracts.durations import Duration, WorkingCalendar
from shared.contracts.envelope import Cause, instant
from shared.storage.ports import Command, Stored
from shared.web.caller import Caller, Role

REVIEW: Final = Duration(days=30)  # DOMAIN.md, BUD-8


class IneligibleUseCases:
    """Commands need the roles budget_officer or treasurer in the book's district; only a treasurer writes off."""

    def __init__(
        self, journal: Journal, entries: Entries, clock: Clock, review: Duration, calendar: WorkingCalendar
    ) -> None:
        self._entries = entries
        self._orders = Orders(journal, entries)
        self._clock = clock
        self._review = review
        self._calendar = calendar

    async def find(
        self, payment: str, amount: int, reason: str, *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[None]:
        """Find an amount of a payment ineligible; the organisation has the term of review to bring documents.

        Raises PaymentNotFound, Forbidden, WrongPaymentState, FindingExceedsPayment, BookClosed, IdempotencyKeyReused.
        """
        prepared = await self._entries.find([f"prepare:{payment}"])
        if not prepared:
            raise PaymentNotFound(payment=payment)
        book, key = await self._begin(prepared[0], caller, command, "budget_officer", "treasurer")
        until = instant(self._calendar.due(self._clock(), self._review))
        order = FindIneligible(book, key, command.digest, caller.subject, payment, amount, reason, until)
        receipt = await self._orders.submit(order, cause)
        return answer(receipt.entry, receipt.repeated, {"id": key, "status": "found"})

    async def accept_documents(
        self, id: str, amount: int, reason: str, *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[None]:
        """Accept later documents for an amount. Raises FindingNotFound, Forbidden, NothingOpen, MoreThanOpen, IdempotencyKeyReused."""
        book, key = await self._begin(await self._found(id), caller, command, "budget_officer", "treasurer")
        order = AcceptDocuments(book, key, command.digest, caller.subject, id, amount, reason)
        receipt = await self._orders.submit(order, cause)
        return answer(receipt.entry, receipt.repeated, {"id": id, "status": "documented"})

    async def write_off(self, id: str, reason: str, *, caller: Caller, command: Command, cause: Cause) -> Stored[None]:
        """Write off what is open (treasurer). Raises FindingNotFound, Forbidden, NothingOpen, ReviewNotOver, IdempotencyKeyReused."""
        book, key = await self._begin(await self._found(id), caller, command, "treasurer")
        order = WriteOff(book, key, command.digest, caller.subject, id, reason, instant(self._clock()))
        receipt = await self._orders.submit(order, cause)
        return answer(receipt.entry, receipt.repeated, {"id": id, "status": "written_off"})

    # ------------------------------------------------------------ reads

    def now(self) -> datetime:
        """Return the time by which what is overdue is judged."""
        return self._clock()

    async def get(self, id: str) -> tuple[Opening, Finding]:
        """Return one finding and the terms of its book. Raises FindingNotFound."""
        book = await self._orders.book((await self._found(id))["book"])
        if id not in book.findings:
            raise FindingNotFound(finding=id)
        return book.terms, book.findings[id]

    async def of_book(
        self, book: str, *, is_open: bool | None = None, overdue: bool = False, organization: str | None = None
    ) -> tuple[Opening, Sequence[Finding]]:
        """Return a book's findings in the order in which they were found; overdue: open, and the review is over. Raises BookNotFound."""
        found, now = await self._orders.book(book), instant(self._clock())
        return found.terms, [
            finding
            for finding in found.findings.values()
            if is_open in (None, bool(finding.open))
            and organization in (None, finding.organization)
            and not (overdue and (not finding.open or finding.review_until > now))
        ]

    async def _found(self, id: str) -> Entry:
        found = await self._entries.find([f"ineligible:{id}"])
        if not found:
            raise FindingNotFound(finding=id)
        return found[0]

    async def _begin(self, entry: Entry, caller: Caller, command: Command, *roles: Role) -> tuple[str, str]:
        owner = str(entry["book"]).partition("/")[0]
        caller.require(*roles, district=owner.removeprefix("district:"))
        return entry["book"], await self._orders.key(command)
