"""Preparing ahead, finishing in order; waiting that learns; progress without a terminal."""

import asyncio
import io

import pytest
from rich.console import Console

from ops.client import TooLate
from ops.play.failures import first_cause
from ops.play.ordered import in_order
from ops.play.progress import Progress
from ops.play.waiting import Patience

ROWS = {"a": [f"a{n}" for n in range(6)], "b": [f"b{n}" for n in range(3)], "c": []}


async def test_a_row_is_finished_in_its_order_although_it_is_prepared_in_another() -> None:
    finished: list[str] = []

    async def prepare(item: str) -> str:
        await asyncio.sleep(0.02 if item in ("a0", "b1") else 0)
        return item.upper()

    async def finish(item: str, prepared: str) -> None:
        assert prepared == item.upper()
        finished.append(item)

    await in_order(ROWS, prepare, finish)
    for row, items in ROWS.items():
        assert [item for item in finished if item.startswith(row)] == items


async def test_no_more_are_prepared_at_once_than_there_are_workers() -> None:
    now = most = 0

    async def prepare(item: str) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1

    async def finish(item: str, _prepared: None) -> None:
        return None

    await in_order(ROWS, prepare, finish, workers=2)
    assert most == 2


async def test_what_only_waits_is_prepared_beside_the_workers() -> None:
    started: list[str] = []
    others = asyncio.Event()

    async def prepare(item: str) -> None:
        started.append(item)
        if item == "a5":
            await others.wait()
        if len(started) == 9:
            others.set()

    async def finish(item: str, _prepared: None) -> None:
        return None

    async with asyncio.timeout(5):
        await in_order(ROWS, prepare, finish, alone=lambda item: item == "a5", workers=1)
    assert started[0] == "a5"


async def test_the_first_failure_ends_everything() -> None:
    async def prepare(item: str) -> None:
        if item == "b1":
            raise ValueError(item)
        await asyncio.sleep(0)

    async def finish(item: str, _prepared: None) -> None:
        return None

    with pytest.raises(ExceptionGroup) as caught:
        await in_order(ROWS, prepare, finish)
    assert str(first_cause(caught.value)) == "b1"


async def test_a_wait_ends_with_what_is_found_and_learns_how_long_it_took() -> None:
    patience, looks = Patience(5, usual=0.0), 0

    async def look() -> int | None:
        nonlocal looks
        looks += 1
        return looks if looks == 3 else None

    assert await patience.until(look, "three looks") == 3
    assert patience.usual > 0


async def test_a_wait_that_is_too_long_says_for_what() -> None:
    async def look() -> None:
        return None

    with pytest.raises(TooLate, match="the moon turning green did not happen within 0 seconds"):
        await Patience(0.05, usual=0.0).until(look, "the moon turning green")


async def test_without_a_terminal_progress_is_plain_lines() -> None:
    out = io.StringIO()
    async with Progress(Console(file=out, width=120), "City", {"d01": "One"}, ("voted", "funded")) as progress:
        progress.count("d01", "voted", 3)
        progress.count("d01", "funded")
    assert "3 voted · 1 funded" in out.getvalue()
    assert progress.total("voted") == 3
