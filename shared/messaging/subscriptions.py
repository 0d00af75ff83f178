"""What a service listens to: one ``on`` per event type, grouped into edges, one queue per announcer (DESIGN.md, "Events")."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from shared.contracts.base import ANNOUNCERS, EventData
from shared.contracts.envelope import Envelope

T = TypeVar("T", bound=EventData)
Handler = Callable[[Any, Envelope], Awaitable[None]]

PREFETCH: Final = 32  # enough to hide the database's latency; small, because a stop costs each one delivery (rule 6)


@dataclass(frozen=True, slots=True)
class Edge:
    """One queue: what ``consumer`` takes from ``announcer``, by event type."""

    consumer: str
    announcer: str
    handlers: Mapping[str, Handler]
    prefetch: int = PREFETCH
    single_active: bool = False

    @property
    def queue(self) -> str:
        """Name of the queue, e.g. ``review.requests``."""
        return f"{self.consumer}.{self.announcer}"


@dataclass(slots=True)
class _Options:
    prefetch: int = PREFETCH
    single_active: bool = False
    handlers: dict[str, Handler] = field(default_factory=dict)


class Subscriptions:
    """The events one consumer takes. Handlers are idempotent and take early, late and repeated arrivals."""

    def __init__(self, consumer: str, prefetch: int | None = None) -> None:
        """prefetch: of every edge, whatever ``edge`` says (None: as it says). Raises ValueError below 1."""
        self.consumer = consumer
        self._prefetch = None if prefetch is None else _limited(prefetch)
        self._edges: dict[str, _Options] = {}

    def on(self, event: type[T], handler: Callable[[T, Envelope], Awaitable[None]]) -> None:
        """Have ``handler(data, envelope)`` called for every event of this type.

        Raises ValueError for a second handler of one type: one line says what happens on an event.
        """
        if not event.event_type:
            raise ValueError(f"{event.__name__} is no event: it names no type")
        handlers = self._options(event.announcer).handlers
        if event.event_type in handlers:
            raise ValueError(f"{self.consumer} handles {event.event_type} already")
        handlers[event.event_type] = handler

    def edge(self, announcer: str, *, prefetch: int = PREFETCH, single_active: bool = False) -> None:
        """Set how the queue of one announcer is consumed.

        prefetch: messages in work at once per replica; single_active: only one replica at a time gets messages.
        """
        options = self._options(announcer)
        options.prefetch = _limited(prefetch)
        options.single_active = single_active

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The edges that have a handler, in the announcers' order."""
        return tuple(
            Edge(self.consumer, announcer, options.handlers, self._prefetch or options.prefetch, options.single_active)
            for announcer in ANNOUNCERS
            if (options := self._edges.get(announcer)) is not None and options.handlers
        )

    def edge_of(self, event_type: str) -> Edge | None:
        """Return the edge that handles this type, or None."""
        return next((edge for edge in self.edges if event_type in edge.handlers), None)

    def _options(self, announcer: str) -> _Options:
        if announcer not in ANNOUNCERS:
            raise ValueError(f"unknown announcer {announcer!r}")
        return self._edges.setdefault(announcer, _Options())


def _limited(prefetch: int) -> int:
    if prefetch < 1:
        raise ValueError("a prefetch below 1 means no limit, and one replica would take the whole queue (rule 1)")
    return prefetch
