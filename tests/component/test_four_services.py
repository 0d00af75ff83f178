"""All four services in one process, from registration to commitment: what they make of each other's events, in any order.
Except where a test says otherwise every event is delivered twice.

After every story the services must agree: a request's status with its case, its place in the book and its organisation's standing; every
approval in exactly one place (I8); every book, case and copy as the invariants say (tests/component/agreement.py).
"""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from random import Random
from typing import Final

import pytest

from services.requests.domain.request_steps import CannotWithdraw, NothingToAccept
from services.requests.domain.standing import StandingForbids
from shared.contracts.refusals import Refusal
from tests.builders import (
    ACCEPT_WITHIN,
    ASKED,
    BOOK,
    QUEUES,
    SEATS,
    SUSPENSION_LASTS,
    City,
    Organization,
    Request,
)
from tests.component.agreement import disagreements
from tests.fakes.bus import MemoryBus

LAGGING: Final = ((), ("requests.registry",), ("review.registry",), ("budget.registry",))
"""Queues in which a standing may be late at one of its three readers."""


async def agree(city: City) -> None:
    """Let everything arrive and check that the services agree."""
    await city.bus.settle()
    assert await disagreements(city) == []


async def asked(city: City, amount: int = ASKED) -> Request:
    """A complete draft of an organisation of its own that is approved and known everywhere."""
    organization = await city.organization()
    await city.bus.settle()
    return await city.draft(organization, amount)


# ---------------------------------------------------------------- the steps of a request, with what has not arrived yet


async def drafted(city: City, request: Request, hold: ExitStack) -> None:
    """A draft."""


async def submitted(city: City, request: Request, hold: ExitStack) -> None:
    """Submitted; review has not heard of it."""
    hold.enter_context(city.bus.holding("review.requests"))
    await city.submit(request)


async def in_review(city: City, request: Request, hold: ExitStack) -> None:
    """Its case is open."""
    await city.submit(request)
    await city.bus.settle()


async def half_voted(city: City, request: Request, hold: ExitStack) -> None:
    """Three of six ballots are cast."""
    await in_review(city, request, hold)
    await city.vote(request, SEATS[:3])


async def sent_back(city: City, request: Request, hold: ExitStack) -> None:
    """The secretary asked for a correction."""
    await in_review(city, request, hold)
    await city.send_back(request)
    await city.bus.settle()


async def resubmitted(city: City, request: Request, hold: ExitStack) -> None:
    """A second revision is in review."""
    await sent_back(city, request, hold)
    await city.correct(request, "نشست هفتگی خانواده")
    await city.submit(request)
    await city.bus.settle()


async def closed(city: City, request: Request, hold: ExitStack) -> None:
    """All have voted; the result is fixed and not issued."""
    await in_review(city, request, hold)
    await city.vote(request)
    await city.bus.settle()


async def decided(city: City, request: Request, hold: ExitStack) -> None:
    """Approved; budget has not heard of it."""
    await closed(city, request, hold)
    hold.enter_context(city.bus.holding("budget.review"))
    await city.sign(request)
    await city.bus.settle()


async def decided_unheard(city: City, request: Request, hold: ExitStack) -> None:
    """Approved and reserved; the requests service has not heard of either."""
    await closed(city, request, hold)
    hold.enter_context(city.bus.holding("requests.review", "requests.budget"))
    await city.sign(request)
    await city.bus.settle()


async def waiting(city: City, request: Request, hold: ExitStack) -> None:
    """On the waiting list, because another has taken the money."""
    other = await asked(city, await city.available())
    await reserved(city, other, hold)
    await reserved(city, request, hold)
    assert await city.status(request) == "waiting"


async def reserved(city: City, request: Request, hold: ExitStack) -> None:
    """Money is reserved."""
    await closed(city, request, hold)
    await city.sign(request)
    await city.bus.settle()


async def accepted(city: City, request: Request, hold: ExitStack) -> None:
    """The award is accepted; budget has not heard of it."""
    await reserved(city, request, hold)
    hold.enter_context(city.bus.holding("budget.requests"))
    await city.accept(request)
    await city.bus.settle()


async def committed_unheard(city: City, request: Request, hold: ExitStack) -> None:
    """Committed; the requests service has not heard of it."""
    await reserved(city, request, hold)
    hold.enter_context(city.bus.holding("requests.budget"))
    await city.accept(request)
    await city.bus.settle()


async def in_progress(city: City, request: Request, hold: ExitStack) -> None:
    """Committed."""
    await reserved(city, request, hold)
    await city.accept(request)
    await city.bus.settle()


Step = Callable[[City, Request, ExitStack], Awaitable[None]]
BEFORE_ACCEPTANCE: Final[tuple[Step, ...]] = (
    drafted, submitted, in_review, half_voted, sent_back, resubmitted, closed, decided, decided_unheard, waiting, reserved,
)  # fmt: skip
AFTER_ACCEPTANCE: Final[tuple[Step, ...]] = (accepted, committed_unheard, in_progress)


async def carry_on(city: City, request: Request) -> str:
    """Take a request as far as it goes from wherever it is, and return its status."""
    for _ in range(10):
        await city.bus.settle()
        status = await city.status(request)
        if status == "draft" or status == "changes_requested":
            if status == "changes_requested":
                await city.correct(request, "نشست ماهانه خانواده")
            await city.submit(request)
        elif status == "in_review":
            case = await city.case(request)
            assert case is not None
            if case.status == "open":
                await city.vote(request, [seat.seat for seat in case.seats if seat.ballot is None])
            else:
                await city.sign(request)
        elif status == "reserved":
            await city.accept(request)
        else:
            return status
    raise AssertionError(f"request {request.id} does not get on from {await city.status(request)}")


# ---------------------------------------------------------------- stories


@pytest.mark.parametrize("copies", [1, 2])
async def test_a_request_goes_from_registration_to_commitment(copies: int) -> None:
    """SEAMS.md, "How a request follows the others"; with two copies every event is delivered twice."""
    city = await City(MemoryBus(copies=copies)).found(money=ASKED)
    request = await asked(city)
    for step, status in (
        (city.submit, "in_review"),
        (city.vote, "in_review"),
        (city.sign, "reserved"),
        (city.accept, "in_progress"),
    ):
        await step(request)
        await city.bus.settle()
        assert await city.status(request) == status
        await agree(city)
    book = await city.journal.book(BOOK)
    assert book is not None
    assert (book.balances["committed"], book.balances["available"]) == (ASKED, 0)
    assert [e["type"] for e in city.bus.archive if e["data"].get("request") == request.id] == [
        "request.submitted.v1",
        "case.opened.v1",
        "case.closed.v1",
        "case.decided.v1",
        "reservation.made.v1",
        "request.accepted.v1",
        "commitment.made.v1",
    ]


@pytest.mark.parametrize("step", BEFORE_ACCEPTANCE)
async def test_a_withdrawal_ends_a_request_at_each_step_and_gives_its_money_back(step: Step) -> None:
    city = await City(MemoryBus(copies=2)).found(money=ASKED)
    request = await asked(city)
    with ExitStack() as hold:
        await step(city, request, hold)
        await city.withdraw(request)
        await city.bus.settle()
    await agree(city)
    assert await city.status(request) == "withdrawn"
    others = sum(r is not request for r in city.drafted)  # the step "waiting" needs one that has taken the money
    assert await city.available() == ASKED * (1 - others)


@pytest.mark.parametrize("step", AFTER_ACCEPTANCE)
async def test_after_the_acceptance_nothing_is_withdrawn(step: Step) -> None:
    city = await City().found(money=ASKED)
    request = await asked(city)
    with ExitStack() as hold:
        await step(city, request, hold)
        with pytest.raises(CannotWithdraw):
            await city.withdraw(request)
    await agree(city)
    assert await city.status(request) == "in_progress"


@pytest.mark.parametrize("lagging", LAGGING, ids=lambda queues: "".join(queues) or "none")
@pytest.mark.parametrize("step", [*BEFORE_ACCEPTANCE, in_progress])
async def test_a_suspension_stops_a_request_at_each_step_and_a_reinstatement_lets_it_go_on(
    step: Step, lagging: tuple[str, ...]
) -> None:
    """REG-4, I9: it keeps its place and its money, whoever hears of the standing first and last."""
    city = await City(MemoryBus(copies=2)).found(money=ASKED)
    request = await asked(city)
    with ExitStack() as hold:
        await step(city, request, hold)
        before = await city.status(request)
        with city.bus.holding(*lagging):
            await city.suspend(request.organization)
            await city.bus.settle()
    await agree(city)
    state = await city.state(request)
    if before != "in_progress":
        assert (state.suspension is not None) == (before != "draft")
        with suppress(Refusal):
            assert await carry_on(city, request) == "waiting"
        await agree(city)
        assert (await city.state(request)).suspension == state.suspension
    with city.bus.holding(*lagging):
        await city.reinstate(request.organization)
        await city.bus.settle()
    await agree(city)
    for other in city.drafted:
        if other is not request:
            await city.withdraw(other)
    assert await carry_on(city, request) == "in_progress"
    await agree(city)


@pytest.mark.parametrize("lagging", LAGGING, ids=lambda queues: "".join(queues) or "none")
@pytest.mark.parametrize("step", [accepted, committed_unheard])
async def test_an_acceptance_that_races_with_a_suspension_is_committed_or_reserved_whatever_comes_first(
    step: Step, lagging: tuple[str, ...]
) -> None:
    """SEAMS.md: a commitment that raced with a suspension returns to its paused reservation, also one that came too late."""
    city = await City(MemoryBus(copies=2)).found(money=ASKED)
    request = await asked(city)
    with ExitStack() as hold:
        await step(city, request, hold)
        with city.bus.holding(*lagging):
            await city.suspend(request.organization)
            await city.bus.settle()
            hold.close()
            await city.bus.settle()
    await agree(city)
    status = await city.status(request)
    if step is committed_unheard:
        assert status == "in_progress", "it was committed before the suspension: accepted work stays"
    else:
        assert status == "reserved", "made on a standing that was over already, or refused"
        assert await city.available() == 0, "place and money are kept"
    await city.reinstate(request.organization)
    await agree(city)
    if status == "reserved":
        assert await carry_on(city, request) == "in_progress"
        await agree(city)


async def test_a_suspension_that_lasts_too_long_ends_the_request_and_gives_its_money_back() -> None:
    """REG-4: place and money are kept 60 days."""
    for step in (in_review, closed, sent_back, waiting, reserved):
        city = await City().found(money=ASKED)
        request = await asked(city)
        with ExitStack() as hold:
            await step(city, request, hold)
        await city.suspend(request.organization)
        await city.bus.settle()
        await city.pass_time(SUSPENSION_LASTS + timedelta(days=1))
        assert await city.status(request) == "lapsed"
        assert (await city.state(request)).ended_reason == "suspension_expired"
        await agree(city)
        await city.reinstate(request.organization)
        await agree(city)


async def test_who_waits_is_served_when_a_withdrawal_releases_money() -> None:
    """BUD-5."""
    city = await City().found(money=ASKED)
    first, second, third = [await asked(city) for _ in range(3)]
    for request in (first, second, third):
        await city.submit(request)
        await city.bus.settle()
        await city.decide(request)
        await city.bus.settle()
    assert [await city.status(r) for r in (first, second, third)] == ["reserved", "waiting", "waiting"]
    await agree(city)
    await city.withdraw(first)
    await city.bus.settle()
    assert [await city.status(r) for r in (first, second, third)] == ["withdrawn", "reserved", "waiting"]
    await city.accept(second)
    await agree(city)
    await city.allot(ASKED)
    await agree(city)
    assert await carry_on(city, third) == "in_progress"
    await agree(city)


async def test_who_waits_behind_a_suspended_one_is_not_held_up_even_under_the_strict_rule() -> None:
    """DESIGN.md: a paused waiter keeps its place and blocks nobody."""
    city = await City().found(money=ASKED, waiting_rule="strict")
    first, second, third = [await asked(city) for _ in range(3)]
    for request in (first, second, third):
        await city.submit(request)
        await city.bus.settle()
        await city.decide(request)
        await city.bus.settle()
    await city.suspend(second.organization)
    await city.bus.settle()
    await city.withdraw(first)
    await agree(city)
    assert [await city.status(r) for r in (second, third)] == ["waiting", "reserved"]
    await city.reinstate(second.organization)
    await city.withdraw(third)
    await agree(city)
    assert await city.status(second) == "reserved"


async def test_a_rejected_request_touches_no_money() -> None:
    city = await City().found(money=ASKED)
    request = await asked(city)
    await city.submit(request)
    await city.bus.settle()
    await city.decide(request, "reject")
    await agree(city)
    assert await city.status(request) == "rejected"
    assert await city.available() == ASKED


async def test_an_award_that_nobody_accepts_lapses_and_its_money_serves_the_next() -> None:
    """REQ-9."""
    city = await City().found(money=ASKED)
    first, second = await asked(city), await asked(city)
    for request in (first, second):
        await city.submit(request)
        await city.bus.settle()
        await city.decide(request)
        await city.bus.settle()
    await city.pass_time(ACCEPT_WITHIN + timedelta(hours=1))
    assert await city.status(first) == "lapsed"
    assert (await city.state(first)).ended_reason == "acceptance_overdue"
    assert await city.status(second) == "reserved"
    await agree(city)
    with pytest.raises(NothingToAccept):
        await city.accept(first)


async def test_waiting_ends_with_the_planned_date() -> None:
    """REQ-9."""
    city = await City().found(money=0)
    request = await asked(city)
    with ExitStack() as hold:
        await reserved(city, request, hold)
    assert await city.status(request) == "waiting"
    await city.pass_time(timedelta(days=302))
    assert await city.status(request) == "lapsed"
    await agree(city)
    await city.allot(ASKED)
    await agree(city)
    assert await city.available() == ASKED


async def test_a_submission_that_comes_before_the_working_group_is_seated_waits_and_is_opened() -> None:
    city = await City().found(seats=2)
    request = await asked(city)
    await city.submit(request)
    await city.bus.settle()
    assert await city.status(request) == "submitted"
    await agree(city)
    for seat in range(3, 7):
        await city.fill_seat(seat)
    await agree(city)
    assert await carry_on(city, request) == "in_progress"
    await agree(city)


async def test_a_standing_that_is_late_at_the_requests_service_forbids_and_one_late_at_review_only_delays() -> None:
    city = await City().found()
    organization = await city.organization()
    request = await city.draft(organization)
    with pytest.raises(StandingForbids):
        await city.submit(request)
    with city.bus.holding("review.registry", "budget.registry"):
        await city.bus.settle()
        await city.submit(request)
        await city.bus.settle()
        assert await city.status(request) == "submitted", (
            "the case waits for the standing that the submission relied on"
        )
    await agree(city)
    assert await carry_on(city, request) == "in_progress"


# ---------------------------------------------------------------- any order


@pytest.mark.parametrize("step", [*BEFORE_ACCEPTANCE, *AFTER_ACCEPTANCE])
async def test_each_queue_may_be_late_at_each_step(step: Step) -> None:
    """What comes late changes when, not where, a request ends."""
    for queue in QUEUES:
        city = await City().found(money=ASKED)
        request = await asked(city)
        with ExitStack() as hold:
            await step(city, request, hold)
            # It may be unable to get on while this queue is held back.
            with city.bus.holding(queue), suppress(Refusal, AssertionError):
                await carry_on(city, request)
        await agree(city)


@pytest.mark.parametrize("within", [False, True], ids=["queues", "events"])
@pytest.mark.parametrize("seed", range(8))
async def test_whatever_order_the_events_come_in_the_services_agree_in_the_end(seed: int, within: bool) -> None:
    """DESIGN.md: nothing assumes order between aggregates or replicas. Everybody acts at random; each event comes twice."""
    random = Random(seed)
    bus = MemoryBus(random, copies=2, within=within)
    city = await City(bus).found(money=2 * ASKED, waiting_rule="strict" if seed % 2 else "first_fit")
    organizations = [await city.organization() for _ in range(3)]
    requests = [await city.draft(organization, ASKED) for organization in organizations for _ in range(2)]
    for _ in range(250):
        await _act(city, random, random.choice(requests))
        for _ in range(random.randrange(3)):
            await city.bus.deliver(at_once=random.randrange(1, 5))
    await agree(city)
    for organization in organizations:
        await _reinstated(city, organization)
    await agree(city)
    ends = [await carry_on(city, request) for request in requests]
    assert set(ends) <= {"in_progress", "waiting", "withdrawn", "lapsed", "rejected"}
    assert ends.count("in_progress") <= 2
    await agree(city)


async def _act(city: City, random: Random, request: Request) -> None:
    """Somebody does something with this request or its organisation; what can't be done now is refused."""
    acts: list[tuple[int, Callable[[], Awaitable[object]]]] = [
        (30, lambda: city.submit(request)),
        (30, lambda: city.vote(request, [random.choice(SEATS)])),
        (10, lambda: city.vote(request)),
        (2, lambda: city.vote(request, vote="reject")),
        (30, lambda: city.sign(request)),
        (25, lambda: city.accept(request)),
        (4, lambda: city.send_back(request)),
        (1, lambda: city.withdraw(request)),
        (8, lambda: city.suspend(request.organization)),
        (14, lambda: city.reinstate(request.organization)),
        (3, lambda: city.sweep_after(timedelta(days=5))),
    ]
    (act,) = random.choices([act for _, act in acts], [weight for weight, _ in acts])
    try:
        await act()
    except (Refusal, IndexError):
        return


async def _reinstated(city: City, organization: Organization) -> None:
    try:
        await city.reinstate(organization)
    except Refusal:
        return  # it is not suspended
