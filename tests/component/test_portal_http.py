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
from services.portal.inbound.tables import TABLES
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
    found = await got(web, "/public/awards")
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
    one = await got(web, f"/public/awards/{award['id']}")
    assert one == award


async def test_a_refused_request_is_no_award(web: httpx.AsyncClient, city: City) -> None:
    refused = city.drafted[1]
    assert (await web.get(f"/public/awards/{refused.id}")).status_code == 404


async def test_awards_are_narrowed_paged_and_found_in_any_spelling(web: httpx.AsyncClient, city: City) -> None:
    assert (await got(web, "/public/awards", status="waiting"))["total"] == 1
    assert (await got(web, "/public/awards", district=DISTRICT, fiscal_year=YEAR))["total"] == 4
    assert (await got(web, "/public/awards", district="8"))["total"] == 0
    first = await got(web, "/public/awards", limit=3)
    rest = await got(web, "/public/awards", limit=3, cursor=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)
    assert len({award["id"] for award in first["items"] + rest["items"]}) == 4
    name = first["items"][0]["organization_name"]
    assert (await got(web, "/public/awards", q=name.replace("ی", "ي").replace("ک", "ك")))["total"] >= 1
    assert (await got(web, "/public/awards", q="چنین‌چیزی"))["total"] == 0


async def test_facets_count_and_add_up_what_the_list_shows(web: httpx.AsyncClient) -> None:
    found = await got(web, "/public/awards/facets", district=DISTRICT)
    assert found["total"] == 4
    (sums,) = found["totals"]
    assert (sums["currency"], sums["amounts"]["approved"], sums["amounts"]["committed"]) == ("IRR", 4 * ASKED, ASKED)
    assert {one["value"]: one["count"] for one in found["facets"]["status"]} == {
        "in_progress": 1, "reserved": 1, "waiting": 1, "withdrawn": 1,
    }  # fmt: skip


async def test_downloads_open_in_a_spreadsheet_and_are_whole(web: httpx.AsyncClient) -> None:
    answer = await web.get("/public/downloads/awards", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 4
    assert {row["مبلغ مصوب"] for row in rows} == {str(ASKED)}
    plain = await got(web, "/public/downloads/awards", format="json")
    assert [one["id"] for one in plain] == [row["شناسه درخواست"] for row in rows]
    assert await got(web, "/public/downloads/awards", format="json", district="8") == []


async def test_rows_are_the_same_after_any_order_and_any_repetition(city: City) -> None:
    live = await Portal().follow(city.bus.archive)
    backwards = await Portal().follow([*reversed(city.bus.archive), *city.bus.archive])
    assert {n: c for n, c in backwards.kept.used.content.items() if n != "stale_figures"} == {
        n: c for n, c in live.kept.used.content.items() if n != "stale_figures"
    }


async def test_a_refusal_tells_what_and_where_and_not_whose_it_was(web: httpx.AsyncClient, city: City) -> None:
    found = await got(web, "/public/refusals", district=DISTRICT)
    (refusal,) = found["items"]
    assert (refusal["id"], refusal["amount_asked"], refusal["topic_names"]["fa"] != "") == (
        city.drafted[1].id, ASKED, True,
    )  # fmt: skip
    organization = city.drafted[1].organization
    for path in ("/public/refusals", "/public/refusals/facets", "/public/downloads/refusals?format=json"):
        told = (await web.get(path)).text
        assert organization.id not in told
        assert "عنوان" not in told
    for probe in ({"organization": organization.id}, {"q": "تشکل"}, {"organization_kind": "other"}):
        assert (await got(web, "/public/refusals", **probe))["total"] == 1, "nothing narrows by whose it was"


async def test_the_calendar_shows_what_is_committed(web: httpx.AsyncClient) -> None:
    (entry,) = (await got(web, "/public/calendar"))["items"]
    assert entry["status"] == "in_progress"
    assert (await got(web, "/public/calendar", **{"from": entry["starts_on"]}))["total"] == 1
    assert (await got(web, "/public/calendar", until=entry["starts_on"]))["total"] == 0


async def test_organisations_are_found_in_any_spelling_with_what_they_were_awarded(
    web: httpx.AsyncClient, city: City
) -> None:
    found = await got(web, "/public/organizations", limit=2)
    assert (found["total"], len(found["items"])) == (5, 2)
    awarded = city.organizations[0].id
    one = await got(web, f"/public/organizations/{awarded}")
    assert one["awards"][0]["amounts"]["committed"] == ASKED
    assert (await got(web, "/public/organizations", q=one["name"].replace("ک", "ك"), district=DISTRICT))["total"] >= 1


async def test_books_programmes_priorities_rules_and_meetings_are_listed(web: httpx.AsyncClient) -> None:
    books = {book["id"]: book for book in (await got(web, "/public/books", fiscal_year=YEAR))["items"]}
    district = books[f"district:{DISTRICT}/{YEAR}"]["balance"]
    assert (district["allotted"], district["committed"], district["reserved"]) == (2 * ASKED, ASKED, ASKED)
    assert books[f"city/{YEAR}"]["balance"].keys() == {"appropriated"}
    (programme,) = (await got(web, "/public/programmes", district=DISTRICT, status="open"))["items"]
    assert programme["fiscal_year"] == YEAR
    assert (await got(web, "/public/programmes", q=programme["names"]["fa"]))["total"] == 1
    priorities = (await got(web, "/public/priorities"))["items"]
    assert {one["district"] for one in priorities} <= {None, DISTRICT}
    assert (await got(web, "/public/rule-sets"))["items"][0]["rules"]["seats"]
    assert (await got(web, "/public/meetings"))["total"] == 0


@pytest.mark.parametrize("table", list(TABLES))
async def test_every_list_can_be_downloaded(web: httpx.AsyncClient, table: str) -> None:
    rows = await got(web, f"/public/downloads/{table}", format="json")
    text = (await web.get(f"/public/downloads/{table}")).content.decode()
    assert len(list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))) == len(rows)
    assert rows or table == "meetings"
    assert all(row.keys() == {column.name for column in TABLES[table]} for row in rows)
