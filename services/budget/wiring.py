"""The only file that knows all parts of budget: real by default, fakes by argument."""

from datetime import timedelta

from fastapi import FastAPI

from services.budget.inbound.events import subscribe
from services.budget.inbound.http import router
from services.budget.inbound.texts import TEXTS
from services.budget.outbound.announcer import Announcer
from services.budget.outbound.figures import Figures
from services.budget.outbound.indexes import INDEXES
from services.budget.outbound.journal import MongoCursors, MongoEntries, ensure_validator
from services.budget.outbound.store import Entries
from services.budget.outbound.writer import Journal
from services.budget.settings import Settings
from services.budget.usecases import UseCases
from shared import telemetry
from shared.calendar_file import read_calendar
from shared.clock import Clock
from shared.messaging.bus import TRANSIENT
from shared.runtime import Runtime, service_app
from shared.storage.ports import Copies
from shared.telemetry import Age

STANDINGS, STOPS, CALLS = "standings", "payment_stops", "decided_calls"


def use_cases(
    journal: Journal,
    entries: Entries,
    standings: Copies,
    stops: Copies,
    calls: Copies,
    clock: Clock,
    settings: Settings | None = None,
) -> UseCases:
    """Return the use cases over this journal."""
    if settings is None:
        return UseCases(journal=journal, entries=entries, standings=standings, stops=stops, calls=calls, clock=clock)
    return UseCases(
        journal=journal,
        entries=entries,
        standings=standings,
        stops=stops,
        calls=calls,
        clock=clock,
        review=settings.ineligible_review,
        calendar=read_calendar(settings.calendar),
    )


def create_app(settings: Settings) -> FastAPI:
    """Return the running service's application."""
    runtime = Runtime(settings, indexes=INDEXES)
    entries = MongoEntries(runtime.database)
    announcer = Announcer(
        runtime,
        entries,
        MongoCursors(runtime.database),
        runtime.clock,
        transient=TRANSIENT,
        heads_every=timedelta(seconds=settings.heads_seconds),
    )
    journal = Journal(entries, runtime.clock, written=announcer.written)
    standings, stops, calls = runtime.copies(STANDINGS), runtime.copies(STOPS), runtime.copies(CALLS)
    uses = use_cases(journal, entries, standings, stops, calls, runtime.clock, settings)
    runtime.before_bus(lambda: ensure_validator(runtime.database))
    runtime.part(announcer)
    runtime.part(journal)  # stopped before the announcer, which then publishes what it wrote
    runtime.watch_unsent("entries", announcer.oldest_unsent, announcer.count_unsent)
    unheaded = Age(telemetry.BOOK_HEAD_UNPUBLISHED)

    async def look_at_heads() -> None:
        unheaded.look(await announcer.oldest_unheaded())

    runtime.look(look_at_heads)
    runtime.look(Figures(journal.books).look)
    runtime.implies(announcer.implied)
    subscribe(runtime.subscriptions, uses)
    runtime.timer("unfinished", uses.sweep, 2.0)
    return service_app(
        runtime,
        summary="Books of the city and its districts: allotments, reservations, commitments.",
        router=router(uses),
        texts=TEXTS,
    )
