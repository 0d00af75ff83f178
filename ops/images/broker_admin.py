"""The broker's administration over its management API: virtual host, what all services share in it, policies, users and their rights."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from ops.images.rights import OUTSIDER_LIMITS, SERVICE_TAGS, outsider_permissions, rabbit_permissions
from shared.messaging.management import as_set
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import POLICIES, Topology
from shared.tls import Tls, httpx_verify

ADMIN_SECONDS = 10.0
NOBODY = "provisioning"
"""A consumer of nothing: its topology is what all services share."""


class BrokerAdmin:
    """One virtual host as its administrator sees it. Every method may be repeated; each raises httpx.HTTPError."""

    def __init__(self, admin_url: str, vhost: str = "/", tls: Tls | None = None) -> None:
        """admin_url: the management API with user and password of an administrator."""
        url = httpx.URL(admin_url)
        self._admin = url.username
        self._vhost = quote(vhost, safe="")
        self._http = httpx.Client(
            base_url=f"{str(url.copy_with(username=None, password=None)).rstrip('/')}/api/",
            auth=(url.username, url.password) if url.username else None,
            timeout=ADMIN_SECONDS,
            trust_env=False,
            verify=httpx_verify(tls),
        )

    def __enter__(self) -> "BrokerAdmin":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._http.close()

    def make_vhost(self) -> None:
        """Make the virtual host, with all rights for the administrator."""
        self._put(f"vhosts/{self._vhost}", {})
        self._grant(self._admin, {"configure": ".*", "write": ".*", "read": ".*"})

    def remove_vhost(self) -> None:
        """Remove the virtual host with all that is in it."""
        self._http.delete(f"vhosts/{self._vhost}").raise_for_status()

    def make_shared(self) -> None:
        """Make what no service may make alone: all announcers' exchanges, the archive with its bindings, and the policies."""
        shared = Topology.of(Subscriptions(NOBODY))
        for name, kind in shared.exchanges.items():
            self._put(f"exchanges/{self._vhost}/{name}", {"type": kind.value, "durable": True})
        for name, arguments in shared.queues.items():
            self._put(f"queues/{self._vhost}/{name}", {"durable": True, "arguments": dict(arguments)})
        for source, destination, key in sorted(shared.bindings):
            path = f"bindings/{self._vhost}/e/{source}/q/{destination}"
            self._http.post(path, json={"routing_key": key}).raise_for_status()
        for policy in POLICIES:
            self._put(f"policies/{self._vhost}/{policy.name}", as_set(policy))

    def make_service_user(self, user: str, service: str, password: str) -> None:
        """Make or renew a service's user."""
        self._user(user, password, SERVICE_TAGS)
        self._grant(user, rabbit_permissions(service))

    def make_outsider(self, user: str, password: str) -> None:
        """Make or renew a user who may read the public stream and nothing else."""
        self._user(user, password, "")
        self._grant(user, outsider_permissions())
        for limit, value in OUTSIDER_LIMITS.items():
            self._put(f"user-limits/{user}/{limit}", {"value": value})

    def has_user(self, user: str) -> bool:
        """Tell whether there is such a user."""
        answer = self._http.get(f"users/{user}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return False
        answer.raise_for_status()
        return True

    def users(self) -> list[str]:
        """Return who has rights in the virtual host."""
        answer = self._http.get(f"vhosts/{self._vhost}/permissions")
        return sorted(found["user"] for found in answer.raise_for_status().json())

    def remove_user(self, user: str) -> None:
        """Remove a user and end its connections."""
        answer = self._http.delete(f"users/{user}")
        if answer.status_code != httpx.codes.NOT_FOUND:
            answer.raise_for_status()

    def _user(self, user: str, password: str, tags: str) -> None:
        self._put(f"users/{user}", {"password": password, "tags": tags})

    def _grant(self, user: str, permissions: Mapping[str, str]) -> None:
        self._put(f"permissions/{self._vhost}/{user}", permissions)

    def _put(self, path: str, body: Mapping[str, Any]) -> None:
        self._http.put(path, json=dict(body)).raise_for_status()
