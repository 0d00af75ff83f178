"""Deliveries on fakes: order, repeats, back-off, death and reactivation, replay, two replicas. The clock is moved, never waited for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.webhooks.domain.subscription import Start
from services.webhooks.outbound.seal import FernetSeal
from services.webhooks.usecases.sending import UNREADABLE
from tests.fakes.webhooks import Sent, echoing, saying
from tests.unit.webhooks.build import CAUSE, OFFICE, START, World
from tests.waiting import until

FAILING = saying(500, "no")


@pytest.fixture
def world() -> World:
    return World()


async def test_the_address_has_to_answer_the_challenge_before_any_event_comes(world: World) -> None:
    event = world.events.append()
    id = await world.subscribe()
    world.sender.answer = saying(200, "ok")
    await world.work()
    assert world.sender.events == []
    assert (await world.state(id)).status == "pending"
    world.sender.answer = echoing
    world.passes(seconds=6)
    await world.work()
    assert (await world.state(id)).status == "active"
    assert world.sender.events == [event.id]


async def test_events_come_in_the_order_of_the_stream_each_once(world: World) -> None:
    events = [world.events.append() for _ in range(250)]
    await world.subscribe()
    await world.work()
    assert world.sender.events == [event.id for event in events]


async def test_only_what_was_asked_for_comes(world: World) -> None:
    wanted = world.events.append("case.decided.v1", district="7")
    world.events.append("case.decided.v1", district="8")
    everywhere = world.events.append("case.decided.v1", book="city/1405")
    world.events.append("book.opened.v1", district="7")
    of_book = world.events.append("case.decided.v1", book="district:7/1405")
    id = await world.subscribe(types=("case.decided.v1",), districts=("7",))
    world.events.append("", district="7")
    await world.work()
    assert world.sender.events == [wanted.id, everywhere.id, of_book.id]
    assert world.progress.stored[id].position == world.events.events[-1].offset


async def test_from_now_on_means_from_when_it_was_made(world: World) -> None:
    world.events.append()
    world.sender.answer = FAILING
    await world.subscribe(start=Start(1, "now"))
    await world.work()
    later = world.events.append()
    world.sender.answer = echoing
    world.passes(minutes=1)
    await world.work()
    assert world.sender.events == [later.id]


async def test_a_failure_is_tried_again_later_and_later_and_the_next_events_wait(world: World) -> None:
    first, second = world.events.append(), world.events.append()
    id = await world.subscribe()
    world.sender.answer = lambda sent: echoing(sent) if sent.id.startswith("ping-") else FAILING(sent)
    await world.work()
    waits = []
    for attempt in range(1, 8):
        stands = world.progress.stored[id]
        assert stands.attempts == attempt
        waits.append((stands.next_attempt_at - world.now).total_seconds())
        world.now = stands.next_attempt_at - timedelta(milliseconds=1)
        await world.work()
        assert world.sender.events.count(first.id) == attempt, "not before its time"
        world.now = stands.next_attempt_at
        await world.work()
    assert waits == [5, 20, 80, 320, 1280, 3600, 3600]
    assert second.id not in world.sender.events
    world.sender.answer = echoing
    world.now = world.progress.stored[id].next_attempt_at
    await world.work()
    assert world.sender.events[-2:] == [first.id, second.id]
    assert world.progress.stored[id].failing_since is None


async def test_retry_after_is_honoured_up_to_a_bound(world: World) -> None:
    world.events.append()
    id = await world.subscribe()
    world.sender.answer = lambda sent: echoing(sent) if sent.id.startswith("ping-") else saying(503, "", 120)(sent)
    await world.work()
    assert world.progress.stored[id].next_attempt_at == world.now + timedelta(seconds=120)
    world.passes(seconds=120)
    world.sender.answer = saying(429, "", 86_400)
    await world.work()
    assert world.progress.stored[id].next_attempt_at == world.now + timedelta(hours=6)


async def test_after_days_of_failing_it_is_dead_with_a_reason_and_nothing_is_lost(world: World) -> None:
    events = [world.events.append() for _ in range(3)]
    id = await world.subscribe()
    world.sender.answer = lambda sent: (
        echoing(sent) if sent.id.startswith("ping-") else saying(502, "bad gateway")(sent)
    )
    await world.work()
    while (await world.state(id)).status == "active":
        world.now = world.progress.stored[id].next_attempt_at
        assert world.now <= START + timedelta(days=5)
        await world.work()
    death = (await world.state(id)).death
    assert death is not None
    assert (death.reason, death.status, death.detail) == ("failing", 502, "bad gateway")
    assert death.failing_since == START
    assert death.at == START + timedelta(days=5)
    attempts = len(world.sender.events)
    world.passes(days=30)
    world.events.append()
    await world.work()
    assert len(world.sender.events) == attempts, "nothing is sent to a dead one"

    world.sender.answer = echoing
    await world.do("resume", id)
    await world.work()
    assert world.sender.events[attempts:] == [event.id for event in world.events.events]
    assert (await world.state(id)).status == "active"
    assert (await world.state(id)).death is None
    assert events[0].id == world.sender.events[attempts]


async def test_an_address_that_says_it_is_gone_is_dead_at_once(world: World) -> None:
    world.events.append()
    id = await world.subscribe()
    world.sender.answer = lambda sent: echoing(sent) if sent.id.startswith("ping-") else saying(410)(sent)
    await world.work()
    death = (await world.state(id)).death
    assert death is not None
    assert death.reason == "gone"


async def test_an_address_that_never_answers_the_challenge_is_given_up_after_a_day(world: World) -> None:
    id = await world.subscribe()
    world.sender.answer = saying(None, "ConnectError")
    await world.work()
    while (await world.state(id)).status == "pending":
        world.now = world.progress.stored[id].next_attempt_at
        await world.work()
    death = (await world.state(id)).death
    assert death is not None
    assert (death.reason, death.status, death.at) == ("unverified", None, START + timedelta(days=1))


async def test_whoever_resumes_while_the_last_attempt_is_made_wins(world: World) -> None:
    world.events.append()
    id = await world.subscribe()
    world.sender.answer = lambda sent: echoing(sent) if sent.id.startswith("ping-") else saying(410)(sent)
    give_up = world.uses.working._give_up

    async def resumed_before(state: object, death: object) -> None:
        await world.do("resume", id)
        await give_up(state, death)  # type: ignore[arg-type]

    world.uses.working._give_up = resumed_before  # type: ignore[method-assign]
    await world.work()
    assert (await world.state(id)).status == "active"


async def test_one_that_is_down_keeps_nobody_else_waiting(world: World) -> None:
    events = [world.events.append() for _ in range(20)]
    await world.subscribe("https://down.example/")
    await world.subscribe("https://well.example/")
    world.sender.answer = lambda sent: FAILING(sent) if "down" in sent.url else echoing(sent)
    await world.work()
    assert [s.id for s in world.sender.sent if "well" in s.url][1:] == [event.id for event in events]


async def test_a_pause_stops_it_and_resuming_goes_on_where_it_stopped(world: World) -> None:
    first = world.events.append()
    id = await world.subscribe()
    await world.work()
    await world.do("pause", id)
    second, third = world.events.append(), world.events.append()
    await world.work()
    assert world.sender.events == [first.id]
    await world.do("resume", id)
    await world.work()
    assert world.sender.events == [first.id, second.id, third.id]


@pytest.mark.parametrize(
    ("where", "expected"),
    [(("beginning", None, None), 0), (("offset", 2, None), 2), (("now", None, None), 4)],
    ids=lambda value: str(value),
)
async def test_a_replay_begins_where_it_is_asked_to(
    world: World, where: tuple[str, int | None, None], expected: int
) -> None:
    events = [world.events.append() for _ in range(4)]
    id = await world.subscribe()
    await world.work()
    before = len(world.sender.events)
    await world.do("replay", id, *where)
    await world.work()
    assert world.sender.events[before:] == [event.id for event in events[expected:]]


async def test_a_replay_begins_at_a_time(world: World) -> None:
    events = [world.events.append() for _ in range(4)]
    id = await world.subscribe()
    await world.work()
    before = len(world.sender.events)
    await world.do("replay", id, "time", None, START.replace(minute=2))
    await world.work()
    assert world.sender.events[before:] == [event.id for event in events[2:]]


async def test_a_replay_is_followed_at_once_though_the_next_attempt_is_hours_away(world: World) -> None:
    events = [world.events.append() for _ in range(2)]
    id = await world.subscribe()
    world.sender.answer = lambda sent: echoing(sent) if sent.id.startswith("ping-") else saying(503, "", 3600)(sent)
    await world.work()
    world.sender.answer = echoing
    await world.do("replay", id, "beginning", None, None)
    await world.work()
    assert world.sender.events[1:] == [event.id for event in events]


async def test_a_stream_that_was_made_anew_is_delivered_from_its_beginning(world: World) -> None:
    for _ in range(5):
        world.events.append()
    await world.subscribe()
    await world.work()
    before = len(world.sender.events)
    world.events.events.clear()
    anew = [world.events.append(id=f"anew-{n}") for n in range(8)]
    await world.work()
    assert world.sender.events[before:] == [event.id for event in anew]


async def test_another_address_is_challenged_before_it_gets_anything(world: World) -> None:
    world.events.append()
    id = await world.subscribe()
    await world.work()
    await world.uses.subscriptions.edit(
        id, {"url": "https://other.example/"}, caller=OFFICE, cause=CAUSE, expected_version=None
    )
    assert (await world.state(id)).status == "pending"
    world.events.append()
    world.sender.answer = lambda sent: saying(200, "{}")(sent) if "other" in sent.url else echoing(sent)
    await world.work()
    assert [s.id for s in world.sender.sent if "other" in s.url and not s.id.startswith("ping-")] == []


async def test_two_replicas_share_the_work_and_never_send_the_same_twice(world: World) -> None:
    other = world.replica()
    for _ in range(30):
        await world.subscribe()
    world.events.append()
    await world.uses.working.claim()
    await other.working.claim()
    held = [set(working._turns) for working in (world.uses.working, other.working)]
    assert held[0]
    assert held[1]
    assert not held[0] & held[1]
    await world.uses.working.stop()
    await other.working.stop()


async def test_who_lost_the_lease_moves_nothing(world: World) -> None:
    """A replica that was frozen while it sent: another one has it by now, and what the first one knows is thrown away."""
    event = world.events.append()
    id = await world.subscribe()
    await world.work()
    world.events.append()
    other = world.replica()

    def taken_meanwhile(sent: Sent) -> object:
        stands = world.progress.stored[id]
        if stands.holder == world.uses.working._replica:
            world.progress.stored[id] = replace(stands, epoch=stands.epoch + 1, holder=other.working._replica)
        return echoing(sent)

    world.sender.answer = taken_meanwhile  # type: ignore[assignment]
    await world.uses.working.claim()
    await until(lambda: len(world.sender.events) == 2)
    await world.uses.working.stop()
    assert world.progress.stored[id].position == event.offset
    assert world.progress.stored[id].holder == other.working._replica


async def test_a_secret_that_cannot_be_read_is_a_failure_and_delivery_goes_on_when_the_key_is_back(
    world: World,
) -> None:
    event = world.events.append()
    id = await world.subscribe()
    await world.work()
    other = World(
        now=world.now, stores=world.stores, progress=world.progress, events=world.events, seal=FernetSeal(["x" * 32])
    )
    second = world.events.append()
    await other.work()
    assert other.sender.sent == []
    (attempt, *_) = await world.progress.deliveries(id)
    assert (attempt.outcome, attempt.answer) == ("failed", UNREADABLE)
    world.passes(minutes=1)
    await world.work()
    assert world.sender.events == [event.id, second.id]
