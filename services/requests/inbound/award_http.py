"""What the applicant does with an award before accepting it, over HTTP (REQ-8)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field, StringConstraints

from services.requests.domain.award import RevisedPlan
from services.requests.domain.proposal import Line
from services.requests.inbound.bodies import VISIBLE, Body, LineBody, body_example
from services.requests.usecases import UseCases
from shared.contracts.ids import Id
from shared.web.api import CallerDep, CauseDep, CommandDep, Receipt, VersionDep, changed

IdPath = Annotated[Id, Path(description="Id as returned at creation.")]
Answer = dict[str, Any]


class RevisedPlanBody(Body):
    """How it is done with the approved amount."""

    model_config = body_example(
        budget_lines=[{"title": "مدرس", "amount": 30_000_000}],
        people_reached=60,
        indicator="شمار خانواده‌هایی که دوره را به پایان می‌رسانند",
        explanation="دوره در سرای محله و با یک گروه برگزار می‌شود.",
    )

    budget_lines: list[LineBody] = Field(
        min_length=1, max_length=100, description="They add up to the approved amount."
    )
    people_reached: Annotated[int, Field(strict=True, ge=0, le=100_000_000)] = Field(
        description="How many people it then reaches.", examples=[60]
    )
    indicator: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=VISIBLE)] = Field(
        description="One indicator by which the effect is seen."
    )
    explanation: Annotated[str, StringConstraints(min_length=1, max_length=5000, pattern=VISIBLE)] = Field(
        description="What changes, and why it still lessens the issue."
    )

    def plan(self) -> RevisedPlan:
        """Return the domain's form."""
        lines = tuple(Line(line.title, line.amount) for line in self.budget_lines)
        return RevisedPlan(lines, self.people_reached, self.indicator, self.explanation)


class DeclineBody(Body):
    """Why it is declined."""

    model_config = body_example(reason="با این مبلغ برنامه برگزار نمی‌شود.")

    reason: Annotated[str, StringConstraints(max_length=2000)] = Field(
        default="", description="May be left out.", examples=["با این مبلغ برنامه برگزار نمی‌شود."]
    )


def award_routes(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes."""
    awards = uses.awards

    @routes.post(
        "/requests/{id}/revised-plan",
        response_model=Receipt,
        tags=["requests"],
        summary="Say how it is done with less than the minimum (applicant)",
    )
    async def revise_plan(
        id: IdPath,
        body: RevisedPlanBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        """Within ``revise_until``, else the award lapses; it can be replaced until the award is accepted."""
        stored = await awards.revise_plan(
            id, body.plan(), caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/decline",
        response_model=Receipt,
        tags=["requests"],
        summary="Decline the award, until accepted (applicant)",
    )
    async def decline_award(
        id: IdPath,
        body: DeclineBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        stored = await awards.decline(
            id, body.reason, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)
