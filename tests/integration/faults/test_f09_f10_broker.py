"""F9 and F10: queues, bindings and exchanges disappear; messages that cannot be handled are put aside and their neighbours go on."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import httpx
import pytest

from ops.client import SERVICES
from shared.contracts.ids import derive_id
from shared.messaging.deadletters import DeadLetters
from shared.messaging.publisher import Publisher
from tests.integration.faults.checks import archived, check
from tests.integration.faults.conftest import poor_city
from tests.integration.faults.own import Servers
from tests.integration.faults.quiet import queues
from tests.integration.faults.workload import Workload
from tests.integration.live import Live
from tests.waiting import until

APP: Final = "tests.integration.faults.poisoned:app"
NOTICED_SECONDS: Final = 25.0  # ten between two looks, the repair itself, and a busy machine
LIMIT: Final = 3  # of deliveries in the test, so that a process need not die twenty times


@pytest.fixture(scope="module")
def poison(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a handler is poisoned: ``<service>`` holds ``raise <subject>`` or ``kill <subject>``."""
    return tmp_path_factory.mktemp("poison")


@pytest.fixture(scope="module")
async def live(servers: Servers, tmp_path_factory: pytest.TempPathFactory, poison: Path) -> AsyncIterator[Live]:
    """The services, built so that a handler can be poisoned."""
    async with poor_city(
        servers,
        tmp_path_factory.mktemp("live"),
        apps=dict.fromkeys(SERVICES, APP),
        environment={"SAMA_POISON_FOLDER": str(poison)},
    ) as live:
        yield live


async def _manage(live: Live, method: str, path: str, body: object = None) -> httpx.Response:
    address = urlsplit(live.messaging.management_url)
    async with httpx.AsyncClient(auth=(address.username or "", address.password or ""), trust_env=False) as client:
        url = f"http://{address.hostname}:{address.port}/api/{path}"
        return (await client.request(method, url, json=body, timeout=10)).raise_for_status()


# ---------------------------------------------------------------- F9


async def _delete_queue(live: Live) -> None:
    await _manage(live, "DELETE", f"queues/{live.prefix}/budget.review")


async def _delete_exchange(live: Live) -> None:
    await _manage(live, "DELETE", f"exchanges/{live.prefix}/sama.review")


async def _delete_binding(live: Live) -> None:
    key = "case.decided.v1"
    path = f"bindings/{live.prefix}/e/sama.review/q/budget.review/{quote(key, safe='')}"
    await _manage(live, "DELETE", path)


@pytest.mark.fault("F9")
@pytest.mark.parametrize(
    "delete",
    [
        pytest.param(_delete_queue, id="queue"),
        pytest.param(_delete_binding, id="binding"),
        pytest.param(_delete_exchange, id="exchange", marks=pytest.mark.slow_fault),
    ],
)
async def test_what_is_deleted_on_the_broker_is_noticed_made_again_and_what_was_missed_is_replayed(
    live: Live, work: Workload, delete: Callable[[Live], Awaitable[None]]
) -> None:
    ready = [await work.submitted(n) for n in range(2)]
    for _, case, district in ready:
        await work.vote(case, district)
    alarms = live.stack.log("budget").read_text().count("missing on the broker, made again")
    await delete(live)
    for _, case, district in ready:
        await work.close(case, district)  # decided while nobody would hear of it
    await until(
        lambda: live.stack.log("budget").read_text().count("missing on the broker, made again") > alarms,
        seconds=NOTICED_SECONDS,
        what="the alarm",
    )
    for id, _, _ in ready:
        await work.status(id, frozenset({"reserved", "waiting"}))
    await check(live, work)


# ---------------------------------------------------------------- F10


async def _retry(live: Live, queue: str) -> None:
    async with DeadLetters.open(live.messaging) as letters:
        await letters.retry(queue)


async def _put_aside(live: Live, queue: str, number: int) -> None:
    async def there() -> bool:
        return (await queues(live))[f"{queue}.dead"] >= number

    await until(there, seconds=60, what=f"{number} in {queue}.dead")


@pytest.mark.fault("F10")
async def test_a_message_with_a_bad_schema_is_put_aside_with_its_error_and_its_neighbours_are_processed(
    live: Live, work: Workload
) -> None:
    good = next(iter((await archived(live)).values()))
    event = {
        **json.loads(good),
        "id": derive_id("poison", work.organization.id),
        "type": "request.submitted.v1",
        "source": "/sama/requests",
        "data": {"request": 7, "nonsense": True},
    }
    publisher = Publisher(live.messaging, "poison")
    await publisher.start()
    try:
        await publisher.put("review.requests", json.dumps(event).encode(), message_id=event["id"], type=event["type"])
        await publisher.put("review.requests", b"\x00garbage", message_id=f"garbage-{event['id'][:8]}")
    finally:
        await publisher.stop()
    work.begin(2)
    await work.finish()
    await _put_aside(live, "review.requests", 2)
    async with DeadLetters.open(live.messaging) as letters:
        found = await letters.peek("review.requests")
        assert all(letter.reason for letter in found)
        assert any("request.submitted.v1" in letter.reason for letter in found), [letter.reason for letter in found]
        await letters.discard("review.requests", [letter.message_id for letter in found])
    await check(live, work)


@pytest.mark.fault("F10")
async def test_a_handler_that_always_raises_puts_its_message_aside_and_a_retry_completes_it(
    live: Live, work: Workload, poison: Path
) -> None:
    ready = [await work.submitted(n) for n in range(3)]
    for _, case, district in ready:
        await work.vote(case, district)
    (poison / "budget").write_text(f"raise case/{ready[0][1]}")
    await asyncio.gather(*(work.close(case, district) for _, case, district in ready))
    for id, _, _ in ready[1:]:
        await work.status(id, frozenset({"reserved", "waiting"}))
    await _put_aside(live, "budget.review", 1)
    async with DeadLetters.open(live.messaging) as letters:
        (letter,) = await letters.peek("budget.review")
    assert "poisoned" in letter.reason
    (poison / "budget").unlink()
    await _retry(live, "budget.review")
    await work.status(ready[0][0], frozenset({"reserved", "waiting"}))
    await check(live, work)


@pytest.mark.fault("F10")
@pytest.mark.slow_fault
async def test_a_message_that_kills_its_process_ends_in_the_dead_letters_and_everything_is_completed_by_a_retry(
    live: Live, work: Workload, poison: Path
) -> None:
    """Neighbours in the same window die with it and count a delivery, too; those put aside with it are retried with it."""
    policy = {"pattern": "^budget\\.review$", "definition": {"delivery-limit": LIMIT, "dead-letter-strategy": "at-least-once",
              "overflow": "reject-publish"}, "apply-to": "queues", "priority": 20}  # fmt: skip
    ready = [await work.submitted(n) for n in range(3)]
    for _, case, district in ready:
        await work.vote(case, district)
    await _manage(live, "PUT", f"policies/{live.prefix}/short", policy)
    try:
        (poison / "budget").write_text(f"kill case/{ready[0][1]}")
        await asyncio.gather(*(work.close(case, district) for _, case, district in ready))
        await _put_aside(live, "budget.review", 1)
        (poison / "budget").unlink()
        await live.ready(seconds=90)
        async with DeadLetters.open(live.messaging) as letters:
            found = await letters.peek("budget.review")
        assert any(ready[0][1] in letter.body.decode() for letter in found)
        await _retry(live, "budget.review")
        for id, _, _ in ready:
            await work.status(id, frozenset({"reserved", "waiting"}))
    finally:
        await _manage(live, "DELETE", f"policies/{live.prefix}/short")
    await check(live, work)
