"""The running city that faults strike: four services over private servers, each of whose processes a test may replace."""

import asyncio
import itertools
import os
import secrets
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx

from ops.client import SERVICES
from ops.local.ports import choose
from ops.local.services import ServiceProcess, service_process
from ops.play import founding, organizations, people
from ops.play.organizations import Organization
from tests.integration.faults.servers import Servers
from tests.integration.live import ASKED, CITY, YEAR, Live, profile
from tests.waiting import until

CRASHING: Final = "tests.integration.faults.crashing:app"
NEWER: Final = "tests.integration.faults.newer:app"
MONEY: Final = {"fiscal_year": YEAR, "currency": CITY.currency}


class City(Live):
    """``Live`` on private servers; founded once, then ``districts`` gives each workload districts, money and members of its own."""

    def __init__(self, folder: Path, servers: Servers) -> None:
        super().__init__(folder, servers.broker, servers.mongo.url)
        self.folder = folder
        self.servers = servers
        self.replicas: dict[str, list[ServiceProcess]] = {service: [] for service in SERVICES}
        """Processes beside the first one of a service: calls go to all in turn."""
        self.resting: set[str] = set()
        """Addresses that get no new calls, as of a replica that is about to stop."""
        self._turn = itertools.count()
        self._named = itertools.count(1)

    async def found(self) -> None:
        """Found the city without districts: rules, priorities and the city's book."""
        await founding.adopt_rules(self.sama, CITY)
        await self.sama.budget.post("/books", MONEY, by=people.CITY_OFFICE)

    def address(self, service: str) -> str:
        """Return the base address for the next call of a service: each replica in turn."""
        urls = [self.stack.url(service), *(process.url for process in self.replicas[service])]
        urls = [url for url in urls if url not in self.resting]
        return urls[next(self._turn) % len(urls)]

    # ------------------------------------------------------------ districts of a workload's own

    async def districts(self, number: int, budget: int) -> Sequence[str]:
        """Set up new districts with seats, books and this much money each, and open a programme for them."""
        ids = [f"d{next(self._named)}" for _ in range(number)]
        rows = [founding.District(id, {"fa": f"منطقه {id[1:]}"}, int(id[1:]), budget) for id in ids]
        plan = replace(CITY, districts=rows, appropriation={**CITY.appropriation, "amount": number * budget})
        await founding.define_districts(self.sama, plan)
        await asyncio.gather(*(founding.seat_group(self.sama, plan, id) for id in ids))
        for id in ids:
            book = {**MONEY, "district": id, "waiting_rule": plan.waiting_rule}
            await self.sama.budget.post("/books", book, by=people.CITY_OFFICE)
        await founding.fund(self.sama, plan)
        self.programme = await founding.open_programme(self.sama, plan, "money")
        return ids

    async def organization_in(self, districts: Sequence[str]) -> Organization:
        """Take an organisation of these districts to its approval."""
        number = next(self.numbers)
        form = {**profile(number), "districts": list(districts)}
        return await organizations.found(self.sama, form, f"owner-{number}", different_because="گروه دیگری است.")

    def content_for(self, district: str) -> dict[str, Any]:
        """Return a complete draft for a district without its organisation; it asks for ``ASKED``."""
        return {**self.content(), "district": district, "amount_asked": ASKED}

    # ------------------------------------------------------------ processes

    def process(self, service: str) -> ServiceProcess:
        """Return the first process of a service."""
        return self.stack.process(service)

    async def run(self, service: str, app: str | None = None, environment: Mapping[str, str] | None = None) -> None:
        """Have the service run another app or environment from now on (None: its own), started anew and ready."""
        process = self.process(service)
        watched = process.watched
        watched.held = True  # what dies from here on stays dead until the test has seen it
        await watched.child.stop()
        wanted = service_process(
            service,
            0,
            process.port,
            app=app or f"services.{service}.main:app",
            environment={**self._plain(watched.child.env), **(environment or {})},
            logs=watched.child.log.parent,
        )
        watched.child.command, watched.child.env = wanted.watched.child.command, wanted.watched.child.env
        watched.start()
        await process.ready()

    async def add(self, service: str, app: str | None = None) -> ServiceProcess:
        """Start one more replica of a service (of another app, if named) and send it calls once it is ready."""
        first = self.process(service).watched.child
        number = len(self.replicas[service]) + 1
        port = choose([service], {}, {})[service]
        process = service_process(
            service,
            number,
            port,
            app=app or f"services.{service}.main:app",
            environment=self._plain(first.env),
            logs=first.log.parent,
        )
        process.watched.start()
        await process.ready()
        self.replicas[service].append(process)
        return process

    async def heal(self) -> None:
        """Make everything as it was at the start: servers there, services their own apps and one process each, and ready."""
        for processes in self.replicas.values():
            while processes:
                await processes.pop().watched.child.stop()
        self.resting.clear()
        for proxy in (self.rabbit, self.mongo):
            await proxy.become("there")
        for server in (self.servers.mongo, self.servers.rabbit):
            if not all(child.running for child in server.children):
                for child in server.children:
                    child.kill()
                await self.servers.start_again(server)
        for service in SERVICES:
            child = self.process(service).watched.child
            if child.running and child.pid:
                os.kill(child.pid, signal.SIGCONT)
            if not child.running or "SAMA_CRASH_AT" in child.env or f"services.{service}.main:app" not in child.command:
                await self.run(service)
        await self.ready(90)

    async def dies(self, service: str, seconds: float = 120) -> None:
        """Wait until the service's process has died, by SIGKILL."""
        child = self.process(service).watched.child
        await until(lambda: not child.running, seconds=seconds, what=f"{service} killing itself; its log: {child.log}")
        assert child.ending == "ended by SIGKILL", child.ending

    @staticmethod
    def _plain(environment: Mapping[str, str]) -> dict[str, str]:
        return {name: value for name, value in environment.items() if name not in ("SAMA_CRASH_AT", "SAMA_SERVICE")}

    async def vhost_queues(self) -> Sequence[Mapping[str, Any]]:
        """Return the broker's figures of all queues of this city's virtual host."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            answer = await client.get(f"{self.servers.rabbit.management_url}/api/queues/{self.prefix}")
        found: Sequence[Mapping[str, Any]] = answer.raise_for_status().json()
        return found


def fresh_key() -> str:
    """Return a new Idempotency-Key."""
    return secrets.token_hex(12)
