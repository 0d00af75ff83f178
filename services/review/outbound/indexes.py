"""Review's indexes; those of outbox and timers come with every collection of aggregates.

The four of cases are the filters of ``GET /cases``, each with the list's order; the fifth is the scan of a changed standing, the
sixth that of a member who left the group.
"""

from typing import Final

from services.review.outbound.participation import PARTICIPATION_INDEXES
from services.review.outbound.store import CASES, PRIORITY_LISTS, WORKING_GROUPS
from services.review.outbound.visits import VISIT_INDEXES
from shared.storage.indexes import Index

_ORDER: Final = (("received_at", 1), ("_id", 1))

INDEXES: Final[tuple[Index, ...]] = (
    Index(CASES.collection, _ORDER),
    Index(CASES.collection, (("status", 1), *_ORDER)),
    Index(CASES.collection, (("district", 1), ("status", 1), *_ORDER)),
    Index(CASES.collection, (("to_cast", 1), *_ORDER)),
    Index(CASES.collection, (("organization", 1), ("status", 1), ("_id", 1))),
    Index(CASES.collection, (("opened.working_group", 1), ("status", 1), ("_id", 1))),
    Index(WORKING_GROUPS.collection, (("district", 1), ("_id", 1))),
    Index(PRIORITY_LISTS.collection, (("district", 1), ("_id", 1))),
    *PARTICIPATION_INDEXES,
    *VISIT_INDEXES,
)
