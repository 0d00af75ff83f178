"""Imports of organisations over HTTP: hand in a spreadsheet, read what the dry run found, have the rows registered."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.registry.domain.organization_import import (
    Choice,
    ImportRow,
    ImportStatus,
    Likeness,
    OrganizationImport,
    RowOutcome,
    SourceFile,
    chosen,
)
from services.registry.inbound.bodies import Body
from services.registry.inbound.calls import CallDep
from services.registry.inbound.import_rows import find_columns, read_rows
from services.registry.inbound.spreadsheets import FILE_LIMIT, read_sheet
from services.registry.inbound.texts import TEXTS
from services.registry.usecases import UseCases
from shared.contracts.ids import Id
from shared.contracts.registry import OrganizationStatus
from shared.storage.ports import Stored
from shared.web.api import CallerDep, PageDep, Receipt, changed, created, page_body, with_version
from shared.web.files import file_body
from shared.web.texts import Catalogue, choose_language

CATALOGUE: Final = Catalogue(TEXTS)
EXAMPLE: Final = "نام تشکل,نوع تشکل,منطقه\nگروه مسجدی شماره ۱,گروه مسجدی,۷\n"
FileName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f/\\]*$")]
Tell = Callable[[str, Mapping[str, object]], str]
"""A code and its params → a sentence in the caller's language."""


class ApplyBody(Body):
    """Which rows are registered."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rows": "good", "submit": False}]})

    rows: Choice = Field(
        description="all: refused while a row has a fault; good: rows without one; new: those of them that resemble nobody.",
        examples=["good"],
    )
    submit: bool = Field(
        default=False, strict=True, description="Those that are complete are submitted; without it all stay drafts."
    )


class FileView(BaseModel):
    """The file as it was read."""

    name: str
    format: str = Field(examples=["csv"])
    size: int = Field(description="Bytes.")
    sha256: str
    encoding: str | None = Field(description="Of a CSV: utf-8 or windows-1256. Look at the names if it is the latter.")
    delimiter: str | None = Field(description="Of a CSV.")
    ignored: tuple[str, ...] = Field(description="Columns from which nothing is taken.")


class RowFaultView(BaseModel):
    """What is wrong in one cell."""

    column: str = Field(description="The header, as named in the file.")
    code: str
    message: str


class RowDuplicateView(BaseModel):
    """A likely duplicate (REG-5): an organisation, or an earlier row of the file."""

    grounds: tuple[Likeness, ...]
    organization: str | None
    row: int | None


class RowView(BaseModel):
    """One row, without personal data."""

    row: int = Field(description="Its number in the spreadsheet; the first is 1.")
    name: str
    errors: list[RowFaultView]
    duplicates: list[RowDuplicateView]
    organization: str | None = Field(description="What it became.")
    status: OrganizationStatus | None
    not_submitted: str | None = Field(description="Why it stayed a draft although it was to be submitted.")


class ImportSummary(BaseModel):
    """An import in a list."""

    id: str
    status: ImportStatus
    file: FileView
    by: str = Field(description="Who handed it in (token subject).")
    at: datetime
    total: int = Field(description="Rows below the header.")
    good: int = Field(description="Rows without a fault.")
    bad: int = Field(description="Rows with a fault.")
    new: int = Field(description="Good rows that resemble nobody.")
    rows_chosen: Choice | None
    registered: int = Field(description="Rows that are organisations now.")
    done_at: datetime | None
    version: int

    @classmethod
    def of(cls, stored: Stored[OrganizationImport]) -> "ImportSummary":
        """Return the view."""
        return cls(**_summary(stored))


class ImportView(ImportSummary):
    """An import with every row and what is wrong in it."""

    rows: list[RowView]

    @classmethod
    def told(cls, stored: Stored[OrganizationImport], tell: Tell) -> "ImportView":
        """Return the view in the caller's language."""
        outcomes = {outcome.row: outcome for outcome in stored.state.outcomes}
        rows = [_row(row, outcomes.get(row.row), tell) for row in stored.state.rows]
        return cls(**_summary(stored), rows=rows)


class ImportPage(BaseModel):
    """Imports, newest first."""

    items: list[ImportSummary]
    next: str | None = Field(description="Cursor of the next page; null: this is the last.")
    total: int


def add_imports(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes of imports."""
    imports = uses.imports

    @routes.post(
        "/organization-imports",
        status_code=201,
        tags=["imports"],
        summary="Examine a spreadsheet of organisations (registrar, city_office)",
        openapi_extra=file_body(
            FILE_LIMIT, "XLSX, or CSV in UTF-8 or Windows-1256 with comma, semicolon or tab.", EXAMPLE
        ),
    )
    async def examine(
        request: Request,
        response: Response,
        call: CallDep,
        name: Annotated[FileName, Query(description="Name of the file, to find it again.")] = "organizations",
    ) -> Receipt:
        """A dry run: nothing is registered. Read the import for every row and column that is wrong."""
        content = await request.body()
        words = await imports.vocabulary(call.caller)
        sheet = await asyncio.to_thread(read_sheet, content)
        places = find_columns(sheet.header)
        rows = await asyncio.to_thread(read_rows, sheet, places, words)
        digest = hashlib.sha256(content).hexdigest()
        file = SourceFile(name, sheet.format, len(content), digest, sheet.encoding, sheet.delimiter, places.ignored)
        stored = await imports.examine(file, rows, call)
        return Receipt(**created(response, f"/organization-imports/{stored.id}", stored))

    @routes.get(
        "/organization-imports", tags=["imports"], summary="List imports, newest first (registrar, city_office)"
    )
    async def list_imports(page: PageDep, caller: CallerDep) -> ImportPage:
        """One's own; the city's office and auditors see all. At most ten to a page: an import is large."""
        found = await imports.page(caller, cursor=page.cursor, limit=page.limit)
        return ImportPage(**page_body(found, ImportSummary.of))

    @routes.get(
        "/organization-imports/{id}", tags=["imports"], summary="Read an import row by row (registrar, city_office)"
    )
    async def read_import(
        id: Id,
        response: Response,
        caller: CallerDep,
        accept_language: Annotated[str | None, Header(max_length=1000, include_in_schema=False)] = None,
    ) -> ImportView:
        """What is wrong in which row and column, likely duplicates, and what became of each row."""
        stored = await imports.get(id, caller)
        with_version(response, stored)
        language = choose_language(accept_language)
        return ImportView.told(stored, lambda code, params: CATALOGUE.text(code, language, params))

    @routes.post("/organization-imports/{id}/apply", tags=["imports"], summary="Register its rows (who handed it in)")
    async def apply(id: Id, body: ApplyBody, response: Response, call: CallDep) -> Receipt:
        """They become drafts of the caller, one after the other; the import is done when its status says so. Nothing is verified."""
        return Receipt(**changed(response, await imports.apply(id, body.rows, body.submit, call)))


def _summary(stored: Stored[OrganizationImport]) -> dict[str, Any]:
    state = stored.state
    bad = sum(bool(row.faults) for row in state.rows)
    return {
        "id": stored.id,
        "status": state.status,
        "file": FileView(**{name: getattr(state.file, name) for name in FileView.model_fields}),
        "by": state.by,
        "at": state.at,
        "total": len(state.rows),
        "good": len(state.rows) - bad,
        "bad": bad,
        "new": len(chosen(state.rows, "new")),
        "rows_chosen": state.choice,
        "registered": len(state.outcomes),
        "done_at": state.done_at,
        "version": stored.version,
    }


def _row(row: ImportRow, outcome: RowOutcome | None, tell: Tell) -> RowView:
    return RowView(
        row=row.row,
        name=row.name,
        errors=[RowFaultView(column=f.column, code=f.code, message=tell(f.code, f.params)) for f in row.faults],
        duplicates=[
            RowDuplicateView(grounds=d.grounds, organization=d.organization, row=d.row) for d in row.duplicates
        ],
        organization=outcome.organization if outcome else None,
        status=outcome.status if outcome else None,
        not_submitted=tell(outcome.code, {}) if outcome and outcome.code else None,
    )
