"""The close of a year (BUD-9): a book is closed for good and goes on in the next year's; the city's book is closed last."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from services.budget.domain.book import Book, owed
from services.budget.domain.closing_commands import Carried, CloseYear, PassCarried, ReceiveCarried
from services.budget.domain.refusals import BookClosed, BookNotFound, YearNotDone
from services.budget.outbound.store import Entries
from services.budget.outbound.writer import Journal
from services.budget.usecases.between_books import in_flight, not_returned, return_withdrawn
from services.budget.usecases.books import same_currency
from services.budget.usecases.orders import Orders, answer
from shared.contracts.envelope import Cause
from shared.contracts.ids import city_book
from shared.contracts.refusals import FieldError, InvalidFields
from shared.storage.ports import Command, Stored, Unavailable
from shared.web.caller import Caller


class ClosingUseCases:
    """Commands need the role city_office."""

    def __init__(self, journal: Journal, entries: Entries) -> None:
        self._journal = journal
        self._orders = Orders(journal, entries)

    async def close(self, book: str, next_year: str, *, caller: Caller, command: Command, cause: Cause) -> Stored[None]:
        """Close a book: what waits, is reserved or committed goes on in the next year's, what is available goes back to the city.

        Raises Forbidden, InvalidFields (no later year), BookNotFound (this or the next), BookClosed (this or the next), CurrencyDiffers,
        NotReadyToClose, YearNotDone, IdempotencyKeyReused.
        """
        caller.require_whole_city("city_office")
        key = await self._orders.key(command)
        owner, _, year = book.partition("/")
        if next_year <= year:  # the order of books is that of their ids: a request's history relies on it
            raise InvalidFields(errors=[FieldError("/next_fiscal_year", "not_a_later_year", {"year": year})])
        closing, following = await self._orders.book(book), await self._orders.book(f"{owner}/{next_year}")
        same_currency(following, closing.terms.currency)
        if closing.next_book is None:  # else it answers for itself: a repeat, or closed
            if following.next_book is not None:
                raise BookClosed(book=following.id, next_book=following.next_book)
            await self._orders.book(city_book(next_year))
            await self._ready(closing)
        receipt = await self._orders.submit(CloseYear(book, key, command.digest, following.id), cause)
        with suppress(Unavailable):  # it is closed; then the sweep carries over what is left
            await self._carry_over(await self._orders.book(book), cause)
        return answer(receipt.entry, receipt.repeated, {"id": book, "status": "closed"})

    async def _ready(self, closing: Book) -> None:
        """A district's book gives back to the city's; that is closed when its districts' are, and nothing is on its way."""
        year, books = closing.terms.fiscal_year, await self._journal.books()
        if closing.terms.district is not None:
            await self._orders.book(city_book(year))
            return
        for book in books:
            if book.terms.fiscal_year == year and book.id != closing.id and (book.next_book is None or owed(book)):
                raise YearNotDone(book=book.id)
        for share in in_flight(closing, books):
            raise YearNotDone(book=f"district:{share.district}/{year}")
        for district, _ in not_returned(closing, books):
            raise YearNotDone(book=f"district:{district}/{year}")

    async def _carry_over(self, closed: Book, cause: Cause) -> None:
        if closed.terms.district is None:
            return
        for carried in closed.carried.values():
            await bring_on(self._journal, closed, carried, cause)
        left = [(closed.terms.district, withdrawal) for withdrawal in closed.withdrawn.values()]
        await return_withdrawn(self._journal, closed.terms.fiscal_year, left, cause)

    async def sweep(self, books: Sequence[Book], cause: Cause) -> int:
        """Bring on what a crash left between a closed book and the next; returns how many requests."""
        known: Mapping[str, Book] = {book.id: book for book in books}
        done = 0
        for closed in books:
            following = known.get(closed.next_book or "")
            for carried in closed.carried.values() if following is not None else ():
                if carried.request not in following.subjects:  # type: ignore[union-attr]
                    await bring_on(self._journal, closed, carried, cause)
                    done += 1
        return done


async def bring_on(journal: Journal, closed: Book, carried: Carried, cause: Cause) -> None:
    """Enter in the next book what left the closed one; entered twice it changes nothing."""
    if closed.next_book is None:
        raise BookNotFound(book=closed.id)
    if carried.state != "waiting" and carried.amount:
        through = city_book(closed.next_book.rpartition("/")[2])
        await journal.submit(PassCarried(through, closed.id, carried.request, carried.amount), cause)
    await journal.submit(ReceiveCarried(closed.next_book, closed.id, carried), cause)
