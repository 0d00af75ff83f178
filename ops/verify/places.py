"""Where the books have each request, read from their entries as they are (whether these are right is for the check of the books)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Entries = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(slots=True)
class Place:
    """One request in one book.

    standing: sequence of the last standing that an entry relied on; since: time of the entry that brought the state.
    """

    book: str
    organization: str
    amount: int
    state: str = ""
    paused: bool = False
    standing: int = 0
    since: str = ""
    reserved: int = 0
    """How often a reservation was made."""
    first_book: str = ""
    """The book that it was carried from, if it was."""
    entries: set[str] = field(default_factory=set)
    """Business keys of its entries."""


def places(books: Entries) -> Mapping[str, Sequence[Place]]:
    """Return request → its place in each book that knows it."""
    found: dict[str, dict[str, Place]] = {}
    for book, entries in books.items():
        for entry in entries:
            after = entry.get("subject_after")
            if after is None:
                continue
            facts = entry["facts"]
            here = found.setdefault(entry["subject"], {})
            place = here.setdefault(book, Place(book, facts["organization"], int(entry["amount"])))
            if after["state"] != place.state:
                place.since = facts["since"] if entry["kind"] == "carried_in" else entry["at"]
            if entry["kind"] == "reservation_raised":
                place.amount = int(facts["remains"])
            place.state, place.paused = after["state"], after["paused"]
            if not entry["kind"].startswith("payment_"):  # a payment relies on its own standing
                place.standing = facts.get("standing_sequence", place.standing)
            place.reserved += entry["kind"] == "reservation_made"
            place.entries.add(entry["_id"])
    return {request: _now(list(here.values())) for request, here in found.items()}


def _now(places: list[Place]) -> list[Place]:
    """Where it was carried on it is as it was in the closed book: its first book's amount and entries, the last one's state (BUD-9)."""
    closed = [place for place in places if place.state == "carried"]
    here = [place for place in places if place.state != "carried"]
    if not closed or not here:
        return places
    for place in here:
        place.first_book, place.amount = closed[0].book, closed[0].amount
        place.entries |= {entry for before in closed for entry in before.entries}
        place.reserved += sum(before.reserved for before in closed)
    return here
