"""Money between books: what has left one and is to be entered in another (decisions 0010 and 0042).

What is on its way is told by the folds of both books, not remembered: a database restored under the service would make a memory lie
(F20). Entering it again is harmless: the look-up by business key answers for what has arrived.
"""

from collections.abc import Iterable, Sequence

from services.budget.domain.book import Book
from services.budget.domain.commands import ReceiveAllotment, Share
from services.budget.domain.entries import Entry
from services.budget.domain.moving_commands import ReceiveWithdrawal, Withdrawal
from services.budget.outbound.writer import Journal
from shared.contracts.envelope import Cause
from shared.contracts.ids import city_book, district_book

Left = tuple[str, Withdrawal]
"""District, and what left its book."""


def shares_of(entry: Entry) -> Sequence[Share]:
    """Return what an entry of the city's book sends to districts."""
    origin = entry["facts"].get("from")
    return [Share(s["allotment"], s["district"], s["amount"], origin) for s in entry["facts"].get("shares", ())]


async def deliver(journal: Journal, fiscal_year: str, shares: Iterable[Share], cause: Cause) -> int:
    """Enter in the districts' books what is not there yet; returns how many shares arrived now."""
    arrived = 0
    for share in shares:
        book = district_book(share.district, fiscal_year)
        receipt = await journal.submit(ReceiveAllotment(book, share.allotment, share.amount, share.origin), cause)
        arrived += not receipt.repeated
    return arrived


async def return_withdrawn(journal: Journal, fiscal_year: str, withdrawals: Iterable[Left], cause: Cause) -> int:
    """Enter in the city's book what left the districts', and send on what is for another; returns how many were entered now."""
    entered = 0
    for district, withdrawal in withdrawals:
        receipt = await journal.submit(ReceiveWithdrawal(city_book(fiscal_year), district, withdrawal), cause)
        entered += not receipt.repeated
        if receipt.entry is not None:
            await deliver(journal, fiscal_year, shares_of(receipt.entry), cause)
    return entered


def in_flight(city: Book, books: Sequence[Book]) -> Sequence[Share]:
    """Return the shares that the city's book sent and the district's book does not hold."""
    received = {book.id: book.received for book in books}
    year = city.terms.fiscal_year
    return [
        share
        for share in city.shares.values()
        if share.allotment not in received.get(district_book(share.district, year), ())
    ]


def not_returned(city: Book, books: Sequence[Book]) -> Sequence[Left]:
    """Return what left a district's book of the year and the city's book does not hold."""
    return [
        (book.terms.district, withdrawal)
        for book in books
        if book.terms.district is not None and book.terms.fiscal_year == city.terms.fiscal_year
        for withdrawal in book.withdrawn.values()
        if withdrawal.key not in city.received
    ]
