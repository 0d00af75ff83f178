"""Every event in every state, early, late and repeated: a table (DESIGN.md, "State")."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from services.review.domain.case import case_id
from services.review.domain.case_steps import BallotForm
from shared.contracts.review import FieldReason
from tests.unit.review.builders import (
    CASE_WITHIN,
    CAUSE,
    MOVES_BY,
    SECRETARY,
    SIGN_WITHIN,
    World,
    form,
    member,
)

ID = case_id("req-1", 1)


async def nothing(world: World) -> None:
    await world.set_up_group()
    await world.standing(1)


async def awaiting(world: World) -> None:
    await world.submitted()


async def opened(world: World) -> None:
    await nothing(world)
    await world.submitted()


async def paused(world: World) -> None:
    await opened(world)
    await world.standing(2, allowed=False)


async def cast(world: World, seat: int, ballot: BallotForm | None = None) -> None:
    await world.uses.cases.declare(
        ID, seat, conflict="none", note="", caller=member(seat), command=world.command(f"person-{seat}")
    )
    await world.uses.cases.cast(ID, seat, ballot or form(), caller=member(seat))


async def closed(world: World) -> None:
    await opened(world)
    for seat in range(1, 7):
        await cast(world, seat)


async def decided(world: World) -> None:
    await closed(world)
    world.now += SIGN_WITHIN
    await world.uses.sweep()


async def changes_requested(world: World) -> None:
    await opened(world)
    fields = [FieldReason(pointer="/title", reason="روشن نیست")]
    await world.uses.cases.request_changes(ID, fields, caller=SECRETARY, command=world.command(), cause=CAUSE)


async def withdrawn(world: World) -> None:
    await opened(world)
    await world.withdrawn()


async def barred(world: World) -> None:
    await nothing(world)
    await world.withdrawn()


async def stalled(world: World) -> None:
    await opened(world)
    world.now += CASE_WITHIN
    await world.uses.sweep()
    world.now += MOVES_BY
    await world.uses.sweep()


async def submit(world: World) -> None:
    await world.submitted()


async def worse(world: World) -> None:
    await world.standing(5, allowed=False)


async def better(world: World) -> None:
    await world.standing(6)


async def withdraw(world: World) -> None:
    await world.withdrawn()


async def lapse(world: World) -> None:
    await world.lapsed()


STATES: Final[dict[str, Callable[[World], Awaitable[None]]]] = {
    "nothing": nothing,
    "awaiting": awaiting,
    "open": opened,
    "paused": paused,
    "closed": closed,
    "decided": decided,
    "changes_requested": changes_requested,
    "withdrawn": withdrawn,
    "barred": barred,
    "stalled": stalled,
}
EVENTS: Final[dict[str, Callable[[World], Awaitable[None]]]] = {
    "submitted": submit,
    "withdrawn": withdraw,
    "lapsed": lapse,
    "worse": worse,
    "better": better,
}
# state: submitted, withdrawn, lapsed, worse standing, better standing → status afterwards
TABLE: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "nothing": ("open", "withdrawn", "withdrawn", "-", "-"),
    "awaiting": ("awaiting", "withdrawn", "withdrawn", "awaiting", "awaiting"),
    "open": ("open", "withdrawn", "withdrawn", "paused", "open"),
    "paused": ("paused", "withdrawn", "withdrawn", "paused", "open"),
    "closed": ("closed", "withdrawn", "withdrawn", "paused", "closed"),
    "decided": ("decided", "decided", "decided", "decided", "decided"),
    "changes_requested": ("changes_requested",) * 5,
    "withdrawn": ("withdrawn",) * 5,
    "barred": ("withdrawn",) * 5,
    "stalled": ("stalled", "withdrawn", "withdrawn", "stalled", "stalled"),
}
CELLS = [(state, event, TABLE[state][n]) for state in STATES for n, event in enumerate(EVENTS)]


async def status(world: World) -> str:
    stored = await world.cases.get(ID)
    return "-" if stored is None else stored.state.status


async def dump(world: World) -> dict[str, Any]:
    return dict(world.documents["cases"].documents)


@pytest.mark.parametrize(("state", "event", "expected"), CELLS, ids=[f"{e} when {s}" for s, e, _ in CELLS])
async def test_each_event_in_each_state_once_and_again(state: str, event: str, expected: str) -> None:
    world = World()
    await STATES[state](world)
    await EVENTS[event](world)
    assert await status(world) == expected
    after, announced = await dump(world), world.announced
    await EVENTS[event](world)  # repeated: nothing more
    assert await dump(world) == after
    assert world.announced == announced


@pytest.mark.parametrize("state", ["awaiting", "barred"])
async def test_a_case_that_never_opened_is_not_announced_at_all(state: str) -> None:
    world = World()
    await STATES[state](world)
    await world.withdrawn()
    await world.submitted()
    assert not [type for type in world.announced if type.startswith("case.")]


async def test_standings_that_arrive_out_of_order_end_at_the_newest() -> None:
    world = World()
    await opened(world)
    await world.standing(9)
    await world.standing(8, allowed=False)  # late: older than what is here
    assert await status(world) == "open"
    await world.standing(10, allowed=False)
    await world.standing(9)
    assert await status(world) == "paused"
