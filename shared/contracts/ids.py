"""Ids that cross a border.

An id that an event or a repeated command creates is derived from what caused it, so that a second delivery creates nothing new
(DESIGN.md, "State"). Derivation is a UUID version 5 (RFC 9562) in a namespace of SAMA's own.
"""

from typing import Annotated, Final
from uuid import UUID, uuid5

from pydantic import StringConstraints

SAMA_NAMESPACE: Final = UUID("6f1c1f0e-52a5-5f0e-9d0b-5a3c0de51405")

DISTRICT_PATTERN: Final = r"^[a-z0-9-]{1,40}$"
ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$"
FISCAL_YEAR_PATTERN: Final = r"^[A-Za-z0-9-]{1,20}$"
BOOK_PATTERN: Final = r"^(city|district:[a-z0-9-]{1,40})/[A-Za-z0-9-]{1,20}$"

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
DistrictId = Annotated[str, StringConstraints(pattern=DISTRICT_PATTERN)]
FiscalYear = Annotated[str, StringConstraints(pattern=FISCAL_YEAR_PATTERN)]
BookId = Annotated[str, StringConstraints(pattern=BOOK_PATTERN)]


def derive_id(*parts: str) -> str:
    """Return the one id (UUID text, 36 characters) that belongs to these parts, in this order.

    Parts are joined with a character that no part may hold, so ("a", "bc") and ("ab", "c") differ.
    Raises ValueError if a part holds that character.
    """
    if any("\x1f" in part for part in parts):
        raise ValueError("a part of a derived id holds the separator U+001F")
    return str(uuid5(SAMA_NAMESPACE, "\x1f".join(parts)))


def district_book(district: str, fiscal_year: str) -> str:
    """Return the id of a district's book, e.g. ``district:7/1405``."""
    return f"district:{district}/{fiscal_year}"


def city_book(fiscal_year: str) -> str:
    """Return the id of the city's book, e.g. ``city/1405``."""
    return f"city/{fiscal_year}"
