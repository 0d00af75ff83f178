"""The only file that knows all parts of portal: real by default, fakes by argument."""

from fastapi import FastAPI

from services.portal.domain.rows import ROWS
from services.portal.inbound.events import subscribe
from services.portal.inbound.http import router
from services.portal.inbound.texts import TEXTS
from services.portal.outbound.indexes import INDEXES
from services.portal.outbound.store import MongoKept
from services.portal.settings import Settings
from services.portal.usecases import UseCases
from shared.runtime import Runtime, service_app


def create_app(settings: Settings) -> FastAPI:
    """Return the running service's application."""
    runtime = Runtime(settings, indexes=INDEXES)
    for collection in ROWS:
        runtime.copies(collection)  # so that `sama replay portal --rebuild-copies` compares and replaces them
    uses = UseCases.over(MongoKept(runtime.database))
    subscribe(runtime.subscriptions, uses)
    runtime.timer("figures_anew", uses.figures.sweep, settings.portal_figures_seconds)
    return service_app(
        runtime,
        summary="Read models of all services: figures, awards, refusals and open data.",
        router=router(uses, settings.publisher),
        texts=TEXTS,
    )
