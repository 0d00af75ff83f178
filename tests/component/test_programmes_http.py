"""Programmes behind the HTTP API of requests: lists, versions, grace, one open request at a time (REQ-1)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.contracts.registry import StandingChanged
from shared.contracts.review import CaseChangesRequested, FieldReason
from tests.component.test_requests_http import (
    CONTENT,
    DAY,
    PROGRAMME,
    START,
    City,
    case,
    decided,
    standing_changed,
    told,
    view,
)

CALL = {
    **PROGRAMME,
    "kind": "dated",
    "opens": "2026-11-22T00:00:00Z",
    "closes": "2026-11-30T00:00:00Z",
    "grace": {"days": 2},
}


@pytest.fixture
async def city() -> AsyncIterator[City]:
    world = City()
    async with world.client:
        await told(world)
        await world.hear_standing("approved", 3)
        yield world


async def opened(city: City, **terms: Any) -> str:
    answer = await city.call("POST", "/programmes", "office", {**PROGRAMME, **terms})
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    answer = await city.call("POST", f"/programmes/{id}/open", "office")
    assert answer.status_code == 200, answer.text
    return id


async def drafted(city: City, programme: str, who: str = "ali", organization: str = "org-1") -> str:
    body = {**CONTENT, "organization": organization, "programme": programme}
    return str((await city.call("POST", "/requests", who, body)).json()["id"])


async def submit(city: City, request: str, who: str = "ali") -> tuple[int, str]:
    answer = await city.call("POST", f"/requests/{request}/submit", who)
    return answer.status_code, answer.json().get("code", "")


async def test_a_draft_sees_the_version_it_would_come_under_and_a_submission_keeps_its_own(city: City) -> None:
    programme = await opened(city)
    first, second = await drafted(city, programme), await drafted(city, programme)
    await submit(city, first)
    changed = await city.call(
        "POST", f"/programmes/{programme}/versions", "office", {**PROGRAMME, "ceiling": 70_000_000}
    )
    assert changed.status_code == 200, changed.text
    assert (await view(city, first))["programme_version"] == 1
    assert (await view(city, second))["programme_version"] == 2
    await submit(city, second)
    assert [(await view(city, id))["revisions"][0]["programme_version"] for id in (first, second)] == [1, 2]
    sent = [e["data"] for e in city.stores.events if e["type"] == "request.submitted.v1"]
    assert [(data["programme_version"], data["ceiling"]) for data in sent] == [(1, 100_000_000), (2, 70_000_000)]


async def test_each_version_is_announced_and_stays_readable_by_anybody(city: City) -> None:
    programme = await opened(city)
    city.now += DAY
    await city.call("POST", f"/programmes/{programme}/versions", "office", {**PROGRAMME, "ceiling": 70_000_000})
    announced = [(e["data"]["version"], e["data"]["ceiling"]) for e in city.stores.events]
    assert announced == [(1, 100_000_000), (2, 70_000_000)]
    first, second, third = [(await city.client.get(f"/programmes/{programme}/versions/{n}")) for n in (1, 2, 3)]
    assert (first.json()["ceiling"], first.json()["until"]) == (100_000_000, "2026-11-23T08:30:00Z")
    assert (second.json()["ceiling"], second.json()["since"], second.json()["until"]) == (
        70_000_000,
        "2026-11-23T08:30:00Z",
        None,
    )
    assert third.status_code == 404
    assert (await city.client.get(f"/programmes/{programme}")).json()["edition"] == 2


async def test_a_draft_programme_s_version_is_not_public(city: City) -> None:
    id = (await city.call("POST", "/programmes", "office", PROGRAMME)).json()["id"]
    assert (await city.client.get(f"/programmes/{id}/versions/1")).status_code == 404
    assert (await city.call("GET", f"/programmes/{id}/versions/1", "office")).status_code == 200


async def test_within_grace_only_a_draft_begun_before_the_end_is_submitted(city: City) -> None:
    programme = await opened(city, **CALL)
    in_time = await drafted(city, programme)
    city.now = START + 9 * DAY  # the end was on the eighth day
    late = await drafted(city, programme)
    assert await city.uses.sweep() == 0
    assert await submit(city, late) == (409, "programme_not_open")
    assert await submit(city, in_time) == (200, "")
    city.now += DAY
    assert await city.uses.sweep() == 1
    assert (await city.client.get(f"/programmes/{programme}")).json()["status"] == "closed"


async def test_an_organisation_has_one_open_request_where_the_programme_says_so(city: City) -> None:
    programme = await opened(city, one_open_request=True)
    first, second = await drafted(city, programme), await drafted(city, programme)
    assert await submit(city, first) == (200, "")
    assert await submit(city, second) == (409, "another_open_request")
    assert (await view(city, second))["status"] == "draft"  # I7
    await city.call("POST", f"/requests/{first}/withdraw", body={})
    assert await submit(city, second) == (200, "")


async def test_two_submissions_at_one_moment_are_one_open_request(city: City) -> None:
    programme = await opened(city, one_open_request=True)
    requests = [await drafted(city, programme) for _ in range(4)]
    answers = await asyncio.gather(*(submit(city, request) for request in requests))
    assert sorted(code for code, _ in answers) == [200, 409, 409, 409]


async def test_a_refused_request_gives_its_place_up_and_what_is_heard_later_takes_none(city: City) -> None:
    programme = await opened(city, one_open_request=True)
    first, second = await drafted(city, programme), await drafted(city, programme)
    await submit(city, first)
    await city.hear(decided(first, "rejected", 0), 9)
    assert await submit(city, second) == (200, "")
    await city.hear(standing_changed("suspended", 4, city.now), 4)
    assert (await view(city, first))["status"] == "rejected"


async def test_a_request_that_was_sent_back_keeps_its_place(city: City) -> None:
    programme = await opened(city, one_open_request=True)
    first, second = await drafted(city, programme), await drafted(city, programme)
    await submit(city, first)
    fields = [FieldReason(pointer="/title", reason="روشن‌تر بنویسید.")]
    await city.hear(CaseChangesRequested(**case(first), fields=fields), 2)
    assert await submit(city, second) == (409, "another_open_request")
    assert await submit(city, first) == (200, "")


async def test_other_organisations_and_other_programmes_have_places_of_their_own(city: City) -> None:
    programme, another, many = [await opened(city, one_open_request=one) for one in (True, True, False)]
    standing = standing_changed("approved", 3, city.now).standing
    await city.hear(
        StandingChanged(organization="org-2", name="گروه", kind="association", districts=["7"], standing=standing), 3
    )
    assert await submit(city, await drafted(city, programme)) == (200, "")
    assert await submit(city, await drafted(city, another)) == (200, "")
    assert await submit(city, await drafted(city, programme, "other", "org-2"), "other") == (200, "")
    assert [await submit(city, await drafted(city, many)) for _ in range(2)] == [(200, "")] * 2


async def test_anybody_finds_programmes_by_what_they_are(city: City) -> None:
    await opened(city, topics=["addiction"])
    call = await opened(city, **CALL, waiting_rule="ranked", maximum=200_000_000, minimum=1_000_000)

    async def total(query: str) -> int:
        answer = await city.client.get(f"/programmes?{query}")
        assert answer.status_code == 200, answer.text
        found: int = answer.json()["total"]
        return found

    assert [
        await total(query)
        for query in (
            "",
            "kind=dated",
            "kind=rolling&district=7",
            "district=8",
            "topic=addiction",
            "topic=divorce",
            "fiscal_year=1405",
            "fiscal_year=1406",
            "status=open",
            "status=closed",
        )
    ] == [2, 1, 1, 0, 1, 0, 2, 0, 2, 0]
    page = (await city.client.get("/programmes?limit=1")).json()
    assert page["next"] is not None
    shown = (await city.client.get(f"/programmes/{call}")).json()
    assert (
        shown["waiting_rule"],
        shown["minimum"],
        shown["maximum"],
        shown["grace"]["days"],
        shown["grace_until"],
    ) == (
        "ranked",
        1_000_000,
        200_000_000,
        2,
        "2026-12-02T00:00:00Z",
    )


async def test_only_the_city_office_makes_a_version(city: City) -> None:
    programme = await opened(city)
    for who in ("ali", "secretary7", "auditor"):
        answer = await city.call("POST", f"/programmes/{programme}/versions", who, PROGRAMME)
        assert answer.status_code == 403


async def test_eligibility_is_tried_without_a_token_and_nothing_is_stored(city: City) -> None:
    """REQ-3: each condition with its answer and a reason in both languages."""
    programme = await opened(city)
    before = {name: dict(documents.documents) for name, documents in city.stores.by_name.items()}
    body = {"district": "8", "topic": "addiction", "amount_asked": 60_000_000, "organization_approved": True}
    answer = await city.client.post(f"/programmes/{programme}/eligibility", json=body)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["answer"], said["programme_version"]) == ("no", 1)
    assert {c["condition"]: c["answer"] for c in said["conditions"]} == {
        "open": "yes", "standing": "yes", "support": "yes", "district": "no", "topic": "yes", "amount_asked": "yes",
        "minimum": "unknown", "dates": "unknown",
    }  # fmt: skip
    assert all(c["reason"]["fa"] and c["reason"]["en"] for c in said["conditions"])
    assert {name: documents.documents for name, documents in city.stores.by_name.items()} == before


async def test_eligibility_of_a_draft_programme_is_nobody_s_business(city: City) -> None:
    id = (await city.call("POST", "/programmes", "office", PROGRAMME)).json()["id"]
    assert (await city.client.post(f"/programmes/{id}/eligibility", json={})).status_code == 404
    unknown = await city.client.post("/programmes/none/eligibility", json={"national_code": "0010350829"})
    assert unknown.status_code == 422


async def test_statuses_are_shown_in_the_words_for_the_public(city: City) -> None:
    """REQ-15."""
    programme = await opened(city)
    request = await drafted(city, programme)
    await submit(city, request)
    words = (await city.client.get("/status-wording")).json()
    by_status = {item["status"]: item["wording"] for item in words["requests"]}
    assert (await view(city, request))["public_status"] == by_status["submitted"]
    shown = (await city.client.get("/programmes")).json()["items"][0]
    assert shown["public_status"] == {"fa": "گشوده", "en": "Open"}


async def test_a_submission_that_is_refused_for_its_fields_takes_no_place(city: City) -> None:
    programme = await opened(city, one_open_request=True)
    body = {"organization": "org-1", "programme": programme}
    incomplete = str((await city.call("POST", "/requests", body=body)).json()["id"])
    assert await submit(city, incomplete) == (422, "invalid_fields")
    assert await submit(city, await drafted(city, programme)) == (200, "")


async def test_the_same_terms_again_are_no_version(city: City) -> None:
    programme = await opened(city, **CALL)
    again = await city.call("POST", f"/programmes/{programme}/versions", "office", CALL)
    assert again.status_code == 200, again.text
    assert (await city.client.get(f"/programmes/{programme}")).json()["edition"] == 1
    unknown = {**CALL, "grace": {"days": 2, "hours": 1}}
    assert (await city.call("POST", f"/programmes/{programme}/versions", "office", unknown)).status_code == 422
