"""A ranked call tells the books when its last case is over (BUD-5)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from shared.contracts.review import CaseChangesRequested, CaseExcepted, CaseOpened, FieldReason
from tests.component.test_programmes_http import CALL, drafted, opened, submit
from tests.component.test_requests_http import BOOK, DAY, OPENED, START, City, case, decided, told

RANKED = {**CALL, "waiting_rule": "ranked"}


@pytest.fixture
async def city() -> AsyncIterator[City]:
    world = City()
    async with world.client:
        await told(world)
        await world.hear_standing("approved", 3)
        yield world


async def requests_of(city: City, programme: str, many: int) -> Sequence[str]:
    made = [await drafted(city, programme) for _ in range(many)]
    for request in made:
        assert await submit(city, request) == (200, "")
        await city.hear(CaseOpened.model_validate({**case(request), **OPENED, "case": f"case-{request}"}), 1)
    return made


async def closed(city: City) -> None:
    city.now = START + 12 * DAY
    await city.uses.sweep()


def calls_decided(city: City) -> list[dict[str, Any]]:
    return [event["data"] for event in city.stores.events if event["type"] == "call.decided.v1"]


async def test_the_books_are_told_when_the_last_case_of_a_ranked_call_is_over(city: City) -> None:
    """Decided, withdrawn, given to headquarters or lapsed: each ends its waiting, and two replicas say it once."""
    programme = await opened(city, **RANKED)
    approved, rejected, withdrawn, excepted, lapsed = await requests_of(city, programme, 5)
    await city.hear(decided(approved), 9)
    await city.hear(decided(rejected, "rejected", 0), 9)
    await city.uses.sweep()
    assert calls_decided(city) == []  # it takes requests still
    await closed(city)
    await city.call("POST", f"/requests/{withdrawn}/withdraw", body={})
    await city.uses.sweep()
    assert calls_decided(city) == []
    await city.hear(CaseExcepted(**{**case(excepted), "case": f"case-{excepted}"}, reason="no_quorum"), 2)
    await city.uses.sweep()
    assert calls_decided(city) == []
    await city.hear_standing("revoked", 4)
    await asyncio.gather(city.uses.sweep(), city.uses.sweep())
    await city.uses.sweep()
    assert calls_decided(city) == [
        {
            "programme": programme,
            "version": 1,
            "fiscal_year": "1405",
            "district": "7",
            "book": BOOK,
            "approved": [],  # the revocation ended the approved one, too
        }
    ]
    assert lapsed


async def test_what_was_sent_back_for_changes_is_awaited_and_what_is_approved_is_named(city: City) -> None:
    programme = await opened(city, **RANKED)
    approved, sent_back = await requests_of(city, programme, 2)
    await city.hear(decided(approved), 9)
    fields = [FieldReason(pointer="/title", reason="روشن‌تر")]
    await city.hear(CaseChangesRequested(**{**case(sent_back), "case": f"case-{sent_back}"}, fields=fields), 2)
    await closed(city)
    await city.uses.sweep()
    assert calls_decided(city) == []
    await city.call("POST", f"/requests/{sent_back}/withdraw", body={})
    await city.uses.sweep()
    assert [told["approved"] for told in calls_decided(city)] == [[approved]]


async def test_a_call_that_is_not_ranked_tells_the_books_nothing(city: City) -> None:
    await opened(city, **CALL)
    await closed(city)
    await city.uses.sweep()
    assert calls_decided(city) == []


async def test_no_version_changes_how_a_call_is_served(city: City) -> None:
    programme = await opened(city, **RANKED)
    answer = await city.call("POST", f"/programmes/{programme}/versions", "office", CALL)
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/waiting_rule"]
