"""A district's participation in a played city (tests/builders.py): its councils and who sits on them."""

from datetime import timedelta
from typing import Final

from services.review.domain.council import council_id
from shared.contracts.base import Names
from shared.web.caller import Caller, Grant
from tests.builders import DISTRICT, OFFICE, START, City

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
