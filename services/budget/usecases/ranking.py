"""A ranked call ranks itself when its last case is over, whatever is heard first (BUD-5); the office's command is in books.py.

requests says that the call is decided and what it approved, review says each approval. Whichever is heard last finds both; a second
replica meets the first in the entry's id.
"""

from services.budget.domain.book import Book
from services.budget.domain.entries import digest_of
from services.budget.domain.ranking_commands import RankProgramme
from services.budget.domain.refusals import AlreadyRanked, BookClosed
from services.budget.outbound.writer import Journal
from shared.contracts.envelope import Cause, Envelope
from shared.contracts.ids import derive_id
from shared.contracts.requests import CallDecided
from shared.storage.ports import Copies


class RankingUseCases:
    """Ranking without an order of the office."""

    def __init__(self, journal: Journal, calls: Copies) -> None:
        self._journal = journal
        self._calls = calls

    async def on_call_decided(self, data: CallDecided, event: Envelope) -> None:
        """Keep that the call is decided in this district, and rank it if all its approvals are known here."""
        await self._calls.apply(
            call_id(data.programme, data.district), event.number, {"book": data.book, "approved": data.approved}
        )
        await self.rank(data.programme, data.district, event.cause)

    async def rank(self, programme: str, district: str, cause: Cause) -> None:
        """Rank the call in this district if it is decided and all that it approved has reached the book."""
        call = await self._calls.get(call_id(programme, district))
        if call is None:
            return
        books = await self._books(call["book"])
        if not books or any(all(request not in book.subjects for book in books) for request in call["approved"]):
            return
        book = books[-1]
        if programme not in book.ranked:
            key = derive_id("ranking", book.id, programme)
            command = RankProgramme(book.id, key, digest_of(["ranking", book.id, programme]), programme)
            try:
                await self._journal.submit(command, cause)
            except AlreadyRanked:
                return  # by the office, a moment ago
            except BookClosed:
                await self.rank(programme, district, cause)

    async def _books(self, id: str) -> list[Book]:
        """Return the book and those that followed it at the end of a year; none if it was never opened."""
        books: list[Book] = []
        book = await self._journal.book(id)
        while book is not None:
            books.append(book)
            book = None if book.next_book is None else await self._journal.book(book.next_book)
        return books


def call_id(programme: str, district: str) -> str:
    """Return the id of what is kept of a decided call in one district."""
    return f"{programme}/{district}"
