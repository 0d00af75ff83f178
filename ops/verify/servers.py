"""Where the system to verify is: named by the environment, else remembered by the local stack in its folder."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ops.local.given import management_url, remembered
from ops.local.problems import StackProblem
from shared.messaging.broker import MessagingSettings
from shared.tls import tls_of_environment

USER = "sama"  # of the private node; ops/local/rabbit.py makes it


@dataclass(frozen=True, slots=True)
class Servers:
    """The database, and the broker if one is known. URLs carry credentials and are never shown."""

    mongo_url: str
    prefix: str
    broker: MessagingSettings | None


def find(folder: Path) -> Servers:
    """Return the servers. Raises StackProblem when no database is known."""
    if not os.environ.get("SAMA_MONGO_URL") and (city := remembered(folder)):
        given = city[0]
        broker = MessagingSettings(given.rabbit_url, given.rabbit_management_url, tls=tls_of_environment())
        return Servers(given.mongo_url, given.mongo_prefix, broker)
    prefix = os.environ.get("SAMA_MONGO_PREFIX") or "sama"
    ports = _ports(folder)
    mongo_url = os.environ.get("SAMA_MONGO_URL") or _local_mongo(ports)
    if mongo_url is None:
        raise StackProblem(
            f"No system is known in {folder}.",
            "Start one with `sama up`, or name the database with SAMA_MONGO_URL and the broker with SAMA_RABBIT_URL.",
        )
    return Servers(mongo_url, prefix, _broker(folder, ports))


def _ports(folder: Path) -> dict[str, int]:
    try:
        found = json.loads((folder / "state.json").read_text())["ports"]
        return {str(name): int(port) for name, port in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _local_mongo(ports: dict[str, int]) -> str | None:
    return f"mongodb://127.0.0.1:{ports['mongo']}/?retryWrites=false" if "mongo" in ports else None


def _broker(folder: Path, ports: dict[str, int]) -> MessagingSettings | None:
    if url := os.environ.get("SAMA_RABBIT_URL"):
        given = os.environ.get("SAMA_RABBIT_MANAGEMENT_URL") or management_url(url)
        return MessagingSettings(url, given, tls=tls_of_environment())
    if os.environ.get("SAMA_MONGO_URL") or "rabbit" not in ports:  # a database given alone belongs to another broker
        return None
    try:
        secret = (folder / "data" / "rabbit" / "password").read_text().strip()
    except OSError:
        return None
    at = f"{USER}:{secret}@127.0.0.1"
    return MessagingSettings(f"amqp://{at}:{ports['rabbit']}/", f"http://{at}:{ports['rabbit_management']}")
