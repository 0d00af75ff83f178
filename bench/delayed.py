"""A real service that takes a fixed time more for every event: ``uvicorn bench.delayed:app`` with SAMA_SERVICE and SAMA_BENCH_WORK_SECONDS.

The time is waited, not computed: as if the handler asked something slow. So two cores do for several replicas, and what is seen is how the
work is shared out. For benches and tests only; a service's own app knows nothing of it.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from shared.messaging.subscriptions import Subscriptions

SECONDS = float(os.environ["SAMA_BENCH_WORK_SECONDS"])


def _slow_down() -> None:
    on = Subscriptions.on

    def slower_on(self: Subscriptions, event: Any, handler: Callable[[Any, Any], Awaitable[None]]) -> None:
        async def handle(data: Any, envelope: Any) -> None:
            await asyncio.sleep(SECONDS)
            await handler(data, envelope)

        on(self, event, handle)

    Subscriptions.on = slower_on  # type: ignore[method-assign]


if SECONDS > 0:
    _slow_down()
app = import_module(f"services.{os.environ['SAMA_SERVICE']}.main").app
