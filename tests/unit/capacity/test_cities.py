"""What cities need follows from what a request costs, and docs/scaling.md says what the recording says."""

import re

import pytest

from bench import score
from bench.capacity import costs, page
from bench.capacity.cities import DEMANDS, Demand, limits, need, replicas
from shared.replicas import UTILISATION

COSTS = costs.load()


def test_a_city_is_served_by_one_of_each_and_more_cities_need_in_proportion() -> None:
    one, _, many = (need(COSTS, demand) for demand in DEMANDS)
    assert set(one.replicas.values()) == {1}
    assert many.database == pytest.approx(1_400 * one.database)
    assert many.archived == pytest.approx(1_400 * one.archived)
    assert many.replicas["review"] > 1


def test_the_fullest_hour_is_a_part_of_the_year() -> None:
    demand = Demand(cities=10, requests=3_600, districts=5, rush=0.1)
    assert demand.per_second == pytest.approx(1.0)
    needed = need(COSTS, demand)
    assert needed.calls_per_second == pytest.approx(sum(s.calls for s in COSTS.request.services.values()))
    assert needed.book_entries_per_second == pytest.approx(COSTS.request.services["budget"].published / 50)


def test_replicas_are_one_core_each_and_not_busier_than_wanted() -> None:
    assert replicas(0.0) == 1
    assert replicas(UTILISATION) == 1
    assert replicas(UTILISATION * 1.01) == 2
    assert replicas(UTILISATION * 4) == 4


def test_limits_come_the_narrowest_first_and_each_has_a_lever() -> None:
    found = limits(COSTS)
    assert [limit.per_second for limit in found] == sorted(limit.per_second for limit in found)
    assert all(limit.lever for limit in found)


def test_counts_are_those_of_the_recorded_life() -> None:
    recorded = score.load()
    review = costs.counted(recorded, "review")
    assert review["taken"] == pytest.approx(1)  # the submission
    assert review["calls"] == pytest.approx(6 + 6 + 1 + 1)  # declarations, ballots, summary, signature
    assert review["published"] == pytest.approx(3)  # opened, closed, decided
    assert review["stored"] == recorded.documents["cases after"]
    assert costs.counted(recorded, "budget")["published"] == pytest.approx(2)  # reservation, commitment


def test_the_page_has_the_tables_of_the_recording() -> None:
    text = page.PAGE.read_text("utf-8")
    assert page.written(text, COSTS) == text, "make capacity RECORD=1, or .venv/bin/python -m bench.capacity --page"
    assert set(re.findall(r"<!-- table: ([a-z ]+) -->", text)) == set(page.TABLES)


def test_a_prediction_is_off_by_a_part_of_what_was_measured() -> None:
    assert costs.Checked(replicas=4, predicted=90, measured=100, others=0).off == pytest.approx(-0.1)
