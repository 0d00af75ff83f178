"""What webhooks shows of its deliveries, for Prometheus. Deliveries are counted by each replica; the rest is read with ``max``."""

from typing import Final

from prometheus_client import Gauge, Histogram

SECONDS: Final = Histogram(
    "sama_webhook_seconds",
    "Time until a webhook's address answered, by outcome (delivered, refused, failed): do events reach outsiders?",
    ("outcome",),
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),  # it is given up at ten seconds
)
SUBSCRIPTIONS: Final = Gauge(
    "sama_webhook_subscriptions", "Webhooks by status (pending, active, paused, dead): was one given up?", ("status",)
)
EVENTS_WAITING: Final = Gauge(
    "sama_webhook_events_waiting",
    "Public events after the last one done with, of the active webhook that has most: is one far behind?",
)
FAILING: Final = Gauge(
    "sama_webhook_failing_seconds",
    "For how long the webhook that fails longest has failed; 0: none: is one about to be given up?",
)
