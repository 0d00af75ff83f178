"""The figures that one service alone knows: what they count, that they keep the ballots' secret, and that an index has all they read."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from prometheus_client import Gauge

from services.budget.outbound import figures as budget
from services.registry.outbound import figures as registry
from services.registry.outbound.indexes import INDEXES as REGISTRY_INDEXES
from services.requests.outbound import figures as requests
from services.requests.outbound.indexes import INDEXES as REQUESTS_INDEXES
from services.review.outbound import figures as review
from services.review.outbound.indexes import INDEXES as REVIEW_INDEXES
from shared.storage.indexes import Index, aggregate_indexes
from shared.storage.ports import Document, Group, Where
from tests.fakes.journal import MemoryEntries
from tests.fakes.storage import MemoryDocuments
from tests.unit.budget.build import CITY, START, Clock, appropriation, given, journal, money, opening, reserve
from tests.unit.review.builders import CASE_WITHIN, DISTRICT, NOW, SIGN_WITHIN, World, form, member
from tests.unit.review.test_events_by_state import ID

ALL: Final[Sequence[Gauge]] = [
    value
    for module in (registry, requests, review, budget)
    for value in vars(module).values()
    if isinstance(value, Gauge)
]


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    for gauge in ALL:
        gauge.clear()


def shown(gauge: Gauge) -> dict[tuple[str, ...], float]:
    """Return the values of a figure by its labels, in the gauge's order."""
    (family,) = gauge.collect()
    return {tuple(sample.labels[name] for name in gauge._labelnames): sample.value for sample in family.samples}


async def kept(collection: str, *documents: dict[str, Any]) -> "Read":
    store = Read(collection)
    for number, document in enumerate(documents):
        await store.insert({"_id": f"{number}", "version": 1, "history": [], "outbox": [], **document})
    return store


class Read(MemoryDocuments):
    """Documents that note which fields each look read."""

    def __init__(self, collection: str) -> None:
        super().__init__(collection)
        self.looks: list[set[str]] = []

    async def groups(self, where: Where, by: Sequence[str], *, earliest: str | None = None) -> Sequence[Group]:
        self.looks.append({*where, *by, *([earliest] if earliest else [])})
        return await super().groups(where, by, earliest=earliest)


def age(since: datetime) -> Any:
    return pytest.approx(datetime.now(since.tzinfo).timestamp() - since.timestamp(), abs=5)


def indexed(store: Read, indexes: Sequence[Index]) -> bool:
    """Tell whether every look read only what one index holds, or was for the few that are overdue."""
    own = [*(index for index in indexes if index.collection == store.collection), *aggregate_indexes(store.collection)]
    return all(
        "due_at" in fields or any(fields <= {key for key, _ in index.keys} for index in own) for fields in store.looks
    )


async def test_organisations_are_counted_by_status_with_the_age_of_the_oldest() -> None:
    first, later = NOW - timedelta(days=9), NOW - timedelta(days=2)
    store = await kept(
        "organizations",
        {"status": "submitted", "status_since": later},
        {"status": "submitted", "status_since": first},
        {"status": "approved", "status_since": first},
    )
    figures = registry.Figures(store)
    await figures.waiting()
    await figures.at_rest()
    assert shown(registry.ORGANIZATIONS) == {
        ("submitted",): 2, ("changes_requested",): 0, ("suspended",): 0, ("approved",): 1,
    }  # fmt: skip
    assert shown(registry.OLDEST_ORGANIZATION)["submitted",] == age(first)
    assert shown(registry.OLDEST_ORGANIZATION)["suspended",] == 0
    assert indexed(store, REGISTRY_INDEXES)


async def test_requests_are_counted_by_district_and_status() -> None:
    def request(district: str | None, status: str) -> Document:
        return {"proposal": {"district": district}, "status": status}

    store = await kept(
        "requests", request("7", "waiting"), request("7", "waiting"), request("8", "in_review"), request("8", "lapsed"),
        request(None, "draft"),
    )  # fmt: skip
    figures = requests.Figures(store)
    await figures.open()
    await figures.at_rest()
    assert shown(requests.REQUESTS) == {("7", "waiting"): 2, ("8", "in_review"): 1, ("8", "lapsed"): 1}
    assert indexed(store, REQUESTS_INDEXES)


async def test_cases_are_counted_with_their_ages_deadlines_and_what_is_past_due() -> None:
    def case(district: str, status: str, hours: int, **fields: Any) -> Document:
        return {"district": district, "status": status, "received_at": NOW - timedelta(hours=hours), **fields}

    due, over = NOW + timedelta(hours=5), NOW - timedelta(hours=1)
    store = await kept(
        "cases",
        case("7", "open", 3, deadline=due, due_at=due),
        case("7", "open", 9, deadline=over, due_at=over),
        case("8", "closed", 40, sign_by=due, due_at=due, result={"closed_at": NOW - timedelta(hours=2)}),
        case("8", "decided", 90),
        case("9", "stalled", 90),
    )
    figures = review.Figures(store, lambda: NOW)
    await figures.waiting()
    assert indexed(store, REVIEW_INDEXES)
    await figures.terms()
    assert shown(review.CASES) == {("7", "open"): 2, ("8", "closed"): 1, ("9", "stalled"): 1}
    assert shown(review.OLDEST_CASE) == {
        ("7", "open"): age(NOW - timedelta(hours=9)), ("8", "closed"): age(NOW - timedelta(hours=40)),
    }  # fmt: skip
    assert shown(review.PAST_DUE) == {("7",): 1, ("8",): 0, ("9",): 0}
    assert shown(review.NEXT_DEADLINE) == {("7",): over.timestamp()}
    assert shown(review.OLDEST_UNSIGNED) == {("8",): age(NOW - timedelta(hours=2))}


async def test_no_figure_of_review_tells_how_many_ballots_are_cast() -> None:
    world = World()
    await world.set_up_group()
    await world.standing(1)
    await world.submitted()
    figures = review.Figures(world.documents["cases"], lambda: world.now)

    async def looks() -> list[dict[tuple[str, ...], float]]:
        await figures.waiting()
        await figures.terms()
        review.OLDEST_CASE.clear()  # an age goes on
        return [shown(gauge) for gauge in ALL]

    before = await looks()
    for seat in range(1, 6):
        await world.uses.cases.declare(
            ID, seat, conflict="none", note="", caller=member(seat), command=world.command(f"{seat}")
        )
        await world.uses.cases.cast(ID, seat, form(), caller=member(seat))
        assert await looks() == before
    await world.uses.cases.declare(ID, 6, conflict="none", note="", caller=member(6), command=world.command("6"))
    await world.uses.cases.cast(ID, 6, form(), caller=member(6))
    await looks()
    assert shown(review.CASES) == {(DISTRICT, "open"): 0, (DISTRICT, "closed"): 1}
    world.now += CASE_WITHIN + SIGN_WITHIN
    await looks()
    assert shown(review.PAST_DUE) == {(DISTRICT,): 1}


async def test_money_and_those_who_wait_for_it_are_shown_by_book() -> None:
    books = journal(MemoryEntries(), Clock())
    await given(
        books, opening(CITY), opening(), appropriation(1_000), money(500), reserve("a", 450), reserve("b", 80), reserve("c", 90),
    )  # fmt: skip
    await budget.Figures(books.books).look()
    assert shown(budget.CITY_MONEY) == {
        ("1405", "appropriated", "IRR"): 1_000, ("1405", "unallotted", "IRR"): 1_000, ("1405", "allotted", "IRR"): 0,
    }  # fmt: skip
    district = {part: amount for (_, _, part, _), amount in shown(budget.DISTRICT_MONEY).items() if amount}
    assert district == {"allotted": 500, "available": 50, "reserved": 450}
    assert shown(budget.WAITING_REQUESTS) == {("7", "1405"): 2}
    assert shown(budget.WAITING_MONEY) == {("7", "1405", "IRR"): 170}
    assert shown(budget.OLDEST_WAITING)["7", "1405"] == age(START + timedelta(seconds=6))


async def test_only_the_last_two_fiscal_years_are_shown() -> None:
    books = journal(MemoryEntries(), Clock())
    await given(books, *(opening(f"district:7/{year}") for year in ("1403", "next", "1405")))
    await budget.Figures(books.books).look()
    assert {year for _, year in shown(budget.WAITING_REQUESTS)} == {"next", "1405"}
