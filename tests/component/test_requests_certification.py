"""Certification of a draft by a second representative, over HTTP (REQ-5)."""

from collections.abc import AsyncIterator

import pytest

from shared.certifying import Certifying
from shared.web.caller import Caller, Grant
from tests.component.test_requests_http import CALLERS, DAY, City, drafted, view

KEY = "a random text that nobody else knows"


@pytest.fixture
async def city(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[City]:
    monkeypatch.setitem(CALLERS, "sara", Caller("sara", (Grant("applicant", organization="org-1"),)))
    world = City(certifying=Certifying(key=KEY))
    async with world.client:
        yield world


async def told(city: City, id: str, who: str = "sara", key: str | None = None) -> str:
    answer = await city.call("POST", f"/requests/{id}/certification-code", who, key=key)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["code"])


async def code_of(city: City, path: str, who: str = "ali", body: object = None) -> str:
    answer = await city.call("POST", path, who, body)
    assert answer.status_code in (403, 409), answer.text
    return str(answer.json()["code"])


def _wrong(code: str) -> dict[str, str]:
    return {"code": f"{(int(code) + 1) % 10**8:08d}"}


async def test_a_second_representative_certifies_before_it_is_submitted(city: City) -> None:
    """REQ-5."""
    id = await drafted(city)
    await city.hear_standing("approved", 3)
    assert await code_of(city, f"/requests/{id}/submit") == "certification_needed"
    code = await told(city, id, key="told")
    assert await told(city, id, key="told") == code  # a repeat is told the same
    assert await code_of(city, f"/requests/{id}/submit") == "certification_needed"  # a code alone certifies nothing
    assert await code_of(city, f"/requests/{id}/certify", "sara", {"code": code}) == "certification_same_person"
    certified = await city.call("POST", f"/requests/{id}/certify", "ali", {"code": code})
    assert certified.status_code == 200, certified.text
    assert (await view(city, id))["certification"]["certified_at"] is not None
    assert (await city.call("POST", f"/requests/{id}/submit")).json()["status"] == "submitted"
    seen = await view(city, id)
    assert seen["revisions"][0]["certified_at"] is not None
    assert seen["certification"] is None  # another revision is certified anew


async def test_editing_the_draft_voids_code_and_certification(city: City) -> None:
    id = await drafted(city)
    await city.hear_standing("approved", 3)
    code = await told(city, id)
    await city.call("POST", f"/requests/{id}/certify", "ali", {"code": code})
    version = (await view(city, id))["version"]
    await city.call("PATCH", f"/requests/{id}", "ali", {"title": "دیگر"}, match=version)
    assert await code_of(city, f"/requests/{id}/submit") == "certification_needed"
    assert await code_of(city, f"/requests/{id}/certify", "ali", {"code": code}) == "no_certification_code"


async def test_a_wrong_code_uses_up_a_try_and_after_five_the_code_is_spent(city: City) -> None:
    id = await drafted(city)
    code = await told(city, id)
    for left in (4, 3, 2, 1, 0):
        answer = await city.call("POST", f"/requests/{id}/certify", "ali", _wrong(code))
        assert (answer.status_code, answer.json()["code"], answer.json()["params"]["tries_left"]) == (
            409,
            "certification_code_wrong",
            left,
        )
    assert await code_of(city, f"/requests/{id}/certify", "ali", {"code": code}) == "certification_code_spent"
    again = await told(city, id)
    assert (await city.call("POST", f"/requests/{id}/certify", "ali", {"code": again})).status_code == 200


async def test_a_repeated_wrong_try_counts_once(city: City) -> None:
    id = await drafted(city)
    wrong = _wrong(await told(city, id))
    for _ in range(2):
        answer = await city.call("POST", f"/requests/{id}/certify", "ali", wrong, key="once")
        assert answer.json()["params"]["tries_left"] == 4


async def test_a_code_expires(city: City) -> None:
    id = await drafted(city)
    code = await told(city, id)
    city.now += 3 * DAY
    assert await code_of(city, f"/requests/{id}/certify", "ali", {"code": code}) == "certification_code_spent"


async def test_in_assisted_entry_the_city_office_hands_the_code_over(city: City) -> None:
    id = await drafted(city)
    code = await told(city, id, "office")
    assert await code_of(city, f"/requests/{id}/certify", "office", {"code": code}) == "forbidden"
    assert (await city.call("POST", f"/requests/{id}/certify", "ali", {"code": code})).status_code == 200


async def test_the_code_is_kept_nowhere(city: City) -> None:
    id = await drafted(city)
    code = await told(city, id)
    assert code not in str(city.stores.documents("requests").documents[id])


async def test_a_city_without_a_key_asks_for_no_certification() -> None:
    city = City()
    async with city.client:
        id = await drafted(city)
        assert await code_of(city, f"/requests/{id}/certification-code") == "certification_not_used"
