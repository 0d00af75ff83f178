"""The books as anyone gets them: read, downloaded, and verified by a verifier written apart from the budget service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.client import Sama
from ops.verify.books import Book, verify_book, verify_city


@dataclass
class Downloaded:
    """All books of a year as downloaded: lines and report by book id, and every violation in a sentence (I1–I4, I8)."""

    lines: dict[str, bytes] = field(default_factory=dict)
    reports: dict[str, Book] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def commitments(self, book: str) -> int:
        """Return how many commitments a book holds now."""
        return sum(request.state == "committed" for request in self.reports[book].requests.values())


async def read_all(sama: Sama, fiscal_year: str) -> Mapping[str, Any]:
    """Return every book of a year as the API shows it, by id, the city's first."""
    return {book["id"]: book async for book in sama.budget.items("/books", params={"fiscal_year": fiscal_year})}


async def read(sama: Sama, book: str) -> Any:
    """Return one book as the API shows it."""
    return (await sama.budget.get(f"/books/{book}")).body


async def download(sama: Sama, book: str) -> bytes:
    """Return a whole book as JSON lines."""
    return await sama.budget.download(f"/books/{book}/entries", params={"format": "jsonl"})


async def download_and_verify(sama: Sama, fiscal_year: str) -> Downloaded:
    """Download every book and verify it; each must end with the head that the API shows."""
    found = Downloaded()
    for book, shown in (await read_all(sama, fiscal_year)).items():
        found.lines[book] = await download(sama, book)
        found.reports[book] = verify_book(found.lines[book].splitlines(), head=(shown["seq"], shown["hash"]))
    found.violations = verify_city(list(found.reports.values()))
    return found


async def waiting_list(sama: Sama, book: str) -> list[dict[str, Any]]:
    """Return a book's public waiting list in its order."""
    return [waiter async for waiter in sama.budget.items(f"/books/{book}/waiting")]
