"""REV-1: substitutes act when a holder's term is over, when the holder is recused, or absent as the city office says."""

from datetime import timedelta

import pytest

from services.review.domain import case_steps, substitutes, succession, working_group
from services.review.domain.case import Case
from services.review.domain.opening import seated
from services.review.domain.result import base_of, chair_vote, signer
from services.review.domain.working_group import Term
from shared.contracts.refusals import InvalidFields
from tests.unit.review.builders import (
    CALENDAR,
    CAUSE,
    CITY,
    GROUP,
    NOW,
    World,
    caller,
    declared,
    form,
    holder,
    member,
    open_case,
    then,
    voted,
)
from tests.unit.review.test_events_by_state import ID, cast, opened
from tests.unit.review.test_working_group import YEAR, filled, group, term

LATER = NOW + timedelta(days=30)
STAND_IN = Term("substitute-2", None, NOW, NOW + YEAR)


def left(state: Case, seat: int, substitute: Term | None = None) -> Case:
    events = succession.follow(
        state, subject=holder(seat), left_at=NOW, substitute=substitute, now=NOW, calendar=CALENDAR
    )
    return then(state, events)


def recused(state: Case, seat: int, substitute: Term | None) -> Case:
    events = case_steps.declare(
        state,
        seat=seat,
        subject=state.seat(seat).holder,
        conflict="family",
        note="",
        now=NOW,
        calendar=CALENDAR,
        substitute=substitute,
    )
    return then(state, events)


def named(state: working_group.WorkingGroup, number: int, given: Term) -> working_group.WorkingGroup:
    for event in substitutes.name_substitute(state, number=number, term=given, now=NOW):
        state = working_group.evolve(state, event)
    return state


# In the group


def test_a_substitute_holds_no_other_seat_and_a_holder_is_nobodys_substitute() -> None:
    state = named(filled(filled(group(), 2, term("a")), 3, term("b")), 2, term("s"))
    for number, subject in ((3, "a"), (3, "s"), (2, "a")):
        with pytest.raises((working_group.HoldsAnotherSeat, substitutes.SubstituteTaken)):
            named(state, number, term(subject))
    with pytest.raises(working_group.HoldsAnotherSeat):
        filled(state, 4, term("s"))
    assert filled(state, 4, term("s", YEAR, 2 * YEAR)).seat(4).term is not None  # one after the other is possible


def test_a_named_substitute_is_ended_before_another_is_named() -> None:
    state = named(group(), 2, term("s"))
    assert substitutes.name_substitute(state, number=2, term=term("s"), now=NOW) == []  # repeated: nothing
    with pytest.raises(substitutes.SubstituteTaken):
        named(state, 2, term("t"))
    for event in substitutes.end_substitute(state, number=2, reason="استعفا", now=NOW):
        state = working_group.evolve(state, event)
    assert named(state, 2, term("t")).seat(2).substitute == term("t")
    with pytest.raises(substitutes.NoSubstitute):
        substitutes.end_substitute(state, number=2, reason="استعفا", now=NOW)
    with pytest.raises(InvalidFields):
        named(state, 3, term("u", -2 * YEAR, -YEAR))


def test_when_the_term_is_over_the_substitute_sits_and_has_no_chair() -> None:
    state = named(filled(group(), 1, term("a", until=timedelta(days=10))), 1, term("s"))
    (before,), (after,) = seated(state, NOW), seated(state, LATER)
    assert (before.holder, before.chair) == ("a", True)
    assert (after.holder, after.chair) == ("s", False)
    assert [seat.seat for seat in state.filled(LATER)] == [1]


def test_vacant_seats_lower_the_base() -> None:
    state = filled(filled(group(), 2, term("a", until=timedelta(days=10))), 5, term("b"))
    assert [seat.seat for seat in seated(state, NOW)] == [2, 5]
    assert [seat.seat for seat in seated(state, LATER)] == [5]


# In a case


def test_a_recused_member_is_replaced_by_the_substitute_who_declares_first() -> None:
    state = recused(open_case(), 2, STAND_IN)
    assert len(base_of(state.seats)) == 6
    assert state.seat(2).holder == STAND_IN.subject
    assert STAND_IN.subject in state.to_cast
    with pytest.raises(case_steps.NotDeclared):
        case_steps.cast(state, seat=2, subject=STAND_IN.subject, form=form(), now=NOW, calendar=CALENDAR)
    with pytest.raises(case_steps.RecusedFromCase):
        declared(state, 2, "none")
    assert recused(state, 2, None).seat(2).recused  # the substitute has a conflict, too: out of the base
    assert state.shut_out(holder(2))


def test_the_substitute_of_a_recused_chair_neither_decides_at_half_nor_signs() -> None:
    state = recused(open_case(), 1, STAND_IN)
    state = then(
        state,
        case_steps.declare(
            state, seat=1, subject=STAND_IN.subject, conflict="none", note="", now=NOW, calendar=CALENDAR
        ),
    )
    ballot = form("approve")
    state = then(
        state,
        case_steps.cast(state, seat=1, subject=STAND_IN.subject, form=ballot, now=NOW, calendar=CALENDAR),
    )
    for seat, vote in {2: "approve", 3: "approve", 4: "reject", 5: "reject", 6: "reject"}.items():
        state = voted(state, seat, form(vote))  # type: ignore[arg-type]
    assert state.result is not None
    assert chair_vote(state.seats) is None
    assert (state.result.outcome, state.result.tally.decided_by_chair) == ("rejected", False)
    senior = signer(state.seats)
    assert senior is not None
    assert senior.seat == 2


def test_a_ballot_cast_before_the_member_left_stays_and_cannot_be_replaced() -> None:
    state = left(voted(open_case(), 2), 2, STAND_IN)
    assert (state.seat(2).holder, len(base_of(state.seats))) == (holder(2), 6)
    with pytest.raises(case_steps.NoLongerMember):
        voted(state, 2, form("reject", replaces=1))
    for seat in (1, 3, 4, 5, 6):
        state = voted(state, seat)
    assert state.result is not None
    assert state.result.tally.cast == 6


def test_who_leaves_without_a_ballot_leaves_the_base_unless_the_substitute_steps_in() -> None:
    state = left(declared(open_case(), 2), 2)
    assert (len(base_of(state.seats)), state.seat(2).vacated) == (5, True)
    with pytest.raises(case_steps.NoLongerMember):
        voted(state, 2)
    assert left(state, 2) == state  # repeated: nothing
    replaced = left(declared(open_case(), 2), 2, STAND_IN)
    assert (len(base_of(replaced.seats)), replaced.seat(2).holder) == (6, STAND_IN.subject)


def test_the_last_of_the_base_who_leaves_without_a_ballot_closes_the_case() -> None:
    state = open_case()
    for seat in (1, 2, 3, 4, 5):
        state = voted(state, seat)
    state = left(state, 6)
    assert state.result is not None
    assert (state.status, state.result.tally.base, state.result.tally.recused) == ("closed", 5, 0)


def test_no_vote_after_the_end_of_the_term_even_before_the_sweep() -> None:
    world_seat = seated(filled(group(), 2, term("a", until=timedelta(minutes=5))), NOW)[0]
    assert not world_seat.over(NOW)
    assert world_seat.over(NOW + timedelta(minutes=5))


def test_the_chair_who_left_does_not_sign() -> None:
    state = voted(open_case(), 1)
    state = left(state, 1)
    for seat in (2, 3, 4, 5, 6):
        state = voted(state, seat)
    senior = signer(state.seats)
    assert senior is not None
    assert senior.seat == 2


def test_absent_is_who_has_not_declared() -> None:
    state = open_case()
    events = succession.stand_in(state, seat=2, substitute=STAND_IN, reason="مأموریت", now=NOW)
    assert then(state, events).seat(2).holder == STAND_IN.subject
    with pytest.raises(succession.HasDeclared):  # whether this member has cast is sealed
        succession.stand_in(declared(state, 2), seat=2, substitute=STAND_IN, reason="مأموریت", now=NOW)
    for nobody in (None, Term(holder(3), None, NOW, NOW + YEAR)):
        with pytest.raises(substitutes.NoSubstitute):
            succession.stand_in(state, seat=2, substitute=nobody, reason="مأموریت", now=NOW)


# Between group and cases


async def name(world: World, seat: int) -> None:
    await world.uses.substitutes.name(
        GROUP,
        seat,
        subject=f"substitute-{seat}",
        name=None,
        until=world.now + YEAR,
        caller=CITY,
        command=world.command(),
        cause=CAUSE,
        expected_version=None,
    )


async def empty(world: World, seat: int) -> None:
    await world.uses.working_groups.empty(
        GROUP, seat, reason="استعفا", caller=CITY, command=world.command(), cause=CAUSE, expected_version=None
    )


async def case(world: World) -> Case:
    return (await world.cases.require(ID)).state


async def test_an_emptied_seat_leaves_the_open_cases_at_once() -> None:
    world = World()
    await opened(world)
    await name(world, 3)
    await cast(world, 2)
    for seat in (2, 3, 4):
        await empty(world, seat)
    state = await case(world)
    assert [(s.seat, s.holder) for s in base_of(state.seats)][1:3] == [(2, holder(2)), (3, "substitute-3")]
    assert len(base_of(state.seats)) == 5
    assert (await world.uses.working_groups.get(GROUP)).state.leaving == ()


async def test_a_term_that_ends_mid_case_is_followed_by_the_sweep() -> None:
    world = World()
    await world.set_up_group(seats=(1, 2, 3, 5, 6))
    await world.standing(1)
    term_of_4 = Term("person-4", None, world.now, world.now + timedelta(hours=1))
    await world.uses.working_groups.fill(
        GROUP, 4, term=term_of_4, caller=CITY, command=world.command(), cause=CAUSE, expected_version=None
    )
    await world.submitted()
    world.now += timedelta(hours=1)
    with pytest.raises(case_steps.NoLongerMember):
        await cast(world, 4)
    assert await world.uses.sweep() > 0
    assert len(base_of((await case(world)).seats)) == 5
    assert await world.uses.sweep() == 0


async def test_who_left_while_the_case_opened_is_followed_by_a_second_look() -> None:
    world = World()
    await world.set_up_group()
    await world.standing(1)
    prepare = world.uses._openings._prepare

    async def then_empty(*arguments: object) -> object:
        opening = await prepare(*arguments)  # type: ignore[arg-type]
        await empty(world, 4)
        return opening

    world.uses._openings._prepare = then_empty  # type: ignore[method-assign, assignment]
    await world.submitted()
    assert (await case(world)).seat(4).vacated


async def test_the_substitute_of_a_recused_member_votes_and_the_recused_sees_nothing_more() -> None:
    world = World()
    await opened(world)
    await name(world, 2)
    await world.uses.cases.declare(
        ID, 2, conflict="money", note="", caller=member(2), command=world.command("person-2")
    )
    stand_in = caller("substitute-2", "member")
    await world.uses.cases.declare(
        ID, 2, conflict="none", note="", caller=stand_in, command=world.command("substitute-2")
    )
    await world.uses.cases.cast(ID, 2, form(), caller=stand_in)
    with pytest.raises(case_steps.RecusedFromCase):
        await world.uses.cases.cast(ID, 2, form(), caller=member(2))
    assert (await case(world)).seat(2).ballot is not None
