"""F10: poison – bad data, a handler that always raises, one that kills its process – with more than one message in work at a time.

Each ends in ``<queue>.dead`` and can be retried from there. A kill burns a delivery of everything that was in work beside the poison;
who shares the window with it may therefore end beside it, and is retried with it: nothing is lost.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

import aio_pika
import httpx
import orjson
import pytest

from ops.local.places import ROOT
from ops.local.processes import Child
from shared.contracts.registry import OrganizationSuspended
from shared.messaging.deadletters import DeadLetters
from shared.messaging.topology import EDGE_POLICY
from tests.integration.messaging.support import SUSPENDED, Seen, Server, listening, suspended
from tests.servers import Broker
from tests.waiting import until

QUEUE: Final = "review.registry"
LIMIT: Final = 3  # as the real one in kind; the real number is held by test_the_policy_limits_deliveries…
NEIGHBOURS: Final = range(20)
POISON: Final = 99
SECONDS: Final = 90.0


@pytest.fixture
async def server(broker: Broker) -> AsyncIterator[Server]:
    """A virtual host of its own, whose messages may be delivered only a few times; on the broker given, so also on 4.0 and 4.3."""
    server = Server(broker.url, broker.management_url, vhost=f"f10-{uuid4().hex[:8]}")
    await server.create()
    try:
        yield server
    finally:
        await server.remove()


@pytest.fixture
def environment(server: Server) -> Mapping[str, str]:
    """What the consumer's process needs to know."""
    urls = {"SAMA_RABBIT_URL": server.settings.url, "SAMA_RABBIT_MANAGEMENT_URL": server.settings.management_url}
    return {**os.environ, **urls, "PYTHONPATH": str(ROOT)}


def consumer(environment: Mapping[str, str], folder: Path, **more: str) -> Child:
    """Return the consumer, not started."""
    command = [sys.executable, "-m", "tests.integration.faults.poisoned"]
    return Child("poisoned", command, {**environment, **more}, folder / "poisoned.log", ROOT)


def handled(folder: Path) -> set[str]:
    """Return the subjects that the process has handled."""
    with suppress(FileNotFoundError):
        lines = (folder / "poisoned.log").read_text().splitlines()
        return {line.removeprefix("organization/o") for line in lines if line.startswith("organization/o")}
    return set()


async def test_what_kills_its_handlers_process_is_put_aside_at_the_limit_and_loses_no_neighbour(
    server: Server, environment: Mapping[str, str], tmp_path: Path
) -> None:
    first = await server.start(listening("review", {OrganizationSuspended: Seen()}), check_seconds=3600)
    await first.stop()  # it made the queues; now nobody takes
    await _limit(server, LIMIT)
    bus = await server.announcer()
    await bus.publish([suspended(number) for number in NEIGHBOURS[:10]])
    await bus.publish([suspended(POISON, reason="kill")])
    await bus.publish([suspended(number) for number in NEIGHBOURS[10:]])

    child = consumer(environment, tmp_path)
    deaths = 0
    try:
        child.start()
        async with DeadLetters.open(server.settings) as letters:

            def look() -> None:
                nonlocal deaths
                if not child.running:
                    assert child.ending == "ended by SIGKILL", child.log.read_text()
                    deaths += 1
                    child.start()

            async def put_aside() -> bool:
                look()
                return str(POISON) in await _dead(letters)

            await until(put_aside, seconds=SECONDS, what="the poison among the dead letters")
            look()  # at the last death, which may have come just before the letter
            assert deaths == LIMIT + 1, "the first delivery and as many again as the limit says"
            everybody = {str(number) for number in NEIGHBOURS}

            async def all_there() -> bool:
                return handled(tmp_path) | await _dead(letters) == everybody | {str(POISON)}

            await until(all_there, seconds=SECONDS, what="every neighbour handled, or put aside beside the poison")
            assert len(handled(tmp_path)) >= len(NEIGHBOURS) - 8, "no more than shared the window were put aside"
            (why,) = {letter.reason for letter in await letters.peek(QUEUE, 50)}
            assert why == "delivery_limit"

            child.kill()
            child = consumer(environment, tmp_path, MEDICINE="1")
            child.start()
            assert await letters.retry(QUEUE) >= 1
            await until(lambda: handled(tmp_path) == everybody | {str(POISON)}, seconds=SECONDS, what="all handled")
            assert await _dead(letters) == set()
    finally:
        if child.running:
            child.kill()


async def test_a_bad_schema_and_a_bug_are_put_aside_with_their_error_among_neighbours_in_work(server: Server) -> None:
    ill = True

    async def behaviour(event: object) -> None:
        await asyncio.sleep(0.05)
        if ill and getattr(event, "subject", "") == f"organization/o{POISON}":
            raise ZeroDivisionError("a bug")

    seen = Seen(behaviour)
    await server.start(listening("review", {OrganizationSuspended: seen}, prefetch=8))
    bus = await server.announcer()
    channel = await server.channel()
    exchange = await channel.get_exchange("sama.registry")
    for number in NEIGHBOURS:
        await bus.publish([suspended(number)])
        if number == 5:
            await exchange.publish(aio_pika.Message(b'{"specversion": "1.0"}', message_id="schema"), SUSPENDED)
            await bus.publish([suspended(POISON)])
    everybody = {str(number) for number in NEIGHBOURS}
    await until(lambda: set(seen.subjects) == everybody, seconds=SECONDS, what="all neighbours handled")

    async with DeadLetters.open(server.settings) as letters:

        async def both() -> bool:
            return (await letters.count())[QUEUE] == 2

        await until(both, seconds=SECONDS, what="both put aside")
        reasons = {letter.message_id: letter.reason for letter in await letters.peek(QUEUE)}
        assert "Field required" in reasons.pop("schema")
        assert list(reasons.values()) == ["a bug"]
        ill = False
        assert await letters.retry(QUEUE) == 2
        await until(lambda: str(POISON) in seen.subjects, seconds=SECONDS, what="the mended one handled")

        async def only_the_bad_data() -> bool:
            return (await letters.count())[QUEUE] == 1

        await until(only_the_bad_data, seconds=SECONDS, what="what is bad data stays bad data")
        assert [letter.message_id for letter in await letters.peek(QUEUE)] == ["schema"]


async def _dead(letters: DeadLetters) -> set[str]:
    """Return the numbers of the organisations among the dead letters."""
    bodies = [letter.body for letter in await letters.peek(QUEUE, 50)]
    return {orjson.loads(body)["subject"].removeprefix("organization/o") for body in bodies}


async def _limit(server: Server, limit: int) -> None:
    """Lower the delivery limit by a policy above the installation's own; everything else stays as it is there."""
    definition = {**EDGE_POLICY.definition, "delivery-limit": limit}
    wanted = {"pattern": EDGE_POLICY.pattern, "definition": definition, "apply-to": "queues", "priority": 20}
    async with httpx.AsyncClient(base_url=server.settings.management_url, trust_env=False) as client:
        (await client.put(f"/api/policies/{server.vhost}/lower", json=wanted)).raise_for_status()
