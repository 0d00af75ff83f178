"""Councils through HTTP: what callers send, what they see, and the routes."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.review.domain.council import Council, Member
from services.review.inbound.bodies import Body, NamesBody, Subject, Text, Time
from services.review.inbound.times import to_ms
from services.review.inbound.views import PERSON_READERS
from services.review.usecases import UseCases
from shared.contracts.base import Names
from shared.contracts.ids import DISTRICT_PATTERN, DistrictId
from shared.contracts.participation import CouncilKind, NeighbourhoodId
from shared.storage.ports import Stored
from shared.web.api import (
    CallerDep,
    CauseDep,
    CommandDep,
    OptionalCallerDep,
    PageDep,
    Receipt,
    VersionDep,
    changed,
    created,
    page_body,
    with_version,
)
from shared.web.caller import Caller
from shared.web.strict import StrictRoute

CouncilId = Annotated[str, Path(min_length=1, max_length=80)]
MemberNumber = Annotated[int, Path(ge=1, le=100_000)]
District = Annotated[str | None, Query(pattern=DISTRICT_PATTERN, description="Only this district's.")]


class CouncilBody(Body):
    """A neighbourhood's council, or the district's."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"district": "7", "neighbourhood": "talab", "names": {"fa": "شورای مشارکت‌های محله طلاب"}}]
        }
    )

    district: DistrictId = Field(description="Id of the district.", examples=["7"])
    neighbourhood: NeighbourhoodId | None = Field(
        default=None, description="Id of the neighbourhood, one of the city's own; null: the district's council."
    )
    names: NamesBody = Field(description="Names of the council.")


class MemberBody(Body):
    """A person on the council for a term."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [{"holder": "council-7-1", "from": "2026-03-21T00:00:00Z", "until": "2028-03-20T00:00:00Z"}]
        },
    )

    holder: Subject = Field(description="`sub` of the person's tokens.", examples=["council-7-1"])
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)] | None = Field(
        default=None, description="Shown to the public as a member of the council."
    )
    since: Time = Field(alias="from", description="The first moment of the term.", examples=["2026-03-21T00:00:00Z"])
    until: Time = Field(description="The first moment after the term.", examples=["2028-03-20T00:00:00Z"])


class EndMembershipBody(Body):
    """Why a membership ends before its term."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "استعفا"}]})

    reason: Text = Field(description="In plain words.", examples=["استعفا"])


class MemberView(BaseModel):
    """A member whose term is not over. The name is public; the account behind it (`holder`) is not."""

    number: int
    sits: bool = Field(description="The term runs now.")
    name: str | None
    holder: str | None = Field(description="Subject of the member's tokens; null for who may not see it.")
    since: datetime
    until: datetime


class CouncilView(BaseModel):
    """A council and its members."""

    id: str = Field(examples=["council:7:talab"])
    kind: CouncilKind
    district: str
    neighbourhood: str | None
    names: Names
    status: Literal["sitting", "empty"] = Field(description="sitting: it has at least one member now.")
    members: list[MemberView]
    version: int


class CouncilPage(BaseModel):
    """Councils."""

    items: list[CouncilView]
    next: str | None
    total: int


def council_view(stored: Stored[Council], caller: Caller | None, now: datetime) -> CouncilView:
    """Return the council as it is now."""
    state = stored.state
    persons = caller is not None and caller.has(*PERSON_READERS, district=state.district)
    return CouncilView(
        id=stored.id,
        kind=state.kind,
        district=state.district,
        neighbourhood=state.neighbourhood,
        names=state.names,
        status="sitting" if state.sitting(now) else "empty",
        members=[_member_view(member, persons, now) for member in state.members if member.until > now],
        version=stored.version,
    )


def _member_view(member: Member, persons: bool, now: datetime) -> MemberView:
    return MemberView(
        number=member.number,
        sits=member.sits(now),
        name=member.name,
        holder=member.subject if persons else None,
        since=member.since,
        until=member.until,
    )


def councils_router(uses: UseCases) -> APIRouter:
    """Return the routes of councils."""
    api = APIRouter(route_class=StrictRoute, prefix="/councils", tags=["councils"])

    @api.post(
        "",
        status_code=201,
        response_model=Receipt,
        summary="Set up a neighbourhood's or the district's council (city office)",
    )
    async def define(
        body: CouncilBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.councils.define(
            district=body.district,
            neighbourhood=body.neighbourhood,
            names=body.names,
            caller=caller,
            command=command,
            cause=cause,
        )
        return created(response, f"/councils/{stored.id}", stored)

    @api.get("", response_model=CouncilPage, summary="Councils")
    async def page(caller: OptionalCallerDep, which: PageDep, district: District = None) -> dict[str, Any]:
        found = await uses.councils.page(district=district, cursor=which.cursor, limit=which.limit)
        now = uses.councils.now()
        return page_body(found, lambda stored: council_view(stored, caller, now))

    @api.get("/{id}", response_model=CouncilView, summary="A council and its members")
    async def one(id: CouncilId, caller: OptionalCallerDep, response: Response) -> CouncilView:
        stored = await uses.councils.get(id)
        with_version(response, stored)
        return council_view(stored, caller, uses.councils.now())

    @api.post("/{id}/members", response_model=Receipt, summary="Appoint a member for a term (city office)")
    async def appoint(
        id: CouncilId,
        body: MemberBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
        response: Response,
    ) -> dict[str, Any]:
        stored = await uses.councils.appoint(
            id,
            subject=body.holder,
            name=body.name,
            since=to_ms(body.since),
            until=to_ms(body.until),
            caller=caller,
            command=command,
            cause=cause,
            expected_version=version,
        )
        return changed(response, stored)

    @api.post("/{id}/members/{member}/end", response_model=Receipt, summary="End a membership early (city office)")
    async def end(
        id: CouncilId,
        member: MemberNumber,
        body: EndMembershipBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
        response: Response,
    ) -> dict[str, Any]:
        stored = await uses.councils.end(
            id,
            member,
            reason=body.reason,
            caller=caller,
            command=command,
            cause=cause,
            expected_version=version,
        )
        return changed(response, stored)

    return api
