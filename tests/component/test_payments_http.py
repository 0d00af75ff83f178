"""Payments over HTTP on fakes: persons, threshold, standing, repeats, and what anyone may read (BUD-7; I3, I9)."""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.storage.ports import Unavailable
from shared.web.caller import Caller, Grant
from tests.component.test_budget_http import APPROPRIATION, DISTRICT_BOOK, YEAR, Api
from tests.unit.budget.build import START, accepted, enveloped, standing

ORGANIZATION = "org-r"
PAYMENT = {
    "district": "7",
    **YEAR,
    "request": "r",
    "instalment": 1,
    "gross": 400,
    "currency": "IRR",
    "deductions": [{"name": "tax", "amount": 40}],
}


class Persons:
    """A token is ``role:person``, with the rights of that role in district 7; without a person, of the whole city."""

    async def caller(self, authorization: str | None) -> Caller:
        role, _, person = (authorization or "").removeprefix("Bearer ").partition(":")
        return Caller(person or f"person-{role}", (Grant(role, "7" if person else None),))


class Payments(Api):
    """The application with a commitment of 1000 of the request ``r``; up to 400 two persons are enough."""

    def __init__(self) -> None:
        super().__init__()
        self.app.state.verifier = Persons()
        self._at = 3

    async def found(self) -> None:
        await self.stands(allowed=True)
        for body in ({**YEAR, "currency": "IRR"}, {**DISTRICT_BOOK, "third_approval_above": 400}):
            assert (await self.post("/books", body)).status_code == 201
        await self.post("/appropriations", APPROPRIATION)
        await self.post("/allotments", {**YEAR, "district": "7", "amount": 1000})
        await self.approve("r", 1000)
        data = accepted("r", 1000)
        await self.uses.following.on_request_accepted(data, enveloped(data, 3))

    async def stands(self, *, allowed: bool, number: int = 0) -> None:
        self._at = number or self._at + 1
        data = standing(ORGANIZATION, allowed=allowed, since=START + timedelta(days=self._at))
        await self.uses.following.on_standing_changed(data, enveloped(data, self._at))

    async def prepare(self, *, by: str = "budget_officer:o", key: str | None = None, **changes: Any) -> httpx.Response:
        return await self.post("/payments", {**PAYMENT, **changes}, role=by, key=key)

    async def prepared(self, **changes: Any) -> str:
        answer = await self.prepare(**changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def step(
        self, id: str, step: str, by: str = "treasurer:t", body: Mapping[str, Any] | None = None, key: str | None = None
    ) -> httpx.Response:
        return await self.post(f"/payments/{id}/{step}", body or {}, role=by, key=key)

    async def balance(self) -> tuple[int, int, int]:
        found = (await self.get("/books/district:7/1405"))["balance"]
        return found["committed"], found["pending"], found["paid"]


@pytest_asyncio.fixture
async def api() -> AsyncIterator[Payments]:
    api = Payments()
    async with api.client:
        await api.found()
        yield api


async def test_a_payment_is_prepared_approved_by_another_and_made(api: Payments) -> None:
    answer = await api.prepare()
    assert answer.status_code == 201
    id = answer.json()["id"]
    assert (answer.json()["status"], answer.headers["location"]) == ("prepared", f"/payments/{id}")
    assert await api.balance() == (600, 400, 0)
    assert (await api.step(id, "approve")).json()["status"] == "approved"
    assert (await api.step(id, "made", body={"reference": "140503210001"})).json()["status"] == "paid"
    assert await api.balance() == (600, 0, 400)
    shown = await api.get(f"/payments/{id}")
    assert (shown["gross"], shown["net"], shown["currency"], shown["status"]) == (400, 360, "IRR", "paid")
    assert shown["deductions"] == [{"name": "tax", "amount": 40}]
    assert shown["standing_sequence"] == 4


async def test_whoever_prepared_does_not_approve_even_with_both_roles(api: Payments) -> None:
    id = await api.prepared(by="budget_officer:x")
    answer = await api.step(id, "approve", by="treasurer:x")
    assert (answer.status_code, answer.json()["code"]) == (409, "approver_must_be_another")
    assert await api.balance() == (600, 400, 0)


async def test_above_the_threshold_a_third_person_approves(api: Payments) -> None:
    id = await api.prepared(gross=401)
    assert (await api.step(id, "approve")).json()["status"] == "prepared"
    assert (await api.step(id, "approve")).json()["code"] == "approver_must_be_another"
    assert (await api.step(id, "made", body={"reference": "1"})).json()["code"] == "wrong_payment_state"
    assert (await api.step(id, "approve", by="treasurer:third")).json()["status"] == "approved"


async def test_nobody_is_paid_while_the_standing_forbids_it(api: Payments) -> None:
    """I9: what is under way is given up, nothing new is prepared; reinstated, it goes on."""
    under_way, ordered = await api.prepared(), await api.prepared(instalment=2)
    await api.step(ordered, "approve")
    await api.stands(allowed=False)
    assert await api.balance() == (1000, 0, 0)
    for id in (under_way, ordered):
        assert (await api.get(f"/payments/{id}"))["status"] == "given_up"
    answer = await api.prepare()
    assert (answer.status_code, answer.json()["code"]) == (409, "standing_forbids_payment")
    await api.stands(allowed=True)
    assert (await api.prepare()).status_code == 201


async def test_a_payment_that_raced_with_a_suspension_is_given_up(api: Payments) -> None:
    """The standing changes between the look and the entry, and its handler has looked at the book before."""

    async def suspended(_entries: Any) -> None:
        await api.stands(allowed=False)

    api.entries.before_append = suspended
    id = await api.prepared()
    assert (await api.get(f"/payments/{id}"))["status"] == "given_up"
    assert await api.balance() == (1000, 0, 0)


async def test_a_payment_that_raced_and_whose_service_stopped_is_given_up_by_the_sweep(api: Payments) -> None:
    async def suspended(_entries: Any) -> None:
        await api.stands(allowed=False)

    async def stopped(*_: Any) -> None:
        raise Unavailable("stopped here")

    api.entries.before_append = suspended
    uphold = api.uses.following.uphold
    api.uses.following.uphold = stopped  # type: ignore[method-assign,assignment]
    with suppress(Unavailable):
        await api.prepare()
    api.uses.following.uphold = uphold  # type: ignore[method-assign]
    assert await api.balance() == (600, 400, 0)
    assert await api.uses.sweep() == 1
    assert await api.balance() == (1000, 0, 0)


async def test_without_a_copy_of_the_standing_nothing_is_prepared(api: Payments) -> None:
    api.uses.payments._following._standings.copies.clear()  # type: ignore[attr-defined]
    answer = await api.prepare()
    assert (answer.status_code, answer.json()["code"]) == (409, "standing_not_known_yet")


@pytest.mark.parametrize("step", ["approve", "made", "failed", "give-up"])
async def test_a_repeat_gets_the_first_answer_and_another_use_of_the_key_is_422(api: Payments, step: str) -> None:
    """I3."""
    bodies = {"made": {"reference": "1"}, "failed": {"reason": "other"}, "give-up": {"reason": "other"}}
    id, other = await api.prepared(), await api.prepared(instalment=2)
    if step in ("made", "failed"):
        await api.step(id, "approve")
    first = await api.step(id, step, body=bodies.get(step), key="once")
    assert first.status_code == 200, first.text
    seq = (await api.get("/books/district:7/1405"))["seq"]
    again = await api.step(id, step, body=bodies.get(step), key="once")
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    elsewhere = await api.step(other, step, body=bodies.get(step), key="once")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "idempotency_key_reused")
    assert (await api.get("/books/district:7/1405"))["seq"] == seq


async def test_a_repeated_preparation_makes_one_payment(api: Payments) -> None:
    first = await api.prepare(key="once")
    again = await api.prepare(key="once")
    assert again.json() == first.json()
    assert (await api.prepare(key="once", gross=5)).json()["code"] == "idempotency_key_reused"
    assert (await api.get("/books/district:7/1405/payments"))["total"] == 1


async def test_payments_are_listed_by_state_request_and_organisation(api: Payments) -> None:
    ids = [await api.prepared(instalment=n, gross=50) for n in (1, 2, 3)]
    await api.step(ids[1], "approve")
    path = "/books/district:7/1405/payments"
    page = await api.get(path, limit=2)
    rest = await api.get(path, limit=2, cursor=page["next"])
    assert [item["id"] for item in (*page["items"], *rest["items"])] == ids
    assert (page["total"], rest["next"]) == (3, None)
    assert [item["id"] for item in (await api.get(path, status="approved"))["items"]] == [ids[1]]
    assert (await api.get(path, request="r", organization=ORGANIZATION))["total"] == 3
    assert (await api.get(path, request="another"))["total"] == 0
    assert (await api.get(path, organization="another"))["total"] == 0


async def test_money_given_back_is_recorded_once_and_available(api: Payments) -> None:
    """BUD-8."""
    id = await api.prepared()
    await api.step(id, "approve")
    early = await api.step(id, "refund", body={"amount": 5, "reference": "2"})
    assert (early.status_code, early.json()["code"]) == (409, "wrong_payment_state")
    await api.step(id, "made", body={"reference": "1"})
    for _ in range(2):
        answer = await api.step(id, "refund", body={"amount": 150, "reference": "2"}, key="once")
        assert (answer.status_code, answer.json()["status"]) == (200, "paid"), answer.text
    book = (await api.get("/books/district:7/1405"))["balance"]
    assert (book["available"], book["committed"], book["paid"]) == (150, 600, 250)
    assert (await api.get(f"/payments/{id}"))["refunded"] == 150
    more = await api.step(id, "refund", body={"amount": 251, "reference": "3"})
    assert (more.json()["code"], more.json()["params"]["left"]) == ("refund_exceeds_payment", 250)
    statement = (await api.get("/books/district:7/1405/statement"))["totals"]
    assert (statement["paid"], statement["refunded"]) == (400, 150)


async def test_no_person_and_no_bank_reference_is_shown(api: Payments) -> None:
    """BUD-10, PUB-2."""
    id = await api.prepared(by="budget_officer:mahmoud")
    await api.step(id, "approve", by="treasurer:zahra")
    await api.step(id, "made", by="treasurer:zahra", body={"reference": "bank-77001"})
    shown = str([await api.get(f"/payments/{id}"), await api.get("/books/district:7/1405/entries", limit=200)])
    for secret in ("mahmoud", "zahra", "bank-77001"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"gross": 0}, "/gross"),
        ({"instalment": 0}, "/instalment"),
        ({"deductions": [{"name": "Mr Tax", "amount": 1}]}, "/deductions/0/name"),
        ({"deductions": [{"name": "tax", "amount": 1}, {"name": "tax", "amount": 2}]}, "/deductions/1/name"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_prepared(
    api: Payments, changes: dict[str, Any], pointer: str
) -> None:
    answer = await api.prepare(**changes)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert await api.balance() == (1000, 0, 0)


async def test_another_currency_and_an_unknown_request_are_refused(api: Payments) -> None:
    assert (await api.prepare(currency="EUR")).json()["code"] == "currency_differs"
    assert (await api.prepare(request="unknown")).json()["code"] == "not_committed"
    assert (await api.prepare(deductions=[{"name": "tax", "amount": 400}])).json()["code"] == "deductions_exceed_gross"
    assert (await api.client.get("/payments/unknown")).status_code == 404
    assert (await api.step("unknown", "approve")).json()["code"] == "payment_not_found"


async def test_only_officers_of_the_books_district_prepare(api: Payments) -> None:
    answer = await api.prepare(district="8")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_the_citys_book_has_no_threshold(api: Payments) -> None:
    answer = await api.post("/books", {"fiscal_year": "1406", "currency": "IRR", "third_approval_above": 5})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "threshold_is_for_districts")
