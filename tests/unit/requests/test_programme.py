"""Programmes: drafted, frozen when opened, closed (REQ-1)."""

from dataclasses import replace
from typing import Any

import pytest

from services.requests.domain.programme import (
    KnownBook,
    KnownDistrict,
    Programme,
    ProgrammeClosed,
    ProgrammeFrozen,
    ProgrammeNotOpen,
    ProgrammeNotReady,
    Surroundings,
    close,
    draft,
    due_at,
    evolve,
    on_time,
    open_,
    revise,
)
from shared.contracts.base import Names
from shared.contracts.refusals import InvalidFields
from shared.contracts.requests import Criterion
from tests.unit.requests.building import DAY, NOW, TERMS

VALID = KnownDistrict(NOW - DAY, None)
ALL_KNOWN = Surroundings(
    rule_set_known=True,
    districts={"7": VALID, "8": VALID},
    books={"district:7/1405": KnownBook("7", "IRR"), "district:8/1405": KnownBook("8", "IRR")},
)


def drafted(**terms: Any) -> Programme:
    (event,) = draft(None, id="prog-1", terms=replace(TERMS, **terms), now=NOW)
    return evolve(None, event)


def opened(**terms: Any) -> Programme:
    state = drafted(**terms)
    (event,) = open_(state, known=ALL_KNOWN, now=NOW)
    return evolve(state, event)


def test_opening_freezes_it() -> None:
    state = opened()
    assert (state.status, state.opened_at) == ("open", NOW)
    with pytest.raises(ProgrammeFrozen):
        revise(state, terms=replace(TERMS, ceiling=1))
    with pytest.raises(ProgrammeFrozen):
        open_(state, known=ALL_KNOWN, now=NOW)


def test_a_rolling_programme_without_opens_takes_requests_from_its_opening() -> None:
    state = opened(opens=None)
    assert state.terms.opens == NOW
    assert state.takes_requests(NOW)


def test_opening_is_refused_with_all_that_is_missing() -> None:
    known = Surroundings(
        rule_set_known=False,
        districts={"8": KnownDistrict(NOW - 9 * DAY, NOW - DAY)},
        books={"district:8/1405": KnownBook("8", "EUR")},
    )
    with pytest.raises(ProgrammeNotReady) as refused:
        open_(drafted(), known=known, now=NOW)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [
        ("/rule_set", "rule_set_unknown"),
        ("/districts/0", "district_unknown"),
        ("/districts/0", "book_unknown"),
        ("/districts/1", "district_not_valid"),
        ("/districts/1", "book_currency_differs"),
    ]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"criteria": (Criterion(id="effect", names=Names(fa="اثر"), weight=99),)}, ("/criteria", "weights_sum")),
        ({"criteria": (Criterion(id="a", names=Names(fa="اثر"), weight=50),) * 2}, ("/criteria", "repeated")),
        ({"districts": ("7", "7")}, ("/districts", "repeated")),
        ({"closes": NOW + DAY}, ("/closes", "rolling_has_no_end")),
        ({"kind": "dated"}, ("/closes", "required")),
        ({"kind": "dated", "opens": NOW, "closes": NOW}, ("/closes", "ends_before_start")),
    ],
)
def test_a_draft_that_breaks_a_rule_names_the_field(terms: dict[str, Any], expected: tuple[str, str]) -> None:
    with pytest.raises(InvalidFields) as refused:
        drafted(**terms)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [expected]


def test_a_dated_programme_takes_requests_between_its_days_and_closes_by_itself() -> None:
    state = opened(kind="dated", opens=NOW + DAY, closes=NOW + 3 * DAY)
    assert [state.takes_requests(NOW + n * DAY) for n in range(5)] == [False, True, True, False, False]
    assert due_at(state) == NOW + 3 * DAY
    assert on_time(state, now=NOW + 2 * DAY) == []
    assert on_time(state, now=NOW + 3 * DAY) == [ProgrammeClosed(NOW + 3 * DAY)]


def test_a_dated_programme_is_not_opened_after_its_end() -> None:
    with pytest.raises(ProgrammeNotOpen):
        open_(drafted(kind="dated", opens=NOW - 2 * DAY, closes=NOW - DAY), known=ALL_KNOWN, now=NOW)


def test_closing_twice_is_closing_once_and_a_draft_cannot_be_closed() -> None:
    state = opened()
    (event,) = close(state, now=NOW)
    assert close(evolve(state, event), now=NOW) == []
    with pytest.raises(ProgrammeNotOpen):
        close(drafted(), now=NOW)
