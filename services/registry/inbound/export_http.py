"""The list of organisations as a file."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from services.registry.domain.organization import Organization
from services.registry.inbound.calls import FiltersDep
from services.registry.inbound.export_files import Row, csv_file, xlsx_file
from services.registry.inbound.export_rows import header, row
from services.registry.usecases import UseCases
from services.registry.usecases.access import sees_personal_data, sight
from services.registry.usecases.organizations import Filters
from shared.contracts.refusals import Refusal
from shared.storage.ports import Page, Stored
from shared.web.api import CallerDep
from shared.web.caller import Caller
from shared.web.files import attachment

EXPORT_LIMIT: Final = 50_000  # organisations; far above any city's
PAGE: Final = 200
CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TITLE: Final = "تشکل‌ها"
_FILE: Final = {"schema": {"type": "string", "format": "binary"}}


class ExportTooLarge(Refusal):
    """More organisations than one file takes."""

    code = "export_too_large"
    kind = "unprocessable"


def add_export(routes: APIRouter, uses: UseCases) -> None:
    """Add the route of the export."""

    @routes.get(
        "/organization-export",
        tags=["organizations"],
        summary="Download the list of organisations as XLSX or CSV",
        response_class=StreamingResponse,
        responses={200: {"description": "The file.", "content": {CSV: _FILE, XLSX: _FILE}}},
    )
    async def export(
        filters: FiltersDep,
        caller: CallerDep,
        format: Annotated[Literal["xlsx", "csv"], Query(description="XLSX keeps identifiers as text.")] = "xlsx",
    ) -> StreamingResponse:
        """What the list shows, with Persian headers. Columns of personal data are only there for those who may see such data."""
        first = await uses.organizations.page(filters, caller, cursor=None, limit=PAGE)
        if first.total > EXPORT_LIMIT:
            raise ExportTooLarge(limit=EXPORT_LIMIT)
        pages = _pages(uses, first, filters, caller)
        file, kind = (xlsx_file(pages, TITLE), XLSX) if format == "xlsx" else (csv_file(pages), CSV)
        media = f"{kind}; charset=utf-8" if kind == CSV else kind
        return StreamingResponse(file, media_type=media, headers=dict(attachment(f"{TITLE}.{format}")))


async def _pages(
    uses: UseCases, first: Page[Stored[Organization]], filters: Filters, caller: Caller
) -> AsyncIterator[Sequence[Row]]:
    """Yield the header, then page after page; one whose status changes meanwhile comes again in the list, and once here."""
    personal = sees_personal_data(caller, mine=filters.mine)
    yield [header(personal)]
    seen: set[str] = set()
    page = first
    while True:
        fresh = [stored.state for stored in page.items if stored.id not in seen]
        seen |= {state.id for state in fresh}
        yield [row(state, sight(caller, state), personal, uses.kinds) for state in fresh]
        if page.next is None or len(seen) >= EXPORT_LIMIT:
            return
        page = await uses.organizations.page(filters, caller, cursor=page.next, limit=PAGE)
