"""The city in which a run begins: founded once per process by the ordinary way, with requests at every stage."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final
from unittest.mock import patch

from services.budget.outbound.store import Published
from services.budget.usecases.books import OpenBookOrder
from services.registry.outbound.indexes import INDEXES as REGISTRY_INDEXES
from services.requests.outbound.indexes import INDEXES as REQUESTS_INDEXES
from services.review.outbound.indexes import INDEXES as REVIEW_INDEXES
from shared.storage.indexes import Index
from shared.storage.ports import Document
from tests.builders import ASKED, DISTRICT, OFFICE, SEATS, YEAR, City, Organization, Request
from tests.endings import answer_notice, notify, paid, propose_ending, reported
from tests.fakes.journal import MemoryCursors, MemoryEntries
from tests.fakes.storage import MemoryStores
from tests.simulation.finance import NEXT_YEAR, OTHER_DISTRICT
from tests.simulation.loop import SimulatedLoop
from tests.simulation.model import Model

RULES: Final[tuple[tuple[str, int | None], ...]] = (("first_fit", None), ("strict", None), ("first_fit", 1))
"""Waiting rule and max_skips of a scene's book."""

CASE_WITHIN: Final = timedelta(days=10)
INDEXES: Final[dict[str, tuple[Index, ...]]] = {
    "registry": tuple(REGISTRY_INDEXES),
    "requests": tuple(REQUESTS_INDEXES),
    "review": tuple(REVIEW_INDEXES),
    "budget": (),
}


@dataclass
class Database:
    """What one service's replicas share. Only budget uses entries and cursors."""

    stores: MemoryStores
    entries: MemoryEntries
    cursors: MemoryCursors


@dataclass(frozen=True)
class Scene:
    """A city as it was left: documents are values, so every run begins with the same ones."""

    now: datetime
    programme: str
    call: str
    """A ranked one."""
    owners: dict[str, str]
    """Organisation → the person who acts for it."""
    documents: dict[str, dict[str, dict[str, Document]]]
    copies: dict[str, dict[str, dict[str, Document]]]
    entries: list[dict[str, Any]]
    archive: list[Document]
    learnt: bytes

    def databases(self) -> dict[str, Database]:
        """Return fresh databases that hold what the scene holds."""
        return {service: self._database(service) for service in INDEXES}

    def model(self) -> Model:
        """Return a model that knows the scene."""
        model: Model = pickle.loads(self.learnt)  # noqa: S301 - our own bytes
        return model

    def _database(self, service: str) -> Database:
        database = Database(MemoryStores(INDEXES[service]), MemoryEntries(), MemoryCursors())
        for collection, documents in self.documents[service].items():
            database.stores.documents(collection).documents = dict(documents)
        for collection, copies in self.copies[service].items():
            database.stores.copies(collection).copies = dict(copies)
        if service == "budget":
            database.entries.stored = list(self.entries)
            for entry in self.entries:
                database.cursors.cursors[entry["book"]] = Published(entry["seq"], entry["seq"])
        return database


@cache
def scene(rule: str, max_skips: int | None) -> Scene:
    """Found the city whose book has this waiting rule."""
    loop = SimulatedLoop(Random(0))  # type: ignore[abstract] # all that is asked of it
    numbers = iter(range(1, 10**9))

    def order(year: str, currency: str, district: str | None = None, waiting_rule: Any = None) -> OpenBookOrder:
        if district is None:
            return OpenBookOrder(year, currency)
        return OpenBookOrder(year, currency, district, waiting_rule, max_skips, ASKED // 3)

    with (
        loop.running(),
        patch("secrets.token_hex", lambda size: f"{next(numbers):0{2 * size}x}"),
        patch("tests.builders.CASE_WITHIN", CASE_WITHIN),
        patch("tests.builders.OpenBookOrder", order),
    ):
        city, call = loop.run(lambda: _founded(rule))
    model = Model()
    for service, stores in city.stores.items():
        for collection, held in stores.by_name.items():
            for document in held.documents.values():
                model.learn(service, collection, document)
    for entry in city.entries.stored:
        model.entry(entry)
    for event in city.bus.archive:
        model.published(event)
    assert not model.broken, model.broken
    model.happened.clear()
    return Scene(
        now=city.now,
        programme=city.programme,
        call=call,
        owners={organization.id: organization.owner.subject for organization in city.organizations},
        documents={s: {name: d.documents for name, d in stores.by_name.items()} for s, stores in city.stores.items()},
        copies={s: {name: c.copies for name, c in stores.copies_by_name.items()} for s, stores in city.stores.items()},
        entries=list(city.entries.stored),
        archive=list(city.bus.archive),
        learnt=pickle.dumps(model),
    )


def scene_of(seed: int) -> Scene:
    """Return the scene that a seed plays in."""
    return scene(*RULES[seed % len(RULES)])


async def _founded(rule: str) -> tuple[City, str]:
    """Requests at every stage: reported (half of it is paid), to be cancelled, to be ended by agreement, committed (one payment is
    ordered, one to be approved), reserved, waiting, closed, nearly voted, in review, a draft; and of a ranked call two approved, one
    voted.

    What is left is too little for the one who waits and enough for the one that is closed: the waiting rule decides.
    """
    city = await City().found(money=5 * ASKED + ASKED // 2, waiting_rule="strict" if rule == "strict" else "first_fit")
    for order in (
        OpenBookOrder(YEAR, "IRR", OTHER_DISTRICT, "first_fit"),
        OpenBookOrder(NEXT_YEAR, "IRR"),
        *(OpenBookOrder(NEXT_YEAR, "IRR", district, "first_fit") for district in (DISTRICT, OTHER_DISTRICT)),
    ):
        await city.budget.books.open(order, caller=OFFICE, command=city.command(OFFICE), cause=city.cause(OFFICE))
    organizations = [await city.organization() for _ in range(4)]
    await city.bus.settle()
    await _reported(city, organizations[3])
    await _at_odds(city, organizations[2])
    requests = [await city.draft(organizations[n % 4], ASKED // 3 if n in (3, 4) else ASKED) for n in range(7)]
    for place, request in enumerate(requests[:6]):
        await city.submit(request)
        await city.bus.settle()
        if place < 3:
            await city.decide(request)
        elif place == 3:
            await city.vote(request)
        elif place == 4:
            await city.vote(request, SEATS[:5])
        await city.bus.settle()
        if place == 0:
            await city.accept(request)
    await city.bus.settle()
    await city.approve_payment(await city.prepare_payment(requests[0], ASKED // 2))
    await city.prepare_payment(requests[0], ASKED // 6, instalment=2)
    await city.bus.settle()
    return city, await _call(city, organizations)


async def _call(city: City, organizations: Sequence[Organization]) -> str:
    call = await city.open_call(ranked=True)
    for place, organization in enumerate(organizations[:3]):
        request = await city.draft(organization, ASKED // 2, call)
        await city.submit(request)
        await city.bus.settle()
        await (city.vote(request) if place == 2 else city.decide(request))
        await city.bus.settle()
    return call


async def _reported(city: City, organization: Organization) -> None:
    """Half of its award is paid, spent and reported: nothing keeps it from being closed."""
    request = await _committed(city, organization)
    await paid(city, request, ASKED // 2)
    await reported(city, request, ASKED // 2)


async def _at_odds(city: City, organization: Organization) -> None:
    """One award is to be cancelled and the applicant was heard; the office means to end another, of which a part is paid."""
    request = await _committed(city, organization)
    await notify(city, request)
    await answer_notice(city, request)
    request = await _committed(city, organization)
    await paid(city, request, ASKED // 2)
    await propose_ending(city, request, ASKED * 3 // 4)


async def _committed(city: City, organization: Organization) -> Request:
    request = await city.draft(organization)
    await city.submit(request)
    await city.bus.settle()
    await city.decide(request)
    await city.bus.settle()
    await city.accept(request)
    await city.bus.settle()
    return request
