"""The routes about flags (REG-3)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.registry.domain.flags import Flag, FlagStatus
from services.registry.domain.organization import Organization
from services.registry.inbound.bodies import Body, ReasonBody, Sentence
from services.registry.inbound.calls import CallDep
from services.registry.usecases import UseCases
from services.registry.usecases.flags import FlagFilters
from shared.contracts.ids import DistrictId, Id
from shared.contracts.registry import FlagLevel, OrganizationStatus
from shared.storage.ports import Stored
from shared.web.api import CallerDep, PageDep, Receipt, changed, page_body

FlagNumber = Annotated[int, Path(ge=1, le=100_000, description="Number of the flag.")]


class FlagBody(Body):
    """A flag to set, or a higher level of one that stands."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"level": "observation", "reason": "گزارش مالی سال گذشته نرسیده است."}]}
    )

    level: FlagLevel = Field(
        description="A registrar goes as far as escalated; red is the city office's and suspends at once.",
        examples=["observation"],
    )
    reason: Sentence = Field(
        description="The reason, in plain words; with red the organisation reads it as the reason of its suspension.",
        examples=["گزارش مالی سال گذشته نرسیده است."],
    )


class FlagStepView(BaseModel):
    """One step of a flag's history."""

    level: FlagLevel
    reason: str
    by: str = Field(description="Token subject.")
    at: datetime


class FlagResolutionView(BaseModel):
    """Why a flag no longer stands."""

    reason: str
    by: str = Field(description="Token subject.")
    at: datetime


class FlagView(BaseModel):
    """A flag with its history (REG-3)."""

    number: int
    level: FlagLevel
    status: FlagStatus
    steps: tuple[FlagStepView, ...] = Field(description="Oldest first.")
    resolution: FlagResolutionView | None

    @classmethod
    def of(cls, flag: Flag) -> "FlagView":
        """Return the view."""
        return cls(
            number=flag.number,
            level=flag.level,
            status=flag.status,
            steps=tuple(FlagStepView(level=s.level, reason=s.reason, by=s.by, at=s.at) for s in flag.steps),
            resolution=flag.resolution
            and FlagResolutionView(reason=flag.resolution.reason, by=flag.resolution.by, at=flag.resolution.at),
        )


class FlagList(BaseModel):
    """All flags of an organisation, resolved ones too."""

    items: list[FlagView]


class FlaggedOrganization(BaseModel):
    """An organisation with a flag that stands."""

    organization: str
    name: str
    status: OrganizationStatus
    status_since: datetime
    districts: tuple[str, ...]
    level: FlagLevel = Field(description="The highest level among the flags that stand.")

    @classmethod
    def of(cls, stored: Stored[Organization]) -> "FlaggedOrganization":
        """Return the view."""
        state = stored.state
        assert state.flag_level is not None  # noqa: S101 - the list is filtered by it
        return cls(
            organization=state.id,
            name=state.profile.names.fa,
            status=state.status,
            status_since=state.status_since,
            districts=state.profile.districts,
            level=state.flag_level,
        )


class FlaggedPage(BaseModel):
    """Organisations with flags that stand, oldest status first."""

    items: list[FlaggedOrganization]
    next: str | None = Field(description="Cursor of the next page; null: this is the last.")
    total: int


def _filters(
    level: Annotated[FlagLevel | None, Query(description="Only those whose highest level is this.")] = None,
    district: Annotated[DistrictId | None, Query(description="Only those of this district.")] = None,
) -> FlagFilters:
    return FlagFilters(level, district)


def add(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes."""
    flags = uses.flags
    path = "/organizations/{organization}/flags"

    @routes.get("/flagged-organizations", tags=["flags"], summary="List organisations with flags that stand (staff)")
    async def list_flagged(
        filters: Annotated[FlagFilters, Depends(_filters)], page: PageDep, caller: CallerDep
    ) -> FlaggedPage:
        """Staff see those of their districts, but never an own organisation."""
        found = await flags.page(filters, caller, cursor=page.cursor, limit=page.limit)
        return FlaggedPage(**page_body(found, FlaggedOrganization.of))

    @routes.get(path, tags=["flags"], summary="Read the flags with their history (staff)")
    async def list_flags(organization: Id, caller: CallerDep) -> FlagList:
        return FlagList(items=[FlagView.of(flag) for flag in await flags.of(organization, caller)])

    @routes.post(path, tags=["flags"], summary="Set a flag (registrar; red: city_office)")
    async def raise_flag(organization: Id, body: FlagBody, response: Response, call: CallDep) -> Receipt:
        """Red suspends at once. A flag is never deleted."""
        return Receipt(**changed(response, await flags.raise_flag(organization, body.level, body.reason, call)))

    @routes.post(f"{path}/{{flag}}/raise", tags=["flags"], summary="Raise a flag's level (registrar; red: city_office)")
    async def raise_level(
        organization: Id, flag: FlagNumber, body: FlagBody, response: Response, call: CallDep
    ) -> Receipt:
        return Receipt(**changed(response, await flags.raise_level(organization, flag, body.level, body.reason, call)))

    @routes.post(f"{path}/{{flag}}/resolve", tags=["flags"], summary="Say why a flag no longer stands")
    async def resolve(
        organization: Id, flag: FlagNumber, body: ReasonBody, response: Response, call: CallDep
    ) -> Receipt:
        """Observations and risks: registrar or city_office; escalated and red: city_office."""
        return Receipt(**changed(response, await flags.resolve(organization, flag, body.reason, call)))
