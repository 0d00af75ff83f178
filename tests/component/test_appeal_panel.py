"""An appeal through all four services: money is held, another district's group decides, and the book follows (REQ-13, BUD-3)."""

from datetime import timedelta

import pytest

from services.requests.domain.request_steps import AwardBeingRaised
from services.review.domain.case_steps import PanelJudgesAsSubmitted
from shared.contracts.refusals import Forbidden
from shared.contracts.review import FieldReason
from tests.appeals import SECRETARY, admit, lodge, panel_of, panel_signs, panel_votes, second_group, withdraw
from tests.builders import ACCEPT_WITHIN, ASKED, BOOK, City, Request
from tests.builders import SECRETARY as FIRST_SECRETARY
from tests.component.test_four_services import agree, asked
from tests.fakes.bus import MemoryBus


async def parts(city: City, *names: str) -> tuple[int, ...]:
    book = await city.journal.book(BOOK)
    assert book is not None
    return tuple(book.balances[name] for name in names)


async def appealed(amount: int | None = None, money: int = 2 * ASKED) -> tuple[City, Request]:
    """A city in which a decision is appealed and the appeal is admitted; ``amount``: what was approved, None: it was rejected."""
    city = await City(MemoryBus(copies=2)).found(money=money)
    await second_group(city)
    request = await asked(city)
    await city.submit(request)
    await city.bus.settle()
    await city.vote(request, vote="reject" if amount is None else "approve", amount=amount)
    await city.sign(request)
    await city.bus.settle()
    await lodge(city, request)
    await admit(city, request)
    await city.bus.settle()
    return city, request


async def panel_decides(city: City, request: Request, amount: int | None) -> None:
    await panel_votes(city, request, "reject" if amount is None else "approve", amount)
    await panel_signs(city, request)
    await agree(city)


async def test_the_panel_is_another_group_without_who_sat_in_the_case() -> None:
    city, request = await appealed()
    stored = await city.review.cases.get(await panel_of(city, request), caller=SECRETARY)
    assert (stored.state.status, stored.state.deciding_district) == ("open", "8")
    assert [seat.holder for seat in stored.state.seats] == [f"panel-{seat}" for seat in range(1, 6)]
    assert (await city.state(request)).status == "rejected"
    await agree(city)


async def test_the_panels_secretary_keeps_its_case_and_sends_nothing_back() -> None:
    city, request = await appealed()
    case = await panel_of(city, request)
    with pytest.raises(Forbidden):
        await city.review.cases.draft_summary(
            case, reason="x", caller=FIRST_SECRETARY, command=city.command(SECRETARY), cause=city.cause(SECRETARY)
        )
    with pytest.raises(PanelJudgesAsSubmitted):
        await city.review.cases.request_changes(
            case, [FieldReason(pointer="/title", reason="روشن‌تر")],
            caller=SECRETARY, command=city.command(SECRETARY), cause=city.cause(SECRETARY),
        )  # fmt: skip


async def test_an_overturned_rejection_is_reserved_from_what_was_held() -> None:
    city, request = await appealed(money=ASKED)
    assert await parts(city, "held", "available") == (ASKED, 0)
    await panel_decides(city, request, ASKED)
    assert await parts(city, "held", "reserved", "available") == (0, ASKED, 0)
    state = await city.state(request)
    assert (state.status, state.approved, state.reserved) == ("reserved", ASKED, ASKED)
    await city.accept(request)
    await agree(city)
    assert await city.status(request) == "in_progress"


async def test_a_confirmed_decision_gives_the_held_money_back() -> None:
    city, request = await appealed()
    await panel_decides(city, request, None)
    assert await parts(city, "held", "available") == (0, 2 * ASKED)
    state = await city.state(request)
    assert state.appeal is not None
    assert state.appeal.judgement is not None
    assert (state.status, state.appeal.status, state.appeal.judgement.verdict) == ("rejected", "decided", "confirmed")


async def test_a_raised_amount_is_added_to_the_reservation() -> None:
    city, request = await appealed(amount=ASKED // 2)
    assert await parts(city, "held", "reserved", "available") == (ASKED // 2, ASKED // 2, ASKED)
    await panel_decides(city, request, ASKED * 3 // 4)
    assert await parts(city, "held", "reserved") == (0, ASKED * 3 // 4)
    state = await city.state(request)
    assert (state.status, state.approved, state.reserved) == ("reserved", ASKED * 3 // 4, ASKED * 3 // 4)
    await city.accept(request)
    await agree(city)
    assert (await city.state(request)).committed == ASKED * 3 // 4


async def test_an_appeal_never_costs_anything() -> None:
    """Less than was awarded confirms the decision."""
    city, request = await appealed(amount=ASKED // 2)
    await panel_decides(city, request, ASKED // 4)
    assert await parts(city, "held", "reserved") == (0, ASKED // 2)
    assert (await city.state(request)).approved == ASKED // 2


async def test_a_reservation_is_raised_by_no_more_than_there_is() -> None:
    """It is never given up for a larger one; the award is accepted as it is."""
    city, request = await appealed(amount=ASKED // 2, money=ASKED * 3 // 4)
    assert await parts(city, "held", "available") == (ASKED // 4, 0)
    await panel_decides(city, request, ASKED)
    state = await city.state(request)
    assert (state.approved, state.reserved) == (ASKED, ASKED * 3 // 4)
    await city.accept(request)
    await agree(city)
    assert await parts(city, "held", "committed", "available") == (0, ASKED * 3 // 4, 0)


async def test_who_waits_is_not_served_from_what_is_held() -> None:
    city, request = await appealed(money=ASKED)
    other = await asked(city)
    await city.submit(other)
    await city.bus.settle()
    await city.decide(other)
    await agree(city)
    assert await city.status(other) == "waiting"
    await panel_decides(city, request, ASKED)
    assert (await city.status(request), await city.status(other)) == ("reserved", "waiting")


@pytest.mark.parametrize("ends", ["appeal", "request", "term"])
async def test_an_appeal_that_ends_gives_the_held_money_back(ends: str) -> None:
    """Whatever ends it: who waits is served from it."""
    city, request = await appealed(amount=ASKED // 2, money=ASKED)
    other = await asked(city, ASKED // 2)
    await city.submit(other)
    await city.bus.settle()
    await city.decide(other)
    await agree(city)
    assert await city.status(other) == "waiting"
    if ends == "appeal":
        await withdraw(city, request)
    elif ends == "request":
        await city.withdraw(request)
    else:
        await city.pass_time(
            timedelta(days=310)
        )  # what waits ends with the planned date; the panel's case is an exception by then
        await withdraw(city, request)
    await agree(city)
    assert (await parts(city, "held"))[0] == 0
    panel = await city.review.cases.get(await panel_of(city, request), caller=SECRETARY)
    assert panel.state.status == "withdrawn"
    assert await city.status(other) == ("lapsed" if ends == "term" else "reserved")


async def test_the_terms_stand_still_while_the_panel_decides_and_begin_anew() -> None:
    city, request = await appealed(amount=ASKED // 2)
    await city.pass_time(ACCEPT_WITHIN + timedelta(days=1))
    assert await city.status(request) == "reserved"
    await panel_decides(city, request, None)
    until = (await city.state(request)).accept_until
    assert until is not None
    assert until > city.now
    await city.pass_time(ACCEPT_WITHIN + timedelta(days=1))
    await agree(city)
    assert await city.status(request) == "lapsed"


async def test_a_panels_decision_about_an_appeal_that_ended_changes_nothing() -> None:
    """The request says whether it counts: the award was accepted while the last ballot was on its way."""
    city, request = await appealed(amount=ASKED // 2)
    await panel_votes(city, request, "approve", ASKED)
    with city.bus.holding("review.requests"):
        await city.accept(request)
        await city.bus.settle()
        await panel_signs(city, request)
        await city.bus.settle()
    await agree(city)
    state = await city.state(request)
    assert (state.status, state.approved, state.committed) == ("in_progress", ASKED // 2, ASKED // 2)
    assert await parts(city, "held", "committed") == (0, ASKED // 2)


async def test_an_award_is_not_accepted_before_the_book_has_raised_it() -> None:
    city, request = await appealed(amount=ASKED // 2)
    await panel_votes(city, request, "approve", ASKED)
    with city.bus.holding("budget.requests"):
        await panel_signs(city, request)
        await city.bus.settle()
        with pytest.raises(AwardBeingRaised):
            await city.accept(request)
    await city.bus.settle()
    await city.accept(request)
    await agree(city)
    assert (await city.state(request)).committed == ASKED


async def test_without_another_group_the_panel_is_waited_for() -> None:
    city = await City(MemoryBus(copies=2)).found()
    request = await asked(city)
    await city.submit(request)
    await city.bus.settle()
    await city.decide(request, vote="reject")
    await city.bus.settle()
    await lodge(city, request)
    await admit(city, request)
    await agree(city)
    await second_group(city)
    await city.pass_time(timedelta(minutes=1))
    await agree(city)
    panel = await city.review.cases.get(await panel_of(city, request), caller=SECRETARY)
    assert panel.state.status == "open"


async def test_the_end_of_an_appeal_that_comes_first_bars_hold_and_panel() -> None:
    city = await City(MemoryBus(copies=2)).found()
    await second_group(city)
    request = await asked(city)
    await city.submit(request)
    await city.bus.settle()
    await city.decide(request, vote="reject")
    await city.bus.settle()

    with city.bus.holding("budget.requests"), city.bus.holding("review.requests"):
        await lodge(city, request)
        await admit(city, request)
        await withdraw(city, request)
        await city.bus.settle()
    await agree(city)

    assert await parts(city, "held") == (0,)
