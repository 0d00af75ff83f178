"""Payments to the bank and back over HTTP on fakes (BUD-7)."""

import csv
import io
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from tests.component.test_payments_http import Payments

BOOK = "/books/district:7/1405"


class Bank(Payments):
    """With orders and results."""

    async def approved(self, instalment: int) -> str:
        id = await self.prepared(instalment=instalment)
        assert (await self.step(id, "approve")).json()["status"] == "approved"
        return id

    async def order(self, *, by: str = "treasurer:t", key: str | None = None, **body: object) -> httpx.Response:
        return await self.post(f"{BOOK}/payment-orders", body, role=by, key=key)

    async def results(self, *lines: str, language: str = "en") -> httpx.Response:
        text = "\n".join(("order,payment,result,reference,reason", *lines))
        headers = {
            "Authorization": "Bearer treasurer:t",
            "Idempotency-Key": "k" + str(hash(text)),
            "Accept-Language": language,
        }
        return await self.client.post(f"{BOOK}/bank-results", content=text.encode(), headers=headers)

    async def file(self, order: str, by: str = "treasurer:t") -> httpx.Response:
        return await self.client.get(f"/payment-orders/{order}/file", headers={"Authorization": f"Bearer {by}"})

    async def states(self) -> list[str]:
        return [item["status"] for item in (await self.get(f"{BOOK}/payments"))["items"]]


@pytest_asyncio.fixture
async def api() -> AsyncIterator[Bank]:
    api = Bank()
    async with api.client:
        await api.found()
        yield api


async def test_approved_payments_go_to_the_bank_and_what_it_refused_is_paid_again(api: Bank) -> None:
    first, second = await api.approved(1), await api.approved(2)
    await api.prepared(instalment=3, gross=100)
    made = await api.order()
    order = made.json()["id"]
    assert (made.status_code, made.headers["location"]) == (201, f"/payment-orders/{order}")
    assert await api.states() == ["ordered", "ordered", "prepared"]
    assert (await api.order()).json()["code"] == "nothing_to_order"

    file = await api.file(order)
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert [(row["payment"], row["net"], row["currency"]) for row in rows] == [
        (first, "360", "IRR"),
        (second, "360", "IRR"),
    ]
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert (await api.file(order)).content == file.content

    told = (f"{order},{first},paid,140503210001,", f"{order},{second},failed,,account_closed")
    answer = (await api.results(*told)).json()
    assert (answer["recorded"], answer["unchanged"]) == (2, 0)
    assert await api.states() == ["paid", "failed", "prepared"]

    again = (await api.order(payments=[second])).json()["id"]
    assert (await api.results(f"{again},{second},paid,140503220007,")).json()["recorded"] == 1
    assert await api.states() == ["paid", "paid", "prepared"]
    head = (await api.get(f"{BOOK}/head"))["seq"]
    assert (await api.results(*told)).json()["unchanged"] == 2, "the first file again"
    assert (await api.get(f"{BOOK}/head"))["seq"] == head


async def test_a_file_with_a_wrong_cell_changes_nothing_and_names_every_one(api: Bank) -> None:
    first = await api.approved(1)
    order = (await api.order()).json()["id"]
    answer = await api.results(f"{order},{first},paid,1,", f"{order},nobody,paid,,", "x,y,lost,,", language="fa")
    assert answer.status_code == 422
    problem = answer.json()
    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [
        ("/rows/3/reference", "reference_missing"),
        ("/rows/4/result", "unknown_result"),
    ]
    assert "ردیف" in problem["errors"][0]["message"]
    wrong = await api.results(f"{order},{first},paid,1,", f"{order},{first},paid,2,", f"x,{first},paid,3,")
    assert [e["pointer"] for e in wrong.json()["errors"]] == ["/rows/3/payment", "/rows/4/order"]
    assert await api.states() == ["ordered"]


async def test_a_repeated_order_gets_the_first_one(api: Bank) -> None:
    await api.approved(1)
    first = await api.order(key="same")
    await api.approved(2)
    assert (await api.order(key="same")).json() == first.json()
    assert await api.states() == ["ordered", "approved"]
    assert (await api.order(key="same", day="2026-11-22")).status_code == 422


async def test_an_order_of_a_day_has_what_was_approved_on_it(api: Bank) -> None:
    await api.approved(1)
    assert (await api.order(day="2020-01-01")).json()["code"] == "nothing_to_order"
    day = (await api.get(f"{BOOK}/payments"))["items"][0]["changed_at"][:10]
    assert (await api.order(day=day)).status_code == 201


async def test_who_may_not_be_paid_now_is_left_out_or_refused_by_name(api: Bank) -> None:
    id = await api.approved(1)
    stops = api.uses.following._stops
    await stops.apply("r", 5, {"stopped": True})
    assert (await api.order()).json()["code"] == "nothing_to_order"
    assert (await api.order(payments=[id])).json()["code"] == "payments_stopped"
    assert await api.states() == ["approved"]


async def test_a_suspension_leaves_what_the_bank_has(api: Bank) -> None:
    """Its money may be on its way: what the bank says is recorded, whatever the standing is by then."""
    id = await api.approved(1)
    order = (await api.order()).json()["id"]
    await api.stands(allowed=False)
    assert await api.uses.sweep() == 0
    assert await api.states() == ["ordered"]
    assert (await api.results(f"{order},{id},paid,1,")).json()["recorded"] == 1


async def test_orders_are_listed_and_read_by_those_who_handle_money(api: Bank) -> None:
    id = await api.approved(1)
    order = (await api.order()).json()["id"]
    headers = {"Authorization": "Bearer auditor:a"}
    listed = (await api.client.get(f"{BOOK}/payment-orders", headers=headers)).json()
    assert (listed["total"], listed["items"][0]["id"], listed["items"][0]["net"]) == (1, order, 360)
    shown = (await api.client.get(f"/payment-orders/{order}", headers=headers)).json()
    assert [(p["id"], p["status"]) for p in shown["payments"]] == [(id, "ordered")]
    assert (await api.file(order, "auditor:a")).status_code == 403
    assert (await api.file("nothing")).json()["code"] == "payment_order_not_found"
