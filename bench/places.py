"""Where benches run: servers of their own, and review in this process as its wiring makes it."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import aio_pika
from fastapi import FastAPI

from services.review.domain.working_group import Term
from services.review.inbound.events import subscribe
from services.review.outbound.indexes import INDEXES
from services.review.settings import Settings
from services.review.usecases import UseCases
from services.review.wiring import use_cases
from shared.clock import new_id, utc_now
from shared.contracts.base import EventData, Names
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import CONTENT_TYPE, Cause, Envelope, encode, envelop
from shared.contracts.registry import Permission, Standing, StandingChanged
from shared.contracts.requests import BudgetLine, Criterion, RequestSubmitted, RequestWithdrawn
from shared.contracts.review import Rules, RuleSetRef, SeatRule
from shared.runtime import Runtime
from shared.storage.ports import Command, Outbox
from shared.web.caller import Caller, Grant

CAUSE = Cause("bench", "bench")
CITY_OFFICE = Caller("office", (Grant("city_office"),))
DISTRICT = "bench"
RULE_SET = RuleSetRef(id="bench", version=1)
SEATS = ["deputy", "expert", "expert", "expert", "neighbourhood_member", "neighbourhood_member"]


@dataclass(frozen=True)
class Places:
    """Servers and a name that keeps one run's databases and virtual host apart."""

    mongo_url: str
    rabbit_url: str
    rabbit_management_url: str
    name: str


class Review:
    """Review's real parts in this process; counts the outboxes that its relay has marked."""

    def __init__(self, places: Places, prefetch: int) -> None:
        self._places = places
        self._settings = Settings.model_validate(
            {
                "mongo_url": places.mongo_url,
                "mongo_prefix": places.name,
                "rabbit_url": places.rabbit_url,
                "rabbit_management_url": places.rabbit_management_url,
            }
        )
        self._prefetch = prefetch
        self.first_event_at: float | None = None
        self.marked = 0
        self._running: Any = None
        self.uses = self._wire()

    def _wire(self) -> UseCases:
        self._runtime = Runtime(self._settings, indexes=INDEXES)
        uses = use_cases(self._runtime, self._runtime.clock, WorkingCalendar())
        self._runtime.subscriptions.edge("requests", prefetch=self._prefetch)
        subscribe(self._runtime.subscriptions, cast(UseCases, SimpleNamespace(cases=_FirstCall(uses.cases, self))))
        documents = uses.cases._cases.documents
        sent = documents.sent

        async def counted(outboxes: Sequence[Outbox]) -> None:
            await sent(outboxes)
            self.marked += len(outboxes)

        documents.sent = counted  # type: ignore[method-assign]
        return uses

    async def start(self) -> None:
        """Start consuming, with new parts."""
        if self._running is not None:
            self.uses = self._wire()
        self._running = self._runtime.lifespan(FastAPI())
        await self._running.__aenter__()
        await until(self._ready, seconds=60)

    async def stop(self) -> None:
        """Stop as the service would."""
        await self._running.__aexit__(None, None, None)

    async def _ready(self) -> bool:
        return self._runtime._started

    @property
    def rabbit_url(self) -> str:
        """Where its broker is."""
        return self._places.rabbit_url


class _FirstCall:
    """Notes when the first withdrawal is handled; all else goes straight to the use cases."""

    def __init__(self, cases: Any, review: Review) -> None:
        self.submitted, self.lapsed, self.standing_changed = cases.submitted, cases.lapsed, cases.standing_changed
        self._withdrawn = cases.withdrawn
        self._review = review

    async def withdrawn(self, data: RequestWithdrawn, event: Envelope) -> None:
        """Handle a withdrawal."""
        if self._review.first_event_at is None:
            self._review.first_event_at = time.perf_counter()
        await self._withdrawn(data, event)


@asynccontextmanager
async def review_runtime(places: Places, *, prefetch: int) -> AsyncIterator[Review]:
    """Yield review, started once so that its topology is there, and stop it at the end."""
    review = Review(places, prefetch)
    await review.start()
    try:
        yield review
    finally:
        await review.stop()


async def prepared_cases(review: Review, number: int) -> list[str]:
    """Open that many cases by review's own use cases; return the requests' ids, once all is announced."""
    await _set_up_district(review.uses)
    requests = [new_id() for _ in range(number)]
    gate = asyncio.Semaphore(16)

    async def submit(request: str) -> None:
        async with gate:
            data = submission(request)
            await review.uses.cases.submitted(data, envelope(data, request, 1))

    await asyncio.gather(*(submit(request) for request in requests))
    await until(lambda: review.marked >= number, seconds=120)
    review.marked = 0
    return requests


async def _set_up_district(uses: UseCases) -> None:
    seats = [SeatRule.model_validate({"seat": n, "kind": k, "chair": n == 1}) for n, k in enumerate(SEATS, 1)]
    office: Any = {"caller": CITY_OFFICE, "cause": CAUSE}
    names = Names(fa="سنجش", en="Bench")
    rules = Rules(seats=seats)
    await uses.rule_sets.adopt(
        RULE_SET.id, names=names, rules=rules, command=_command(), expected_version=None, **office
    )
    group = await uses.working_groups.set_up(district=DISTRICT, rule_set=RULE_SET, command=_command(), **office)
    for seat in seats:
        await uses.working_groups.fill(
            group.id,
            seat.seat,
            term=Term(f"member-{seat.seat}", None, utc_now() - timedelta(days=1), utc_now() + timedelta(days=365)),
            command=_command(),
            expected_version=None,
            **office,
        )
    data = standing()
    await uses.cases.standing_changed(data, envelope(data, "organization", 1))


def standing() -> StandingChanged:
    """Return a standing in which everything is allowed."""
    allowed = Permission(allowed=True, since=utc_now())
    return StandingChanged(
        organization="organization",
        name="تشکل سنجش",
        kind="association",
        districts=[DISTRICT],
        standing=Standing(
            status="approved",
            may_submit=allowed,
            may_be_decided=allowed,
            may_be_committed=allowed,
            may_be_paid=allowed,
        ),
    )


def submission(request: str) -> RequestSubmitted:
    """Return a request of ordinary size."""
    now = utc_now()
    criteria = [Criterion(id=f"c{n}", names=Names(fa="معیار"), weight=25) for n in range(4)]
    return RequestSubmitted(
        request=request,
        revision=1,
        organization="organization",
        programme="programme",
        programme_version=1,
        fiscal_year="1405",
        book=f"district:{DISTRICT}/1405",
        district=DISTRICT,
        kind="activity",
        topic="addiction",
        title="دوره‌های آموزشی خانواده",
        lessens="آموزش مهارت‌های زندگی به خانواده‌ها " * 5,
        indicator="شمار خانواده‌هایی که دوره را به پایان می‌رسانند",
        people_reached=120,
        starts_on=now + timedelta(days=30),
        ends_on=now + timedelta(days=60),
        budget_lines=[BudgetLine(title="مدرس", amount=60_000_000), BudgetLine(title="مکان", amount=40_000_000)],
        amount_asked=100_000_000,
        minimum=80_000_000,
        ceiling=500_000_000,
        currency="IRR",
        rule_set=RULE_SET,
        criteria=criteria,
        submitted_at=now,
        standing_sequence=1,
    )


def withdrawals(requests: Sequence[str]) -> list[dict[str, Any]]:
    """Return one ``request.withdrawn`` per request, as published."""
    return [
        envelop(
            RequestWithdrawn(
                request=request,
                revision=1,
                organization="organization",
                programme="programme",
                district=DISTRICT,
                book=f"district:{DISTRICT}/1405",
            ),
            subject=f"request/{request}",
            number=2,
            at=utc_now(),
            cause=CAUSE,
        )
        for request in requests
    ]


async def fill(rabbit_url: str, exchange: str, events: Sequence[dict[str, Any]]) -> None:
    """Publish events so that they wait in their queue."""
    connection = await aio_pika.connect_robust(rabbit_url)
    async with connection:
        channel = await connection.channel(publisher_confirms=True)
        target = await channel.get_exchange(exchange)
        for event in events:
            message = aio_pika.Message(
                encode(event),
                content_type=CONTENT_TYPE,
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                message_id=event["id"],
            )
            await target.publish(message, routing_key=event["type"])


def envelope(data: EventData, id: str, number: int) -> Envelope:
    """Return the event as its consumer gets it."""
    event = envelop(data, subject=f"bench/{id}", number=number, at=utc_now(), cause=CAUSE)
    return Envelope.model_validate(event)


async def until(condition: Any, *, seconds: float) -> None:
    """Wait for a condition, plain or async. Raises TimeoutError at the deadline."""
    async with asyncio.timeout(seconds):
        while True:
            held = condition()
            if asyncio.iscoroutine(held):
                held = await held
            if held:
                return
            await asyncio.sleep(0.005)


def _command() -> Command:
    return Command(new_id(), CITY_OFFICE.subject, new_id())
