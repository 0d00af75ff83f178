"""Appeals against decisions over HTTP (REQ-13, REQ-14)."""

from collections.abc import AsyncIterator

import pytest

from tests.component.test_requests_http import DAY, City, decided, submitted, view

APPEAL = {"ground": "fault_in_procedure", "text": "کارگروه حد نصاب نداشت."}
REASON = {"reason": "صورت‌جلسه آن را نشان می‌دهد."}


@pytest.fixture
async def city() -> AsyncIterator[City]:
    world = City()
    async with world.client:
        yield world


async def appealed(city: City) -> str:
    id = await submitted(city)
    await city.hear(decided(id, "rejected", 0), 9)
    answer = await city.call("POST", f"/requests/{id}/appeal", body=APPEAL)
    assert answer.status_code == 200, answer.text
    return id


async def test_an_appeal_is_lodged_and_admitted_by_the_city(city: City) -> None:
    """REQ-13."""
    id = await appealed(city)
    assert city.announced[-1] == "appeal.lodged.v1"
    listed = "/requests?appeal=lodged"
    assert [item["id"] for item in (await city.call("GET", listed, "office")).json()["items"]] == [id]
    assert (await city.call("POST", f"/requests/{id}/appeal/admit", "secretary7", REASON)).status_code == 403
    assert (await city.call("POST", f"/requests/{id}/appeal/admit", "office", REASON)).status_code == 200
    assert city.announced[-1] == "appeal.admitted.v1"
    seen = await view(city, id)
    assert (seen["status"], seen["appeal"]["status"], seen["appeal"]["reason"]) == (
        "rejected",
        "admitted",
        REASON["reason"],
    )
    assert (await city.call("GET", listed, "office")).json()["total"] == 0


async def test_a_refused_appeal_says_why(city: City) -> None:
    id = await appealed(city)
    assert (await city.call("POST", f"/requests/{id}/appeal/refuse", "office", REASON)).status_code == 200
    assert city.announced[-1] == "appeal.refused.v1"
    again = await city.call("POST", f"/requests/{id}/appeal", body=APPEAL)
    assert (again.status_code, again.json()["code"]) == (409, "appealed_already")


async def test_an_unanswered_appeal_is_announced_and_listed_as_a_breach(city: City) -> None:
    """REQ-14, HQ-1."""
    id = await appealed(city)
    city.now += 8 * DAY
    await city.uses.sweep()
    assert city.announced[-1] == "appeal.answer_overdue.v1"
    listed = (await city.call("GET", "/requests?appeal_overdue=true", "office")).json()
    assert [item["id"] for item in listed["items"]] == [id]


async def test_an_admitted_appeal_is_withdrawn_by_the_applicant(city: City) -> None:
    """REQ-13."""
    id = await appealed(city)
    await city.call("POST", f"/requests/{id}/appeal/admit", "office", REASON)
    assert (await city.call("POST", f"/requests/{id}/appeal/withdraw", "office")).status_code == 403
    assert (await city.call("POST", f"/requests/{id}/appeal/withdraw")).status_code == 200
    assert city.announced[-1] == "appeal.ended.v1"
    assert (await view(city, id))["appeal"]["ended_because"] == "withdrawn"
    again = await city.call("POST", f"/requests/{id}/appeal/admit", "office", REASON)
    assert (again.status_code, again.json()["code"]) == (409, "no_appeal_to_answer")
