"""Cancellation after a hearing, amendments and ends by agreement over HTTP (REQ-10)."""

from collections.abc import AsyncIterator, Mapping

import pytest

from tests.component.test_requests_http import DAY, City, view
from tests.component.test_requests_reports import done, running


@pytest.fixture
async def city() -> AsyncIterator[City]:
    world = City()
    async with world.client:
        yield world


async def code(city: City, id: str, step: str, who: str, body: Mapping[str, object]) -> tuple[int, str]:
    answer = await city.call("POST", f"/requests/{id}/{step}", who, body)
    return answer.status_code, answer.json().get("code", "")


async def test_the_city_cancels_after_the_applicant_was_heard(city: City) -> None:
    id = await running(city)
    await done(city, id, "cancellation", "office", {"grounds": "برنامه آغاز نشده است."})
    cancel = {"proven_costs": 10_000_000, "reason": "برگزار نشد."}
    assert await code(city, id, "cancel", "office", cancel) == (409, "hearing_not_over")
    assert (await city.call("GET", "/requests?hearing=open", "secretary7")).json()["total"] == 1
    await done(city, id, "cancellation/answer", "ali", {"answer": "سالن آماده نبود."})
    above = await city.call("POST", f"/requests/{id}/cancel", "office", {**cancel, "proven_costs": 50_000_001})
    assert (above.status_code, above.json()["errors"][0]["pointer"]) == (422, "/proven_costs")
    await done(city, id, "cancel", "office", cancel)
    assert city.announced[-2:] == ["request.cancelled.v1", "request.commitment_limited.v1"]
    assert city.stores.events[-2]["data"]["proven_costs"] == 10_000_000
    seen = await view(city, id)
    assert (seen["status"], seen["ended_reason"], seen["hearing"]["status"]) == (
        "cancelled",
        "برگزار نشد.",
        "cancelled",
    )
    assert (seen["hearing"]["answer"], seen["report_until"]) == ("سالن آماده نبود.", None)
    assert (await city.call("GET", "/requests?hearing=open", "secretary7")).json()["total"] == 0


async def test_a_notice_is_dropped_or_the_time_to_answer_ends(city: City) -> None:
    id = await running(city)
    await done(city, id, "cancellation", "office", {"grounds": "برنامه آغاز نشده است."})
    await done(city, id, "cancellation/drop", "office", {"reason": "پذیرفته شد."})
    assert city.announced[-1] == "request.cancellation_dropped.v1"
    await done(city, id, "cancellation", "office", {"grounds": "باز هم آغاز نشد."})
    city.now += 20 * DAY
    assert await code(city, id, "cancellation/answer", "ali", {"answer": "دیر"}) == (409, "hearing_over")
    await done(city, id, "cancel", "office", {"proven_costs": 0, "reason": "بی‌پاسخ ماند."})


async def test_only_the_citys_office_cancels_and_only_the_applicant_answers(city: City) -> None:
    id = await running(city)
    for who in ("ali", "secretary7", "auditor"):
        assert (await code(city, id, "cancellation", who, {"grounds": "؟"}))[0] == 403
    await done(city, id, "cancellation", "office", {"grounds": "برنامه آغاز نشده است."})
    for who in ("other", "secretary7", "office"):
        assert (await code(city, id, "cancellation/answer", who, {"answer": "؟"}))[0] == 403
    for step, body in (("cancel", {"proven_costs": 0, "reason": "؟"}), ("cancellation/drop", {"reason": "؟"})):
        assert (await code(city, id, step, "ali", body))[0] == 403


async def test_an_amendment_is_proposed_by_one_side_and_accepted_by_the_other(city: City) -> None:
    """REQ-10: dates, lines, indicator, instalments; less than is committed releases the rest."""
    id = await running(city)
    amendment = {
        "ends_on": "2027-02-02T08:00:00Z",
        "indicator": "شمار نشست‌ها",
        "people_reached": 90,
        "budget_lines": [{"title": "سالن", "amount": 30_000_000}],
        "instalments": [{"amount": 30_000_000, "due_on": "2027-01-10T08:00:00Z"}],
        "text": "سالن رایگان شد.",
    }
    await done(city, id, "agreements/amendment", "ali", amendment)
    assert city.announced[-1] == "agreement.proposed.v1"
    listed = await city.call("GET", "/requests?agreement=amendment", "secretary7")
    assert [item["id"] for item in listed.json()["items"]] == [id]
    assert await code(city, id, "agreements/accept", "ali", {"number": 1}) == (409, "other_side_answers")
    await done(city, id, "agreements/accept", "secretary7", {"number": 1})
    assert city.announced[-2:] == ["agreement.accepted.v1", "request.commitment_limited.v1"]
    seen = await view(city, id)
    assert seen["plan"]["budget_lines"] == amendment["budget_lines"]
    assert (seen["plan"]["people_reached"], seen["people_reached"]) == (90, 120), "what was submitted stays as it was"
    assert seen["report_until"] == "2027-03-04T08:00:00Z"
    assert (seen["agreements"][0]["status"], seen["agreements"][0]["about"]) == ("accepted", "amendment")
    assert (await city.call("GET", "/requests?agreement=amendment", "secretary7")).json()["total"] == 0


async def test_an_amendment_never_comes_to_more_than_is_committed(city: City) -> None:
    id = await running(city)
    lines = [{"title": "سالن", "amount": 50_000_001}]
    answer = await city.call(
        "POST", f"/requests/{id}/agreements/amendment", "secretary7", {"budget_lines": lines, "text": "؟"}
    )
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "above_what_is_committed")


async def test_both_sides_agree_to_end_it(city: City) -> None:
    id = await running(city)
    await done(city, id, "agreements/ending", "secretary7", {"amount": 5_000_000, "text": "مدرس در دسترس نیست."})
    await done(city, id, "agreements/deny", "ali", {"number": 1, "reason": "هزینه بیشتر بوده است."})
    assert city.announced[-1] == "agreement.denied.v1"
    await done(city, id, "agreements/ending", "ali", {"amount": 10_000_000, "text": "مدرس در دسترس نیست."})
    await done(city, id, "agreements/accept", "office", {"number": 2})
    assert city.announced[-3:] == [
        "agreement.accepted.v1", "request.ended_by_agreement.v1", "request.commitment_limited.v1",
    ]  # fmt: skip
    assert (await view(city, id))["status"] == "ended_by_agreement"
    what = [item["what"] for item in (await city.call("GET", f"/requests/{id}/history")).json()["items"]]
    assert what[-3:] == ["agreement_accepted", "ended_by_agreement", "limit_set"]


async def test_others_neither_propose_nor_answer(city: City) -> None:
    id = await running(city)
    for who in ("other", "secretary8", "member7", "auditor"):
        assert (await code(city, id, "agreements/ending", who, {"amount": 0, "text": "؟"}))[0] == 403
        assert (await code(city, id, "agreements/accept", who, {"number": 1}))[0] == 403
