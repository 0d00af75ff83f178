"""Every consumer under damaged events, with the real Consumer's dispatch over the fakes.

Each ends in the dead letters with its error, or is taken as documented (an unknown field is ignored, a late or repeated event does
nothing); whatever was put aside stored nothing, and the valid neighbour after it is taken.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import orjson
import pytest
from faststream.exceptions import RejectMessage
from hypothesis import HealthCheck, Phase, given, seed, settings

from shared.contracts.envelope import EVENT_LIMIT, LARGEST_SEQUENCE, UnreadableEvent, decode
from shared.messaging.broker import BrokerAway, MessagingSettings
from shared.messaging.consumer import Consumer
from shared.messaging.publisher import Publisher
from shared.messaging.subscriptions import Edge
from tests.fuzz.events import damaged
from tests.fuzz.stage import Stage

EXAMPLES: Final = int(os.environ.get("SAMA_FUZZ_EXAMPLES", "10")) * 5
SEED: Final = int(os.environ.get("SAMA_FUZZ_SEED", "20261122"))
BROKER: Final = MessagingSettings("amqp://guest:guest@localhost/", "http://localhost")
READERS: Final = ("requests.registry", "requests.review", "requests.budget", "review.registry", "review.requests",
                  "budget.registry", "budget.requests", "budget.review")  # fmt: skip


class Letters(Publisher):
    """Keeps what is put aside."""

    def __init__(self) -> None:
        super().__init__(BROKER, "fuzz")
        self.put_aside: list[dict[str, Any]] = []

    async def put(self, queue: str, body: bytes, **properties: Any) -> None:
        """Keep it."""
        self.put_aside.append({"queue": queue, "body": body, **properties})


class Raw:
    """A message as it comes from the broker."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.message_id = "m"
        self.raw_message = self
        self.content_type = self.correlation_id = self.type = "x"
        self.headers: dict[str, Any] = {}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


def outcome(stage: Stage, edge: Edge, body: bytes) -> tuple[str, dict[str, Any] | None]:
    """Give a body to the consumer of an edge; return ``dead`` with its letter, ``returned`` to the queue, or ``taken``."""
    letters = Letters()
    consumer = Consumer(BROKER, stage.subscriptions[edge.consumer], letters, back_off=(0.0,))
    consumer._stopping.set()  # no pauses: what is given back would come again

    async def deliver() -> str:
        try:
            await consumer._taker(edge)(Raw(body))  # type: ignore[arg-type]
        except RejectMessage:
            return "returned"
        return "dead" if letters.put_aside else "taken"

    found = stage.run(deliver())
    return found, letters.put_aside[0] if letters.put_aside else None


def edge_named(stage: Stage, queue: str) -> Edge:
    """Return an edge by its queue."""
    consumer = queue.split(".")[0]
    return next(edge for edge in stage.subscriptions[consumer].edges if edge.queue == queue)


@pytest.mark.parametrize("queue", READERS)
def test_a_damaged_event_is_put_aside_with_its_error_and_changes_nothing(stage: Stage, queue: str) -> None:
    stage.reset()
    edge = edge_named(stage, queue)
    events = [event for event in stage.city.bus.archive if event["type"] in edge.handlers]
    assert events
    seen: Counter[str] = Counter()

    @seed(SEED)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=damaged(events))
    def check(case: tuple[dict[str, Any], bytes]) -> None:
        neighbour, body = case
        before = stage.snapshot()
        found, letter = outcome(stage, edge, body)
        seen[found] += 1
        changed = stage.snapshot() != before
        if changed:
            stage.reset()
        if found == "dead":
            assert letter is not None
            assert (letter["queue"], letter["body"]) == (f"{queue}.dead", body)
            assert letter["headers"]["x-sama-error"]
            assert not changed, f"put aside, and yet something is stored: {letter['headers']}"
            assert letter["headers"]["x-sama-error-type"] != "AttributeError", letter["headers"]
            assert letter["headers"]["x-sama-error-type"] != "TypeError", letter["headers"]
        elif found == "returned":
            assert decode(body).type not in edge.handlers, "only a type that another replica may know"
            assert not changed
        else:
            decode(body).payload()  # it was an event of ours
        assert outcome(stage, edge, orjson.dumps(neighbour))[0] == "taken", "its neighbour goes on"

    check()
    assert seen["dead"] > EXAMPLES / 4, seen


def test_an_event_above_the_limit_is_put_aside_and_one_at_the_limit_is_taken(stage: Stage) -> None:
    stage.reset()
    edge = edge_named(stage, "requests.review")
    event = next(e for e in stage.city.bus.archive if e["type"] in edge.handlers)
    body = orjson.dumps(event)[:-1] + b',"padding":"'
    at_limit = body + b"x" * (EVENT_LIMIT - len(body) - 2) + b'"}'
    assert len(at_limit) == EVENT_LIMIT
    assert outcome(stage, edge, at_limit)[0] == "taken"
    found, letter = outcome(stage, edge, at_limit[:-2] + b'x"}')
    assert found == "dead"
    assert letter is not None
    assert str(EVENT_LIMIT) in letter["headers"]["x-sama-error"]


@pytest.mark.parametrize("number", [0, LARGEST_SEQUENCE + 1, 10**20 - 1])
def test_a_sequence_that_no_source_counts_to_is_refused_so_that_no_copy_waits_for_it(stage: Stage, number: int) -> None:
    event = stage.city.bus.archive[0]
    with pytest.raises(UnreadableEvent, match="sequence"):
        decode(orjson.dumps({**event, "sequence": str(number).zfill(20)}))


def test_an_event_that_another_service_claims_to_have_announced_is_put_aside(stage: Stage) -> None:
    stage.reset()
    edge = edge_named(stage, "budget.review")
    event = next(e for e in stage.city.bus.archive if e["type"] == "case.decided.v1")
    found, letter = outcome(stage, edge, orjson.dumps({**event, "source": "/sama/registry"}))
    assert found == "dead"
    assert letter is not None
    assert "announced by review" in letter["headers"]["x-sama-error"]


def test_when_the_letter_cannot_be_stored_the_broker_puts_the_message_aside(stage: Stage) -> None:
    edge = edge_named(stage, "review.registry")
    letters = Letters()

    async def away(queue: str, body: bytes, **properties: Any) -> None:
        raise BrokerAway("test")

    letters.put = away  # type: ignore[method-assign]
    consumer = Consumer(BROKER, stage.subscriptions["review"], letters)
    with pytest.raises(RejectMessage) as rejected:
        stage.run(consumer._taker(edge)(Raw(b"garbage")))  # type: ignore[arg-type]
    assert rejected.value.extra_options == {"requeue": False}
