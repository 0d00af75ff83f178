"""Standing: what an organisation may do now, as four permissions with reasons and dates (REG-4)."""

from datetime import datetime
from typing import Final

from shared.contracts.registry import OrganizationStatus, Permission, Standing

_WITH_ALL: Final[frozenset[OrganizationStatus]] = frozenset({"approved"})
"""Statuses with every permission. Draft, submitted, sent back, rejected and suspended organisations have none."""


def standing(status: OrganizationStatus, at: datetime, before: Standing | None) -> Standing:
    """Return the standing of a status that began ``at``. A permission that did not change keeps its date."""
    allowed = status in _WITH_ALL
    reasons = [] if allowed else [f"organization_{status}"]

    def permission(earlier: Permission | None) -> Permission:
        if earlier is not None and (earlier.allowed, earlier.reasons) == (allowed, reasons):
            return earlier
        return Permission(allowed=allowed, reasons=reasons, since=at)

    return Standing(
        status=status,
        may_submit=permission(before.may_submit if before else None),
        may_be_decided=permission(before.may_be_decided if before else None),
        may_be_committed=permission(before.may_be_committed if before else None),
        may_be_paid=permission(before.may_be_paid if before else None),
    )
