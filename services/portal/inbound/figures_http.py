"""The HTTP API of figures: headquarters and the offices by role, the public's part for everybody. Each with its definition."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from services.portal.domain.definitions import FIGURES, TABLES, Definition, Unit
from services.portal.domain.request_row import Status
from services.portal.inbound.views import names_of
from services.portal.usecases import UseCases
from services.portal.usecases.reading import Labels
from shared.contracts.base import Names
from shared.contracts.ids import DistrictId, FiscalYear
from shared.storage.ports import Document
from shared.web.api import CallerDep, OptionalCallerDep, PageDep, page_body

OwnerPath = Annotated[
    str, Path(pattern=r"^(city|district:[a-z0-9-]{1,40})$", description="``city`` or ``district:<id>``.")
]
YearPath = Annotated[FiscalYear, Path(description="Fiscal year.")]
Year = Annotated[FiscalYear | None, Query(description="Only of this fiscal year.")]
What = Literal["exceptions", "stalled", "overdue-reports", "breaches", "appeals"]


class FigureView(BaseModel):
    """One figure with what it means. value: none where nothing can be said, e.g. a median of nothing."""

    figure: str
    unit: Unit
    value: int | None
    definition: Names


class TableView(BaseModel):
    """A figure that is a table; its rows hold the values of one district, topic, status …"""

    table: str
    unit: Unit
    rows: list[dict[str, Any]]
    definition: Names


class FiguresView(BaseModel):
    """All figures of a scope in a fiscal year."""

    id: str
    district: str | None
    district_names: Names | None
    fiscal_year: str
    currency: str | None = Field(description="Of every amount among the figures.")
    figures: list[FigureView]
    tables: list[TableView]


class FiguresList(BaseModel):
    """One page of figures by scope."""

    items: list[FiguresView]
    next: str | None
    total: int


class WaitingRequest(BaseModel):
    """A request that waits for somebody: the row behind a figure."""

    id: str
    organization: str
    organization_name: str | None
    title: str | None
    district: str
    topic: str | None
    fiscal_year: str
    status: Status
    submitted_at: str | None
    hold_reason: str | None
    hold_since: str | None
    report_overdue: bool
    breaches: list[str]
    appeal: str | None


class WaitingList(BaseModel):
    """One page of requests behind a figure."""

    items: list[WaitingRequest]
    next: str | None
    total: int


def add_figures(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes of figures."""
    _inside(routes, uses)
    _public(routes, uses)


def _inside(routes: APIRouter, uses: UseCases) -> None:
    figures, reading = uses.figures, uses.reading

    @routes.get("/figures", tags=["figures"], response_model=FiguresList, summary="List figures by scope (offices)")
    async def list_figures(page: PageDep, caller: CallerDep, fiscal_year: Year = None) -> dict[str, Any]:
        """HQ, city office and auditor see the city and all districts; a district's staff their district."""
        found = await figures.page(fiscal_year, caller, cursor=page.cursor, limit=page.limit)
        labels = await reading.labels()
        return page_body(found, lambda row: figures_view(row, labels))

    @routes.get("/figures/{owner}/{fiscal_year}", tags=["figures"], summary="Read the figures of a scope (offices)")
    async def read_figures(owner: OwnerPath, fiscal_year: YearPath, caller: CallerDep) -> FiguresView:
        found = await figures.get(owner, fiscal_year, caller)
        return figures_view(found, await reading.labels())

    @routes.get(
        "/attention/{what}",
        tags=["figures"],
        response_model=WaitingList,
        summary="List the requests behind a figure (offices)",
    )
    async def list_waiting(
        what: Annotated[What, Path(description="Which.")],
        page: PageDep,
        caller: CallerDep,
        district: Annotated[DistrictId | None, Query(description="Only of this district.")] = None,
    ) -> dict[str, Any]:
        """Exceptions and stalled cases (REV-7), overdue reports (REQ-10), clocks that ran out (REQ-14), appeals without
        an answer (REQ-13); oldest first.
        """
        found = await figures.waiting(what, district, caller, cursor=page.cursor, limit=page.limit)
        return page_body(found, lambda row: {"id": row["_id"], **_fields(WaitingRequest, row)})


def _public(routes: APIRouter, uses: UseCases) -> None:
    figures, reading = uses.figures, uses.reading

    @routes.get(
        "/public/figures", tags=["public figures"], response_model=FiguresList, summary="List figures (no token needed)"
    )
    async def list_public(page: PageDep, _caller: OptionalCallerDep, fiscal_year: Year = None) -> dict[str, Any]:
        found = await figures.page(fiscal_year, None, cursor=page.cursor, limit=page.limit)
        labels = await reading.labels()
        return page_body(found, lambda row: figures_view(row, labels, public=True))

    @routes.get(
        "/public/figures/{owner}/{fiscal_year}",
        tags=["public figures"],
        summary="Read the figures of the city or a district (no token needed)",
    )
    async def read_public(owner: OwnerPath, fiscal_year: YearPath, _caller: OptionalCallerDep) -> FiguresView:
        return figures_view(await figures.get(owner, fiscal_year, None), await reading.labels(), public=True)


def figures_view(row: Document, labels: Labels, *, public: bool = False) -> FiguresView:
    """Return figures with their definitions; public: only those that everybody may see."""
    return FiguresView(
        id=row["_id"],
        district=row["district"],
        district_names=names_of(labels, row)["district_names"],
        fiscal_year=row["fiscal_year"],
        currency=row["currency"],
        figures=[
            FigureView(figure=one.name, unit=one.unit, value=_value(row, one.name), definition=_names(one))
            for one in FIGURES
            if one.public or not public
        ],
        tables=[
            TableView(
                table=one.name, unit=one.unit, rows=_rows(_value(row, one.name), one, labels), definition=_names(one)
            )
            for one in TABLES
            if one.public or not public
        ],
    )


def _value(row: Document, path: str) -> Any:
    value: Any = row
    for step in path.split("."):
        value = value[step]
    return value


def _rows(value: Any, of: Definition, labels: Labels) -> Sequence[dict[str, Any]]:
    rows = value if isinstance(value, list) else [{"value": key, "count": count} for key, count in value.items()]
    names: Mapping[str, Any] = {"rates.district": labels.districts, "rates.topic": labels.topics}.get(of.name, {})
    return [{**row, "names": names[row["value"]]} if row.get("value") in names else dict(row) for row in rows]


def _names(of: Definition) -> Names:
    return Names(fa=of.fa, en=of.en)


def _fields(model: type[BaseModel], row: Document) -> dict[str, Any]:
    return {name: row.get(name) for name in model.model_fields.keys() - {"id"}}
