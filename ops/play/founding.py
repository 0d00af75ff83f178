"""What a city's offices set up before the first request: districts, books, money, rules, priorities, working groups, programmes."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ops.client import ApiProblem, Sama
from ops.play import people
from ops.play.waiting import Patience

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class District:
    """A district with its place in the city's order. ``budget``: its own amount; None: its share by equal weights (BUD-4)."""

    id: str
    names: Names
    order: int
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme to open: its names, the rule set (id and version) and the ceiling of a request."""

    names: Names
    rule_set: str
    ceiling: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A city's year as data.

    waiting_rule: ``first_fit`` or ``strict``, of every district's book; appropriation: amount, approval_number, approved_on, budget_code;
    topics: the city's priority list; seat_term: {from, until}; criteria: of every programme; programmes: key → programme;
    third_approval_above: a payment above it needs a third person (BUD-7), None: no payment does.
    """

    fiscal_year: str
    currency: str
    waiting_rule: str
    appropriation: Mapping[str, Any]
    districts: Sequence[District]
    valid_from: str
    seat_term: Mapping[str, str]
    topics: Sequence[Mapping[str, Any]]
    rule_sets: Sequence[Mapping[str, Any]]
    criteria: Sequence[Mapping[str, Any]]
    programmes: Mapping[str, Programme]
    third_approval_above: int | None = None

    @property
    def weights(self) -> dict[str, int]:
        """Weights of the criteria, as ballots need them."""
        return {criterion["id"]: criterion["weight"] for criterion in self.criteria}


@dataclass
class Founded:
    """What the offices made: programme ids by key, and the answer to the allotment."""

    programmes: dict[str, str] = field(default_factory=dict)
    allotment: Any = None


async def found(sama: Sama, plan: Plan) -> Founded:
    """Set everything up, in the order in which the offices would."""
    made = Founded()
    await define_districts(sama, plan)
    await adopt_rules(sama, plan)
    await asyncio.gather(*(seat_group(sama, plan, district.id) for district in plan.districts))
    await open_books(sama, plan)
    made.allotment = await fund(sama, plan)
    for key in plan.programmes:
        made.programmes[key] = await open_programme(sama, plan, key)
    return made


async def define_districts(sama: Sama, plan: Plan) -> None:
    """Define the districts in the registry."""
    for district in plan.districts:
        body = {"names": dict(district.names), "order": district.order, "valid_from": plan.valid_from}
        await sama.registry.put(f"/districts/{district.id}", body, by=people.CITY_OFFICE)


async def adopt_rules(sama: Sama, plan: Plan) -> None:
    """Adopt the rule sets (city office) and the city's priority list (headquarters)."""
    for rule_set in plan.rule_sets:
        await sama.review.post("/rule-sets", dict(rule_set), by=people.CITY_OFFICE)
    await sama.review.post("/priority-lists", {"topics": list(plan.topics)}, by=people.HEADQUARTERS)


async def adopt_own_list(sama: Sama, district: str, topics: Sequence[Mapping[str, Any]], minutes: str) -> None:
    """Adopt a district's own list, with the number of its council's minutes (REV-14)."""
    body = {"district": district, "topics": list(topics), "minutes_number": minutes}
    await sama.review.post("/priority-lists", body, by=people.secretary(district))


async def seat_group(sama: Sama, plan: Plan, district: str) -> None:
    """Set up a district's working group and fill its six seats."""
    rules = {"id": plan.rule_sets[0]["id"], "version": 1}
    made = await sama.review.post("/working-groups", {"district": district, "rule_set": rules}, by=people.CITY_OFFICE)
    for seat in people.SEATS:
        body = {"holder": people.seat_holder(district, seat).subject, **plan.seat_term}
        await sama.review.post(f"/working-groups/{made['id']}/seats/{seat}", body, by=people.CITY_OFFICE)


async def open_books(sama: Sama, plan: Plan) -> None:
    """Open the city's book and each district's; the opening fixes currency and waiting rule for good."""
    book = {"fiscal_year": plan.fiscal_year, "currency": plan.currency}
    await sama.budget.post("/books", book, by=people.CITY_OFFICE)
    for district in plan.districts:
        body: dict[str, Any] = {**book, "district": district.id, "waiting_rule": plan.waiting_rule}
        if plan.third_approval_above is not None:
            body["third_approval_above"] = plan.third_approval_above
        await sama.budget.post("/books", body, by=people.CITY_OFFICE)


async def fund(sama: Sama, plan: Plan) -> Any:
    """Enter the council's money and allot it; returns the answer of an allotment by equal weights, else None."""
    amount = plan.appropriation["amount"]
    if not amount:
        return None  # a city without money: its requests wait
    money = {"fiscal_year": plan.fiscal_year, "currency": plan.currency}
    await sama.budget.post("/appropriations", {**plan.appropriation, **money}, by=people.CITY_OFFICE)
    if any(district.budget is not None for district in plan.districts):
        for district in plan.districts:
            if district.budget:
                body = {**money, "district": district.id, "amount": district.budget}
                await sama.budget.post("/allotments", body, by=people.CITY_OFFICE)
        return None
    weights = [{"district": district.id, "order": district.order} for district in plan.districts]
    answer = await sama.budget.post(
        "/allotments", {**money, "amount": amount, "districts": weights}, by=people.CITY_OFFICE
    )
    return answer.body


async def open_programme(sama: Sama, plan: Plan, key: str) -> str:
    """Draft and open a programme; what it needs of the other services reaches the requests service by events."""
    programme = plan.programmes[key]
    body = {
        "names": dict(programme.names),
        "kind": "rolling",
        "fiscal_year": plan.fiscal_year,
        "currency": plan.currency,
        "districts": [district.id for district in plan.districts],
        "ceiling": programme.ceiling,
        "rule_set": {"id": programme.rule_set, "version": 1},
        "criteria": list(plan.criteria),
    }
    made = await sama.requests.post("/programmes", body, by=people.CITY_OFFICE)
    id = str(made["id"])

    async def look() -> bool | None:
        try:
            await sama.requests.post(f"/programmes/{id}/open", by=people.CITY_OFFICE)
        except ApiProblem as problem:
            if problem.code == "programme_not_ready":
                return None
            raise
        return True

    await Patience(60).until(look, "rule sets, districts and books reaching the requests service")
    return id
