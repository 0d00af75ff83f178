"""Obstacles to participation through HTTP: what callers send, what they see, and the routes."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.review.domain.obstacle import Assignment, Obstacle
from services.review.inbound.bodies import Body, Reason, Subject
from services.review.usecases import UseCases
from services.review.usecases.obstacles import ObstacleFilters
from shared.contracts.ids import DISTRICT_PATTERN, DistrictId, Id
from shared.contracts.participation import ObstacleStatus, OfficeRole
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

QUESTION_READERS: Final[tuple[Role, ...]] = ("council_member", "secretary", "city_office", "hq", "auditor")
ASSIGNMENT_READERS: Final[tuple[Role, ...]] = ("secretary", "city_office", "hq", "auditor")

AnyId = Annotated[str, Path(min_length=1, max_length=80)]
District = Annotated[str | None, Query(pattern=DISTRICT_PATTERN, description="Only this district's.")]
OfficeName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class ObstacleBody(Body):
    """An obstacle to participation (REV-16)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"district": "7", "question": "چرا سالن فرهنگ‌سرا فقط در ساعت اداری به تشکل‌ها داده می‌شود؟"}]
        }
    )

    district: DistrictId = Field(description="Id of the district.", examples=["7"])
    organization: Id | None = Field(
        default=None, description="The organisation with standing that the caller acts for; null: as a council member."
    )
    question: Reason = Field(description="What hinders; published with the answer, without the reporter's name.")


class AssignBody(Body):
    """Which office is to answer, and who there: one person or whoever has a role."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"office": "اداره فرهنگی منطقه", "role": "secretary"}]})

    office: OfficeName = Field(description="Name of the office, published.", examples=["اداره فرهنگی منطقه"])
    person: Subject | None = Field(default=None, description="`sub` of the person's tokens; then no role.")
    role: OfficeRole | None = Field(default=None, description="Role in the district; then no person.")


class AnswerBody(Body):
    """The answer, for everybody to read."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"answer": "از این پس سالن در روزهای تعطیل هم در اختیار تشکل‌ها است."}]}
    )

    answer: Reason = Field(description="In plain words, without names and numbers of persons.")
    question: Reason | None = Field(
        default=None, description="The question as it is to be published, if the one that was typed names somebody."
    )


class ObstacleView(BaseModel):
    """An obstacle. The question is public with its answer; before, it is null for whom it is closed."""

    id: str
    district: str
    status: ObstacleStatus
    office: str | None
    person: str | None = Field(description="Subject of the person who is to answer; null for who may not see it.")
    role: str | None
    question: str | None
    answer: str | None
    reported_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    seconds_taken: int | None = Field(description="From report to answer.")
    overdue: bool = Field(description="The term passed without an answer; it stays so after a late one.")
    version: int


class ObstaclePage(BaseModel):
    """Obstacles, the newest first."""

    items: list[ObstacleView]
    next: str | None
    total: int


def obstacle_view(stored: Stored[Obstacle], caller: Caller | None) -> ObstacleView:
    """Return the obstacle as this caller, or the public, may see it. Nobody sees here who reported it."""
    state, published = stored.state, stored.state.published
    inside = caller is not None and caller.has(*ASSIGNMENT_READERS, district=state.district)
    return ObstacleView(
        id=stored.id,
        district=state.district,
        status=state.status,
        office=state.assignment.office if state.assignment else None,
        person=state.assignment.person if state.assignment and inside else None,
        role=state.assignment.role if state.assignment else None,
        question=published.question if published else state.question if _reads_question(state, caller) else None,
        answer=published.answer if published else None,
        reported_at=state.reported_at,
        answer_by=state.answer_by,
        answered_at=published.at if published else None,
        seconds_taken=int((published.at - state.reported_at).total_seconds()) if published else None,
        overdue=state.overdue,
        version=stored.version,
    )


def _reads_question(state: Obstacle, caller: Caller | None) -> bool:
    """The offices and councils of the district, whoever is to answer, and who reported it."""
    if caller is None:
        return False
    assigned = state.assignment
    if caller.has(*QUESTION_READERS, district=state.district):
        return True
    if assigned is not None and (
        caller.subject == assigned.person
        or (assigned.role is not None and caller.has(assigned.role, district=state.district))
    ):
        return True
    return state.reporter.organization is not None and caller.represents(state.reporter.organization)


def obstacles_router(uses: UseCases) -> APIRouter:
    """Return the routes of obstacles."""
    api = APIRouter(route_class=StrictRoute, prefix="/obstacles", tags=["obstacles"])

    @api.post(
        "",
        status_code=201,
        response_model=Receipt,
        summary="Report an obstacle to participation (an organisation with standing, or a council member)",
    )
    async def report(
        body: ObstacleBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.obstacles.report(
            district=body.district,
            question=body.question,
            organization=body.organization,
            caller=caller,
            command=command,
            cause=cause,
        )
        return created(response, f"/obstacles/{stored.id}", stored)

    @api.get("", response_model=ObstaclePage, summary="Obstacles to participation, the newest first")
    async def page(
        caller: OptionalCallerDep,
        which: PageDep,
        district: District = None,
        status: Annotated[ObstacleStatus | None, Query(description="Only those with this status.")] = None,
        overdue: Annotated[
            bool | None, Query(description="Only those whose term passed without an answer, or only the others.")
        ] = None,
        mine: Annotated[bool, Query(description="Only those that the caller in person is to answer.")] = False,
    ) -> dict[str, Any]:
        person = (caller.subject if caller else "") if mine else None
        filters = ObstacleFilters(district, status, overdue, person)
        found = await uses.obstacles.page(filters, cursor=which.cursor, limit=which.limit)
        return page_body(found, lambda stored: obstacle_view(stored, caller))

    @api.get("/{id}", response_model=ObstacleView, summary="An obstacle")
    async def one(id: AnyId, caller: OptionalCallerDep, response: Response) -> ObstacleView:
        stored = await uses.obstacles.get(id)
        with_version(response, stored)
        return obstacle_view(stored, caller)

    @api.post("/{id}/assign", response_model=Receipt, summary="Give it to an office (secretary, city office)")
    async def assign(
        id: AnyId, body: AssignBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        assignment = Assignment(body.office, body.person, body.role)
        stored = await uses.obstacles.assign(id, assignment, caller=caller, command=command, cause=cause)
        return changed(response, stored)

    @api.post("/{id}/answer", response_model=Receipt, summary="Publish the answer (who it is assigned to)")
    async def answer(
        id: AnyId, body: AnswerBody, caller: CallerDep, command: CommandDep, cause: CauseDep, response: Response
    ) -> dict[str, Any]:
        stored = await uses.obstacles.answer(
            id, question=body.question, answer=body.answer, caller=caller, command=command, cause=cause
        )
        return changed(response, stored)

    return api
