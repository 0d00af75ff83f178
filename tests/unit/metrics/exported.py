"""Which series the services export, with their labels and what some of these may be: from the figures themselves."""

from typing import Final, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.metrics import MetricWrapperBase

from services.budget.domain.book import CITY_PARTS, DISTRICT_PARTS
from services.budget.outbound import figures as budget
from services.registry.outbound import figures as registry
from services.requests.domain.statuses import STATUSES
from services.requests.outbound import figures as requests
from services.review.outbound import figures as review
from services.webhooks import figures as webhooks
from shared import telemetry
from shared.contracts.registry import OrganizationStatus
from shared.web.texts import TEXTS

FIGURES: Final = tuple(
    figure
    for module in (telemetry, registry, requests, review, budget, webhooks)
    for figure in vars(module).values()
    if isinstance(figure, MetricWrapperBase)
)
OF_EACH_REPLICA: Final = frozenset({"sama_ready", "sama_build_info", "sama_book_heads_published_timestamp_seconds"})
"""Gauges that every replica sets for itself; all others show what all replicas see alike."""

VALUES: Final = {
    ("sama_organizations", "status"): frozenset(get_args(OrganizationStatus)),
    ("sama_oldest_organization_seconds", "status"): frozenset(registry.WAITING),
    ("sama_requests", "status"): frozenset(STATUSES),
    ("sama_cases", "status"): frozenset(review.SHOWN),
    ("sama_oldest_case_seconds", "status"): frozenset(review.SHOWN) - {"stalled", "excepted"},
    ("sama_city_money", "part"): frozenset({"appropriated", *CITY_PARTS}),
    ("sama_district_money", "part"): frozenset({"allotted", *DISTRICT_PARTS}),
    ("sama_database_errors_total", "kind"): frozenset({"away", "refused"}),
    ("sama_refusals_total", "code"): frozenset(TEXTS),
    ("sama_http_seconds_count", "status"): frozenset({"2xx", "3xx", "4xx", "5xx"}),
}
"""What a label may be where a rule names it: a misspelt one would be an alert that never fires."""


def name_of(figure: MetricWrapperBase) -> str:
    """Return the name of a figure's family."""
    (family,) = figure.describe()
    return str(family.name)


ALIKE: Final = frozenset(name_of(f) for f in FIGURES if isinstance(f, Gauge)) - OF_EACH_REPLICA


def series() -> dict[str, frozenset[str]]:
    """Return the labels of every series that a service exports, by its name; without those that Prometheus adds."""
    found: dict[str, frozenset[str]] = {}
    for figure in FIGURES:
        name, labels = name_of(figure), frozenset(figure._labelnames)
        if isinstance(figure, Histogram):
            found |= {f"{name}_bucket": labels | {"le"}, f"{name}_count": labels, f"{name}_sum": labels}
        else:
            found[f"{name}_total" if isinstance(figure, Counter) else name] = labels
    process = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=process)
    return found | {sample.name: frozenset() for family in process.collect() for sample in family.samples}
