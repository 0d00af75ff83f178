"""The stage of the fuzz tests: a small city at every step of its requests, and the real applications of all services over it.

Everything runs in one event loop of the stage's own, called from Hypothesis' plain functions. ``reset`` brings the city back to
where it was, so that an example shows the same however many ran before it; ``snapshot`` shows every stored byte (I7).
"""

import asyncio
import pickle
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import httpx
from fastapi import FastAPI

from ops.local.services import SERVICES
from services.budget.inbound.events import subscribe as subscribe_budget
from services.budget.inbound.http import router as budget_router
from services.budget.inbound.texts import TEXTS as BUDGET_TEXTS
from services.portal.inbound.events import subscribe as subscribe_portal
from services.portal.inbound.http import router as portal_router
from services.portal.inbound.texts import TEXTS as PORTAL_TEXTS
from services.registry.domain.organization_import import SourceFile
from services.registry.domain.profile import OrganizationNames, Profile
from services.registry.inbound.http import router as registry_router
from services.registry.inbound.texts import TEXTS as REGISTRY_TEXTS
from services.registry.usecases.documents import HandedIn
from services.registry.usecases.imports import ReadRow
from services.registry.usecases.organizations import Call
from services.requests.inbound.events import subscribe as subscribe_requests
from services.requests.inbound.http import router as requests_router
from services.requests.inbound.texts import TEXTS as REQUESTS_TEXTS
from services.review.inbound.events import subscribe as subscribe_review
from services.review.inbound.http import router as review_router
from services.review.inbound.texts import TEXTS as REVIEW_TEXTS
from services.webhooks.domain.subscription import Start, Wanted
from services.webhooks.inbound.http import router as webhooks_router
from services.webhooks.inbound.texts import TEXTS as WEBHOOKS_TEXTS
from shared.messaging.asyncapi import asyncapi
from shared.messaging.subscriptions import Subscriptions
from shared.ops import http as ops_http
from shared.ops.texts import TEXTS as OPS_TEXTS
from shared.storage.ports import Command, Unavailable
from shared.web.app import WebParts, build_app
from shared.web.caller import ROLES, Caller, Grant
from shared.web.ops_doctor import doctor_router
from shared.web.problems import Unauthenticated
from tests.builders import DISTRICT, SEATS, YEAR, City
from tests.fakes.operations import LETTER, MemoryOperations
from tests.participation import (
    COUNCIL_MEMBER,
    minuted,
    with_concern,
    with_councils,
    with_meeting,
    with_obstacle,
    with_proposal,
)
from tests.portal import PUBLISHER, Portal
from tests.unit.webhooks.build import CAUSE, URL, World
from tests.visits import with_picture, with_visit

T = TypeVar("T")

SPREADSHEET: Final = f"name,kind,district\nامید,informal_group,{DISTRICT}\n".encode()
PDF: Final = b"%PDF-1.7 a statute"
VOTED: Final = 3  # the request that is closed and not decided


class Stage:
    """A city with a request at every step. ``apps``: the applications by service; ``ids``: what exists, by a parameter's name."""

    def __init__(self) -> None:
        self._loop = asyncio.Runner()
        self.city = self.run(_peopled())
        self.webhooks = self.run(_subscribed(self.city.organizations[VOTED].id))
        self.portal = self.run(Portal().follow(self.city.bus.archive))
        self.subscriptions = {name: Subscriptions(name) for name in SERVICES}
        subscribe_requests(self.subscriptions["requests"], self.city.requests)
        subscribe_review(self.subscriptions["review"], self.city.review)
        subscribe_budget(self.subscriptions["budget"], self.city.budget)
        subscribe_portal(self.subscriptions["portal"], self.portal.uses)
        self.operations = {name: MemoryOperations(name) for name in SERVICES}
        self.callers = _callers(self.city)
        self.apps = {
            "registry": self._app("registry", registry_router(self.city.registry), REGISTRY_TEXTS),
            "requests": self._app("requests", requests_router(self.city.requests), REQUESTS_TEXTS),
            "review": self._app("review", review_router(self.city.review), REVIEW_TEXTS),
            "budget": self._app("budget", budget_router(self.city.budget), BUDGET_TEXTS),
            "webhooks": self._app("webhooks", webhooks_router(self.webhooks.uses), WEBHOOKS_TEXTS),
            "portal": self._app("portal", portal_router(self.portal.uses, PUBLISHER), PORTAL_TEXTS),
        }
        self._clients = {
            name: httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url=f"http://{name}"
            )
            for name, app in self.apps.items()
        }
        self.run(_imported(self.city))
        self.document = self.run(_documented(self.city))
        self.ids = {
            **_ids(self.city),
            "webhooks": list(self.webhooks.stores.by_name["subscriptions"].documents),
            **self.portal.ids(),
        }
        self.first = self.snapshot()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run in the stage's loop."""
        return self._loop.run(work)

    def send(self, service: str, request: Mapping[str, Any]) -> httpx.Response:
        """Send a request, given as httpx takes it; an exception that leaves the application is a 500."""

        async def answered() -> httpx.Response:
            answer = await self._clients[service].request(**request)
            await self.operations[service].settle()
            return answer

        return self.run(answered())

    def snapshot(self) -> bytes:
        """Return everything that is stored."""
        return pickle.dumps(
            [
                [(d.collection, d.documents) for s in self.city.stores.values() for d in s.by_name.values()],
                [(c.collection, c.copies) for s in self.city.stores.values() for c in s.copies_by_name.values()],
                [f.contents for s in self.city.stores.values() for f in s.files_by_name.values()],
                self.city.entries.stored,
                [parts.stored() for parts in self.operations.values()],
                self.webhooks.stores.by_name["subscriptions"].documents,
                self.portal.kept.used.content,
            ]
        )

    def reset(self) -> None:
        """Bring the city back to its first state."""
        documents, copies, files, entries, operated, webhooks, portal = pickle.loads(self.first)  # noqa: S301 - made above
        stored = [d for s in self.city.stores.values() for d in s.by_name.values()]
        for collection, (_, kept) in zip(stored, documents, strict=True):
            collection.documents = kept
        copied = [c for s in self.city.stores.values() for c in s.copies_by_name.values()]
        for copy, (_, kept) in zip(copied, copies, strict=True):
            copy.copies = kept
        kept_files = [f for s in self.city.stores.values() for f in s.files_by_name.values()]
        for bucket, contents in zip(kept_files, files, strict=True):
            bucket.contents = contents
        self.city.entries.stored = entries
        for parts, kept in zip(self.operations.values(), operated, strict=True):
            parts.restore(kept)
        self.webhooks.stores.by_name["subscriptions"].documents = webhooks
        self.portal.kept.used.restore(portal)
        self.city.journal._lines.clear()  # its tails know entries that are gone; it reads them again

    def close(self) -> None:
        """End the loop."""
        for client in self._clients.values():
            self.run(client.aclose())
        self._loop.close()

    def _app(self, name: str, router: Any, texts: Any) -> FastAPI:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            yield

        async def no_problems() -> Sequence[str]:
            return []

        app = build_app(
            WebParts(
                name=name,
                summary="fuzzed",
                routers=[router, ops_http.router(self.operations[name].operations), doctor_router(_no_patient)],
                texts={**OPS_TEXTS, **texts},
                verifier=Names(self.callers),  # type: ignore[arg-type]
                lifespan=lifespan,
                problems=no_problems,
                asyncapi=lambda: asyncapi(name, self.subscriptions[name]),
            )
        )
        ops_http.install(app)
        return app


def _no_patient() -> Any:
    """The doctor needs real servers (tests/integration); here its database is away, and it says 503."""
    raise Unavailable("no servers here")


class Names:
    """A verifier that takes a token's text for a caller's name: verification has its own tests (tests/unit/web/test_auth.py)."""

    def __init__(self, callers: Mapping[str, Caller]) -> None:
        self._callers = callers

    async def caller(self, authorization: str | None) -> Caller:
        """Return who calls. Raises Unauthenticated."""
        name = (authorization or "").removeprefix("Bearer ")
        if name not in self._callers:
            raise Unauthenticated("no such caller")
        return self._callers[name]


async def _subscribed(organization: str) -> World:
    """Webhooks on fakes, with one of an organisation's: nothing is sent anywhere."""
    world = World()
    for number in range(3):
        world.events.append(district=str(number))
    owner = Caller("applicant", (Grant("applicant", None, organization),))
    await world.uses.subscriptions.subscribe(
        organization, Wanted(URL), Start(1, "now"), caller=owner, command=Command("k", "applicant", "d"), cause=CAUSE
    )
    return world


def _callers(city: City) -> dict[str, Caller]:
    everywhere = tuple(Grant(role) for role in sorted(ROLES - {"applicant"}))
    applicant = tuple(Grant("applicant", organization=o.id) for o in city.organizations)
    return {
        "everything": Caller("seat-2", (*everywhere, *applicant)),
        "chair": Caller("seat-1", (*everywhere, Grant("chair", DISTRICT))),
        "applicant": Caller(city.organizations[0].owner.subject, applicant),
        "office": Caller("city-office", (Grant("city_office"),)),
        "secretary": Caller("secretary", (Grant("secretary", DISTRICT),)),
        "auditor": Caller("auditor", (Grant("auditor"),)),
        "elsewhere": Caller("elsewhere", (Grant("secretary", "8"), Grant("applicant", organization="other"))),
        "council": COUNCIL_MEMBER,
        "nobody": Caller("nobody"),
    }


async def _documented(city: City) -> str:
    """Hand in a document of the city's request that is closed, and return its id."""
    organization = city.organizations[VOTED]
    call = Call(organization.owner, Command("document", organization.owner.subject, "d"), CAUSE)
    stored = await city.registry.documents.add(organization.id, HandedIn("statute", "statute.pdf", PDF), call)
    return stored.state.documents[-1].id


async def _imported(city: City) -> None:
    """Hand in a spreadsheet, by whom everybody in the table of rights is."""
    caller = Caller("somebody", (Grant("registrar", DISTRICT),))
    row = ReadRow(2, "امید", Profile(OrganizationNames("امید"), "informal_group", (DISTRICT,)), (), {})
    call = Call(caller, Command("import", "somebody", "d"), CAUSE)
    await city.registry.imports.examine(SourceFile("a.csv", "csv", 1, "0" * 64), [row], call)


async def _peopled() -> City:
    """A city with a request that is a draft, in review, half voted, sent back, closed, reserved and committed."""
    city = await City().found()
    for steps in range(7):
        organization = await city.organization()
        await city.bus.settle()
        request = await city.draft(organization)
        way = (
            city.submit,
            lambda r: city.vote(r, SEATS[:3]),
            lambda r: city.vote(r, SEATS[3:]),
            city.sign,
            city.accept,
        )
        if steps == 6:
            await city.submit(request)
            await city.bus.settle()
            await city.send_back(request)
        else:
            for step in way[:steps]:
                await step(request)
                await city.bus.settle()
            if steps == 5:
                await city.prepare_payment(request, 1)
    await city.bus.settle()
    await with_councils(city)
    await with_concern(city)
    await with_proposal(city)
    await with_obstacle(city)
    await minuted(city, await with_meeting(city))
    await with_picture(city, await with_visit(city, city.drafted[2]))  # whose seats 1 to 3 have voted
    await city.suspend(city.organizations[-1])
    await city.bus.settle()
    return city


def _ids(city: City) -> dict[str, list[Any]]:
    prepared = [e["facts"]["payment"] for e in city.entries.stored if e["kind"] == "payment_prepared"]
    stored = {c: list(d.documents) for s in city.stores.values() for c, d in s.by_name.items()}
    return {
        "organizations": [o.id for o in city.organizations],
        "organization-imports": stored["organization_imports"],
        "requests": stored["requests"],
        "programmes": stored["programmes"],
        "cases": stored["cases"],
        "rule-sets": ["mashhad"],
        "priority-lists": stored["priority_lists"],
        "working-groups": stored["working_groups"],
        "councils": stored["councils"],
        "concerns": stored["concerns"],
        "obstacles": stored["obstacles"],
        "meetings": stored["meetings"],
        "visits": stored["visits"],
        "picture": [p["id"] for v in city.stores["review"].by_name["visits"].documents.values() for p in v["pictures"]],
        "priority-proposals": stored["priority_proposals"],
        "member": [1],
        "districts": [DISTRICT],
        "payment": prepared,
        "seat": [1, 2, 2, 3],  # mostly seats of callers of this stage
        "version": [1],
        "flag": [1, 2],
        "proposal": [1, 2],
        "appeal": [1],
        "owner": ["city", f"district:{DISTRICT}"],
        "fiscal_year": [YEAR],
        "letter": [LETTER.id],
    }


PUBLIC: Final = frozenset({"/health/live", "/health/ready", "/metrics", "/asyncapi.json"})
