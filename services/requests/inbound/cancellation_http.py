"""Cancellation by the city after a hearing, over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, StringConstraints

from services.requests.domain.cancellation import Hearing, HearingStatus
from services.requests.inbound.bodies import VISIBLE, Body, body_example
from services.requests.usecases import UseCases
from shared.contracts.ids import Id
from shared.contracts.money import Amount
from shared.web.api import CallerDep, CauseDep, CommandDep, Receipt, VersionDep, changed

IdPath = Annotated[Id, Path(description="Id as returned at creation.")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=5000, pattern=VISIBLE)]
Answer = dict[str, Any]


class NoticeBody(Body):
    """Why the award is to be cancelled."""

    model_config = body_example(grounds="برنامه تا پایان مهلت آغاز نشده و به دو نامه پاسخی نرسیده است.")

    grounds: Text = Field(description="Told to the applicant, who is heard first.")


class HearingBody(Body):
    """What the applicant says of the notice."""

    model_config = body_example(answer="سالن آماده نبود؛ برنامه از هفته آینده آغاز می‌شود.")

    answer: Text = Field(description="A later answer replaces it, within the term.")


class DropBody(Body):
    """Why the award is not cancelled."""

    model_config = body_example(reason="توضیح تشکل پذیرفته شد.")

    reason: Text = Field(description="Told to the applicant.")


class CancelBody(Body):
    """Which costs are proven, and why the award is cancelled."""

    model_config = body_example(proven_costs=10_000_000, reason="برنامه برگزار نشد؛ هزینه چاپ آگهی با فاکتور اثبات شد.")

    proven_costs: Amount = Field(
        description="All that the award comes to, paid or not; not under what is paid or under way, not above what is committed.",
        examples=[10_000_000],
    )
    reason: Text = Field(description="Told to the applicant.")


class HearingView(BaseModel):
    """A notice of cancellation, the applicant's answer, and what came of it."""

    grounds: str
    status: HearingStatus
    notified_at: datetime
    until: datetime = Field(description="By when the applicant may answer.")
    answer: str | None
    answered_at: datetime | None
    reason: str | None = Field(description="Of what came of it.")
    ended_at: datetime | None


def hearing_view(hearing: Hearing | None) -> dict[str, Any] | None:
    """Return a hearing as HearingView."""
    if hearing is None:
        return None
    shown = {name: getattr(hearing, name) for name in HearingView.model_fields}
    return {**shown, "answer": hearing.answer or None, "reason": hearing.reason or None}


def cancellation_routes(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes."""
    cancellations = uses.cancellations

    @routes.post(
        "/requests/{id}/cancellation",
        response_model=Receipt,
        tags=["cancellation"],
        summary="Give notice that the award is to be cancelled (city office)",
    )
    async def notify_cancellation(
        id: IdPath,
        body: NoticeBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        stored = await cancellations.notify(
            id, body.grounds, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/cancellation/answer",
        response_model=Receipt,
        tags=["cancellation"],
        summary="Answer the notice (applicant)",
    )
    async def answer_notice(
        id: IdPath,
        body: HearingBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        stored = await cancellations.answer(
            id, body.answer, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/cancellation/drop",
        response_model=Receipt,
        tags=["cancellation"],
        summary="Drop the notice: the award goes on (city office)",
    )
    async def drop_notice(
        id: IdPath,
        body: DropBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        stored = await cancellations.drop(
            id, body.reason, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/cancel",
        response_model=Receipt,
        tags=["cancellation"],
        summary="Cancel the award after the hearing; proven costs stay payable (city office)",
    )
    async def cancel_award(
        id: IdPath,
        body: CancelBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        """Only after the applicant answered, or could have. What is above the proven costs is available again."""
        stored = await cancellations.cancel(
            id, body.proven_costs, body.reason, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)
