"""Prepare many things ahead, finish them in order: the pattern of a city's decisions.

Within a row (a district) the finishing keeps the order of the row; rows run side by side. Preparation runs ahead, a bounded number at
once, interleaved so that all rows end at about the same time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

T = TypeVar("T")
P = TypeVar("P")

WORKERS: Final = 24  # prepared at once: enough that no service idles, few enough that none queues long


async def in_order(
    rows: Mapping[str, Sequence[T]],
    prepare: Callable[[T], Awaitable[P]],
    finish: Callable[[T, P], Awaitable[None]],
    *,
    alone: Callable[[T], bool] = lambda _item: False,
    workers: int = WORKERS,
) -> None:
    """Prepare and finish every item of every row. alone: items prepared by a task of their own from the start, because they only wait.

    Raises an ExceptionGroup with the first error; the rest is cancelled.
    """
    loop = asyncio.get_running_loop()
    futures: dict[tuple[str, int], asyncio.Future[P]] = {
        (row, place): loop.create_future() for row, items in rows.items() for place in range(len(items))
    }

    async def prepare_one(row: str, place: int) -> None:
        futures[row, place].set_result(await prepare(rows[row][place]))

    async def prepare_many(turns: Iterator[tuple[str, int]]) -> None:
        for row, place in turns:
            await prepare_one(row, place)

    async def finish_row(row: str) -> None:
        for place, item in enumerate(rows[row]):
            await finish(item, await futures[row, place])

    turns = sorted(futures, key=lambda turn: (turn[1] / len(rows[turn[0]]), turn[0]))
    shared = iter([(row, place) for row, place in turns if not alone(rows[row][place])])
    async with asyncio.TaskGroup() as tasks:
        for row, place in turns:
            if alone(rows[row][place]):
                tasks.create_task(prepare_one(row, place))
        for _ in range(workers):
            tasks.create_task(prepare_many(shared))
        for row in rows:
            tasks.create_task(finish_row(row))
