"""F20: the database stores and its reply is lost; and the budget's database is put back to yesterday under a running service."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final

import httpx
import pytest
from pymongo import MongoClient

from ops.play import organizations, people
from ops.verify.books import check_entries
from tests.integration.faults.city import MONEY, City
from tests.integration.faults.quiet import check, quiet
from tests.integration.faults.underway import under_load
from tests.integration.faults.workload import Command, Workload
from tests.integration.live import ASKED, CITY, profile

CITY_BOOK: Final = "city/1405"


async def test_a_creation_whose_reply_is_lost_is_told_as_unknown_and_its_repeat_gets_the_first_answer(
    city: City,
) -> None:
    owner = people.newcomer("owner-of-the-lost")
    form = await _profile(city)
    command = Command("POST", "registry", "/organizations", form, owner)
    lost = city.mongo.lost
    city.mongo.lose_reply(b"insert\x00", b"organizations\x00")
    first, again = await _send(city, command), await _send(city, command)
    assert city.mongo.lost == lost + 1
    assert (first.status_code, first.json()["code"]) == (503, "storage_unavailable")
    assert (again.status_code, again.headers.get("idempotent-replayed")) == (201, "true")
    with _client(city) as client:
        stored = client[f"{city.prefix}_registry"]["organizations"].count_documents(
            {"history.command.key": command.key}
        )
    assert stored == 1
    await quiet(city)
    await check(city)


async def test_a_change_whose_reply_is_lost_is_done_once(city: City) -> None:
    organization = await organizations.register(city.sama, await _profile(city), "owner-of-the-change")
    command = Command("POST", "registry", f"/organizations/{organization.id}/submit", None, organization.owner)
    lost = city.mongo.lost
    city.mongo.lose_reply(b"update\x00", b"organizations\x00", command.key.encode())
    first, again = await _send(city, command), await _send(city, command)
    assert city.mongo.lost == lost + 1
    assert (first.status_code, first.json()["code"]) == (503, "storage_unavailable")
    assert (again.status_code, again.headers.get("idempotent-replayed")) == (200, "true")
    with _client(city) as client:
        stored = client[f"{city.prefix}_registry"]["organizations"].find_one({"_id": organization.id})
    assert stored is not None
    assert [entry.get("command", {}).get("key") for entry in stored["history"]].count(command.key) == 1
    await quiet(city)
    await check(city)


async def test_an_entry_whose_reply_is_lost_is_found_by_its_business_key_and_answered_as_done(city: City) -> None:
    before = _entries(city)
    command = _appropriation(1_234)
    lost = city.mongo.lost
    city.mongo.lose_reply(b"insert\x00", b"entries\x00")
    first, again = await _send(city, command), await _send(city, command)
    assert city.mongo.lost == lost + 1
    assert first.status_code == 201, "the journal looks it up again by itself"
    assert (again.status_code, again.text) == (201, first.text)
    assert len(_entries(city)) == len(before) + 1
    await quiet(city)
    await check(city)


async def test_a_reply_lost_in_the_middle_of_the_load_changes_nothing(city: City) -> None:
    """Each kind of write in turn, of whichever request it hits."""
    async with under_load(city, each=3) as load:
        for marks in ((b"insert\x00", b"entries\x00"), (b"update\x00", b"cases\x00"), (b"update\x00", b"requests\x00")):
            before = city.mongo.lost
            city.mongo.lose_reply(*marks)
            while city.mongo.lost == before:
                await load.until_answered(1)


@pytest.mark.parametrize("then", ["a new command", "a repeated command"])
async def test_a_remembered_tail_does_not_survive_a_restore_of_the_database(own_city: City, then: str) -> None:
    """The running service remembers entries that the restored database no longer has: no gap, and nothing refused that is to be done.

    The archive still has what was announced before the restore; that this is found out belongs to F14 and F15.
    """
    city = own_city
    kept = await _send(city, _appropriation(1_000))
    assert kept.status_code == 201
    await quiet(city)
    yesterday = _entries(city)
    cursors = _cursors(city)
    lost = _appropriation(2_000)
    assert (await _send(city, lost)).status_code == 201
    await quiet(city)
    assert len(_entries(city)) == len(yesterday) + 1
    _restore(city, yesterday, cursors)
    answer = await _send(city, lost if then == "a repeated command" else _appropriation(3_000))
    assert answer.status_code == 201, answer.text
    book = [entry for entry in _entries(city) if entry["book"] == CITY_BOOK]
    assert [entry["seq"] for entry in book] == list(range(1, len(book) + 1)), "no gap"
    assert list(check_entries(book)) == []
    assert book[-1]["amount"] == (2_000 if then == "a repeated command" else 3_000)
    workload = Workload(city, each=2)  # and the city goes on
    await workload.prepare()
    await workload.run()
    await quiet(city)
    await check(city, workload, archive=False)


# ---------------------------------------------------------------- helpers


async def _profile(city: City) -> dict[str, Any]:
    return {**profile(next(city.numbers)), "districts": list(await city.districts(1, ASKED))}


def _appropriation(amount: int) -> Command:
    body = {**CITY.appropriation, **MONEY, "amount": amount}
    return Command("POST", "budget", "/appropriations", body, people.CITY_OFFICE)


async def _send(city: City, command: Command) -> httpx.Response:
    async with httpx.AsyncClient(timeout=60, trust_env=False, headers={"Accept-Language": "en"}) as http:
        answer = await Workload(city).send(http, command)
    assert answer is not None
    return answer


def _client(city: City) -> "closing[MongoClient[dict[str, Any]]]":
    return closing(MongoClient(city.mongo_url, tz_aware=True))


def _entries(city: City) -> list[Mapping[str, Any]]:
    with _client(city) as client:
        return list(client[f"{city.prefix}_budget"]["entries"].find().sort([("book", 1), ("seq", 1)]))


def _cursors(city: City) -> list[Mapping[str, Any]]:
    with _client(city) as client:
        return list(client[f"{city.prefix}_budget"]["cursors"].find())


def _restore(city: City, entries: list[Mapping[str, Any]], cursors: list[Mapping[str, Any]]) -> None:
    """Put yesterday's collections back, past the service."""
    with _client(city) as client:
        database = client[f"{city.prefix}_budget"]
        database["entries"].delete_many({"_id": {"$nin": [entry["_id"] for entry in entries]}})
        database["cursors"].delete_many({})
        database["cursors"].insert_many(dict(cursor) for cursor in cursors)
