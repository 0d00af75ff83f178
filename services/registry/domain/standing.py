"""Standing: what an organisation may do now, as four permissions with reasons and dates (REG-4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, get_args

from shared.contracts.registry import OrganizationStatus, Permission, Standing

Step = Literal["may_submit", "may_be_decided", "may_be_committed", "may_be_paid"]

_ALLOWED: Final[Mapping[OrganizationStatus, frozenset[Step]]] = {
    "approved": frozenset(get_args(Step)),
    # No new submission or commitment; what was submitted is decided, and accepted work is paid.
    "expired": frozenset({"may_be_decided", "may_be_paid"}),
}
"""What each status allows. Draft, submitted, sent back, rejected, suspended and revoked organisations may do nothing."""


def standing(status: OrganizationStatus, at: datetime, before: Standing | None, *, renewing: bool = False) -> Standing:
    """Return the standing of a status that began ``at``. A permission that did not change keeps its date.

    renewing: an expired organisation is verified anew; until that is decided it keeps what an expired one may.
    """
    allows = _ALLOWED.get("expired" if renewing else status, frozenset())

    def permission(step: Step, earlier: Permission | None) -> Permission:
        allowed = step in allows
        reasons = [] if allowed else [f"organization_{status}"]
        if earlier is not None and (earlier.allowed, earlier.reasons) == (allowed, reasons):
            return earlier
        return Permission(allowed=allowed, reasons=reasons, since=at)

    return Standing(
        status=status,
        may_submit=permission("may_submit", before.may_submit if before else None),
        may_be_decided=permission("may_be_decided", before.may_be_decided if before else None),
        may_be_committed=permission("may_be_committed", before.may_be_committed if before else None),
        may_be_paid=permission("may_be_paid", before.may_be_paid if before else None),
    )
