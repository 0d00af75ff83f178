"""The only file that knows all parts of registry: real by default, fakes by argument."""

from typing import Final

from fastapi import FastAPI

from services.registry.domain.terms import RegistryTerms
from services.registry.inbound.http import router
from services.registry.inbound.texts import TEXTS
from services.registry.outbound.figures import AT_REST_SECONDS, Figures
from services.registry.outbound.indexes import INDEXES
from services.registry.outbound.store import DISTRICTS, FILES, IMPORTS, ORGANIZATIONS
from services.registry.settings import Settings
from services.registry.usecases import UseCases
from shared.calendar_file import read_calendar
from shared.certifying import Certifying
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.runtime import Runtime, service_app
from shared.storage.aggregates import Aggregates
from shared.storage.mongo import MongoDocuments
from shared.storage.ports import Stores

_TERMS: Final = RegistryTerms()  # DOMAIN.md's


def use_cases(
    stores: Stores,
    clock: Clock,
    calendar: WorkingCalendar,
    terms: RegistryTerms = _TERMS,
    certifying: Certifying | None = None,
) -> UseCases:
    """Return the use cases over these stores; without ``certifying`` no office enters for applicants."""
    return UseCases(
        districts=Aggregates(DISTRICTS, stores.documents(DISTRICTS.collection), stores),
        organizations=Aggregates(ORGANIZATIONS, stores.documents(ORGANIZATIONS.collection), stores),
        imports=Aggregates(IMPORTS, stores.documents(IMPORTS.collection), stores),
        files=stores.files(FILES),
        clock=clock,
        calendar=calendar,
        terms=terms,
        certifying=certifying or Certifying(),
    )


def create_app(settings: Settings) -> FastAPI:
    """Return the running service's application."""
    runtime = Runtime(settings, indexes=INDEXES)
    runtime.histories(DISTRICTS, ORGANIZATIONS, IMPORTS)
    calendar = read_calendar(settings.calendar)
    uses = use_cases(runtime, runtime.clock, calendar, settings.registry_terms, settings.certifying)
    runtime.timer("due", uses.sweep)
    runtime.timer("imports", uses.imports.sweep)
    figures = Figures(MongoDocuments(runtime.database, ORGANIZATIONS.collection))
    runtime.look(figures.waiting)
    runtime.look(figures.at_rest, seconds=AT_REST_SECONDS)
    return service_app(
        runtime, summary="Organisations, their verification and standing; districts.", router=router(uses), texts=TEXTS
    )
