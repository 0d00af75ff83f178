"""The HTTP API of registry: parse → use case → answer. Refusals become problem details in shared/web."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.registry.inbound import (
    appeals_http,
    assisted_http,
    flags_http,
    merging_http,
    proposals_http,
    relatives_http,
    standing_http,
)
from services.registry.inbound.bodies import (
    ChangesBody,
    ChecklistBody,
    DistrictBody,
    DuplicateBody,
    ProfilePatch,
    ReasonBody,
    RegistrationBody,
)
from services.registry.inbound.calls import CallDep, FiltersDep
from services.registry.inbound.documents_http import add_documents
from services.registry.inbound.export_http import add_export
from services.registry.inbound.imports_http import add_imports
from services.registry.inbound.views import (
    DistrictView,
    KindView,
    LookalikeView,
    OrganizationSummary,
    OrganizationView,
    TimelineEntry,
)
from services.registry.usecases import UseCases
from shared.contracts.ids import DistrictId, Id
from shared.web.api import (
    CallerDep,
    CauseDep,
    OptionalCallerDep,
    PageDep,
    Receipt,
    RequiredVersionDep,
    VersionDep,
    changed,
    created,
    page_body,
    with_version,
)
from shared.web.strict import StrictRoute


class DistrictPage(BaseModel):
    """Districts in the city's own order."""

    items: list[DistrictView]
    next: str | None = Field(description="Cursor of the next page; null: this is the last.")
    total: int


class OrganizationPage(BaseModel):
    """Organisations, oldest status first."""

    items: list[OrganizationSummary]
    next: str | None = Field(description="Cursor of the next page; null: this is the last.")
    total: int = Field(description="Of the filter, as far as the caller sees.")


class KindList(BaseModel):
    """All kinds of organisation."""

    items: list[KindView]


class LookalikeList(BaseModel):
    """Likely duplicates."""

    items: list[LookalikeView]


class Timeline(BaseModel):
    """What happened, oldest first."""

    items: list[TimelineEntry]


def router(uses: UseCases) -> APIRouter:
    """Return the routes over these use cases."""
    routes = APIRouter(route_class=StrictRoute)
    for add in (_districts, _drafts, _reads, _verification, _decisions, add_documents, add_imports, add_export):
        add(routes, uses)
    for noun in (assisted_http, flags_http, standing_http, merging_http, relatives_http, proposals_http, appeals_http):
        noun.add(routes, uses)
    return routes


def _districts(routes: APIRouter, uses: UseCases) -> None:
    districts = uses.districts

    @routes.get("/districts", tags=["districts"], summary="List districts (no token needed)")
    async def list_districts(page: PageDep, _caller: OptionalCallerDep) -> DistrictPage:
        found = await districts.page(page.cursor, page.limit)
        now = districts.clock()
        return DistrictPage(**page_body(found, lambda stored: DistrictView.of(stored, now)))

    @routes.get("/districts/{district}", tags=["districts"], summary="Read a district (no token needed)")
    async def read_district(district: DistrictId, response: Response, _caller: OptionalCallerDep) -> DistrictView:
        stored = await districts.get(district)
        with_version(response, stored)
        return DistrictView.of(stored, districts.clock())

    @routes.put("/districts/{district}", tags=["districts"], summary="Define a district or change it (city_office)")
    async def define_district(
        district: DistrictId,
        body: DistrictBody,
        response: Response,
        caller: CallerDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> DistrictView:
        """Repeating it changes nothing. With If-Match only that version is changed."""
        wanted = body.to_domain(district)
        stored = await districts.define(wanted, caller=caller, cause=cause, expected_version=version)
        with_version(response, stored)
        return DistrictView.of(stored, districts.clock())


def _drafts(routes: APIRouter, uses: UseCases) -> None:
    organizations = uses.organizations

    @routes.post("/organizations", status_code=201, tags=["organizations"], summary="Open a draft (anyone signed in)")
    async def register(body: RegistrationBody, response: Response, call: CallDep) -> Receipt:
        stored = await organizations.register(body.to_domain(), call)
        return Receipt(**created(response, f"/organizations/{stored.id}", stored))

    @routes.patch(
        "/organizations/{organization}",
        tags=["organizations"],
        summary="Change a draft, parts sent back, or an expired profile (its own)",
    )
    async def edit(
        organization: Id,
        body: ProfilePatch,
        response: Response,
        caller: CallerDep,
        cause: CauseDep,
        version: RequiredVersionDep,
    ) -> Receipt:
        """Each named part is replaced whole. After changes_requested only the named fields may differ, when expired all but the account."""
        stored = await organizations.edit(
            organization, body.parts(), caller=caller, cause=cause, expected_version=version
        )
        return Receipt(**changed(response, stored))

    @routes.post(
        "/organizations/{organization}/submit",
        tags=["organizations"],
        summary="Ask to be verified, or renewed (its own)",
    )
    async def submit(organization: Id, response: Response, call: CallDep) -> Receipt:
        """422 names each part that the kind requires and that lacks; 409 if a living organisation has the legal id (REG-5)."""
        return Receipt(**changed(response, await organizations.submit(organization, call)))


def _reads(routes: APIRouter, uses: UseCases) -> None:
    organizations = uses.organizations

    @routes.get("/organization-kinds", tags=["organizations"], summary="Kinds and what they ask (no token needed)")
    async def list_kinds(_caller: OptionalCallerDep) -> KindList:
        return KindList(items=[KindView.of(kind) for kind in uses.kinds.values()])

    @routes.get("/organizations", tags=["organizations"], summary="List organisations, oldest status first")
    async def list_organizations(filters: FiltersDep, page: PageDep, caller: CallerDep) -> OrganizationPage:
        """Staff see their districts whole; everybody sees those that were approved once, and with ``mine`` their own."""
        found = await organizations.page(filters, caller, cursor=page.cursor, limit=page.limit)
        return OrganizationPage(**page_body(found, OrganizationSummary.of))

    @routes.get("/organizations/{organization}", tags=["organizations"], summary="Read an organisation")
    async def read_organization(organization: Id, response: Response, caller: CallerDep) -> OrganizationView:
        """Identifiers are masked, and people, address and account withheld, from those who need not see them."""
        seen = await organizations.get(organization, caller)
        with_version(response, seen.stored)
        return OrganizationView.seen(seen)

    @routes.get("/organizations/{organization}/history", tags=["organizations"], summary="Who did what and when")
    async def read_history(organization: Id, caller: CallerDep) -> Timeline:
        """For its own people and staff; without personal data."""
        entries = await organizations.history(organization, caller)
        return Timeline(items=[TimelineEntry.of(entry) for entry in entries])


def _verification(routes: APIRouter, uses: UseCases) -> None:
    organizations = uses.organizations
    path = "/organizations/{organization}"

    @routes.post(f"{path}/checklist", tags=["verification"], summary="Answer the checklist (registrar)")
    async def answer_checklist(organization: Id, body: ChecklistBody, response: Response, call: CallDep) -> Receipt:
        """Questions left out keep their answer (REG-2). The result is computed; read it in the organisation."""
        return Receipt(**changed(response, await organizations.answer_checklist(organization, body.to_domain(), call)))

    @routes.get(f"{path}/duplicates", tags=["verification"], summary="List likely duplicates (registrar, staff)")
    async def list_duplicates(organization: Id, caller: CallerDep) -> LookalikeList:
        """Same normalised name in a shared district, or the same Sheba (REG-5)."""
        found = await organizations.duplicates(organization, caller)
        return LookalikeList(items=[LookalikeView.of(lookalike) for lookalike in found])

    @routes.post(f"{path}/duplicates", tags=["verification"], summary="Resolve a likely duplicate (registrar)")
    async def resolve_duplicate(organization: Id, body: DuplicateBody, response: Response, call: CallDep) -> Receipt:
        stored = await organizations.find_different(organization, body.organization, body.reason, call)
        return Receipt(**changed(response, stored))

    @routes.post(f"{path}/approve", tags=["verification"], summary="Approve (registrar)")
    async def approve(organization: Id, response: Response, call: CallDep) -> Receipt:
        """Refused while an answer is no or lacks, the profile is incomplete, a likely duplicate is unresolved
        or a flag of level escalated or red stands (REG-2)."""
        return Receipt(**changed(response, await organizations.approve(organization, call)))

    @routes.post(f"{path}/request-changes", tags=["verification"], summary="Send back for corrections (registrar)")
    async def request_changes(organization: Id, body: ChangesBody, response: Response, call: CallDep) -> Receipt:
        return Receipt(**changed(response, await organizations.request_changes(organization, body.to_domain(), call)))


def _decisions(routes: APIRouter, uses: UseCases) -> None:
    """Decisions that need nothing but a reason."""
    organizations = uses.organizations
    verbs: Sequence[tuple[str, str, Callable[..., Any]]] = (
        ("reject", "Refuse the registration, with the reason (registrar)", organizations.reject),
        ("suspend", "Withdraw the standing for now, with the reason (registrar)", organizations.suspend),
        ("reinstate", "Give the standing back, with the reason (registrar)", organizations.reinstate),
    )
    for verb, summary, use in verbs:
        _decision(routes, verb, summary, use)


def _decision(routes: APIRouter, verb: str, summary: str, use: Callable[..., Any]) -> None:
    @routes.post(f"/organizations/{{organization}}/{verb}", name=verb, tags=["verification"], summary=summary)
    async def decide(organization: Id, body: ReasonBody, response: Response, call: CallDep) -> Receipt:
        return Receipt(**changed(response, await use(organization, body.reason, call)))
