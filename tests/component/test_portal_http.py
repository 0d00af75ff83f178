"""Portal's API over the rows of a whole story."""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from services.portal.inbound.http import router
from services.portal.inbound.texts import TEXTS
from shared.web.app import WebParts, build_app
from shared.web.caller import Caller
from tests.builders import ASKED, DISTRICT, YEAR, City
from tests.component.test_public_story import played
from tests.portal import Portal


class Verifier:
    """Knows callers by their token."""

    def __init__(self, **callers: Caller) -> None:
        self.callers = callers

    async def caller(self, header: str | None) -> Caller:
        return self.callers[(header or "").removeprefix("Bearer ")]


@asynccontextmanager
async def nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


async def ready() -> list[str]:
    return []


def client_of(portal: Portal, **callers: Caller) -> httpx.AsyncClient:
    verifier = cast(Any, Verifier(**callers))
    app = build_app(WebParts("portal", "", [router(portal.uses)], TEXTS, verifier, nothing, ready))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://portal")


@dataclass
class Story:
    """A played city and the portal that followed it; nothing here changes either."""

    city: City
    portal: Portal


TOLD: list[Story] = []  # played once for all tests of this file


@pytest_asyncio.fixture
async def story() -> Story:
    if not TOLD:
        city = await played()
        TOLD.append(Story(city, await Portal().follow(city.bus.archive)))
    return TOLD[0]


@pytest.fixture
def city(story: Story) -> City:
    return story.city


@pytest_asyncio.fixture
async def web(story: Story) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(story.portal) as client:
        yield client


async def got(web: httpx.AsyncClient, url: str, **params: Any) -> Any:
    answer = await web.get(url, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_awards_tell_who_got_what_where_for_what_when_and_how_much(web: httpx.AsyncClient, city: City) -> None:
    found = await got(web, "/awards")
    assert found["total"] == 4
    by_status = {award["status"]: award for award in found["items"]}
    assert by_status.keys() == {"in_progress", "reserved", "waiting", "withdrawn"}
    award = by_status["in_progress"]
    assert award["organization_name"]
    assert award["district_names"]["fa"] == "منطقه ۷"
    assert award["topic_names"]["fa"]
    assert award["programme_names"]["fa"]
    assert award["title"]
    assert award["amounts"] == {
        "asked": ASKED, "approved": ASKED, "reserved": 0, "committed": ASKED, "pending": 0, "paid": 0, "refunded": 0,
        "reported": 0,
    }  # fmt: skip
    assert by_status["reserved"]["amounts"]["reserved"] == ASKED
    assert by_status["waiting"]["amounts"]["reserved"] == 0
    one = await got(web, f"/awards/{award['id']}")
    assert one == award


async def test_a_refused_request_is_no_award(web: httpx.AsyncClient, city: City) -> None:
    refused = city.drafted[1]
    assert (await web.get(f"/awards/{refused.id}")).status_code == 404


async def test_awards_are_narrowed_paged_and_found_in_any_spelling(web: httpx.AsyncClient, city: City) -> None:
    assert (await got(web, "/awards", status="waiting"))["total"] == 1
    assert (await got(web, "/awards", district=DISTRICT, fiscal_year=YEAR))["total"] == 4
    assert (await got(web, "/awards", district="8"))["total"] == 0
    first = await got(web, "/awards", limit=3)
    rest = await got(web, "/awards", limit=3, cursor=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)
    assert len({award["id"] for award in first["items"] + rest["items"]}) == 4
    name = first["items"][0]["organization_name"]
    assert (await got(web, "/awards", q=name.replace("ی", "ي").replace("ک", "ك")))["total"] >= 1
    assert (await got(web, "/awards", q="چنین‌چیزی"))["total"] == 0


async def test_facets_count_and_add_up_what_the_list_shows(web: httpx.AsyncClient) -> None:
    found = await got(web, "/awards/facets", district=DISTRICT)
    assert found["total"] == 4
    (sums,) = found["totals"]
    assert (sums["currency"], sums["amounts"]["approved"], sums["amounts"]["committed"]) == ("IRR", 4 * ASKED, ASKED)
    assert {one["value"]: one["count"] for one in found["facets"]["status"]} == {
        "in_progress": 1, "reserved": 1, "waiting": 1, "withdrawn": 1,
    }  # fmt: skip


async def test_downloads_open_in_a_spreadsheet_and_are_whole(web: httpx.AsyncClient) -> None:
    answer = await web.get("/downloads/awards", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 4
    assert {row["مبلغ مصوب"] for row in rows} == {str(ASKED)}
    plain = await got(web, "/downloads/awards", format="json")
    assert [one["id"] for one in plain] == [row["شناسه درخواست"] for row in rows]
    assert await got(web, "/downloads/awards", format="json", district="8") == []


async def test_rows_are_the_same_after_any_order_and_any_repetition(city: City) -> None:
    live = await Portal().follow(city.bus.archive)
    backwards = await Portal().follow([*reversed(city.bus.archive), *city.bus.archive])
    assert {n: c for n, c in backwards.kept.used.content.items() if n != "stale_figures"} == {
        n: c for n, c in live.kept.used.content.items() if n != "stale_figures"
    }
