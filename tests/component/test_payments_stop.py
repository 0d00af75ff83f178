"""A late report stops payments and its acceptance allows them again, from requests to budget (REQ-10, BUD-7)."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from services.budget.domain.refusals import PaymentsStopped
from services.requests.domain.reports import Outcome
from tests.builders import ASKED, SECRETARY, City, Request
from tests.component.test_four_services import asked, reserved
from tests.fakes.bus import MemoryBus


async def report(city: City, request: Request) -> None:
    """File the report that is due, and have it accepted."""
    by = request.organization.applicant
    outcome = Outcome((), 110, "۳۵ خانواده", "برگزار شد.", final=False)
    await city.requests.reports.file(
        request.id,
        outcome,
        about_nobody=True,
        caller=by,
        command=city.command(by),
        cause=city.cause(by),
        expected_version=None,
    )
    await city.requests.reports.accept(
        request.id,
        1,
        caller=SECRETARY,
        command=city.command(SECRETARY),
        cause=city.cause(SECRETARY),
        expected_version=None,
    )
    await city.bus.settle()


async def test_a_late_report_stops_payments_until_it_is_accepted() -> None:
    city = await City(MemoryBus()).found()
    request = await asked(city)
    with ExitStack() as hold:
        await reserved(city, request, hold)
    await city.accept(request)
    await city.bus.settle()
    first = await city.prepare_payment(request, ASKED // 2)
    await city.pass_time(timedelta(days=332))
    await city.bus.settle()
    for step in (city.prepare_payment(request, ASKED // 4, instalment=2), city.approve_payment(first)):
        with pytest.raises(PaymentsStopped):
            await step
    await report(city, request)
    await city.approve_payment(first)
    await city.pay(first)
    await city.prepare_payment(request, ASKED // 4, instalment=2)
