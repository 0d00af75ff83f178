"""Meetings through HTTP: what callers send, what they see, and the routes."""

import datetime as dt
from datetime import datetime
from typing import Annotated, Any, Final

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.review.domain.meeting import Meeting, NoMinutes
from services.review.inbound.bodies import Body, Text, Time
from services.review.inbound.minutes_page import minutes_page
from services.review.inbound.minutes_pdf import minutes_pdf
from services.review.inbound.times import to_ms
from services.review.usecases import UseCases
from services.review.usecases.cases import READERS
from services.review.usecases.meetings import WantedItem
from shared.contracts.ids import DISTRICT_PATTERN, DistrictId, Id
from shared.contracts.participation import MeetingStatus
from shared.contracts.review import SeatKind
from shared.storage.ports import Stored
from shared.web.api import (
    CallerDep,
    CauseDep,
    CommandDep,
    OptionalCallerDep,
    PageDep,
    Receipt,
    changed,
    created,
    page_body,
    with_version,
)
from shared.web.caller import Caller
from shared.web.files import attachment
from shared.web.strict import StrictRoute

AnyId = Annotated[str, Path(min_length=1, max_length=80)]
District = Annotated[str | None, Query(pattern=DISTRICT_PATTERN, description="Only this district's.")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Seat = Annotated[int, Field(strict=True, ge=1, le=50)]
# Outside, no Persian date is shown.
Day = Annotated[dt.date, Field(ge=dt.date(1900, 1, 1), le=dt.date(2200, 1, 1))]

_FILE: Final = {"type": "string", "format": "binary"}
_ONE_AT_A_TIME: Final = CapacityLimiter(1)  # it takes the processor for seconds; others are answered meanwhile


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class AgendaItemBody(Body):
    """One item of the agenda: either a case or a title."""

    case: Id | None = Field(default=None, description="Id of an opened case of the district.")
    title: Line | None = Field(default=None, description="Title of an item that is no case.")


class MeetingBody(Body):
    """A meeting of the district's working group (REV-12)."""

    model_config = _example(
        district="7", starts_at="2026-12-01T06:30:00Z", place="سالن جلسات منطقه", agenda=[{"title": "گزارش دبیر"}]
    )

    district: DistrictId = Field(description="Id of the district.", examples=["7"])
    starts_at: Time = Field(description="When it begins.", examples=["2026-12-01T06:30:00Z"])
    place: Line = Field(description="Where.", examples=["سالن جلسات منطقه"])
    agenda: list[AgendaItemBody] = Field(min_length=1, max_length=100, description="In the order of the meeting.")


class CancelBody(Body):
    """Why a meeting is not held."""

    model_config = _example(reason="تعطیلی ناگهانی")

    reason: Text = Field(description="In plain words.", examples=["تعطیلی ناگهانی"])


class AttendanceBody(Body):
    """Which seats are present."""

    model_config = _example(seats=[1, 2, 3, 5])

    seats: list[Seat] = Field(min_length=1, max_length=50, description="Numbers of the seats; replaces earlier ones.")


class MinutesBody(Body):
    """The minutes."""

    model_config = _example(number="1405/12", date="2026-12-01", text="جلسه با تلاوت آغاز و پرونده‌ها بررسی شد.")

    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] = Field(
        description="Number of the minutes.", examples=["1405/12"]
    )
    date: Day = Field(description="Date of the minutes.", examples=["2026-12-01"])
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)] = Field(
        description="What was said and agreed; without who voted how."
    )


class AdoptBody(Body):
    """Which edition is adopted."""

    model_config = _example(edition=1)

    edition: int = Field(ge=1, le=10_000, description="Edition of the minutes that was read.")


class MinutesReceipt(Receipt):
    """The answer to drafted minutes."""

    edition: int = Field(description="The chair names it when adopting.", examples=[1])


class AgendaItemView(BaseModel):
    """One item. Cases are shown to readers of the district's cases only."""

    title: str
    case: str | None


class AttendeeView(BaseModel):
    """A seat that was present, and who held it."""

    seat: int
    kind: SeatKind
    chair: bool
    name: str | None


class MinutesView(BaseModel):
    """Number and date of the minutes; the text is in the page of the minutes."""

    number: str
    date: str
    edition: int


class MeetingView(BaseModel):
    """A meeting. `present`, and the minutes before they are adopted, are null for the public."""

    id: str
    working_group: str
    district: str
    starts_at: datetime
    place: str
    status: MeetingStatus
    items: int = Field(description="How many items the agenda has, also those that the caller does not see.")
    agenda: list[AgendaItemView]
    present: list[AttendeeView] | None
    minutes: MinutesView | None
    adopted_at: datetime | None
    version: int


class MeetingPage(BaseModel):
    """Meetings, the latest first."""

    items: list[MeetingView]
    next: str | None
    total: int


def meeting_view(stored: Stored[Meeting], caller: Caller | None) -> MeetingView:
    """Return the meeting as this caller, or the public, may see it: which cases are reviewed is not public before a decision."""
    state = stored.state
    inside = caller is not None and caller.has(*READERS, district=state.district)
    drafted = state.minutes if inside or state.status == "adopted" else None
    present = [AttendeeView(seat=a.seat, kind=a.kind, chair=a.chair, name=a.name) for a in state.present]
    return MeetingView(
        id=stored.id,
        working_group=state.working_group,
        district=state.district,
        starts_at=state.starts_at,
        place=state.place,
        status=state.status,
        items=len(state.agenda),
        agenda=[AgendaItemView(title=i.title, case=i.case) for i in state.agenda if inside or i.case is None],
        present=present if inside else None,
        minutes=MinutesView(number=drafted.number, date=drafted.date, edition=drafted.edition) if drafted else None,
        adopted_at=state.adopted_at,
        version=stored.version,
    )


def meetings_router(uses: UseCases) -> APIRouter:
    """Return the routes of meetings."""
    api = APIRouter(route_class=StrictRoute, prefix="/meetings", tags=["meetings"])

    @api.post("", status_code=201, response_model=Receipt, summary="Call a meeting of the working group (secretary)")
    async def call(
        body: MeetingBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.meetings.call(
            district=body.district,
            starts_at=to_ms(body.starts_at),
            place=body.place,
            agenda=[WantedItem(item.case, item.title) for item in body.agenda],
            caller=caller,
            command=command,
            cause=cause,
        )
        return created(response, f"/meetings/{stored.id}", stored)

    @api.get("", response_model=MeetingPage, summary="Meetings, the latest first")
    async def page(
        caller: OptionalCallerDep,
        which: PageDep,
        district: District = None,
        status: Annotated[MeetingStatus | None, Query(description="Only those with this status.")] = None,
    ) -> dict[str, Any]:
        found = await uses.meetings.page(district=district, status=status, cursor=which.cursor, limit=which.limit)
        return page_body(found, lambda stored: meeting_view(stored, caller))

    @api.get("/{id}", response_model=MeetingView, summary="A meeting")
    async def one(id: AnyId, caller: OptionalCallerDep, response: Response) -> MeetingView:
        stored = await uses.meetings.get(id)
        with_version(response, stored)
        return meeting_view(stored, caller)

    @api.post("/{id}/cancel", response_model=Receipt, summary="Cancel a meeting that was not held (secretary)")
    async def cancel(
        id: AnyId, body: CancelBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.meetings.cancel(id, reason=body.reason, caller=caller, command=command, cause=cause)
        return changed(response, stored)

    _minutes_routes(api, uses)
    return api


def _minutes_routes(api: APIRouter, uses: UseCases) -> None:
    @api.post("/{id}/attendance", response_model=Receipt, summary="Note which seats are present (secretary)")
    async def attendance(
        id: AnyId, body: AttendanceBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.meetings.take_attendance(id, body.seats, caller=caller, command=command, cause=cause)
        return changed(response, stored)

    @api.post(
        "/{id}/minutes", response_model=MinutesReceipt, summary="Write the minutes, or write them anew (secretary)"
    )
    async def draft(
        id: AnyId, body: MinutesBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.meetings.draft_minutes(
            id,
            number=body.number,
            date=body.date.isoformat(),
            text=body.text,
            caller=caller,
            command=command,
            cause=cause,
        )
        return changed(response, stored)

    @api.post("/{id}/minutes/adopt", response_model=Receipt, summary="Adopt the minutes (chair)")
    async def adopt(
        id: AnyId, body: AdoptBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.meetings.adopt_minutes(
            id, edition=body.edition, caller=caller, command=command, cause=cause
        )
        return changed(response, stored)

    @api.get(
        "/{id}/minutes",
        response_model=None,
        responses={200: {"description": "One HTML file.", "content": {"text/html": {"schema": {"type": "string"}}}}},
        summary="The minutes as a printable page in Persian",
    )
    async def printed(id: AnyId, caller: CallerDep) -> HTMLResponse:
        state = await uses.meetings.minutes(id, caller=caller)
        if state.minutes is None:
            raise NoMinutes
        headers = {
            "Content-Disposition": f'attachment; filename="minutes-{state.id}.html"',
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        }
        return HTMLResponse(minutes_page(state, state.minutes, uses.meetings.timezone), headers=headers)

    @api.get(
        "/{id}/minutes.pdf",
        response_class=Response,
        responses={200: {"description": "A4.", "content": {"application/pdf": {"schema": _FILE}}}},
        summary="The minutes as PDF in Persian",
    )
    async def as_pdf(id: AnyId, caller: CallerDep) -> Response:
        state = await uses.meetings.minutes(id, caller=caller)
        if state.minutes is None:
            raise NoMinutes
        content = await run_sync(minutes_pdf, state, state.minutes, uses.meetings.timezone, limiter=_ONE_AT_A_TIME)
        return Response(content, media_type="application/pdf", headers=dict(attachment(f"minutes-{state.id}.pdf")))
