"""How field visits are kept and what of them is announced (REV-13)."""

from collections.abc import Sequence
from typing import Any, Final, get_args

from services.review.domain import visit as visits
from shared.contracts import visits as contract
from shared.contracts.base import EventData
from shared.storage.indexes import Index
from shared.storage.ports import AggregateKind

PICTURES: Final = "visit_pictures"
"""Bucket of the contents of pictures."""


def announce_visit(state: visits.Visit, event: visits.VisitEvent) -> Sequence[EventData]:
    """Announced is that it is planned, cancelled or reported: no person, no finding, no picture."""
    facts: dict[str, Any] = {
        "visit": state.id,
        "case": state.case,
        "request": state.request,
        "district": state.district,
        "phase": state.phase,
    }
    if isinstance(event, visits.VisitPlanned):
        return [contract.VisitPlanned(**facts, starts_at=state.starts_at, visitors=len(state.visitors))]
    if isinstance(event, visits.VisitCancelled):
        return [contract.VisitCancelled(**facts)]
    if isinstance(event, visits.VisitReported):
        went, pictures = len(event.report.visitors), len(state.shown)
        return [contract.VisitReported(**facts, date=event.report.date, visitors=went, pictures=pictures)]
    return []


VISITS: Final = AggregateKind(
    noun="visit",
    collection="visits",
    state=visits.Visit,
    events=get_args(visits.VisitEvent),
    evolve=visits.evolve,
    announce=announce_visit,
)

VISIT_ORDER: Final = (("starts_at", -1), ("_id", 1))

VISIT_INDEXES: Final[tuple[Index, ...]] = (
    Index(VISITS.collection, VISIT_ORDER),
    Index(VISITS.collection, (("case", 1), *VISIT_ORDER)),
    Index(VISITS.collection, (("district", 1), *VISIT_ORDER)),
    Index(VISITS.collection, (("status", 1), *VISIT_ORDER)),
    Index(VISITS.collection, (("phase", 1), *VISIT_ORDER)),
    Index(VISITS.collection, (("visitors.subject", 1), *VISIT_ORDER)),
)
