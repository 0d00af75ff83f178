"""Concerns and proposed orders through HTTP: what callers send, what they see, and the routes."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.review.domain.concern import Concern
from services.review.domain.priority_proposal import PriorityProposal
from services.review.inbound.bodies import Body, Reason, Text
from services.review.usecases import UseCases
from services.review.usecases.concerns import ConcernFilters, ConcernForm
from shared.contracts.ids import DISTRICT_PATTERN, ID_PATTERN, DistrictId, Id
from shared.contracts.participation import NEIGHBOURHOOD_PATTERN, ConcernStatus, NeighbourhoodId, ProposedTopic
from shared.storage.ports import Stored
from shared.web.api import (
    CallerDep,
    CauseDep,
    CommandDep,
    OptionalCallerDep,
    PageDep,
    Receipt,
    changed,
    created,
    page_body,
    with_version,
)
from shared.web.caller import Caller, Role
from shared.web.strict import StrictRoute

EVIDENCE_READERS: Final[tuple[Role, ...]] = ("council_member", "secretary", "city_office", "hq", "auditor")

AnyId = Annotated[str, Path(min_length=1, max_length=80)]
District = Annotated[str | None, Query(pattern=DISTRICT_PATTERN, description="Only this district's.")]


class ConcernBody(Body):
    """A concern of a neighbourhood (REV-15)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "district": "7",
                    "neighbourhood": "talab",
                    "topic": "addiction",
                    "severity": 4,
                    "evidence": "در سه بازدید هفته گذشته، کنار بوستان محله مصرف آشکار مواد دیده شد.",
                }
            ]
        }
    )

    district: DistrictId = Field(description="Id of the district.", examples=["7"])
    neighbourhood: NeighbourhoodId = Field(description="Id of the neighbourhood, as its council has it.")
    topic: Id = Field(description="Id of the topic; it may be one that stands in no list yet.", examples=["addiction"])
    severity: Annotated[int, Field(strict=True, ge=1, le=5)] = Field(description="1 (slight) to 5 (grave).")
    evidence: Reason = Field(description="What it is known by, in words; without names of persons.")


class RemarkBody(Body):
    """What the council sees, or why the concern is over."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "گشت هفتگی شورا ادامه دارد."}]})

    reason: Text = Field(description="In plain words.", examples=["گشت هفتگی شورا ادامه دارد."])


class ProposalBody(Body):
    """Whose concerns are rolled up."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"district": "7"}]})

    district: DistrictId = Field(description="Id of the district.", examples=["7"])


class RemarkView(BaseModel):
    """One remark of the council."""

    status: ConcernStatus
    reason: str
    at: datetime


class ConcernView(BaseModel):
    """A concern. Evidence and remarks are null for whom they are closed: nobody has edited them for the public."""

    id: str
    district: str
    neighbourhood: str
    topic: str
    severity: int = Field(description="1 (slight) to 5 (grave).", examples=[4])
    status: ConcernStatus
    reported_at: datetime
    resolved_at: datetime | None
    evidence: str | None
    remarks: list[RemarkView] | None
    version: int


class ConcernPage(BaseModel):
    """Concerns, the newest first."""

    items: list[ConcernView]
    next: str | None
    total: int


class ProposalView(BaseModel):
    """A proposed order: the topics by the sum of the severities of their unresolved concerns."""

    id: str
    district: str
    city_priorities: int = Field(description="Version of the city's list then, 0 if none.")
    topics: list[ProposedTopic]
    drawn_up_at: datetime


class ProposalPage(BaseModel):
    """Proposed orders, the newest first."""

    items: list[ProposalView]
    next: str | None
    total: int


def concern_view(stored: Stored[Concern], caller: Caller | None) -> ConcernView:
    """Return the concern as this caller, or the public, may see it."""
    state = stored.state
    inside = caller is not None and caller.has(*EVIDENCE_READERS, district=state.district)
    remarks = [RemarkView(status=remark.status, reason=remark.reason, at=remark.at) for remark in state.remarks]
    return ConcernView(
        id=stored.id,
        district=state.district,
        neighbourhood=state.neighbourhood,
        topic=state.topic,
        severity=state.severity,
        status=state.status,
        reported_at=state.reported_at,
        resolved_at=state.remarks[-1].at if state.status == "resolved" else None,
        evidence=state.evidence if inside else None,
        remarks=remarks if inside else None,
        version=stored.version,
    )


def proposal_view(stored: Stored[PriorityProposal]) -> ProposalView:
    """Return a proposed order."""
    state = stored.state
    return ProposalView(
        id=stored.id,
        district=state.district,
        city_priorities=state.city_priorities,
        topics=list(state.topics),
        drawn_up_at=state.drawn_up_at,
    )


def concerns_router(uses: UseCases) -> APIRouter:
    """Return the routes of concerns."""
    api = APIRouter(route_class=StrictRoute, prefix="/concerns", tags=["concerns"])

    @api.post("", status_code=201, response_model=Receipt, summary="Report a concern (council member)")
    async def report(
        body: ConcernBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        form = ConcernForm(body.district, body.neighbourhood, body.topic, body.severity, body.evidence)
        stored = await uses.concerns.report(form, caller=caller, command=command, cause=cause)
        return created(response, f"/concerns/{stored.id}", stored)

    @api.get("", response_model=ConcernPage, summary="Concerns, the newest first")
    async def page(
        caller: OptionalCallerDep,
        which: PageDep,
        district: District = None,
        neighbourhood: Annotated[
            str | None, Query(pattern=NEIGHBOURHOOD_PATTERN, description="Only this neighbourhood's.")
        ] = None,
        topic: Annotated[str | None, Query(pattern=ID_PATTERN, description="Only of this topic.")] = None,
        status: Annotated[ConcernStatus | None, Query(description="Only those with this status.")] = None,
    ) -> dict[str, Any]:
        filters = ConcernFilters(district, neighbourhood, topic, status)
        found = await uses.concerns.page(filters, cursor=which.cursor, limit=which.limit)
        return page_body(found, lambda stored: concern_view(stored, caller))

    @api.get("/{id}", response_model=ConcernView, summary="A concern")
    async def one(id: AnyId, caller: OptionalCallerDep, response: Response) -> ConcernView:
        stored = await uses.concerns.get(id)
        with_version(response, stored)
        return concern_view(stored, caller)

    @api.post("/{id}/monitor", response_model=Receipt, summary="Look after it, for the first time or again (council)")
    async def monitor(
        id: AnyId, body: RemarkBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.concerns.monitor(id, reason=body.reason, caller=caller, command=command, cause=cause)
        return changed(response, stored)

    @api.post("/{id}/resolve", response_model=Receipt, summary="End a monitored concern (council)")
    async def resolve(
        id: AnyId, body: RemarkBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.concerns.resolve(id, reason=body.reason, caller=caller, command=command, cause=cause)
        return changed(response, stored)

    return api


def proposals_router(uses: UseCases) -> APIRouter:
    """Return the routes of proposed orders."""
    api = APIRouter(route_class=StrictRoute, prefix="/priority-proposals", tags=["priority lists"])

    @api.post(
        "",
        status_code=201,
        response_model=Receipt,
        summary="Draw up an order of topics from the district's unresolved concerns (secretary)",
    )
    async def draw_up(
        body: ProposalBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.priority_proposals.draw_up(
            district=body.district, caller=caller, command=command, cause=cause
        )
        return created(response, f"/priority-proposals/{stored.id}", stored)

    @api.get("", response_model=ProposalPage, summary="Proposed orders, the newest first")
    async def page(_caller: OptionalCallerDep, which: PageDep, district: District = None) -> dict[str, Any]:
        found = await uses.priority_proposals.page(district=district, cursor=which.cursor, limit=which.limit)
        return page_body(found, proposal_view)

    @api.get("/{id}", response_model=ProposalView, summary="A proposed order")
    async def one(id: AnyId, _caller: OptionalCallerDep) -> ProposalView:
        return proposal_view(await uses.priority_proposals.get(id))

    return api
