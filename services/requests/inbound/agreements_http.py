"""Agreements of applicant and city after the acceptance, over HTTP (REQ-10)."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, StringConstraints

from services.requests.domain.agreements import Agreement, AgreementStatus, Change, Instalment, Side, Subject
from services.requests.domain.plan import Plan
from services.requests.domain.proposal import Line
from services.requests.inbound.bodies import VISIBLE, Body, LineBody, Time, body_example
from services.requests.usecases import UseCases
from shared.contracts.ids import Id
from shared.contracts.money import Amount, PositiveAmount
from shared.web.api import CallerDep, CauseDep, CommandDep, Receipt, VersionDep, changed

IdPath = Annotated[Id, Path(description="Id as returned at creation.")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=5000, pattern=VISIBLE)]
Number = Annotated[int, Field(strict=True, ge=1, le=10_000, description="Number of the proposal.", examples=[1])]
Answer = dict[str, Any]


class InstalmentBody(Body):
    """One part of what is paid, and when it is planned."""

    amount: PositiveAmount = Field(examples=[30_000_000])
    due_on: Time


class AmendmentBody(Body):
    """What is to change; what is left out stays."""

    model_config = body_example(
        ends_on="2027-04-10T16:00:00Z",
        budget_lines=[{"title": "مدرس", "amount": 40_000_000}],
        text="سالن رایگان در اختیار ما گذاشته شد و دوره یک ماه دیرتر پایان می‌یابد.",
    )

    starts_on: Time | None = None
    ends_on: Time | None = None
    people_reached: Annotated[int, Field(strict=True, ge=0, le=100_000_000)] | None = Field(
        default=None, description="How many people it then reaches.", examples=[100]
    )
    indicator: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=VISIBLE)] | None = Field(
        default=None, description="One indicator by which the effect is seen."
    )
    budget_lines: list[LineBody] | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="They add up to all that the award then comes to: never more than is committed; less releases the rest.",
    )
    instalments: list[InstalmentBody] | None = Field(
        default=None, min_length=1, max_length=100, description="They add up to the same amount."
    )
    text: Text = Field(description="Why, for the other side.")

    def change(self) -> Change:
        """Return the domain's form."""
        lines, parts = self.budget_lines, self.instalments
        return Change(
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            people_reached=self.people_reached,
            indicator=self.indicator,
            budget_lines=None if lines is None else tuple(Line(line.title, line.amount) for line in lines),
            instalments=None if parts is None else tuple(Instalment(part.amount, part.due_on) for part in parts),
        )


class EndingBody(Body):
    """What is to stay payable when the award ends, and why it is to end."""

    model_config = body_example(amount=20_000_000, text="مدرس دوره در دسترس نیست و برنامه ادامه نمی‌یابد.")

    amount: Amount = Field(
        description="All that the award comes to, paid or not; not under what is paid or under way, not above what is committed.",
        examples=[20_000_000],
    )
    text: Text = Field(description="Why, for the other side.")


class AcceptBody(Body):
    """Which proposal of the other side is accepted."""

    model_config = body_example(number=1)

    number: Number


class DenyBody(Body):
    """Which proposal of the other side is denied, and why."""

    model_config = body_example(number=1, reason="تاریخ پیشنهادی پس از پایان سال مالی است.")

    number: Number
    reason: Text = Field(description="For the other side.")


class AgreedLineView(BaseModel):
    """One line of the budget."""

    title: str
    amount: int


class InstalmentView(BaseModel):
    """One part of what is paid, and when it is planned."""

    amount: int
    due_on: datetime


class PlanView(BaseModel):
    """The plan in force: as submitted, with the revised plan and the amendments that both sides accepted."""

    starts_on: datetime | None
    ends_on: datetime | None
    people_reached: int | None
    indicator: str | None
    budget_lines: list[AgreedLineView]
    instalments: list[InstalmentView]


class ChangeView(BaseModel):
    """What an amendment changes; null: stays."""

    starts_on: datetime | None
    ends_on: datetime | None
    people_reached: int | None
    indicator: str | None
    budget_lines: list[AgreedLineView] | None
    instalments: list[InstalmentView] | None


class AgreementView(BaseModel):
    """A proposal and its answer."""

    number: int
    by: Side
    about: Subject
    text: str
    status: AgreementStatus
    change: ChangeView | None = Field(description="Of an amendment.")
    amount: int | None = Field(description="Of an ending: all that the award comes to, paid or not.")
    proposed_at: datetime
    answered_at: datetime | None
    reason: str | None = Field(description="Why it was denied.")


def agreement_view(agreement: Agreement) -> dict[str, Any]:
    """Return an agreement as AgreementView."""
    return {
        "number": agreement.number,
        "by": agreement.by,
        "about": agreement.subject,
        "text": agreement.text,
        "status": agreement.status,
        "change": None if agreement.change is None else _plan(agreement.change),
        "amount": agreement.amount,
        "proposed_at": agreement.proposed_at,
        "answered_at": agreement.answered_at,
        "reason": agreement.reason or None,
    }


def plan_view(plan: Plan) -> dict[str, Any]:
    """Return a plan as PlanView."""
    return _plan(plan)


def _plan(plan: Plan | Change) -> dict[str, Any]:
    lines, parts = plan.budget_lines, plan.instalments
    return {
        **{name: getattr(plan, name) for name in ("starts_on", "ends_on", "people_reached", "indicator")},
        "budget_lines": None if lines is None else [{"title": line.title, "amount": line.amount} for line in lines],
        "instalments": None if parts is None else [{"amount": p.amount, "due_on": p.due_on} for p in parts],
    }


def agreement_routes(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes."""
    agreements = uses.agreements

    @routes.post(
        "/requests/{id}/agreements/amendment",
        response_model=Receipt,
        tags=["agreements"],
        summary="Propose to change the plan (applicant; secretary, city office)",
    )
    async def propose_amendment(
        id: IdPath,
        body: AmendmentBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        """After the acceptance; it takes the place of a proposal that is open, and counts once the other side accepts."""
        stored = await agreements.propose_amendment(
            id, body.change(), body.text, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/agreements/ending",
        response_model=Receipt,
        tags=["agreements"],
        summary="Propose to end the award (applicant; secretary, city office)",
    )
    async def propose_ending(
        id: IdPath,
        body: EndingBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        """It takes the place of a proposal that is open; once the other side accepts, only the amount stays payable."""
        stored = await agreements.propose_ending(
            id, body.amount, body.text, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/agreements/accept",
        response_model=Receipt,
        tags=["agreements"],
        summary="Accept what the other side proposed (applicant; secretary, city office)",
    )
    async def accept_agreement(
        id: IdPath,
        body: AcceptBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        stored = await agreements.accept(
            id, body.number, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/agreements/deny",
        response_model=Receipt,
        tags=["agreements"],
        summary="Deny what the other side proposed (applicant; secretary, city office)",
    )
    async def deny_agreement(
        id: IdPath,
        body: DenyBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        stored = await agreements.deny(
            id, body.number, body.reason, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)
