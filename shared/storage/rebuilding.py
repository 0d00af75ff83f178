"""Rebuilding copies whose content cannot be believed, while the service goes on (docs/decisions/0018).

While a rebuild replays the archive, every copy that an event gives is also written into a fresh collection beside the one in use. Then
both are compared and what differs is replaced, copy by copy; no reader ever misses one or sees an older one.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from shared.storage.mongo import REBUILDING, MongoCopies
from shared.storage.ports import Document

ROUNDS: Final = 5  # a copy that changes while it is compared is compared again
UNKNOWN: Final = "not in the archive"


@dataclass(frozen=True, slots=True)
class Difference:
    """A copy in use and what the archive says of it; None: there is none."""

    copies: MongoCopies
    id: str
    used: Document | None
    rebuilt: Document | None


@asynccontextmanager
async def rebuilding(copies: Sequence[MongoCopies]) -> AsyncIterator[None]:
    """Have what is applied to these copies in this context also written into fresh collections, emptied first and removed last."""
    for each in copies:
        await each.fresh.clear()
    token = REBUILDING.set(True)
    try:
        yield
    finally:
        REBUILDING.reset(token)
        for each in copies:
            await each.fresh.clear()


async def settle(copies: Sequence[MongoCopies], catch_up: Callable[[], Awaitable[object]]) -> list[Document]:
    """Replace every copy that differs from its rebuilt one; return what was found, with both contents.

    ``catch_up`` replays what the archive got since; only a difference that is still there afterwards is one: events are in the archive
    before a consumer has them. A copy that the archive knows nothing of stays, and is named: the archive may have lost its event.
    """
    found: dict[tuple[str, str], Document] = {}
    for _ in range(ROUNDS):
        seen = [difference for each in copies async for difference in _differences(each)]
        seen = [d for d in seen if d.rebuilt is not None or (d.copies.collection, d.id) not in found]
        if not seen:
            break
        await catch_up()
        for difference in seen:
            rebuilt = await difference.copies.fresh.get(difference.id)
            if rebuilt == difference.used:
                continue
            entry = {"copy": f"{difference.copies.collection}/{difference.id}", "was": difference.used, "is": rebuilt}
            if rebuilt is None:
                found[difference.copies.collection, difference.id] = {**entry, "is": UNKNOWN}
            elif await difference.copies.replace(difference.used, rebuilt):
                found[difference.copies.collection, difference.id] = entry
    return list(found.values())


async def _differences(copies: MongoCopies) -> AsyncIterator[Difference]:
    for id in sorted({*await copies.ids(), *await copies.fresh.ids()}):
        used, rebuilt = await copies.get(id), await copies.fresh.get(id)
        if used != rebuilt:
            yield Difference(copies, id, used, rebuilt)
