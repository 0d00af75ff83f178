"""What a replica sees of its queues from look to look, and the number of replicas that follows (shared/replicas.py)."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared import telemetry
from shared.messaging.management import Depth
from shared.messaging.subscriptions import Edge, Subscriptions
from shared.replicas import Load, wanted


@dataclass(frozen=True, slots=True)
class _Seen:
    """Totals at one look. published, handled, seconds: by queue; processor: seconds of this process."""

    at: float
    processor: float
    published: Mapping[str, int]
    handled: Mapping[str, int]
    seconds: Mapping[str, float]


class Loads:
    """Compares the broker's figures and its own with those of the last look. The first look knows no rates yet."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        *,
        now: Callable[[], float] = time.monotonic,
        processor: Callable[[], float] = time.process_time,
        handled: Callable[[str], tuple[int, float]] = telemetry.handled,
    ) -> None:
        """handled: queue → how many events this process has handled so far and in how many seconds together."""
        self._subscriptions = subscriptions
        self._now, self._processor, self._handled = now, processor, handled
        self._last: _Seen | None = None
        self._handling: dict[str, float] = {}

    def look(self, depths: Mapping[str, Depth]) -> None:
        """Set the figure ``sama_replicas_wanted``."""
        seen = self._see(depths)
        last, self._last = self._last or seen, seen
        elapsed = seen.at - last.at
        loads = [self._load(edge, depths[edge.queue], last, seen) for edge in self._edges(depths)]
        running = max((depths[edge.queue].consumers for edge in self._edges(depths)), default=1)
        used = (seen.processor - last.processor) / elapsed if elapsed > 0 else 0.0
        number = wanted(loads, running=running, processor=min(used, 1.0))
        telemetry.REPLICAS_WANTED.labels(self._subscriptions.consumer).set(number)

    def _edges(self, depths: Mapping[str, Depth]) -> list[Edge]:
        return [edge for edge in self._subscriptions.edges if edge.queue in depths]

    def _see(self, depths: Mapping[str, Depth]) -> _Seen:
        totals = {edge.queue: self._handled(edge.queue) for edge in self._subscriptions.edges}
        return _Seen(
            at=self._now(),
            processor=self._processor(),
            published={queue: depth.published for queue, depth in depths.items()},
            handled={queue: number for queue, (number, _) in totals.items()},
            seconds={queue: seconds for queue, (_, seconds) in totals.items()},
        )

    def _load(self, edge: Edge, depth: Depth, last: _Seen, seen: _Seen) -> Load:
        queue, elapsed = edge.queue, seen.at - last.at
        if handled := seen.handled[queue] - last.handled[queue]:
            self._handling[queue] = (seen.seconds[queue] - last.seconds[queue]) / handled
        # The broker counts from its own start, so after a restart of it there is less than before.
        arrived = max(0, seen.published.get(queue, 0) - last.published.get(queue, 0))
        return Load(
            waiting=depth.ready,
            arrivals_per_second=arrived / elapsed if elapsed > 0 else 0.0,
            handling_seconds=self._handling.get(queue, 0.0),
            at_once=edge.prefetch,
            single_active=edge.single_active,
        )
