"""An organisation's one place under a programme that takes one open request at a time (REQ-1).

A document of its own, so that two submissions at one moment meet in one versioned write, wherever the requests themselves are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.requests.domain.programme import AnotherOpenRequest


@dataclass(frozen=True)
class Place:
    """Who holds it: the request that is being submitted, or was the last to be."""

    id: str
    holder: str


@dataclass(frozen=True)
class PlaceTaken:
    """A request took it."""

    place: str
    request: str
    at: datetime


Event = PlaceTaken
EVENTS = (PlaceTaken,)


def take(state: Place | None, *, id: str, request: str, over: str | None, now: datetime) -> Sequence[Event]:
    """Take the place; again for the same request: nothing. ``over``: a request that was seen to be over, and never comes back.

    Raises AnotherOpenRequest while a request holds it that is not over.
    """
    if state is not None and state.holder == request:
        return []
    if state is not None and state.holder != over:
        raise AnotherOpenRequest(request=state.holder)
    return [PlaceTaken(id, request, now)]


def evolve(_state: Place | None, event: Event) -> Place:
    """Return the state after the event."""
    return Place(event.place, event.request)
