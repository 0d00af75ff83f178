"""The only file that knows all parts of webhooks: real by default, fakes by argument."""

from fastapi import FastAPI

from services.webhooks.inbound.http import router
from services.webhooks.inbound.texts import TEXTS
from services.webhooks.outbound.events import PublicTail
from services.webhooks.outbound.indexes import INDEXES
from services.webhooks.outbound.progress import MongoProgress
from services.webhooks.outbound.seal import FernetSeal
from services.webhooks.outbound.sender import HttpSender
from services.webhooks.outbound.store import SUBSCRIPTIONS
from services.webhooks.settings import Settings
from services.webhooks.usecases import UseCases
from services.webhooks.usecases.ports import ProgressStore, PublicEvents, Seal, Sender
from services.webhooks.usecases.rules import Rules
from shared.clock import Clock, new_id
from shared.runtime import Runtime, service_app
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Stores


def use_cases(
    stores: Stores,
    clock: Clock,
    *,
    progress: ProgressStore,
    events: PublicEvents,
    sender: Sender,
    seal: Seal,
    rules: Rules,
) -> UseCases:
    """Return the use cases over these stores and parts."""
    return UseCases(
        subscriptions=Aggregates(SUBSCRIPTIONS, stores.documents(SUBSCRIPTIONS.collection), stores),
        progress=progress,
        events=events,
        sender=sender,
        seal=seal,
        rules=rules,
        clock=clock,
        replica=new_id(),
    )


def create_app(settings: Settings) -> FastAPI:
    """Return the running service's application."""
    runtime = Runtime(settings, indexes=INDEXES)
    runtime.histories(SUBSCRIPTIONS)
    events = PublicTail(runtime.messaging, settings.service)
    sender = HttpSender(local=settings.webhook_local)
    uses = use_cases(
        runtime,
        runtime.clock,
        progress=MongoProgress(runtime.database),
        events=events,
        sender=sender,
        seal=FernetSeal(settings.keys),
        rules=settings.rules,
    )
    for part in (sender, events, uses.working):  # stopped in reverse: first the deliveries, then what they need
        runtime.part(part)
    runtime.timer("webhooks", uses.working.claim, settings.webhook_look_seconds)
    runtime.look(uses.working.look)
    return service_app(
        runtime, summary="Public events, delivered to addresses of outsiders.", router=router(uses), texts=TEXTS
    )
