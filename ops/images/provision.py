"""Prepares the servers of a deployment, once and again: the replica set, and one user per service on MongoDB and on the broker.

A service's user owns its own database, writes its own exchange and reads its own queues (ops/images/rights.py). Settings:
SAMA_MONGO_ADMIN_URL, SAMA_RABBIT_ADMIN_URL (management API), SAMA_<SERVICE>_PASSWORD; SAMA_MONGO_MEMBER, e.g. ``mongo:27017``, the
replica set's one member (unset: no replica set is made); SAMA_CITY_FILE for one city of an installation with several, SAMA_TLS_CA.
"""

import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from ops.images.broker_admin import BrokerAdmin
from ops.images.rights import mongo_roles
from ops.local.services import SERVICES
from shared.city_file import BadCityFile, City, read_city
from shared.tls import advice, tls_of_environment, tls_options

REPLICA_SET = "sama"
OUTSIDER = re.compile(r"[a-z][a-z0-9-]{0,39}")
SECONDS = 60.0  # for an election, or a server that still starts
ALREADY_INITIALIZED, NOT_YET_INITIALIZED, USER_EXISTS = 23, 94, 51003  # MongoDB's error codes
NO_SUCH_COMMAND = 59


def user_of(service: str, city: City | None = None) -> str:
    """Return the name of a service's user on both servers: the service, or ``<city>-<service>`` where there are several cities."""
    return f"{city.id}-{service}" if city else service


def outsider_user(name: str, city: City | None = None) -> str:
    """Return the name on the broker of a consumer outside SAMA. Raises ValueError for a name that is none."""
    if not OUTSIDER.fullmatch(name):
        raise ValueError(
            f"{name!r} is no name for an outsider: 1 to 40 small letters, digits and hyphens, a letter first"
        )
    return f"{city.id}-outsider-{name}" if city else f"outsider-{name}"


def provision_rabbit(admin_url: str, passwords: Mapping[str, str], vhost: str = "/", city: City | None = None) -> None:
    """Make or renew what the services share and their users, by service. Raises httpx.HTTPError."""
    with BrokerAdmin(admin_url, city.vhost if city else vhost, tls_of_environment()) as broker:
        broker.make_vhost()
        broker.make_shared()
        for service, password in passwords.items():
            broker.make_service_user(user_of(service, city), service, password)


def provision_mongo(
    admin_url: str,
    passwords: Mapping[str, str],
    member: str | None,
    prefix: str = "sama",
    city: City | None = None,
) -> None:
    """Make the replica set of one member if asked for, and the services' users. Raises PyMongoError."""
    client: MongoClient[dict[str, Any]] = MongoClient(
        admin_url, serverSelectionTimeoutMS=5000, **tls_options(admin_url)
    )
    try:
        if member:
            _replica_set(client, member)
        for service, password in passwords.items():
            database = client[f"{city.mongo_prefix if city else prefix}_{service}"]
            user, roles = user_of(service, city), mongo_roles(database.name)
            try:
                database.command("createUser", user, pwd=password, roles=roles)
            except OperationFailure as error:
                if error.code != USER_EXISTS:
                    raise
                database.command("updateUser", user, pwd=password, roles=roles)
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
    try:
        passwords = {service: environment[f"SAMA_{service.upper()}_PASSWORD"] for service in SERVICES}
        mongo, rabbit = environment["SAMA_MONGO_ADMIN_URL"], environment["SAMA_RABBIT_ADMIN_URL"]
        city = read_city(Path(file)) if (file := environment.get("SAMA_CITY_FILE")) else None
        provision_mongo(mongo, passwords, environment.get("SAMA_MONGO_MEMBER"), city=city)
        provision_rabbit(rabbit, passwords, city=city)
    except KeyError as missing:
        sys.stderr.write(
            f"The servers could not be prepared: the setting {missing} is not set (.env.example tells all).\n"
        )
        return 1
    except (PyMongoError, httpx.HTTPError, OSError, BadCityFile) as error:
        sys.stderr.write(f"The servers could not be prepared: {error}{advice(error)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
