"""Every index that webhooks needs: the lists of the API, what is to be worked on, and how many somebody has."""

from typing import Final

from services.webhooks.outbound.store import PROGRESS, SUBSCRIPTIONS
from shared.storage.indexes import Index

_NEWEST: Final = (("created_at", -1), ("_id", 1))

INDEXES: Final[tuple[Index, ...]] = (
    Index(SUBSCRIPTIONS.collection, _NEWEST),
    Index(SUBSCRIPTIONS.collection, (("status", 1), *_NEWEST)),
    Index(SUBSCRIPTIONS.collection, (("organization", 1), *_NEWEST)),
    Index(SUBSCRIPTIONS.collection, (("organization", 1), ("status", 1), *_NEWEST)),
    Index(PROGRESS, (("holder", 1),)),  # renewing and giving back a replica's leases
)
