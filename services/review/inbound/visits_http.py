"""Field visits through HTTP: what callers send, what they see, and the routes."""

import datetime as dt
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.review.domain.picture import Picture, PictureType
from services.review.domain.visit import Visit, Visitor
from services.review.inbound.bodies import Body, Subject, Text, Time
from services.review.inbound.times import to_ms
from services.review.usecases import UseCases
from services.review.usecases.visits import VisitFilters
from shared.contracts.ids import DISTRICT_PATTERN
from shared.contracts.visits import VisitPhase, VisitStatus
from shared.storage.ports import Stored
from shared.web.api import (
    CallerDep,
    CauseDep,
    CommandDep,
    PageDep,
    Receipt,
    changed,
    created,
    page_body,
    with_version,
)
from shared.web.strict import StrictRoute

AnyId = Annotated[str, Path(min_length=1, max_length=80)]
District = Annotated[str | None, Query(pattern=DISTRICT_PATTERN, description="Only this district's.")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Seat = Annotated[int, Field(strict=True, ge=1, le=50)]
VisitorNumber = Annotated[int, Field(strict=True, ge=1, le=100)]
# Outside, no Persian date is shown.
Day = Annotated[dt.date, Field(ge=dt.date(1900, 1, 1), le=dt.date(2200, 1, 1))]


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class OfficerBody(Body):
    """Somebody of an office who goes, too."""

    person: Subject = Field(description="`sub` of the person's tokens.")
    name: Line = Field(description="Name of the person.")
    office: Line = Field(description="Name of the office.", examples=["اداره فرهنگی منطقه"])


class VisitBody(Body):
    """A field visit (REV-13): at least one seat or officer goes."""

    model_config = _example(
        starts_at="2026-12-05T06:30:00Z", purpose="دیدن محل برگزاری و گنجایش آن", seats=[2, 5], officers=[]
    )

    starts_at: Time = Field(description="When.", examples=["2026-12-05T06:30:00Z"])
    purpose: Text = Field(description="What is to be seen.")
    seats: list[Seat] = Field(
        default_factory=list, max_length=50, description="Seats of the case, declared without a conflict."
    )
    officers: list[OfficerBody] = Field(default_factory=list, max_length=20, description="Persons of offices.")


class CancelVisitBody(Body):
    """Why a visit is not made."""

    model_config = _example(reason="هوای نامساعد")

    reason: Text = Field(description="In plain words.", examples=["هوای نامساعد"])


class ReportBody(Body):
    """What was found."""

    model_config = _example(date="2026-12-05", visitors=[1], findings="سالن برای هشتاد نفر آماده است.")

    date: Day = Field(description="Day of the visit, not after today.", examples=["2026-12-05"])
    visitors: list[VisitorNumber] = Field(min_length=1, max_length=70, description="Numbers of those who went.")
    findings: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)] = Field(
        description="What was seen; without names of beneficiaries."
    )


class VisitorView(BaseModel):
    """Somebody who is to go: a seat of the case, or an officer."""

    number: int
    seat: int | None
    name: str | None
    office: str | None


class ReportView(BaseModel):
    """What was found, and by whom."""

    date: str
    visitors: list[int] = Field(description="Numbers of those who went.")
    findings: str
    at: datetime


class PictureView(BaseModel):
    """A picture without its content. Of one that was removed nothing is left but that it was there, and why."""

    id: str
    caption: str
    type: PictureType = Field(description="By its content.")
    size: int = Field(description="Bytes.")
    sha256: str
    at: datetime
    removed_because: str | None


class VisitEntry(BaseModel):
    """A visit in a list of many cases, without what was found."""

    id: str
    case: str
    request: str
    district: str
    phase: VisitPhase
    status: VisitStatus
    starts_at: datetime
    date: str | None = Field(description="Day of the visit, once reported.")
    version: int


class VisitView(VisitEntry):
    """A visit, whole: shown with the file of its case."""

    purpose: str
    visitors: list[VisitorView]
    report: ReportView | None
    pictures: list[PictureView]


class VisitEntries(BaseModel):
    """Visits of many cases, the latest first."""

    items: list[VisitEntry]
    next: str | None
    total: int


class VisitPage(BaseModel):
    """Visits of one case, the latest first."""

    items: list[VisitView]
    next: str | None
    total: int


def visit_entry(stored: Stored[Visit]) -> VisitEntry:
    """Return what a list across cases shows."""
    return VisitEntry(**_entry(stored))


def visit_view(stored: Stored[Visit]) -> VisitView:
    """Return the visit as those see it who see the file."""
    state, report = stored.state, stored.state.report
    return VisitView(
        **_entry(stored),
        purpose=state.purpose,
        visitors=[VisitorView(number=v.number, seat=v.seat, name=v.name, office=v.office) for v in state.visitors],
        report=report
        and ReportView(date=report.date, visitors=list(report.visitors), findings=report.findings, at=report.at),
        pictures=[_picture_view(picture) for picture in state.pictures],
    )


def _entry(stored: Stored[Visit]) -> dict[str, Any]:
    state = stored.state
    return {
        "id": stored.id,
        "case": state.case,
        "request": state.request,
        "district": state.district,
        "phase": state.phase,
        "status": state.status,
        "starts_at": state.starts_at,
        "date": state.report.date if state.report else None,
        "version": stored.version,
    }


def _picture_view(picture: Picture) -> PictureView:
    return PictureView(
        id=picture.id,
        caption=picture.caption,
        type=picture.type,
        size=picture.size,
        sha256=picture.sha256,
        at=picture.at,
        removed_because=picture.removal.reason if picture.removal else None,
    )


def visits_router(uses: UseCases) -> APIRouter:
    """Return the routes of visits."""
    api = APIRouter(route_class=StrictRoute, tags=["visits"])

    @api.post("/cases/{id}/visits", status_code=201, response_model=Receipt, summary="Plan a field visit (secretary)")
    async def plan(
        id: AnyId, body: VisitBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.visits.plan(
            id,
            starts_at=to_ms(body.starts_at),
            purpose=body.purpose,
            seats=body.seats,
            officers=[Visitor(0, officer.person, None, officer.name, officer.office) for officer in body.officers],
            caller=caller,
            command=command,
            cause=cause,
        )
        return created(response, f"/visits/{stored.id}", stored)

    @api.get(
        "/cases/{id}/visits",
        response_model=VisitPage,
        summary="A case's field visits, the latest first (who sees its file)",
    )
    async def of_case(id: AnyId, caller: CallerDep, which: PageDep) -> dict[str, Any]:
        found = await uses.visits.of_case(id, caller=caller, cursor=which.cursor, limit=which.limit)
        return page_body(found, visit_view)

    @api.get("/visits", response_model=VisitEntries, summary="Field visits, the latest first (offices, visitors)")
    async def page(
        caller: CallerDep,
        which: PageDep,
        district: District = None,
        status: Annotated[VisitStatus | None, Query(description="Only those with this status.")] = None,
        phase: Annotated[VisitPhase | None, Query(description="Only those before a decision, or the others.")] = None,
        mine: Annotated[bool, Query(description="Only those to which the caller goes.")] = False,
    ) -> dict[str, Any]:
        filters = VisitFilters(district, status, phase, caller.subject if mine else None)
        found = await uses.visits.page(filters, caller=caller, cursor=which.cursor, limit=which.limit)
        return page_body(found, visit_entry)

    @api.get("/visits/{id}", response_model=VisitView, summary="A field visit (who sees the file, its visitors)")
    async def one(id: AnyId, caller: CallerDep, response: Response) -> VisitView:
        stored = await uses.visits.get(id, caller=caller)
        with_version(response, stored)
        return visit_view(stored)

    @api.post("/visits/{id}/cancel", response_model=Receipt, summary="Cancel a visit that was not reported (secretary)")
    async def cancel(
        id: AnyId, body: CancelVisitBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.visits.cancel(id, reason=body.reason, caller=caller, command=command, cause=cause)
        return changed(response, stored)

    @api.post("/visits/{id}/report", response_model=Receipt, summary="Write down what was found (visitors, secretary)")
    async def report(
        id: AnyId, body: ReportBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.visits.report(
            id,
            date=body.date.isoformat(),
            visitors=body.visitors,
            findings=body.findings,
            caller=caller,
            command=command,
            cause=cause,
        )
        return changed(response, stored)

    return api
