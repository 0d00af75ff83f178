"""Closing a request over HTTP (REQ-12)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from services.requests.usecases import UseCases
from shared.contracts.ids import Id
from shared.web.api import CallerDep, CauseDep, CommandDep, Receipt, VersionDep, changed

IdPath = Annotated[Id, Path(description="Id as returned at creation.")]
Answer = dict[str, Any]


def closing_routes(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes."""

    @routes.post(
        "/requests/{id}/close",
        response_model=Receipt,
        tags=["requests"],
        summary="Close it when all is reported and nothing is pending (secretary, budget officer)",
    )
    async def close_request(
        id: IdPath, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep, version: VersionDep
    ) -> Answer:
        """It is closed once budget has released what was not needed. Refused with 409 ``still_pending``; ``errors`` names what is."""
        stored = await uses.closing.close(id, caller=caller, command=command, cause=cause, expected_version=version)
        return changed(response, stored)
