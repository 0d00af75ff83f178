"""REV-1: seats are filled for terms, and a person holds at most one seat of a district."""

from datetime import timedelta

import pytest

from services.review.domain import substitutes, working_group
from services.review.domain.working_group import Term, WorkingGroup
from services.review.outbound.announce import announce_working_group
from shared.contracts.base import EventData
from shared.contracts.refusals import InvalidFields
from shared.contracts.review import WorkingGroupChanged
from tests.unit.review.builders import DISTRICT, NOW, RULE_SET, SIX_SEATS

YEAR = timedelta(days=365)


def group() -> WorkingGroup:
    (event,) = working_group.set_up(None, district=DISTRICT, rule_set=RULE_SET, seats=SIX_SEATS, least=3, now=NOW)
    return working_group.evolve(None, event)


def term(subject: str, since: timedelta = timedelta(0), until: timedelta = YEAR) -> Term:
    return Term(subject, None, NOW + since, NOW + until)


def filled(state: WorkingGroup, number: int, given: Term) -> WorkingGroup:
    for event in working_group.fill(state, number=number, term=given, now=NOW):
        state = working_group.evolve(state, event)
    return state


def test_a_new_group_has_the_seats_of_its_rules_all_empty() -> None:
    state = group()
    assert [seat.kind for seat in state.seats] == ["deputy", *["expert"] * 3, *["neighbourhood_member"] * 2]
    assert [seat.chair for seat in state.seats] == [True, *[False] * 5]
    assert state.filled(NOW) == ()


def test_a_district_has_one_group() -> None:
    with pytest.raises(working_group.WorkingGroupExists):
        working_group.set_up(group(), district=DISTRICT, rule_set=RULE_SET, seats=SIX_SEATS, least=3, now=NOW)


def test_a_person_holds_at_most_one_seat_of_a_district() -> None:
    state = filled(group(), 2, term("a"))
    with pytest.raises(working_group.HoldsAnotherSeat):
        filled(state, 3, term("a", timedelta(days=10)))
    assert filled(state, 3, term("a", YEAR, 2 * YEAR)).seat(3).term is not None  # one after the other is possible


def test_a_taken_seat_is_emptied_first() -> None:
    state = filled(group(), 2, term("a"))
    with pytest.raises(working_group.SeatTaken):
        filled(state, 2, term("b"))
    for event in working_group.empty(state, number=2, reason="استعفا", now=NOW):
        state = working_group.evolve(state, event)
    assert filled(state, 2, term("b")).seat(2).filled(NOW)
    with pytest.raises(working_group.SeatEmpty):
        working_group.empty(state, number=2, reason="استعفا", now=NOW)


def test_an_ended_term_counts_as_unfilled_even_before_the_sweep() -> None:
    state = filled(group(), 2, term("a"))
    assert state.filled(NOW + YEAR) == ()
    assert [seat.seat for seat in state.filled(NOW + YEAR - timedelta(milliseconds=1))] == [2]


@pytest.mark.parametrize(
    "bad",
    [term("a", YEAR, YEAR), term("a", -2 * YEAR, -YEAR)],
    ids=["ends when it begins", "is over"],
)
def test_a_term_that_cannot_be_is_refused(bad: Term) -> None:
    with pytest.raises(InvalidFields):
        filled(group(), 2, bad)


def test_terms_begin_and_end_by_the_clock_and_each_turn_is_announced_without_a_person() -> None:
    state = filled(group(), 2, term("a", timedelta(days=1)))
    assert working_group.next_turn(state) == NOW + timedelta(days=1)
    announced: list[EventData] = []
    for at in (NOW + timedelta(days=1), NOW + YEAR):
        for event in working_group.turn_terms(state, at):
            state = working_group.evolve(state, event)
            announced += announce_working_group(state, event)
    assert all(isinstance(data, WorkingGroupChanged) and "'a'" not in str(data) for data in announced)
    assert [data.seats[1].filled for data in announced if isinstance(data, WorkingGroupChanged)] == [True, False]
    assert working_group.next_turn(state) == NOW + YEAR  # the open cases have to follow who left
    assert working_group.turn_terms(state, NOW + 2 * YEAR) == []
    for event in substitutes.followed(state, NOW + YEAR, state):
        state = working_group.evolve(state, event)
        announced += announce_working_group(state, event)
    assert (working_group.next_turn(state), len(announced)) == (None, 2)


def test_a_group_is_constituted_once_a_quorum_could_sit_and_stays_so() -> None:
    state = group()
    for number in (1, 2):
        state = filled(state, number, term(f"p{number}"))
    assert not state.constituted
    state = filled(state, 5, term("p5"))
    assert state.constituted
    for event in working_group.empty(state, number=5, reason="استعفا", now=NOW):
        state = working_group.evolve(state, event)
    assert state.constituted


def test_an_unknown_seat_is_named() -> None:
    with pytest.raises(working_group.NoSuchSeat):
        filled(group(), 7, term("a"))
