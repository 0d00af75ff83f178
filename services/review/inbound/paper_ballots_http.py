"""Paper ballots over HTTP (REV-5)."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import ConfigDict, Field, StringConstraints

from services.review.domain.case_steps import BallotForm
from services.review.inbound.bodies import BallotBody, Body
from services.review.inbound.receipts import CaseReceipt, case_answer
from services.review.usecases import UseCases
from shared.web.api import CallerDep, CauseDep, CommandDep
from shared.web.strict import StrictRoute

AnyId = Annotated[str, Path(min_length=1, max_length=80)]
SeatNumber = Annotated[int, Path(ge=1, le=50)]


class PaperReceipt(CaseReceipt):
    """The answer to a paper ballot that was entered; the code is told here alone and kept nowhere."""

    code: str = Field(description="Handed over to the member, who enters it.", examples=["04938271"])
    until: datetime = Field(description="Until when it can be entered.")


class ConfirmBody(Body):
    """The code that the secretary was told."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "04938271"}]})

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")] = Field(
        description="Eight digits.", examples=["04938271"]
    )


def paper_ballots_router(uses: UseCases) -> APIRouter:
    """Return the routes."""
    api = APIRouter(route_class=StrictRoute, prefix="/cases/{id}/seats/{seat}/paper-ballot", tags=["ballots"])

    @api.post(
        "", response_model=PaperReceipt, summary="Enter a member's paper ballot; it does not count yet (secretary)"
    )
    async def enter(
        id: AnyId,
        seat: SeatNumber,
        body: BallotBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        response: Response,
    ) -> dict[str, Any]:
        form = BallotForm(body.scores, body.comments, body.comment, body.vote, body.amount, replaces=None)
        stored, code, until = await uses.paper_ballots.enter(
            id, seat, form, caller=caller, command=command, cause=cause
        )
        return {**case_answer(response, stored), "code": code, "until": until}

    @api.post(
        "/confirm", response_model=CaseReceipt, summary="Confirm the own paper ballot by its code (holder of the seat)"
    )
    async def confirm(
        id: AnyId, seat: SeatNumber, body: ConfirmBody, caller: CallerDep, command: CommandDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.paper_ballots.confirm(id, seat, body.code, caller=caller, command=command)
        answer = case_answer(response, stored)
        return {"id": answer["id"], "status": answer["status"]}

    return api
