"""An award below the minimum, and one that is declined, over HTTP (REQ-8)."""

from collections.abc import AsyncIterator

import pytest

from shared.contracts.budget import ReservationMade
from shared.contracts.review import CaseClosed, CaseOpened
from tests.component.test_requests_http import AFTER, DAY, OPENED, START, City, case, decided, entry, submitted, view

LESS = 30_000_000
PLAN = {
    "budget_lines": [{"title": "سالن", "amount": LESS}],
    "people_reached": 60,
    "indicator": "شمار خانواده‌ها",
    "explanation": "با یک گروه برگزار می‌شود.",
}


@pytest.fixture
async def city() -> AsyncIterator[City]:
    world = City()
    async with world.client:
        yield world


async def reserved_below_minimum(city: City) -> str:
    id = await submitted(city)
    await city.hear(CaseOpened.model_validate({**case(id), **OPENED}), 1)
    await city.hear(CaseClosed(**case(id), closed_at=START), 8)
    await city.hear(decided(id, amount=LESS), 9)
    made = {**entry(city, id), "amount": LESS}
    await city.hear(ReservationMade(**made, from_waiting=False, standing_sequence=3, after=AFTER))
    return id


async def test_below_the_minimum_a_revised_plan_comes_before_the_acceptance(city: City) -> None:
    """REQ-8."""
    id = await reserved_below_minimum(city)
    assert city.announced[-1] == "request.revised_plan_asked.v1"
    assert (await view(city, id))["revise_until"] is not None
    refused = await city.call("POST", f"/requests/{id}/accept")
    assert (refused.status_code, refused.json()["code"]) == (409, "revised_plan_needed")
    answer = await city.call("POST", f"/requests/{id}/revised-plan", body=PLAN)
    assert answer.status_code == 200, answer.text
    assert city.announced[-1] == "request.plan_revised.v1"
    seen = await view(city, id)
    assert (seen["revise_until"], seen["revised_plan"]) == (None, PLAN)
    assert (seen["amount_asked"], seen["amount_approved"]) == (60_000_000, LESS)  # what was asked for stays (REQ-7)
    assert (await city.call("POST", f"/requests/{id}/accept")).json()["status"] == "accepted"


async def test_without_a_revised_plan_the_award_lapses_by_itself(city: City) -> None:
    id = await reserved_below_minimum(city)
    city.now += 14.9 * DAY
    await city.uses.sweep()
    seen = await view(city, id)
    assert (seen["status"], seen["ended_reason"]) == ("lapsed", "revised_plan_overdue")


async def test_a_declined_award_is_announced_once(city: City) -> None:
    id = await reserved_below_minimum(city)
    for _ in range(2):
        answer = await city.call("POST", f"/requests/{id}/decline", body={"reason": "امکان برگزاری نیست."})
        assert answer.json()["status"] == "declined", answer.text
    assert city.announced.count("request.declined.v1") == 1
    assert (await view(city, id))["ended_reason"] == "امکان برگزاری نیست."
    assert (await city.call("POST", f"/requests/{id}/accept")).json()["code"] == "nothing_to_accept"


async def test_the_timeline_names_the_plan_and_the_end(city: City) -> None:
    id = await reserved_below_minimum(city)
    await city.call("POST", f"/requests/{id}/revised-plan", body=PLAN)
    await city.call("POST", f"/requests/{id}/decline", body={})
    items = (await city.call("GET", f"/requests/{id}/history")).json()["items"]
    assert [item["what"] for item in items][-3:] == ["award_offered", "plan_revised", "declined"]
    assert items[-1]["by"] == "ali"
