"""What a programme gives at most to one organisation, and to all that share a representative or an account (REG-5).

One document for each organisation, person and account under a programme, named by a keyed hash. Two submissions at one moment, also of two
organisations, meet in its versioned write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from services.requests.domain.request import SupportRequest
from shared.contracts.refusals import Refusal, RefusalKind

GAVE_NOTHING: Final = frozenset({"rejected", "withdrawn", "lapsed", "declined"})


@dataclass(frozen=True)
class Claim:
    """What one request may yet be given, or was."""

    request: str
    amount: int


@dataclass(frozen=True)
class SharedCeiling:
    """State: who counts here."""

    id: str
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Claimed:
    """A request that is being submitted counts from now on; ``claims``: all that count now, without those that got nothing."""

    ceiling: str
    claims: tuple[Claim, ...]
    at: datetime


Event = Claimed
EVENTS = (Claimed,)


class SharedCeilingReached(Refusal):
    """The organisation, with those that share its people or its account, would be given more than the programme gives to one."""

    code = "shared_ceiling_reached"
    kind: ClassVar[RefusalKind] = "conflict"


def counted(request: SupportRequest, claimed: int) -> int:
    """Return what a request counts: nothing once it got nothing; its award; before a decision, and as a draft, what it claimed."""
    if request.status in GAVE_NOTHING:
        return 0
    if request.approved is None:
        return claimed
    return request.committed if request.book.limited else request.approved


def claim(
    state: SharedCeiling | None,
    *,
    id: str,
    request: str,
    amount: int,
    ceiling: int,
    currency: str,
    others: Mapping[str, int],
    now: datetime,
) -> Sequence[Event]:
    """Count a request; the same amount again does nothing. ``others``: what each other one that has a claim counts now.

    Raises SharedCeilingReached.
    """
    taken = sum(others.values())
    if taken + amount > ceiling:
        raise SharedCeilingReached(ceiling=ceiling, left=max(ceiling - taken, 0), currency=currency)
    claims = (*(Claim(other, counts) for other, counts in others.items() if counts), Claim(request, amount))
    return [] if state is not None and state.claims == claims else [Claimed(id, claims, now)]


def evolve(_state: SharedCeiling | None, event: Event) -> SharedCeiling:
    """Return the state after the event."""
    return SharedCeiling(event.ceiling, event.claims)
