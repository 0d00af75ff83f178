"""Webhooks on a real broker, a real database, two processes of the service and real receivers."""

import json
import time
from collections.abc import Callable
from typing import Any

from shared.messaging.public import PublicStream
from tests.integration.webhooks.conftest import DEAD_AFTER_SECONDS, LEASE_SECONDS, SEND_SECONDS, Webhooks
from tests.integration.webhooks.receiver import Receiver
from tests.waiting import until

Receivers = Callable[[], tuple[Receiver, str]]


async def everything(webhooks: Webhooks, receiver: Receiver, seconds: float = 90) -> None:
    """Wait until the receiver took everything that was ever published, and check that it came in order."""
    await until(lambda: len(receiver.taken) >= len(webhooks.published), seconds=seconds, what="everything has arrived")
    assert receiver.taken == webhooks.published
    assert receiver.forged == 0


async def stream(webhooks: Webhooks) -> list[Any]:
    """Return what the public stream holds. It may hold an event twice, e.g. after it was filled again from the archive."""
    return [json.loads(event.body) async for event in PublicStream(webhooks.bus._settings, "test").read()]


async def test_a_receiver_gets_everything_in_order_and_verifies_it_with_another_library(
    webhooks: Webhooks, receivers: Receivers
) -> None:
    await webhooks.publish(150)
    receiver, url = receivers()
    id = await webhooks.subscribe(url, receiver)
    await everything(webhooks, receiver)
    await webhooks.publish(5)  # and what comes live
    await everything(webhooks, receiver)

    async def is_the_stream() -> bool:
        stands = (await webhooks.view(id))["stands"]
        held = [event["id"] for event in await stream(webhooks)]
        return receiver.ids == held and (stands["behind"], stands["delivered"]) == (0, len(held))

    await until(is_the_stream, seconds=90, what="undisturbed, exactly the stream has come and is counted")
    view = await webhooks.view(id)
    assert "secret" not in str(view).replace("secrets", "")


async def test_a_receiver_that_was_down_gets_what_it_missed_in_order(webhooks: Webhooks, receivers: Receivers) -> None:
    receiver, url = receivers()
    id = await webhooks.subscribe(url, receiver)
    await everything(webhooks, receiver)
    receiver.down = True
    await webhooks.publish(10)

    async def is_failing() -> bool:
        return bool((await webhooks.view(id))["stands"]["failures"] >= 2)

    await until(is_failing, seconds=60)
    receiver.down = False
    await everything(webhooks, receiver)
    attempts = (await webhooks.call("GET", f"/webhooks/{id}/deliveries")).json()["items"]
    assert {"failed", "delivered"} <= {attempt["outcome"] for attempt in attempts}
    assert len(attempts) <= 50


async def test_kill_9_in_the_middle_loses_nothing_and_repeats_at_most_what_was_under_way(
    webhooks: Webhooks, receivers: Receivers
) -> None:
    receivers_of_all = [receivers() for _ in range(4)]
    for receiver, url in receivers_of_all:
        receiver.behaviour = lambda _receiver, _event: time.sleep(0.01) or 204  # type: ignore[func-returns-value]
        await webhooks.subscribe(url, receiver)
    await webhooks.publish(100)
    for replica in (0, 1):
        before = [len(receiver.ids) for receiver, _ in receivers_of_all]
        await until(
            lambda before=before: all(  # type: ignore[misc]
                len(receiver.ids) >= n + 20 for (receiver, _), n in zip(receivers_of_all, before, strict=True)
            ),
            seconds=LEASE_SECONDS + 60,
        )
        webhooks.stack.kill("webhooks", replica)
        await webhooks.stack.start_again("webhooks", replica)
    for receiver, _ in receivers_of_all:
        await everything(webhooks, receiver, seconds=120)
    held = len(await stream(webhooks))
    for receiver, _ in receivers_of_all:
        await until(lambda receiver=receiver: len(receiver.ids) >= held, seconds=90)  # type: ignore[misc]
        assert len(receiver.ids) - held <= 2, "one repeat for each kill at most"


async def test_a_replay_from_the_beginning_is_the_stream(webhooks: Webhooks, receivers: Receivers) -> None:
    receiver, url = receivers()
    id = await webhooks.subscribe(url, receiver, start={"place": "now"})
    await webhooks.becomes(id, "active")
    await webhooks.publish(3)
    await until(lambda: len(receiver.ids) == 3, seconds=60)
    receiver.arrived.clear()
    receiver.statuses.clear()
    await webhooks.step(id, "replay", {"from": {"place": "beginning"}})

    async def is_the_stream() -> bool:
        return receiver.arrived == await stream(webhooks)

    await until(is_the_stream, seconds=90)


async def test_dead_after_its_time_with_a_notice_and_resumed_where_it_stopped(
    webhooks: Webhooks, receivers: Receivers
) -> None:
    receiver, url = receivers()
    id = await webhooks.subscribe(url, receiver)
    await everything(webhooks, receiver)
    receiver.behaviour = lambda _receiver, _event: 500
    began = time.monotonic()
    await webhooks.publish(2)
    dead = await webhooks.becomes(id, "dead", seconds=DEAD_AFTER_SECONDS + 60)
    assert time.monotonic() - began >= DEAD_AFTER_SECONDS
    assert dead["death"]["reason"] == "failing"
    assert dead["death"]["status"] == 500
    assert dead["death"]["detail"] == "status 500"
    logs = "".join(webhooks.stack.log("webhooks", replica).read_text() for replica in (0, 1))
    assert f"webhook {id} is dead (failing)" in logs
    await webhooks.publish(2)
    receiver.behaviour = lambda _receiver, _event: 204
    await webhooks.step(id, "resume")
    await everything(webhooks, receiver)
    assert (await webhooks.view(id))["death"] is None


async def test_a_slow_receiver_holds_nobody_up(webhooks: Webhooks, receivers: Receivers) -> None:
    slow, slow_url = receivers()
    slow.behaviour = lambda _receiver, _event: time.sleep(SEND_SECONDS + 3) or 204  # type: ignore[func-returns-value]
    swift, swift_url = receivers()
    slow_id = await webhooks.subscribe(slow_url, slow)
    await webhooks.subscribe(swift_url, swift)
    await everything(webhooks, swift)

    async def was_given_up() -> bool:
        attempts = (await webhooks.call("GET", f"/webhooks/{slow_id}/deliveries")).json()["items"]
        return f"no answer within {SEND_SECONDS} s" in {attempt["answer"] for attempt in attempts}

    await until(was_given_up, seconds=60)
    assert slow.ids == [] or len(slow.taken) < len(swift.taken)
    await webhooks.step(slow_id, "end")


async def test_an_address_that_does_not_answer_the_challenge_gets_nothing(
    webhooks: Webhooks, receivers: Receivers
) -> None:
    receiver, url = receivers()
    receiver.echoes = False
    id = await webhooks.subscribe(url, receiver)

    async def was_asked() -> bool:
        return bool((await webhooks.call("GET", f"/webhooks/{id}/deliveries")).json()["items"])

    await until(was_asked, seconds=60)
    test = (await webhooks.step(id, "test")).json()
    assert (test["answered"], test["status"]) == (False, 200)
    assert (await webhooks.view(id))["status"] == "pending"
    assert receiver.arrived == []
    receiver.echoes = True
    assert (await webhooks.step(id, "test")).json()["answered"] is True
    await everything(webhooks, receiver)


async def test_while_a_secret_is_exchanged_both_sign(webhooks: Webhooks, receivers: Receivers) -> None:
    receiver, url = receivers()
    id = await webhooks.subscribe(url, receiver)
    await everything(webhooks, receiver)
    new = (await webhooks.step(id, "rotate-secret")).json()["secret"]
    await webhooks.publish()
    await everything(webhooks, receiver)  # the receiver knows the old one only
    receiver.secrets = [new]
    await webhooks.publish()
    # For a moment the replica may still sign with the old one alone; what was refused then comes again.
    await until(lambda: receiver.taken == webhooks.published, seconds=90)
