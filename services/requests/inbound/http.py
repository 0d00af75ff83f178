"""The HTTP API: parse → use case → answer. Refusals become problem details in shared/web."""

from enum import Enum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response

from services.requests.domain.agreements import Subject
from services.requests.domain.appeals import AppealStatus
from services.requests.domain.cancellation import HearingStatus
from services.requests.domain.clocks import Clock
from services.requests.domain.statuses import Status
from services.requests.inbound.agreements_http import agreement_routes
from services.requests.inbound.appeals_http import appeal_routes
from services.requests.inbound.award_http import award_routes
from services.requests.inbound.bodies import RequestBody, RequestPatch, WithdrawBody
from services.requests.inbound.cancellation_http import cancellation_routes
from services.requests.inbound.certification_http import certification_routes
from services.requests.inbound.closing_http import closing_routes
from services.requests.inbound.eligibility_http import eligibility_routes
from services.requests.inbound.history import History, history_item
from services.requests.inbound.programmes_http import programme_routes
from services.requests.inbound.questions_http import question_routes
from services.requests.inbound.reports_http import report_routes
from services.requests.inbound.views import (
    HeadList,
    RequestList,
    RequestView,
    head_view,
    request_summary,
    request_view,
)
from services.requests.inbound.wording_http import wording_routes
from services.requests.usecases import UseCases
from services.requests.usecases.requests import Filters
from shared.contracts.ids import BookId, DistrictId, Id
from shared.web.api import (
    CallerDep,
    CauseDep,
    CommandDep,
    OptionalCallerDep,
    PageDep,
    Receipt,
    RequiredVersionDep,
    VersionDep,
    changed,
    created,
    page_body,
    with_version,
)
from shared.web.strict import StrictRoute

IdPath = Annotated[Id, Path(description="Id as returned at creation.")]
Answer = dict[str, Any]

REQUESTS: Final[list[str | Enum]] = ["requests"]
HEADS: Final[list[str | Enum]] = ["book heads"]


def router(uses: UseCases) -> APIRouter:
    """Return all routes of the service."""
    routes = APIRouter(route_class=StrictRoute)
    programme_routes(routes, uses)
    eligibility_routes(routes, uses)
    question_routes(routes, uses)
    wording_routes(routes)
    _draft_routes(routes, uses)
    certification_routes(routes, uses)
    _step_routes(routes, uses)
    award_routes(routes, uses)
    report_routes(routes, uses)
    appeal_routes(routes, uses)
    closing_routes(routes, uses)
    cancellation_routes(routes, uses)
    agreement_routes(routes, uses)
    _reading_routes(routes, uses)
    _head_routes(routes, uses)
    return routes


def _draft_routes(routes: APIRouter, uses: UseCases) -> None:
    requests = uses.requests
    tags = REQUESTS

    @routes.post("/requests", status_code=201, response_model=Receipt, tags=tags, summary="Begin a draft (applicant)")
    async def draft_request(
        body: RequestBody, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep
    ) -> Answer:
        """Needs no standing: drafting is open to every applicant of the organisation."""
        stored = await requests.draft(body.organization, body.proposal(), caller=caller, command=command, cause=cause)
        return created(response, f"/requests/{stored.id}", stored)

    @routes.patch(
        "/requests/{id}", response_model=Receipt, tags=tags, summary="Change a draft or a reopened field (applicant)"
    )
    async def edit_request(
        id: IdPath,
        body: RequestPatch,
        response: Response,
        caller: CallerDep,
        cause: CauseDep,
        version: RequiredVersionDep,
    ) -> Answer:
        stored = await requests.edit(id, body.changes(), caller=caller, cause=cause, expected_version=version)
        return changed(response, stored)


def _step_routes(routes: APIRouter, uses: UseCases) -> None:
    requests = uses.requests
    tags = REQUESTS

    @routes.post("/requests/{id}/submit", response_model=Receipt, tags=tags, summary="Submit the draft (applicant)")
    async def submit_request(
        id: IdPath, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep, version: VersionDep
    ) -> Answer:
        """Without the standing it is refused with 403 ``standing_forbids``; ``params`` carries the standing."""
        stored = await requests.submit(id, caller=caller, command=command, cause=cause, expected_version=version)
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/accept", response_model=Receipt, tags=tags, summary="Accept the reserved award (applicant)"
    )
    async def accept_award(
        id: IdPath, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep, version: VersionDep
    ) -> Answer:
        stored = await requests.accept(id, caller=caller, command=command, cause=cause, expected_version=version)
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/withdraw", response_model=Receipt, tags=tags, summary="Withdraw, until accepted (applicant)"
    )
    async def withdraw_request(
        id: IdPath,
        body: WithdrawBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        stored = await requests.withdraw(
            id, body.reason, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)


def _reading_routes(routes: APIRouter, uses: UseCases) -> None:
    requests = uses.requests
    tags = REQUESTS

    @routes.get("/requests", response_model=RequestList, tags=tags, summary="The requests you may read, newest first")
    async def list_requests(
        caller: CallerDep,
        page: PageDep,
        status: Annotated[Status | None, Query(description="Only those with this status.")] = None,
        district: Annotated[DistrictId | None, Query(description="Only those of this district.")] = None,
        organization: Annotated[Id | None, Query(description="Only those of this organisation.")] = None,
        programme: Annotated[Id | None, Query(description="Only those under this programme.")] = None,
        reports_overdue: Annotated[
            bool | None, Query(description="Only those whose report is late, or is not.")
        ] = None,
        appeal: Annotated[AppealStatus | None, Query(description="Only those whose appeal stands so.")] = None,
        appeal_overdue: Annotated[
            bool | None, Query(description="Only those whose appeal was, or was not, left without an answer in time.")
        ] = None,
        agreement: Annotated[
            Subject | None, Query(description="Only those with such a proposal that waits for its answer.")
        ] = None,
        hearing: Annotated[
            HearingStatus | None, Query(description="Only those whose notice of cancellation stands so.")
        ] = None,
        clock_breached: Annotated[
            Clock | None, Query(description="Only those on which the city let this clock run out (REQ-14).")
        ] = None,
    ) -> Answer:
        """Applicants: of their own organisations. District offices: submitted ones of their districts."""
        filters = Filters(
            status=status, district=district, organization=organization, programme=programme,
            reports_overdue=reports_overdue, appeal=appeal, appeal_overdue=appeal_overdue,
            agreement=agreement, hearing=hearing, clock_breached=clock_breached,
        )  # fmt: skip
        found = await requests.page(filters, caller=caller, cursor=page.cursor, limit=page.limit)
        return page_body(found, request_summary)

    @routes.get("/requests/{id}", response_model=RequestView, tags=tags, summary="One request with all its revisions")
    async def get_request(id: IdPath, response: Response, caller: CallerDep) -> Answer:
        stored = await requests.get(id, caller=caller)
        with_version(response, stored)
        return request_view(stored, await requests.programme_version(stored.state))

    @routes.get("/requests/{id}/history", response_model=History, tags=tags, summary="What happened to a request")
    async def get_history(id: IdPath, caller: CallerDep) -> Answer:
        entries = await requests.history(id, caller=caller)
        return {"items": [history_item(entry) for entry in entries]}


def _head_routes(routes: APIRouter, uses: UseCases) -> None:
    @routes.get(
        "/book-heads", response_model=HeadList, tags=HEADS, summary="Announced heads of a book, oldest first (public)"
    )
    async def list_heads(
        _caller: OptionalCallerDep,  # everybody may; but a wrong token is refused by every read
        page: PageDep,
        book: Annotated[BookId, Query(description="The book, e.g. ``district:7/1405``.")],
    ) -> Answer:
        """Kept here, apart from the books: a book that lacks one of them, or has another hash there, was rewritten (BUD-10)."""
        return page_body(await uses.heads.page(book, cursor=page.cursor, limit=page.limit), head_view)
