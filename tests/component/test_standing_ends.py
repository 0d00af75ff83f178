"""A standing that ends, in the four services (REG-4, SEAMS.md): expired stops what is new, revoked ends what is open."""

from contextlib import ExitStack
from datetime import date, timedelta

import pytest

from services.registry.domain.profile import Licence
from services.requests.domain.standing import StandingForbids
from tests.builders import BOOK, City, Organization, Request
from tests.component.agreement import disagreements
from tests.component.test_four_services import in_review, reserved

ENDS = Licence("1405/9", "فرمانداری", date(2026, 3, 21), date(2026, 11, 30))
NINE_DAYS = timedelta(days=9)


async def asked_by_who_expires(city: City) -> Request:
    organization = await city.organization(licence=ENDS)
    await city.bus.settle()
    return await city.draft(organization)


async def expire(city: City) -> None:
    """Nine days on: the licence is over, and no term of a request or case."""
    await city.pass_time(NINE_DAYS)


async def state_in_book(city: City, request: Request) -> tuple[str, bool]:
    book = await city.journal.book(BOOK)
    assert book is not None
    subject = book.subjects[request.id]
    return subject.state, subject.paused


async def test_an_expired_organisation_submits_nothing_new() -> None:
    city = await City().found()
    request = await asked_by_who_expires(city)
    await expire(city)
    with pytest.raises(StandingForbids) as refused:
        await city.submit(request)
    assert refused.value.params["organization_status"] == "expired"
    assert await disagreements(city) == []


async def test_what_an_expired_organisation_asked_before_is_decided_and_its_money_waits_for_the_renewal() -> None:
    city = await City().found()
    request = await asked_by_who_expires(city)
    with ExitStack() as hold:
        await in_review(city, request, hold)
    await expire(city)
    case = await city.case(request)
    assert case is not None
    assert case.status == "open"
    await city.decide(request)
    await city.bus.settle()
    assert await state_in_book(city, request) == ("waiting", True)
    assert await disagreements(city) == []


async def test_an_expired_organisation_accepts_no_award_and_keeps_its_reservation() -> None:
    city = await City().found()
    request = await asked_by_who_expires(city)
    with ExitStack() as hold:
        await reserved(city, request, hold)
    await expire(city)
    with pytest.raises(StandingForbids):
        await city.accept(request)
    assert await state_in_book(city, request) == ("reserved", True)
    assert await disagreements(city) == []


async def test_accepted_work_of_an_expired_organisation_goes_on() -> None:
    city = await City().found()
    request = await asked_by_who_expires(city)
    with ExitStack() as hold:
        await reserved(city, request, hold)
    await city.accept(request)
    await city.bus.settle()
    await expire(city)
    assert (await city.state(request)).status == "in_progress"
    assert await state_in_book(city, request) == ("committed", False)
    assert await disagreements(city) == []


async def revoked(city: City, organization: Organization) -> None:
    await city.revoke(organization)
    await city.bus.settle()


async def test_what_is_in_review_ends_when_the_organisation_is_revoked() -> None:
    city = await City().found()
    request = await asked_by_who_expires(city)
    with ExitStack() as hold:
        await in_review(city, request, hold)
    await revoked(city, request.organization)
    case = await city.case(request)
    assert case is not None
    assert ((await city.state(request)).status, case.status) == ("lapsed", "withdrawn")
    assert await disagreements(city) == []


async def test_the_money_of_a_revoked_organisations_award_is_released() -> None:
    city = await City().found()
    before = await city.available()
    request = await asked_by_who_expires(city)
    with ExitStack() as hold:
        await reserved(city, request, hold)
    assert await city.available() < before
    await revoked(city, request.organization)
    assert (await city.state(request)).status == "lapsed"
    assert (await state_in_book(city, request))[0] == "released"
    assert await city.available() == before
    assert await disagreements(city) == []


async def test_a_commitment_stays_with_a_revoked_organisation() -> None:
    city = await City().found()
    request = await asked_by_who_expires(city)
    with ExitStack() as hold:
        await reserved(city, request, hold)
    await city.accept(request)
    await city.bus.settle()
    await revoked(city, request.organization)
    assert (await city.state(request)).status == "in_progress"
    assert (await state_in_book(city, request))[0] == "committed"
    assert await disagreements(city) == []
