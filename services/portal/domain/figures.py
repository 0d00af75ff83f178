"""Figures of a scope – the city or a district – in a fiscal year, made of its rows (HQ-1). Pure; whole numbers only."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from services.portal.domain.facts import Document
from services.portal.domain.fairness import fairness_of
from services.portal.domain.request_row import STATUSES

CREDIT: Final = ("allotted", "available", "held", "reserved", "committed", "pending", "paid")
"""Parts of districts' books, as the books tell them (BUD-2); ``appropriated`` of the city's is beside them."""

ROW_FIELDS: Final = (
    "fiscal_year", "district", "topic", "kind", "organization", "organization_kind", "currency", "status", "outcome", "award",
    "submitted_at", "decided_at", "waited_seconds", "amount_asked", "amount_approved", "amount_reserved", "amount_committed",
    "amount_paid", "amount_refunded", "amount_reported", "people_planned", "result", "report_overdue", "hold", "breaches",
    "spread", "appeal",
)  # fmt: skip
"""What figures need of a request's row."""


def figures_of(
    rows: Sequence[Document], books: Sequence[Document], *, first_awards: Mapping[str, str], obstacles: int
) -> Document:
    """Return all figures of a scope.

    rows: its requests; books: its books, for the city also the districts'; first_awards: organisation → id of the request of its first
    award ever; obstacles: how many obstacles of the scope were not answered in time.
    """
    asked = [row for row in rows if row["status"] is not None]
    currency = _currency(books, asked)
    counted = [row for row in asked if row["currency"] == currency]
    waits = sorted(row["waited_seconds"] for row in asked if row["waited_seconds"] is not None)
    breaches = Counter(clock for row in asked for clock in row["breaches"])
    if obstacles:
        breaches["obstacle_answer"] = obstacles
    results = [row for row in asked if row["result"] is not None]
    return {
        "currency": currency,
        "credit": _credit(books, currency),
        "requests": len(asked),
        "by_status": {status: n for status in STATUSES if (n := sum(row["status"] == status for row in asked))},
        "decided": len(waits),
        "waiting_median_seconds": nearest_rank(waits, 50),
        "waiting_p90_seconds": nearest_rank(waits, 90),
        "breaches": sum(breaches.values()),
        "breaches_by_clock": dict(sorted(breaches.items())),
        "reports_overdue": sum(row["report_overdue"] for row in asked),
        "stalled": sum(row["hold"] == "stalled" for row in asked),
        "exceptions": sum(row["hold"] == "exception" for row in asked),
        "appeals": dict(sorted(Counter(row["appeal"] for row in asked if row.get("appeal")).items())),
        "held": sum(row["result"]["final"] for row in results),
        "held_by_kind": _counted(row["kind"] for row in results if row["result"]["final"]),
        "people_planned": sum(row["people_planned"] or 0 for row in asked if row["amount_committed"]),
        "people_reached": sum(row["result"]["people_reached"] for row in results),
        "indicators_reported": sum(bool(row["result"]["indicator_reached"]) for row in results),
        "amount_reported": sum(row["amount_reported"] for row in counted),
        **fairness_of(asked, counted, first_awards=first_awards),
    }


def nearest_rank(values: Sequence[int], percent: int) -> int | None:
    """Return the smallest of the sorted values that at least ``percent`` of them do not exceed."""
    if not values:
        return None
    return values[max(0, -(-len(values) * percent // 100) - 1)]


def _currency(books: Sequence[Document], rows: Sequence[Document]) -> str | None:
    """The one of the books; programmes are refused in another (SEAMS.md)."""
    found = Counter(one["currency"] for one in (books or rows) if one["currency"])
    return min(found, key=lambda currency: (-found[currency], currency), default=None)


def _credit(books: Sequence[Document], currency: str | None) -> Document:
    balances = [book["balance"] for book in books if book["currency"] == currency and book["balance"] is not None]
    return {part: sum(balance.get(part, 0) for balance in balances) for part in ("appropriated", *CREDIT)}


def _counted(values: Iterable[str | None]) -> dict[str, int]:
    return dict(sorted(Counter(value for value in values if value is not None).items()))
