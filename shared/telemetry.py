"""Metrics of every service, in prometheus_client's default registry; ``/metrics`` serves them. Each answers a question of an operator.

Labels have few values, known from the code: services, queues, event types, collections, route templates, codes – never an id, but for the
districts of a city (docs/decisions/0031-districts-as-labels.md). Every replica exports its own; what all replicas see alike (queues,
outboxes, books) is read with ``max``, what each one counts with ``sum``. What one service alone knows is in its outbound/figures.py.
"""

import platform
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, Metric

from shared import VERSION

HANDLER_SECONDS: Final = Histogram(
    "sama_handler_seconds",
    "Time from taking an event to its end, by queue and event type: which consumer is the slow one?",
    ("queue", "event"),
    buckets=(
        0.005,
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
        30,
    ),  # a hop takes milliseconds; 30 s is an outage
)
HANDLER_RETRIES: Final = Counter(
    "sama_handler_retries_total",
    "Events tried again because a dependency was away, by queue: is a dependency unsteady?",
    ("queue",),
)
DEAD_LETTERS: Final = Counter(
    "sama_dead_letters_total",
    "Events put aside in a dead-letter queue, by queue and class of error: does somebody have to look?",
    ("queue", "error"),
)
PUBLISHED: Final = Counter("sama_published_total", "Events that the broker confirmed: does announcing flow?")
PUBLISH_FAILURES: Final = Counter(
    "sama_publish_failures_total",
    "Batches of events that the broker did not confirm; they stay in their outboxes: is the broker away?",
)
TOPOLOGY_REPAIRS: Final = Counter(
    "sama_topology_repairs_total",
    "Times a queue or binding was missing and made again, by consumer: who deletes things on the broker?",
    ("consumer",),
)
REPLAYED: Final = Counter(
    "sama_replayed_total",
    "Events handled again from the archive after a repair, by consumer: how much did the repair bring back?",
    ("consumer",),
)
HTTP_SECONDS: Final = Histogram(
    "sama_http_seconds",
    "Time of a call, by method, route and class of status: what do people wait for, and which calls fail?",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),  # a command takes tens of milliseconds
)
REFUSALS: Final = Counter(
    "sama_refusals_total",
    "Calls that were refused, by service and code: which rule do people run into?",
    ("service", "code"),
)
LOST_RACES: Final = Counter(
    "sama_lost_races_total",
    "Decisions that another writer was faster than and that were made again, by collection: do writers get in each other's way?",
    ("collection",),
)
JOURNAL_CONFLICTS: Final = Counter(
    "sama_journal_conflicts_total",
    "Batches of entries whose place another writer took, by kind of book: do two replicas write the same books?",
    ("book",),
)
DATABASE_ERRORS: Final = Counter(
    "sama_database_errors_total",
    "Operations that the database did not answer (away) or would not do (refused): is the database well?",
    ("kind",),
)
TIMER_RUNS: Final = Counter(
    "sama_timer_runs_total", "Looks at what is due that went well, by timer: does time still pass here?", ("timer",)
)
TIMER_FAILURES: Final = Counter(
    "sama_timer_failures_total", "Looks at what is due that failed, by timer: do deadlines stand still?", ("timer",)
)
STANDING_LAG: Final = Histogram(
    "sama_standing_lag_seconds",
    "Time from a standing's change to its being applied, by queue: how long may a suspended organisation still be treated as approved?",
    ("queue",),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
QUEUE_READY: Final = Gauge(
    "sama_queue_ready", "Events that wait in a queue of this service: does it keep up?", ("queue",)
)
QUEUE_UNACKED: Final = Gauge(
    "sama_queue_unacked", "Events that consumers of a queue have in hand: is somebody stuck on one?", ("queue",)
)
QUEUE_CONSUMERS: Final = Gauge(
    "sama_queue_consumers", "Consumers of a queue of this service: is anybody reading?", ("queue",)
)
REPLICAS_WANTED: Final = Gauge(
    "sama_replicas_wanted",
    "Replicas of the service with which its queues would be empty within a minute and no replica busier than 70 %: are there enough?",
    ("service",),
)
DEAD_LETTERS_WAITING: Final = Gauge(
    "sama_dead_letters_waiting", "Events that lie in a dead-letter queue, by the queue they were in: is it still to be looked at?",
    ("queue",),
)  # fmt: skip
OLDEST_UNSENT: Final = Gauge(
    "sama_oldest_unsent_seconds",
    "Age of the oldest event that is saved and not announced, by collection; 0: none: does announcing stand still?",
    ("collection",),
)
OUTBOXES_WAITING: Final = Gauge(
    "sama_outboxes_waiting",
    "Aggregates (of entries: entries in this replica's hands) with something to announce, by collection: how much is there to catch up?",
    ("collection",),
)
BOOK_HEAD_UNPUBLISHED: Final = Gauge(
    "sama_book_head_unpublished_seconds",
    "Age of the oldest announced entry that no published head covers; 0: none: since when could a rewritten ledger go unnoticed?",
)
BOOK_HEADS_PUBLISHED: Final = Gauge(
    "sama_book_heads_published_timestamp_seconds",
    "When this replica last published a book's head (Unix time; 0: not since its start): are heads published at all?",
)
READY: Final = Gauge(
    "sama_ready",
    "1 while /health/ready says ready, looked at like the queues; 0: it says why not: can this replica work?",
    ("service",),
)
BUILD: Final = Gauge(
    "sama_build_info",
    "Always 1; labels say what runs: which version is this replica?",
    ("service", "version", "python"),
)


class _OfCity(CollectorRegistry):
    """The default registry's figures, each with the label ``city``."""

    def __init__(self, city: str) -> None:
        super().__init__()
        self._city = city

    def collect(self) -> Iterator[Metric]:
        for family in REGISTRY.collect():
            family.samples = [
                sample._replace(labels={**sample.labels, "city": self._city}) for sample in family.samples
            ]
            yield family


def exported(city: str | None) -> CollectorRegistry:
    """Return what ``/metrics`` shows: with the label ``city`` where a process serves one of several."""
    return _OfCity(city) if city else REGISTRY


def started(service: str) -> None:
    """Say what runs here."""
    BUILD.clear()
    BUILD.labels(service, VERSION, platform.python_version()).set(1)


def handled(queue: str) -> tuple[int, float]:
    """Return how many events of a queue this process has handled so far, and in how many seconds together."""
    number, seconds = 0.0, 0.0
    for family in HANDLER_SECONDS.collect():
        for sample in family.samples:
            if sample.labels.get("queue") == queue:
                number += sample.value if sample.name.endswith("_count") else 0.0
                seconds += sample.value if sample.name.endswith("_sum") else 0.0
    return int(number), seconds


class Age:
    """An age that goes on between two looks: also while the database is away, when it matters most."""

    def __init__(self, gauge: Gauge, now: Callable[[], float] = time.time) -> None:
        self._since: datetime | None = None
        self._now = now
        gauge.set_function(self._seconds)

    def look(self, since: datetime | None) -> None:
        """Take note of since when something waits; None: nothing does."""
        self._since = since

    def _seconds(self) -> float:
        return 0.0 if self._since is None else max(0.0, self._now() - self._since.timestamp())


class Values:
    """A gauge by labels that is set as a whole: what is no longer there becomes 0 and does not stay what it was."""

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._known: set[tuple[str, ...]] = set()

    def look(self, values: Mapping[tuple[str, ...], float]) -> None:
        """Take note of the values by labels, in the gauge's order."""
        self._known |= values.keys()
        for labels in self._known:
            self._gauge.labels(*labels).set(values.get(labels, 0))


class Ages:
    """Ages by labels, each as an ``Age``."""

    def __init__(self, gauge: Gauge, now: Callable[[], float] = time.time) -> None:
        self._gauge = gauge
        self._now = now
        self._ages: dict[tuple[str, ...], Age] = {}

    def look(self, since: Mapping[tuple[str, ...], datetime | None]) -> None:
        """Take note of since when something waits, by labels in the gauge's order; where nothing is named, nothing waits."""
        for labels in since.keys() | self._ages.keys():
            if labels not in self._ages:
                self._ages[labels] = Age(self._gauge.labels(*labels), self._now)
            self._ages[labels].look(since.get(labels))
