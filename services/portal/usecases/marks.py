"""Marks: which figures have to be made anew. A mark is made after the row is written, so that no change is overlooked."""

from typing import Final

from services.portal.usecases.ports import Generation
from shared.clock import new_id
from shared.storage.ports import Document

CITY: Final = "city"
STALE: Final = "stale_figures"


def bucket(district: str | None, fiscal_year: str) -> str:
    """Return the id of the figures of a scope in a fiscal year, as a book's."""
    return f"{CITY if district is None else f'district:{district}'}/{fiscal_year}"


async def mark(generation: Generation, row: Document | None) -> None:
    """Mark the figures that a row counts in: its district's and the city's."""
    if row is None or row.get("fiscal_year") is None:
        return
    for scope in {None, row.get("district")}:
        # Overwritten: all handlers mark the city's figures, and would only race for what is seen.
        await generation.rows(STALE).overwrite({"_id": bucket(scope, row["fiscal_year"]), "mark": new_id()})
