"""The fold of a city's files: approval by the lower median, money in the file's order, two waiting rules (BUD-5)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.city.files import City, CityDistrict, Proposal
from ops.city.fold import WaitingRule, fold_city
from ops.city.result import CityOutcome, differences


def city(budget: int, *proposals: tuple[int, int]) -> City:
    """A city of one district; each proposal is (amount, votes)."""
    rows = tuple(Proposal(str(n), "t", (), amount, votes) for n, (amount, votes) in enumerate(proposals))
    return City("C", "2030", "EUR", (CityDistrict("d01", "A", budget, rows),))


def numbers(outcome: CityOutcome) -> tuple[int, ...]:
    district = outcome.districts[0]
    return (
        district.approved,
        district.rejected,
        district.funded,
        district.waiting,
        district.committed,
        district.available,
    )


def test_under_first_fit_whatever_fits_is_funded() -> None:
    assert numbers(fold_city(city(100, (60, 5), (50, 5), (40, 5)), "first-fit")) == (3, 0, 2, 1, 100, 0)


def test_under_strict_nobody_is_funded_after_the_first_who_waits() -> None:
    assert numbers(fold_city(city(100, (60, 5), (50, 5), (40, 5)), "strict")) == (3, 0, 1, 2, 60, 40)


def test_fewer_votes_than_the_lower_median_are_rejected_and_take_no_money() -> None:
    assert numbers(fold_city(city(100, (90, 1), (50, 2), (50, 3), (1, 4)), "first-fit")) == (3, 1, 2, 1, 100, 0)


def test_no_votes_at_all_approve_everything() -> None:
    assert numbers(fold_city(city(10, (10, 0), (1, 0)), "strict")) == (2, 0, 1, 1, 10, 0)


def test_a_district_without_money_or_without_proposals() -> None:
    assert numbers(fold_city(city(0, (10, 1)), "first-fit")) == (1, 0, 0, 1, 0, 0)
    assert numbers(fold_city(city(10), "strict")) == (0, 0, 0, 0, 0, 10)


@given(
    budget=st.integers(0, 1000),
    proposals=st.lists(st.tuples(st.integers(1, 400), st.integers(0, 5)), max_size=30),
    waiting=st.sampled_from(["first-fit", "strict"]),
)
def test_money_is_never_overspent_and_every_proposal_is_somewhere(
    budget: int, proposals: list[tuple[int, int]], waiting: WaitingRule
) -> None:
    outcome = fold_city(city(budget, *proposals), waiting)
    approved, rejected, funded, passed, committed, available = numbers(outcome)
    assert approved + rejected == len(proposals)
    assert funded + passed == approved
    assert committed + available == budget
    assert available >= 0
    strict = fold_city(city(budget, *proposals), "strict")
    assert strict.total("approved") == outcome.total("approved")


def test_differences_name_district_and_column() -> None:
    folded = fold_city(city(100, (60, 5)), "strict")
    assert differences(folded, folded) == []
    other = fold_city(city(100, (70, 5)), "strict")
    assert differences(other, folded) == [
        "A, committed: 70 in the services, 60 by the fold",
        "A, available: 30 in the services, 40 by the fold",
    ]


def test_a_missing_district_and_another_currency_are_differences() -> None:
    folded = fold_city(city(100), "strict")
    assert differences(CityOutcome((), "USD"), folded) == [
        "currency: USD in the services, EUR by the fold",
        "A: is missing in the services",
    ]


def test_the_json_has_just_the_fields_of_the_issue() -> None:
    written = json.loads(json.dumps(fold_city(city(100, (60, 5)), "strict").as_json()))
    assert list(written) == ["districts", "currency", "books_verified", "violations", "seconds"]
    assert list(written["districts"][0]) == [
        "district", "budget", "requests", "approved", "rejected", "funded", "waiting", "committed", "available",
    ]  # fmt: skip


@pytest.mark.parametrize("column", ["budget", "committed", "available"])
def test_totals_are_sums_over_the_districts(column: str) -> None:
    folded = fold_city(city(100, (60, 5)), "strict")
    doubled = CityOutcome(folded.districts * 2, "EUR")
    assert doubled.total(column) == 2 * folded.total(column)
