"""What portal needs of storage: rows that are read by pages and counted, and replaced only from what was seen."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.storage.ports import Document, Where

Order = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows have the same values, and the sums of fields over them. values: in the order asked for."""

    values: tuple[Any, ...]
    count: int
    sums: tuple[int, ...]


class Rows(Protocol):
    """One collection of rows. A row is ``{_id, sequence, facts, …}``. Every method raises Unavailable when the database is away."""

    collection: str

    async def get(self, id: str) -> Document | None:
        """Return a row whole, or None."""

    async def put(self, used: Document | None, by: Document) -> bool:
        """Insert a row, or replace it if it is still the one that was seen; False: another writer was first."""

    async def overwrite(self, by: Document) -> None:
        """Insert a row or replace it, whatever is there: for what many write and nobody reads before."""

    async def find(
        self, where: Where, *, order: Order, limit: int, after: Sequence[Any] | None = None
    ) -> Sequence[Document]:
        """Return rows without their facts in ``order`` (ending in ``_id``), after the given order values."""

    async def count(self, where: Where) -> int:
        """Count rows."""

    async def tally(self, where: Where, by: Sequence[str], sums: Sequence[str] = ()) -> Sequence[Tally]:
        """Count rows by the values of these fields and add up others."""

    def all(self, where: Where, fields: Sequence[str]) -> AsyncIterator[Document]:
        """Iterate over all rows that match, with ``_id``, ``sequence`` and these fields alone; no order."""

    async def discard(self, id: str, where: Where) -> None:
        """Remove a row that is still like this; only marks of what is to be done are ever removed."""


class Generation(Protocol):
    """All collections of one generation: those in use, or those that a rebuild fills."""

    def rows(self, collection: str) -> Rows:
        """Return one collection."""


class Kept(Protocol):
    """Where rows are: now one generation, and two while copies are rebuilt (docs/decisions/0018)."""

    @property
    def used(self) -> Generation:
        """What is read."""

    def written(self) -> Sequence[Generation]:
        """Return what an event has to be written into."""
