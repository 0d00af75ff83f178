"""The route of organisations that share a representative (REG-5)."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.registry.usecases import UseCases
from services.registry.usecases.organizations import Relative
from shared.contracts.ids import Id
from shared.contracts.registry import OrganizationStatus
from shared.web.api import CallerDep


class RelativeView(BaseModel):
    """A living organisation with some of the same representatives; without their identifiers."""

    organization: str
    name: str
    kind: str
    status: OrganizationStatus
    districts: tuple[str, ...]
    representatives: tuple[str, ...] = Field(
        description="JSON pointers, into the organisation that was asked about, of those whom they share.",
        examples=[["/representatives/0"]],
    )

    @classmethod
    def of(cls, relative: Relative) -> "RelativeView":
        """Return the view."""
        state = relative.state
        return cls(
            organization=state.id,
            name=state.profile.names.fa,
            kind=state.profile.kind,
            status=state.status,
            districts=state.profile.districts,
            representatives=tuple(f"/representatives/{place}" for place in relative.places),
        )


class RelativeList(BaseModel):
    """Organisations that share a representative."""

    items: list[RelativeView]


def add(routes: APIRouter, uses: UseCases) -> None:
    """Add the route."""

    @routes.get(
        "/organizations/{organization}/shared-representatives",
        tags=["verification"],
        summary="List living organisations with some of the same representatives (registrar, staff)",
    )
    async def list_relatives(organization: Id, caller: CallerDep) -> RelativeList:
        """An observation: it stands in the way of no approval (REG-5)."""
        found = await uses.organizations.relatives(organization, caller)
        return RelativeList(items=[RelativeView.of(relative) for relative in found])
