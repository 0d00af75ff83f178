"""Closing over HTTP (REQ-12)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.contracts.budget import CommitmentReleased, PaymentMade
from tests.component.test_requests_http import AFTER, City, entry, view
from tests.component.test_requests_reports import REPORT, done, running


@pytest.fixture
async def city() -> AsyncIterator[City]:
    world = City()
    async with world.client:
        yield world


async def paid(city: City, id: str, gross: int) -> None:
    facts: dict[str, Any] = entry(city, id)
    facts.pop("amount")
    await city.hear(
        PaymentMade(**facts, payment="pay-1", instalment=1, gross=gross, net=gross, deductions=[], after=AFTER)
    )


async def told(city: City) -> str:
    """Return a request whose final report is accepted."""
    id = await running(city)
    await done(city, id, "reports", "ali", {**REPORT, "final": True})
    await done(city, id, "reports/accept", "secretary7", {"instalment": 1})
    return id


async def test_it_is_closed_when_budget_has_released_the_rest(city: City) -> None:
    id = await told(city)
    await paid(city, id, 20_000_000)
    await done(city, id, "close", "secretary7", {})
    assert city.announced[-1] == "request.commitment_limited.v1"
    assert (await view(city, id))["closing_asked_at"] is not None
    released = {**entry(city, id), "amount": 30_000_000, "remains": 20_000_000}
    await city.hear(CommitmentReleased(**released, to="available", reason="closing", after=AFTER))
    seen = await view(city, id)
    assert (seen["status"], seen["amount_released"], seen["amount_paid"]) == ("closed", 30_000_000, 20_000_000)
    assert city.announced[-1] == "request.closed.v1"
    event = city.stores.events[-1]["data"]
    assert (event["amount_committed"], event["amount_released"], event["amount_reported"]) == (
        50_000_000, 30_000_000, 20_000_000,
    )  # fmt: skip
    listed = await city.call("GET", "/requests?status=closed", "secretary7")
    assert [item["id"] for item in listed.json()["items"]] == [id]


async def test_a_refusal_names_what_is_pending_in_the_callers_language(city: City) -> None:
    id = await told(city)
    answer = await city.call("POST", f"/requests/{id}/close", "secretary7")
    assert (answer.status_code, answer.json()["code"]) == (409, "still_pending")
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/amount_paid", "payment_due")
    assert "20" in error["message"]


async def test_the_applicant_and_another_district_do_not_close_it(city: City) -> None:
    id = await told(city)
    for who in ("ali", "secretary8", "office", "auditor"):
        assert (await city.call("POST", f"/requests/{id}/close", who)).status_code == 403
