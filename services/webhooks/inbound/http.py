"""The HTTP API: parse → use case → answer. Refusals become problem details in shared/web."""

from enum import Enum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response

from services.webhooks.domain.subscription import Status
from services.webhooks.inbound.bodies import ReplayBody, SubscribeBody, SubscriptionPatch
from services.webhooks.inbound.views import (
    DeliveryList,
    SecretReceipt,
    TestView,
    WebhookList,
    WebhookView,
    delivery_view,
    test_view,
    webhook_view,
)
from services.webhooks.usecases import UseCases
from shared.contracts.ids import Id
from shared.web.api import (
    CallerDep,
    CauseDep,
    CommandDep,
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

IdPath = Annotated[Id, Path(description="Id as returned at creation.")]
Answer = dict[str, Any]

TAGS: Final[list[str | Enum]] = ["webhooks"]


def router(uses: UseCases) -> APIRouter:
    """Return all routes of the service."""
    routes = APIRouter(route_class=StrictRoute, tags=TAGS)
    _changing(routes, uses)
    _steps(routes, uses)
    _secrets(routes, uses)
    _reading(routes, uses)
    return routes


def _changing(routes: APIRouter, uses: UseCases) -> None:
    subscriptions = uses.subscriptions

    @routes.post(
        "/webhooks", status_code=201, response_model=SecretReceipt, summary="Subscribe an address (applicant, city)"
    )
    async def subscribe(
        body: SubscribeBody, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep
    ) -> Answer:
        """The answer has the secret, once. Events come as soon as the address has answered a challenge (docs/webhooks.md)."""
        stored, secret = await subscriptions.subscribe(
            body.organization, body.wanted(), body.starts(), caller=caller, command=command, cause=cause
        )
        return {**created(response, f"/webhooks/{stored.id}", stored), "secret": secret}

    @routes.patch("/webhooks/{id}", response_model=Receipt, summary="Change address or filter (owner)")
    async def edit(
        id: IdPath,
        body: SubscriptionPatch,
        response: Response,
        caller: CallerDep,
        cause: CauseDep,
        version: RequiredVersionDep,
    ) -> Answer:
        stored = await subscriptions.edit(id, body.changes(), caller=caller, cause=cause, expected_version=version)
        return changed(response, stored)

    @routes.post("/webhooks/{id}/end", response_model=Receipt, summary="End it for good (owner, city office)")
    async def end(
        id: IdPath, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep, version: VersionDep
    ) -> Answer:
        stored = await subscriptions.end(id, caller=caller, command=command, cause=cause, expected_version=version)
        return changed(response, stored)


def _steps(routes: APIRouter, uses: UseCases) -> None:
    subscriptions = uses.subscriptions

    @routes.post("/webhooks/{id}/pause", response_model=Receipt, summary="Stop delivering (owner, city office)")
    async def pause(
        id: IdPath, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep, version: VersionDep
    ) -> Answer:
        stored = await subscriptions.pause(id, caller=caller, command=command, cause=cause, expected_version=version)
        return changed(response, stored)

    @routes.post("/webhooks/{id}/resume", response_model=Receipt, summary="Go on where it stopped (owner)")
    async def resume(
        id: IdPath, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep, version: VersionDep
    ) -> Answer:
        """After a pause, after its death, or to try at once instead of at the next attempt."""
        stored = await subscriptions.resume(id, caller=caller, command=command, cause=cause, expected_version=version)
        return changed(response, stored)

    @routes.post("/webhooks/{id}/replay", response_model=Receipt, summary="Deliver again from a place on (owner)")
    async def replay(
        id: IdPath,
        body: ReplayBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
        version: VersionDep,
    ) -> Answer:
        """Events keep their ids. What stands still (paused, dead) begins there when it is resumed."""
        start = body.start
        stored = await subscriptions.replay(
            id,
            start.where,
            start.offset,
            start.time,
            caller=caller,
            command=command,
            cause=cause,
            expected_version=version,
        )
        return changed(response, stored)


def _secrets(routes: APIRouter, uses: UseCases) -> None:
    subscriptions = uses.subscriptions

    @routes.post("/webhooks/{id}/rotate-secret", response_model=SecretReceipt, summary="Make a new secret (owner)")
    async def rotate_secret(
        id: IdPath, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep, version: VersionDep
    ) -> Answer:
        """Old and new both sign until the old one's time of grace is over; ``secrets`` of the subscription says when."""
        stored, secret = await subscriptions.rotate(
            id, caller=caller, command=command, cause=cause, expected_version=version
        )
        return {**changed(response, stored), "secret": secret}

    @routes.post("/webhooks/{id}/test", response_model=TestView, summary="Send a challenge now (owner)")
    async def test(id: IdPath, caller: CallerDep, _command: CommandDep, cause: CauseDep) -> Answer:
        """A repeat with the same key sends again: nothing but the answer comes of it, and of a pending one that it becomes active."""
        answer, answered = await subscriptions.ping(id, caller=caller, cause=cause)
        return test_view(answer, answered)


def _reading(routes: APIRouter, uses: UseCases) -> None:
    subscriptions = uses.subscriptions

    @routes.get("/webhooks", response_model=WebhookList, summary="The webhooks you may read, newest first")
    async def list_webhooks(
        caller: CallerDep,
        page: PageDep,
        status: Annotated[Status | None, Query(description="Only those with this status.")] = None,
        organization: Annotated[Id | None, Query(description="Only those of this organisation.")] = None,
    ) -> Answer:
        """Applicants: of their own organisations. City office, headquarters and auditors: all."""
        found = await subscriptions.page(
            status=status, organization=organization, caller=caller, cursor=page.cursor, limit=page.limit
        )
        return page_body(found, webhook_view)

    @routes.get("/webhooks/{id}", response_model=WebhookView, summary="One webhook and where it stands")
    async def get_webhook(id: IdPath, response: Response, caller: CallerDep) -> Answer:
        shown = await subscriptions.get(id, caller=caller)
        with_version(response, shown.stored)
        return webhook_view(shown)

    @routes.get("/webhooks/{id}/deliveries", response_model=DeliveryList, summary="The last attempts, newest first")
    async def list_deliveries(id: IdPath, caller: CallerDep) -> Answer:
        return {"items": [delivery_view(delivery) for delivery in await subscriptions.deliveries(id, caller=caller)]}
