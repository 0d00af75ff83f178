"""The entry module of a service that dies at a named point: ``uvicorn tests.integration.faults.crashing:app``.

The production code knows nothing of it: the real classes' methods are wrapped here, before the real application is built. A point is armed
by writing its name into the file ``<SAMA_CRASH_FOLDER>/<service>``; it goes off once, because the file is removed first.
"""

import importlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from aio_pika import IncomingMessage

from services.budget.outbound.journal import MongoEntries
from shared.messaging.bus import Bus
from shared.messaging.consumer import Consumer
from shared.storage.mongo import MongoDocuments

POINTS: Final = ("before_save", "after_save", "after_publish", "before_ack", "after_ack")
SERVICE: Final = os.environ["SAMA_SERVICE"]
ARMED: Final = Path(os.environ["SAMA_CRASH_FOLDER"]) / SERVICE


def reach(point: str) -> None:
    """Die here if the point is armed, as by ``kill -9``."""
    try:
        armed = ARMED.read_text().strip()
    except FileNotFoundError:
        return
    if armed == point:
        ARMED.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def wrap(owner: type, name: str, *, before: str | None = None, after: str | None = None) -> None:
    """Put points before and after a coroutine method."""
    real: Callable[..., Any] = getattr(owner, name)

    async def wrapped(*arguments: Any, **named: Any) -> Any:
        if before:
            reach(before)
        result = await real(*arguments, **named)
        if after:
            reach(after)
        return result

    setattr(owner, name, wrapped)


for _owner, _name in ((MongoDocuments, "insert"), (MongoDocuments, "update"), (MongoEntries, "append")):
    wrap(_owner, _name, before="before_save", after="after_save")
wrap(Bus, "publish", after="after_publish")
wrap(Consumer, "_patiently", after="before_ack")
wrap(IncomingMessage, "ack", after="after_ack")

app = importlib.import_module(f"services.{SERVICE}.main").app
