"""A virtual host with least rights for every test."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.security.least import LeastServer
from tests.servers import Broker


@pytest.fixture
async def server(broker: Broker) -> AsyncIterator[LeastServer]:
    """A fresh virtual host with the provisioned users."""
    server = LeastServer(broker.url, broker.management_url)
    await server.create()
    try:
        yield server
    finally:
        await server.remove()
