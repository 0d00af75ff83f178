"""/ops of every service: for the role ``operator`` alone."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse

from shared.messaging.archive import Archive
from shared.messaging.broker import BrokerAway
from shared.messaging.management import ManagementAway
from shared.ops.announcing import Announcing
from shared.ops.letters import OwnLetters, readable
from shared.ops.records import Actions
from shared.ops.replays import Replays
from shared.ops.views import (
    ActionList,
    ActionView,
    AnnounceBody,
    AnnouncementList,
    AnnouncementView,
    DiscardBody,
    Discarded,
    DiscardedList,
    LetterDetail,
    LetterList,
    LetterView,
    Moved,
    OutboxList,
    OutboxView,
    QueueBody,
    QueueView,
    ReplayBody,
    ReplayList,
    ReplayView,
)
from shared.web.api import CallerDep, CauseDep, CommandDep
from shared.web.caller import Caller
from shared.web.problems import RETRY_AFTER_SECONDS
from shared.web.strict import StrictRoute


@dataclass(frozen=True, slots=True)
class UnsentSource:
    """A part of the service that announces: its name, since when its oldest event waits, and how much waits."""

    name: str
    oldest: Callable[[], Awaitable[datetime | None]]
    count: Callable[[], Awaitable[int]]


@dataclass(frozen=True)
class Operations:
    """What /ops of one service works on."""

    letters: OwnLetters
    replays: Replays
    announcing: Announcing
    actions: Actions
    archive: Callable[[], Archive]
    unsent: Callable[[], Sequence[UnsentSource]]


async def _operator(caller: CallerDep) -> Caller:
    caller.require_whole_city("operator")
    return caller


OPERATOR: Final = [Depends(_operator)]
LetterId = Annotated[str, Path(max_length=120, description="Id of the event, as the list gives it.")]


def router(operations: Operations) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(route_class=StrictRoute, prefix="/ops", tags=["ops"], dependencies=OPERATOR)
    for add in (_letters, _discarding, _replays, _announcements, _reads):
        add(routes, operations)
    return routes


def install(app: FastAPI) -> None:
    """Tell a broker that is away as the 503 that it is, instead of an unexpected error."""

    async def away(request: Request, _error: Exception) -> JSONResponse:
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        answer: JSONResponse = app.state.respond(request, 503, "broker_unavailable", headers=headers)
        return answer

    app.add_exception_handler(BrokerAway, away)
    app.add_exception_handler(ManagementAway, away)


def _letters(routes: APIRouter, operations: Operations) -> None:
    letters = operations.letters

    @routes.get("/dead-letters", summary="List messages that were put aside, by queue")
    async def list_letters() -> LetterList:
        queues, found = await letters.overview()
        return LetterList(queues=[QueueView(**queue) for queue in queues], items=[LetterView.of(one) for one in found])

    @routes.get("/dead-letters/{letter}", summary="Read one: headers, error and event")
    async def read_letter(letter: LetterId) -> LetterDetail:
        return LetterDetail.whole(await letters.get(letter))

    @routes.post("/dead-letters/{letter}/retry", summary="Put one back into its queue")
    async def retry_letter(letter: LetterId, command: CommandDep, cause: CauseDep) -> Moved:
        """If it fails again it comes back, with its number of retries."""
        return Moved(**await letters.retry(letter, command, cause))

    @routes.post("/dead-letters/retry", summary="Put all of a queue back")
    async def retry_letters(body: QueueBody, command: CommandDep, cause: CauseDep) -> Moved:
        return Moved(**await letters.retry_all(body.queue, command, cause))


def _discarding(routes: APIRouter, operations: Operations) -> None:
    letters = operations.letters

    @routes.post("/dead-letters/{letter}/discard", summary="Give one up, with a reason")
    async def discard_letter(letter: LetterId, body: DiscardBody, command: CommandDep, cause: CauseDep) -> Moved:
        """It is kept whole, with who, when and why."""
        return Moved(**await letters.discard(letter, body.reason, command, cause))

    @routes.get("/discarded-letters", summary="List messages that were given up")
    async def list_discarded() -> DiscardedList:
        return DiscardedList(items=[Discarded.of(document) for document in await letters.discarded()])


def _replays(routes: APIRouter, operations: Operations) -> None:
    replays = operations.replays

    @routes.post("/replays", status_code=202, summary="Handle events of the archive again")
    async def ask_replay(body: ReplayBody, command: CommandDep, cause: CauseDep) -> ReplayView:
        """Safe at any time and any number of times: handlers are idempotent. It survives a restart."""
        return ReplayView.of(await replays.ask(body.to_start(), body.rebuild_copies, command, cause))

    @routes.get("/replays", summary="See how far replays are")
    async def list_replays() -> ReplayList:
        return ReplayList(items=[ReplayView.of(document) for document in await replays.newest()])


def _announcements(routes: APIRouter, operations: Operations) -> None:
    announcing = operations.announcing

    @routes.post("/announcements", status_code=202, summary="Announce again what the archive misses")
    async def announce(body: AnnounceBody, command: CommandDep, cause: CauseDep) -> AnnouncementView:
        return AnnouncementView.of(await announcing.ask(body.all, command, cause))

    @routes.get("/announcements", summary="See how far announcing again is")
    async def list_announcements() -> AnnouncementList:
        return AnnouncementList(items=[AnnouncementView.of(document) for document in await announcing.newest()])


def _reads(routes: APIRouter, operations: Operations) -> None:
    @routes.get(
        "/archive",
        summary="Download the archive: one event a line, in its order",
        response_class=StreamingResponse,
        responses={200: {"content": {"application/x-ndjson": {}}}},
    )
    async def read_archive(
        start: Annotated[int, Query(alias="from", ge=0, le=10**18, description="Offset of the first event.")] = 0,
    ) -> StreamingResponse:
        """Each line is {offset, event}; what is no event is left out. Without its last line, {end}, it broke off."""

        archive = operations.archive()

        async def lines() -> AsyncIterator[bytes]:
            last = -1
            async with aclosing(archive.read(start)) as events:
                async for archived in events:
                    event, _ = readable(archived.body)
                    if isinstance(event, dict):
                        yield orjson.dumps({"offset": archived.offset, "event": event}) + b"\n"
                        last = archived.offset
            yield orjson.dumps({"end": last}) + b"\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    @routes.get("/outboxes", summary="See what is not announced yet")
    async def list_outboxes() -> OutboxList:
        return OutboxList(
            items=[
                OutboxView(collection=source.name, count=await source.count(), oldest=await source.oldest())
                for source in operations.unsent()
            ]
        )

    @routes.get("/actions", summary="See what operators did")
    async def list_actions() -> ActionList:
        found = await operations.actions.newest()
        names = ("at", "actor", "action", "about", "failed")
        return ActionList(
            items=[ActionView(id=one["_id"], **{name: one[name] for name in names if name in one}) for one in found]
        )
