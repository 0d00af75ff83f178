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


_OF_AWARDS: Final = (
    "district", "topic", "kind", "fiscal_year", "programme", "organization", "organization_kind", "status", "support",
)  # fmt: skip
_OF_REFUSALS: Final = ("district", "topic", "kind", "fiscal_year", "programme")
"""A refusal does not say whose it was, so it is neither found nor counted by anything of the organisation (PUB-1)."""


def _same(*names: str) -> Mapping[str, str]:
    return {name: name for name in names}


LISTS: Final[Mapping[str, PublicList]] = {
    "awards": PublicList(
        "requests",
        {"award": True},
        (("decided_at", -1),),
        _same(*_OF_AWARDS),
        ("district", "topic", "kind", "fiscal_year", "programme", "organization_kind", "status", "support"),
        amount_fields(),
    ),
    "refusals": PublicList(
        "requests",
        {"refusal": True},
        (("decided_at", -1),),
        _same(*_OF_REFUSALS),
        _OF_REFUSALS,
        amount_fields(),
    ),
    "calendar": PublicList(
        "requests",
        {"in_calendar": True},
        (("starts_on", 1),),
        _same("district", "topic", "kind", "programme", "organization"),
    ),
    "organizations": PublicList(
        "organizations",
        {"public": True},
        (("name", 1),),
        {"district": "districts", "kind": "kind"},
    ),
    "books": PublicList("books", {}, (("fiscal_year", -1),), _same("district", "fiscal_year")),
    "meetings": PublicList("meetings", {}, (("starts_at", -1),), _same("district", "status")),
    "programmes": PublicList(
        "programmes",
        {"public": True},
        (("opens", -1),),
        {"district": "districts", "topic": "topics", **_same("fiscal_year", "kind", "status")},
    ),
    "priorities": PublicList("priority_lists", {}, (("adopted_at", -1),), _same("district")),
    "rule_sets": PublicList("rule_sets", {}, (("adopted_at", -1),), _same("rule_set")),
}
"""Every list by its name."""
