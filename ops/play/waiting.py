"""Waiting for what an event brings: how long it took lately tells when to look next, so that few looks are in vain."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from ops.client import TooLate

T = TypeVar("T")

SHORTEST, LONGEST = 0.03, 1.0  # seconds between two looks
FORGETTING = 0.2  # weight of the newest wait in the running mean


@dataclass
class Patience:
    """Looks again and again until there is something; learns how long this kind of wait takes.

    seconds: the deadline; usual: how long it took lately.
    """

    seconds: float = 120.0
    usual: float = 0.1
    looks: int = 0

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str) -> T:
        """Return the first result that is not None. Raises TooLate, and what ``look`` raises."""
        begun = time.monotonic()
        pause = max(SHORTEST, self.usual * 0.8)
        while True:
            await asyncio.sleep(pause)
            self.looks += 1
            found = await look()
            waited = time.monotonic() - begun
            if found is not None:
                self.usual += FORGETTING * (waited - self.usual)
                return found
            if waited > self.seconds:
                raise TooLate(what, self.seconds)
            pause = min(LONGEST, max(SHORTEST, self.usual * 0.4, waited * 0.3))
