"""The indexes of registry beyond those that every collection of aggregates has; created at start."""

from typing import Final

from services.registry.outbound.store import DISTRICTS, IMPORTS, ORGANIZATIONS
from shared.storage.indexes import Index

_ORGANIZATIONS: Final = ORGANIZATIONS.collection
_OLDEST_FIRST: Final = (("status_since", 1), ("_id", 1))

INDEXES: Final[tuple[Index, ...]] = (
    Index(DISTRICTS.collection, (("order", 1), ("_id", 1))),
    # A legal id is unique among living organisations (REG-5); drafts and rejected registrations hold null here.
    Index(_ORGANIZATIONS, (("claimed_legal_id", 1),), unique=True, partial={"claimed_legal_id": {"$type": "string"}}),
    # Lists, oldest status first; a list filtered by several fields uses the most selective.
    Index(_ORGANIZATIONS, _OLDEST_FIRST),
    Index(_ORGANIZATIONS, (("status", 1), *_OLDEST_FIRST)),
    Index(_ORGANIZATIONS, (("profile.districts", 1), ("status", 1), *_OLDEST_FIRST)),
    Index(_ORGANIZATIONS, (("profile.kind", 1), *_OLDEST_FIRST)),
    Index(_ORGANIZATIONS, (("keys.words", 1), *_OLDEST_FIRST)),
    Index(_ORGANIZATIONS, (("owner", 1), *_OLDEST_FIRST)),
    # Organisations with flags that stand (REG-3), of all levels or of one.
    Index(_ORGANIZATIONS, (("flag_level", 1), ("profile.districts", 1), *_OLDEST_FIRST)),
    # Organisations with a proposal (REG-6) or an appeal (REG-7) that waits.
    Index(_ORGANIZATIONS, (("pending_proposal", 1), ("profile.districts", 1), *_OLDEST_FIRST)),
    Index(_ORGANIZATIONS, (("open_appeal", 1), ("profile.districts", 1), *_OLDEST_FIRST)),
    # Likely duplicates.
    Index(_ORGANIZATIONS, (("keys.names", 1), ("status", 1))),
    Index(_ORGANIZATIONS, (("profile.account.sheba", 1), ("status", 1))),
    Index(_ORGANIZATIONS, (("profile.legal_id", 1), ("status", 1))),
    # Organisations that share a representative (REG-5).
    Index(_ORGANIZATIONS, (("profile.representatives.national_code", 1), ("status", 1))),
    # Imports, newest first: of one person, or all.
    Index(IMPORTS.collection, (("at", -1), ("_id", 1))),
    Index(IMPORTS.collection, (("by", 1), ("at", -1), ("_id", 1))),
)
