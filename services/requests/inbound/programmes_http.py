"""The HTTP API of programmes (REQ-1)."""

from enum import Enum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response

from services.requests.domain.programme import ProgrammeKind, ProgrammeStatus
from services.requests.inbound.programme_forms import (
    ProgrammeBody,
    ProgrammeList,
    ProgrammeView,
    VersionView,
    programme_view,
    version_view,
)
from services.requests.usecases import UseCases
from services.requests.usecases.programmes import Filters
from shared.contracts.ids import DistrictId, FiscalYear, Id
from shared.contracts.support import SupportForm
from shared.web.api import (
    CallerDep,
    CauseDep,
    CommandDep,
    OptionalCallerDep,
    PageDep,
    Receipt,
    RequiredVersionDep,
    VersionDep,
    changed,
    created,
    page_body,
    with_version,
)

IdPath = Annotated[Id, Path(description="Id as returned at creation.")]
Answer = dict[str, Any]

PROGRAMMES: Final[list[str | Enum]] = ["programmes"]


def programme_routes(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes of programmes."""
    _change_routes(routes, uses)
    _read_routes(routes, uses)


def _change_routes(routes: APIRouter, uses: UseCases) -> None:
    programmes = uses.programmes
    tags = PROGRAMMES

    @routes.post(
        "/programmes", status_code=201, response_model=Receipt, tags=tags, summary="Draft a programme (city office)"
    )
    async def draft_programme(
        body: ProgrammeBody, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep
    ) -> Answer:
        stored = await programmes.draft(body.terms(), caller=caller, command=command, cause=cause)
        return created(response, f"/programmes/{stored.id}", stored)

    @routes.put(
        "/programmes/{id}", response_model=Receipt, tags=tags, summary="Replace a draft programme (city office)"
    )
    async def revise_programme(
        id: IdPath,
        body: ProgrammeBody,
        response: Response,
        caller: CallerDep,
        cause: CauseDep,
        version: RequiredVersionDep,
    ) -> Answer:
        stored = await programmes.revise(id, body.terms(), caller=caller, cause=cause, expected_version=version)
        return changed(response, stored)

    @routes.post("/programmes/{id}/open", response_model=Receipt, tags=tags, summary="Freeze and open it (city office)")
    async def open_programme(
        id: IdPath, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep, version: VersionDep
    ) -> Answer:
        """Refused with 409 ``programme_not_ready`` until rule set, districts and books are known here; ``errors`` names them."""
        stored = await programmes.open(id, caller=caller, command=command, cause=cause, expected_version=version)
        return changed(response, stored)

    @routes.post(
        "/programmes/{id}/close", response_model=Receipt, tags=tags, summary="Take no further requests (city office)"
    )
    async def close_programme(
        id: IdPath, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep, version: VersionDep
    ) -> Answer:
        stored = await programmes.close(id, caller=caller, command=command, cause=cause, expected_version=version)
        return changed(response, stored)

    @routes.post(
        "/programmes/{id}/versions",
        response_model=Receipt,
        tags=tags,
        summary="Put another version of an open programme in force (city office)",
    )
    async def amend_programme(
        id: IdPath,
        body: ProgrammeBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        """In force at once. What was submitted keeps its version; kind, year, currency and ``opens`` stay as they are."""
        stored = await programmes.amend(
            id, body.terms(), caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)


def _read_routes(routes: APIRouter, uses: UseCases) -> None:
    programmes = uses.programmes
    tags = PROGRAMMES

    @routes.get("/programmes", response_model=ProgrammeList, tags=tags, summary="Programmes, newest first (public)")
    async def list_programmes(
        caller: OptionalCallerDep,
        page: PageDep,
        status: Annotated[ProgrammeStatus | None, Query(description="Only those with this status.")] = None,
        kind: Annotated[ProgrammeKind | None, Query(description="Only rolling ones, or only dated calls.")] = None,
        district: Annotated[DistrictId | None, Query(description="Only those that support this district.")] = None,
        topic: Annotated[Id | None, Query(description="Only those that name this topic themselves.")] = None,
        fiscal_year: Annotated[FiscalYear | None, Query(description="Only those of this year's books.")] = None,
        support: Annotated[SupportForm | None, Query(description="Only those that give this form of support.")] = None,
    ) -> Answer:
        filters = Filters(
            status=status, kind=kind, district=district, topic=topic, fiscal_year=fiscal_year, support=support
        )
        found = await programmes.page(filters, caller=caller, cursor=page.cursor, limit=page.limit)
        return page_body(found, programme_view)

    @routes.get("/programmes/{id}", response_model=ProgrammeView, tags=tags, summary="One programme (public once open)")
    async def get_programme(id: IdPath, response: Response, caller: OptionalCallerDep) -> Answer:
        stored = await programmes.get(id, caller=caller)
        with_version(response, stored)
        return programme_view(stored)

    @routes.get(
        "/programmes/{id}/versions/{version}",
        response_model=VersionView,
        tags=tags,
        summary="One version of a programme (public once open)",
    )
    async def get_version(
        id: IdPath,
        version: Annotated[int, Path(ge=1, le=1_000_000, description="Its ``edition``.")],
        caller: OptionalCallerDep,
    ) -> Answer:
        return version_view(await programmes.version(id, version, caller=caller))
