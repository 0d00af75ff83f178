"""The load under which faults strike: requests over two districts with less money than they ask for, six members voting at once, every
command sent twice at once with one key, and a log of every call that tells what its caller knows: ok, fail or unknown."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import httpx

from ops.client import Person
from ops.play import cases, people
from ops.play.organizations import Organization
from tests.integration.faults.city import City, fresh_key
from tests.integration.live import ASKED, CITY

Outcome = Literal["ok", "fail", "unknown"]
PATIENCE_SECONDS: Final = 150.0  # of one command or one wait: a server may be away for thirty, and two cores are shared
ANSWER_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 0.2
NOT_YET: Final = frozenset({"standing_forbids", "topic_not_in_force", "too_busy"})
"""Refusals that only mean that an event has not arrived, or that a race was lost: the same call again, later."""
REASON: Final = "با اولویت محله هم‌خوان است."


@dataclass(frozen=True, slots=True)
class Command:
    """One write as its caller means it; sent again and again with the same key until it is answered."""

    method: str
    service: str
    path: str
    body: Mapping[str, Any] | None
    by: Person
    key: str = field(default_factory=fresh_key)
    first: bool = False
    """Whether it must be the first of its kind (If-None-Match)."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending: what came of it for the caller. ``text``: the body, or the name of the error if none came.

    correlation: its own, so that its events can be told from those of a repeat.
    """

    command: Command
    outcome: Outcome
    status: int | None
    seconds: float
    text: str
    at: float
    correlation: str


@dataclass
class Log:
    """Every call of a workload."""

    attempts: list[Attempt] = field(default_factory=list)

    def of(self, outcome: Outcome) -> list[Attempt]:
        """Return the calls that ended so."""
        return [attempt for attempt in self.attempts if attempt.outcome == outcome]

    def longest(self, status: int, since: float = 0.0) -> float:
        """Return how long the longest call answered by this status took, in seconds; 0 if there was none."""
        return max((a.seconds for a in self.attempts if a.status == status and a.at >= since), default=0.0)


class Refused(Exception):
    """A refusal that no repeat will change."""


class Workload:
    """``prepare`` sets up; ``run`` plays every request to its end, whatever happens meanwhile."""

    def __init__(self, city: City, *, each: int = 3, districts: int = 2) -> None:
        """each: requests of every district; its money is enough for all but one, and a half."""
        self._city = city
        self._each, self._districts = each, districts
        self.log = Log()
        self.ends: dict[str, list[str]] = {}
        """District → statuses its requests ended with."""
        self.under_way: Counter[str] = Counter()
        """Base address → calls that were sent there, or are about to be, and have no answer yet."""
        self.requests: list[str] = []

    @property
    def awards(self) -> int:
        """How many requests of a district its money is enough for."""
        return self._each - 1

    async def prepare(self) -> None:
        """Set up districts, money and an approved organisation."""
        budget = self.awards * ASKED + ASKED // 2
        self.ends = {id: [] for id in await self._city.districts(self._districts, budget)}
        self._organization: Organization = await self._city.organization_in(list(self.ends))

    async def run(self) -> None:
        """Play all requests at once, each to the commitment of its money or to its place in the waiting list."""
        async with httpx.AsyncClient(
            timeout=ANSWER_SECONDS, trust_env=False, headers={"Accept-Language": "en"}
        ) as http:
            self._http = http
            async with asyncio.TaskGroup() as tasks:
                for district in self.ends:
                    for _ in range(self._each):
                        tasks.create_task(self._request(district))

    # ------------------------------------------------------------ one request

    async def _request(self, district: str) -> None:
        by = self._organization.applicant
        draft = {**self._city.content_for(district), "organization": self._organization.id}
        id = (await self._twice(Command("POST", "requests", "/requests", draft, by)))["id"]
        self.requests.append(id)
        await self._submit(f"/requests/{id}")
        case = str((await self._until(id, by, "in_review"))["case"]["id"])
        await asyncio.gather(*(self._member(case, district, seat) for seat in people.SEATS))
        secretary, chair = people.secretary(district), people.chair(district)
        await self._twice(Command("POST", "review", f"/cases/{case}/summary", {"reason": REASON}, secretary))
        await self._twice(Command("POST", "review", f"/cases/{case}/summary/sign", None, chair))
        seen = await self._until(id, by, "reserved", "waiting")
        if seen["status"] == "reserved":
            await self._twice(Command("POST", "requests", f"/requests/{id}/accept", None, by))
            seen = await self._until(id, by, "in_progress")
        self.ends[district].append(seen["status"])

    async def _submit(self, path: str) -> None:
        """Submit; where the city has codes, another representative is told one and certifies first (REQ-5)."""
        by, second = self._organization.applicant, self._organization.second
        try:
            await self._twice(Command("POST", "requests", f"{path}/submit", None, by))
        except Refused as refused:
            if "certification_needed" not in str(refused):
                raise
            told = await self._twice(Command("POST", "requests", f"{path}/certification-code", None, second))
            await self._twice(Command("POST", "requests", f"{path}/certify", {"code": told["code"]}, by))
            await self._twice(Command("POST", "requests", f"{path}/submit", None, by))

    async def _member(self, case: str, district: str, seat: int) -> None:
        by, path = people.seat_holder(district, seat), f"/cases/{case}/seats/{seat}"
        declaration = {"conflict": "none", "note": ""}
        await self._twice(Command("POST", "review", f"{path}/declaration", declaration, by))
        ballot = cases.ballot(cases.Criteria(CITY.weights), "approve", amount=ASKED)
        await self._twice(Command("PUT", "review", f"{path}/ballot", ballot, by, first=True))

    async def _until(self, id: str, by: Person, *statuses: str) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            seen = await self._read(f"/requests/{id}", by)
            if seen is not None and seen["status"] in statuses:
                return seen
            assert time.monotonic() < deadline, f"request {id} is still {seen and seen['status']}, not {statuses}"
            await asyncio.sleep(PAUSE_SECONDS)

    # ------------------------------------------------------------ calls

    async def _read(self, path: str, by: Person) -> Any:
        headers = {"Authorization": f"Bearer {self._city.token(by, 'requests')}"}
        try:
            answer = await self._http.get(f"{self._city.address('requests')}{path}", headers=headers)
        except httpx.TransportError:
            return None
        return answer.json() if answer.is_success else None

    async def _twice(self, command: Command) -> Any:
        """Give the command as a nervous person does, twice at once; both hear the same. The next command waits for both."""
        both = await asyncio.gather(self._insist(command), self._insist(command), return_exceptions=True)
        for heard in both:
            if isinstance(heard, BaseException):
                raise heard
        one, other = (heard for heard in both if not isinstance(heard, BaseException))
        assert command.first or one.text == other.text, (one.text, other.text)
        return one.json()

    async def _insist(self, command: Command) -> httpx.Response:
        """Send until it is answered with a success."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = await self.send(self._http, command)
            if answer is not None and answer.is_success:
                return answer
            if answer is not None and not _worth_repeating(answer):
                raise Refused(f"{command.method} {command.path}: {answer.status_code} {answer.text}")
            assert time.monotonic() < deadline, f"no success for {command}: {answer and answer.text}"
            await asyncio.sleep(PAUSE_SECONDS * random.uniform(0.5, 1.5))

    async def send(self, http: httpx.AsyncClient, command: Command) -> httpx.Response | None:
        """Send once and log it; None: no answer."""
        headers = {"Authorization": f"Bearer {self._city.token(command.by, command.service)}"}
        headers |= {"If-None-Match": "*"} if command.first else {"Idempotency-Key": command.key}
        correlation = headers["X-Correlation-Id"] = fresh_key()
        begun = time.monotonic()
        answer: httpx.Response | None = None
        address = self._city.address(command.service)
        self.under_way[address] += 1
        try:
            answer = await http.request(command.method, f"{address}{command.path}", json=command.body, headers=headers)
        except httpx.TransportError as error:
            outcome: Outcome = "unknown"
            text = type(error).__name__
        else:
            text = answer.text
            outcome = "ok" if answer.is_success else "unknown" if answer.status_code >= 500 else "fail"
        finally:
            self.under_way[address] -= 1
        status = None if answer is None else answer.status_code
        self.log.attempts.append(Attempt(command, outcome, status, time.monotonic() - begun, text, begun, correlation))
        return answer


def _worth_repeating(answer: httpx.Response) -> bool:
    if answer.status_code in (429, 502, 503, 504):
        return True
    body = answer.json()
    codes = {body.get("code"), *(error.get("code") for error in body.get("errors", ()))}
    return bool(codes & NOT_YET)
