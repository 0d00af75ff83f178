"""What portal keeps is what a replay of the archive makes, byte for byte, in whichever order and however often its events come."""

import json
import random
from typing import Any

import pytest

from services.portal.domain.rows import ROWS
from tests.component.test_portal_http import told
from tests.fakes.portal import MemoryGeneration
from tests.portal import Portal


def kept(generation: MemoryGeneration, *collections: str) -> dict[str, bytes]:
    """Return every row as it is written, fields in their order; marks are made of chance, and gone when figures are made."""
    return {
        f"{name}/{id}": json.dumps(row, ensure_ascii=False).encode()
        for name in collections
        for id, row in sorted(generation.rows(name).rows.items())
    }


def shuffled(archive: list[Any], seed: int) -> list[Any]:
    """Some events twice or three times, all in a new order."""
    chance = random.Random(seed)
    events = [*archive, *chance.choices(archive, k=len(archive))]
    chance.shuffle(events)
    return events


@pytest.mark.parametrize("seed", range(5))
async def test_a_replay_in_any_order_makes_the_same_rows_and_figures_byte_for_byte(seed: int) -> None:
    story = await told()
    rebuilt = await Portal().follow(shuffled(story.city.bus.archive, seed))
    live = kept(story.portal.kept.used, *ROWS, "figures")
    assert len(live) > 10
    assert kept(rebuilt.kept.used, *ROWS, "figures") == live


async def test_copies_that_a_replay_fills_beside_those_in_use_are_the_same_and_change_none() -> None:
    story = await told()
    portal = await Portal().follow(story.city.bus.archive)
    before = kept(portal.kept.used, *ROWS, "figures")
    portal.kept.fresh = MemoryGeneration()
    await portal.follow(shuffled(story.city.bus.archive, 7))
    assert kept(portal.kept.used, *ROWS, "figures") == before
    assert kept(portal.kept.fresh, *ROWS) == kept(portal.kept.used, *ROWS)
