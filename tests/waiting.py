"""Waiting for a condition with a deadline: what tests do instead of sleeping for a guessed time."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

POLL_SECONDS = 0.01


async def until(condition: Callable[[], bool | Awaitable[bool]], *, seconds: float = 10, what: str = "") -> None:
    """Return once the condition holds (it may be a coroutine function). Raises AssertionError at the deadline."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        held = condition()
        if inspect.isawaitable(held):
            held = await held
        if held:
            return
        if loop.time() > deadline:
            raise AssertionError(f"still not so after {seconds} s: {what or inspect.getsource(condition).strip()}")
        await asyncio.sleep(POLL_SECONDS)
