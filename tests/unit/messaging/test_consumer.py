"""What the consumer does when a handler fails, without a broker (messaging rule 4; on a real broker in tests/integration)."""

import asyncio
import io
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from shared.contracts.envelope import Cause, Envelope, encode, envelop
from shared.contracts.registry import OrganizationReinstated, OrganizationSuspended
from shared.logs import formatter
from shared.messaging.broker import BrokerAway, MessagingSettings
from shared.messaging.consumer import Consumer
from shared.messaging.publisher import Publisher
from shared.messaging.subscriptions import Subscriptions
from shared.storage.ports import TooBusy, Unavailable

SETTINGS = MessagingSettings("amqp://guest:guest@localhost/", "http://localhost")
SUSPENDED = OrganizationSuspended(
    organization="o1", status="suspended", name="انجمن", kind="association", districts=["d1"], reason="audit"
)


class PutAside(Publisher):
    """Keeps what is put into queues."""

    def __init__(self) -> None:
        super().__init__(SETTINGS, "test")
        self.letters: list[tuple[str, bytes, dict[str, Any]]] = []
        self.away = False

    async def put(self, queue: str, body: bytes, **properties: Any) -> None:
        if self.away:
            raise BrokerAway("test")
        self.letters.append((queue, body, properties))


def body() -> bytes:
    return encode(
        envelop(
            SUSPENDED, subject="organization/o1", number=3, at=datetime(2026, 11, 22, tzinfo=UTC), cause=Cause("p", "c")
        )
    )


def consumer(
    handler: Callable[[OrganizationSuspended, Envelope], Awaitable[None]], publisher: Publisher, **options: Any
) -> Consumer:
    subscriptions = Subscriptions("review")
    subscriptions.on(OrganizationSuspended, handler)
    return Consumer(SETTINGS, subscriptions, publisher, **{"back_off": (0.0, 0.0), **options})


async def test_a_handler_gets_the_contract_and_the_envelope() -> None:
    given: list[tuple[OrganizationSuspended, int]] = []

    async def handler(data: OrganizationSuspended, event: Envelope) -> None:
        given.append((data, event.number))

    assert await consumer(handler, PutAside()).replay(SUSPENDED.event_type, body())
    assert given == [(SUSPENDED, 3)]


async def test_a_type_without_handler_is_not_ours() -> None:
    async def handler(_data: OrganizationSuspended, _event: Envelope) -> None:
        raise AssertionError("not for this type")

    assert not await consumer(handler, PutAside()).replay(OrganizationReinstated.event_type, body())


async def test_a_transient_error_waits_for_the_dependency_and_tries_again_rule_4() -> None:
    tries = waits = 0

    async def handler(_data: OrganizationSuspended, _event: Envelope) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Unavailable("no primary")

    async def wait_until_available() -> None:
        nonlocal waits
        waits += 1

    letters = PutAside()
    assert await consumer(handler, letters, wait_until_available=wait_until_available).replay(
        SUSPENDED.event_type, body()
    )
    assert (tries, waits) == (3, 2)
    assert letters.letters == []


async def test_lost_races_are_tried_again_and_never_put_aside_rule_4() -> None:
    raised: list[Exception] = [TooBusy(noun="case", id="c1")]

    async def handler(data: OrganizationSuspended, event: Envelope) -> None:
        if raised:
            raise raised.pop()

    publisher = PutAside()
    assert await consumer(handler, publisher).replay(SUSPENDED.event_type, body())
    assert (raised, publisher.letters) == ([], [])


@pytest.mark.parametrize("damaged", [b"", b"\xff\xfe", b"[]", orjson.dumps({"specversion": "1.0"})])
async def test_what_is_no_event_is_put_aside_with_the_reason_rule_4(damaged: bytes) -> None:
    async def handler(_data: OrganizationSuspended, _event: Envelope) -> None:
        raise AssertionError("never called")

    letters = PutAside()
    await consumer(handler, letters).replay(SUSPENDED.event_type, damaged)

    [(queue, put, properties)] = letters.letters
    assert (queue, put) == ("review.registry.dead", damaged)
    assert properties["headers"]["x-sama-error-type"] == "UnreadableEvent"
    assert properties["headers"]["x-sama-error"]


async def test_a_bug_is_put_aside_at_once_with_its_message_cut_to_length_rule_4() -> None:
    tries = 0

    async def handler(_data: OrganizationSuspended, _event: Envelope) -> None:
        nonlocal tries
        tries += 1
        raise KeyError("x" * 5000)

    letters = PutAside()
    await consumer(handler, letters).replay(SUSPENDED.event_type, body())

    [(_queue, _body, properties)] = letters.letters
    assert tries == 1
    assert len(properties["headers"]["x-sama-error"]) == 2000
    assert properties["headers"]["x-sama-error-type"] == "KeyError"


async def test_when_a_dead_letter_cannot_be_stored_a_replay_stops_instead_of_losing_it() -> None:
    async def handler(_data: OrganizationSuspended, _event: Envelope) -> None:
        raise KeyError("a bug")

    letters = PutAside()
    letters.away = True
    with pytest.raises(BrokerAway):
        await consumer(handler, letters).replay(SUSPENDED.event_type, body())


async def test_a_replay_that_waits_for_a_dependency_ends_with_the_service() -> None:
    async def handler(_data: OrganizationSuspended, _event: Envelope) -> None:
        raise Unavailable("no primary")

    async def for_ever() -> None:
        await asyncio.Event().wait()

    stopped = consumer(handler, PutAside(), wait_until_available=for_ever)
    replay = asyncio.create_task(stopped.replay(SUSPENDED.event_type, body()))
    await asyncio.sleep(0)

    await stopped.stop()

    with pytest.raises(BrokerAway):
        await replay


async def test_every_line_written_while_an_event_is_handled_and_put_aside_says_which_event_it_was() -> None:
    stream = io.StringIO()
    log = logging.getLogger("sama")
    handler_of_lines = logging.StreamHandler(stream)
    handler_of_lines.setFormatter(formatter("json", "review"))

    async def handler(_data: OrganizationSuspended, _event: Envelope) -> None:
        log.warning("a use case speaks")
        raise ValueError("a bug")

    log.addHandler(handler_of_lines)
    try:
        await asyncio.create_task(consumer(handler, PutAside()).replay(SUSPENDED.event_type, body()))
    finally:
        log.removeHandler(handler_of_lines)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["a use case speaks", "replayed event put aside"]
    for line in lines:
        told = {key: line[key] for key in ("event_type", "aggregate", "actor", "correlation_id", "queue")}
        assert told == {
            "event_type": SUSPENDED.event_type, "aggregate": "organization/o1", "actor": "p", "correlation_id": "c",
            "queue": "review.registry",
        }  # fmt: skip
        assert line["event_id"]
