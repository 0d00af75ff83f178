"""The local stack with real servers and a stand-in for the services."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pymongo import MongoClient

from ops.images.broker_admin import BrokerAdmin
from ops.images.provision import provision_rabbit
from ops.local.places import ROOT
from ops.local.problems import StackProblem
from ops.local.stack import Plan, Stack
from ops.local.state import start_time
from tests.integration.security.least import made_up_city
from tests.waiting import until

STAND_IN = "tests.integration.ops.stand_in:app"
APPS = {"registry": STAND_IN, "budget": STAND_IN}

# A whole stack in a process of its own, which a test can interrupt or kill; it prints its addresses when it is ready.
HOLDER = """
import json, sys
from pathlib import Path
from ops.local import signals
from ops.local.stack import Plan, Stack

async def main():
    folder = Path(sys.argv[1])
    async with Stack(Plan(folder=folder, keys=folder / "keys", apps=json.loads(sys.argv[2]))) as stack:
        print(json.dumps({"mongo": stack.mongo_url, "rabbit": stack.rabbit_management_url, **stack.services}), flush=True)
        await stack.until_interrupted()
    return 0

sys.exit(signals.run(main))
"""


def without_given_servers() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SAMA_")}


class Holder:
    """A process that holds a stack in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(folder), json.dumps(APPS)],
            cwd=ROOT, env=without_given_servers(), stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    async def ready(self) -> Mapping[str, Any]:
        """Wait until the stack is ready; return its addresses."""
        out = self.process.stdout
        assert out is not None
        line = await asyncio.to_thread(out.readline)
        assert line, "the stack did not start"
        addresses: Mapping[str, Any] = json.loads(line)
        return addresses

    def children(self) -> dict[str, int]:
        """Return the processes that run for the stack, by name."""
        state = json.loads((self.folder / "state.json").read_text())
        return {name: pid for name, (pid, started) in state["processes"].items() if start_time(pid) == started}

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture
async def holders(tmp_path: Path) -> AsyncIterator[list[Holder]]:
    held: list[Holder] = []
    yield held
    for holder in held:
        holder.end()


def insert(url: str, what: str) -> None:
    with MongoClient[dict[str, Any]](url) as client:
        client["sama_probe"]["things"].insert_one({"_id": what})


def inserted(url: str) -> list[str]:
    with MongoClient[dict[str, Any]](url) as client:
        return [found["_id"] for found in client["sama_probe"]["things"].find()]


async def put_queue(management_url: str) -> None:
    async with httpx.AsyncClient(base_url=management_url) as client:
        (await client.put("/api/queues/%2F/kept", json={"durable": True})).raise_for_status()


async def has_queue(management_url: str) -> bool:
    async with httpx.AsyncClient(base_url=management_url) as client:
        return (await client.get("/api/queues/%2F/kept")).status_code == httpx.codes.OK


async def test_ctrl_c_leaves_no_process_and_the_next_start_finds_its_data_and_addresses(
    tmp_path: Path, holders: list[Holder]
) -> None:
    first = Holder(tmp_path)
    holders.append(first)
    before = await first.ready()
    await asyncio.to_thread(insert, before["mongo"], "kept")
    await put_queue(before["rabbit"])
    running = first.children()
    assert len(running) == 5  # RabbitMQ and its port mapper, the database, two services
    os.kill(first.process.pid, signal.SIGINT)
    assert await asyncio.to_thread(first.process.wait, 60) == 0
    assert [name for name, pid in running.items() if start_time(pid)] == []

    second = Holder(tmp_path)
    holders.append(second)
    after = await second.ready()
    assert after == before
    assert await asyncio.to_thread(inserted, after["mongo"]) == ["kept"]
    assert await has_queue(after["rabbit"])

    # Killed, the holder can stop nobody; the kernel does.
    running = second.children()
    second.end()
    await until(lambda: not any(start_time(pid) for pid in running.values()), seconds=30)

    third = Holder(tmp_path)
    holders.append(third)
    assert await asyncio.to_thread(inserted, (await third.ready())["mongo"]) == ["kept"]


async def test_ctrl_c_during_the_start_leaves_no_process_and_does_not_spoil_the_next_start(
    tmp_path: Path, holders: list[Holder]
) -> None:
    holder = Holder(tmp_path)
    holders.append(holder)
    await until(lambda: (tmp_path / "data" / "rabbit" / "mnesia").exists(), seconds=20)
    running = holder.children()
    os.kill(holder.process.pid, signal.SIGTERM)
    assert await asyncio.to_thread(holder.process.wait, 20) == 130
    assert running
    assert not any(start_time(pid) for pid in running.values())
    again = Holder(tmp_path)
    holders.append(again)
    assert await again.ready()


@pytest.fixture
async def given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rabbit_url: str, rabbit_management_url: str, mongo_url: str
) -> Plan:
    """A plan that uses the servers of this test run."""
    monkeypatch.setenv("SAMA_RABBIT_URL", rabbit_url)
    monkeypatch.setenv("SAMA_RABBIT_MANAGEMENT_URL", rabbit_management_url)
    monkeypatch.setenv("SAMA_MONGO_URL", mongo_url)
    monkeypatch.setenv("SAMA_MONGO_PREFIX", f"sama_test_{uuid4().hex[:8]}")
    return Plan(folder=tmp_path / "stack", keys=tmp_path / "keys", apps=APPS)


async def settings(url: str) -> dict[str, str]:
    async with httpx.AsyncClient() as client:
        found: dict[str, str] = (await client.get(f"{url}/settings")).json()
        return found


async def pid_of(url: str) -> int | None:
    async with httpx.AsyncClient() as client:
        try:
            pid: int = (await client.get(f"{url}/health/ready")).json()["pid"]
        except httpx.HTTPError:
            return None
        return pid


async def test_given_servers_are_used_and_services_get_their_settings(
    given: Plan, rabbit_url: str, mongo_url: str
) -> None:
    async with Stack(given) as stack:
        found = await settings(stack.url("budget"))
    assert found["SAMA_RABBIT_URL"] == rabbit_url
    assert found["SAMA_MONGO_URL"] == mongo_url
    assert found["SAMA_SERVICE"] == "budget"
    assert found["SAMA_JWKS"] == str(given.keys / "jwks.json")
    assert stack.servers == ("RabbitMQ given by SAMA_RABBIT_URL", "MongoDB given by SAMA_MONGO_URL")


async def test_a_fresh_run_on_given_servers_has_a_corner_of_its_own_that_is_removed(
    given: Plan, rabbit_management_url: str
) -> None:
    async with Stack(Plan(folder=given.folder, keys=given.keys, apps=APPS, fresh=True)) as stack:
        found = await settings(stack.url("registry"))
        vhost = found["SAMA_RABBIT_URL"].rsplit("/", 1)[1]
        assert found["SAMA_MONGO_PREFIX"] == vhost == stack.mongo_prefix
        async with httpx.AsyncClient(base_url=rabbit_management_url) as client:
            assert (await client.get(f"/api/vhosts/{vhost}")).status_code == httpx.codes.OK
    async with httpx.AsyncClient(base_url=rabbit_management_url) as client:
        assert (await client.get(f"/api/vhosts/{vhost}")).status_code == httpx.codes.NOT_FOUND


async def test_a_service_that_dies_is_started_again_and_one_that_is_held_is_not(given: Plan) -> None:
    said: list[str] = []
    async with Stack(given, said.append) as stack:
        url = stack.url("budget")
        first = await pid_of(url)
        stack.kill("budget", hold=False)

        async def is_back() -> bool:
            return await pid_of(url) not in (None, first)

        await until(is_back, seconds=20)
        assert any("budget ended by SIGKILL; it is started again" in sentence for sentence in said)
        stack.kill("budget")
        await asyncio.sleep(1.5)  # longer than the first back-off
        assert await pid_of(url) is None
        await stack.start_again("budget")
        assert await pid_of(url) is not None


async def test_replicas_get_ports_of_their_own(given: Plan) -> None:
    async with Stack(
        Plan(folder=given.folder, keys=given.keys, apps={"review": STAND_IN}, replicas={"review": 3})
    ) as stack:
        assert len({await pid_of(url) for url in stack.urls("review")}) == 3


async def test_a_service_that_cannot_start_is_named_with_its_last_words(given: Plan) -> None:
    with pytest.raises(
        StackProblem, match=r"registry ended with exit code 3 before it was ready.*[\s\S]*Could not import"
    ) as problem:
        async with Stack(Plan(folder=given.folder, keys=given.keys, apps={"registry": "no_such_module:app"})):
            pass
    assert str(given.folder / "logs" / "registry.log") in problem.value.what


async def test_the_users_of_a_deployment_can_be_made_again_and_again(rabbit_management_url: str) -> None:
    city = made_up_city(f"provision-{uuid4().hex[:8]}")
    try:
        for password in ("first", "second"):
            await asyncio.to_thread(provision_rabbit, rabbit_management_url, {"review": password}, city=city)
        address = httpx.URL(rabbit_management_url).copy_with(username=f"{city.id}-review", password="second")
        async with httpx.AsyncClient(base_url=address) as client:
            assert (await client.get(f"/api/bindings/{city.vhost}")).status_code == httpx.codes.OK
            assert (await client.get("/api/bindings/%2F")).status_code != httpx.codes.OK
    finally:
        with BrokerAdmin(rabbit_management_url, city.vhost) as broker:
            broker.remove_user(f"{city.id}-review")
            broker.remove_vhost()
