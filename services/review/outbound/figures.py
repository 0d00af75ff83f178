"""What review shows of cases that wait, for Prometheus. Every replica shows the same: read it with ``max``.

Only what the API and the events tell, too: status, age and deadline. Nothing here depends on how many ballots are cast (REV-5).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from prometheus_client import Gauge

from services.review.domain.case import UNSETTLED, CaseStatus
from shared.clock import Clock
from shared.storage.ports import Documents, Group
from shared.telemetry import Ages, Values

CASES: Final = Gauge(
    "sama_cases",
    "Cases by district and status, without those that ended: how many wait for a decision, and what for?",
    ("district", "status"),
)
OLDEST_CASE: Final = Gauge(
    "sama_oldest_case_seconds",
    "Time since the oldest case of a status was received, by district; 0: none: how long does one wait for a decision?",
    ("district", "status"),
)
NEXT_DEADLINE: Final = Gauge(
    "sama_next_case_deadline_timestamp_seconds",
    "The nearest deadline of an open case, by district (Unix time; 0: none), looked at every minute: where is a decision due next?",
    ("district",),
)
OLDEST_UNSIGNED: Final = Gauge(
    "sama_oldest_unsigned_case_seconds",
    "Time since the oldest result that is not issued yet was fixed, by district; 0: none: where does a signature lack?",
    ("district",),
)
PAST_DUE: Final = Gauge(
    "sama_past_due_cases",
    "Cases whose deadline or term for signing is over and which nobody closed or issued, by district: do deadlines stand still?",
    ("district",),
)

SHOWN: Final[tuple[CaseStatus, ...]] = (*UNSETTLED, "stalled", "excepted")
DEADLINES_SECONDS: Final = 60.0  # days away, and each look reads the open cases whole


class Figures:
    """Looks at the cases. Raises Unavailable."""

    def __init__(self, cases: Documents, clock: Clock) -> None:
        self._cases = cases
        self._clock = clock
        self._counts = Values(CASES)
        self._oldest, self._unsigned = Ages(OLDEST_CASE), Ages(OLDEST_UNSIGNED)
        self._past_due, self._deadlines = Values(PAST_DUE), Values(NEXT_DEADLINE)

    async def waiting(self) -> None:
        """Count what waits, by what it waits for, and note since when the first does."""
        # Any district: so the index by district, status and time has it all.
        where = {"district": {"$gt": ""}, "status": {"$in": SHOWN}}
        groups = await self._cases.groups(where, ("district", "status"), earliest="received_at")
        self._counts.look({group.values: group.count for group in groups})
        self._oldest.look({group.values: group.earliest for group in groups if group.values[1] in UNSETTLED})
        overdue = await self._cases.groups({"due_at": {"$lte": self._clock()}}, ("district",))
        self._past_due.look(
            {(district,): 0 for district, _ in (group.values for group in groups)}
            | {group.values: group.count for group in overdue}
        )

    async def terms(self) -> None:
        """Note the nearest deadline, and since when the first result waits for its signature."""
        where = {"district": {"$gt": ""}}
        open_ = await self._cases.groups({**where, "status": "open"}, ("district",), earliest="deadline")
        self._deadlines.look({group.values: at.timestamp() for group, at in _timed(open_)})
        closed = await self._cases.groups({**where, "status": "closed"}, ("district",), earliest="result.closed_at")
        self._unsigned.look({group.values: at for group, at in _timed(closed)})


def _timed(groups: Sequence[Group]) -> Sequence[tuple[Group, datetime]]:
    return [(group, group.earliest) for group in groups if group.earliest is not None]
