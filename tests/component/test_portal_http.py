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
from shared.contracts.envelope import Cause, envelop
from shared.contracts.requests import ReportAccepted
from shared.web.app import WebParts, build_app
from shared.web.caller import Caller, Grant
from tests.builders import ASKED, DISTRICT, START, YEAR, City, Request
from tests.component.test_public_story import played
from tests.portal import PUBLISHER, Portal


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
    app = build_app(WebParts("portal", "", [router(portal.uses, PUBLISHER)], TEXTS, verifier, nothing, ready))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://portal")


@dataclass
class Story:
    """A played city and the portal that followed it; nothing here changes either."""

    city: City
    portal: Portal


CALLERS = {
    "hq": Caller("hq", (Grant("hq"),)),
    "secretary": Caller("secretary", (Grant("secretary", DISTRICT),)),
    "elsewhere": Caller("elsewhere", (Grant("secretary", "8"),)),
    "applicant": Caller("applicant", (Grant("applicant", None, "o"),)),
}
TOLD: list[Story] = []  # played once for all tests of this file


def reported(request: Request, instalment: int, *, final: bool = False) -> dict[str, Any]:
    """An accepted report, as requests announces it."""
    facts = {"request": request.id, "revision": 1, "organization": request.organization.id, "programme": "p"}
    data = ReportAccepted(
        **facts, district=DISTRICT, book=f"district:{DISTRICT}/{YEAR}", instalment=instalment, amount_reported=10_000_000,
        currency="IRR", people_reached=40, indicator_reached="۳۰ خانواده؛ تماس ۰۹۱۲۳۴۵۶۷۸۹", final=final,
    )  # fmt: skip
    cause = Cause("secretary", "correlation-r")
    return envelop(data, subject=f"request/{request.id}", number=50 + instalment, at=START, cause=cause)


async def told() -> Story:
    if not TOLD:
        city = await played()
        payment = await city.prepare_payment(city.drafted[0], ASKED // 2)
        await city.approve_payment(payment)
        await city.pay(payment)
        await city.refund(payment, 1_000)
        await city.bus.settle()
        await city.bus.publish([reported(city.drafted[0], 1), reported(city.drafted[0], 2, final=True)])
        TOLD.append(Story(city, await Portal().follow(city.bus.archive)))
    return TOLD[0]


@pytest_asyncio.fixture
async def story() -> Story:
    return await told()


@pytest.fixture
def city(story: Story) -> City:
    return story.city


@pytest_asyncio.fixture
async def web(story: Story) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(story.portal, **CALLERS) as client:
        yield client


async def got(web: httpx.AsyncClient, url: str, **params: Any) -> Any:
    answer = await web.get(url, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_awards_tell_who_got_what_where_for_what_when_and_how_much(web: httpx.AsyncClient, city: City) -> None:
    found = await got(web, "/public/awards")
    assert found["total"] == 4
    by_status = {award["status"]: award for award in found["items"]}
    assert by_status.keys() == {"reported", "reserved", "waiting", "withdrawn"}
    award = by_status["reported"]
    assert award["organization_name"]
    assert award["district_names"]["fa"] == "منطقه ۷"
    assert award["topic_names"]["fa"]
    assert award["programme_names"]["fa"]
    assert award["title"]
    assert award["amounts"] == {
        "asked": ASKED, "approved": ASKED, "reserved": 0, "committed": ASKED, "pending": 0, "paid": ASKED // 2,
        "refunded": 1_000, "reported": 20_000_000,
    }  # fmt: skip
    assert award["result"] == {
        "people_reached": 80, "indicator_reached": "۳۰ خانواده؛ تماس …", "final": True, "reports": 2,
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
        "reported": 1, "reserved": 1, "waiting": 1, "withdrawn": 1,
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
    assert entry["status"] == "reported"
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
    assert (district["allotted"], district["committed"], district["reserved"]) == (2 * ASKED, ASKED - ASKED // 2, ASKED)
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


def value(found: Any, name: str) -> Any:
    return next(one["value"] for one in found["figures"] if one["figure"] == name)


def rows_of(found: Any, name: str) -> dict[str, Any]:
    table = next(one for one in found["tables"] if one["table"] == name)
    return {row.get("value") or row["criterion"]: row for row in table["rows"]}


def as_(who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}"}


async def test_headquarters_see_credit_statuses_waiting_and_results(web: httpx.AsyncClient) -> None:
    answer = await web.get(f"/figures/city/{YEAR}", headers=as_("hq"))
    found = answer.json()
    credit = {name: value(found, f"credit.{name}") for name in ("appropriated", "allotted", "reserved", "committed")}
    assert credit == {
        "appropriated": 100 * ASKED, "allotted": 2 * ASKED, "reserved": ASKED, "committed": ASKED - ASKED // 2,
    }  # fmt: skip
    assert value(found, "credit.paid") == ASKED // 2 - 1_000
    assert (value(found, "requests"), value(found, "decided")) == (5, 5)
    assert 0 <= value(found, "waiting_median_seconds") <= value(found, "waiting_p90_seconds")
    assert {name: row["count"] for name, row in rows_of(found, "by_status").items()} == {
        "reported": 1, "rejected": 1, "reserved": 1, "waiting": 1, "withdrawn": 1,
    }  # fmt: skip
    assert (value(found, "held"), value(found, "people_reached"), value(found, "indicators_reported")) == (1, 80, 1)
    assert all(one["definition"]["fa"] and one["definition"]["en"] for one in found["figures"] + found["tables"])


async def test_fairness_is_told_by_district_topic_and_kind_without_any_seat(web: httpx.AsyncClient) -> None:
    found = (await web.get(f"/figures/district:{DISTRICT}/{YEAR}", headers=as_("secretary"))).json()
    assert value(found, "acceptance") == 8_000
    rate = rows_of(found, "rates.district")[DISTRICT]
    assert (rate["requests"], rate["decided"], rate["approved"], rate["acceptance"]) == (5, 5, 4, 8_000)
    assert (rate["amount_asked"], rate["amount_approved"], rate["amount_committed"]) == (5 * ASKED, 4 * ASKED, ASKED)
    assert (value(found, "first_time_organizations"), value(found, "first_time_share")) == (4, 10_000)
    assert (value(found, "largest_ten_share"), value(found, "gini")) == (10_000, 0)
    spread = rows_of(found, "spread")
    assert spread.keys() == {"effect", "plan"}
    assert "seat" not in str([table["rows"] for table in found["tables"]])


async def test_figures_are_seen_by_the_offices_of_the_city_and_by_a_districts_staff(web: httpx.AsyncClient) -> None:
    seen = {who: (await web.get("/figures", headers=as_(who))) for who in CALLERS}
    assert {who: answer.status_code for who, answer in seen.items()} == {
        "hq": 200, "secretary": 200, "elsewhere": 200, "applicant": 403,
    }  # fmt: skip
    assert [one["id"] for one in seen["hq"].json()["items"]] == [f"city/{YEAR}", f"district:{DISTRICT}/{YEAR}"]
    assert [one["id"] for one in seen["secretary"].json()["items"]] == [f"district:{DISTRICT}/{YEAR}"]
    assert seen["elsewhere"].json()["items"] == []
    assert (await web.get(f"/figures/city/{YEAR}", headers=as_("secretary"))).status_code == 403
    assert (await web.get(f"/figures/district:{DISTRICT}/{YEAR}", headers=as_("elsewhere"))).status_code == 403
    assert (
        await web.get("/attention/breaches", params={"district": DISTRICT}, headers=as_("elsewhere"))
    ).status_code == 403
    assert (await web.get("/attention/breaches", headers=as_("hq"))).json()["total"] == 0


async def test_the_public_sees_no_status_of_what_is_undecided_and_no_spread(web: httpx.AsyncClient) -> None:
    found = await got(web, f"/public/figures/city/{YEAR}")
    assert value(found, "credit.allotted") == 2 * ASKED
    assert {one["table"] for one in found["tables"]} & {"by_status", "spread"} == set()
    assert {one["figure"] for one in found["figures"]} & {"exceptions", "stalled", "reports_overdue"} == set()
    assert (await got(web, "/public/figures", fiscal_year=YEAR))["total"] == 2
    assert (await web.get("/public/figures/city/1399")).status_code == 404
