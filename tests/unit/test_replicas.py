"""The right number of replicas, from depth, arrivals, handling time and how busy they are."""

import pytest

from shared import telemetry
from shared.contracts.envelope import Envelope
from shared.contracts.registry import OrganizationSuspended
from shared.messaging.loads import Loads
from shared.messaging.management import Depth
from shared.messaging.subscriptions import Subscriptions
from shared.replicas import DRAIN_SECONDS, MOST, UTILISATION, Load, wanted

IDLE = Load(waiting=0, arrivals_per_second=0.0, handling_seconds=0.025, at_once=1)


def load(waiting: int = 0, arrivals: float = 0.0, seconds: float = 0.025, at_once: int = 1) -> Load:
    return Load(waiting, arrivals, seconds, at_once)


def right(*loads: Load, running: int = 1, processor: float = 0.0) -> int:
    return wanted(loads, running=running, processor=processor)


def test_an_idle_service_has_one() -> None:
    assert right(IDLE) == 1
    assert right() == 1


def test_as_many_as_keep_each_at_most_seventy_per_cent_busy() -> None:
    # One replica manages 40 events a second at 25 ms each, so 28 at 70 %.
    assert right(load(arrivals=28.0)) == 1
    assert right(load(arrivals=28.1)) == 2
    assert right(load(arrivals=112.0)) == 4
    assert right(load(arrivals=112.1)) == 5


def test_what_waits_is_to_be_gone_within_the_drain_time() -> None:
    backlog = round(28.0 * DRAIN_SECONDS)
    assert right(load(waiting=backlog)) == 1
    assert right(load(waiting=3 * backlog)) == 3
    assert right(load(waiting=backlog, arrivals=28.0)) == 2


def test_more_hands_at_once_need_fewer_replicas() -> None:
    assert right(load(arrivals=300.0, at_once=32)) == 1
    assert right(load(arrivals=300.0, at_once=1)) == 11


def test_the_queue_that_needs_most_decides() -> None:
    assert right(load(arrivals=50.0), load(arrivals=100.0)) == 4


def test_busy_processors_ask_for_more_even_without_events() -> None:
    assert right(IDLE, running=2, processor=0.7) == 2
    assert right(IDLE, running=2, processor=0.95) == 3
    assert right(IDLE, running=1, processor=UTILISATION) == 1


def test_a_queue_with_a_single_active_consumer_never_asks_for_a_second_one() -> None:
    assert right(Load(100_000, 500.0, 0.1, 1, single_active=True)) == 1


def test_before_anything_was_handled_nothing_is_known_and_a_broken_figure_stays_a_number() -> None:
    assert right(load(waiting=5_000, seconds=0.0)) == 1
    assert right(load(waiting=10**9, seconds=100.0)) == MOST


async def handle(_data: object, _event: Envelope) -> None: ...


def listening() -> Subscriptions:
    subscriptions = Subscriptions("review", prefetch=1)
    subscriptions.on(OrganizationSuspended, handle)
    return subscriptions


def figure() -> float:
    (family,) = telemetry.REPLICAS_WANTED.collect()
    return next(sample.value for sample in family.samples if sample.labels["service"] == "review")


def test_rates_come_from_two_looks() -> None:
    now, used, done = 100.0, 5.0, (0, 0.0)
    loads = Loads(listening(), now=lambda: now, processor=lambda: used, handled=lambda _queue: done)
    loads.look({"review.registry": Depth(0, 0, 1, published=1_000)})
    assert figure() == 1

    now, used, done = 110.0, 6.0, (300, 7.5)
    loads.look({"review.registry": Depth(0, 1, 1, published=1_600)})  # 60 a second at 25 ms: 2.14 replicas
    assert figure() == 3

    now, used, done = 120.0, 15.5, (300, 7.5)
    loads.look({"review.registry": Depth(0, 0, 2, published=0)})  # the broker began anew; 95 % busy with calls
    assert figure() == 3

    now = 130.0
    loads.look({})
    assert figure() == 1


@pytest.mark.parametrize("event", ["a", "b"])
def test_what_was_handled_is_counted_over_all_events_of_a_queue(event: str) -> None:
    number, seconds = telemetry.handled("replicas.test")
    telemetry.HANDLER_SECONDS.labels("replicas.test", event).observe(0.25)
    again, longer = telemetry.handled("replicas.test")
    assert again == number + 1
    assert longer == pytest.approx(seconds + 0.25)
