"""What every chapter of the story uses: the services, the example, what was founded, and the waits."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from ops.client import ApiProblem, Sama
from ops.demo.example import MAIN, Example
from ops.demo.generate import PlannedOrganization, PlannedRequest
from ops.demo.narrator import Narrator
from ops.play import organizations, requests
from ops.play.cases import Criteria
from ops.play.founding import Founded
from ops.play.organizations import Organization
from ops.play.requests import Request, Waits
from ops.play.verifying import Servers
from shared.contracts.ids import district_book

SETTLED: Final = ("waiting", "rejected", "reserved", "in_progress")


class WentWrong(Exception):
    """The story did not go as it must: the sentence says what happened and what should have."""


class Running(Servers, Protocol):
    """A running system whose services can be killed: the local stack, or containers."""

    def kill(self, service: str) -> None:
        """Kill a service as ``kill -9`` does; it stays dead."""

    async def start_again(self, service: str) -> None:
        """Start it again and wait until it is ready."""


@dataclass
class Stage:
    """The running services and what the chapters share."""

    stack: Running
    sama: Sama
    example: Example
    narrator: Narrator
    founded: Founded = field(default_factory=Founded)
    waits: Waits = field(default_factory=Waits)
    _organizations: dict[int, "asyncio.Task[Organization]"] = field(default_factory=dict)

    @property
    def criteria(self) -> Criteria:
        """Criteria of the programmes."""
        return Criteria(self.example.plan.weights)

    def book(self, district: str) -> str:
        """Return the id of a district's book."""
        return district_book(district, self.example.year)

    async def organization(self, planned: PlannedOrganization) -> Organization:
        """Return the organisation, registered, verified and approved at the first call."""
        task = self._organizations.get(planned.number)
        if task is None:
            work = organizations.found(self.sama, planned.profile, planned.owner)
            task = self._organizations[planned.number] = asyncio.create_task(work)
        return await asyncio.shield(task)

    def known(self, id: str) -> Organization:
        """Return an organisation that was founded, by its id."""
        made = [task.result() for task in self._organizations.values() if task.done()]
        return next(organization for organization in made if organization.id == id)

    async def draft(self, planned: PlannedRequest, programme: str = MAIN) -> Request:
        """Draft a request of an approved organisation."""
        organization = await self.organization(planned.organization)
        return await requests.draft(self.sama, organization, self.content(planned, programme))

    async def submitted(self, planned: PlannedRequest, programme: str = MAIN) -> tuple[Request, str]:
        """Draft and submit a request; returns it with the id of its case."""
        request = await self.draft(planned, programme)
        await requests.submit_when_known(self.sama, request, self.waits)
        return request, await requests.case_of(self.sama, request, self.waits)

    def content(self, planned: PlannedRequest, programme: str = MAIN) -> Mapping[str, Any]:
        """Return the request as it is sent."""
        return {**planned.content, "programme": self.founded.programmes[programme]}

    async def settle(self, request: Request, *, accept: bool = True) -> str:
        """Wait for what a decision brought and accept an award; returns waiting, rejected, reserved or in_progress."""
        seen = await requests.until_status(self.sama, request, SETTLED, self.waits.decision)
        if seen["status"] != "reserved" or not accept:
            return str(seen["status"])
        await requests.accept(self.sama, request)
        await requests.until_status(self.sama, request, ("in_progress",), self.waits.commitment)
        return "in_progress"


async def refused(call: Any, code: str) -> ApiProblem:
    """Return the problem with which the call is refused. Raises WentWrong if it is not refused, or for another reason."""
    try:
        await call
    except ApiProblem as problem:
        if problem.code == code:
            return problem
        raise
    raise WentWrong(f"A call was answered that had to be refused with {code!r}.")
