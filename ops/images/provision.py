"""Prepares the servers of a deployment, once and again: the replica set, and one user per service on MongoDB and on the broker.

A service's user owns its own database, writes its own exchange and reads its own queues. Settings: SAMA_MONGO_ADMIN_URL,
SAMA_RABBIT_ADMIN_URL (management API), SAMA_<SERVICE>_PASSWORD; SAMA_MONGO_MEMBER, e.g. ``mongo:27017``, the replica set's one member
(unset: no replica set is made).
"""

import os
import sys
import time
from collections.abc import Mapping
from typing import Any

import httpx
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from ops.local.services import SERVICES

REPLICA_SET = "sama"
SECONDS = 60.0  # for an election, or a server that still starts
ALREADY_INITIALIZED, NOT_YET_INITIALIZED, USER_EXISTS = 23, 94, 51003  # MongoDB's error codes
NO_SUCH_COMMAND = 59


def rabbit_permissions(service: str) -> dict[str, str]:
    """Return what a service may do on the broker.

    Every service declares the whole topology at its start, so it may make exchanges of ``sama.`` and the archive; but it publishes only
    to its own exchange, dead-letters only to its own queues, and consumes only those and the archive.
    """
    own = rf"{service}\..*"
    return {
        "configure": rf"^(sama\..*|{own})$",
        "write": rf"^(sama\.{service}(\..*)?|sama\.archive|{own}|amq\.default)$",
        "read": rf"^(sama\..*|{own})$",
    }


def provision_rabbit(admin_url: str, passwords: Mapping[str, str], vhost: str = "%2F") -> None:
    """Make or renew the services' users. Raises httpx.HTTPError."""
    with httpx.Client(base_url=f"{admin_url.rstrip('/')}/api/", timeout=10) as client:
        for service, password in passwords.items():
            # policymaker: sets the delivery limit and sees the bindings (the guard of shared/messaging).
            client.put(f"users/{service}", json={"password": password, "tags": "policymaker"}).raise_for_status()
            client.put(f"permissions/{vhost}/{service}", json=rabbit_permissions(service)).raise_for_status()


def provision_mongo(admin_url: str, passwords: Mapping[str, str], member: str | None, prefix: str = "sama") -> None:
    """Make the replica set of one member if asked for, and the services' users. Raises PyMongoError."""
    client: MongoClient[dict[str, Any]] = MongoClient(admin_url, serverSelectionTimeoutMS=5000)
    try:
        if member:
            _replica_set(client, member)
        for service, password in passwords.items():
            database = client[f"{prefix}_{service}"]
            roles = [
                {"role": role, "db": database.name} for role in ("readWrite", "dbAdmin")
            ]  # dbAdmin: indexes, validators
            try:
                database.command("createUser", service, pwd=password, roles=roles)
            except OperationFailure as error:
                if error.code != USER_EXISTS:
                    raise
                database.command("updateUser", service, pwd=password, roles=roles)
    finally:
        client.close()


def _replica_set(client: MongoClient[dict[str, Any]], member: str) -> None:
    try:
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [{"_id": 0, "host": member}]})
    except OperationFailure as error:
        if error.code == NO_SUCH_COMMAND:  # a stand-in that speaks MongoDB's protocol
            sys.stderr.write(
                "NOT FOR PRODUCTION: the database makes no replica set (it is not MongoDB); going on with a single server.\n"
            )
        elif error.code != ALREADY_INITIALIZED:
            raise
    deadline = time.monotonic() + SECONDS
    while not client.admin.command("hello").get("isWritablePrimary"):
        if time.monotonic() > deadline:
            raise PyMongoError(f"no primary of the replica set after {SECONDS:.0f} s")
        time.sleep(0.5)


def main(environment: Mapping[str, str]) -> int:
    """Do it all; say in one line what failed."""
    passwords = {service: environment[f"SAMA_{service.upper()}_PASSWORD"] for service in SERVICES}
    try:
        provision_mongo(environment["SAMA_MONGO_ADMIN_URL"], passwords, environment.get("SAMA_MONGO_MEMBER"))
        provision_rabbit(environment["SAMA_RABBIT_ADMIN_URL"], passwords)
    except (PyMongoError, httpx.HTTPError) as error:
        sys.stderr.write(f"The servers could not be prepared: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
