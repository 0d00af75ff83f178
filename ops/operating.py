"""How the operator's commands reach the running services: by /ops over HTTP, with a token of the role ``operator``."""

import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn

import httpx
import typer

from ops.local.services import SERVICES
from shared.web.caller import Grant, Role

TIMEOUT_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.5


class Trouble(Exception):
    """A command could not be done: what happened and what to do."""


class Operator:
    """The services as an operator sees them. Methods raise Trouble."""

    def __init__(self, addresses: Mapping[str, str], token: str, transport: httpx.BaseTransport | None = None) -> None:
        self.addresses = addresses
        self._http = httpx.Client(
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
            transport=transport,
            headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
        )

    def __enter__(self) -> "Operator":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def services(self) -> Sequence[str]:
        """Those with an address."""
        return [name for name in SERVICES if name in self.addresses]

    def get(self, service: str, path: str) -> Any:
        """Read."""
        return self._answer(service, "GET", path, None)

    def post(self, service: str, path: str, body: Any = None) -> Any:
        """Command."""
        return self._answer(service, "POST", path, body)

    def archive(self, service: str, start: int = 0) -> Iterator[dict[str, Any]]:
        """Yield the archive's events, read through this service; ``{offset, event}``."""
        url = f"{self._address(service)}/ops/archive"
        try:
            with self._http.stream("GET", url, params={"from": start}) as answer:
                if answer.is_error:
                    answer.read()
                    raise _refused(service, "GET /ops/archive", answer)
                whole = False
                for line in answer.iter_lines():
                    found = json.loads(line)
                    whole = "end" in found
                    if not whole:
                        yield found
        except (httpx.HTTPError, json.JSONDecodeError) as error:
            raise Trouble(f"The archive could not be read through {service}: {error}. Try again.") from error
        if not whole:
            raise Trouble(f"Reading the archive through {service} broke off. Is the broker up? Try again.")

    def owner(self, queue: str) -> str:
        """Return the service that consumes a queue."""
        service = queue.partition(".")[0]
        if service not in self.addresses:
            raise Trouble(f"No service of the name {service!r} is known; queues are called <service>.<announcer>.")
        return service

    def _answer(self, service: str, method: str, path: str, body: Any) -> Any:
        headers = {"Idempotency-Key": secrets.token_hex(16)} if method == "POST" else {}
        try:
            answer = self._http.request(method, f"{self._address(service)}{path}", json=body, headers=headers)
        except httpx.HTTPError as error:
            raise Trouble(f"{service} does not answer ({type(error).__name__}). Is it up? Look at its log.") from error
        if answer.is_error:
            raise _refused(service, f"{method} {path}", answer)
        return answer.json()

    def _address(self, service: str) -> str:
        if service not in self.addresses:
            raise Trouble(f"There is no service {service!r}; known are {', '.join(self.services)}.")
        return self.addresses[service]


def _refused(service: str, call: str, answer: httpx.Response) -> Trouble:
    try:
        title = answer.json()["title"]
    except (ValueError, KeyError, TypeError):
        title = answer.text[:200]
    return Trouble(f"{call} at {service} was refused ({answer.status_code}). {title}")


def operator(folder: Path) -> Operator:
    """Return access to the services: SAMA_ADDRESSES (registry=http://…,requests=…) and SAMA_OPERATOR_TOKEN, or the local stack's."""
    return Operator(addresses(folder), os.environ.get("SAMA_OPERATOR_TOKEN") or local_token(folder, "operator"))


def addresses(folder: Path) -> Mapping[str, str]:
    """Return the services' addresses: those of SAMA_ADDRESSES, or the local stack's. Raises Trouble."""
    if given := os.environ.get("SAMA_ADDRESSES"):
        return {name.strip(): url.rstrip("/") for name, _, url in (pair.partition("=") for pair in given.split(","))}
    try:
        ports = json.loads((folder / "state.json").read_text())["ports"]
        return {name: f"http://127.0.0.1:{int(ports[name])}" for name in SERVICES if name in ports}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Trouble(
            f"No system is known in {folder}. Start one with `sama up`, or name the services with SAMA_ADDRESSES"
            " (registry=http://…,requests=http://…) and a token of the role operator with SAMA_OPERATOR_TOKEN."
        ) from error


def local_token(folder: Path, role: Role) -> str:
    """Return a token of the local issuer for a role in the whole city."""
    from ops.keys import local_issuer
    from ops.local.given import remembered
    from ops.local.places import KEYS

    audiences = [f"sama-{service}" for service in SERVICES]
    subject = f"{role}:{os.environ.get('USER') or 'local'}"
    city = remembered(folder)
    issuer = local_issuer(folder / "keys", city[1]) if city else local_issuer(KEYS)
    return issuer.token(subject, [Grant(role)], audiences, datetime.now(UTC))


@contextmanager
def told() -> Iterator[None]:
    """Tell Trouble in a sentence and end with exit code 2."""
    try:
        yield
    except Trouble as trouble:
        fail(str(trouble))


def fail(message: str) -> NoReturn:
    """Say why and end: it could not be done."""
    typer.echo(message, err=True)
    raise typer.Exit(2)


def until_ended(of: Operator, service: str, path: str, id: str, show: Any) -> dict[str, Any]:
    """Follow the record of what was asked for until it is no longer under way; return it."""
    while True:
        (record,) = [item for item in of.get(service, path)["items"] if item["id"] == id] or [{"status": "waiting"}]
        show(record)
        if record["status"] not in ("waiting", "running"):
            return dict(record)
        time.sleep(POLL_SECONDS)
