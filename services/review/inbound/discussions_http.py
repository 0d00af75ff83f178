"""Ballots opened at a meeting, over HTTP (REV-5)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from services.review.domain.ballot import Ballot, CaseSeat
from services.review.inbound.receipts import CaseReceipt, case_answer
from services.review.usecases import UseCases
from shared.web.api import CallerDep, CauseDep, CommandDep
from shared.web.strict import StrictRoute

AnyId = Annotated[str, Path(min_length=1, max_length=80)]


class BallotView(BaseModel):
    """A ballot: the own one, or one that was opened at a meeting."""

    seat: int
    scores: dict[str, int]
    comments: dict[str, str]
    comment: str
    vote: str
    amount: int | None
    edition: int = Field(description="Counts the seat's ballots from 1; also in the own one's ETag.", examples=[1])


class OpenedBallotView(BallotView):
    """An opened ballot, with the one that it replaced."""

    revised_from: BallotView | None = Field(description="As it was opened; null: it was not revised.")


class OpenedBallotList(BaseModel):
    """The opened ballots of a case, by seat."""

    items: list[OpenedBallotView]


def ballot_view(seat: int, ballot: Ballot) -> BallotView:
    """Return a ballot."""
    return BallotView(
        seat=seat,
        scores={score.criterion: score.score for score in ballot.scores},
        comments={score.criterion: score.comment for score in ballot.scores if score.comment},
        comment=ballot.comment,
        vote=ballot.vote,
        amount=ballot.amount,
        edition=ballot.edition,
    )


def _opened(seat: CaseSeat, ballot: Ballot) -> OpenedBallotView:
    before = seat.revised_from
    now = ballot_view(seat.seat, ballot).model_dump()
    return OpenedBallotView(**now, revised_from=ballot_view(seat.seat, before) if before is not None else None)


def discussions_router(uses: UseCases) -> APIRouter:
    """Return the routes of ballots at meetings."""
    api = APIRouter(route_class=StrictRoute, tags=["ballots"])

    @api.post(
        "/meetings/{id}/cases/{case}/open-ballots",
        response_model=CaseReceipt,
        summary="Open the ballots of a case on the agenda for the members present (secretary)",
    )
    async def open_ballots(
        id: AnyId, case: AnyId, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.discussions.open_ballots(id, case, caller=caller, command=command, cause=cause)
        return case_answer(response, stored)

    @api.post(
        "/meetings/{id}/cases/{case}/end-discussion",
        response_model=CaseReceipt,
        summary="End the discussion about opened ballots (secretary)",
    )
    async def end(
        id: AnyId, case: AnyId, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.discussions.end(id, case, caller=caller, command=command, cause=cause)
        return case_answer(response, stored)

    @api.get(
        "/cases/{id}/ballots",
        response_model=OpenedBallotList,
        summary="The ballots opened at a meeting (members present, once the own one is cast)",
    )
    async def ballots(id: AnyId, caller: CallerDep) -> OpenedBallotList:
        seats = await uses.discussions.ballots(id, caller=caller)
        return OpenedBallotList(items=[_opened(seat, seat.ballot) for seat in seats if seat.ballot is not None])

    return api
