"""Review's HTTP API: parse → use case → answer. Refusals become problem details by the web layer."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel, Field

from services.review.domain.ballot import Ballot
from services.review.domain.case import CaseStatus
from services.review.domain.case_steps import BallotChanged, BallotForm
from services.review.domain.working_group import Term
from services.review.inbound.bodies import (
    BallotBody,
    DeclarationBody,
    EmptySeatBody,
    PriorityListBody,
    RequestChangesBody,
    RuleSetBody,
    SeatBody,
    SignBody,
    SummaryBody,
    WorkingGroupBody,
)
from services.review.inbound.concerns_http import concerns_router, proposals_router
from services.review.inbound.councils_http import councils_router
from services.review.inbound.discussions_http import BallotView, ballot_view, discussions_router
from services.review.inbound.meetings_http import meetings_router
from services.review.inbound.obstacles_http import obstacles_router
from services.review.inbound.paper_ballots_http import paper_ballots_router
from services.review.inbound.receipts import CaseReceipt, case_answer
from services.review.inbound.stalled_http import stalled_cases
from services.review.inbound.substitutes_http import substitutes_of_cases, substitutes_of_groups
from services.review.inbound.times import to_ms
from services.review.inbound.views import (
    CaseView,
    HistoryView,
    PriorityListView,
    PriorityVersionView,
    RuleSetVersionView,
    RuleSetView,
    WorkingGroupView,
    case_view,
    history_view,
    priority_list_view,
    priority_version_view,
    rule_set_version_view,
    rule_set_view,
    working_group_view,
)
from services.review.inbound.visit_pictures_http import visit_pictures_router
from services.review.inbound.visits_http import visits_router
from services.review.usecases import UseCases
from shared.contracts.ids import DISTRICT_PATTERN
from shared.contracts.review import FieldReason
from shared.storage.ports import Stored
from shared.web.api import (
    CallerDep,
    CauseDep,
    CommandDep,
    ETagText,
    OptionalCallerDep,
    PageDep,
    Receipt,
    VersionDep,
    changed,
    created,
    page_body,
    with_version,
)
from shared.web.problems import PreconditionRequired
from shared.web.strict import StrictRoute

AnyId = Annotated[str, Path(min_length=1, max_length=80)]
SeatNumber = Annotated[int, Path(ge=1, le=50)]
VersionNumber = Annotated[int, Path(ge=1, le=100_000)]
District = Annotated[str | None, Query(pattern=DISTRICT_PATTERN, description="Only this district's.")]

_BALLOT_ETAG: Final = re.compile(r'^"ballot-([0-9]{1,9})-([0-9]{1,9})"$')


class DraftReceipt(CaseReceipt):
    """The answer to a drafted reason."""

    draft: int = Field(description="Edition of the draft; the chair can name it when signing.", examples=[1])


class RuleSetPage(BaseModel):
    """Rule sets."""

    items: list[RuleSetView]
    next: str | None
    total: int


class PriorityListPage(BaseModel):
    """Priority lists."""

    items: list[PriorityListView]
    next: str | None
    total: int


class WorkingGroupPage(BaseModel):
    """Working groups."""

    items: list[WorkingGroupView]
    next: str | None
    total: int


class CasePage(BaseModel):
    """Cases, oldest first."""

    items: list[CaseView]
    next: str | None
    total: int


class HistoryList(BaseModel):
    """Everything that happened to a case."""

    items: list[HistoryView]


def router(uses: UseCases) -> APIRouter:
    """Return all routes of the service."""
    api = APIRouter(route_class=StrictRoute)
    api.include_router(_rule_sets(uses))
    api.include_router(_priority_lists(uses))
    api.include_router(_working_groups(uses))
    api.include_router(_cases(uses))
    api.include_router(_seats(uses))
    api.include_router(councils_router(uses))
    api.include_router(concerns_router(uses))
    api.include_router(proposals_router(uses))
    api.include_router(obstacles_router(uses))
    api.include_router(meetings_router(uses))
    api.include_router(discussions_router(uses))
    api.include_router(paper_ballots_router(uses))
    api.include_router(visits_router(uses))
    api.include_router(visit_pictures_router(uses))
    api.include_router(substitutes_of_groups(uses))
    api.include_router(substitutes_of_cases(uses))
    api.include_router(stalled_cases(uses))
    return api


def _rule_sets(uses: UseCases) -> APIRouter:
    api = APIRouter(route_class=StrictRoute, prefix="/rule-sets", tags=["rule sets"])

    @api.post("", status_code=201, response_model=Receipt, summary="Adopt the next version of a rule set (city office)")
    async def adopt(
        body: RuleSetBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
        response: Response,
    ) -> dict[str, Any]:
        stored = await uses.rule_sets.adopt(
            body.id,
            names=body.names,
            rules=body.rules.rules(),
            caller=caller,
            command=command,
            cause=cause,
            expected_version=version,
        )
        return _created_version(response, f"/rule-sets/{body.id}", stored)

    @api.get("", response_model=RuleSetPage, summary="Rule sets in force")
    async def page(_caller: OptionalCallerDep, which: PageDep) -> dict[str, Any]:
        found = await uses.rule_sets.page(cursor=which.cursor, limit=which.limit)
        return page_body(found, rule_set_view)

    @api.get("/{id}", response_model=RuleSetView, summary="A rule set: the version in force")
    async def one(id: AnyId, _caller: OptionalCallerDep, response: Response) -> RuleSetView:
        stored = await uses.rule_sets.get(id)
        with_version(response, stored)
        return rule_set_view(stored)

    @api.get("/{id}/versions/{version}", response_model=RuleSetVersionView, summary="One version, as it was adopted")
    async def old(id: AnyId, version: VersionNumber, _caller: OptionalCallerDep) -> RuleSetVersionView:
        state = (await uses.rule_sets.get(id)).state
        return rule_set_version_view(state, state.at(version))

    return api


def _priority_lists(uses: UseCases) -> APIRouter:
    api = APIRouter(route_class=StrictRoute, prefix="/priority-lists", tags=["priority lists"])

    @api.post(
        "",
        status_code=201,
        response_model=Receipt,
        summary="Adopt the next version of the city's list (headquarters) or a district's (its secretary, with the minutes)",
    )
    async def adopt(
        body: PriorityListBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
        response: Response,
    ) -> dict[str, Any]:
        stored = await uses.priority_lists.adopt(
            district=body.district,
            topics=body.topics,
            minutes_number=body.minutes_number,
            proposal=body.proposal,
            caller=caller,
            command=command,
            cause=cause,
            expected_version=version,
        )
        return _created_version(response, f"/priority-lists/{stored.id}", stored)

    @api.get("", response_model=PriorityListPage, summary="Priority lists in force")
    async def page(_caller: OptionalCallerDep, which: PageDep, district: District = None) -> dict[str, Any]:
        found = await uses.priority_lists.page(district=district, cursor=which.cursor, limit=which.limit)
        return page_body(found, priority_list_view)

    @api.get("/{id}", response_model=PriorityListView, summary="A list in force: `city` or `district:<id>`")
    async def one(id: AnyId, _caller: OptionalCallerDep, response: Response) -> PriorityListView:
        stored = await uses.priority_lists.get(id)
        with_version(response, stored)
        return priority_list_view(stored)

    @api.get("/{id}/versions/{version}", response_model=PriorityVersionView, summary="One version, as it was adopted")
    async def old(id: AnyId, version: VersionNumber, _caller: OptionalCallerDep) -> PriorityVersionView:
        state = (await uses.priority_lists.get(id)).state
        return priority_version_view(state, state.at(version))

    return api


def _working_groups(uses: UseCases) -> APIRouter:
    api = APIRouter(route_class=StrictRoute, prefix="/working-groups", tags=["working groups"])

    @api.post("", status_code=201, response_model=Receipt, summary="Set up a district's working group (city office)")
    async def set_up(
        body: WorkingGroupBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.working_groups.set_up(
            district=body.district, rule_set=body.rule_set, caller=caller, command=command, cause=cause
        )
        return created(response, f"/working-groups/{stored.id}", stored)

    @api.get("", response_model=WorkingGroupPage, summary="Working groups")
    async def page(caller: OptionalCallerDep, which: PageDep, district: District = None) -> dict[str, Any]:
        found = await uses.working_groups.page(district=district, cursor=which.cursor, limit=which.limit)
        now = uses.working_groups.now()
        return page_body(found, lambda stored: working_group_view(stored, caller, now))

    @api.get("/{id}", response_model=WorkingGroupView, summary="A working group and its seats")
    async def one(id: AnyId, caller: OptionalCallerDep, response: Response) -> WorkingGroupView:
        stored = await uses.working_groups.get(id)
        with_version(response, stored)
        return working_group_view(stored, caller, uses.working_groups.now())

    @api.post("/{id}/seats/{seat}", response_model=Receipt, summary="Fill a seat for a term (city office)")
    async def fill(
        id: AnyId,
        seat: SeatNumber,
        body: SeatBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
        response: Response,
    ) -> dict[str, Any]:
        stored = await uses.working_groups.fill(
            id,
            seat,
            term=Term(body.holder, body.name, to_ms(body.since), to_ms(body.until)),
            caller=caller,
            command=command,
            cause=cause,
            expected_version=version,
        )
        return changed(response, stored)

    @api.post("/{id}/seats/{seat}/empty", response_model=Receipt, summary="Empty a seat (city office)")
    async def empty(
        id: AnyId,
        seat: SeatNumber,
        body: EmptySeatBody,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
        response: Response,
    ) -> dict[str, Any]:
        stored = await uses.working_groups.empty(
            id,
            seat,
            reason=body.reason,
            caller=caller,
            command=command,
            cause=cause,
            expected_version=version,
        )
        return changed(response, stored)

    return api


def _cases(uses: UseCases) -> APIRouter:
    api = APIRouter(route_class=StrictRoute, prefix="/cases", tags=["cases"])

    @api.get("", response_model=CasePage, summary="Cases, oldest first")
    async def page(
        caller: CallerDep,
        which: PageDep,
        district: District = None,
        status: Annotated[CaseStatus | None, Query(description="Only those with this status.")] = None,
        mine: Annotated[
            bool, Query(description="Only open cases where the caller has a seat and has not cast.")
        ] = False,
    ) -> dict[str, Any]:
        found = await uses.cases.page(
            caller=caller, district=district, status=status, mine=mine, cursor=which.cursor, limit=which.limit
        )
        return page_body(found, lambda stored: case_view(stored, caller))

    @api.get("/{id}", response_model=CaseView, summary="A case; sealed until it is closed")
    async def one(id: AnyId, caller: CallerDep, response: Response) -> CaseView:
        stored = await uses.cases.get(id, caller=caller)
        view = case_view(stored, caller)
        if view.version is not None:
            with_version(response, stored)
        return view

    @api.get("/{id}/history", response_model=HistoryList, summary="What happened, once the decision is issued")
    async def history(id: AnyId, caller: CallerDep) -> HistoryList:
        entries, whole = await uses.cases.history(id, caller=caller)
        return HistoryList(items=[history_view(entry, whole=whole) for entry in entries])

    @api.post("/{id}/request-changes", response_model=CaseReceipt, summary="Send the request back before any ballot")
    async def request_changes(
        id: AnyId, body: RequestChangesBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        fields = [FieldReason(pointer=field.pointer, reason=field.reason) for field in body.fields]
        stored = await uses.cases.request_changes(id, fields, caller=caller, command=command, cause=cause)
        return case_answer(response, stored)

    @api.post("/{id}/summary", response_model=DraftReceipt, summary="Draft the reason of a closed case (secretary)")
    async def draft_summary(
        id: AnyId, body: SummaryBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.cases.draft_summary(id, reason=body.reason, caller=caller, command=command, cause=cause)
        return case_answer(response, stored)

    @api.post("/{id}/summary/sign", response_model=CaseReceipt, summary="Sign the reason; the decision issues (chair)")
    async def sign(
        id: AnyId,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        response: Response,
        body: SignBody | None = None,
    ) -> dict[str, Any]:
        edition = body.draft if body is not None else None
        stored = await uses.cases.sign(id, edition=edition, caller=caller, command=command, cause=cause)
        return case_answer(response, stored)

    return api


def _seats(uses: UseCases) -> APIRouter:
    api = APIRouter(route_class=StrictRoute, prefix="/cases/{id}/seats/{seat}", tags=["ballots"])

    @api.post("/declaration", response_model=CaseReceipt, summary="Declare no conflict, or one (holder of the seat)")
    async def declare(
        id: AnyId, seat: SeatNumber, body: DeclarationBody, caller: CallerDep, command: CommandDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.cases.declare(
            id, seat, conflict=body.conflict, note=body.note, caller=caller, command=command
        )
        return case_answer(response, stored)

    @api.put(
        "/ballot",
        response_model=CaseReceipt,
        summary="Cast the own ballot (If-None-Match: *), or replace it (If-Match: its ETag)",
    )
    async def cast(
        id: AnyId,
        seat: SeatNumber,
        body: BallotBody,
        caller: CallerDep,
        response: Response,
        if_match: Annotated[ETagText | None, Header(description="The own ballot's ETag, to replace it.")] = None,
        if_none_match: Annotated[ETagText | None, Header(description="`*` for the first ballot.")] = None,
    ) -> dict[str, Any]:
        form = BallotForm(
            scores=body.scores,
            comments=body.comments,
            comment=body.comment,
            vote=body.vote,
            amount=body.amount,
            replaces=_replaces(seat, if_match, if_none_match),
        )
        stored = await uses.cases.cast(id, seat, form, caller=caller)
        own = stored.state.seat(seat).ballot
        if own is not None:
            response.headers["ETag"] = _ballot_etag(seat, own)
        return {"id": stored.id, "status": stored.state.status}

    @api.get("/ballot", response_model=BallotView, summary="The own ballot; nobody reads another's")
    async def own(id: AnyId, seat: SeatNumber, caller: CallerDep, response: Response) -> BallotView:
        ballot = await uses.cases.own_ballot(id, seat, caller=caller)
        response.headers["ETag"] = _ballot_etag(seat, ballot)
        return ballot_view(seat, ballot)

    return api


def _created_version(response: Response, resource: str, stored: Stored[Any]) -> dict[str, Any]:
    """Answer the adoption of a version: its receipt, also that of a repeat, names the version."""
    body = created(response, resource, stored)
    response.headers["Location"] = f"{resource}/versions/{body['version']}"
    return body


def _ballot_etag(seat: int, ballot: Ballot) -> str:
    """Return the ballot's own ETag: seat and edition, nothing of the case (REV-5)."""
    return f'"ballot-{seat}-{ballot.edition}"'


def _replaces(seat: int, if_match: str | None, if_none_match: str | None) -> int | None:
    """Return the edition to replace, None for a first ballot. Raises PreconditionRequired (428), BallotChanged (412)."""
    if if_match is None:
        if if_none_match is None or if_none_match.strip() != "*":
            raise PreconditionRequired("ballot_precondition_required", 428)
        return None
    named = _BALLOT_ETAG.match(if_match.strip())
    if named is None or int(named.group(1)) != seat:
        raise BallotChanged(seat=seat)
    return int(named.group(2))
