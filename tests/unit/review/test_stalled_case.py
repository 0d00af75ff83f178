"""REV-7: no quorum at the moved deadline, then substitutes by the city office, then an exception for headquarters."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.review.domain import case_steps, stalled_case, working_group
from services.review.domain.case import Case, next_due
from services.review.domain.opening import KnownStanding
from services.review.domain.result import base_of
from services.review.domain.stalled_case import NamedSubstitute
from services.review.domain.working_group import WorkingGroup
from shared.contracts.refusals import Forbidden, InvalidFields
from tests.unit.review.builders import (
    CALENDAR,
    CASE_WITHIN,
    CAUSE,
    CITY,
    HQ,
    MOVES_BY,
    NOW,
    SECRETARY,
    SIX_SEATS,
    World,
    caller,
    declared,
    form,
    holder,
    open_case,
    standing,
    then,
    voted,
)
from tests.unit.review.test_events_by_state import ID, stalled
from tests.unit.review.test_working_group import filled, group, term

STALLED_AT = NOW + CASE_WITHIN + MOVES_BY
SUBSTITUTES_BY = STALLED_AT + timedelta(days=7)
SUBSTITUTES = [NamedSubstitute(2, "expert", "new-2"), NamedSubstitute(5, "neighbourhood_member", "new-5")]


def meet(state: Case) -> Case:
    assert state.deadline is not None
    return then(state, case_steps.meet_deadline(state, now=state.deadline, calendar=CALENDAR))


def whole_group() -> WorkingGroup:
    state = group()
    for rule in SIX_SEATS:
        state = filled(state, rule.seat, term(holder(rule.seat)))
    return state


def no_quorum() -> Case:
    """Return a case in which only two came, twice."""
    return meet(meet(voted(voted(open_case(), 1), 6)))


def continued(
    state: Case, named: Sequence[NamedSubstitute] = tuple(SUBSTITUTES), by: KnownStanding | None = None
) -> Case:
    events = stalled_case.name_substitutes(
        state, named, group=whole_group(), standing=by or standing(), now=STALLED_AT, calendar=CALENDAR
    )
    return then(state, events)


def excepted() -> Case:
    return meet(continued(no_quorum()))


def wrong(named: NamedSubstitute, state: Case | None = None) -> set[tuple[str, str]]:
    with pytest.raises(InvalidFields) as refused:
        continued(state or no_quorum(), [named])
    return {(error.pointer, error.code) for error in refused.value.errors}


def test_missed_again_the_case_waits_for_substitutes_and_goes_on_with_the_new_base() -> None:
    state = no_quorum()
    assert (state.status, state.substitutes_by, next_due(state)) == ("stalled", SUBSTITUTES_BY, SUBSTITUTES_BY)
    state = continued(state)
    assert (state.status, state.deadline) == ("open", STALLED_AT + MOVES_BY)
    assert [seat.holder for seat in base_of(state.seats)][:2] == [holder(1), "new-2"]
    assert state.seat(1).ballot is not None  # who came keeps the ballot
    for seat in SUBSTITUTES:
        with pytest.raises(case_steps.NotDeclared):
            case_steps.cast(state, seat=seat.seat, subject=seat.holder, form=form(), now=STALLED_AT, calendar=CALENDAR)


def test_a_base_too_small_is_made_larger_also_in_seats_that_were_vacant() -> None:
    state = open_case(filled=(1, 2))
    assert (state.status, state.stalled_because) == ("stalled", "base_too_small")
    with pytest.raises(stalled_case.BaseStillTooSmall):
        continued(state, [NamedSubstitute(2, "expert", "new-2")])
    assert [seat.seat for seat in base_of(continued(state, SUBSTITUTES).seats)] == [1, 2, 5]


def test_missed_a_third_time_it_is_an_exception_for_headquarters() -> None:
    state = excepted()
    assert (state.status, state.excepted_because, next_due(state)) == ("excepted", "no_quorum", None)
    with pytest.raises(case_steps.CaseNotOpen):
        voted(state, 3)
    with pytest.raises(stalled_case.CaseNotStalled):
        continued(state)


def test_recusals_after_the_substitutes_that_leave_too_few_are_an_exception() -> None:
    state = continued(open_case(filled=(1, 2)), SUBSTITUTES)
    state = declared(state, 1, "family", now=STALLED_AT)
    assert (state.status, state.excepted_because) == ("excepted", "base_too_small")


def test_without_substitutes_in_time_it_is_an_exception_for_headquarters() -> None:
    state = no_quorum()
    assert stalled_case.give_up_waiting(state, now=SUBSTITUTES_BY - timedelta(milliseconds=1)) == []
    given_up = then(state, stalled_case.give_up_waiting(state, now=SUBSTITUTES_BY))
    assert (given_up.status, given_up.excepted_because) == ("excepted", "no_substitutes")


def test_a_substitute_is_of_the_seats_kind_and_sits_nowhere_else() -> None:
    assert wrong(NamedSubstitute(2, "deputy", "new-2")) == {("/seats/0/kind", "wrong_kind_of_seat")}
    assert wrong(NamedSubstitute(1, "deputy", "new-1")) == {("/seats/0/seat", "seat_has_voted")}
    assert wrong(NamedSubstitute(9, "expert", "new-9")) == {("/seats/0/seat", "no_such_seat")}
    assert wrong(NamedSubstitute(2, "expert", holder(3))) == {("/seats/0/holder", "has_sat_in_case")}
    elsewhere = open_case(filled=(1, 2))
    assert wrong(NamedSubstitute(4, "expert", holder(3)), elsewhere) == {("/seats/0/holder", "holds_another_seat")}
    with pytest.raises(InvalidFields):
        continued(no_quorum(), [SUBSTITUTES[0], SUBSTITUTES[0]])


def test_headquarters_orders_a_new_term_for_the_same_seats() -> None:
    state = excepted()
    now = STALLED_AT + MOVES_BY
    ordered = then(state, stalled_case.order_new_term(state, standing=standing(), now=now, calendar=CALENDAR))
    assert (ordered.status, ordered.deadline, ordered.seats) == ("open", now + CASE_WITHIN, state.seats)
    assert meet(ordered).status == "excepted"  # the office has helped already
    with pytest.raises(stalled_case.CaseNotExcepted):
        stalled_case.order_new_term(ordered, standing=standing(), now=now, calendar=CALENDAR)


def test_headquarters_names_another_group_which_begins_anew() -> None:
    state = excepted()
    (event,) = working_group.set_up(
        None, district="8", rule_set=state.terms.rule_set, seats=SIX_SEATS, least=3, now=NOW
    )
    other = working_group.evolve(None, event)
    for number, subject in ((1, "a"), (2, "b"), (5, "c"), (6, holder(6))):
        other = filled(other, number, term(subject))
    moved = then(
        state,
        stalled_case.move_to_group(state, group=other, standing=standing(), now=STALLED_AT, calendar=CALENDAR),
    )
    assert [(seat.seat, seat.holder, seat.ballot) for seat in moved.seats] == [
        (1, "a", None), (2, "b", None), (5, "c", None),
    ]  # fmt: skip
    assert (moved.deciding_district, moved.district, moved.deadline_moves) == ("8", "7", 0)
    with pytest.raises(stalled_case.SameGroup):
        stalled_case.move_to_group(state, group=whole_group(), standing=standing(), now=STALLED_AT, calendar=CALENDAR)


def test_a_case_that_goes_on_without_the_standing_is_paused_at_once() -> None:
    state = continued(no_quorum(), by=standing(5, allowed=False))
    assert (state.status, state.standing_sequence) == ("paused", 5)
    resumed = then(state, case_steps.apply_standing(state, standing(6), now=STALLED_AT))
    assert (resumed.status, resumed.standing_sequence) == ("open", 6)


async def test_the_sweep_gives_up_waiting_and_only_office_and_headquarters_bring_the_case_on() -> None:
    world = World()
    await stalled(world)
    for other in (SECRETARY, HQ, caller("o", "city_office", district="8")):
        with pytest.raises(Forbidden):
            await world.uses.stalled_cases.name_substitutes(
                ID, SUBSTITUTES, caller=other, command=world.command(), cause=CAUSE
            )
    world.now += timedelta(days=7)
    assert await world.uses.sweep() == 1
    assert world.announced[-2:] == ["case.stalled.v1", "case.excepted.v1"]
    with pytest.raises(Forbidden):
        await world.uses.stalled_cases.order_new_term(ID, caller=CITY, command=world.command(), cause=CAUSE)
    await world.uses.stalled_cases.order_new_term(ID, caller=HQ, command=world.command(), cause=CAUSE)
    assert world.announced[-1] == "case.continued.v1"


async def test_a_standing_that_worsened_while_the_case_was_stalled_pauses_it() -> None:
    world = World()
    await stalled(world)
    await world.standing(7, allowed=False)
    await world.uses.stalled_cases.name_substitutes(ID, SUBSTITUTES, caller=CITY, command=world.command(), cause=CAUSE)
    assert (await world.cases.require(ID)).state.status == "paused"
