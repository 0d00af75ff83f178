"""The words in which statuses are shown to the public, for whoever shows them (REQ-15)."""

from collections.abc import Mapping

from fastapi import APIRouter
from pydantic import BaseModel, Field

from shared.contracts.base import Names
from shared.contracts.wording import PROGRAMME_WORDING, REQUEST_WORDING
from shared.web.api import OptionalCallerDep


class Wording(BaseModel):
    """One status and its words."""

    status: str = Field(examples=["in_review"])
    wording: Names


class WordingList(BaseModel):
    """All statuses with their words, in the order of a request's and a programme's way."""

    requests: list[Wording]
    programmes: list[Wording]


def wording_routes(routes: APIRouter) -> None:
    """Add the route of the wording."""

    @routes.get(
        "/status-wording", response_model=WordingList, tags=["wording"], summary="Public wording of statuses (public)"
    )
    async def list_wording(_caller: OptionalCallerDep) -> WordingList:
        return WordingList(requests=_all(REQUEST_WORDING), programmes=_all(PROGRAMME_WORDING))


def _all(words: Mapping[str, Names]) -> list[Wording]:
    return [Wording(status=status, wording=wording) for status, wording in words.items()]
