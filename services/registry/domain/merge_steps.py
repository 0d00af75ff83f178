"""What is done to merge a likely duplicate (REG-5): it ends, then the survivor takes over its parts, then it knows that this is done.

Three writes, because there are two records. The first decides; a crash before the third leaves it to the timer.
"""

from collections.abc import Sequence
from datetime import date, datetime

from services.registry.domain.keys import SearchKeys
from services.registry.domain.kinds import Kind
from services.registry.domain.merging import (
    Absorbed,
    HadStanding,
    MergedInto,
    MergedPart,
    Merger,
    MergerCompleted,
    merged_profile,
)
from services.registry.domain.organization import (
    NotALikelyDuplicate,
    Organization,
    OrganizationEvent,
    require_complete,
    require_status,
    resemblance,
)


def merge(
    state: Organization,
    survivor: Organization,
    survivors_kind: Kind,
    parts: tuple[MergedPart, ...],
    reason: str,
    *,
    by: str,
    now: datetime,
    today: date,
) -> Sequence[OrganizationEvent]:
    """Merge this organisation, which never had a standing, into a living one that it resembles.

    Raises WrongStatus, HadStanding, NotALikelyDuplicate, ProfileIncomplete: a survivor with a standing has to stay complete.
    """
    if state.renewing or state.status in ("approved", "suspended", "expired", "revoked"):
        raise HadStanding(status=state.status)
    require_status(state, "submitted", "changes_requested")
    if not resemblance(state, survivor):
        raise NotALikelyDuplicate(organization=survivor.id)
    if survivor.status in ("approved", "suspended"):
        require_complete(survivor, merged_profile(survivor.profile, state.profile, parts), survivors_kind, today)
    return [MergedInto(Merger(survivor.id, parts, reason, by, now))]


def absorb(
    survivor: Organization, merged: Organization, keys: SearchKeys, *, now: datetime
) -> Sequence[OrganizationEvent]:
    """Take over the parts of an organisation that was merged into this one; again: nothing. keys: of the names as they will be."""
    merger = merged.merger
    if merger is None or merger.survivor != survivor.id or merged.id in survivor.absorbed:
        return []
    profile = merged_profile(survivor.profile, merged.profile, merger.parts)
    return [Absorbed(merged.id, merger.parts, profile, keys.names, keys.words, merger.by, now, keys.shares)]


def complete(state: Organization, *, now: datetime) -> Sequence[OrganizationEvent]:
    """Note that the survivor has taken over what it should; again: nothing."""
    return [] if state.merger is None or state.merger.completed else [MergerCompleted(now)]
