"""What a book is made of: the parts of its money, and what its opening entry fixed for good (BUD-2)."""

from dataclasses import dataclass
from typing import Final, Literal

DISTRICT_PARTS: Final = ("available", "held", "reserved", "committed", "pending", "paid")
CITY_PARTS: Final = ("unallotted", "allotted")


@dataclass(frozen=True, slots=True)
class Opening:
    """What the opening entry fixed for good."""

    book: str
    fiscal_year: str
    district: str | None
    currency: str
    waiting_rule: Literal["first_fit", "strict"] | None
    max_skips: int | None
    opened_at: str
    third_approval_above: int | None = None
    """Payments of more than this need a third person (BUD-7); None: all do."""


def empty_parts(district: str | None) -> dict[str, int]:
    """Return the parts of a new book."""
    source, parts = ("appropriated", CITY_PARTS) if district is None else ("allotted", DISTRICT_PARTS)
    return dict.fromkeys((source, *parts), 0)
