"""How often one caller may call: a token bucket per caller, and per address for calls without a valid token (RELIABILITY.md, "Bad input").

Kept by each process for itself: the bound is there against a client that runs away, not for accounting, so it needs no shared store.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection

KEPT: Final = (
    10_000  # callers; some hundred bytes each. The one seen longest ago goes, and its bucket is full again by then
)
EXEMPT: Final = frozenset({"/health/live", "/health/ready", "/metrics"})  # asked by machines, also of a busy service


class TooMany(Exception):
    """The caller's bucket is empty; it holds a token again after ``retry_after`` whole seconds (at least 1)."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"again in {retry_after} s")
        self.retry_after = retry_after


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Rates:
    """per_second: tokens that a bucket gains, 0: nothing is bounded; burst: tokens that a full one holds."""

    def __init__(self, per_second: float = 0, burst: int = 1, *, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._now = now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> None:
        """Take a token of this caller's bucket. Raises TooMany."""
        if not self._per_second:
            return
        now = self._now()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._burst, now)
            if len(self._buckets) > KEPT:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
            bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._per_second)
            bucket.at = now
        if bucket.tokens < 1:
            raise TooMany(max(1, math.ceil((1 - bucket.tokens) / self._per_second)))
        bucket.tokens -= 1


def address_of(connection: HTTPConnection) -> str:
    """Return the bucket of a call without a valid token: the client's address, as the server in front tells it."""
    return f"address {connection.client.host if connection.client else '-'}"
