"""A programme's ceiling for one organisation counts all that share a representative or an account with it (REG-5)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shared.contracts.review import CaseOpened
from tests.component.test_programmes_http import drafted, opened
from tests.component.test_requests_http import OPENED, City, case, decided, standing_changed, told, view

PERSON, ANOTHER, ACCOUNT = "a" * 32, "b" * 32, "c" * 32
ONE_AND_A_HALF = {"organization_ceiling": 100_000_000}  # each request asks for 60 million
WHO = {"org-1": "ali", "org-2": "other"}


@pytest.fixture
async def city() -> AsyncIterator[City]:
    world = City()
    async with world.client:
        await told(world)
        yield world


async def shares(city: City, organization: str, *keys: str, number: int = 3) -> None:
    changed = standing_changed("approved", number, city.now)
    await city.hear(changed.model_copy(update={"organization": organization, "shares": list(keys)}), number)


async def submit(city: City, request: str, organization: str) -> httpx.Response:
    return await city.call("POST", f"/requests/{request}/submit", WHO[organization])


async def both(city: City, **terms: Any) -> tuple[str, str]:
    programme = await opened(city, **{**ONE_AND_A_HALF, **terms})
    return await drafted(city, programme), await drafted(city, programme, "other", "org-2")


async def decide(city: City, request: str, outcome: str, amount: int) -> None:
    of = {**case(request), "case": f"case-{request}"}
    await city.hear(CaseOpened.model_validate({**of, **OPENED}), 1)
    await city.hear(decided(request, outcome, amount).model_copy(update={"case": of["case"]}), 9)


@pytest.mark.parametrize("shared", [PERSON, ACCOUNT])
async def test_a_ceiling_counts_what_all_that_share_a_person_or_an_account_were_given(city: City, shared: str) -> None:
    await shares(city, "org-1", shared, "d" * 32)
    await shares(city, "org-2", ANOTHER, shared)
    first, second = await both(city)
    assert (await submit(city, first, "org-1")).status_code == 200
    refused = await submit(city, second, "org-2")
    assert (refused.status_code, refused.json()["code"]) == (409, "shared_ceiling_reached")
    assert "40000000" in refused.json()["title"].replace(",", "")
    assert (await view(city, second, "other"))["status"] == "draft"  # I7
    await decide(city, first, "approved", 40_000_000)  # what was asked counts until there is an award
    assert (await submit(city, second, "org-2")).status_code == 200


async def test_who_shares_nobody_has_a_ceiling_of_its_own(city: City) -> None:
    await shares(city, "org-1", PERSON)
    await shares(city, "org-2", ANOTHER)
    first, second = await both(city)
    assert (await submit(city, first, "org-1")).status_code == 200
    assert (await submit(city, second, "org-2")).status_code == 200
    programme = (await view(city, first))["programme"]
    again = await drafted(city, programme)
    assert (await submit(city, again, "org-1")).json()["code"] == "shared_ceiling_reached"


@pytest.mark.parametrize("end", ["rejected", "withdrawn"])
async def test_what_was_given_nothing_does_not_count(city: City, end: str) -> None:
    for organization in WHO:
        await shares(city, organization, PERSON)
    first, second = await both(city)
    assert (await submit(city, first, "org-1")).status_code == 200
    if end == "rejected":
        await decide(city, first, "rejected", 0)
    else:
        await city.call("POST", f"/requests/{first}/withdraw", body={})
    assert (await submit(city, second, "org-2")).status_code == 200


async def test_of_two_submissions_at_one_moment_the_ceiling_takes_one(city: City) -> None:
    for organization in WHO:
        await shares(city, organization, PERSON)
    first, second = await both(city)
    answers = await asyncio.gather(submit(city, first, "org-1"), submit(city, second, "org-2"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_repeated_submission_is_answered_as_the_first_time(city: City) -> None:
    await shares(city, "org-1", PERSON)
    first, _ = await both(city)
    answers = [await city.call("POST", f"/requests/{first}/submit", key="once") for _ in range(2)]
    assert answers[0].status_code == 200
    assert answers[0].json() == answers[1].json()


async def test_a_ceiling_of_an_organisation_is_not_below_that_of_a_request_and_is_fixed_once_open(city: City) -> None:
    from tests.component.test_requests_http import PROGRAMME

    low = await city.call("POST", "/programmes", "office", {**PROGRAMME, "organization_ceiling": 1})
    assert [e["code"] for e in low.json()["errors"]] == ["organization_ceiling_below_ceiling"]
    programme = await opened(city, **ONE_AND_A_HALF)
    answer = await city.call("POST", f"/programmes/{programme}/versions", "office", PROGRAMME)
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/organization_ceiling"]


async def test_the_keys_are_in_no_view_and_no_event_of_requests(city: City) -> None:
    await shares(city, "org-1", PERSON)
    first, _ = await both(city)
    await submit(city, first, "org-1")
    assert PERSON not in (await city.call("GET", f"/requests/{first}")).text
    assert PERSON not in str(city.stores.events)
