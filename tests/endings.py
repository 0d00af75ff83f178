"""What the office and the applicant do with an award that is carried out, on the services of a played city."""

from typing import Any, Final

from services.requests.domain.reports import Outcome, Spent
from shared.web.caller import Caller, Grant
from tests.builders import DISTRICT, City, Request

OF_DISTRICT: Final = Caller("secretary", (Grant("secretary", DISTRICT),))


def call(city: City, by: Caller) -> dict[str, Any]:
    """Return what every step of requests is called with, once."""
    return {"caller": by, "command": city.command(by), "cause": city.cause(by), "expected_version": None}


async def reported(city: City, request: Request, spent: int) -> None:
    """The final report says that so much was spent, and is accepted."""
    outcome = Outcome((Spent("سالن", spent, "فاکتور ۱"),), 110, "۳۵ خانواده", "برگزار شد.", final=True)
    by, reports = request.organization.applicant, city.requests.reports
    await reports.file(request.id, outcome, about_nobody=True, **call(city, by))
    instalment = (await city.state(request)).reporting.instalment
    await reports.accept(request.id, instalment, **call(city, OF_DISTRICT))
    await city.bus.settle()


async def paid(city: City, request: Request, amount: int) -> str:
    """So much is prepared, approved and paid; returns the payment's id."""
    payment = await city.prepare_payment(request, amount)
    await city.approve_payment(payment)
    await city.pay(payment)
    await city.bus.settle()
    return payment


async def close(city: City, request: Request) -> None:
    """The district's office closes it."""
    await city.requests.closing.close(request.id, **call(city, OF_DISTRICT))
    await city.bus.settle()
