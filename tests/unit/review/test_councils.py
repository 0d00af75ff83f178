"""Councils: a neighbourhood's or the district's, members for terms, set up and filled by the city office (REV-15)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.review.domain import council
from services.review.domain.council import AlreadyMember, Council, CouncilExists, NoSuchMember, council_id
from services.review.outbound.participation import COUNCILS, announce_council
from shared.contracts.base import Names
from shared.contracts.refusals import InvalidFields
from shared.storage.aggregates import fold
from tests.unit.review.builders import DISTRICT, NOW

NAMES = Names(fa="شورای محله طلاب")
DAY = timedelta(days=1)


def defined(neighbourhood: str | None = "talab") -> Council:
    events = council.define(None, district=DISTRICT, neighbourhood=neighbourhood, names=NAMES, now=NOW)
    state = fold(COUNCILS, list(events))
    assert state is not None
    return state


def appointed(state: Council, subject: str, now: datetime = NOW, **term: datetime) -> Council:
    times: dict[str, Any] = {"since": NOW - DAY, "until": NOW + 100 * DAY, **term}
    for event in council.appoint(state, subject=subject, name="عضو", now=now, **times):
        state = council.evolve(state, event)
    return state


def test_a_neighbourhood_and_the_district_have_one_council_each() -> None:
    assert (defined().id, defined().kind) == (f"council:{DISTRICT}:talab", "neighbourhood")
    assert (defined(None).id, defined(None).kind) == (council_id(DISTRICT, None), "district")
    with pytest.raises(CouncilExists):
        council.define(defined(), district=DISTRICT, neighbourhood="talab", names=NAMES, now=NOW)


def test_a_person_is_on_a_council_once_at_a_time() -> None:
    state = appointed(defined(), "a")
    with pytest.raises(AlreadyMember):
        appointed(state, "a", since=NOW + 99 * DAY, until=NOW + 200 * DAY)
    later = appointed(state, "a", since=NOW + 100 * DAY, until=NOW + 200 * DAY)
    assert [member.number for member in appointed(later, "b").members] == [1, 2, 3]


def test_a_term_has_to_be_possible() -> None:
    for since, until in ((NOW, NOW), (NOW - 2 * DAY, NOW - DAY)):
        with pytest.raises(InvalidFields):
            appointed(defined(), "a", since=since, until=until)


def test_who_sits_is_who_has_a_term_that_runs() -> None:
    state = appointed(defined(), "a", since=NOW + DAY, until=NOW + 2 * DAY)
    assert [state.has("a", NOW + n * DAY) for n in range(4)] == [False, True, False, False]
    assert not state.has("b", NOW + DAY)


def test_terms_begin_and_end_by_the_clock_and_are_announced_without_a_person() -> None:
    state = appointed(defined(), "secret-subject", since=NOW + DAY, until=NOW + 2 * DAY)
    told = []
    for expected in (1, 0):
        at = council.next_turn(state)
        assert at is not None
        (event,) = council.turn_terms(state, at)
        assert not council.turn_terms(state, at - timedelta(seconds=1))
        state = council.evolve(state, event)
        (data,) = announce_council(state, event)
        told.append(data.model_dump_json())
        assert data.model_dump()["sitting"] == expected
    assert council.next_turn(state) is None
    assert "secret" not in "".join(told)


def test_a_member_who_leaves_is_gone_and_the_number_is_not_given_again() -> None:
    state = appointed(defined(), "a")
    for event in council.end(state, number=1, reason="استعفا", now=NOW):
        state = council.evolve(state, event)
    assert not state.has("a", NOW)
    with pytest.raises(NoSuchMember):
        council.end(state, number=1, reason="استعفا", now=NOW)
    assert [member.number for member in appointed(state, "b").members] == [2]
