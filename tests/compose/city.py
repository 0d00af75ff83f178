"""The composed system as the demo's story and the faults' workload see it: everything through Caddy."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from ops.client import ApiProblem, Sama, Tokens
from ops.local.services import SERVICES
from ops.play import founding, people
from ops.verify.report import Report
from ops.verify.system import verify_system
from shared.contracts.ids import city_book
from shared.messaging.broker import MessagingSettings
from tests.compose.project import Project
from tests.integration.faults.city import City
from tests.integration.live import CITY, YEAR
from tests.waiting import until

PREFIX: Final = "sama"
AWAY_SECONDS: Final = 60.0


class Composed:
    """What the demo's chapters need of a running system (ops.demo.stage.Running)."""

    mongo_prefix = PREFIX

    def __init__(self, project: Project) -> None:
        self.project = project
        self._held: list[str] = []
        self.refresh()

    def refresh(self) -> None:
        """Look up the servers' addresses, which change when a container starts anew."""
        self.mongo_url = self.project.mongo_url
        self.rabbit_url, self.rabbit_management_url = self.project.rabbit_url, self.project.rabbit_management_url

    def kill(self, service: str) -> None:
        """Kill a service's containers; docker leaves them dead after this."""
        for container in self.project.containers(service):
            self.project.engine.docker("kill", "--signal", "KILL", container)
            self._held.append(container)

    async def start_again(self, service: str) -> None:
        """Start what was killed and wait until Caddy reaches it."""
        for container in self._held:
            self.project.engine.docker("start", container)
        self._held.clear()
        await asyncio.to_thread(self.project.until_healthy, [service])


class ComposedCity(City):
    """The faults' city on containers: calls go through Caddy, faults strike containers; its servers' parts are not used."""

    def __init__(self, composed: Composed, sama: Sama, http: httpx.AsyncClient, *, first: int = 1) -> None:
        """composed: running, with the demo's city in it already; first: number of its first district and organisation."""
        self.composed = composed
        self.project = composed.project
        self.prefix = PREFIX
        self.issuer = self.project.issuer
        self.sama, self.http = sama, http
        self.numbers = iter(range(first, first + 1_000))
        self._named = itertools.count(first)
        self.programme = ""
        self.refresh()

    def refresh(self) -> None:
        """Look up the servers' addresses again."""
        self.composed.refresh()
        self.mongo_url = self.composed.mongo_url

    async def found(self) -> None:
        """Add this city's rules to what is there, and the city's book of the year unless the story has opened it."""
        await founding.adopt_rules(self.sama, CITY)
        try:
            await self.sama.budget.get(f"/books/{city_book(YEAR)}")
        except ApiProblem as problem:
            if problem.status != httpx.codes.NOT_FOUND:
                raise
            await self.sama.budget.post(
                "/books", {"fiscal_year": YEAR, "currency": CITY.currency}, by=people.CITY_OFFICE
            )

    def address(self, service: str) -> str:
        """Caddy chooses the replica."""
        return f"{self.project.origin}/api/{service}"

    @property
    def messaging(self) -> MessagingSettings:
        """The broker with an administrator's rights."""
        return MessagingSettings(url=self.composed.rabbit_url, management_url=self.composed.rabbit_management_url)

    async def ready(self, seconds: float = AWAY_SECONDS) -> None:
        """Wait until every service answers through Caddy."""

        async def all_answer() -> bool:
            try:
                answers = await asyncio.gather(
                    *(self.http.get(f"{self.address(service)}/openapi.json") for service in SERVICES)
                )
            except httpx.TransportError:
                return False
            return all(answer.is_success for answer in answers)

        await until(all_answer, seconds=seconds, what="all services answer through Caddy")

    async def verified(self, *, archive: bool = True) -> Report:
        """Return what ``sama verify`` says."""
        return await asyncio.to_thread(
            verify_system, self.mongo_url, PREFIX, broker=self.messaging if archive else None
        )

    async def vhost_queues(self) -> Sequence[Mapping[str, Any]]:
        """Return the broker's figures of all queues."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            answer = await client.get(f"{self.composed.rabbit_management_url}/api/queues/%2F")
        found: Sequence[Mapping[str, Any]] = answer.raise_for_status().json()
        return found


def open_sama(project: Project) -> Sama:
    """Return a client of the services behind Caddy."""
    return Sama({service: f"{project.origin}/api/{service}" for service in SERVICES}, Tokens(project.issuer.token))
