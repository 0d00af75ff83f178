"""Books: opening, appropriation and allotment by the city office; reading by anyone (BUD-1 to BUD-4, BUD-10)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

from services.budget.domain.book import Book, Opening, owed
from services.budget.domain.commands import Allot, Appropriate, OpenBook, Share, Walk
from services.budget.domain.entries import Entry
from services.budget.domain.ranking_commands import RankProgramme
from services.budget.domain.refusals import BookClosed, CurrencyDiffers
from services.budget.domain.shares import Weight, split
from services.budget.outbound.store import Entries
from services.budget.outbound.writer import Journal
from services.budget.usecases.between_books import deliver, in_flight, not_returned, return_withdrawn, shares_of
from services.budget.usecases.orders import Orders, answer, required
from shared.contracts.envelope import Cause
from shared.contracts.ids import city_book, district_book
from shared.storage.ports import Command, Stored, Unavailable
from shared.web.caller import Caller

PAGE: Final = 1000  # entries of a download read at once
_SYSTEM: Final = Cause("system:budget", "system:budget")


@dataclass(frozen=True, slots=True)
class OpenBookOrder:
    """Which book to open. ``district`` None: the city's, which has no waiting rule."""

    fiscal_year: str
    currency: str
    district: str | None = None
    waiting_rule: Literal["first_fit", "strict"] | None = None
    max_skips: int | None = None
    third_approval_above: int | None = None
    """Payments of more than this need a third person (BUD-7); None: all do."""


@dataclass(frozen=True, slots=True)
class Appropriation:
    """The council's money."""

    fiscal_year: str
    amount: int
    approval_number: str
    approved_on: str
    budget_code: str
    currency: str | None = None
    """What the caller takes the book's currency to be; None: not said."""


@dataclass(frozen=True, slots=True)
class Allotment:
    """Money for districts: the whole amount and how it is divided."""

    fiscal_year: str
    amount: int
    weights: Sequence[Weight]
    currency: str | None = None
    """What the caller takes the books' currency to be; None: not said."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """One place on a waiting list; ``place`` counts from 1."""

    place: int
    request: str
    organization: str
    amount: int
    since: str
    paused: bool
    skips: int
    unranked: bool = False


class BookUseCases:
    """Commands need the role city_office; reads need none (PUB-1)."""

    def __init__(self, journal: Journal, entries: Entries) -> None:
        self._journal = journal
        self._entries = entries
        self._orders = Orders(journal, entries)

    # ------------------------------------------------------------ commands

    async def open(self, order: OpenBookOrder, *, caller: Caller, command: Command, cause: Cause) -> Stored[None]:
        """Open a book. Raises Forbidden, BookExists, IdempotencyKeyReused."""
        caller.require_whole_city("city_office")
        key = await self._orders.key(command)
        district = order.district
        book = city_book(order.fiscal_year) if district is None else district_book(district, order.fiscal_year)
        receipt = await self._orders.submit(
            OpenBook(
                book=book,
                key=key,
                digest=command.digest,
                fiscal_year=order.fiscal_year,
                district=district,
                currency=order.currency,
                waiting_rule=order.waiting_rule,
                max_skips=order.max_skips,
                third_approval_above=order.third_approval_above,
            ),
            cause,
        )
        return answer(receipt.entry, receipt.repeated, {"id": book, "status": "open"})

    async def appropriate(
        self, appropriation: Appropriation, *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[None]:
        """Enter the council's money. Raises Forbidden, BookNotFound, CurrencyDiffers, AmountTooLarge, IdempotencyKeyReused."""
        caller.require_whole_city("city_office")
        key = await self._orders.key(command)
        city = await self._orders.book(city_book(appropriation.fiscal_year))
        same_currency(city, appropriation.currency)
        receipt = await self._orders.submit(
            Appropriate(
                book=city.id,
                key=key,
                digest=command.digest,
                amount=appropriation.amount,
                approval_number=appropriation.approval_number,
                approved_on=appropriation.approved_on,
                budget_code=appropriation.budget_code,
            ),
            cause,
        )
        return answer(receipt.entry, receipt.repeated, {"id": key, "status": "made"})

    async def allot(self, allotment: Allotment, *, caller: Caller, command: Command, cause: Cause) -> Stored[None]:
        """Give an amount to districts by their weights, all shares or none (BUD-4).

        Raises Forbidden, BookNotFound (city's or a district's), CurrencyDiffers, BookClosed, InsufficientUnallotted,
        IdempotencyKeyReused.
        """
        caller.require_whole_city("city_office")
        key = await self._orders.key(command)
        fiscal_year, weights = allotment.fiscal_year, allotment.weights
        city = await self._orders.book(city_book(fiscal_year))
        same_currency(city, allotment.currency)
        for weight in weights:
            district = await self._orders.book(district_book(weight.district, fiscal_year))
            same_currency(district, city.terms.currency)
            still_open(district)
        divided = split(allotment.amount, weights)
        shares = tuple(
            Share(key if len(weights) == 1 else f"{key}.{district}", district, share)
            for district, share in divided.shares
            if share  # less than one unit for everybody: some get nothing
        )
        receipt = await self._orders.submit(
            Allot(book=city.id, key=key, digest=command.digest, shares=shares, remainder=divided.remainder), cause
        )
        entry = required(receipt.entry)
        with suppress(Unavailable):  # the money has left the city's book; then the sweep delivers it
            await deliver(self._journal, fiscal_year, shares_of(entry), cause)
        return answer(
            entry,
            receipt.repeated,
            {
                "id": key,
                "status": "made",
                "amount": entry["amount"],
                "currency": city.terms.currency,
                "shares": entry["facts"]["shares"],
                "remainder": entry["facts"]["remainder"],
            },
        )

    async def rank(self, book: str, programme: str, *, caller: Caller, command: Command, cause: Cause) -> Stored[None]:
        """Rank a call whose last case is closed: its approvals come on the list in their order (BUD-5).

        Raises Forbidden, BookNotFound, BookClosed, NotThisBook, AlreadyRanked, IdempotencyKeyReused.
        """
        caller.require_whole_city("city_office")
        key = await self._orders.key(command)
        receipt = await self._orders.submit(RankProgramme(book, key, command.digest, programme), cause)
        order = required(receipt.entry)["facts"]["order"]
        return answer(receipt.entry, receipt.repeated, {"id": key, "status": "ranked", "order": order})

    # ------------------------------------------------------------ reads

    async def all(self, *, fiscal_year: str | None = None, district: str | None = None) -> Sequence[Book]:
        """Return the books, city first, then districts by id."""
        chosen = [
            book
            for book in await self._journal.books()
            if fiscal_year in (None, book.terms.fiscal_year) and district in (None, book.terms.district)
        ]
        return sorted(chosen, key=lambda book: (book.terms.fiscal_year, book.terms.district or "", book.id))

    async def get(self, book: str) -> Book:
        """Return one book. Raises BookNotFound."""
        return await self._orders.book(book)

    async def entries(self, book: str, after_seq: int, limit: int) -> tuple[Opening, Sequence[Entry], int]:
        """Return what the book's opening fixed, a page of its entries, and how many there are. Raises BookNotFound."""
        found = await self._orders.book(book)
        return found.terms, await self._entries.after(book, after_seq, limit), found.seq

    async def download(self, book: str, after_seq: int = 0) -> AsyncIterator[Entry]:
        """Return an iterator over the book's entries up to its head of now. Raises BookNotFound before the first."""
        return self._iterate(book, after_seq, (await self._orders.book(book)).seq)

    async def waiting(self, book: str) -> tuple[Opening, Sequence[Waiter]]:
        """Return the public waiting list in its order (BUD-5). Raises BookNotFound."""
        found = await self._orders.book(book)
        return found.terms, [
            Waiter(
                place=place,
                request=request,
                organization=found.subjects[request].organization,
                amount=found.subjects[request].amount,
                since=found.subjects[request].since,
                paused=found.subjects[request].paused,
                skips=skips,
                unranked=request in found.unranked,
            )
            for place, (request, skips) in enumerate(
                [*found.waiting.items(), *((request, 0) for request in found.unranked)], start=1
            )
        ]

    # ------------------------------------------------------------ what a crash left

    async def sweep(self, books: Sequence[Book]) -> int:
        """Deliver what is on its way between books and serve waiters who are due; both are left only by a crash. Returns how many."""
        done = 0
        for book in books:
            if book.terms.district is None:
                year = book.terms.fiscal_year
                done += await return_withdrawn(self._journal, year, not_returned(book, books), _SYSTEM)
                done += await deliver(self._journal, year, in_flight(book, books), _SYSTEM)
            if owed(book) is not None:
                await self._journal.submit(Walk(book.id), _SYSTEM)
                done += 1
        return done

    async def _iterate(self, book: str, after_seq: int, last: int) -> AsyncIterator[Entry]:
        while after_seq < last:
            for entry in await self._entries.after(book, after_seq, min(PAGE, last - after_seq)):
                after_seq = entry["seq"]
                yield entry


def still_open(book: Book) -> None:
    """Raises BookClosed if its year is closed."""
    if book.next_book is not None:
        raise BookClosed(book=book.id, next_book=book.next_book)


def same_currency(book: Book, currency: str | None) -> None:
    """Raises CurrencyDiffers if the caller takes the book's currency to be another."""
    if currency not in (None, book.terms.currency):
        raise CurrencyDiffers(book=book.id, currency=book.terms.currency, given=str(currency))
