"""A service that kills itself at a named point: ``uvicorn tests.integration.faults.crashing:app`` with SAMA_SERVICE naming the service
and SAMA_CRASH_AT=<point>:<n>. The app is the real one; only the ports that a point stands at are wrapped, here and nowhere else.

Points: before_save and after_save (before publish) – of a document or of entries; after_publish – before the mark; before_ack – the
handler has ended; after_ack. The process dies by SIGKILL when it comes to its point for the n-th time.
"""

import importlib
import os
import signal
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final, TypeVar

from aio_pika import IncomingMessage

from services.budget.outbound.journal import MongoEntries
from shared.messaging.publisher import Publisher
from shared.storage.mongo import MongoDocuments

R = TypeVar("R")
Method = Callable[..., Awaitable[R]]

POINTS: Final = ("before_save", "after_save", "after_publish", "before_ack", "after_ack")


class Countdown:
    """Kills the process at the n-th call."""

    def __init__(self, left: int) -> None:
        self._left = left

    def __call__(self) -> None:
        """Count once."""
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def around(
    owner: type,
    name: str,
    *,
    before: Callable[[], None] | None = None,
    after: Callable[[], None] | None = None,
    counts: Callable[..., Any] = lambda *_given, **_named: True,
) -> None:
    """Replace an async method by itself with a call before it or after it returned, if its arguments count."""
    method: Method[Any] = getattr(owner, name)

    @wraps(method)
    async def wrapped(*given: Any, **named: Any) -> Any:
        if before is not None and counts(*given, **named):
            before()
        result = await method(*given, **named)
        if after is not None and counts(*given, **named):
            after()
        return result

    setattr(owner, name, wrapped)


def arm(point: str, strike: Callable[[], None]) -> None:
    """Put the strike at its point."""
    if point in ("before_save", "after_save"):
        when: dict[str, Any] = {"before" if point == "before_save" else "after": strike}
        # Only what announces something: else the time between save and publish is no time.
        around(MongoDocuments, "insert", counts=lambda _self, document: document["outbox"], **when)
        around(MongoDocuments, "update", counts=lambda *_given, outbox, **_named: outbox, **when)
        around(MongoEntries, "append", **when)
    elif point == "after_publish":
        around(Publisher, "publish", after=strike, counts=lambda _self, events: events)
    elif point == "before_ack":
        around(IncomingMessage, "ack", before=strike)
    elif point == "after_ack":
        around(IncomingMessage, "ack", after=strike)
    else:
        raise ValueError(f"no such crash point: {point}; there are {', '.join(POINTS)}")


def _armed_app() -> Any:
    service = os.environ["SAMA_SERVICE"]
    point, _, times = os.environ["SAMA_CRASH_AT"].partition(":")
    arm(point, Countdown(int(times)))
    return importlib.import_module(f"services.{service}.main").app


if "SAMA_CRASH_AT" in os.environ:
    app = _armed_app()
