"""Reports of an award over HTTP (REQ-10, REQ-11)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.contracts.budget import CommitmentMade
from tests.component.test_requests_http import AFTER, DAY, City, entry, reserved, view

REPORT = {
    "spent": [{"title": "سالن", "amount": 20_000_000, "receipt": "فاکتور ۱"}],
    "people_reached": 110,
    "indicator_reached": "۳۵ خانواده",
    "text": "برگزار شد.",
    "final": False,
    "about_nobody": True,
}


@pytest.fixture
async def city() -> AsyncIterator[City]:
    world = City()
    async with world.client:
        yield world


async def running(city: City) -> str:
    id = await reserved(city)
    await city.call("POST", f"/requests/{id}/accept")
    await city.hear(CommitmentMade(**entry(city, id), standing_sequence=3, after=AFTER))
    assert (await view(city, id))["status"] == "in_progress"
    return id


async def done(city: City, id: str, step: str, who: str, body: dict[str, Any]) -> None:
    answer = await city.call("POST", f"/requests/{id}/{step}", who, body)
    assert answer.status_code == 200, answer.text


async def test_reports_by_instalment_with_receipts_until_all_is_told(city: City) -> None:
    """REQ-10."""
    id = await running(city)
    await done(city, id, "reports", "ali", REPORT)
    assert city.announced[-1] == "request.report_filed.v1"
    await done(city, id, "reports/send-back", "secretary7", {"instalment": 1, "reason": "فاکتور خوانا نیست."})
    assert (await view(city, id))["reports"][0]["reason"] == "فاکتور خوانا نیست."
    await done(city, id, "reports", "ali", REPORT)
    await done(city, id, "reports/accept", "secretary7", {"instalment": 1})
    seen = await view(city, id)
    assert (seen["report_instalment"], seen["amount_reported"], seen["amount_committed"]) == (2, 20_000_000, 50_000_000)
    await done(city, id, "reports", "ali", {**REPORT, "final": True})
    await done(city, id, "reports/accept", "secretary7", {"instalment": 2})
    seen = await view(city, id)
    assert (seen["status"], seen["amount_reported"], seen["report_until"]) == ("reported", 40_000_000, None)


async def test_a_late_report_stops_the_next_payment_and_is_listed(city: City) -> None:
    """REQ-10, HQ-1."""
    id = await running(city)
    listed = "/requests?reports_overdue=true"
    assert (await city.call("GET", listed, "office")).json()["total"] == 0
    city.now += 72 * DAY
    await city.uses.sweep()
    assert city.announced[-1] == "request.payments_stopped.v1"
    assert [item["id"] for item in (await city.call("GET", listed, "secretary7")).json()["items"]] == [id]
    await done(city, id, "reports", "ali", REPORT)
    await done(city, id, "reports/accept", "secretary7", {"instalment": 1})
    assert city.announced[-2:] == ["request.report_accepted.v1", "request.payments_allowed.v1"]
    assert (await city.call("GET", listed, "office")).json()["total"] == 0


async def test_the_applicant_does_not_answer_the_own_report_nor_another_district(city: City) -> None:
    id = await running(city)
    await done(city, id, "reports", "ali", REPORT)
    for who in ("ali", "secretary8", "office", "auditor"):
        assert (await city.call("POST", f"/requests/{id}/reports/accept", who, {"instalment": 1})).status_code == 403
    assert (await city.call("POST", f"/requests/{id}/reports", "secretary7", REPORT)).status_code == 403
