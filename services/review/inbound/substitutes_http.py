"""Substitutes over HTTP: named for a seat of a group, and stepping in to one case (REV-1)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import ConfigDict, Field, StringConstraints

from services.review.inbound.bodies import Body, EmptySeatBody, Subject, Text, Time
from services.review.inbound.receipts import CaseReceipt, case_answer
from services.review.inbound.times import to_ms
from services.review.usecases import UseCases
from shared.web.api import CallerDep, CauseDep, CommandDep, Receipt, VersionDep, changed
from shared.web.strict import StrictRoute

AnyId = Annotated[str, Path(min_length=1, max_length=80)]
SeatNumber = Annotated[int, Path(ge=1, le=50)]


class SubstituteBody(Body):
    """Who acts in a seat, from now on, when its holder does not."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"holder": "member-7-9", "until": "2028-03-20T00:00:00Z"}]}
    )

    holder: Subject = Field(description="`sub` of the person's tokens.", examples=["member-7-9"])
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)] | None = Field(
        default=None, description="Shown to the public as the seat's substitute."
    )
    until: Time = Field(description="The first moment after the term.", examples=["2028-03-20T00:00:00Z"])


class AbsenceBody(Body):
    """Why the seat's substitute acts in this case."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "مأموریت اداری"}]})

    reason: Text = Field(description="In plain words; stays inside.", examples=["مأموریت اداری"])


def substitutes_of_groups(uses: UseCases) -> APIRouter:
    """Return the routes about a group's seats."""
    api = APIRouter(
        route_class=StrictRoute, prefix="/working-groups/{id}/seats/{seat}/substitute", tags=["working groups"]
    )

    @api.post("", response_model=Receipt, summary="Name a seat's substitute (city office)")
    async def name(
        id: AnyId,
        seat: SeatNumber,
        body: SubstituteBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
        response: Response,
    ) -> dict[str, Any]:
        stored = await uses.substitutes.name(
            id,
            seat,
            subject=body.holder,
            name=body.name,
            until=to_ms(body.until),
            caller=caller,
            command=command,
            cause=cause,
            expected_version=version,
        )
        return changed(response, stored)

    @api.post("/end", response_model=Receipt, summary="End a substitute's term early (city office)")
    async def end(
        id: AnyId,
        seat: SeatNumber,
        body: EmptySeatBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
        response: Response,
    ) -> dict[str, Any]:
        stored = await uses.substitutes.end(
            id, seat, reason=body.reason, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)

    return api


def substitutes_of_cases(uses: UseCases) -> APIRouter:
    """Return the routes about a case's seats."""
    api = APIRouter(route_class=StrictRoute, prefix="/cases/{id}", tags=["cases"])

    @api.post(
        "/seats/{seat}/absence",
        response_model=CaseReceipt,
        summary="Let the seat's substitute step in for a member who is absent (city office)",
    )
    async def absence(
        id: AnyId,
        seat: SeatNumber,
        body: AbsenceBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        response: Response,
    ) -> dict[str, Any]:
        stored = await uses.substitutes.stand_in(
            id, seat, reason=body.reason, caller=caller, command=command, cause=cause
        )
        return case_answer(response, stored)

    return api
