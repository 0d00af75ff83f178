"""Metrics of every service, in prometheus_client's default registry; ``/metrics`` serves them. Each answers a question of an operator."""

from typing import Final

from prometheus_client import Counter, Histogram

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
