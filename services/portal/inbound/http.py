"""The HTTP API: parse → read → answer. Everything public needs no token, but a wrong one is refused by every read."""

from enum import Enum
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from services.portal.domain.threesixty import Publisher
from services.portal.inbound.figures_http import add_figures
from services.portal.inbound.filters import SearchDep
from services.portal.inbound.public_http import add_public_lists
from services.portal.inbound.tables import TABLES, as_csv, as_json
from services.portal.inbound.threesixty_http import add_threesixty
from services.portal.inbound.views import AwardList, AwardView, FacetsView, award_view, facets_view
from services.portal.usecases import UseCases
from shared.contracts.ids import DistrictId, FiscalYear, Id
from shared.web.api import OptionalCallerDep, PageDep, page_body
from shared.web.strict import StrictRoute

IdPath = Annotated[Id, Path(description="Id as in the list.")]
Table = Enum("Table", {name: name for name in TABLES}, type=str)  # type: ignore[misc]
CSV: Final = "text/csv; charset=utf-8"


def router(uses: UseCases, publisher: Publisher) -> APIRouter:
    """Return all routes of the service; publisher: the city in 360Giving packages."""
    routes = APIRouter(route_class=StrictRoute)
    _awards(routes, uses)
    add_public_lists(routes, uses)
    add_figures(routes, uses)
    _downloads(routes, uses)
    add_threesixty(routes, uses, publisher)
    return routes


def _awards(routes: APIRouter, uses: UseCases) -> None:
    reading = uses.reading

    @routes.get("/public/awards", tags=["awards"], response_model=AwardList, summary="Search awards (no token needed)")
    async def list_awards(search: SearchDep, page: PageDep, _caller: OptionalCallerDep) -> dict[str, Any]:
        """Newest decision first. Who got what, where, for what, when, how much, and with what result."""
        found = await reading.page("awards", search.filters, q=search.q, cursor=page.cursor, limit=page.limit)
        labels = await reading.labels()
        return page_body(found, lambda row: award_view(row, labels))

    @routes.get("/public/awards/facets", tags=["awards"], summary="Count and add up awards (no token needed)")
    async def award_facets(search: SearchDep, _caller: OptionalCallerDep) -> FacetsView:
        """Of the same filters as the list: totals by currency, and by district, topic, kind, year, programme and status."""
        return facets_view(await reading.facets("awards", search.filters, q=search.q), await reading.labels())

    @routes.get("/public/awards/{id}", tags=["awards"], summary="Read an award (no token needed)")
    async def read_award(id: IdPath, _caller: OptionalCallerDep) -> AwardView:
        return award_view(await reading.one("awards", id), await reading.labels())


def _downloads(routes: APIRouter, uses: UseCases) -> None:
    reading = uses.reading

    @routes.get(
        "/public/downloads/{table}",
        tags=["downloads"],
        summary="Download a list whole (no token needed)",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}, "application/json": {}}}},
    )
    async def download(
        table: Annotated[Table, Path(description="Which list.")],
        _caller: OptionalCallerDep,
        format: Annotated[Literal["csv", "json"], Query(description="csv: UTF-8 with BOM, Persian headers.")] = "csv",
        district: Annotated[DistrictId | None, Query(description="Only of this district.")] = None,
        fiscal_year: Annotated[FiscalYear | None, Query(description="Only of this fiscal year.")] = None,
        topic: Annotated[Id | None, Query(description="Only of this topic.")] = None,
    ) -> StreamingResponse:
        name = str(table.value)
        rows = reading.whole(name, {"district": district, "fiscal_year": fiscal_year, "topic": topic})
        labels = await reading.labels()
        content = as_csv(name, rows, labels) if format == "csv" else as_json(name, rows, labels)
        headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"'}
        return StreamingResponse(content, media_type=CSV if format == "csv" else "application/json", headers=headers)
