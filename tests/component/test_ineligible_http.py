"""Ineligible amounts through the HTTP API (BUD-8)."""

from datetime import timedelta
from typing import Any

import httpx

from tests.component.test_payments_http import Payments, api  # noqa: F401
from tests.unit.budget.build import Clock

BOOK = "/books/district:7/1405"


async def asked(api: Payments, path: str, body: dict[str, Any], by: str = "treasurer:t") -> httpx.Response:  # noqa: F811
    return await api.post(path, body, role=by)


async def made(api: Payments) -> str:  # noqa: F811
    id = await api.prepared()
    await api.step(id, "approve")
    await api.step(id, "made", body={"reference": "140503210001"})
    return id


async def test_an_ineligible_amount_is_found_reviewed_and_settled(api: Payments) -> None:  # noqa: F811
    payment = await made(api)
    found = await asked(
        api, f"/payments/{payment}/ineligible", {"amount": 300, "reason": "فاکتور ندارد."}, by="budget_officer:o"
    )
    assert found.status_code == 201, found.text
    id = found.json()["id"]
    assert found.headers["location"] == f"/ineligible/{id}"
    assert (await asked(api, f"/ineligible/{id}/documented", {"amount": 100, "reason": "رسید."})).status_code == 200
    refund = {"amount": 50, "reference": "140504010007", "finding": id}
    assert (await asked(api, f"/payments/{payment}/refund", refund)).status_code == 200
    early = await asked(api, f"/ineligible/{id}/write-off", {"reason": "وصول نشد."})
    assert (early.status_code, early.json()["code"]) == (409, "review_not_over")
    statement = await api.get(f"{BOOK}/statement")
    assert (statement["totals"]["ineligible"], statement["items"][0]["ineligible"]) == (150, 150)
    assert (await api.get(f"{BOOK}/ineligible", overdue=True))["total"] == 0

    api.uses.ineligible._clock = Clock(api.uses.ineligible.now() + timedelta(days=31))
    overdue = (await api.get(f"{BOOK}/ineligible", overdue=True, open=True))["items"]
    assert [(f["id"], f["open"], f["overdue"]) for f in overdue] == [(id, 150, True)]
    written = await asked(api, f"/ineligible/{id}/write-off", {"reason": "وصول نشد."})
    assert (written.status_code, written.json()["status"]) == (200, "written_off")
    view = await api.get(f"/ineligible/{id}")
    assert (view["amount"], view["documented"], view["refunded"], view["written_off"], view["open"]) == (
        *(300, 100, 50, 150),
        0,
    )
    assert (await api.get(f"{BOOK}/statement"))["totals"]["written_off"] == 150
    assert (await api.balance())[2] == 350, "only what came back left what is paid"


async def test_only_a_treasurer_writes_off(api: Payments) -> None:  # noqa: F811
    payment = await made(api)
    found = await asked(api, f"/payments/{payment}/ineligible", {"amount": 1, "reason": "بی‌فاکتور"})
    path = f"/ineligible/{found.json()['id']}/write-off"
    assert (await asked(api, path, {"reason": "نشد"}, by="budget_officer:o")).status_code == 403
    assert (await asked(api, "/ineligible/nothing/write-off", {"reason": "نشد"})).status_code == 404
