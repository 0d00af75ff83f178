"""A virtual host of its own for every test, made and deleted over the management API."""

import os
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.integration.messaging.support import Server


@pytest.fixture(scope="session")
def broker_urls(request: pytest.FixtureRequest) -> tuple[str, str]:
    """AMQP and management URL of the test broker."""
    try:
        return request.getfixturevalue("rabbit_url"), request.getfixturevalue("rabbit_management_url")
    except pytest.FixtureLookupError:
        amqp, management = os.environ.get("SAMA_RABBIT_URL"), os.environ.get("SAMA_RABBIT_MANAGEMENT_URL")
        if not amqp or not management:
            pytest.skip("no broker: SAMA_RABBIT_URL and SAMA_RABBIT_MANAGEMENT_URL are not set")
        return amqp, management


@pytest.fixture
async def server(broker_urls: tuple[str, str]) -> AsyncIterator[Server]:
    """A fresh virtual host and the means to look at it and to break it."""
    server = Server(*broker_urls, vhost=f"messaging-{uuid4().hex[:12]}")
    await server.create()
    try:
        yield server
    finally:
        await server.remove()
