"""The numbers of delivering, given by settings; each carries its reason there."""

from dataclasses import dataclass
from datetime import timedelta

from services.webhooks.domain.progress import BackOff


@dataclass(frozen=True)
class Rules:
    """How deliveries are made.

    local: http and private addresses are allowed. dead_after, unverified_after: how long an address may fail. grace: how long an old
    secret signs along. send_seconds: for a delivery. lease, turn: how long a replica holds a subscription without a sign of life, and
    how long before others may take it. per_owner: subscriptions that one organisation, or the city, may have.
    """

    back_off: BackOff
    dead_after: timedelta
    unverified_after: timedelta
    grace: timedelta
    local: bool = False
    send_seconds: float = 10
    lease: timedelta = timedelta(seconds=15)
    turn: timedelta = timedelta(seconds=60)
    per_owner: int = 100
