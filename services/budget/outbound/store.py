"""What the journal needs of storage, without a database: filled by Mongo (journal.py) and by the tests' fake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.budget.domain.entries import Entry


class LostRace(Exception):
    """An entry of the batch has a taken business key or place: another writer was first. A prefix may have been stored."""


class Rejected(Exception):
    """The database itself refused an entry: a negative part or a broken identity. A bug, or another hand than this code's."""


@dataclass(frozen=True, slots=True)
class Published:
    """How far a book has been announced. ``head_seq``: up to where its head has been published."""

    seq: int = 0
    head_seq: int = 0


class Entries(Protocol):
    """The journal's entries, insert-only. Every method raises Unavailable when the database is away; reads are by majority."""

    async def find(self, ids: Sequence[str]) -> Sequence[Entry]:
        """Return the entries that have one of these business keys."""

    async def after(self, book: str, seq: int, limit: int) -> Sequence[Entry]:
        """Return up to ``limit`` entries of a book after ``seq``, in order."""

    async def append(self, entries: Sequence[Entry]) -> None:
        """Insert in order, acknowledged by the majority's journals; stops at the first that can't be.

        Raises LostRace if a key or place is taken, Unavailable if the outcome is unknown, Rejected; in each case a prefix may be
        stored.
        """

    async def openings(self) -> Sequence[Entry]:
        """Return the opening entry of every book, by business key."""


class Cursors(Protocol):
    """How far each book has been announced. Entries never change, so this is kept apart from them."""

    async def load(self) -> Mapping[str, Published]:
        """Return the cursors of all books that have one."""

    async def advance(self, marks: Mapping[str, int]) -> None:
        """Move the cursors of books forward to these places; never back."""

    async def head_published(self, book: str, seq: int) -> None:
        """Remember that the book's head at ``seq`` has been published."""
