"""How an award ends, over all four services: what the request says is what the book says (REQ-12; I4, I5, I8)."""

from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest

from services.requests.domain.closing_steps import StillPending
from tests.builders import ASKED, BOOK, City, Request
from tests.component.agreement import disagreements
from tests.component.test_four_services import asked, reserved
from tests.endings import amend, answer_notice, cancel, close, end, notify, paid, reported
from tests.fakes.bus import MemoryBus


@pytest.fixture
async def city() -> AsyncIterator[City]:
    city = await City(MemoryBus()).found(money=ASKED)
    yield city
    await city.bus.settle()
    assert await disagreements(city) == []


async def running(city: City) -> Request:
    """Return a request whose award is committed whole."""
    request = await asked(city)
    with ExitStack() as hold:
        await reserved(city, request, hold)
    await city.accept(request)
    await city.bus.settle()
    return request


async def balance(city: City) -> tuple[int, int, int, int]:
    book = await city.journal.book(BOOK)
    assert book is not None
    return tuple(book.balances[part] for part in ("available", "committed", "pending", "paid"))  # type: ignore[return-value]


async def test_closing_gives_the_rest_of_the_credit_back(city: City) -> None:
    """REQ-12."""
    request = await running(city)
    await paid(city, request, ASKED // 2)
    await reported(city, request, ASKED // 2)
    await close(city, request)
    state = await city.state(request)
    assert (state.status, state.committed, state.book.released) == ("closed", ASKED // 2, ASKED // 2)
    assert await balance(city) == (ASKED // 2, 0, 0, ASKED // 2)
    assert city.bus.archive[-1]["type"] == "request.closed.v1"


async def test_what_was_not_spent_comes_back_before_it_is_closed(city: City) -> None:
    request = await running(city)
    payment = await paid(city, request, ASKED)
    await reported(city, request, ASKED // 2)
    with pytest.raises(StillPending):
        await close(city, request)
    await city.refund(payment, ASKED // 2)
    await city.bus.settle()
    await close(city, request)
    assert (await city.state(request)).status == "closed"
    assert await balance(city) == (ASKED // 2, 0, 0, ASKED // 2)


async def test_a_payment_that_budget_knew_first_is_given_up_before_it_is_closed(city: City) -> None:
    """The office closes it on what requests knows; nothing is closed over a payment under way."""
    request = await running(city)
    await paid(city, request, ASKED // 2)
    await reported(city, request, ASKED // 2)
    with city.bus.holding("requests.budget"):
        payment = await city.prepare_payment(request, ASKED // 4, instalment=2)
        await city.bus.settle()
        await close(city, request)
    await city.bus.settle()
    assert (await city.state(request)).status == "reported"
    await city.give_up_payment(payment)
    await city.bus.settle()
    assert (await city.state(request)).status == "closed"
    assert await balance(city) == (ASKED // 2, 0, 0, ASKED // 2)


async def test_a_cancellation_pays_proven_costs_and_releases_the_rest(city: City) -> None:
    request = await running(city)
    await paid(city, request, ASKED // 4)
    await notify(city, request)
    await answer_notice(city, request)
    await cancel(city, request, ASKED // 2)
    await city.bus.settle()
    assert (await city.state(request)).status == "cancelled"
    assert await balance(city) == (ASKED // 2, ASKED // 4, 0, ASKED // 4)
    payment = await city.prepare_payment(request, ASKED // 4, instalment=2)
    await city.approve_payment(payment)
    await city.pay(payment)
    await city.bus.settle()
    assert await balance(city) == (ASKED // 2, 0, 0, ASKED // 2)


async def test_without_proven_costs_all_of_it_is_available_again(city: City) -> None:
    request = await running(city)
    await notify(city, request)
    await answer_notice(city, request)
    await cancel(city, request, 0)
    await city.bus.settle()
    assert await balance(city) == (ASKED, 0, 0, 0)


async def test_a_payment_that_stood_in_the_way_of_a_cancellation_is_released_when_it_is_given_up(city: City) -> None:
    request = await running(city)
    await notify(city, request)
    await answer_notice(city, request)
    with city.bus.holding("requests.budget"):
        payment = await city.prepare_payment(request, ASKED // 2)
        await city.bus.settle()
        await cancel(city, request, ASKED // 4)
        await city.bus.settle()
    await city.bus.settle()
    assert await balance(city) == (ASKED // 2, 0, ASKED // 2, 0)
    await city.give_up_payment(payment)
    await city.bus.settle()
    assert await balance(city) == (ASKED - ASKED // 4, ASKED // 4, 0, 0)


async def test_an_amendment_to_less_releases_the_rest_and_the_award_goes_on(city: City) -> None:
    """REQ-10."""
    request = await running(city)
    await amend(city, request, ASKED // 2)
    assert await balance(city) == (ASKED // 2, ASKED // 2, 0, 0)
    await paid(city, request, ASKED // 2)
    await reported(city, request, ASKED // 2)
    await close(city, request)
    state = await city.state(request)
    assert (state.status, state.book.released) == ("closed", ASKED // 2)


async def test_ended_by_agreement_only_the_agreed_amount_stays_payable(city: City) -> None:
    request = await running(city)
    await paid(city, request, ASKED // 4)
    await end(city, request, ASKED // 4)
    assert (await city.state(request)).status == "ended_by_agreement"
    assert await balance(city) == (ASKED - ASKED // 4, 0, 0, ASKED // 4)
