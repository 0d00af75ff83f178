"""The indexes of budget: one."""

from typing import Final

from shared.storage.indexes import Index

INDEXES: Final = (
    # No fork, and reading in order. Nothing else: an index costs every entry a tenth of its time, and an organisation's requests
    # are found in the folded books.
    Index("entries", (("book", 1), ("seq", 1)), unique=True),
)
