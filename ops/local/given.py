"""Servers that the environment names (SAMA_RABBIT_URL, SAMA_MONGO_URL): used as they are, or with a corner of their own for one run."""

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import httpx

from ops.local.problems import StackProblem
from ops.local.services import SERVICES

MANAGEMENT_PORT = 15672  # RabbitMQ's own default


def management_url(rabbit_url: str) -> str:
    """Return the address of the management API that belongs to an AMQP address, on its default port."""
    parts = urlsplit(rabbit_url)
    user = f"{parts.username}:{parts.password}@" if parts.username else "guest:guest@"
    return f"http://{user}{parts.hostname}:{MANAGEMENT_PORT}"


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
                    (await client.put(path, json=body)).raise_for_status()
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
        return httpx.AsyncClient(base_url=f"{self.management}/api/", timeout=60)  # all nodes of a cluster agree first


def drop_databases(mongo_url: str, prefix: str) -> None:
    """Drop the services' databases of one run."""
    from pymongo import MongoClient  # here, so that `sama token` does not wait for it

    client: MongoClient[dict[str, Any]] = MongoClient(mongo_url, serverSelectionTimeoutMS=5000)
    try:
        for service in SERVICES:
            client.drop_database(f"{prefix}_{service}")
    finally:
        client.close()


def from_environment(name: str) -> str | None:
    """Return the variable's value; None when it is unset or empty."""
    return os.environ.get(name) or None
