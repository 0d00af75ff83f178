"""What requests shows of its requests, for Prometheus. Every replica shows the same: read it with ``max``.

A draft that names no district yet is nobody's to deal with and is not counted.
"""

from collections.abc import Iterable
from typing import Final

from prometheus_client import Gauge

from services.requests.domain.statuses import OPEN, STATUSES, Status
from shared.storage.ports import Documents
from shared.telemetry import Values

REQUESTS: Final = Gauge(
    "sama_requests",
    "Requests by district and status, drafts, ended and running ones counted every five minutes: where do requests pile up?",
    ("district", "status"),
)

AT_REST_SECONDS: Final = 300.0  # as many as there ever were, and no alert needs them


class Figures:
    """Looks at the requests. Raises Unavailable."""

    def __init__(self, requests: Documents) -> None:
        self._requests = requests
        self._open, self._at_rest = Values(REQUESTS), Values(REQUESTS)

    async def open(self) -> None:
        """Count those on which somebody still has to act before money is committed."""
        await self._count(self._open, OPEN)

    async def at_rest(self) -> None:
        """Count all others."""
        await self._count(self._at_rest, frozenset(STATUSES) - OPEN)

    async def _count(self, values: Values, statuses: Iterable[Status]) -> None:
        # Any district: so the index by district and status has it all.
        where = {"proposal.district": {"$gt": ""}, "status": {"$in": sorted(statuses)}}
        groups = await self._requests.groups(where, ("proposal.district", "status"))
        values.look({group.values: group.count for group in groups})
