"""The HTTP API of the other public lists (PUB-1). No token is needed, but a wrong one is refused by every read."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from services.portal.inbound.public_views import (
    BookEntry,
    BookList,
    CalendarEntry,
    CalendarList,
    MeetingEntry,
    MeetingList,
    OrganizationEntry,
    OrganizationList,
    OrganizationPage,
    PriorityEntry,
    PriorityList,
    ProgrammeEntry,
    ProgrammeList,
    RefusalList,
    RefusalView,
    RuleSetEntry,
    RuleSetList,
    entry_of,
)
from services.portal.inbound.views import FacetsView, facets_view
from services.portal.usecases import UseCases
from services.portal.usecases.reading import Filters
from shared.contracts.envelope import instant
from shared.contracts.ids import DistrictId, FiscalYear, Id
from shared.contracts.requests import RequestKind
from shared.storage.ports import Where
from shared.web.api import OptionalCallerDep, PageDep, PageQuery, page_body

District = Annotated[DistrictId | None, Query(description="Only of this district.")]
Topic = Annotated[Id | None, Query(description="Only of this topic.")]
Kind = Annotated[RequestKind | None, Query(description="Only of this kind.")]
Year = Annotated[FiscalYear | None, Query(description="Only of this fiscal year.")]
Programme = Annotated[Id | None, Query(description="Only of this programme.")]
Words = Annotated[str | None, Query(max_length=200, description="Words of a name or title, in any spelling.")]
IdPath = Annotated[Id, Path(description="Id as in the list.")]


class _Lists:
    """Answers a page of a list."""

    def __init__(self, uses: UseCases) -> None:
        self.reading = uses.reading

    async def page(
        self,
        name: str,
        model: Any,
        page: PageQuery,
        filters: Filters,
        q: str | None = None,
        between: Where | None = None,
    ) -> dict[str, Any]:
        found = await self.reading.page(name, filters, q=q, between=between, cursor=page.cursor, limit=page.limit)
        labels = await self.reading.labels()
        return page_body(found, lambda row: entry_of(model, row, labels))


def add_public_lists(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes of all public lists but awards."""
    lists = _Lists(uses)
    _refusals(routes, lists)
    _calendar(routes, lists)
    _organizations(routes, lists)
    _money(routes, lists)
    _rules(routes, lists)


def _refusals(routes: APIRouter, lists: _Lists) -> None:
    @routes.get(
        "/public/refusals", tags=["refusals"], response_model=RefusalList, summary="List refusals (no token needed)"
    )
    async def list_refusals(
        page: PageDep,
        _caller: OptionalCallerDep,
        district: District = None,
        topic: Topic = None,
        kind: Kind = None,
        fiscal_year: Year = None,
        programme: Programme = None,
    ) -> dict[str, Any]:
        """What was refused and why, by topic and district; newest decision first. Not whose it was."""
        narrowed = {"district": district, "topic": topic, "kind": kind, "fiscal_year": fiscal_year}
        return await lists.page("refusals", RefusalView, page, {**narrowed, "programme": programme})

    @routes.get("/public/refusals/facets", tags=["refusals"], summary="Count refusals (no token needed)")
    async def refusal_facets(
        _caller: OptionalCallerDep,
        district: District = None,
        topic: Topic = None,
        kind: Kind = None,
        fiscal_year: Year = None,
        programme: Programme = None,
    ) -> FacetsView:
        narrowed = {"district": district, "topic": topic, "kind": kind, "fiscal_year": fiscal_year}
        found = await lists.reading.facets("refusals", {**narrowed, "programme": programme}, q=None)
        return facets_view(found, await lists.reading.labels())


def _calendar(routes: APIRouter, lists: _Lists) -> None:
    @routes.get(
        "/public/calendar",
        tags=["calendar"],
        response_model=CalendarList,
        summary="List what takes place, by its first day (no token needed)",
    )
    async def list_calendar(
        page: PageDep,
        _caller: OptionalCallerDep,
        q: Words = None,
        district: District = None,
        topic: Topic = None,
        kind: Kind = None,
        programme: Programme = None,
        organization: Annotated[Id | None, Query(description="Only of this organisation.")] = None,
        since: Annotated[AwareDatetime | None, Query(alias="from", description="Begins then or later.")] = None,
        until: Annotated[AwareDatetime | None, Query(description="Begins before then.")] = None,
    ) -> dict[str, Any]:
        starts = {
            operator: instant(at) for operator, at in (("$gte", since), ("$lt", until)) if at is not None
        }  # text of one form: it compares as time does
        narrowed = {"district": district, "topic": topic, "kind": kind, "programme": programme}
        return await lists.page(
            "calendar",
            CalendarEntry,
            page,
            {**narrowed, "organization": organization},
            q,
            {"starts_on": starts} if starts else None,
        )

    @routes.get(
        "/public/meetings", tags=["calendar"], response_model=MeetingList, summary="List meetings (no token needed)"
    )
    async def list_meetings(
        page: PageDep,
        _caller: OptionalCallerDep,
        district: District = None,
        status: Annotated[Id | None, Query(description="called, adopted or cancelled.")] = None,
    ) -> dict[str, Any]:
        return await lists.page("meetings", MeetingEntry, page, {"district": district, "status": status})


def _organizations(routes: APIRouter, lists: _Lists) -> None:
    @routes.get(
        "/public/organizations",
        tags=["organizations"],
        response_model=OrganizationList,
        summary="Search approved organisations (no token needed)",
    )
    async def list_organizations(
        page: PageDep,
        _caller: OptionalCallerDep,
        q: Words = None,
        district: District = None,
        kind: Annotated[Id | None, Query(description="Only of this kind.")] = None,
    ) -> dict[str, Any]:
        return await lists.page("organizations", OrganizationEntry, page, {"district": district, "kind": kind}, q)

    @routes.get(
        "/public/organizations/{id}",
        tags=["organizations"],
        response_model=OrganizationPage,
        summary="Read an organisation and the sums of its awards (no token needed)",
    )
    async def read_organization(id: IdPath, _caller: OptionalCallerDep) -> dict[str, Any]:
        row, labels = await lists.reading.one("organizations", id), await lists.reading.labels()
        awards = await lists.reading.facets("awards", {"organization": id}, q=None)
        return {**entry_of(OrganizationEntry, row, labels), "awards": facets_view(awards, labels).totals}


def _money(routes: APIRouter, lists: _Lists) -> None:
    @routes.get("/public/books", tags=["books"], response_model=BookList, summary="List books (no token needed)")
    async def list_books(
        page: PageDep, _caller: OptionalCallerDep, district: District = None, fiscal_year: Year = None
    ) -> dict[str, Any]:
        """Newest fiscal year first. Allotted, available, reserved, committed and paid are parts of their own (BUD-2)."""
        return await lists.page("books", BookEntry, page, {"district": district, "fiscal_year": fiscal_year})


def _rules(routes: APIRouter, lists: _Lists) -> None:
    @routes.get(
        "/public/programmes",
        tags=["programmes"],
        response_model=ProgrammeList,
        summary="Search programmes and calls (no token needed)",
    )
    async def list_programmes(
        page: PageDep,
        _caller: OptionalCallerDep,
        q: Words = None,
        district: District = None,
        topic: Topic = None,
        fiscal_year: Year = None,
        kind: Annotated[Id | None, Query(description="rolling or dated.")] = None,
        status: Annotated[Id | None, Query(description="open or closed.")] = None,
    ) -> dict[str, Any]:
        narrowed = {"district": district, "topic": topic, "fiscal_year": fiscal_year, "kind": kind, "status": status}
        return await lists.page("programmes", ProgrammeEntry, page, narrowed, q)

    @routes.get(
        "/public/priorities",
        tags=["programmes"],
        response_model=PriorityList,
        summary="List the priority lists in force (no token needed)",
    )
    async def list_priorities(page: PageDep, _caller: OptionalCallerDep, district: District = None) -> dict[str, Any]:
        return await lists.page("priorities", PriorityEntry, page, {"district": district})

    @routes.get(
        "/public/rule-sets",
        tags=["programmes"],
        response_model=RuleSetList,
        summary="List rule sets in all versions (no token needed)",
    )
    async def list_rule_sets(
        page: PageDep,
        _caller: OptionalCallerDep,
        rule_set: Annotated[Id | None, Query(description="Only this rule set.")] = None,
    ) -> dict[str, Any]:
        return await lists.page("rule_sets", RuleSetEntry, page, {"rule_set": rule_set})
