"""The workload of docs/reliability.md: many requests for too little money, six members voting at once, commands sent twice.

Every call is logged as ok (the service said it is done), fail (it said it is not) or unknown (no answer, or 503): what was ok must be there
afterwards, what failed must not, and what is unknown is repeated with the same key until it is known.
"""

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, Literal

import httpx

from ops.client import Person
from ops.play import cases, people
from ops.play.organizations import Organization
from tests.integration.live import ASKED, YEAR, Live
from tests.waiting import until

Outcome = Literal["ok", "fail", "unknown"]

NOTHING_DONE: Final = frozenset({"broker_unavailable", "too_busy"})  # refused before anything, or all races lost
PATIENCE: Final = 180.0  # seconds of repeating one command; the longest fault lasts 40
PAUSE: Final = 0.3
ENDED: Final = frozenset({"reserved", "waiting", "accepted", "in_progress", "withdrawn", "rejected"})


@dataclass(frozen=True, slots=True)
class Command:
    """One write with what makes it repeatable."""

    method: str
    service: str
    path: str
    body: Any
    by: Person
    headers: Mapping[str, str]

    @property
    def url(self) -> str:
        """For the log."""
        return f"{self.method} {self.service}{self.path}"


@dataclass(frozen=True, slots=True)
class Logged:
    """One attempt of a command and what came of it."""

    command: Command
    outcome: Outcome
    status: int
    text: str
    seconds: float


@dataclass
class Workload:
    """Drives requests through the services and logs every call."""

    live: Live
    organization: Organization
    log: list[Logged] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    async def of(cls, live: Live) -> "Workload":
        """Return a workload of a new approved organisation, with some new money in every district."""
        work = cls(live, await live.organization())
        await work.fund(ASKED)
        return work

    async def stop(self) -> None:
        """End what still runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ------------------------------------------------------------ commands

    def post(self, service: str, path: str, body: Any, by: Person) -> Command:
        """Return a command with a new Idempotency-Key."""
        return Command("POST", service, path, body, by, {"Idempotency-Key": secrets.token_hex(12)})

    async def once(self, command: Command, replica: int | None = None) -> Logged:
        """Send once and log the outcome."""
        urls = self.live.stack.urls(command.service)
        url = self.rng.choice(urls) if replica is None else urls[replica]
        token = self.live.token(command.by, command.service)
        begun = monotonic()
        try:
            answer = await self.live.http.request(
                command.method,
                f"{url}{command.path}",
                json=command.body,
                headers={**command.headers, "Authorization": f"Bearer {token}"},
            )
        except httpx.TransportError as error:
            outcome: Outcome = "fail" if isinstance(error, httpx.ConnectError) else "unknown"
            logged = Logged(command, outcome, 0, f"{type(error).__name__} {error}", monotonic() - begun)
        else:
            logged = Logged(command, _outcome(answer), answer.status_code, answer.text, monotonic() - begun)
        self.log.append(logged)
        return logged

    async def do(self, command: Command) -> Logged:
        """Send until it is known to be done or refused for good."""
        deadline = monotonic() + PATIENCE
        while True:
            logged = await self.once(command)
            if logged.outcome == "ok" or (logged.outcome == "fail" and not _not_now(logged)):
                return logged
            assert monotonic() < deadline, f"{command.url} was never answered: {logged.status} {logged.text}"
            await asyncio.sleep(PAUSE * (1 + self.rng.random()))

    async def twice(self, command: Command) -> Logged:
        """Send the same command twice at once, as an impatient person does; both have the same effect."""
        first, second = await asyncio.gather(self.do(command), self.do(command))
        assert first.outcome == second.outcome == "ok", (first, second)
        return first

    # ------------------------------------------------------------ stories

    async def fund(self, amount: int) -> None:
        """Give every district some more money."""
        city = {"fiscal_year": YEAR, "currency": "IRR"}
        districts = self.live.city.districts
        more = {**self.live.city.appropriation, **city, "amount": amount * len(districts)}
        assert (await self.do(self.post("budget", "/appropriations", more, people.CITY_OFFICE))).outcome == "ok"
        for district in districts:
            body = {**city, "district": district.id, "amount": amount}
            assert (await self.twice(self.post("budget", "/allotments", body, people.CITY_OFFICE))).outcome == "ok"

    def begin(self, number: int) -> None:
        """Begin that many requests in the background, over all districts."""
        for n in range(number):
            self._tasks.append(asyncio.create_task(self.request(n)))

    async def finish(self) -> None:
        """Wait until all that was begun has come to its end."""
        await asyncio.gather(*self._tasks)
        self._tasks.clear()

    async def request(self, number: int) -> None:
        """One request's life: of three, one is accepted, one withdrawn and one left where it is."""
        id = await self.decided(number)
        status = await self.status(id, ENDED)
        if status == "reserved" and number % 3 == 0:
            command = self.post("requests", f"/requests/{id}/accept", None, self.organization.applicant)
            await self.twice(command)
            await self.status(id, frozenset({"in_progress"}))
        elif number % 3 == 1:
            body = {"reason": "برنامه تغییر کرد."}
            await self.do(self.post("requests", f"/requests/{id}/withdraw", body, self.organization.applicant))
            await self.status(id, frozenset({"withdrawn"}))

    async def submitted(self, number: int, amount: int = ASKED) -> tuple[str, str, str]:
        """Draft and submit a request; return it, its case and its district."""
        district = self.live.city.districts[number % len(self.live.city.districts)].id
        applicant = self.organization.applicant
        content = {
            **self.live.content(district),
            "organization": self.organization.id,
            "amount_asked": amount,
            "minimum": amount,
            "budget_lines": [{"title": "سالن", "amount": amount}],
        }
        drafted = await self.twice(self.post("requests", "/requests", content, applicant))
        assert drafted.outcome == "ok", drafted
        id = str(httpx.Response(200, text=drafted.text).json()["id"])
        self.requests.append(id)
        deadline = monotonic() + PATIENCE
        while True:  # the standing is on its way; a refusal is remembered for no key
            done = await self.do(self.post("requests", f"/requests/{id}/submit", None, applicant))
            if done.outcome == "ok":
                break
            assert "standing_forbids" in done.text, done
            assert monotonic() < deadline, "the standing never reached the requests service"
            await asyncio.sleep(PAUSE)
        await self.status(id, frozenset({"in_review"}))
        return id, str((await self.read(id))["case"]["id"]), district

    async def decided(self, number: int, amount: int = ASKED) -> str:
        """Take a request to its signed approval."""
        id, case, district = await self.submitted(number, amount)
        await self.vote(case, district, amount)
        await self.close(case, district)
        return id

    async def vote(self, case: str, district: str, amount: int = ASKED) -> Sequence[Logged]:
        """All six members declare and vote at once."""
        form = cases.ballot(cases.Criteria(self.live.city.weights), "approve", amount=amount)

        async def member(seat: int) -> Logged:
            by, path = people.seat_holder(district, seat), f"/cases/{case}/seats/{seat}"
            declaration = {"conflict": "none", "note": ""}
            await self.do(self.post("review", f"{path}/declaration", declaration, by))
            return await self.do(Command("PUT", "review", f"{path}/ballot", form, by, cases.FIRST))

        return await asyncio.gather(*(member(seat) for seat in people.SEATS))

    async def close(self, case: str, district: str) -> None:
        """Draft the reason and sign it."""
        reason = {"reason": "با اولویت محله هم‌خوان است."}
        drafted = await self.do(self.post("review", f"/cases/{case}/summary", reason, people.secretary(district)))
        assert drafted.outcome == "ok", drafted
        signed = await self.twice(self.post("review", f"/cases/{case}/summary/sign", None, people.chair(district)))
        assert signed.outcome == "ok", signed

    async def read(self, id: str) -> Any:
        """Return a request as its organisation sees it, whatever is away meanwhile."""
        seen: Any = None

        async def answered() -> bool:
            nonlocal seen
            token = self.live.token(self.organization.applicant, "requests")
            url = self.rng.choice(self.live.stack.urls("requests"))
            try:
                answer = await self.live.http.get(f"{url}/requests/{id}", headers={"Authorization": f"Bearer {token}"})
            except httpx.TransportError:
                await asyncio.sleep(PAUSE)
                return False
            seen = answer.json() if answer.status_code == httpx.codes.OK else None
            if seen is None:
                await asyncio.sleep(PAUSE)
            return seen is not None

        await until(answered, seconds=PATIENCE, what=f"request {id} being read")
        return seen

    async def status(self, id: str, wanted: frozenset[str]) -> str:
        """Wait until a request has one of these statuses; return which."""
        status = ""

        async def arrived() -> bool:
            nonlocal status
            status = (await self.read(id))["status"]
            if status not in wanted:
                await asyncio.sleep(PAUSE)
            return status in wanted

        await until(arrived, seconds=PATIENCE, what=f"request {id} becoming {sorted(wanted)}")
        return status

    # ------------------------------------------------------------ what was said

    @property
    def counts(self) -> Mapping[str, int]:
        """How many attempts ended how."""
        return Counter(logged.outcome for logged in self.log)

    def slowest(self) -> float:
        """The longest that a caller waited for any answer, in seconds."""
        return max(logged.seconds for logged in self.log)


def _outcome(answer: httpx.Response) -> Outcome:
    if answer.is_success:
        return "ok"
    assert answer.status_code < 500 or answer.status_code == 503, answer.text  # a 500 is a bug, whatever is away
    if answer.status_code == 503 and answer.json()["code"] not in NOTHING_DONE:
        return "unknown"
    return "fail"


def _not_now(logged: Logged) -> bool:
    return logged.status in (0, 503) or any(f'"{code}"' in logged.text for code in NOTHING_DONE)
