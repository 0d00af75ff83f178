"""Cases that found no quorum, over HTTP (REV-7)."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import ConfigDict, Field

from services.review.domain.stalled_case import NamedSubstitute
from services.review.inbound.bodies import Body, Subject
from services.review.inbound.receipts import CaseReceipt, case_answer
from services.review.usecases import UseCases
from shared.contracts.ids import Id
from shared.web.api import CallerDep, CauseDep, CommandDep
from shared.web.strict import StrictRoute

AnyId = Annotated[str, Path(min_length=1, max_length=80)]


class NamedSubstituteBody(Body):
    """A person for one seat."""

    seat: int = Field(ge=1, le=50, description="Number of the seat.", examples=[4])
    kind: Literal["deputy", "expert", "neighbourhood_member"] = Field(
        description="The seat's kind, which the person has to be of.", examples=["expert"]
    )
    holder: Subject = Field(description="`sub` of the person's tokens.", examples=["expert-7-9"])


class NamedSubstitutesBody(Body):
    """Who sits in a stalled case for those who did not come, are recused or were never named."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"seats": [{"seat": 4, "kind": "expert", "holder": "expert-7-9"}]}]}
    )

    seats: list[NamedSubstituteBody] = Field(min_length=1, max_length=50, description="One person a seat.")


class AnotherGroupBody(Body):
    """Which working group decides instead."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"working_group": "wg-8"}]})

    working_group: Id = Field(description="Id of the working group.", examples=["wg-8"])


def stalled_cases(uses: UseCases) -> APIRouter:
    """Return the routes by which a case without a quorum goes on."""
    api = APIRouter(route_class=StrictRoute, prefix="/cases/{id}", tags=["cases"])

    @api.post(
        "/substitutes",
        response_model=CaseReceipt,
        summary="Name substitutes for a stalled case; it goes on (city office)",
    )
    async def substitutes(
        id: AnyId,
        body: NamedSubstitutesBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        response: Response,
    ) -> dict[str, Any]:
        named = [NamedSubstitute(one.seat, one.kind, one.holder) for one in body.seats]
        stored = await uses.stalled_cases.name_substitutes(id, named, caller=caller, command=command, cause=cause)
        return case_answer(response, stored)

    @api.post("/new-term", response_model=CaseReceipt, summary="Give an exception a new term (headquarters)")
    async def new_term(
        id: AnyId, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.stalled_cases.order_new_term(id, caller=caller, command=command, cause=cause)
        return case_answer(response, stored)

    @api.post(
        "/working-group",
        response_model=CaseReceipt,
        summary="Bring an exception before another working group (headquarters)",
    )
    async def another_group(
        id: AnyId,
        body: AnotherGroupBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        response: Response,
    ) -> dict[str, Any]:
        stored = await uses.stalled_cases.move_to_group(
            id, body.working_group, caller=caller, command=command, cause=cause
        )
        return case_answer(response, stored)

    return api
