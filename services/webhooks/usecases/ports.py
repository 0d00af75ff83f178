"""What delivering needs of the outside: where progress is kept, the stream of public events, a sender, and a seal for secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.webhooks.domain.progress import Delivery, Progress


@dataclass(frozen=True, slots=True)
class Streamed:
    """One public event. ``offset`` only grows, and may skip numbers. ``event``: the CloudEvent; ``body``: the same as bytes."""

    offset: int
    id: str
    type: str
    event: Mapping[str, object]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address answered. status: None if nothing came. body: how the answer began. retry_after: seconds that it asked for."""

    status: int | None
    milliseconds: int
    body: str
    retry_after: float | None = None

    @property
    def accepted(self) -> bool:
        """Whether the event was taken."""
        return self.status is not None and 200 <= self.status < 300


class ProgressStore(Protocol):
    """Where progress is kept. Every method raises Unavailable while the database is away."""

    async def get(self, id: str) -> Progress | None:
        """Return where a subscription stands; None: nobody has looked at it yet."""

    async def some(self, ids: Sequence[str]) -> Sequence[Progress]:
        """Return those that there are."""

    async def take(
        self, id: str, seen: Progress | None, holder: str, now: datetime, until: datetime
    ) -> Progress | None:
        """Take the lease of what was seen so; None if another one was faster."""

    async def save(self, progress: Progress, delivery: Delivery | None = None) -> bool:
        """Keep it and its newest attempt; False if the lease is another's by now, and nothing was kept."""

    async def renew(self, holder: str, until: datetime) -> None:
        """Hold all leases of a replica until then."""

    async def release(self, holder: str, now: datetime, progress: Progress | None = None) -> None:
        """Give the lease back; without ``progress`` all of this replica's."""

    async def deliveries(self, id: str) -> Sequence[Delivery]:
        """Return the last attempts, the newest first."""


class PublicEvents(Protocol):
    """The stream of public events, for many readers at once. Methods raise BrokerAway."""

    @property
    def end(self) -> int | None:
        """The offset that comes next, as far as this replica knows; None: it is not known yet."""

    async def read(self, start: int, limit: int) -> Sequence[Streamed]:
        """Return the events from an offset on, at most ``limit``; none if there are none yet."""

    async def before(self, time: datetime) -> int:
        """Return the position before the first event of that time (a little earlier is possible)."""

    async def news(self, position: int, seconds: float) -> None:
        """Return as soon as there is something after the position, or when the time is over."""


class Sender(Protocol):
    """Sends a delivery."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> Answer:
        """Send it once and return what came of it; never raises for what the other side does."""


class Seal(Protocol):
    """Keeps secrets unreadable in the database."""

    def seal(self, subscription: str, secret: str) -> str:
        """Return the secret, readable only with the key."""

    def open(self, subscription: str, sealed: str) -> str:
        """Return the secret. Raises BrokenSeal."""


class BrokenSeal(Exception):
    """A secret can't be read: the key that sealed it is not among those given, or it was sealed for another subscription."""
