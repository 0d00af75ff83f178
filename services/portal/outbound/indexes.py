"""Every index that portal needs; each serves a list of the API or the making of figures."""

from typing import Final

from shared.storage.indexes import Index

_NEWEST: Final = (("decided_at", -1), ("_id", 1))

INDEXES: Final[tuple[Index, ...]] = (
    Index("requests", (("organization", 1), ("award", 1), *_NEWEST)),
    Index("requests", (("fiscal_year", 1), ("district", 1))),  # the making of figures
    Index("requests", (("award", 1), *_NEWEST)),
    *(
        Index("requests", (("award", 1), (field, 1), *_NEWEST))
        for field in ("district", "topic", "kind", "fiscal_year", "programme", "organization_kind", "status", "search")
    ),
)
