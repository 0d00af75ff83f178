"""The routes about appeals (REG-7)."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.registry.domain.appeals import Appeal
from services.registry.inbound.bodies import Body, Sentence, Text
from services.registry.inbound.calls import CallDep
from services.registry.inbound.views import OrganizationSummary
from services.registry.usecases import UseCases
from shared.contracts.ids import DistrictId, Id
from shared.contracts.registry import AppealAgainst, AppealOutcome
from shared.web.api import CallerDep, PageDep, Receipt, changed, page_body

AppealNumber = Annotated[int, Path(ge=1, le=100_000, description="Number of the appeal.")]


class AppealBody(Body):
    """An appeal against the suspension or the refusal that stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"grounds": "گزارش در مهلت فرستاده شده بود."}]})

    grounds: Text = Field(description="Why it should not stand.", examples=["گزارش در مهلت فرستاده شده بود."])


class AppealAnswerBody(Body):
    """What the city office says to an appeal."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "upheld", "reason": "رسید گزارش پیدا شد."}]})

    outcome: AppealOutcome = Field(
        description="upheld: verified anew, or reinstated; dismissed: it stands.", examples=["upheld"]
    )
    reason: Sentence = Field(description="The reason; the organisation reads it.", examples=["رسید گزارش پیدا شد."])


class AppealAnswerView(BaseModel):
    """The answer to an appeal."""

    outcome: AppealOutcome
    reason: str
    by: str = Field(description="Token subject.")
    at: datetime


class AppealView(BaseModel):
    """An appeal (REG-7)."""

    number: int
    against: AppealAgainst
    decided_by: str = Field(description="Who decided what it is against (token subject).")
    decided_at: datetime
    grounds: str
    by: str = Field(description="Token subject.")
    at: datetime
    answer: AppealAnswerView | None = Field(description="null: it waits for its answer.")

    @classmethod
    def of(cls, appeal: Appeal) -> "AppealView":
        """Return the view."""
        return cls(**asdict(appeal))


class AppealList(BaseModel):
    """All appeals of an organisation, the first first."""

    items: list[AppealView]


class AppealingPage(BaseModel):
    """Organisations with an appeal that waits for its answer."""

    items: list[OrganizationSummary]
    next: str | None = Field(description="Cursor of the next page; null: this is the last.")
    total: int


def add(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes."""
    appeals = uses.appeals
    path = "/organizations/{organization}/appeals"

    @routes.get(
        "/registration-appeals", tags=["appeals"], summary="List organisations with an appeal that waits (staff)"
    )
    async def list_appealing(
        page: PageDep,
        caller: CallerDep,
        district: Annotated[DistrictId | None, Query(description="Only those of this district.")] = None,
    ) -> AppealingPage:
        found = await appeals.page(caller, district, cursor=page.cursor, limit=page.limit)
        return AppealingPage(**page_body(found, OrganizationSummary.of))

    @routes.get(path, tags=["appeals"], summary="Read the appeals (its own, staff)")
    async def list_appeals(organization: Id, caller: CallerDep) -> AppealList:
        return AppealList(items=[AppealView.of(appeal) for appeal in await appeals.of(organization, caller)])

    @routes.post(path, tags=["appeals"], summary="Appeal against a refused registration or a suspension (its own)")
    async def lodge(organization: Id, body: AppealBody, response: Response, call: CallDep) -> Receipt:
        """Once for each decision, in time."""
        return Receipt(**changed(response, await appeals.lodge(organization, body.grounds, call)))

    @routes.post(f"{path}/{{appeal}}/answer", tags=["appeals"], summary="Uphold or dismiss an appeal (city_office)")
    async def answer(
        organization: Id, appeal: AppealNumber, body: AppealAnswerBody, response: Response, call: CallDep
    ) -> Receipt:
        """Not by whoever decided what it is against."""
        return Receipt(**changed(response, await appeals.answer(organization, appeal, body.outcome, body.reason, call)))
