"""The statuses of a support request, and the sets of them that rules speak of."""

from typing import Final, Literal

Status = Literal[
    "draft",
    "submitted",
    "in_review",
    "changes_requested",
    "approved",
    "rejected",
    "waiting",
    "reserved",
    "accepted",
    "in_progress",
    "reported",
    "closed",
    "cancelled",
    "ended_by_agreement",
    "withdrawn",
    "lapsed",
    "declined",
]
STATUSES: Final[tuple[Status, ...]] = (
    "draft", "submitted", "in_review", "changes_requested", "approved", "rejected",
    "waiting", "reserved", "accepted", "in_progress", "reported", "closed", "cancelled", "ended_by_agreement",
    "withdrawn", "lapsed", "declined",
)  # fmt: skip
TERMINAL: Final[frozenset[Status]] = frozenset(
    {"rejected", "withdrawn", "lapsed", "declined", "closed", "cancelled", "ended_by_agreement"}
)
Ended = Literal["withdrawn", "lapsed", "declined", "closed", "cancelled", "ended_by_agreement"]
"""How it ends by an own step."""
AWARDED: Final[frozenset[Status]] = frozenset({"approved", "waiting", "reserved"})
"""Decided with an amount and not accepted yet."""
OPEN: Final[frozenset[Status]] = frozenset(
    {"submitted", "in_review", "changes_requested", "approved", "waiting", "reserved", "accepted"}
)
"""Submitted and not yet committed: what a suspension pauses and a revocation ends."""
