"""What the benches say: ratios, targets, and whether they are met."""

import pytest

from bench import report
from bench.hop import Rate
from bench.ledger import Round
from bench.life import Lives
from bench.rest import Rest


def test_a_ratio_is_of_this_run_and_meets_its_target_from_there_on() -> None:
    (line,) = report.life([(Lives(60, 12.0, 1200), Lives(60, 6.0, 1100))])
    assert (line.value, line.met) == (0.5, True)
    (line,) = report.life([(Lives(60, 12.1, 1200), Lives(60, 6.0, 1100))])
    assert not line.met
    assert line.figures["calls_per_request"] == 20.0


def test_the_hops_of_all_rounds_count_together() -> None:
    (line,) = report.hop([(Rate(500, 2.0), Rate(500, 2.0)), (Rate(500, 3.0), Rate(500, 2.0))])
    assert line.value == pytest.approx(0.8)
    assert line.figures["rounds"] == [1.0, 0.67]


def test_the_ledger_is_judged_by_its_median_round() -> None:
    (line,) = report.ledger([Round(1000, 100, 120), Round(400, 100, 120), Round(600, 100, 120)])
    assert (line.value, line.met) == (6.0, True)


def test_size_and_start_are_most_values() -> None:
    size, ready = report.rest(Rest(31.0, {"RabbitMQ": 400.0, "review": 80.0}))
    assert (size.value, size.met, size.bound) == (480.0, True, "≤ 1228.8 MiB")
    assert not ready.met


def test_the_json_says_every_target_and_whether_all_are_met() -> None:
    lines = [*report.rest(Rest(12.0, {"RabbitMQ": 400.0})), *report.life([(Lives(1, 1.0, 20), Lives(1, 1.0, 20))])]
    said = report.as_json(lines, 61.4)
    assert said["met"]
    assert said["seconds"] == 61
    assert said["life"]["ratio"] == 1.0
    assert said["rest"]["of"] == {"RabbitMQ": 400}
    assert said["ready"]["target"] == "≤ 30 s"
