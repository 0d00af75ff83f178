"""Ctrl-C and the like, for commands that hold a stack."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from ops.local.processes import kill_all

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130  # the shell's number for a command ended by Ctrl-C


def run(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run the coroutine and return its exit code; the first signal cancels it, so that it cleans up; a second one kills its children."""
    return asyncio.run(_guarded(main))


async def _guarded(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    task, loop = asyncio.create_task(main()), asyncio.get_running_loop()
    received = 0

    def receive() -> None:
        nonlocal received
        received += 1
        if received == 1:
            task.cancel()
        else:
            kill_all()

    for number in STOPPING:
        loop.add_signal_handler(number, receive)
    try:
        return await task
    except asyncio.CancelledError:
        return INTERRUPTED
