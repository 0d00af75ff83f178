"""The routes about changes of a profile after approval (REG-6)."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from services.registry.domain.proposals import Proposal, ProposalStatus
from services.registry.inbound.bodies import ProfilePatch, ReasonBody
from services.registry.inbound.calls import CallDep
from services.registry.inbound.views import OrganizationSummary
from services.registry.usecases import UseCases
from services.registry.usecases.access import Sight
from shared.contracts.ids import DistrictId, Id
from shared.web.api import CallerDep, PageDep, Receipt, changed, page_body

ProposalNumber = Annotated[int, Path(ge=1, le=100_000, description="Number of the proposal.")]


class ProposalView(BaseModel):
    """A proposed change of the profile."""

    number: int
    status: ProposalStatus
    fields: tuple[str, ...] = Field(description="JSON pointers of what would differ.")
    proposed: dict[str, Any] | None = Field(
        description="The parts as they would be; null for those who see identifiers masked."
    )
    by: str = Field(description="Token subject.")
    at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None = Field(description="Why it was denied.")

    @classmethod
    def of(cls, proposal: Proposal, sight: Sight) -> "ProposalView":
        """Return what the caller sees."""
        profile = asdict(proposal.profile)
        return cls(
            number=proposal.number,
            status=proposal.status,
            fields=proposal.fields,
            proposed={part: profile[part] for part in proposal.parts} if sight == "full" else None,
            by=proposal.by,
            at=proposal.at,
            decided_by=proposal.decided_by,
            decided_at=proposal.decided_at,
            reason=proposal.reason,
        )


class ProposalList(BaseModel):
    """All proposals of an organisation, the first first."""

    items: list[ProposalView]


class ProposingPage(BaseModel):
    """Organisations with a proposal that waits."""

    items: list[OrganizationSummary]
    next: str | None = Field(description="Cursor of the next page; null: this is the last.")
    total: int


def add(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes."""
    proposals = uses.proposals
    path = "/organizations/{organization}/proposals"

    @routes.get(
        "/profile-proposals", tags=["proposals"], summary="List organisations with a proposal that waits (staff)"
    )
    async def list_proposing(
        page: PageDep,
        caller: CallerDep,
        district: Annotated[DistrictId | None, Query(description="Only those of this district.")] = None,
    ) -> ProposingPage:
        found = await proposals.page(caller, district, cursor=page.cursor, limit=page.limit)
        return ProposingPage(**page_body(found, OrganizationSummary.of))

    @routes.get(path, tags=["proposals"], summary="Read the proposals (its own, staff)")
    async def list_proposals(organization: Id, caller: CallerDep) -> ProposalList:
        seen = await proposals.of(organization, caller)
        return ProposalList(items=[ProposalView.of(p, seen.sight) for p in seen.stored.state.proposals])

    @routes.post(path, tags=["proposals"], summary="Propose to change the profile (its own)")
    async def propose(organization: Id, body: ProfilePatch, response: Response, call: CallDep) -> Receipt:
        """Each named part is replaced whole once the registrar accepts; what was pending is superseded."""
        return Receipt(**changed(response, await proposals.propose(organization, body.parts(), call)))

    @routes.post(
        f"{path}/{{proposal}}/accept", tags=["proposals"], summary="Change the profile as proposed (registrar)"
    )
    async def accept(organization: Id, proposal: ProposalNumber, response: Response, call: CallDep) -> Receipt:
        """A licence that lasts longer moves the end of the approval."""
        return Receipt(**changed(response, await proposals.accept(organization, proposal, call)))

    @routes.post(
        f"{path}/{{proposal}}/deny", tags=["proposals"], summary="Leave the profile, with the reason (registrar)"
    )
    async def deny(
        organization: Id, proposal: ProposalNumber, body: ReasonBody, response: Response, call: CallDep
    ) -> Receipt:
        return Receipt(**changed(response, await proposals.deny(organization, proposal, body.reason, call)))
