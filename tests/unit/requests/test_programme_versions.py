"""Versions of an open programme, the grace after its end, and what only a dated call has (REQ-1)."""

from dataclasses import replace
from typing import Any

import pytest

from services.requests.domain.programme import (
    PastEdition,
    Programme,
    ProgrammeNotOpen,
    ProgrammeNotReady,
    amend,
    close,
    draft,
    due_at,
    evolve,
    on_time,
)
from services.requests.domain.proposal import check
from shared.contracts.durations import Duration
from shared.contracts.refusals import InvalidFields
from tests.unit.requests.building import DAY, NOW, PROPOSAL, TERMS, TOPICS
from tests.unit.requests.test_programme import ALL_KNOWN, drafted, opened

CALL = {"kind": "dated", "opens": NOW, "closes": NOW + 10 * DAY}


def amended(state: Programme, now: Any = NOW + DAY, **changes: Any) -> Programme:
    events = amend(state, terms=replace(state.terms, **changes), known=ALL_KNOWN, now=now)
    for event in events:
        state = evolve(state, event)
    return state


def faults(**terms: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFields) as refused:
        draft(None, id="prog-1", terms=replace(TERMS, **terms), now=NOW)
    return [(e.pointer, e.code) for e in refused.value.errors]


def test_a_change_after_opening_is_a_new_version_and_the_one_before_is_kept() -> None:
    first = opened()
    second = amended(first, ceiling=200_000_000)
    assert (second.edition, second.terms.ceiling, second.status) == (2, 200_000_000, "open")
    assert second.past == (PastEdition(1, first.terms, NOW + DAY),)
    assert amended(second, now=NOW + 2 * DAY) == second  # the same terms again


def test_no_version_changes_kind_year_currency_and_opening() -> None:
    state = opened()
    for name, value in (
        ("kind", "dated"),
        ("fiscal_year", "1406"),
        ("currency", "EUR"),
        ("opens", NOW + 3 * DAY),
    ):
        closing = {"closes": NOW + 9 * DAY} if name == "kind" else {}
        with pytest.raises(InvalidFields) as refused:
            amended(state, **{name: value}, **closing)
        assert [(e.pointer, e.code) for e in refused.value.errors] == [(f"/{name}", "fixed_once_open")]


def test_a_version_that_does_not_say_when_it_opens_keeps_the_opening() -> None:
    state = opened()
    assert amended(state, opens=None, ceiling=7_000_000).terms.opens == state.terms.opens


def test_a_version_needs_what_an_opening_needs() -> None:
    with pytest.raises(ProgrammeNotReady):
        amended(opened(), districts=("7", "9"))


def test_only_an_open_programme_gets_a_version_and_its_end_lies_ahead() -> None:
    for state in (drafted(), evolve(opened(), close(opened(), now=NOW)[0])):
        with pytest.raises(ProgrammeNotOpen):
            amended(state, ceiling=1)
    with pytest.raises(InvalidFields) as refused:
        amended(opened(**CALL), closes=NOW + DAY, now=NOW + DAY)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/closes", "end_has_passed")]


def test_a_draft_begun_before_the_end_may_be_submitted_within_grace() -> None:
    state = opened(**CALL, grace=Duration(days=2))
    begun, end = NOW + 9 * DAY, NOW + 10 * DAY
    assert state.grace_until == NOW + 12 * DAY
    assert state.takes_requests(end + DAY, begun=begun)
    assert not state.takes_requests(end + DAY, begun=end)  # begun when it was over
    assert not state.takes_requests(end + DAY)
    assert not state.takes_requests(end + 2 * DAY, begun=begun)


def test_without_grace_the_end_is_the_end() -> None:
    state = opened(**CALL)
    assert not state.takes_requests(NOW + 10 * DAY, begun=NOW)


def test_a_call_closes_when_its_grace_is_over() -> None:
    state = opened(**CALL, grace=Duration(days=2))
    assert due_at(state) == NOW + 12 * DAY
    assert on_time(state, now=NOW + 11 * DAY) == []
    assert len(on_time(state, now=NOW + 12 * DAY)) == 1


def test_grace_counts_the_city_s_working_days() -> None:
    state = opened(**{**CALL, "closes": NOW + 2 * DAY}, grace=Duration(working_days=3))
    assert (
        state.grace_until == NOW + 7 * DAY
    )  # Tuesday; Thursday and Friday are the weekend: Wednesday, Saturday, Sunday


def test_a_moved_end_moves_its_grace() -> None:
    state = amended(opened(**CALL, grace=Duration(days=2)), closes=NOW + 20 * DAY)
    assert (state.terms.closes, due_at(state)) == (NOW + 20 * DAY, NOW + 22 * DAY)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"grace": Duration(days=1)}, ("/grace", "rolling_has_no_end")),
        ({"waiting_rule": "ranked"}, ("/waiting_rule", "rolling_has_no_end")),
        ({"minimum": 100_000_001}, ("/minimum", "least_above_ceiling")),
        ({"maximum": 99_999_999}, ("/maximum", "most_below_ceiling")),
    ],
)
def test_terms_that_cannot_be_are_named(terms: dict[str, Any], expected: tuple[str, str]) -> None:
    assert faults(**terms) == [expected]


def test_a_dated_call_may_rank_who_waits() -> None:
    assert opened(**CALL, waiting_rule="ranked").terms.waiting_rule == "ranked"


def test_minimum_and_maximum_bound_what_is_asked_and_the_ceiling_what_is_given() -> None:
    def errors(**terms: Any) -> list[tuple[str, str]]:
        found = check(PROPOSAL, replace(TERMS, **terms), topics_in_force=TOPICS, now=NOW)
        return [(e.pointer, e.code) for e in found]

    assert errors(minimum=60_000_000, maximum=100_000_000) == []
    assert errors(minimum=60_000_001) == [("/amount_asked", "below_least")]
    assert errors(ceiling=50_000_000, maximum=60_000_000) == []
    assert errors(ceiling=50_000_000) == [("/amount_asked", "above_ceiling")]
    assert errors(ceiling=39_999_999, maximum=60_000_000) == [("/minimum", "minimum_above_ceiling")]
