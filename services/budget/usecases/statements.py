"""Statements: a book as it was after one of its entries, or at a moment, folded from its entries alone (BUD-2, BUD-10)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.budget.domain.book import Book, Subject
from services.budget.domain.entries import Entry
from services.budget.domain.refusals import BookNotFound, EntryNotReached
from services.budget.outbound.store import Entries
from shared.contracts.envelope import instant

PAGE: Final = 1000  # entries read at once


@dataclass(frozen=True, slots=True)
class Moment:
    """Which moment: after the entry ``seq``, or of the last entry made until ``at``; neither: now."""

    seq: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """What the requests of a statement have in the book, in whole units of its currency."""

    waiting: int
    reserved: int
    committed: int
    pending: int
    paid: int
    refunded: int
    ineligible: int
    """Found ineligible and not settled (BUD-8)."""
    written_off: int


class Statements:
    """Reading needs no role (PUB-1): a statement tells what the published entries tell."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    async def at(self, id: str, moment: Moment) -> Book:
        """Return the book as it was. Raises BookNotFound if it was not open by then, EntryNotReached for a seq that is not yet."""
        book = Book(id)
        until = None if moment.at is None else instant(moment.at)
        async for entry in self._read(id):
            if until is not None and entry["at"] > until:
                break
            book.apply(entry)
            if book.seq == moment.seq:
                break
        if not book.seq:
            raise BookNotFound(book=id)
        if moment.seq is not None and book.seq < moment.seq:
            raise EntryNotReached(book=id, seq=moment.seq, last=book.seq)
        return book

    async def _read(self, id: str) -> AsyncIterator[Entry]:
        seq = 0
        while found := await self._entries.after(id, seq, PAGE):
            for entry in found:
                yield entry
            seq = found[-1]["seq"]


def lines(book: Book, organization: str | None = None) -> list[Subject]:
    """Return the requests that have a place or money in the book, in the order in which they came; or had, until it was given up."""
    return [subject for subject in book.subjects.values() if organization in (None, subject.organization)]


def ineligible(book: Book, request: str) -> tuple[int, int]:
    """Return what of a request's payments was found ineligible and is open, and what of it was written off."""
    found = [finding for finding in book.findings.values() if finding.request == request]
    return sum(finding.open for finding in found), sum(finding.written_off for finding in found)


def totals(book: Book, subjects: list[Subject]) -> Totals:
    """Add up: committed is what no payment has taken yet, so the sums are parts of the book's balance."""

    def amount_of(state: str) -> int:
        return sum(subject.unpaid for subject in subjects if subject.state == state)

    return Totals(
        amount_of("waiting"),
        amount_of("reserved"),
        amount_of("committed"),
        sum(subject.pending for subject in subjects),
        sum(subject.paid for subject in subjects),
        sum(subject.refunded for subject in subjects),
        sum(ineligible(book, subject.request)[0] for subject in subjects),
        sum(ineligible(book, subject.request)[1] for subject in subjects),
    )
