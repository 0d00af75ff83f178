"""The service on fakes, with a clock that a test moves."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from services.webhooks.domain.progress import BackOff
from services.webhooks.domain.subscription import Start, Subscription, Wanted
from services.webhooks.outbound.indexes import INDEXES
from services.webhooks.outbound.seal import FernetSeal
from services.webhooks.usecases import UseCases
from services.webhooks.usecases.rules import Rules
from services.webhooks.wiring import use_cases
from shared.contracts.envelope import Cause
from shared.storage.ports import Command
from shared.web.caller import Caller, Grant
from tests.fakes.storage import MemoryStores
from tests.fakes.webhooks import MemoryEvents, MemoryProgress, MemorySender
from tests.waiting import until

START = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
URL = "https://example.org/sama"
OFFICE = Caller("office", (Grant("city_office"),))
CAUSE = Cause("office", "c")
RULES = Rules(
    back_off=BackOff(first=5, factor=4, longest=3600, jitter=0),
    dead_after=timedelta(days=5),
    unverified_after=timedelta(days=1),
    grace=timedelta(days=1),
)


@dataclass
class World:
    """One or two replicas over the same fakes."""

    rules: Rules = RULES
    now: datetime = START
    stores: MemoryStores = field(default_factory=lambda: MemoryStores(INDEXES))
    progress: MemoryProgress = field(default_factory=MemoryProgress)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    sender: MemorySender = field(default_factory=MemorySender)
    seal: FernetSeal = field(default_factory=lambda: FernetSeal(["k" * 32]))

    def __post_init__(self) -> None:
        self.uses = self.replica()
        self._keys = iter(range(1_000))

    def replica(self) -> UseCases:
        """Return another replica."""
        return use_cases(
            self.stores,
            lambda: self.now,
            progress=self.progress,
            events=self.events,
            sender=self.sender,
            seal=self.seal,
            rules=self.rules,
        )

    def command(self) -> Command:
        """Return a new command of the office."""
        return Command(f"k{next(self._keys)}", "office", "digest")

    async def subscribe(self, url: str = URL, *, start: Start | None = None, **wanted: tuple[str, ...]) -> str:
        """Subscribe from the beginning, or where it is said; return the id."""
        stored, _ = await self.uses.subscriptions.subscribe(
            None,
            Wanted(url, **wanted),
            start or Start(1, "beginning"),
            caller=OFFICE,
            command=self.command(),
            cause=CAUSE,
        )
        return stored.id

    async def state(self, id: str) -> Subscription:
        """Return a subscription."""
        return (await self.uses.subscriptions.get(id, caller=OFFICE)).stored.state

    async def do(self, step: str, id: str, *arguments: object) -> object:
        """Have the office do a step."""
        return await getattr(self.uses.subscriptions, step)(
            id, *arguments, caller=OFFICE, command=self.command(), cause=CAUSE, expected_version=None
        )

    async def work(self, uses: UseCases | None = None) -> None:
        """Let a replica take what is free and work until nothing is left to do at this moment."""
        working = (uses or self.uses).working
        await working.claim()

        async def quiet() -> bool:
            return all(self._rests(id) for id in working._turns)

        await until(quiet, what="everything is delivered or waits")
        for turn in list(working._turns.values()):
            turn.cancel()
        await asyncio.gather(*working._turns.values(), return_exceptions=True)

    def _rests(self, id: str) -> bool:
        stands = self.progress.stored[id]
        document = self.stores.by_name["subscriptions"].documents[id]
        if document["status"] not in ("pending", "active"):
            return True
        taken = stands.start == document["start"]["number"] and stands.changes == document["changes"]
        if stands.changes == document["changes"] and stands.next_attempt_at > self.now:
            return True
        last = self.events.events[-1].offset if self.events.events else -1
        return taken and document["status"] == "active" and stands.position >= last

    def passes(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    def with_rules(self, **changes: object) -> "World":
        """Return a new world with other rules."""
        return World(rules=replace(self.rules, **changes))  # type: ignore[arg-type]
