"""Review scales on its own: four replicas do the work of nearly four, share it evenly, and nothing is lost or done twice while they
come and go. Each takes one event at a time and waits 25 ms for every one (bench/delayed.py), so that two cores do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any, Final

import pytest
from pymongo import MongoClient

from bench.places import fill, withdrawals
from bench.processor import CORES
from bench.scale import Group, group
from bench.servers import Servers
from shared.clock import new_id
from shared.messaging.broker import MessagingSettings
from shared.messaging.publisher import Publisher
from shared.messaging.topology import dead_of, existing
from tests.servers import Broker
from tests.waiting import until

LEAST_RATIO: Final = 3.5
MOST_UNEVEN: Final = 0.2
TRIES: Final = 4
MOST_ELSEWHERE: Final = (
    0.4  # cores: beside more, four processes are slowed down and one is not, which tells nothing of review
)
ONE, FOUR = 80, 320  # events: some three seconds each
QUEUE: Final = "review.requests"


@pytest.fixture
async def review(tmp_path: Any, broker: Broker, mongo_url: str) -> AsyncIterator[Group]:
    """Four replicas of review and nothing else, on servers that others use, too."""
    servers = Servers(broker.url, broker.management_url, mongo_url, "", (), ())
    async with group(servers, tmp_path, most=4, name=f"sama_scale_{new_id()[:6]}") as review:
        yield review


async def test_four_replicas_do_three_and_a_half_times_the_work_of_one_in_even_shares(review: Group) -> None:
    told = []
    judged = False
    for _ in range(TRIES):
        one, four = await review.run(1, ONE), await review.run(4, FOUR)
        assert four.uneven <= MOST_UNEVEN, four.shares
        ratio, elsewhere = four.per_second / one.per_second, four.processor["others"] / four.seconds
        told.append(f"{ratio:.2f} while others took {elsewhere:.1f} of {CORES} cores")
        if ratio >= LEAST_RATIO:
            return
        judged |= elsewhere < MOST_ELSEWHERE
    if not judged:
        pytest.skip(f"four replicas against one cannot be measured beside so much else: {', '.join(told)}")
    raise AssertionError(f"four replicas do less than {LEAST_RATIO} times the work of one: {', '.join(told)}")


async def test_nothing_is_lost_or_done_twice_while_replicas_start_stop_and_die(review: Group) -> None:
    await review.scale_to(2)
    stack, requests = review.stack, [new_id() for _ in range(400)]
    events = withdrawals(requests)
    repeated = [event for event in events for _ in range(2 if events.index(event) % 5 == 0 else 1)]

    async def handled(number: int) -> None:
        await until(
            lambda: asyncio.to_thread(lambda: len(cases(review)) >= number), seconds=90, what=f"{number} events handled"
        )

    await fill(review.places.rabbit_url, "sama.requests", repeated)
    await handled(20)
    await review.scale_to(4)
    await handled(100)
    stack.kill("review", 0)
    await handled(150)
    stack.begin_again("review", 0)
    await stack.end("review", 1)
    await handled(220)
    stack.kill("review", 2)
    stack.begin_again("review", 1)
    await handled(len(requests))
    await empty(review)

    found = cases(review)
    assert sorted(case["request"] for case in found) == sorted(requests)
    assert {tuple(entry["type"] for entry in case["history"]) for case in found} == {("CaseWithdrawn",)}


def cases(review: Group) -> list[dict[str, Any]]:
    """Return all cases."""
    client: MongoClient[dict[str, Any]] = MongoClient(review.places.mongo_url)
    with closing(client):
        return list(client[f"{review.places.name}_review"]["cases"].find())


async def empty(review: Group) -> None:
    """Wait until every event is acknowledged; none is dead."""
    settings = MessagingSettings(review.places.rabbit_url, review.places.rabbit_management_url)
    publisher = Publisher(settings, "scale test")
    await publisher.start()
    try:
        async with publisher.connection.channel() as channel:

            async def waiting(queue: str) -> int | None:
                return (await channel.declare_queue(queue, passive=True)).declaration_result.message_count

            async def none_waits() -> bool:
                return await waiting(QUEUE) == 0

            await until(none_waits, seconds=30, what=f"{QUEUE} empty")
            assert await waiting(dead_of(QUEUE)) == 0
        assert await existing(publisher.connection, QUEUE)
    finally:
        await publisher.stop()
