"""What scaling rests on, seen on a real broker: how much came into a queue, and a name that stands for several nodes."""

import asyncio
import socket
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from prometheus_client import REGISTRY

from shared.contracts.envelope import Envelope
from shared.contracts.registry import OrganizationSuspended
from shared.messaging.broker import make_broker
from shared.messaging.management import Management
from tests.integration.messaging.support import Seen, Server, listening, suspended, until

pytestmark = pytest.mark.servers

QUEUE = "review.registry"
FIGURES_SECONDS = 30.0  # the broker counts every five seconds


def wanted() -> float:
    return REGISTRY.get_sample_value("sama_replicas_wanted", {"service": "review"}) or 0.0


async def test_the_broker_counts_what_came_into_a_queue_and_the_figure_follows(server: Server) -> None:
    async def slowly(_event: Envelope) -> None:
        await asyncio.sleep(0.2)

    seen = Seen(slowly)
    bus = await server.start(listening("review", {OrganizationSuspended: seen}, prefetch=1))
    announcer = await server.announcer()
    await until(lambda: bus.guard.checked)
    assert wanted() >= 1

    await announcer.publish([suspended(number) for number in range(120)])
    management = Management(server.settings)
    try:

        async def counted() -> bool:
            return (await management.depths())[QUEUE].published == 120

        await until(counted, seconds=FIGURES_SECONDS)
    finally:
        await management.close()
    # A hundred wait, each takes 200 ms alone: 3.5 a second at 70 per cent, and they should be gone in a minute.
    await until(lambda: wanted() > 1, seconds=FIGURES_SECONDS)


async def test_a_host_name_with_several_addresses_is_tried_address_by_address(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = urlsplit(server.settings.url)
    if parts.hostname not in ("127.0.0.1", "localhost"):
        pytest.skip("the broker given is elsewhere; this test plays the name server for one on this machine")
    really = socket.getaddrinfo

    def resolve(host: Any, *given: Any, **named: Any) -> Any:
        if host != "broker.test":
            return really(host, *given, **named)
        return [
            *really("127.0.0.7", *given, **named),
            *really("127.0.0.1", *given, **named),
        ]  # nobody listens on the first

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    user = f"{parts.username}:{parts.password}@" if parts.username else ""
    url = urlunsplit(parts._replace(netloc=f"{user}broker.test:{parts.port}"))
    broker = make_broker(type(server.settings)(url, server.settings.management_url), "by name")
    try:
        await broker.connect()
        assert await broker.ping(timeout=5)
    finally:
        await broker.stop()
