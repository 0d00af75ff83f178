"""A stored state that is not the fold of its history is named with its fields."""

from copy import deepcopy
from typing import Any

import pytest_asyncio

from ops.verify.histories import KINDS, check_history
from services.review.outbound.store import CASES
from tests.unit.review.builders import World

Document = dict[str, Any]


@pytest_asyncio.fixture
async def world() -> World:
    world = World()
    await world.set_up_group()
    await world.standing(1)
    await world.submitted()
    return world


def case_of(world: World) -> Document:
    (case,) = world.documents["cases"].documents.values()
    return deepcopy(case)


def test_what_the_services_wrote_is_the_fold_of_its_history(world: World) -> None:
    for kind in KINDS["review"]:
        for document in world.documents[kind.collection].documents.values():
            assert list(check_history(kind, document)) == []


def test_a_changed_state_is_named(world: World) -> None:
    case = case_of(world) | {"status": "decided", "deadline_moves": 7}
    (finding,) = check_history(CASES, case)
    assert finding.what.endswith("in: deadline_moves, status")


def test_a_history_with_an_entry_taken_out_is_named(world: World) -> None:
    case = case_of(world)
    del case["history"][0]
    (finding,) = check_history(CASES, case)
    assert "gap" in finding.what


def test_a_history_that_makes_no_sense_is_named(world: World) -> None:
    case = case_of(world)
    case["history"][0] |= {"type": "Unheard"}
    (finding,) = check_history(CASES, case)
    assert "cannot be folded" in finding.what
