"""Field visits in a played city (tests/builders.py): planned, reported with a picture, cancelled."""

from typing import Final

from services.review.domain.visit import Visitor
from shared.web.caller import Caller
from tests.builders import SEATS, SECRETARY, City, Request

PNG: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR of an invented hall"
OFFICER: Final = Caller("officer-of-culture")


async def with_visit(city: City, request: Request, seats: tuple[int, ...] = (1,)) -> str:
    """Plan a visit of these seats, which have declared, and an officer; return its id."""
    stored = await city.review.visits.plan(
        await city.case_of(request),
        starts_at=city.now,
        purpose="دیدن محل برگزاری",
        seats=seats,
        officers=[Visitor(0, OFFICER.subject, None, "کارشناس فرهنگی", "اداره فرهنگی منطقه")],
        caller=SECRETARY,
        command=city.command(SECRETARY),
        cause=city.cause(SECRETARY),
    )
    return stored.id


async def with_picture(city: City, visit: str) -> str:
    """Hand a picture in as the officer; return its id."""
    stored = await city.review.visit_pictures.add(
        visit,
        PNG,
        caption="سالن از در ورودی",
        without_persons=True,
        caller=OFFICER,
        command=city.command(OFFICER),
        cause=city.cause(OFFICER),
    )
    return stored.state.pictures[-1].id


async def visits_made(city: City) -> None:
    """What was approved is visited and reported with a picture; a second visit is cancelled."""
    request = await city.draft(await city.organization())
    await city.bus.settle()
    await city.submit(request)
    await city.bus.settle()
    await city.vote(request, SEATS)
    await city.sign(request)
    made, cancelled = await with_visit(city, request), await with_visit(city, request, (1, 2))
    await with_picture(city, made)
    await city.review.visits.report(
        made,
        date=city.now.date().isoformat(),
        visitors=[2],
        findings="سالن برای هشتاد نفر آماده است.",
        caller=OFFICER,
        command=city.command(OFFICER),
        cause=city.cause(OFFICER),
    )
    await city.review.visits.cancel(
        cancelled,
        reason="هوای نامساعد",
        caller=SECRETARY,
        command=city.command(SECRETARY),
        cause=city.cause(SECRETARY),
    )
