"""Servers that the environment names (SAMA_RABBIT_URL, SAMA_MONGO_URL): used as they are, or with a corner of their own for one run."""

import asyncio
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import httpx

from ops.local.problems import StackProblem
from ops.local.services import SERVICES
from shared.tls import httpx_verify, tls_of_environment, tls_options

MANAGEMENT_PORT, MANAGEMENT_TLS_PORT = 15672, 15671  # RabbitMQ's own defaults
ATTEMPTS, AGAIN_SECONDS = 6, 2.0  # a cluster is whole some seconds after its last node is up
SERVERS = "servers.json"
"""In the folder of one city of several: where its place on the common servers is."""


def management_url(rabbit_url: str) -> str:
    """Return the address of the management API that belongs to an AMQP address, on its default port."""
    parts = urlsplit(rabbit_url)
    user = f"{parts.username}:{parts.password}@" if parts.username else "guest:guest@"
    if parts.scheme == "amqps":
        return f"https://{user}{parts.hostname}:{MANAGEMENT_TLS_PORT}"
    return f"http://{user}{parts.hostname}:{MANAGEMENT_PORT}"


@dataclass(frozen=True, slots=True)
class Given:
    """Servers that are there already. URLs may carry credentials; prefix: of the databases, ``<prefix>_<service>``."""

    rabbit_url: str = ""
    rabbit_management_url: str = ""
    mongo_url: str = ""
    mongo_prefix: str = "sama"

    @classmethod
    def by_environment(cls) -> "Given":
        """Return what the environment names; an empty URL: a private server is to be started."""
        rabbit = from_environment("SAMA_RABBIT_URL") or ""
        return cls(
            rabbit,
            from_environment("SAMA_RABBIT_MANAGEMENT_URL") or (management_url(rabbit) if rabbit else ""),
            from_environment("SAMA_MONGO_URL") or "",
            from_environment("SAMA_MONGO_PREFIX") or "sama",
        )

    def remember(self, file: Path, issuer: str) -> None:
        """Write them down for the commands of one city, readable by the owner alone: they carry credentials."""
        fresh = file.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as written:
            json.dump({"servers": asdict(self), "issuer": issuer}, written)
        fresh.replace(file)


def remembered(folder: Path) -> tuple[Given, str] | None:
    """Return the servers and the issuer that a city's folder remembers; None: it is no city's folder, or nothing is readable there."""
    try:
        found = json.loads((folder / SERVERS).read_text())
        return Given(**found["servers"]), str(found["issuer"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class OwnVhost:
    """A virtual host made for one run on a given broker, and removed afterwards."""

    name: str
    management: str

    async def create(self, rabbit_url: str) -> str:
        """Make it; return the AMQP address that uses it. Raises StackProblem when the management API does not allow it."""
        parts, management = urlsplit(rabbit_url), urlsplit(self.management)
        user = quote(management.username or "guest", safe="")
        grant = {"configure": ".*", "write": ".*", "read": ".*"}
        try:
            async with self._client() as client:
                for path, body in ((f"vhosts/{self.name}", {}), (f"permissions/{self.name}/{user}", grant)):
                    (await _put(client, path, body)).raise_for_status()
        except httpx.HTTPError as error:
            raise StackProblem(
                f"No virtual host could be made on the given broker: {error}.",
                "Check SAMA_RABBIT_MANAGEMENT_URL and that its user is an administrator, or unset SAMA_RABBIT_URL.",
            ) from error
        return urlunsplit(parts._replace(path=f"/{self.name}"))

    async def remove(self) -> None:
        """Remove it with all that is in it."""
        async with self._client() as client:
            await client.delete(f"vhosts/{self.name}")

    def _client(self) -> httpx.AsyncClient:
        verify = httpx_verify(tls_of_environment(), self.management)
        # All nodes of a cluster agree first, which takes its time.
        return httpx.AsyncClient(base_url=f"{self.management}/api/", timeout=60, verify=verify)


async def _put(client: httpx.AsyncClient, path: str, body: object) -> httpx.Response:
    """Put, again if need be: nodes that have just found one another answer 500 for some seconds, and the same put does no harm."""
    for _ in range(ATTEMPTS - 1):
        answer = await client.put(path, json=body)
        if not answer.is_server_error:
            return answer
        await asyncio.sleep(AGAIN_SECONDS)
    return await client.put(path, json=body)


def drop_databases(mongo_url: str, prefix: str) -> None:
    """Drop the services' databases of one run."""
    from pymongo import MongoClient  # here, so that `sama token` does not wait for it

    client: MongoClient[dict[str, Any]] = MongoClient(
        mongo_url, serverSelectionTimeoutMS=5000, **tls_options(mongo_url)
    )
    try:
        for service in SERVICES:
            client.drop_database(f"{prefix}_{service}")
    finally:
        client.close()


def from_environment(name: str) -> str | None:
    """Return the variable's value; None when it is unset or empty."""
    return os.environ.get(name) or None
