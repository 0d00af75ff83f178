"""Withdrawals and transfers through the HTTP API (BUD-3)."""

import pytest

from tests.component.test_budget_http import YEAR, Api, api, opened  # noqa: F401

ORDER = {**YEAR, "district": "7", "amount": 300, "currency": "IRR", "reason": "برنامه‌ای در نوبت نیست."}


@pytest.fixture
async def funded(opened: Api) -> Api:  # noqa: F811
    """District 7 has 1000."""
    assert (await opened.post("/allotments", {**YEAR, "district": "7", "amount": 1000})).status_code == 201
    return opened


async def parts(api: Api, *path: str) -> list[int]:  # noqa: F811
    return [(await api.get(f"/books/{book}/1405"))["balance"][part] for book, part in (p.split(" ") for p in path)]


async def test_the_city_takes_available_money_back(funded: Api) -> None:
    answer = await funded.post("/withdrawals", ORDER, key="w")
    assert answer.status_code == 201, answer.text
    assert {**answer.json(), "id": ""} == {"id": "", "status": "made", "version": 3, "amount": 300, "currency": "IRR"}
    assert await parts(funded, "district:7 available", "district:7 allotted") == [700, 700]
    assert await parts(funded, "city allotted", "city unallotted") == [700, 49_999_999_300]
    again = await funded.post("/withdrawals", ORDER, key="w")
    assert (again.json(), again.headers["idempotent-replayed"]) == (answer.json(), "true")
    other = await funded.post("/withdrawals", {**ORDER, "amount": 301}, key="w")
    assert other.json()["code"] == "idempotency_key_reused"
    assert await parts(funded, "district:7 available") == [700]


async def test_a_transfer_goes_through_the_citys_book(funded: Api) -> None:
    answer = await funded.post("/transfers", {**ORDER, "to_district": "samen"})
    assert answer.status_code == 201, answer.text
    assert await parts(funded, "district:7 allotted", "district:samen available", "city allotted") == [700, 300, 1000]
    entries = (await funded.get("/books/city/1405/entries"))["items"]
    assert [e["kind"] for e in entries][-1] == "transfer_through"
    arrived = (await funded.get("/books/district:samen/1405/entries"))["items"][-1]
    assert (arrived["kind"], arrived["facts"]) == ("allotment_in", {"from": "7"})


@pytest.mark.parametrize(
    ("path", "change", "code"),
    [
        ("/withdrawals", {"amount": 1001}, "insufficient_available"),
        ("/withdrawals", {"district": "9"}, "book_not_found"),
        ("/withdrawals", {"currency": "EUR"}, "currency_differs"),
        ("/transfers", {"to_district": "9"}, "book_not_found"),
        ("/transfers", {"to_district": "7"}, "invalid"),
        ("/withdrawals", {"reason": " "}, "invalid"),
    ],
)
async def test_a_refused_withdrawal_changes_nothing(
    funded: Api, path: str, change: dict[str, object], code: str
) -> None:
    answer = await funded.post(path, {**ORDER, **change})
    assert code in answer.json()["code"], answer.text
    assert await parts(funded, "district:7 available", "city unallotted") == [1000, 49_999_999_000]
