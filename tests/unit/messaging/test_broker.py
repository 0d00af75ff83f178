"""What a broken connection does to a call that waits, and to the work that goes on for ever beside it."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiormq.exceptions import AMQPConnectionError

from shared.messaging.broker import BrokerAway, trouble_is_away
from shared.messaging.guard import Guard
from shared.messaging.subscriptions import Subscriptions
from tests.fakes.operations import now
from tests.waiting import until


async def cancelled_by_the_library() -> None:
    """Wait for an answer whose connection closes, as aiormq ends such a wait."""
    answer = asyncio.get_running_loop().create_future()
    answer.cancel()
    await answer


async def test_a_wait_that_a_closing_connection_cancels_is_a_broker_that_is_away() -> None:
    with pytest.raises(BrokerAway, match="asking: the connection closed"), trouble_is_away("asking"):
        await cancelled_by_the_library()


@pytest.mark.parametrize("trouble", [AMQPConnectionError("gone"), RuntimeError("closed"), OSError("reset")])
async def test_what_the_library_raises_is_a_broker_that_is_away(trouble: Exception) -> None:
    with pytest.raises(BrokerAway, match="asking: "), trouble_is_away("asking"):
        raise trouble


async def test_who_is_cancelled_ends() -> None:
    async def work() -> None:
        with trouble_is_away("asking"):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_a_deadline_stays_a_deadline() -> None:
    async def work() -> None:
        async with asyncio.timeout(0):
            with trouble_is_away("asking"):
                await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await work()


async def test_a_guard_whose_call_was_cancelled_looks_again() -> None:
    """F8: the broker fell silent in the middle of a look, and its connection was given up."""
    looks = 0

    async def bindings() -> frozenset[Any]:
        nonlocal looks
        looks += 1
        if looks == 1:
            await cancelled_by_the_library()
        raise BrokerAway("enough was seen")

    publisher: Any = SimpleNamespace(connection=SimpleNamespace(reconnect_callbacks=set()))
    management: Any = SimpleNamespace(bindings=bindings)
    nobody: Any = None
    guard = Guard(
        Subscriptions("budget"), publisher, management, nobody, nobody, nobody, clock=now, check_seconds=0.001
    )
    guard.start()
    await until(lambda: looks >= 2, what="the second look")
    await guard.stop()
