"""The routes of assisted entry (REG-10): an office enters, the applicant confirms by a code."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field, StringConstraints

from services.registry.inbound.bodies import Body, RegistrationBody
from services.registry.inbound.calls import CallDep
from services.registry.usecases import UseCases
from shared.contracts.ids import Id
from shared.web.api import Receipt, changed, created


class CodeView(Receipt):
    """The code, told to the officer who asked for it and kept nowhere."""

    code: str = Field(examples=["04938271"])
    until: datetime = Field(description="Until when the applicant may enter it.")


class ConfirmationBody(Body):
    """The code that the office handed over."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "04938271"}]})

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")] = Field(
        description="Eight digits.", examples=["04938271"]
    )


def add(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes."""
    assistance = uses.assistance

    @routes.post(
        "/assisted-organizations",
        status_code=201,
        tags=["assisted entry"],
        summary="Open a draft for an applicant (registrar)",
    )
    async def enter(body: RegistrationBody, response: Response, call: CallDep) -> Receipt:
        """The officer completes it like an own draft; it is submitted only once the applicant has confirmed it."""
        stored = await assistance.enter(body.to_domain(), call)
        return Receipt(**created(response, f"/organizations/{stored.id}", stored))

    @routes.post(
        "/organizations/{organization}/confirmation-code",
        tags=["assisted entry"],
        summary="Be told a code to hand over to the applicant (registrar)",
    )
    async def give_code(organization: Id, response: Response, call: CallDep) -> CodeView:
        """For the draft as it is: any edit voids the code, and so does another code."""
        stored, code, until = await assistance.give_code(organization, call)
        return CodeView(**{**changed(response, stored), "code": code, "until": until})

    @routes.post(
        "/organizations/{organization}/confirm",
        tags=["assisted entry"],
        summary="Confirm what an office entered, by the code that it handed over (anyone signed in but officers)",
    )
    async def confirm(organization: Id, body: ConfirmationBody, response: Response, call: CallDep) -> Receipt:
        """The draft is then the caller's own, to read, to correct and to submit. A wrong code uses up a try."""
        return Receipt(**changed(response, await assistance.confirm(organization, body.code, call)))
