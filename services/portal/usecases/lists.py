"""The lists that anybody may read (PUB-1): which rows, in which order, narrowed by what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.portal.domain.request_row import amount_fields
from services.portal.usecases.ports import Order


@dataclass(frozen=True, slots=True)
class PublicList:
    """A list. shows: what every row of it matches; order: without ``_id``; filters: query → field; facets: fields to count by."""

    collection: str
    shows: Mapping[str, Any]
    order: Order
    filters: Mapping[str, str] = field(default_factory=dict)
    facets: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()


_OF_REQUESTS: Final = {
    name: name
    for name in (
        "district",
        "topic",
        "kind",
        "fiscal_year",
        "programme",
        "organization",
        "organization_kind",
        "status",
    )
}
_FACETS: Final = ("district", "topic", "kind", "fiscal_year", "programme", "organization_kind", "status")

AWARDS: Final = PublicList("requests", {"award": True}, (("decided_at", -1),), _OF_REQUESTS, _FACETS, amount_fields())
LISTS: Final[Mapping[str, PublicList]] = {"awards": AWARDS}
"""Every list by its name, which is also its path."""
