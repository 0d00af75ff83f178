"""What the paths and pages of budget's API share: a book's id is two segments, a cursor in a list folded from a book is a place."""

from typing import Annotated

from fastapi import Path

from shared.contracts.ids import FiscalYear
from shared.contracts.refusals import FieldError, InvalidFields
from shared.storage.cursors import decode_cursor
from shared.web.api import PageQuery

OwnerPath = Annotated[
    str,
    Path(pattern=r"^(city|district:[a-z0-9-]{1,40})$", description="``city`` or ``district:<id>``.", examples=["city"]),
]
YearPath = Annotated[FiscalYear, Path(examples=["1405"])]


def offset(page: PageQuery) -> int:
    """Return where the page begins. Raises InvalidFields for a cursor that is none."""
    if page.cursor is None:
        return 0
    (place,) = decode_cursor(page.cursor, 1)
    if type(place) is not int or place < 0:
        raise InvalidFields(errors=[FieldError("/cursor", "bad_cursor")])
    return place
