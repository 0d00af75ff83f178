"""The route about merging (REG-5)."""

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from services.registry.domain.merging import MergedPart
from services.registry.inbound.bodies import Body, Sentence
from services.registry.inbound.calls import CallDep
from services.registry.usecases import UseCases
from shared.contracts.ids import Id
from shared.web.api import Receipt, changed


class MergeBody(Body):
    """Into which organisation, and what that takes over."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "survivor": "0b7f3a52-6d0c-5f57-9a51-0c8f0d1e2a33",
                    "parts": ["contact"],
                    "reason": "همان گروه است، دو بار ثبت شده.",
                }
            ]
        }
    )

    survivor: Id = Field(description="The organisation that it is; a living one that it resembles.")
    parts: tuple[MergedPart, ...] = Field(
        default=(),
        max_length=20,
        description="Parts of the profile that the survivor takes over: names as former ones, districts and topics beside its own.",
        examples=[["contact"]],
    )
    reason: Sentence = Field(description="How it is known.", examples=["همان گروه است، دو بار ثبت شده."])


def add(routes: APIRouter, uses: UseCases) -> None:
    """Add the route."""

    @routes.post(
        "/organizations/{organization}/merge",
        tags=["verification"],
        summary="Merge into the one that it is (registrar)",
    )
    async def merge(organization: Id, body: MergeBody, response: Response, call: CallDep) -> Receipt:
        """Only what never had a standing, so that no money can be pending. Both records stay; this one points to the survivor."""
        stored = await uses.merging.merge(
            organization, body.survivor, tuple(dict.fromkeys(body.parts)), body.reason, call
        )
        return Receipt(**changed(response, stored))
