"""The filters of the public lists, as query parameters."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import Depends, Query

from services.portal.domain.request_row import Status
from shared.contracts.ids import DistrictId, FiscalYear, Id
from shared.contracts.requests import RequestKind
from shared.contracts.support import SupportForm


@dataclass(frozen=True, slots=True)
class Search:
    """What narrows a list of requests."""

    q: str | None
    filters: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class _Filters:
    district: str | None
    topic: str | None
    kind: str | None
    fiscal_year: str | None
    programme: str | None
    organization: str | None
    organization_kind: str | None
    status: str | None
    support: str | None


async def _search(
    q: Annotated[
        str | None,
        Query(max_length=200, description="Words of title, organisation, place or indicator, in any spelling."),
    ] = None,
    district: Annotated[DistrictId | None, Query(description="Only of this district.")] = None,
    topic: Annotated[Id | None, Query(description="Only of this topic.")] = None,
    kind: Annotated[RequestKind | None, Query(description="Only of this kind.")] = None,
    fiscal_year: Annotated[FiscalYear | None, Query(description="Only of this fiscal year.")] = None,
    programme: Annotated[Id | None, Query(description="Only of this programme.")] = None,
    organization: Annotated[Id | None, Query(description="Only of this organisation.")] = None,
    organization_kind: Annotated[Id | None, Query(description="Only of organisations of this kind.")] = None,
    status: Annotated[Status | None, Query(description="Only with this status.")] = None,
    support: Annotated[SupportForm | None, Query(description="Only in this form of support.")] = None,
) -> Search:
    filters = _Filters(district, topic, kind, fiscal_year, programme, organization, organization_kind, status, support)
    return Search(q, asdict(filters))


SearchDep = Annotated[Search, Depends(_search)]
