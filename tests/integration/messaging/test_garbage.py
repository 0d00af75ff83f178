"""Garbage on a real broker: all of it ends in the dead letters with its error, the process lives, valid neighbours are applied."""

from typing import Final

import aio_pika
import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from shared.contracts.envelope import EVENT_LIMIT, UnreadableEvent, decode
from shared.contracts.registry import OrganizationReinstated, OrganizationSuspended
from shared.messaging.deadletters import DeadLetters
from tests.fuzz.events import GARBAGE, damaged
from tests.integration.messaging.support import (
    REINSTATED,
    SUSPENDED,
    Seen,
    Server,
    listening,
    reinstated,
    suspended,
    until,
)

pytestmark = pytest.mark.servers

QUEUE: Final = "review.registry"
DEAD: Final = "review.registry.dead"
DEADLINE_SECONDS: Final = 60.0
MOST: Final = 120  # damaged events besides the garbage; each is a confirmed publish into a quorum queue, twice


def _unreadable(body: bytes) -> bool:
    try:
        event = decode(body)
        if event.type in (SUSPENDED, REINSTATED):  # another type is given back for a replica that may know it
            event.payload()
    except UnreadableEvent:
        return True
    return False


def _damaged() -> list[bytes]:
    """Return damaged events that no reader may take, always the same ones."""
    found: list[bytes] = []

    @seed(20261122)
    @settings(
        max_examples=3 * MOST, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(damaged([suspended(1), reinstated(2)]))
    def collect(case: tuple[object, bytes]) -> None:
        if _unreadable(case[1]) and len(found) < MOST:
            found.append(case[1])

    collect()
    return found


async def test_all_garbage_ends_in_the_dead_letters_with_its_error_and_every_neighbour_is_applied(
    server: Server,
) -> None:
    seen = Seen()
    consuming = await server.start(
        listening("review", {OrganizationSuspended: seen, OrganizationReinstated: Seen()}, prefetch=8)
    )
    bus = await server.announcer()
    exchange = await (await server.channel()).get_exchange("sama.registry")
    garbage = [*GARBAGE, *_damaged(), orjson.dumps(suspended(1))[:-1] + b',"x":"' + b"x" * EVENT_LIMIT + b'"}']
    assert len(garbage) > MOST

    for number, body in enumerate(garbage):
        message = aio_pika.Message(body, message_id=f"garbage-{number}", headers={"x-odd": "\u0000ش"})
        await exchange.publish(message, SUSPENDED)
        await bus.publish([suspended(number)])

    async def all_there() -> bool:
        return await server.ready(DEAD) == len(garbage)

    await until(all_there, seconds=DEADLINE_SECONDS)
    await until(lambda: len(seen.events) == len(garbage), seconds=DEADLINE_SECONDS)
    assert seen.subjects == sorted(str(number) for number in range(len(garbage)))
    assert await consuming.problems() == []
    assert await server.ready(QUEUE) == 0
    async with DeadLetters.open(server.settings) as letters:
        found = await letters.peek(QUEUE, len(garbage))
    assert sorted(letter.message_id for letter in found) == sorted(f"garbage-{n}" for n in range(len(garbage)))
    assert [letter.message_id for letter in found if not letter.reason or not letter.failed_at] == []
    assert {letter.message_id: letter.body for letter in found} == {f"garbage-{n}": b for n, b in enumerate(garbage)}


async def test_a_type_that_nobody_knows_is_put_aside_by_the_broker_and_its_neighbours_go_on(server: Server) -> None:
    """It is given back for a newer replica first (rule 4), so it is the delivery limit that ends it."""
    seen = Seen()
    await server.start(listening("review", {OrganizationSuspended: seen}, prefetch=8))
    bus = await server.announcer()
    exchange = await (await server.channel()).get_exchange("sama.registry")
    unknown = {**suspended(1), "type": "organization.suspended.v99"}
    await exchange.publish(aio_pika.Message(orjson.dumps(unknown), message_id="unknown"), SUSPENDED)
    await bus.publish([suspended(number) for number in range(5)])

    await until(lambda: len(seen.events) == 5, seconds=DEADLINE_SECONDS)

    async def put_aside() -> bool:
        return await server.ready(DEAD) == 1

    await until(put_aside, seconds=DEADLINE_SECONDS)
    async with DeadLetters.open(server.settings) as letters:
        [letter] = await letters.peek(QUEUE)
    assert (letter.message_id, letter.reason) == ("unknown", "delivery_limit")
