"""A service and a task from draft to report, over all four services: no book hears of them (REQ-4)."""

import pytest

from services.requests.domain.reports import Outcome
from services.review.domain.ballot import BallotIncomplete
from services.review.domain.case_steps import BallotForm
from shared.contracts.public.forms import public_form
from shared.web.caller import Caller, Grant
from tests.builders import BOOK, DISTRICT, SEATS, SECRETARY, WEIGHTS, City, Request
from tests.fakes.bus import MemoryBus


async def asked(city: City) -> Request:
    organization = await city.organization()
    await city.bus.settle()
    request = await city.draft_service(organization)
    await city.submit(request)
    await city.bus.settle()
    return request


async def granted(city: City) -> Request:
    request = await asked(city)
    await city.decide(request)
    await city.bus.settle()
    return request


async def test_a_service_is_reviewed_without_an_amount_and_carried_out_when_it_is_accepted() -> None:
    city = await City(MemoryBus()).found()
    entries = len(city.entries.stored)
    request = await asked(city)
    await city.decide(request)
    await city.bus.settle()
    assert await city.status(request) == "approved"
    await city.accept(request)
    await city.bus.settle()
    assert await city.status(request) == "in_progress"
    case = await city.case(request)
    assert case is not None
    assert case.result is not None
    assert (case.result.outcome, case.result.amount) == ("approved", 0)
    assert len(city.entries.stored) == entries
    types = [event["type"] for event in city.bus.archive if event["type"].startswith(("request.", "case.dec"))]
    assert types == ["request.submitted.v2", "case.decided.v2", "request.accepted.v2"]


async def test_what_was_done_with_a_service_is_reported_without_a_payment() -> None:
    """REQ-4 and REQ-10."""
    city = await City(MemoryBus()).found()
    request = await granted(city)
    await city.accept(request)
    by = request.organization.applicant
    outcome = Outcome((), 110, "۳۵ خانواده", "برگزار شد.", final=True)
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
    assert await city.status(request) == "reported"
    await city.requests.closing.close(
        request.id,
        caller=SECRETARY,
        command=city.command(SECRETARY),
        cause=city.cause(SECRETARY),
        expected_version=None,
    )
    await city.bus.settle()
    assert await city.status(request) == "closed"  # at once: no book has anything to release (REQ-12)
    assert "request.commitment_limited.v1" not in {event["type"] for event in city.bus.archive}


async def test_a_service_is_declined_and_no_book_hears_of_it() -> None:
    city = await City(MemoryBus()).found()
    entries = len(city.entries.stored)
    request = await granted(city)
    by = request.organization.applicant
    await city.requests.awards.decline(
        request.id,
        "برنامه برگزار نمی‌شود.",
        caller=by,
        command=city.command(by),
        cause=city.cause(by),
        expected_version=None,
    )
    await city.bus.settle()
    assert await city.status(request) == "declined"
    assert len(city.entries.stored) == entries


async def test_the_refusal_of_a_service_is_appealed() -> None:
    """REQ-4 and REQ-13."""
    city = await City(MemoryBus()).found()
    request = await asked(city)
    await city.decide(request, vote="reject")
    await city.bus.settle()
    by = request.organization.applicant
    await city.requests.appeals.lodge(
        request.id,
        "fault_in_procedure",
        "کارگروه حد نصاب نداشت.",
        caller=by,
        command=city.command(by),
        cause=city.cause(by),
        expected_version=None,
    )
    await city.bus.settle()
    (lodged,) = [event["data"] for event in city.bus.archive if event["type"] == "appeal.lodged.v1"]
    assert (lodged["amount_asked"], lodged["amount_approved"], lodged["support"]) == (None, 0, "service")


async def test_the_public_hears_of_the_service_and_of_a_refusal_not_whose_it_was() -> None:
    city = await City(MemoryBus()).found()
    awarded, refused = await asked(city), await asked(city)
    await city.decide(awarded)
    await city.decide(refused, vote="reject")
    await city.bus.settle()
    told = {
        event["data"]["request"]: (public_form(event) or {})["data"]
        for event in city.bus.archive
        if event["type"] == "case.decided.v2"
    }
    assert (told[awarded.id]["organization"], told[awarded.id]["services"]) == (awarded.organization.id, ["venue"])
    assert (told[refused.id]["organization"], told[refused.id]["outcome"]) == (None, "rejected")
    assert await city.status(refused) == "rejected"


async def test_a_ballot_on_a_service_holds_no_amount() -> None:
    city = await City(MemoryBus()).found()
    case = await city.case_of(await asked(city))
    member = Caller("seat-2", (Grant("member", DISTRICT),))
    await city.review.cases.declare(case, 2, conflict="none", note="", caller=member, command=city.command(member))
    form = BallotForm(dict(WEIGHTS), {}, "نظر کلی", "approve", 1, None)
    with pytest.raises(BallotIncomplete) as refused:
        await city.review.cases.cast(case, SEATS[1], form, caller=member)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/amount", "no_money_asked")]


async def test_a_withdrawn_service_ends_its_case_and_bars_nothing_in_the_book() -> None:
    city = await City(MemoryBus()).found()
    entries = len(city.entries.stored)
    request = await asked(city)
    await city.withdraw(request)
    await city.bus.settle()
    case = await city.case(request)
    assert case is not None
    assert (await city.status(request), case.status) == ("withdrawn", "withdrawn")
    assert len(city.entries.stored) == entries
    book = await city.journal.book(BOOK)
    assert book is not None
    assert request.id not in book.subjects


async def test_a_service_that_was_sent_back_comes_again_without_money() -> None:
    city = await City(MemoryBus()).found()
    request = await asked(city)
    await city.send_back(request)
    await city.bus.settle()
    await city.correct(request, "عنوان روشن‌تر")
    await city.submit(request)
    await city.bus.settle()
    await city.decide(request)
    await city.bus.settle()
    assert await city.status(request) == "approved"
