"""Reports of awards over HTTP (REQ-10, REQ-11)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, StringConstraints

from services.requests.domain.reports import Outcome, Report, Spent
from services.requests.inbound.bodies import VISIBLE, Body, body_example
from services.requests.usecases import UseCases
from shared.contracts.ids import Id
from shared.contracts.money import PositiveAmount
from shared.web.api import CallerDep, CauseDep, CommandDep, Receipt, VersionDep, changed

IdPath = Annotated[Id, Path(description="Id as returned at creation.")]
Instalment = Annotated[int, Field(strict=True, ge=1, le=1000, description="Number of the instalment.", examples=[1])]
Answer = dict[str, Any]


class SpentBody(Body):
    """What was spent on one line, and by which receipt."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=VISIBLE)] = Field(
        description="The line of the budget.", examples=["اجاره سالن"]
    )
    amount: PositiveAmount
    receipt: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=VISIBLE)] = Field(
        description="Number, date and issuer of the receipt.", examples=["فاکتور ۱۲۳، ۱۰ اسفند ۱۴۰۵"]
    )


class ReportBody(Body):
    """What was done with the instalment whose report is due."""

    model_config = body_example(
        spent=[{"title": "اجاره سالن", "amount": 20_000_000, "receipt": "فاکتور ۱۲۳، ۱۰ اسفند ۱۴۰۵"}],
        people_reached=110,
        indicator_reached="۳۵ خانواده دوره را به پایان رساندند",
        text="چهار نشست در سرای محله برگزار شد.",
        final=True,
        about_nobody=True,
    )

    spent: list[SpentBody] = Field(max_length=200, description="By line, with receipts.")
    people_reached: Annotated[int, Field(strict=True, ge=0, le=100_000_000)] = Field(
        description="How many people were reached.", examples=[110]
    )
    indicator_reached: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=VISIBLE)] = Field(
        description="What the request's indicator shows."
    )
    text: Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=VISIBLE)] = Field(
        description="What was done."
    )
    final: bool = Field(default=False, description="With it all is told.")
    about_nobody: bool = Field(description="Declaration: no names or recognisable pictures of beneficiaries (REQ-11).")

    def outcome(self) -> Outcome:
        """Return the domain's form."""
        spent = tuple(Spent(line.title, line.amount, line.receipt) for line in self.spent)
        return Outcome(spent, self.people_reached, self.indicator_reached, self.text, self.final)


class ReportAcceptBody(Body):
    """Which report is accepted."""

    model_config = body_example(instalment=1)

    instalment: Instalment


class ReportBackBody(Body):
    """Which report is sent back, and why."""

    model_config = body_example(instalment=1, reason="شماره فاکتور ردیف دوم نوشته نشده است.")

    instalment: Instalment
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=VISIBLE)] = Field(
        description="What is to be corrected."
    )


class SpentView(BaseModel):
    """What was spent on one line."""

    title: str
    amount: int
    receipt: str


class ReportView(BaseModel):
    """The report of one instalment, as it was filed last."""

    instalment: int
    status: Literal["filed", "sent_back", "accepted"]
    spent: list[SpentView]
    amount_spent: int
    people_reached: int
    indicator_reached: str
    text: str
    final: bool
    filed_at: datetime
    answered_at: datetime | None
    reason: str | None = Field(description="Why it was sent back.")


def report_view(report: Report) -> dict[str, Any]:
    """Return a report as ReportView."""
    outcome = report.outcome
    return {
        "instalment": report.instalment,
        "status": report.status,
        "spent": [{"title": line.title, "amount": line.amount, "receipt": line.receipt} for line in outcome.spent],
        "amount_spent": outcome.amount,
        "people_reached": outcome.people_reached,
        "indicator_reached": outcome.indicator_reached,
        "text": outcome.text,
        "final": outcome.final,
        "filed_at": report.filed_at,
        "answered_at": report.answered_at,
        "reason": report.reason or None,
    }


def report_routes(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes."""
    reports = uses.reports

    @routes.post(
        "/requests/{id}/reports",
        response_model=Receipt,
        tags=["reports"],
        summary="File the report that is due (applicant)",
    )
    async def file_report(
        id: IdPath,
        body: ReportBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        """Of the instalment that ``report_instalment`` names; a late one is taken, too."""
        stored = await reports.file(
            id, body.outcome(), about_nobody=body.about_nobody, caller=caller, command=command, cause=cause,
            expected_version=version,
        )  # fmt: skip
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/reports/accept",
        response_model=Receipt,
        tags=["reports"],
        summary="Accept a report (secretary, budget officer)",
    )
    async def accept_report(
        id: IdPath,
        body: ReportAcceptBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        stored = await reports.accept(
            id, body.instalment, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)

    @routes.post(
        "/requests/{id}/reports/send-back",
        response_model=Receipt,
        tags=["reports"],
        summary="Send a report back with the reason (secretary, budget officer)",
    )
    async def send_report_back(
        id: IdPath,
        body: ReportBackBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        stored = await reports.send_back(
            id, body.instalment, body.reason, caller=caller, command=command, cause=cause, expected_version=version
        )
        return changed(response, stored)
