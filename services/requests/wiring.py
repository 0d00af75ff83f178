"""The only file that knows all parts of requests: real by default, fakes by argument."""

from fastapi import FastAPI

from services.requests.inbound.events import subscribe
from services.requests.inbound.http import router
from services.requests.inbound.texts import TEXTS
from services.requests.outbound.figures import AT_REST_SECONDS, Figures
from services.requests.outbound.indexes import INDEXES
from services.requests.outbound.store import CEILINGS, COPIES, PLACES, PROGRAMMES, QUESTIONS, REQUESTS, Copied
from services.requests.settings import Settings
from services.requests.usecases import UseCases
from shared.calendar_file import read_calendar
from shared.certifying import Certifying
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.runtime import Runtime, service_app
from shared.storage.aggregates import Aggregates
from shared.storage.mongo import MongoDocuments
from shared.storage.ports import Stores


def use_cases(
    stores: Stores, clock: Clock, calendar: WorkingCalendar, certifying: Certifying | None = None
) -> UseCases:
    """Return the use cases over these stores; without ``certifying`` requests need no certification."""
    return UseCases(
        programmes=Aggregates(PROGRAMMES, stores.documents(PROGRAMMES.collection), stores),
        places=Aggregates(PLACES, stores.documents(PLACES.collection), stores),
        ceilings=Aggregates(CEILINGS, stores.documents(CEILINGS.collection), stores),
        questions=Aggregates(QUESTIONS, stores.documents(QUESTIONS.collection), stores),
        requests=Aggregates(REQUESTS, stores.documents(REQUESTS.collection), stores),
        copies=Copied(**{name: stores.copies(name) for name in COPIES}),
        clock=clock,
        calendar=calendar,
        certifying=certifying or Certifying(),
    )


def create_app(settings: Settings) -> FastAPI:
    """Return the running service's application."""
    runtime = Runtime(settings, indexes=INDEXES)
    runtime.histories(PROGRAMMES, QUESTIONS, PLACES, CEILINGS, REQUESTS)
    uses = use_cases(runtime, runtime.clock, read_calendar(settings.calendar), settings.certifying)
    subscribe(runtime.subscriptions, uses)
    runtime.timer("due", uses.sweep)
    figures = Figures(MongoDocuments(runtime.database, REQUESTS.collection))
    runtime.look(figures.open)
    runtime.look(figures.at_rest, seconds=AT_REST_SECONDS)
    return service_app(
        runtime, summary="Programmes of support and the requests of organisations.", router=router(uses), texts=TEXTS
    )
