"""Appeals against decisions over HTTP (REQ-13)."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, StringConstraints

from services.requests.domain.appeals import Appeal, AppealStatus, EndedBecause, Ground, Verdict
from services.requests.inbound.bodies import VISIBLE, Body, body_example
from services.requests.usecases import UseCases
from shared.contracts.ids import Id
from shared.web.api import CallerDep, CauseDep, CommandDep, Receipt, VersionDep, changed

IdPath = Annotated[Id, Path(description="Id as returned at creation.")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=5000, pattern=VISIBLE)]
Answer = dict[str, Any]


class AppealBody(Body):
    """Why the decision is appealed."""

    model_config = body_example(ground="factual_error", text="مبلغ اجاره سالن در جمع هزینه‌ها دو بار کم شده است.")

    ground: Ground = Field(description="Nothing else is a ground (REQ-13).")
    text: Text = Field(description="Which error or fault.")


class AppealAnswerBody(Body):
    """Why the appeal is admitted or refused."""

    model_config = body_example(reason="خطای محاسبه در صورت‌جلسه دیده می‌شود.")

    reason: Text = Field(description="Told to the applicant.")


class JudgementView(BaseModel):
    """What the panel decided."""

    case: str = Field(description="The panel's own case.")
    verdict: Verdict = Field(description="What becomes of the appealed decision.")
    amount: int = Field(description="What is awarded now; 0: nothing, or not money.")
    reason: str
    at: datetime


class AppealView(BaseModel):
    """An appeal and the city's answer."""

    ground: Ground
    text: str
    status: AppealStatus
    lodged_at: datetime
    answer_until: datetime = Field(description="By when the city admits or refuses it.")
    overdue: bool = Field(description="The city did not answer in time (REQ-14).")
    answered_at: datetime | None
    reason: str | None = Field(description="Of the answer.")
    ended_because: EndedBecause | None = Field(description="Why nobody decides it any more.")
    ended_at: datetime | None
    judgement: JudgementView | None


def appeal_view(appeal: Appeal | None) -> dict[str, Any] | None:
    """Return an appeal as AppealView."""
    if appeal is None:
        return None
    shown = {name: getattr(appeal, name) for name in AppealView.model_fields}
    judgement = appeal.judgement
    told = None if judgement is None else {name: getattr(judgement, name) for name in JudgementView.model_fields}
    return {**shown, "reason": appeal.reason or None, "judgement": told}


def appeal_routes(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes."""
    appeals = uses.appeals

    @routes.post(
        "/requests/{id}/appeal",
        response_model=Receipt,
        tags=["appeals"],
        summary="Appeal against a rejection or a reduced amount (applicant)",
    )
    async def lodge_appeal(
        id: IdPath,
        body: AppealBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        """Once, within 15 days of the decision. Admitted, the term to accept what was approved stands still; accepting ends the appeal."""
        stored = await appeals.lodge(
            id, body.ground, body.text, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/appeal/withdraw",
        response_model=Receipt,
        tags=["appeals"],
        summary="Withdraw the appeal, admitted or not (applicant)",
    )
    async def withdraw_appeal(
        id: IdPath, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep, version: VersionDep
    ) -> Answer:
        """For good: the decision stands and is not appealed again."""
        stored = await appeals.withdraw(id, caller=caller, command=command, cause=cause, expected_version=version)
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/appeal/admit",
        response_model=Receipt,
        tags=["appeals"],
        summary="Admit the appeal: it goes to a panel (city office)",
    )
    async def admit_appeal(
        id: IdPath,
        body: AppealAnswerBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        stored = await appeals.admit(
            id, body.reason, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/appeal/refuse",
        response_model=Receipt,
        tags=["appeals"],
        summary="Refuse to admit the appeal (city office)",
    )
    async def refuse_appeal(
        id: IdPath,
        body: AppealAnswerBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        stored = await appeals.refuse(
            id, body.reason, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)
