"""The download of a 360Giving package."""

from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from services.portal.domain.threesixty import Publisher, grant, is_grant, package_head
from services.portal.usecases import UseCases
from services.portal.usecases.reading import Labels
from shared.contracts.ids import DistrictId, FiscalYear
from shared.storage.ports import Document
from shared.web.api import OptionalCallerDep


def add_threesixty(routes: APIRouter, uses: UseCases, publisher: Publisher) -> None:
    """Add the route."""

    @routes.get(
        "/public/360giving",
        tags=["downloads"],
        summary="Download committed awards as a 360Giving 1.4 package (no token needed)",
        response_class=StreamingResponse,
        responses={200: {"content": {"application/json": {}}}},
    )
    async def download_360giving(
        _caller: OptionalCallerDep,
        district: Annotated[DistrictId | None, Query(description="Only of this district.")] = None,
        fiscal_year: Annotated[FiscalYear | None, Query(description="Only of this fiscal year.")] = None,
    ) -> StreamingResponse:
        """``{version, title, publisher, grants}``. The standard wants at least one grant: a package without any is not valid."""
        rows = uses.reading.whole("awards", {"district": district, "fiscal_year": fiscal_year})
        labels = await uses.reading.labels()
        headers = {"Content-Disposition": 'attachment; filename="360giving.json"'}
        return StreamingResponse(_package(rows, publisher, labels), media_type="application/json", headers=headers)


async def _package(rows: AsyncIterator[Document], publisher: Publisher, labels: Labels) -> AsyncIterator[bytes]:
    yield orjson.dumps(package_head(publisher))[:-1] + b',"grants":['
    before = b""
    async for row in rows:
        if is_grant(row):
            shown = grant(
                row,
                publisher,
                topic=labels.topics.get(row["topic"]),
                programme=labels.programmes.get(row["programme"]),
                district=labels.districts.get(row["district"]),
            )
            yield before + orjson.dumps(shown)
            before = b",\n"
    yield b"]}"
