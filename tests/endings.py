"""What the office and the applicant do with an award that is carried out, on the services of a played city."""

from typing import Any, Final

from services.requests.domain.agreements import Change
from services.requests.domain.proposal import Line
from services.requests.domain.reports import Outcome, Spent
from shared.web.caller import Caller, Grant
from tests.builders import DISTRICT, OFFICE, City, Request

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


async def notify(city: City, request: Request) -> None:
    """The city office gives notice of cancellation."""
    await city.requests.cancellations.notify(request.id, "برنامه آغاز نشده است.", **call(city, OFFICE))


async def answer_notice(city: City, request: Request) -> None:
    """The applicant is heard."""
    by = request.organization.applicant
    await city.requests.cancellations.answer(request.id, "سالن آماده نبود.", **call(city, by))


async def drop_notice(city: City, request: Request) -> None:
    """The award goes on."""
    await city.requests.cancellations.drop(request.id, "توضیح پذیرفته شد.", **call(city, OFFICE))


async def cancel(city: City, request: Request, proven_costs: int) -> None:
    """The city office cancels it."""
    await city.requests.cancellations.cancel(request.id, proven_costs, "برگزار نشد.", **call(city, OFFICE))


async def amend(city: City, request: Request, amount: int, *, accepted: bool = True) -> None:
    """The applicant proposes to do it with so much; the district's office answers."""
    by, agreements = request.organization.applicant, city.requests.agreements
    change = Change(budget_lines=(Line("سالن", amount),))
    await agreements.propose_amendment(request.id, change, "سالن رایگان شد.", **call(city, by))
    await _answer(city, request, OF_DISTRICT, accepted=accepted)


async def propose_ending(city: City, request: Request, amount: int) -> None:
    """The district's office proposes to end it with so much."""
    await city.requests.agreements.propose_ending(request.id, amount, "ادامه نمی‌یابد.", **call(city, OF_DISTRICT))


async def end(city: City, request: Request, amount: int) -> None:
    """The district's office proposes to end it with so much; the applicant accepts."""
    await propose_ending(city, request, amount)
    await _answer(city, request, request.organization.applicant, accepted=True)


async def _answer(city: City, request: Request, by: Caller, *, accepted: bool) -> None:
    number, agreements = (await city.state(request)).agreements[-1].number, city.requests.agreements
    if accepted:
        await agreements.accept(request.id, number, **call(city, by))
    else:
        await agreements.deny(request.id, number, "مبلغ کافی نیست.", **call(city, by))
    await city.bus.settle()
