"""Every index that portal needs; each serves a list of the API or the making of figures."""

from typing import Final

from services.portal.usecases.figures import FIGURES, HELD
from services.portal.usecases.lists import LISTS, PublicList
from shared.storage.indexes import Index

SEARCHED: Final = ("awards", "organizations", "programmes", "calendar")

_OLDEST: Final = (("submitted_at", 1), ("_id", 1))


def _of(name: str, of: PublicList) -> tuple[Index, ...]:
    """Return the indexes of a list: by its order alone, and narrowed by each filter, or by a word.

    They hold only the rows of the list: most requests are in no public list while they change most.
    """
    shown = tuple(
        (field, 1) for field in of.shows
    )  # also told apart by it: lists of one collection have the same order
    order = (*of.order, ("_id", 1))
    narrowed = [*of.filters.values(), *(["search"] if name in SEARCHED else [])]
    narrowed = [field for field in narrowed if field not in dict(order)]  # the order's own index serves it
    return (
        Index(of.collection, (*shown, *order), partial=of.shows or None),
        *(Index(of.collection, (*shown, (field, 1), *order), partial=of.shows or None) for field in narrowed),
    )


INDEXES: Final[tuple[Index, ...]] = (
    *(index for name, of in LISTS.items() for index in _of(name, of)),
    Index("requests", (("organization", 1),)),  # those that carry an organisation's name
    Index("requests", (("fiscal_year", 1), ("district", 1))),  # the making of figures
    Index("books", (("fiscal_year", 1), ("district", 1))),
    Index("obstacles", (("overdue", 1), ("district", 1))),
    Index(FIGURES, (("fiscal_year", -1), ("_id", 1))),
    Index(FIGURES, (("district", 1), ("fiscal_year", -1), ("_id", 1))),
    *(
        Index("requests", ((field, 1), *narrowed, *_OLDEST))
        for field in sorted({field for held in HELD.values() for field in held})
        for narrowed in ((), (("district", 1),))
    ),
)
