"""A district's participation in a played city (tests/builders.py): its councils, who sits on them, and what they report."""

from datetime import timedelta
from typing import Any, Final

from services.review.domain.council import council_id
from services.review.domain.obstacle import Assignment
from services.review.usecases.concerns import ConcernForm
from services.review.usecases.meetings import WantedItem
from shared.contracts.base import Names
from shared.web.caller import Caller, Grant
from tests.builders import CHAIR, DISTRICT, OFFICE, SECRETARY, START, City, Request

NEIGHBOURHOOD: Final = "talab"
COUNCIL: Final = council_id(DISTRICT, NEIGHBOURHOOD)
COUNCIL_MEMBER: Final = Caller("council-1", (Grant("council_member", DISTRICT),))


async def with_councils(city: City) -> None:
    """Set up the council of a neighbourhood, with one member, and the district's without."""
    councils = city.review.councils
    for neighbourhood, name in ((NEIGHBOURHOOD, "شورای مشارکت‌های محله طلاب"), (None, "شورای مشارکت‌های منطقه ۷")):
        await councils.define(
            district=DISTRICT,
            neighbourhood=neighbourhood,
            names=Names(fa=name),
            caller=OFFICE,
            command=city.command(OFFICE),
            cause=city.cause(OFFICE),
        )
    await councils.appoint(
        COUNCIL,
        subject=COUNCIL_MEMBER.subject,
        name="عضو شورای محله",
        since=START - timedelta(days=1),
        until=START + timedelta(days=700),
        caller=OFFICE,
        command=city.command(OFFICE),
        cause=city.cause(OFFICE),
        expected_version=None,
    )


async def with_concern(city: City, topic: str = "loneliness", severity: int = 4) -> str:
    """Report a concern; return its id."""
    form = ConcernForm(DISTRICT, NEIGHBOURHOOD, topic, severity, "سالمندان محله هفته‌ها بی‌دیدارند.")
    member, concerns = COUNCIL_MEMBER, city.review.concerns
    stored = await concerns.report(form, caller=member, command=city.command(member), cause=city.cause(member))
    return stored.id


async def with_proposal(city: City) -> str:
    """Draw up the district's order of topics; return its id."""
    stored = await city.review.priority_proposals.draw_up(
        district=DISTRICT, caller=SECRETARY, command=city.command(SECRETARY), cause=city.cause(SECRETARY)
    )
    return stored.id


async def with_obstacle(city: City) -> str:
    """Report an obstacle as a council member and give it to the district's secretary; return its id."""
    stored = await city.review.obstacles.report(
        district=DISTRICT,
        question="چرا سالن فرهنگ‌سرا فقط در ساعت اداری باز است؟",
        organization=None,
        caller=COUNCIL_MEMBER,
        command=city.command(COUNCIL_MEMBER),
        cause=city.cause(COUNCIL_MEMBER),
    )
    assignment = Assignment("اداره فرهنگی منطقه", person=None, role="secretary")
    await city.review.obstacles.assign(
        stored.id, assignment, caller=OFFICE, command=city.command(OFFICE), cause=city.cause(OFFICE)
    )
    return stored.id


async def an_obstacle_answered_late(city: City) -> None:
    """It is reported, assigned, forgotten, and answered."""
    await with_councils(city)
    obstacle = await with_obstacle(city)
    await city.pass_time(timedelta(days=30))
    await city.review.obstacles.answer(
        obstacle,
        question=None,
        answer="از این پس روزهای تعطیل هم باز است.",
        caller=SECRETARY,
        command=city.command(SECRETARY),
        cause=city.cause(SECRETARY),
    )


async def with_meeting(city: City, case: str | None = None) -> str:
    """Call a meeting that begins at once, about a case or with a free item; return its id."""
    stored = await city.review.meetings.call(
        district=DISTRICT,
        starts_at=city.now,
        place="سالن جلسات منطقه",
        agenda=[WantedItem(case, "گزارش دبیر" if case is None else None)],
        caller=SECRETARY,
        command=city.command(SECRETARY),
        cause=city.cause(SECRETARY),
    )
    return stored.id


async def minuted(city: City, meeting: str) -> None:
    """Note who is present and write the minutes."""
    meetings, by = city.review.meetings, SECRETARY
    await meetings.take_attendance(meeting, [1, 2, 5], caller=by, command=city.command(by), cause=city.cause(by))
    await meetings.draft_minutes(
        meeting,
        number="1405/12",
        date="2026-12-01",
        text="گزارش دبیر شنیده شد.",
        caller=by,
        command=city.command(by),
        cause=city.cause(by),
    )


async def ballots_opened(city: City, request: Request) -> None:
    """A meeting opens the ballots of four, of whom one changes the vote, and ends the discussion."""
    await city.vote(request, seats=(1, 2, 3, 5), vote="reject")
    case = await city.case_of(request)
    meeting = await with_meeting(city, case)
    await minuted(city, meeting)
    call: dict[str, Any] = {"caller": SECRETARY, "cause": city.cause(SECRETARY)}
    discussions = city.review.discussions
    await discussions.open_ballots(meeting, case, command=city.command(SECRETARY), **call)
    await city.vote(request, seats=(2,), replaces=1)
    await discussions.end(meeting, case, command=city.command(SECRETARY), **call)


async def two_meetings(city: City) -> None:
    """The minutes of one are adopted, the other is cancelled."""
    held, cancelled = await with_meeting(city), await with_meeting(city)
    await minuted(city, held)
    meetings = city.review.meetings
    await meetings.adopt_minutes(held, edition=1, caller=CHAIR, command=city.command(CHAIR), cause=city.cause(CHAIR))
    await meetings.cancel(
        cancelled,
        reason="تعطیلی ناگهانی",
        caller=SECRETARY,
        command=city.command(SECRETARY),
        cause=city.cause(SECRETARY),
    )


async def a_council_at_work(city: City) -> None:
    """A concern is reported, leads to a proposed order, is looked after, and is over."""
    await with_councils(city)
    concern, member = await with_concern(city), COUNCIL_MEMBER
    await with_proposal(city)
    for step in (city.review.concerns.monitor, city.review.concerns.resolve):
        await step(
            concern,
            reason="دیدارهای هفتگی برپا شد.",
            caller=member,
            command=city.command(member),
            cause=city.cause(member),
        )
