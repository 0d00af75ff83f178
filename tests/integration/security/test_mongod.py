"""The provisioning on a real mongod, where one is given: SAMA_TEST_MONGOD_URL, as an administrator (authorization enabled).

Elsewhere tests/integration/security/test_deployment.py shows the same on SecantusDB, which asks for users and checks roles, too.
"""

import asyncio
import os
import secrets
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from ops.images.provision import provision_mongo, user_of
from ops.local.services import SERVICES
from shared.tls import tls_options
from tests.integration.security.least import made_up_city

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif("SAMA_TEST_MONGOD_URL" not in os.environ, reason="SAMA_TEST_MONGOD_URL names no mongod"),
]


async def test_a_services_user_has_its_own_database_alone() -> None:
    admin = os.environ["SAMA_TEST_MONGOD_URL"]
    city = made_up_city(f"t{secrets.token_hex(4)}")
    passwords = {service: secrets.token_hex(8) for service in SERVICES}
    for _ in range(2):
        await asyncio.to_thread(provision_mongo, admin, passwords, None, city=city)
    try:
        for service, password in passwords.items():
            own = f"{city.mongo_prefix}_{service}"
            with MongoClient[dict[str, Any]](_as(admin, user_of(service, city), password, own)) as client:
                client[own]["probe"].insert_one({"_id": "mine"})
                client[own]["probe"].create_index("x")
                for other in {*SERVICES} - {service}:
                    with pytest.raises(OperationFailure, match="not authorized"):
                        client[f"{city.mongo_prefix}_{other}"]["probe"].find_one()
                    with pytest.raises(OperationFailure, match="not authorized"):
                        client[f"{city.mongo_prefix}_{other}"]["probe"].insert_one({"_id": "theirs"})
    finally:
        with MongoClient[dict[str, Any]](admin, **tls_options(admin)) as client:
            for service in SERVICES:
                client[f"{city.mongo_prefix}_{service}"].command("dropAllUsersFromDatabase")
                client.drop_database(f"{city.mongo_prefix}_{service}")


def _as(url: str, user: str, password: str, database: str) -> str:
    parts = urlsplit(url)
    query = "&".join(option for option in parts.query.split("&") if option and not option.startswith("authSource"))
    at = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        parts._replace(netloc=f"{user}:{password}@{at}", query=f"{query}&authSource={database}".strip("&"))
    )
