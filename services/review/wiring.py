"""The only file that knows all parts of review: real by default, fakes by argument."""

from fastapi import FastAPI

from services.review.inbound.events import subscribe
from services.review.inbound.http import router
from services.review.inbound.texts import TEXTS
from services.review.outbound.figures import DEADLINES_SECONDS, Figures
from services.review.outbound.indexes import INDEXES
from services.review.outbound.participation import CONCERNS, COUNCILS, MEETINGS, OBSTACLES, PRIORITY_PROPOSALS
from services.review.outbound.store import CASES, KINDS, PRIORITY_LISTS, RULE_SETS, STANDINGS, WORKING_GROUPS
from services.review.outbound.visits import PICTURES, VISITS
from services.review.settings import Settings
from services.review.usecases import UseCases
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
    """Return the use cases over these stores; without ``certifying`` there are no paper ballots."""
    return UseCases(
        rule_sets=Aggregates(RULE_SETS, stores.documents(RULE_SETS.collection), stores),
        priority_lists=Aggregates(PRIORITY_LISTS, stores.documents(PRIORITY_LISTS.collection), stores),
        working_groups=Aggregates(WORKING_GROUPS, stores.documents(WORKING_GROUPS.collection), stores),
        cases=Aggregates(CASES, stores.documents(CASES.collection), stores),
        councils=Aggregates(COUNCILS, stores.documents(COUNCILS.collection), stores),
        concerns=Aggregates(CONCERNS, stores.documents(CONCERNS.collection), stores),
        proposals=Aggregates(PRIORITY_PROPOSALS, stores.documents(PRIORITY_PROPOSALS.collection), stores),
        meetings=Aggregates(MEETINGS, stores.documents(MEETINGS.collection), stores),
        obstacles=Aggregates(OBSTACLES, stores.documents(OBSTACLES.collection), stores),
        visits=Aggregates(VISITS, stores.documents(VISITS.collection), stores),
        standings=stores.copies(STANDINGS),
        clock=clock,
        calendar=calendar,
        certifying=certifying,
        pictures=stores.files(PICTURES),
    )


def create_app(settings: Settings) -> FastAPI:
    """Return the running service's application."""
    runtime = Runtime(settings, indexes=INDEXES)
    runtime.histories(*KINDS)
    uses = use_cases(runtime, runtime.clock, read_calendar(settings.calendar), settings.certifying)
    subscribe(runtime.subscriptions, uses)
    runtime.timer("due", uses.sweep)
    figures = Figures(MongoDocuments(runtime.database, CASES.collection), runtime.clock)
    runtime.look(figures.waiting)
    runtime.look(figures.terms, seconds=DEADLINES_SECONDS)
    return service_app(
        runtime, summary="Working groups, cases, sealed ballots and decisions.", router=router(uses), texts=TEXTS
    )
