"""What delivering webhooks needs, in memory. MemoryProgress shares a suite with MongoDB (tests/integration/test_webhook_progress.py)."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.webhooks.domain.progress import DELIVERIES_KEPT, Delivery, Progress
from services.webhooks.usecases.ports import Answer, Streamed


class MemoryProgress:
    """ProgressStore (port)."""

    def __init__(self) -> None:
        self.stored: dict[str, Progress] = {}
        self.attempts: dict[str, list[Delivery]] = {}

    async def get(self, id: str) -> Progress | None:
        return self.stored.get(id)

    async def some(self, ids: Sequence[str]) -> Sequence[Progress]:
        return [self.stored[id] for id in ids if id in self.stored]

    async def take(
        self, id: str, seen: Progress | None, holder: str, now: datetime, until: datetime
    ) -> Progress | None:
        current = self.stored.get(id)
        if (current is None) != (seen is None) or (current and seen and current.epoch != seen.epoch):
            return None
        base = Progress(id, 0, None, now, next_attempt_at=now) if current is None else current
        self.stored[id] = replace(base, epoch=base.epoch + 1, holder=holder, lease_until=until)
        return self.stored[id]

    async def save(self, progress: Progress, delivery: Delivery | None = None) -> bool:
        current = self.stored.get(progress.id)
        if current is None or (current.holder, current.epoch) != (progress.holder, progress.epoch):
            return False
        self.stored[progress.id] = replace(progress, lease_until=current.lease_until)
        if delivery is not None:
            kept = [*self.attempts.get(progress.id, ()), delivery]
            self.attempts[progress.id] = kept[-DELIVERIES_KEPT:]
        return True

    async def renew(self, holder: str, until: datetime) -> None:
        for id, progress in self.stored.items():
            if progress.holder == holder:
                self.stored[id] = replace(progress, lease_until=until)

    async def release(self, holder: str, now: datetime, progress: Progress | None = None) -> None:
        for id, kept in self.stored.items():
            if kept.holder == holder and (progress is None or (id, kept.epoch) == (progress.id, progress.epoch)):
                self.stored[id] = replace(kept, holder=None, lease_until=now)

    async def deliveries(self, id: str) -> Sequence[Delivery]:
        return list(reversed(self.attempts.get(id, ())))


class MemoryEvents:
    """PublicEvents (port): a list. ``append`` puts an event at the end."""

    def __init__(self) -> None:
        self.events: list[Streamed] = []

    @property
    def end(self) -> int | None:
        return self.events[-1].offset + 1 if self.events else None

    def append(self, type: str = "case.decided.v1", *, id: str | None = None, **data: object) -> Streamed:
        """Publish an event; its offset leaves a gap now and then, as a stream's may."""
        offset = 0 if not self.events else self.events[-1].offset + (2 if len(self.events) % 5 == 0 else 1)
        event = {
            "id": id or f"event-{offset}",
            "type": type,
            "time": f"2026-11-22T08:{offset % 60:02}:00Z",
            "data": data,
        }
        streamed = Streamed(offset, str(event["id"]), type, event, json.dumps(event).encode())
        self.events.append(streamed)
        return streamed

    async def read(self, start: int, limit: int) -> Sequence[Streamed]:
        return [event for event in self.events if event.offset >= start][:limit]

    async def before(self, time: datetime) -> int:
        first = next((e for e in self.events if datetime.fromisoformat(str(e.event["time"])) >= time), None)
        return (self.end or 0) - 1 if first is None else first.offset - 1

    async def news(self, position: int, seconds: float) -> None:
        await asyncio.sleep(0.001)  # lets others go on; nobody waits here for what a test will append


@dataclass(frozen=True)
class Sent:
    """What was sent where."""

    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The event's id."""
        return str(json.loads(self.body)["id"])


class MemorySender:
    """Sender (port): ``answer`` says what the address answers; as it comes it echoes challenges and takes everything."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.answer: Callable[[Sent], Answer] = echoing

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> Answer:
        sent = Sent(url, headers, body)
        self.sent.append(sent)
        return self.answer(sent)

    @property
    def events(self) -> list[str]:
        """The ids of what was sent, without pings."""
        return [sent.id for sent in self.sent if not sent.id.startswith("ping-")]


def echoing(sent: Sent) -> Answer:
    """Answer a good receiver's 200."""
    data = json.loads(sent.body).get("data", {})
    return Answer(200, 3, json.dumps({"challenge": data["challenge"]}) if "challenge" in data else "")


def saying(status: int | None, body: str = "", retry_after: float | None = None) -> Callable[[Sent], Answer]:
    """Return a receiver that answers so to everything."""
    return lambda _sent: Answer(status, 3, body, retry_after)
