"""The close of a year through the HTTP API, and through all four services (BUD-9)."""

from contextlib import ExitStack
from typing import Any

from ops.verify.books import verify_city
from services.budget.usecases.books import OpenBookOrder
from services.requests.domain.facts import BookFact
from tests.builders import ASKED, BOOK, DISTRICT, OFFICE, City
from tests.component.test_budget_http import DISTRICT_BOOK, YEAR, Api, api, opened  # noqa: F401
from tests.component.test_four_services import asked, reserved
from tests.fakes.bus import MemoryBus
from tests.portal import Portal
from tests.unit.budget.build import verified

NEXT = {"fiscal_year": "1406", "currency": "IRR"}
CLOSE = {"next_fiscal_year": "1406"}


async def test_a_year_is_closed_districts_first_and_for_good(opened: Api) -> None:  # noqa: F811
    for body in (NEXT, {**NEXT, "district": "7"}, {**NEXT, "district": "samen"}):
        await opened.post("/books", body)
    await opened.post("/allotments", {**YEAR, "district": "7", "amount": 300})
    await opened.approve("r", 200)
    early = await opened.post("/books/city/1405/close", CLOSE)
    assert (early.status_code, early.json()["code"]) == (409, "year_not_done")
    for district in ("7", "samen"):
        answer = await opened.post(f"/books/district:{district}/1405/close", CLOSE, key=f"close-{district}")
        assert answer.status_code == 200, answer.text
    again = await opened.post("/books/district:7/1405/close", CLOSE, key="close-7")
    assert (again.status_code, again.json()["id"]) == (200, "district:7/1405")
    assert (await opened.post("/books/district:7/1405/close", CLOSE)).json()["code"] == "book_closed"
    assert (await opened.post("/allotments", {**YEAR, "district": "7", "amount": 1})).json()["code"] == "book_closed"
    book = await opened.get("/books/district:7/1406")
    assert (book["balance"]["reserved"], book["balance"]["allotted"], book["next_book"]) == (200, 200, None)
    assert (await opened.get("/books/district:7/1405"))["next_book"] == "district:7/1406"
    assert (await opened.post("/books/city/1405/close", CLOSE)).status_code == 200
    assert (await opened.get("/books/city/1405"))["balance"]["unallotted"] == 49_999_999_800
    assert (await opened.post("/books", DISTRICT_BOOK)).json()["code"] == "book_exists"
    reports = [await verified(opened.entries, b["id"]) for b in (await opened.get("/books"))["items"]]
    assert verify_city(reports) == []


async def test_a_year_goes_on_in_a_later_one_that_is_open(opened: Api) -> None:  # noqa: F811
    path = "/books/district:7/1405/close"
    assert (await opened.post(path, CLOSE)).json()["code"] == "book_not_found"
    answer = await opened.post(path, {"next_fiscal_year": "1404"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_a_later_year")


async def test_an_award_is_accepted_paid_and_reported_after_its_year_was_closed() -> None:
    """The request follows its money into the next book, whatever comes when."""
    city = await City(MemoryBus()).found(money=ASKED)
    request = await asked(city)
    with ExitStack() as hold:
        await reserved(city, request, hold)
    await city.bus.settle()
    call: dict[str, Any] = {"caller": OFFICE, "cause": city.cause(OFFICE)}
    for order in (OpenBookOrder("1406", "IRR"), OpenBookOrder("1406", "IRR", DISTRICT, "first_fit")):
        await city.budget.books.open(order, command=city.command(OFFICE), **call)
    await city.budget.closing.close(BOOK, "1406", command=city.command(OFFICE), **call)
    await city.bus.settle()
    await city.accept(request)
    await city.bus.settle()
    state = await city.state(request)
    assert (state.status, state.committed) == ("in_progress", ASKED)
    assert [(f.book, f.step) for f in state.book_facts] == [
        ("", "reservation_made"),
        ("district:7/1406", "award_carried_in"),
        ("district:7/1406", "commitment_made"),
    ]
    assert all(isinstance(fact, BookFact) for fact in state.book_facts)
    book = await city.budget.books.get("district:7/1406")
    assert (book.balances["committed"], book.subjects[request.id].carried) == (ASKED, True)
    row = (await Portal().follow(city.bus.archive)).kept.used.rows("requests").rows[request.id]
    assert (row["status"], row["amount_committed"], row["amount_reserved"]) == ("in_progress", ASKED, 0)
