"""Real events of a played city, one of each type: ``shared/contracts/examples.json``, which docs/events.md shows.

``python -m tests.contracts.examples`` plays the city on the services' own code and writes the file; a test plays it again and compares.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from ops.local.places import ROOT
from services.registry.domain.organization import Correction
from shared.contracts.base import EVENTS, Part
from shared.contracts.schema_files import EXAMPLES, examples, schemas, write_json
from shared.web.caller import Caller, Grant
from tests.builders import ACCEPT_WITHIN, ASKED, CASE_WITHIN, OFFICE, REGISTRAR, City, Organization
from tests.component.test_four_services import accepted, asked, in_review, reserved, sent_back, waiting
from tests.fakes.bus import MemoryBus

Event = dict[str, Any]
SALTED: Final = "0" * 64
"""Stands for the hash of an entry, which differs from run to run because it binds a random salt."""


async def played() -> dict[str, Event]:
    """Play what makes every type of event; return the first of each type, by type."""
    found: dict[str, Event] = {}
    for story in STORIES:
        city = await City(MemoryBus()).found(money=ASKED)
        await story(city)
        await city.bus.settle()
        for event in city.bus.archive:
            found.setdefault(event["type"], _steady(event))
    return dict(sorted(found.items()))


async def an_award(city: City) -> None:
    """Reserved, accepted, committed; and the head of its book."""
    request = await asked(city)
    with ExitStack() as hold:
        await reserved(city, request, hold)
    await city.accept(request)
    await city.bus.settle()
    await city.announcer.publish_heads()


async def waiting_and_withdrawn(city: City) -> None:
    """It waits for money that another has, and is withdrawn."""
    request = await asked(city)
    with ExitStack() as hold:
        await waiting(city, request, hold)
    await city.withdraw(request)


async def withdrawn_in_review(city: City) -> None:
    """The case ends, too."""
    request = await asked(city)
    with ExitStack() as hold:
        await in_review(city, request, hold)
    await city.withdraw(request)


async def withdrawn_before_the_book_hears_of_the_decision(city: City) -> None:
    """The reservation is refused."""
    request = await asked(city)
    with ExitStack() as hold:
        await in_review(city, request, hold)
        await city.vote(request)
        with city.bus.holding("budget.review"):
            await city.sign(request)
            await city.bus.settle()
            await city.withdraw(request)
            await city.bus.settle()


async def sent_back_for_corrections(city: City) -> None:
    """By the secretary."""
    request = await asked(city)
    with ExitStack() as hold:
        await sent_back(city, request, hold)


async def suspended_in_review_and_with_money(city: City) -> None:
    """The case waits, then the reservation; both go on."""
    request = await asked(city)
    with ExitStack() as hold:
        await in_review(city, request, hold)
        await _suspended_and_reinstated(city, request.organization)
        await city.decide(request)
        await city.bus.settle()
    await _suspended_and_reinstated(city, request.organization)


async def accepted_while_the_standing_is_lost(city: City) -> None:
    """The commitment is refused, because the book has heard of the suspension first."""
    request = await asked(city)
    with ExitStack() as hold:
        await accepted(city, request, hold)
        await city.suspend(request.organization)
        await city.bus.settle()
    await city.bus.settle()


async def committed_while_the_standing_is_lost(city: City) -> None:
    """The commitment goes back, because the book hears of the suspension after it."""
    request = await asked(city)
    with ExitStack() as hold:
        await accepted(city, request, hold)
        with city.bus.holding("budget.registry"):
            await city.suspend(request.organization)
            await city.bus.settle()
            hold.close()
            await city.bus.settle()
    await city.bus.settle()


async def nobody_votes(city: City) -> None:
    """The deadline moves, the case stalls, nobody is named, and headquarters orders a new term."""
    request = await asked(city)
    with ExitStack() as hold:
        await in_review(city, request, hold)
    await city.pass_time(CASE_WITHIN)
    await city.pass_time(3 * CASE_WITHIN)
    await city.pass_time(timedelta(days=8))
    headquarters = Caller("hq", (Grant("hq"),))
    await city.review.stalled_cases.order_new_term(
        await city.case_of(request),
        caller=headquarters,
        command=city.command(headquarters),
        cause=city.cause(headquarters),
    )


async def nobody_accepts(city: City) -> None:
    """The award lapses."""
    request = await asked(city)
    with ExitStack() as hold:
        await reserved(city, request, hold)
    await city.pass_time(2 * ACCEPT_WITHIN)


async def registrations_and_a_closed_programme(city: City) -> None:
    """One registration is sent back, one refused."""
    for number, refused in ((901, False), (902, True)):
        call = city.call(Caller(f"owner-{number}"))
        id = (await city.registry.organizations.register(city.profile(number), call)).id
        await city.registry.organizations.submit(id, city.call(call.caller))
        registrar = city.call(REGISTRAR)
        if refused:
            await city.registry.organizations.reject(id, "هدف ثبت‌شده سیاسی است.", registrar)
        else:
            corrections = [Correction("/address", "پلاک نوشته نشده است.")]
            await city.registry.organizations.request_changes(id, corrections, registrar)
    await city.requests.programmes.close(
        city.programme, caller=OFFICE, command=city.command(OFFICE), cause=city.cause(OFFICE), expected_version=None
    )


STORIES: Final[tuple[Callable[[City], Awaitable[None]], ...]] = (
    an_award, waiting_and_withdrawn, withdrawn_in_review, withdrawn_before_the_book_hears_of_the_decision,
    sent_back_for_corrections, suspended_in_review_and_with_money, accepted_while_the_standing_is_lost,
    committed_while_the_standing_is_lost, nobody_votes, nobody_accepts, registrations_and_a_closed_programme,
)  # fmt: skip


async def _suspended_and_reinstated(city: City, organization: Organization) -> None:
    for change in (city.suspend, city.reinstate):
        await change(organization)
        await city.bus.settle()


@cache
def example_of(model: type[Part]) -> dict[str, Any]:
    """Return the example data of an event."""
    schemas()  # imports every announcer's contracts
    data: dict[str, Any] = examples(ROOT)[next(name for name, event in EVENTS.items() if event is model)]["data"]
    return data


def _steady(event: Event) -> Event:
    """Return the event with what is random in it replaced."""
    if "hash" in event["data"]:
        return {**event, "data": {**event["data"], "hash": SALTED}, "correlationid": f"head:{SALTED}"}
    if event["actor"].startswith("system:") and event["correlationid"] != event["subject"].partition("/")[2]:
        return {**event, "correlationid": UUID(event["id"]).hex}  # a timer's own, and random
    return event


if __name__ == "__main__":
    write_json(ROOT / EXAMPLES, asyncio.run(played()))
