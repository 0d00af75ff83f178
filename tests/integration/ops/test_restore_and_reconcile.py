"""The operator's tools on the real services: F15 (a database restored from yesterday), an archive that was lost, copies that lie, letters.

One city for the whole file, because starting it takes most of the time; every test leaves it sound.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest
from pymongo import MongoClient

from ops.client import SERVICES, Person
from ops.local.places import ROOT
from ops.operating import Operator
from ops.play import people
from ops.play.organizations import Organization
from ops.play.requests import Request
from ops.reconcile.archived import Archived, read
from ops.reconcile.repair import hold
from shared.contracts.budget import BookHeadPublished
from shared.contracts.registry import StandingChanged
from shared.contracts.requests import RequestSubmitted
from shared.messaging.topology import ANNOUNCED
from shared.web.caller import Grant
from tests.integration.live import DISTRICT, Live
from tests.servers import Broker
from tests.waiting import until

OPERATOR: Final = Person("operator-1", (Grant("operator"),))
SECONDS: Final = 60.0
Event = dict[str, Any]


class Tools:
    """The city, its databases, and the ``sama`` command as an operator types it."""

    def __init__(self, live: Live, organization: Organization) -> None:
        self.live = live
        self.organization = organization
        self.client: MongoClient[dict[str, Any]] = MongoClient(live.mongo_url, tz_aware=True, tzinfo=UTC)

    @property
    def token(self) -> str:
        audiences = [f"sama-{service}" for service in SERVICES]
        return self.live.issuer.token(OPERATOR.subject, OPERATOR.grants, audiences, datetime.now(UTC))

    def database(self, service: str) -> Any:
        return self.client[f"{self.live.prefix}_{service}"]

    async def sama(self, *arguments: str) -> tuple[int, str]:
        """Run the command in a process of its own; return its exit code and what it said."""
        addresses = ",".join(f"{name}={self.live.stack.url(name)}" for name in SERVICES)
        environment = {**os.environ, "SAMA_ADDRESSES": addresses, "SAMA_OPERATOR_TOKEN": self.token}
        command = [sys.executable, "-m", "ops.cli", *arguments]
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        return done.returncode, done.stdout if done.returncode != 2 else done.stdout + done.stderr

    async def reconcile(self, *arguments: str) -> list[Event]:
        """Run ``sama reconcile`` and return what it lists."""
        code, said = await self.sama("reconcile", "--json", *arguments)
        assert code in (0, 1), said
        found = json.loads(said)
        assert found["ok"] is (code == 0)
        return list(found["differences"])

    async def archive(self) -> list[Event]:
        """Return all archived events."""
        addresses = {name: self.live.stack.url(name) for name in SERVICES}

        def download() -> list[Event]:
            with Operator(addresses, self.token) as of:
                return [line["event"] for line in of.archive("registry")]

        return await asyncio.to_thread(download)

    async def ordered(self) -> Archived:
        return read(await self.archive())

    async def quiet(self) -> None:
        """Wait until nothing is on its way."""

        async def nothing_unsent() -> bool:
            answers = await asyncio.gather(
                *(self.live.http.get(f"{self.live.stack.url(s)}/ops/outboxes", headers=self.headers) for s in SERVICES)
            )
            return all(item["count"] == 0 for answer in answers for item in answer.json()["items"])

        await until(nothing_unsent, seconds=SECONDS, what="all outboxes empty")

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def copy_of(self, service: str) -> dict[str, list[Event]]:
        """Return yesterday: all of one service's collections."""
        database = self.database(service)
        return {name: list(database[name].find()) for name in database.list_collection_names()}

    def put_back(self, service: str, copied: Mapping[str, list[Event]]) -> None:
        database = self.database(service)
        for name in database.list_collection_names():
            database[name].delete_many({})
            if copied.get(name):
                database[name].insert_many(copied[name])

    @asynccontextmanager
    async def restored(self, service: str, copied: Mapping[str, list[Event]]) -> AsyncIterator[None]:
        """Have yesterday's database, the service on hold; afterwards it is started."""
        self.live.stack.kill(service)
        await asyncio.to_thread(self.put_back, service, copied)
        hold(self.database(service), "restored by a test", datetime.now(UTC))
        starting = asyncio.create_task(self.live.stack.start_again(service))
        try:

            async def refuses() -> bool:
                try:
                    answer = await self.live.health(service)
                except httpx.TransportError:
                    return False
                return answer.status_code == 503 and "on hold" in answer.text

            await until(refuses, seconds=SECONDS, what=f"{service} says that it is on hold")
            yield
            await starting
        finally:
            starting.cancel()


@pytest.fixture(scope="module")
async def tools(tmp_path_factory: pytest.TempPathFactory, broker: Broker, mongo_url: str) -> AsyncIterator[Tools]:
    """A founded city with one organisation."""
    live = Live(tmp_path_factory.mktemp("tools"), broker, mongo_url)
    await live.prepare()
    await live.start()
    try:
        await live.found()
        tools = Tools(live, await live.organization())
        try:
            yield tools
        finally:
            tools.client.close()
    finally:
        await live.stop()
        await live.forget()


async def test_what_the_archive_lost_is_announced_again_with_the_same_ids_and_content(tools: Tools) -> None:
    await tools.live.reserved(tools.organization)
    await tools.quiet()
    before = await tools.archive()
    await _lose_the_archive(tools)
    await tools.live.reserved(tools.organization)  # the city goes on
    await tools.quiet()
    assert any(d["kind"] == "missing_in_archive" for d in await tools.reconcile())

    code, said = await tools.sama("announce", "--rebuild")

    assert code == 0, said
    after = {event["id"]: event for event in await tools.archive()}
    lost = [event for event in before if event["type"] != BookHeadPublished.event_type]
    assert [event["id"] for event in lost if event["id"] not in after] == []
    names = ("type", "source", "subject", "sequence", "time", "data", "actor", "correlationid", "causationid")
    for event in lost:
        assert {n: after[event["id"]].get(n) for n in names} == {n: event.get(n) for n in names}
    assert await tools.reconcile() == []
    code, said = await tools.sama("announce", "--rebuild", "requests")
    assert "0 published" in said, "what is there is not announced again"


async def test_requests_restored_from_yesterday_are_listed_and_no_number_is_used_twice(tools: Tools) -> None:
    await tools.live.reserved(tools.organization)
    await tools.quiet()
    yesterday = tools.copy_of("requests")
    lost = await tools.live.reserved(tools.organization)
    await tools.quiet()
    async with tools.restored("requests", yesterday):
        listed = await tools.reconcile("--repair")
        (found,) = [d for d in listed if d["where"] == f"request/{lost.id}"]
        assert (found["kind"], found["service"]) == ("lost_decisions", "requests")
        assert RequestSubmitted.event_type in [event["type"] for event in found["events"]]
    await _replay(tools, "requests")

    assert _open(await tools.reconcile()) == []
    assert not (await tools.ordered()).forked
    await tools.live.reserved(tools.organization)


async def test_review_restored_from_yesterday_opens_lost_cases_again_under_new_numbers(tools: Tools) -> None:
    await tools.quiet()
    yesterday = tools.copy_of("review")
    lost: Request = await tools.live.reserved(tools.organization)
    await tools.quiet()
    case = next(c for c in tools.database("review")["cases"].find({"request": lost.id}))
    async with tools.restored("review", yesterday):
        listed = await tools.reconcile("--repair")
        assert f"case/{case['_id']}" in [d["where"] for d in listed if d["kind"] == "lost_decisions"]
    await _replay(tools, "review")

    again = tools.database("review")["cases"].find_one({"_id": case["_id"]})
    assert again["sequence"] > case["sequence"]
    assert _open(await tools.reconcile()) == []
    assert not (await tools.ordered()).forked
    assert tools.database("requests")["requests"].find_one({"_id": lost.id})["status"] == "reserved"


async def test_registry_restored_from_yesterday_is_heard_when_a_lost_suspension_is_entered_again(tools: Tools) -> None:
    other = await tools.live.organization()
    await tools.quiet()
    yesterday = tools.copy_of("registry")
    await _suspend(tools, other)
    await tools.quiet()
    known = await _standing(tools, other)
    async with tools.restored("registry", yesterday):
        listed = await tools.reconcile("--repair")
        (found,) = [d for d in listed if d["kind"] == "lost_decisions" and d["service"] == "registry"]
        assert found["where"] == f"organization/{other.id}"

    await _suspend(tools, other)

    async def heard() -> bool:
        return await _standing(tools, other) > known

    await until(heard, seconds=SECONDS, what="requests has the standing of the suspension entered again")
    await tools.quiet()
    assert _open(await tools.reconcile()) == []
    assert not (await tools.ordered()).forked


async def test_a_budget_restored_from_yesterday_stays_on_hold_because_its_books_would_fork(tools: Tools) -> None:
    await tools.quiet()
    yesterday = tools.copy_of("budget")
    await tools.live.reserved(tools.organization)
    await tools.quiet()
    today = tools.copy_of("budget")
    async with tools.restored("budget", yesterday):
        kinds = {d["kind"] for d in await tools.reconcile("--repair")}
        assert {"book_cut_off", "on_hold"} <= kinds
        assert tools.database("budget")["holds"].count_documents({}) == 1, "a repair does not lift this hold"
        assert (await tools.live.health("budget")).status_code == 503

        await asyncio.to_thread(tools.put_back, "budget", today)  # the operator found a newer backup
        hold(tools.database("budget"), "restored again", datetime.now(UTC))
        await tools.reconcile("--repair")
        assert tools.database("budget")["holds"].count_documents({}) == 0
    assert _open(await tools.reconcile()) == []
    await tools.live.reserved(tools.organization)


async def test_a_copy_that_lies_with_a_high_sequence_is_rebuilt_from_the_archive(tools: Tools) -> None:
    await tools.quiet()
    standings = tools.database("requests")["standings"]
    right = standings.find_one({"_id": tools.organization.id})
    standings.update_one({"_id": right["_id"]}, {"$set": {"sequence": right["sequence"] + 1000, "name": "دیگری"}})
    (found,) = _open(await tools.reconcile())
    assert (found["kind"], found["where"]) == ("copy_ahead", f"standings/{right['_id']}")
    code, _ = await tools.sama("replay", "requests", "--from", "beginning")
    assert (code, standings.find_one({"_id": right["_id"]})["name"]) == (0, "دیگری"), (
        "a plain replay repairs no such copy"
    )

    code, said = await tools.sama("replay", "requests", "--rebuild-copies")

    assert code == 0, said
    assert f"standings/{right['_id']}: replaced" in said
    assert standings.find_one({"_id": right["_id"]}) == right
    assert [name for name in tools.database("requests").list_collection_names() if name.endswith(".rebuilt")] == []
    assert _open(await tools.reconcile()) == []


async def test_a_dead_letter_is_shown_retried_comes_back_with_its_count_and_is_discarded_and_kept(tools: Tools) -> None:
    event = {
        **(await tools.archive())[0],
        "id": "poison-1",
        "data": {"nonsense": True},
        "type": StandingChanged.event_type,
    }
    await _put(tools, "requests.registry", json.dumps(event), "poison-1")
    listed = await _until_dead(tools, retries=0)
    assert (listed["queue"], listed["error_type"]) == ("requests.registry", "UnreadableEvent")

    code, said = await tools.sama("dead-letters", "show", "poison-1")
    assert code == 0, said
    assert json.loads(said)["event"] == event
    code, said = await tools.sama("dead-letters", "retry", "poison-1")
    assert code == 0, said
    await _until_dead(tools, retries=1)
    code, said = await tools.sama("dead-letters", "retry", "--all", "requests.registry")
    assert code == 0, said
    await _until_dead(tools, retries=2)

    code, said = await tools.sama("dead-letters", "discard", "poison-1", "--reason", "made by a test")
    assert code == 0, said

    _, said = await tools.sama("dead-letters", "list", "--json")
    assert "poison-1" not in [letter["id"] for letter in json.loads(said)["items"]]
    _, said = await tools.sama("dead-letters", "discarded", "--json")
    (kept,) = json.loads(said)
    assert (kept["id"], kept["actor"], kept["reason"]) == ("poison-1", OPERATOR.subject, "made by a test")
    assert json.loads(kept["body"]) == event
    answer = await tools.live.http.get(f"{tools.live.stack.url('requests')}/ops/actions", headers=tools.headers)
    assert [item["action"] for item in answer.json()["items"]][:3] == ["discard", "retry_all", "retry"]


# ---------------------------------------------------------------- helpers


def _open(differences: list[Event]) -> list[Event]:
    return [difference for difference in differences if not difference["settled"]]


async def _replay(tools: Tools, service: str) -> None:
    code, said = await tools.sama("replay", service, "--from", "beginning")
    assert code == 0, said
    await tools.quiet()


async def _suspend(tools: Tools, organization: Organization) -> None:
    path = f"/organizations/{organization.id}/suspend"
    await tools.live.sama.registry.post(path, {"reason": "گزارش نرسیده است"}, by=people.registrar(DISTRICT))


async def _standing(tools: Tools, organization: Organization) -> int:
    copy = tools.database("requests")["standings"].find_one({"_id": organization.id})
    return 0 if copy is None else int(copy["sequence"])


async def _until_dead(tools: Tools, retries: int) -> Event:
    found: list[Event] = []

    async def listed() -> bool:
        url = f"{tools.live.stack.url('requests')}/ops/dead-letters"
        items = (await tools.live.http.get(url, headers=tools.headers)).json()["items"]
        found[:] = [item for item in items if item["id"] == "poison-1" and item["retries"] == retries]
        return bool(found)

    await until(listed, seconds=SECONDS, what=f"the letter is dead with {retries} retries")
    return found[0]


async def _lose_the_archive(tools: Tools) -> None:
    """Delete the stream and wait until the services have made it again, empty."""
    vhost = tools.live.prefix
    async with _management(tools) as api:
        (await api.delete(f"queues/{vhost}/sama.archive")).raise_for_status()

        async def made_again() -> bool:
            bound = (await api.get(f"queues/{vhost}/sama.archive/bindings")).json()
            sources = {str(each["source"]) for each in bound if isinstance(each, dict)}
            return sources.issuperset(ANNOUNCED)

        await until(made_again, seconds=SECONDS, what="the archive is there again")


async def _put(tools: Tools, queue: str, payload: str, id: str) -> None:
    """Put a message into a queue past the services."""
    message = {
        "properties": {"message_id": id, "delivery_mode": 2, "type": StandingChanged.event_type},
        "routing_key": queue,
        "payload": payload,
        "payload_encoding": "string",
    }
    async with _management(tools) as api:
        answer = await api.post(f"exchanges/{tools.live.prefix}/amq.default/publish", json=message)
        assert answer.json() == {"routed": True}, answer.text


def _management(tools: Tools) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"{os.environ['SAMA_RABBIT_MANAGEMENT_URL']}/api/", timeout=20, trust_env=False)
