"""Where a system is: given by the environment, else the local stack as its folder remembers it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ops.local.given import from_environment, management_url, remembered
from ops.local.ports import LOOPBACK
from ops.local.rabbit import USER
from ops.local.services import SERVICES

ADDRESSES: Final[Mapping[str, str]] = {
    "registry": "SAMA_REGISTRY_URL",
    "requests": "SAMA_REQUESTS_URL",
    "review": "SAMA_REVIEW_URL",
    "budget": "SAMA_BUDGET_URL",
    "webhooks": "SAMA_WEBHOOKS_URL",
    "portal": "SAMA_PORTAL_URL",
}
"""Where each service listens; several replicas with commas between them."""


class NoSystem(Exception):
    """It is not known where the system is; the text says what to do."""


@dataclass(frozen=True, slots=True)
class System:
    """The addresses. URLs carry credentials and are never printed. folder: of the local stack, if it is one."""

    mongo_url: str
    mongo_prefix: str
    rabbit_url: str
    rabbit_management_url: str
    services: Mapping[str, tuple[str, ...]]
    folder: Path | None


def find_system(folder: Path) -> System:
    """Return where the system is. Raises NoSystem."""
    ports = _remembered(folder)
    if not from_environment("SAMA_MONGO_URL") and (city := remembered(folder)):
        given = city[0]
        services = {service: _addresses(service, ports) for service in SERVICES}
        return System(
            given.mongo_url, given.mongo_prefix, given.rabbit_url, given.rabbit_management_url, services, folder
        )
    mongo = from_environment("SAMA_MONGO_URL") or _local_mongo(ports)
    rabbit = from_environment("SAMA_RABBIT_URL") or _local_rabbit(folder, ports, "rabbit", "amqp")
    management = from_environment("SAMA_RABBIT_MANAGEMENT_URL")
    if management is None and from_environment("SAMA_RABBIT_URL"):
        management = management_url(rabbit or "")
    management = management or _local_rabbit(folder, ports, "rabbit_management", "http")
    if mongo is None or rabbit is None or management is None:
        lacking = "the database (SAMA_MONGO_URL)" if mongo is None else "the broker (SAMA_RABBIT_URL)"
        raise NoSystem(
            f"It is not known where {lacking} is: no stack is remembered in {folder}. "
            "Start one with `sama up`, name its folder with --folder, or name the servers in the environment."
        )
    return System(
        mongo_url=mongo,
        mongo_prefix=from_environment("SAMA_MONGO_PREFIX") or "sama",
        rabbit_url=rabbit,
        rabbit_management_url=management,
        services={service: _addresses(service, ports) for service in SERVICES},
        folder=folder if ports else None,
    )


def find_database(folder: Path) -> tuple[str, str]:
    """Return connection string and prefix; the broker need not be known. Raises NoSystem."""
    if not from_environment("SAMA_MONGO_URL") and (city := remembered(folder)):
        return city[0].mongo_url, city[0].mongo_prefix
    mongo = from_environment("SAMA_MONGO_URL") or _local_mongo(_remembered(folder))
    if mongo is None:
        raise NoSystem(
            f"No system is known in {folder}. Start one with `sama up`, name its folder with --folder, or name the database "
            "with SAMA_MONGO_URL (and SAMA_MONGO_PREFIX)."
        )
    return mongo, from_environment("SAMA_MONGO_PREFIX") or "sama"


def service_addresses(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """Return where each service listens; nothing for one whose address is not known."""
    ports = _remembered(folder)
    return {service: _addresses(service, ports) for service in SERVICES}


def _addresses(service: str, ports: Mapping[str, int]) -> tuple[str, ...]:
    if given := os.environ.get(ADDRESSES[service]):
        return tuple(address.strip().rstrip("/") for address in given.split(",") if address.strip())
    return tuple(
        f"http://{LOOPBACK}:{port}"
        for name, port in sorted(ports.items())
        if name == service or name.startswith(f"{service}-")
    )


def _remembered(folder: Path) -> Mapping[str, int]:
    try:
        raw: Any = json.loads((folder / "state.json").read_text())
        return {str(name): int(port) for name, port in raw["ports"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _local_mongo(ports: Mapping[str, int]) -> str | None:
    return f"mongodb://{LOOPBACK}:{ports['mongo']}/?retryWrites=false" if "mongo" in ports else None


def _local_rabbit(folder: Path, ports: Mapping[str, int], port: str, scheme: str) -> str | None:
    try:
        password = (folder / "data" / "rabbit" / "password").read_text().strip()
        return f"{scheme}://{USER}:{password}@{LOOPBACK}:{ports[port]}" + ("/" if scheme == "amqp" else "")
    except (OSError, KeyError):
        return None
