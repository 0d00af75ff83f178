"""What budget shows of the books, for Prometheus. Every replica shows the same: read it with ``max``.

Amounts are whole units of the book's currency. A figure is a double: exact up to 9·10^15, above that rounded; the books are exact.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from prometheus_client import Gauge

from services.budget.domain.book import Book
from shared.telemetry import Ages, Values

CITY_MONEY: Final = Gauge(
    "sama_city_money",
    "Parts of the city's book (appropriated = unallotted + allotted) in whole units of its currency: is there money that no district got?",
    ("fiscal_year", "part", "currency"),
)
DISTRICT_MONEY: Final = Gauge(
    "sama_district_money",
    "Parts of a district's book (allotted = all the others) in whole units of its currency: what is left, and what is it bound to?",
    ("district", "fiscal_year", "part", "currency"),
)
WAITING_REQUESTS: Final = Gauge(
    "sama_waiting_requests",
    "Approved requests that wait for money of a district's book, with those that are paused: for whom is the money not enough?",
    ("district", "fiscal_year"),
)
WAITING_MONEY: Final = Gauge(
    "sama_waiting_money",
    "Sum of what waits for money of a district's book, in whole units of its currency: how much is missing?",
    ("district", "fiscal_year", "currency"),
)
OLDEST_WAITING: Final = Gauge(
    "sama_oldest_waiting_request_seconds",
    "Time since the first who waits for money of a district's book began to wait; 0: nobody: how long does one wait for money?",
    ("district", "fiscal_year"),
)

YEARS: Final = 2  # this and the one before, whose commitments are still paid; older books would be series for ever


class Figures:
    """Looks at the books as the majority has them. ``books`` reads them; it raises Unavailable and BrokenBook."""

    def __init__(self, books: Callable[[], Awaitable[Sequence[Book]]]) -> None:
        self._books = books
        self._city, self._district = Values(CITY_MONEY), Values(DISTRICT_MONEY)
        self._requests, self._amounts = Values(WAITING_REQUESTS), Values(WAITING_MONEY)
        self._oldest = Ages(OLDEST_WAITING)

    async def look(self) -> None:
        """Bring all figures up to date; without a pause in between, so that a scrape sees books that add up."""
        books = in_force(await self._books())
        districts = [book for book in books if book.terms.district is not None]
        self._city.look(
            {
                (book.terms.fiscal_year, part, book.terms.currency): amount
                for book in books
                if book.terms.district is None
                for part, amount in book.balances.items()
            }
        )
        self._district.look(
            {
                (*_place(book), part, book.terms.currency): amount
                for book in districts
                for part, amount in book.balances.items()
            }
        )
        self._requests.look({_place(book): len(book.waiting) for book in districts})
        self._amounts.look(
            {
                (*_place(book), book.terms.currency): sum(book.subjects[request].amount for request in book.waiting)
                for book in districts
            }
        )
        self._oldest.look({_place(book): waits_since(book) for book in districts})


def in_force(books: Sequence[Book]) -> Sequence[Book]:
    """Return the books of the last two fiscal years; labels of years have no order, so by when each was first opened."""
    began: dict[str, str] = {}
    for book in books:
        terms = book.terms
        began[terms.fiscal_year] = min(terms.opened_at, began.get(terms.fiscal_year, terms.opened_at))
    last = sorted(began, key=lambda year: began[year])[-YEARS:]
    return [book for book in books if book.terms.fiscal_year in last]


def waits_since(book: Book) -> datetime | None:
    """Return since when the first on the waiting list waits, or None."""
    return min((datetime.fromisoformat(book.subjects[request].since) for request in book.waiting), default=None)


def _place(book: Book) -> tuple[str, str]:
    return book.terms.district or "", book.terms.fiscal_year
