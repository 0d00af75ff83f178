"""Certification of a draft by a second representative, over HTTP (REQ-5)."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field, StringConstraints

from services.requests.inbound.bodies import Body, body_example
from services.requests.usecases import UseCases
from shared.contracts.ids import Id
from shared.web.api import CallerDep, CauseDep, CommandDep, Receipt, VersionDep, changed

IdPath = Annotated[Id, Path(description="Id as returned at creation.")]
Answer = dict[str, Any]


class CodeView(Receipt):
    """The code, told to whoever asked for it and kept nowhere."""

    code: str = Field(examples=["04938271"])
    until: datetime = Field(description="Until when another representative may enter it.")


class CertifyBody(Body):
    """The code that another person was told."""

    model_config = body_example(code="04938271")

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")] = Field(
        description="Eight digits.", examples=["04938271"]
    )


def certification_routes(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes."""
    certifications = uses.certifications

    @routes.post(
        "/requests/{id}/certification-code",
        response_model=CodeView,
        tags=["requests"],
        summary="Be told a code by which another representative certifies the draft (applicant, city office)",
    )
    async def give_code(
        id: IdPath, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep, version: VersionDep
    ) -> Answer:
        """For the draft as it is: any edit voids the code. The city office hands it over to the representative in assisted entry."""
        stored, code, until = await certifications.give_code(
            id, caller=caller, command=command, cause=cause, expected_version=version
        )
        return {**changed(response, stored), "code": code, "until": until}

    @routes.post(
        "/requests/{id}/certify",
        response_model=Receipt,
        tags=["requests"],
        summary="Certify the draft by the code that another person was told (applicant)",
    )
    async def certify_request(
        id: IdPath,
        body: CertifyBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        """A wrong code uses up a try; whoever was told the code cannot enter it."""
        stored = await certifications.certify(
            id, body.code, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)
