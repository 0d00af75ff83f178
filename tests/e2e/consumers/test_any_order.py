"""The example consumers on a stream whose events come twice and in any order: what they know in the end is the same."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.public.forms import public_form
from shared.messaging.bus import Subscriptions
from tests.component.test_public_story import played
from tests.e2e.consumers import runtimes
from tests.e2e.consumers.running import Running, reader
from tests.e2e.consumers.runtimes import Consumer
from tests.integration.messaging.support import Server, until
from tests.servers import Broker

pytestmark = pytest.mark.servers

SECONDS = 40.0


async def read_all(broker: Broker, forms: Sequence[dict[str, Any]], consumer: Consumer, folder: Path) -> Any:
    """Have the consumer read a stream of exactly these messages, and return what it knows then."""
    server = Server(broker.url, broker.management_url, vhost=f"order-{uuid4().hex[:8]}")
    await server.create()
    try:
        bus = await server.start(Subscriptions("registry"), check_seconds=3600)
        for form in forms:  # one after another: their order is the point
            await bus._publisher.publish_public([form])
        async with reader(server.settings) as url:
            running = Running(consumer, url, folder)
            await running.start()
            try:
                await until(lambda: running.kept_next == len(forms), seconds=SECONDS)
                return await running.table()
            finally:
                await running.kill()
    finally:
        await server.remove()


@pytest.mark.parametrize("runtime", [runtimes.python, runtimes.node], ids=["python", "node"])
async def test_repeats_and_another_order_lead_to_the_same_table(broker: Broker, runtime: Any, tmp_path: Path) -> None:
    consumer = runtime()
    forms = [form for event in (await played()).bus.archive if (form := public_form(event)) is not None]
    mixed = [*forms, *forms]
    Random(7).shuffle(mixed)
    folders = [tmp_path / "ordered", tmp_path / "mixed"]
    for folder in folders:
        folder.mkdir()

    ordered = await read_all(broker, forms, consumer, folders[0])

    assert sorted(row["state"] for row in ordered.values()) == ["committed", "released", "reserved", "waiting"]
    assert await read_all(broker, mixed, consumer, folders[1]) == ordered


@pytest.mark.parametrize("runtime", [runtimes.python, runtimes.node], ids=["python", "node"])
async def test_a_stream_filled_again_in_another_order_hides_nothing(
    broker: Broker, runtime: Any, tmp_path: Path
) -> None:
    """What was announced while the stream was gone may stand in the new one before the place that the consumer had in the old one."""
    consumer = runtime()
    forms = [form for event in (await played()).bus.archive if (form := public_form(event)) is not None]
    late = max(n for n, form in enumerate(forms) if form["type"] == "commitment.made.v1")
    before = [form for n, form in enumerate(forms) if n != late]
    whole, gone = tmp_path / "whole", tmp_path / "gone"
    whole.mkdir()
    gone.mkdir()
    expected = await read_all(broker, forms, consumer, whole)
    assert await read_all(broker, before, consumer, gone) != expected

    assert await read_all(broker, [forms[late], *before, *before], consumer, gone) == expected
