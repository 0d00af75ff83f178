"""A hundred webhooks that follow the public events: one reading of the stream for all against a reading for each.

Both are the service's real use cases, store and stream readers over real servers; only the network to the receivers is left out: every
address answers at once. What differs is how many of the newest events are kept for all (shared/messaging/tail.py).
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from bench.hop import Rate
from bench.places import Places, until
from services.webhooks.domain.progress import BackOff
from services.webhooks.domain.subscription import Start, Wanted
from services.webhooks.outbound.events import PublicTail
from services.webhooks.outbound.indexes import INDEXES
from services.webhooks.outbound.progress import MongoProgress
from services.webhooks.outbound.seal import FernetSeal
from services.webhooks.outbound.store import SUBSCRIPTIONS
from services.webhooks.usecases.ports import Answer
from services.webhooks.usecases.rules import Rules
from services.webhooks.wiring import use_cases
from shared.clock import utc_now
from shared.contracts.base import Names
from shared.contracts.envelope import Cause, envelop
from shared.contracts.registry import DistrictDefined
from shared.messaging.broker import MessagingSettings
from shared.messaging.bus import Bus, Subscriptions
from shared.messaging.tail import KEPT
from shared.runtime import Runtime
from shared.settings import ServiceSettings
from shared.storage.mongo import MongoDocuments, ensure_indexes
from shared.storage.ports import Command
from shared.web.caller import Caller, Grant

WEBHOOKS = 100
EVENTS = 8
DAY = timedelta(days=1)
RULES = Rules(BackOff(1, 2, 60), DAY, DAY, DAY, local=True, per_owner=WEBHOOKS)
OFFICE = Caller("bench", (Grant("city_office"),))
CAUSE = Cause("bench", "bench")


@dataclass
class Everybody:
    """Sender (port): takes everything at once and counts it."""

    taken: int = 0

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> Answer:
        """Take it."""
        data = json.loads(body)["data"]
        if "challenge" in data:
            return Answer(200, 0, json.dumps({"challenge": data["challenge"]}))
        self.taken += 1
        return Answer(204, 0, "")


async def measure(places: Places, *, kept: int = KEPT, webhooks: int = WEBHOOKS, events: int = EVENTS) -> Rate:
    """Measure deliveries of events that are published when all have taken the one before. kept: 1 makes each webhook read for itself."""
    messaging = MessagingSettings(places.rabbit_url, places.rabbit_management_url)
    bus, tail, sender = Bus(messaging, Subscriptions("bench")), PublicTail(messaging, "bench", kept=kept), Everybody()
    settings = ServiceSettings(service="webhooks", mongo_url=SecretStr(places.mongo_url), mongo_prefix=places.name)
    runtime = Runtime(settings, indexes=INDEXES)
    uses = use_cases(
        runtime, utc_now, progress=MongoProgress(runtime.database), events=tail, sender=sender,
        seal=FernetSeal(["bench"]), rules=RULES,
    )  # fmt: skip
    stored = MongoDocuments(runtime.database, SUBSCRIPTIONS.collection)
    await ensure_indexes(runtime.database, INDEXES)
    await bus.start()
    await bus.publish([_event(0)])  # so that the stream has an end to follow from
    await tail.start()
    try:
        for number in range(webhooks):
            wanted, command = Wanted(f"https://receiver-{number}.example/"), Command(str(number), "bench", "bench")
            await uses.subscriptions.subscribe(
                None, wanted, Start(1, "now"), caller=OFFICE, command=command, cause=CAUSE
            )

        async def all_active() -> bool:
            await uses.working.claim()
            return await stored.count({"status": "active"}) == webhooks

        await until(all_active, seconds=120)
        began = time.perf_counter()
        for number in range(1, events + 1):  # one after the other, as they come when people work
            await bus.publish([_event(number)])
            await until(lambda number=number: sender.taken >= webhooks * number, seconds=120)
        return Rate(sender.taken, time.perf_counter() - began)
    finally:
        await uses.working.stop()
        await tail.stop()
        await bus.stop()
        runtime.close()


def _event(number: int) -> dict[str, object]:
    data = DistrictDefined(district=f"d{number}", names=Names(fa="منطقه"), order=number, valid_from=utc_now())
    return envelop(data, subject=f"district/d{number}", number=1, at=utc_now(), cause=CAUSE)
