"""Where delivery of one subscription stands, and what follows from each attempt.

Kept apart from the subscription: it changes with every event, so it has no history; beside it only the last attempts are kept. The
replica that holds the lease is the only one that writes it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

BEFORE_ALL: Final = -1
"""Position of a reader that has nothing yet."""

DELIVERIES_KEPT: Final = 50  # of the last attempts; enough for a day of failing, small enough for each write

Outcome = Literal["delivered", "refused", "failed"]
"""2xx · another answer · no answer, or none in time, or an address that is not allowed."""


@dataclass(frozen=True)
class Delivery:
    """One attempt. event: id and type of what was sent; answer: how the answer's body began, or what went wrong."""

    at: datetime
    event: str
    type: str
    attempt: int
    outcome: Outcome
    status: int | None
    milliseconds: int
    answer: str


@dataclass(frozen=True)
class Progress:
    """Where one subscription stands.

    position: offset in the stream of the last event that is done with; event: its id, by which a stream that was made anew is noticed.
    start, changes: the number of the subscription's start and changes that were taken up.
    attempts, failing_since: failures in a row; next_attempt_at: not before then.
    holder, lease_until, epoch: which replica works on it until when; epoch counts the holders.
    """

    id: str
    epoch: int
    holder: str | None
    lease_until: datetime
    next_attempt_at: datetime
    position: int = BEFORE_ALL
    event: str | None = None
    start: int = 0
    changes: int = 0
    attempts: int = 0
    failing_since: datetime | None = None
    delivered: int = 0
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class BackOff:
    """When to try again. Seconds; each wait is ``factor`` times the one before, up to ``longest``, and ± ``jitter`` of itself."""

    first: float
    factor: float
    longest: float
    jitter: float = 0.2

    def seconds(self, attempts: int, chance: float) -> float:
        """Return the wait after so many failures in a row (from 1). chance: from 0 to 1."""
        grown = self.first * self.factor ** min(
            attempts - 1, 60
        )  # past that it is above every longest, and would overflow
        return min(grown, self.longest) * (1 + self.jitter * (2 * chance - 1))


def succeeded(progress: Progress, delivery: Delivery, *, position: int, event: str) -> Progress:
    """Return where it stands after a 2xx."""
    return replace(
        progress,
        position=position,
        event=event,
        attempts=0,
        failing_since=None,
        next_attempt_at=delivery.at,
        delivered=progress.delivered + 1,
        delivered_at=delivery.at,
    )


def answered(progress: Progress, delivery: Delivery) -> Progress:
    """Return where it stands after a challenge was answered: no event was delivered, and nothing fails any more."""
    return replace(
        progress,
        attempts=0,
        failing_since=None,
        next_attempt_at=delivery.at,
    )


def failed(progress: Progress, delivery: Delivery, *, wait: timedelta) -> Progress:
    """Return where it stands after a failure: the same event again, no sooner than after ``wait``."""
    return replace(
        progress,
        attempts=progress.attempts + 1,
        failing_since=progress.failing_since or delivery.at,
        next_attempt_at=delivery.at + wait,
    )


def passed_over(progress: Progress, *, position: int, event: str) -> Progress:
    """Return where it stands after events that the subscription does not want."""
    return replace(progress, position=position, event=event)


def taken_up(progress: Progress, *, changes: int, now: datetime) -> Progress:
    """Return where it stands when a person changed something: what failed before no longer counts, and it is tried at once."""
    return replace(progress, changes=changes, attempts=0, failing_since=None, next_attempt_at=now)


def started(progress: Progress, *, number: int, position: int) -> Progress:
    """Return where it stands at a new start."""
    return replace(progress, start=number, position=position, event=None)
