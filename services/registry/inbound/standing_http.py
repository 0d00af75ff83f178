"""The routes about standings beyond approval and suspension (REG-4)."""

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from services.registry.inbound.bodies import Body, ReasonBody, Text
from services.registry.inbound.calls import CallDep
from services.registry.usecases import UseCases
from shared.contracts.ids import Id
from shared.web.api import Receipt, changed


class AnswerBody(Body):
    """What the organisation says."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "گزارش در راه است."}]})

    text: Text = Field(description="The answer, in plain words.", examples=["گزارش در راه است."])


def add(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes."""
    standing = uses.standing
    path = "/organizations/{organization}"

    @routes.post(f"{path}/revoke", tags=["standing"], summary="Take the standing away for good (city_office)")
    async def revoke(organization: Id, body: ReasonBody, response: Response, call: CallDep) -> Receipt:
        """Open requests lapse and their money is released; accepted work stays."""
        return Receipt(**changed(response, await standing.revoke(organization, body.reason, call)))

    @routes.post(f"{path}/suspension/answer", tags=["standing"], summary="Answer the suspension, in time (its own)")
    async def answer_suspension(organization: Id, body: AnswerBody, response: Response, call: CallDep) -> Receipt:
        """Once, within the term that the suspension names; it is kept and shown to the office."""
        return Receipt(**changed(response, await standing.answer_suspension(organization, body.text, call)))
