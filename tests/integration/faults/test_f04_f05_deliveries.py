"""F4 and F5: every message comes several times and in any order; nothing changes by it."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import pytest

from ops.client import SERVICES
from shared.contracts.envelope import decode
from shared.messaging.management import Management
from shared.messaging.publisher import Publisher
from tests.integration.faults.checks import archived, check
from tests.integration.faults.conftest import poor_city
from tests.integration.faults.own import Servers
from tests.integration.faults.quiet import databases, queues, quiet
from tests.integration.faults.workload import Workload
from tests.integration.live import Live
from tests.waiting import until

COPIES: Final = {
    "requests": ("standings", "districts", "rule_sets", "priority_lists", "books"),
    "review": ("standings",),
    "budget": ("standings",),
}
MOST: Final = 5


@pytest.fixture(scope="module")
async def live(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """Two replicas of each service, so that the same message meets both."""
    replicas = dict.fromkeys(SERVICES, 2)
    async with poor_city(servers, tmp_path_factory.mktemp("live"), replicas=replicas) as live:
        yield live


def everything(live: Live) -> Mapping[str, Any]:
    """Return all documents of all services, by database, collection and id."""
    with databases(live) as client:
        return {
            f"{service}.{name}.{found['_id']}": found
            for service in SERVICES
            for name in client[f"{live.prefix}_{service}"].list_collection_names()
            if name != "cursors"
            for found in client[f"{live.prefix}_{service}"][name].find()
        }


async def _deliver(live: Live, bodies: Sequence[bytes], number: int | None, rng: random.Random) -> None:
    """Put each message into every queue that takes its announcer's events, ``number`` times or 1–5 times, in any order."""
    bound: dict[str, set[str]] = {}
    management = Management(live.messaging)
    for binding in await management.bindings():
        if binding.source.startswith("sama.") and binding.destination != "sama.archive":
            bound.setdefault(binding.key, set()).add(binding.destination)
    await management.close()
    deliveries = [
        (queue, body)
        for body in bodies
        for queue in sorted(bound.get(decode(body).type, ()))
        for _ in range(number or rng.randint(1, MOST))
    ]
    rng.shuffle(deliveries)
    assert deliveries
    publisher = Publisher(live.messaging, "delivers again")
    await publisher.start()
    try:
        for start in range(0, len(deliveries), 100):
            await asyncio.gather(
                *(
                    publisher.put(
                        queue, body, message_id=decode(body).id, type=decode(body).type, content_type="application/json"
                    )
                    for queue, body in deliveries[start : start + 100]
                )
            )
    finally:
        await publisher.stop()


@pytest.mark.fault("F4")
async def test_every_message_delivered_up_to_five_more_times_to_two_replicas_has_its_effects_once(
    live: Live, work: Workload
) -> None:
    work.begin(6)
    await work.finish()
    await check(live, work)
    before = await asyncio.to_thread(everything, live)
    bodies = list((await archived(live)).values())
    await _deliver(live, bodies, None, random.Random(4))
    await quiet(live)
    after = await asyncio.to_thread(everything, live)
    differing = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    assert not differing
    await check(live, work)


@pytest.mark.fault("F5")
async def test_what_comes_late_and_in_any_order_ends_in_the_same_state(live: Live, work: Workload) -> None:
    """The consumers are away while a request's life goes on; then all its events come at once, shuffled, after its end."""
    work.begin(5)
    await work.finish()
    await check(live, work)
    before = await asyncio.to_thread(everything, live)
    bodies = list((await archived(live)).values())
    for service, names in COPIES.items():  # forgotten copies are rebuilt from events in any order
        with databases(live) as client:
            for name in names:
                client[f"{live.prefix}_{service}"][name].delete_many({})
    await _deliver(live, bodies, 1, random.Random(5))
    await quiet(live)
    after = await asyncio.to_thread(everything, live)
    differing = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    assert not differing
    await check(live, work)


@pytest.mark.fault("F5")
async def test_while_queues_pile_up_for_one_service_the_others_events_overtake_it(live: Live, work: Workload) -> None:
    """Reordering across aggregates and announcers: budget is away while cases are decided and withdrawn."""
    for replica in range(2):
        live.stack.kill("budget", replica)
    ids = await asyncio.gather(*(work.decided(n) for n in range(4)))
    body = {"reason": "برنامه تغییر کرد."}
    for id in ids[:2]:
        withdraw = work.post("requests", f"/requests/{id}/withdraw", body, work.organization.applicant)
        assert (await work.do(withdraw)).outcome == "ok"

    async def piled_up() -> bool:
        waiting = await queues(live)
        return waiting["budget.review"] >= 4 and waiting["budget.requests"] >= 2

    await until(piled_up, seconds=60, what="events waiting for budget")
    await asyncio.gather(*(live.stack.start_again("budget", replica) for replica in range(2)))
    for id in ids[2:]:
        await work.status(id, frozenset({"reserved", "waiting"}))
    await check(live, work)
