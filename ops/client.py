"""A client of the services' HTTP APIs, as an office's or an organisation's own program would use them.

One connection pool per service. Every command carries an Idempotency-Key, so it can be repeated safely: while a service is away (no
connection, 503) the same call goes out again with the same key, honouring Retry-After, until it is answered or a deadline passes.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

import httpx

from shared.web.caller import Grant

SERVICES: Final = ("registry", "requests", "review", "budget")
AWAY_SECONDS: Final = 90.0  # a service that was killed is back in about ten; a person gives up after this
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between two tries
TIMEOUT_SECONDS: Final = 30.0  # far above the slowest call on two busy cores
RENEW_SECONDS: Final = 50 * 60  # tokens live an hour
CONNECTIONS: Final = 40  # above the calls that one run has in flight at one service
NOT_NOW: Final = frozenset({429, 502, 503, 504})
TOO_BUSY: Final = "too_busy"  # a lost race: nothing was changed, the same call is simply repeated

Sign = Callable[[str, Sequence[Grant], Sequence[str], datetime], str]
"""Signs a token: subject, roles, audiences, now."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who calls: the token's subject and roles."""

    subject: str
    grants: tuple[Grant, ...] = ()


class ApiProblem(Exception):
    """A service refused a call: its problem details, told in plain sentences."""

    def __init__(self, call: str, status: int, body: Mapping[str, Any]) -> None:
        self.call = call
        self.status = status
        self.code = str(body.get("code", "unknown"))
        self.title = str(body.get("title", "The service gave no reason."))
        self.params: Mapping[str, Any] = body.get("params") or {}
        self.errors: Sequence[Mapping[str, Any]] = body.get("errors") or ()
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """What was refused and why, field by field."""
        fields = "".join(f"\n  {error.get('pointer', '')}: {error.get('message', '')}" for error in self.errors)
        return f"{self.call} was refused ({self.status} {self.code}). {self.title}{fields}"


class ServiceAway(Exception):
    """A service did not answer until the deadline."""

    def __init__(self, call: str, seconds: float, reason: str) -> None:
        super().__init__(
            f"{call} had no answer for {seconds:.0f} seconds ({reason}). The services' logs are in .sama/…/logs; "
            "if the machine is only busy, try again."
        )


class TooLate(Exception):
    """Something that follows from a call did not happen in time."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(
            f"{what} did not happen within {seconds:.0f} seconds. A service may be down or an event stuck: look at the "
            "services' logs, their /health/ready, and the queues whose names end in .dead."
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered: the JSON body and its ETag (with quotes, as for If-Match)."""

    status: int
    body: Any
    etag: str | None = None

    def __getitem__(self, name: str) -> Any:
        return self.body[name]


@dataclass
class Tokens:
    """Signs and keeps one token per person for all services; renewed before it expires."""

    sign: Sign
    _known: dict[Person, tuple[float, str]] = field(default_factory=dict)

    def of(self, person: Person) -> str:
        """Return the person's token."""
        known = self._known.get(person)
        if known is None or known[0] < time.monotonic():
            audiences = [f"sama-{service}" for service in SERVICES]
            token = self.sign(person.subject, person.grants, audiences, datetime.now(UTC))
            known = self._known[person] = (time.monotonic() + RENEW_SECONDS, token)
        return known[1]


class Service:
    """One service's API."""

    def __init__(
        self,
        name: str,
        address: str,
        tokens: Tokens,
        *,
        away_seconds: float = AWAY_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """away_seconds: how long a service may be away; transport: instead of the network, for tests."""
        self.name = name
        self.address = address
        self._tokens = tokens
        self._away_seconds = away_seconds
        self._http = httpx.AsyncClient(
            base_url=address,
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            headers={"Accept-Language": "en"},
            transport=transport,
            trust_env=False,  # the services are on this machine: no proxy between
        )
        self.calls = 0

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str, *, by: Person | None = None, params: Mapping[str, Any] | None = None) -> Answer:
        """Read one thing. Raises ApiProblem, ServiceAway."""
        return await self._call("GET", path, by, params=params)

    async def post(self, path: str, body: Any = None, *, by: Person, key: str | None = None) -> Answer:
        """Give a command; ``key``: its Idempotency-Key, a new one if not given. Raises ApiProblem, ServiceAway."""
        headers = {"Idempotency-Key": key or secrets.token_hex(16)}
        return await self._call("POST", path, by, body=body, headers=headers)

    async def send_file(
        self, path: str, content: bytes, *, by: Person, params: Mapping[str, Any] | None = None
    ) -> Answer:
        """Give a command with a file as its body. Raises ApiProblem, ServiceAway."""
        headers = {"Idempotency-Key": secrets.token_hex(16), "Content-Type": "application/octet-stream"}
        return await self._call("POST", path, by, content=content, params=params, headers=headers)

    async def put(
        self, path: str, body: Any, *, by: Person, version: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Put a thing whole; ``version``: the ETag for If-Match. Raises ApiProblem, ServiceAway."""
        return await self._call("PUT", path, by, body=body, headers={**_if_match(version), **(headers or {})})

    async def patch(self, path: str, body: Any, *, by: Person, version: str | None = None) -> Answer:
        """Change parts of a thing; ``version``: the ETag for If-Match. Raises ApiProblem, ServiceAway."""
        return await self._call("PATCH", path, by, body=body, headers=_if_match(version))

    async def items(
        self, path: str, *, by: Person | None = None, params: Mapping[str, Any] | None = None, limit: int = 200
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield every item of a list, page after page."""
        cursor: str | None = None
        while True:
            asked = {**(params or {}), "limit": limit, **({"cursor": cursor} if cursor else {})}
            page = await self.get(path, by=by, params=asked)
            for item in page["items"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def total(self, path: str, *, by: Person | None = None, params: Mapping[str, Any] | None = None) -> int:
        """Return how many items a list has."""
        return int((await self.get(path, by=by, params={**(params or {}), "limit": 1}))["total"])

    async def download(self, path: str, *, by: Person | None = None, params: Mapping[str, Any] | None = None) -> bytes:
        """Return a body as it is sent. Raises ApiProblem, ServiceAway."""
        response = await self._send("GET", path, by, params=params)
        return response.content

    async def _call(
        self,
        method: str,
        path: str,
        by: Person | None,
        *,
        body: Any = None,
        content: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        response = await self._send(method, path, by, body=body, content=content, params=params, headers=headers)
        return Answer(response.status_code, response.json() if response.content else None, response.headers.get("etag"))

    async def _send(
        self,
        method: str,
        path: str,
        by: Person | None,
        *,
        body: Any = None,
        content: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        call = f"{method} {path} at {self.name}"
        deadline = time.monotonic() + self._away_seconds
        pause = FIRST_PAUSE
        while True:
            reason, wait = "no connection", pause
            try:
                response = await self._http.request(
                    method,
                    path,
                    json=body,
                    content=content,
                    params=params,
                    headers={**(headers or {}), **self._bearer(by)},
                )
            except httpx.TransportError as error:
                reason = f"{type(error).__name__} {error}".strip()
            else:
                self.calls += 1
                if response.is_success:
                    return response
                problem = _problem(call, response)
                if response.status_code not in NOT_NOW and problem.code != TOO_BUSY:
                    raise problem
                reason, wait = problem.title, max(pause, _retry_after(response))
            if time.monotonic() + wait > deadline:
                raise ServiceAway(call, self._away_seconds, reason)
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _bearer(self, by: Person | None) -> dict[str, str]:
        return {} if by is None else {"Authorization": f"Bearer {self._tokens.of(by)}"}


class Sama:
    """The services that people act in, and the portal: ``async with Sama(addresses, tokens) as sama: await sama.registry.get(…)``."""

    def __init__(self, addresses: Mapping[str, str], tokens: Tokens) -> None:
        self.registry, self.requests, self.review, self.budget = (
            Service(name, addresses[name], tokens) for name in SERVICES
        )
        self.portal = Service("portal", addresses.get("portal", ""), tokens)
        """What the public reads, without a token; only where its address is given."""

    @property
    def services(self) -> tuple[Service, ...]:
        """Those that people act in."""
        return self.registry, self.requests, self.review, self.budget

    @property
    def calls(self) -> int:
        """How many calls were answered so far."""
        return sum(service.calls for service in self.services)

    async def __aenter__(self) -> "Sama":
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        for service in (*self.services, self.portal):
            await service.close()


def _if_match(version: str | None) -> dict[str, str]:
    return {} if version is None else {"If-Match": version}


def _problem(call: str, response: httpx.Response) -> ApiProblem:
    try:
        body = response.json()
    except ValueError:
        body = {}
    return ApiProblem(call, response.status_code, body if isinstance(body, dict) else {})


def _retry_after(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return min(float(text), 10.0) if text.isdecimal() else 0.0
