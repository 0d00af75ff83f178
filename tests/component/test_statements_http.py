"""Statements over HTTP on fakes: a book, and an organisation's part in it, as it was at any past moment (BUD-2, BUD-10)."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from tests.component.test_budget_http import YEAR
from tests.component.test_payments_http import ORGANIZATION, Payments

PATH = "/books/district:7/1405/statement"


@pytest_asyncio.fixture
async def api() -> AsyncIterator[Payments]:
    """A commitment of 1000 of which 400 are paid and 100 pending, and another request that waits."""
    api = Payments()
    async with api.client:
        await api.found()
        first = await api.prepared()
        await api.step(first, "approve")
        await api.step(first, "made", body={"reference": "1"})
        await api.prepared(instalment=2, gross=100)
        await api.approve("w", 30)
        yield api


async def test_a_statement_of_now_tells_the_whole_book(api: Payments) -> None:
    now, book = await api.get(PATH), await api.get("/books/district:7/1405")
    assert (now["seq"], now["hash"], now["balance"]) == (book["seq"], book["hash"], book["balance"])
    none = {"reserved": 0, "refunded": 0, "ineligible": 0, "written_off": 0}
    assert now["totals"] == {**none, "waiting": 30, "committed": 500, "pending": 100, "paid": 400}
    assert [(line["request"], line["state"], line["amount"]) for line in now["items"]] == [
        ("r", "committed", 1000),
        ("w", "waiting", 30),
    ]


async def test_every_past_statement_is_what_the_entry_said_then(api: Payments) -> None:
    for entry in (await api.get("/books/district:7/1405/entries", limit=200))["items"]:
        by_seq, by_time = await api.get(PATH, seq=entry["seq"]), await api.get(PATH, at=entry["at"])
        assert by_seq == by_time, "the test's clock gives no two entries one time"
        assert (by_seq["seq"], by_seq["hash"], by_seq["at"]) == (entry["seq"], entry["hash"], entry["at"])
        assert by_seq["balance"] == entry["after"]
        sums, balance = by_seq["totals"], by_seq["balance"]
        assert {part: sums[part] for part in ("reserved", "committed", "pending", "paid")} == {
            part: balance[part] for part in ("reserved", "committed", "pending", "paid")
        }


async def test_an_organisations_statement_tells_only_its_own_requests(api: Payments) -> None:
    own = await api.get(PATH, organization=ORGANIZATION)
    assert [line["request"] for line in own["items"]] == ["r"]
    assert (own["totals"]["paid"], own["totals"]["waiting"], own["total"]) == (400, 0, 1)
    assert (await api.get(PATH, organization="another"))["total"] == 0


async def test_lines_are_paged_and_totals_are_of_all_of_them(api: Payments) -> None:
    first = await api.get(PATH, limit=1)
    second = await api.get(PATH, limit=1, cursor=first["next"])
    assert [line["request"] for page in (first, second) for line in page["items"]] == ["r", "w"]
    assert (second["next"], first["totals"]) == (None, second["totals"])


async def test_the_citys_book_has_a_statement_without_requests(api: Payments) -> None:
    city = await api.get("/books/city/1405/statement", seq=2)
    assert (city["balance"]["unallotted"], city["items"]) == (50_000_000_000, [])


async def test_moments_that_cannot_be_are_refused(api: Payments) -> None:
    last, opened = await api.get(PATH), await api.get(PATH, seq=1)
    beyond = await api.client.get(PATH, params={"seq": last["seq"] + 1})
    assert (beyond.status_code, beyond.json()["code"]) == (422, "entry_not_reached")
    before = datetime.fromisoformat(opened["at"]) - timedelta(milliseconds=1)
    closed = await api.client.get(PATH, params={"at": before.isoformat()})
    assert (closed.status_code, closed.json()["code"]) == (404, "book_not_found")
    both = await api.client.get(PATH, params={"seq": 1, "at": last["at"]})
    assert both.json()["errors"][0]["code"] == "one_of_seq_or_at"
    unknown = await api.client.get(f"/books/district:9/{YEAR['fiscal_year']}/statement")
    assert unknown.status_code == 404


@pytest.mark.parametrize("at", ["2026-11-22", "yesterday", "2026-11-22T08:30:00"])
async def test_a_moment_needs_its_zone(api: Payments, at: str) -> None:
    assert (await api.client.get(PATH, params={"at": at})).status_code == 422
