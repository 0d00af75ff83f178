"""Early arrivals, races and crashes: what the use cases keep right between documents."""

import asyncio
from typing import Any

import pytest

from services.review.domain.case import case_id
from services.review.domain.case_steps import NotYourSeat
from services.review.outbound.store import CASES
from services.review.usecases.cases import CaseNotDecided
from services.review.usecases.openings import RETRY_EVERY
from shared.contracts.refusals import Forbidden, InvalidFields
from shared.contracts.review import RuleSetRef
from shared.storage.aggregates import fold
from shared.storage.codec import to_document
from shared.storage.ports import Document
from tests.fakes.storage import MemoryCopies, MemoryDocuments
from tests.unit.review.builders import (
    AUDITOR,
    CAUSE,
    CITY,
    DISTRICT,
    ORGANIZATION,
    SECRETARY,
    SIGN_WITHIN,
    World,
    caller,
    form,
    holder,
    member,
)
from tests.unit.review.test_events_by_state import ID, cast, closed, decided, opened


async def status(world: World) -> str:
    return (await world.cases.require(ID)).state.status


# Early arrivals


async def test_a_submission_before_everything_opens_when_the_last_seat_is_filled() -> None:
    world = World()
    await world.submitted()
    await world.standing(1)
    await world.set_up_group(seats=(1, 2, 3, 4, 5))
    assert await status(world) == "awaiting"
    await world.fill(6)
    assert await status(world) == "open"
    assert len((await world.cases.require(ID)).state.seats) == 6


async def test_a_group_that_stays_incomplete_gets_its_case_by_the_sweep() -> None:
    world = World()
    await world.submitted()
    await world.standing(1)
    await world.uses.sweep()
    await world.set_up_group(seats=(1, 2, 5))
    assert await world.uses.sweep() == 0  # not yet: it looks only now and then
    world.now += RETRY_EVERY
    assert await world.uses.sweep() == 1
    assert await status(world) == "open"


async def test_a_standing_older_than_the_submission_relied_on_is_waited_for() -> None:
    world = World()
    await world.set_up_group()
    await world.standing(3, allowed=False)
    await world.submitted(standing_sequence=5)
    assert await status(world) == "awaiting"
    await world.standing(5)
    assert await status(world) == "open"


async def test_a_rule_set_version_not_adopted_yet_is_waited_for() -> None:
    world = World()
    await world.set_up_group()
    await world.standing(1)
    await world.submitted(rule_set=RuleSetRef(id="mashhad", version=2))
    assert await status(world) == "awaiting"
    await world.adopt_rules(deadline_moves=3)
    assert (await world.cases.require(ID)).state.terms.rules.deadline_moves == 3


async def test_a_group_that_lost_its_members_is_no_early_arrival_but_an_exception() -> None:
    world = World()
    await world.set_up_group()
    await world.standing(1)
    world.now += RETRY_EVERY
    for seat in (2, 3, 4, 5):
        await world.uses.working_groups.empty(
            "wg-7", seat, reason="استعفا", caller=CITY, command=world.command(), cause=CAUSE, expected_version=None
        )
    await world.submitted()
    assert await status(world) == "stalled"
    assert world.announced[-2:] == ["case.opened.v1", "case.stalled.v1"]


# Races


class YieldingDocuments(MemoryDocuments):
    """Lets others run between load and save, so that writers really race."""

    async def load(self, id: str) -> Document | None:
        document = await super().load(id)
        await asyncio.sleep(0)
        return document


def racing_world() -> World:
    world = World()
    documents = YieldingDocuments("cases")
    world.documents["cases"] = documents
    world.cases.documents = documents
    return world


async def test_six_ballots_at_one_instant_make_one_result() -> None:
    world = racing_world()
    await opened(world)
    for seat in range(1, 7):
        await world.uses.cases.declare(
            ID, seat, conflict="none", note="", caller=member(seat), command=world.command(f"{seat}")
        )
    await asyncio.gather(
        *(world.uses.cases.cast(ID, seat, form(), caller=member(seat)) for seat in range(1, 7)),
        *(world.uses.cases.sweep() for _ in range(3)),
    )
    state = (await world.cases.require(ID)).state
    assert state.result is not None
    assert (state.status, state.result.tally.cast) == ("closed", 6)
    assert world.announced.count("case.closed.v1") == 1


class WorseningCopies(MemoryCopies):
    """The standing worsens, unseen by any scan, right after it is read at opening or before the closing is saved."""

    def __init__(self) -> None:
        super().__init__()
        self.armed = False

    async def get(self, id: str) -> Document | None:
        copy = await super().get(id)
        if self.armed:
            self.armed = False
            await self.apply(id, 99, {"may_be_decided": False, "reason": "suspended", "name": "انجمن"})
        return copy


def world_with(copies: MemoryCopies) -> World:
    world = World()
    world.uses.cases._standings._copies = copies
    return world


async def test_a_standing_that_worsens_while_the_case_opens_pauses_it() -> None:
    copies = WorseningCopies()
    world = world_with(copies)
    await world.set_up_group()
    await world.standing(1)
    copies.armed = True
    await world.submitted()
    assert await status(world) == "paused"


async def test_a_standing_that_worsens_while_the_last_ballot_closes_pauses_the_closed_case() -> None:
    world = World()
    await opened(world)
    for seat in range(1, 6):
        await cast(world, seat)
    await world.standings.apply(ORGANIZATION, 99, {"may_be_decided": False, "reason": "suspended", "name": "انجمن"})
    await cast(world, 6)
    state = (await world.cases.require(ID)).state
    assert state.pause is not None
    assert (state.status, state.pause.during, state.standing_sequence) == ("paused", "closed", 99)


async def test_a_standing_handler_that_crashed_before_its_scan_scans_when_delivered_again() -> None:
    world = World()
    await opened(world)
    await world.standings.apply(ORGANIZATION, 4, {"may_be_decided": False, "reason": "suspended", "name": "انجمن"})
    await world.standing(4, allowed=False)
    assert await status(world) == "paused"


# Time


async def test_time_closes_decides_and_announces_by_itself() -> None:
    world = World()
    await decided(world)
    assert world.announced[-3:] == ["case.opened.v1", "case.closed.v1", "case.decided.v1"]
    data: dict[str, Any] = world.relay.events[-1]["data"]
    assert (data["outcome"], data["signed"], data["standing_sequence"]) == ("approved", False, 1)
    assert data["mean_score_hundredths"] == 7500


async def test_the_state_is_the_fold_of_its_history() -> None:
    world = World()
    await decided(world)
    history = await world.cases.history(ID)
    folded = fold(CASES, [entry.event for entry in history])
    assert folded is not None
    assert to_document(folded) == to_document((await world.cases.require(ID)).state)


# Who may


async def test_the_chair_signs_and_the_decision_names_the_standing_it_relied_on() -> None:
    world = World()
    await closed(world)
    await world.standing(8)
    await world.uses.cases.draft_summary(ID, reason="دلیل", caller=SECRETARY, command=world.command(), cause=CAUSE)
    with pytest.raises(Forbidden):
        await world.uses.cases.draft_summary(ID, reason="x", caller=member(1), command=world.command(), cause=CAUSE)
    await world.uses.cases.sign(ID, edition=1, caller=member(1), command=world.command(), cause=CAUSE)
    data = world.relay.events[-1]["data"]
    assert (data["signed"], data["signed_by_seat_kind"], data["standing_sequence"]) == (True, "deputy", 8)


async def test_a_holder_without_the_role_or_of_another_district_does_nothing() -> None:
    world = World()
    await opened(world)
    for who in (caller(holder(2), "secretary"), caller(holder(2), "member", district="8")):
        with pytest.raises(Forbidden):
            await world.uses.cases.declare(ID, 2, conflict="none", note="", caller=who, command=world.command())


async def test_only_the_own_ballot_is_read_at_any_time() -> None:
    world = World()
    await closed(world)
    world.now += SIGN_WITHIN
    assert (await world.uses.cases.own_ballot(ID, 2, caller=member(2))).edition == 1
    with pytest.raises(NotYourSeat):
        await world.uses.cases.own_ballot(ID, 2, caller=member(3))
    with pytest.raises(Forbidden):
        await world.uses.cases.own_ballot(ID, 2, caller=AUDITOR)


async def test_the_history_is_sealed_until_the_decision_and_names_voters_to_auditors_only() -> None:
    world = World()
    await closed(world)
    with pytest.raises(CaseNotDecided):
        await world.uses.cases.history(ID, caller=AUDITOR)
    world.now += SIGN_WITHIN
    await world.uses.sweep()
    assert (await world.uses.cases.history(ID, caller=AUDITOR))[1]
    assert not (await world.uses.cases.history(ID, caller=SECRETARY))[1]


async def test_mine_lists_what_the_caller_has_still_to_cast() -> None:
    world = World()
    await opened(world)
    await world.submitted(request="req-2")

    async def mine(seat: int) -> set[str]:
        page = await world.uses.cases.page(
            caller=member(seat), district=None, status=None, mine=True, cursor=None, limit=50
        )
        return {stored.state.request for stored in page.items}

    assert await mine(2) == {"req-1", "req-2"}
    await cast(world, 2)
    assert await mine(2) == {"req-2"}
    await world.uses.cases.declare(
        case_id("req-2", 1), 2, conflict="money", note="", caller=member(2), command=world.command()
    )
    assert await mine(2) == set()
    assert await mine(3) == {"req-1", "req-2"}


async def test_a_reader_sees_only_the_own_districts() -> None:
    world = World()
    await opened(world)
    elsewhere = caller("s", "secretary", district="8")
    page = await world.uses.cases.page(caller=elsewhere, district=None, status=None, mine=False, cursor=None, limit=50)
    assert page.total == 0
    with pytest.raises(Forbidden):
        await world.uses.cases.get(ID, caller=elsewhere)


async def test_a_group_needs_a_rule_set_that_exists() -> None:
    world = World()
    await world.adopt_rules()
    for unknown in (RuleSetRef(id="other", version=1), RuleSetRef(id="mashhad", version=2)):
        with pytest.raises(InvalidFields):
            await world.uses.working_groups.set_up(
                district=DISTRICT, rule_set=unknown, caller=CITY, command=world.command(), cause=CAUSE
            )
