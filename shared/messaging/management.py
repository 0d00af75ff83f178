"""The broker's management API: the bindings there are (one GET for all of a virtual host) and the policies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote, unquote

import httpx
from yarl import URL

from shared.messaging.broker import MessagingSettings
from shared.messaging.topology import Binding, Policy
from shared.tls import advice, httpx_verify

ANSWER_SECONDS = 5.0  # it reads the metadata in memory; longer means it is away

NOT_ALLOWED: Final = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})
"""What a user without the tag policymaker is told who sets a policy."""

_DEPTH_COLUMNS: Final = "name,messages_ready,messages_unacknowledged,consumers,message_stats.publish,leader,node"


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages of a queue wait (``ready``) and are in its consumers' hands (``unacked``), and how many consumers it has.

    published: messages that came into it since the broker started. leader: the node that leads it; None: not known just now.
    """

    ready: int
    unacked: int
    consumers: int
    published: int = 0
    leader: str | None = None


class ManagementAway(Exception):
    """The management API did not answer, or refused."""


def as_set(policy: Policy) -> dict[str, Any]:
    """Return a policy in the broker's own form."""
    return {"pattern": policy.pattern, "definition": dict(policy.definition), "apply-to": "queues", "priority": 10}


class Management:
    """A client for one virtual host. Close it after use."""

    def __init__(self, settings: MessagingSettings) -> None:
        url = URL(settings.management_url)
        self._vhost = quote(unquote(settings.vhost), safe="")
        self._client = httpx.AsyncClient(
            base_url=str(url.with_user(None)),
            auth=(url.user, url.password or "") if url.user else None,
            timeout=ANSWER_SECONDS,
            verify=httpx_verify(settings.tls, settings.management_url),
            trust_env=False,  # the broker is inside; a proxy of the environment is for the outside
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def bindings(self) -> frozenset[Binding]:
        """Return every binding to a queue, also the default exchange's, which tell what queues there are."""
        return frozenset(
            Binding(found["source"], found["destination"], found["routing_key"])
            for found in await self._get(f"/api/bindings/{self._vhost}")
            if found["destination_type"] == "queue"
        )

    async def queues(self) -> list[dict[str, Any]]:
        """Return the queues with their figures, which are up to five seconds old."""
        found: list[dict[str, Any]] = await self._get(f"/api/queues/{self._vhost}")
        return found

    async def exchanges(self) -> frozenset[str]:
        """Return the names of the exchanges."""
        return frozenset(found["name"] for found in await self._get(f"/api/exchanges/{self._vhost}"))

    async def policies(self) -> list[dict[str, Any]]:
        """Return the policies."""
        found: list[dict[str, Any]] = await self._get(f"/api/policies/{self._vhost}")
        return found

    async def nodes(self) -> list[dict[str, Any]]:
        """Return the nodes with their alarms. Raises ManagementAway also when the user may not see them (tag ``monitoring``)."""
        found: list[dict[str, Any]] = await self._get("/api/nodes")
        return found

    async def time(self) -> datetime:
        """Return the time by the broker's clock, to the second."""
        answer = await self._request("GET", "/api/whoami")
        return parsedate_to_datetime(answer.headers["date"])

    async def depths(self) -> Mapping[str, Depth]:
        """Return how full each queue of the virtual host is, by name; the figures are a few seconds old."""
        return {
            found["name"]: Depth(
                found.get("messages_ready", 0),
                found.get("messages_unacknowledged", 0),
                found.get("consumers", 0),
                (found.get("message_stats") or {}).get("publish", 0),
                found.get("leader") or found.get("node"),  # of a stream RabbitMQ 3 tells the leader as node alone
            )
            for found in await self._get(f"/api/queues/{self._vhost}?columns={_DEPTH_COLUMNS}")
        }

    async def set_policy(self, policy: Policy) -> None:
        """Set the policy unless it is so already, which any service may find out but not every one may set.

        On a deployment the provisioning sets them: who may set policies can spoil everybody's queues.
        """
        wanted = as_set(policy)
        found = {there["name"]: there for there in await self.policies()}
        if wanted.items() <= found.get(policy.name, {}).items():
            return
        answer = await self._request("PUT", f"/api/policies/{self._vhost}/{policy.name}", wanted)
        if answer.status_code in NOT_ALLOWED:
            raise ManagementAway(
                f"policy {policy.name} is not as this version wants it, and this user may not set it;"
                " run this version's provisioning (docker compose up provision)"
            )
        if answer.is_error:
            raise ManagementAway(f"policy {policy.name} was not accepted: {answer.status_code} {answer.text[:200]}")

    async def _get(self, path: str) -> Any:
        answer = await self._request("GET", path)
        if answer.is_error:
            raise ManagementAway(f"{path} answered {answer.status_code}")
        return answer.json()

    async def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        try:
            return await self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            why = f"{type(error).__name__} {error}{advice(error)}"
            raise ManagementAway(f"the management API did not answer: {why}") from error
