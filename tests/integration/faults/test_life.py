"""A graceful life: start order does not matter, ten replicas may start at once, and who misses a dependency says so and recovers."""

import asyncio
import os
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import pytest
from pymongo import MongoClient

from ops.client import SERVICES, Sama, Tokens
from ops.keys import Issuer, local_issuer
from ops.local.given import OwnVhost
from ops.local.places import ROOT
from ops.local.ports import choose
from ops.local.services import ServiceProcess, service_process
from ops.play import founding
from services.budget.outbound.indexes import INDEXES
from tests.integration.faults.city import City
from tests.integration.faults.servers import Servers, kill
from tests.integration.faults.traffic import Traffic, stop
from tests.integration.live import CITY
from tests.waiting import until

SECONDS: Final = 120.0  # ten interpreters start on two shared cores
REPLICAS: Final = 10


class Alone:
    """Services without a stack, so that a test says when each of them starts."""

    def __init__(self, folder: Path, servers: Servers) -> None:
        self.servers = servers
        self.prefix = f"sama_life_{secrets.token_hex(3)}"
        self.issuer: Issuer = local_issuer(folder / "keys")
        self.processes: list[ServiceProcess] = []
        self.http = httpx.AsyncClient(timeout=30, trust_env=False, headers={"Accept-Language": "en"})
        self._folder = folder

    def start(self, service: str, vhost: str = "") -> ServiceProcess:
        """Start one process of a service."""
        number = sum(process.service == service for process in self.processes)
        environment = {
            **os.environ,
            "SAMA_MONGO_URL": self.servers.mongo.url,
            "SAMA_MONGO_PREFIX": self.prefix,
            "SAMA_RABBIT_URL": f"{self.servers.rabbit.url.rstrip('/')}/{vhost}",
            "SAMA_RABBIT_MANAGEMENT_URL": self.servers.rabbit.management_url,
            "SAMA_JWKS": str(self.issuer.jwks),
            "SAMA_ISSUER": self.issuer.name,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        process = service_process(
            service,
            number,
            choose([service], {}, {})[service],
            app=f"services.{service}.main:app",
            environment=environment,
            logs=self._folder / "logs",
        )
        process.watched.start()
        self.processes.append(process)
        return process

    async def all_answer(self, which: str, status: int) -> None:
        """Wait until every process answers /health/<which> with this status."""

        async def so() -> bool:
            return [answer and answer.status_code for answer in await self.ask(which)] == [status] * len(self.processes)

        await until(so, seconds=SECONDS, what=f"/health/{which} {status} of {len(self.processes)} processes")

    async def ask(self, which: str) -> list[httpx.Response | None]:
        """Ask every process how it is; None: it does not listen yet."""
        return list(await asyncio.gather(*(self._ask(f"{process.url}/health/{which}") for process in self.processes)))

    async def _ask(self, url: str) -> httpx.Response | None:
        try:
            return await self.http.get(url)
        except httpx.TransportError:
            return None

    async def stop(self) -> None:
        """Stop all."""
        await asyncio.gather(*(process.watched.child.stop() for process in self.processes))
        await self.http.aclose()


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Servers]:
    """Servers that are not up yet; only their addresses and passwords are made."""
    servers = Servers(tmp_path / "servers")
    try:
        servers.rabbit.start()  # writes its settings first
        kill(servers.rabbit.children)
        yield servers
    finally:
        await servers.stop()


@pytest.fixture
async def early(tmp_path: Path, bare: Servers) -> AsyncIterator[Alone]:
    """Services of those servers."""
    alone = Alone(tmp_path, bare)
    try:
        yield alone
    finally:
        await alone.stop()


async def test_services_that_start_before_their_servers_say_so_and_work_once_these_are_there(early: Alone) -> None:
    for service in SERVICES:
        early.start(service)
    await early.all_answer("live", 200)
    for answer in await early.ask("ready"):
        assert answer is not None
        assert answer.status_code == 503
        assert "starting" in " ".join(answer.json()["problems"])

    early.servers.rabbit.start()  # one of the two is not enough
    await early.servers.rabbit.ready()
    for answer in await early.ask("ready"):
        assert answer is not None
        assert answer.status_code == 503
    assert not any(process.watched.child.ending.startswith("ended") for process in early.processes)

    early.servers.mongo.start()
    await early.servers.mongo.ready()
    await early.all_answer("ready", 200)
    urls = {process.service: process.url for process in early.processes}
    async with Sama(urls, Tokens(early.issuer.token)) as sama:
        made = await founding.found(sama, CITY)  # events of all four have arrived where they are needed
    assert made.programmes


@pytest.fixture
async def many(tmp_path: Path, servers: Servers) -> AsyncIterator[Alone]:
    """Services in a virtual host and databases that are empty."""
    alone = Alone(tmp_path, servers)
    vhost = OwnVhost(alone.prefix, servers.rabbit.management_url)
    await vhost.create(servers.rabbit.url)
    try:
        yield alone
    finally:
        await alone.stop()
        await vhost.remove()


@pytest.mark.slow
async def test_ten_replicas_that_start_at_once_make_indexes_and_topology_once_and_without_errors(many: Alone) -> None:
    for _ in range(REPLICAS):
        many.start("budget", many.prefix)
    await many.all_answer("ready", 200)
    for process in many.processes:
        log = process.watched.child.log.read_text()
        assert "Traceback" not in log, log
        assert "ERROR" not in log, log
        assert '"level": "error"' not in log, log
    made, wanted = await asyncio.to_thread(_indexes, many), {(i.collection, i.name) for i in INDEXES}
    assert wanted <= made.keys()
    assert set(made.values()) == {1}


def _indexes(alone: Alone) -> Mapping[tuple[str, str], int]:
    """Return how often each index is there, by collection and name."""
    client: MongoClient[dict[str, Any]] = MongoClient(alone.servers.mongo.url)
    with closing(client):
        database = client[f"{alone.prefix}_budget"]
        return Counter(
            (collection, index["name"])
            for collection in database.list_collection_names()
            for index in database[collection].list_indexes()
        )


@pytest.mark.parametrize("missing", ["rabbit", "mongo"])
async def test_a_service_that_starts_without_a_dependency_lives_says_why_it_is_not_ready_and_recovers(
    city: City, missing: Literal["rabbit", "mongo"]
) -> None:
    proxy, named = (city.rabbit, "broker") if missing == "rabbit" else (city.mongo, city.mongo.address)
    await stop(city, "review")
    process = city.process("review")
    await proxy.become("gone")
    try:
        process.watched.start()

        async def lives() -> bool:
            try:
                return (await city.health("review", "live")).status_code == 200
            except httpx.TransportError:
                return False

        await until(lives, seconds=SECONDS, what="it lives")

        async def says_why() -> bool:
            ready = await city.health("review")
            assert ready.status_code == 503
            return named in " ".join(ready.json()["problems"])

        await until(says_why, seconds=SECONDS, what=f"it names {named}")
    finally:
        await proxy.become("there")
        process.watched.held = False
    await city.ready(SECONDS)
    assert process.watched.child.running
    async with Traffic.of(city) as traffic:
        assert await traffic.waiting("review.registry") == 0
