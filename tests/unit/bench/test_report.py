"""What the benches say: ratios, targets, and whether they are met."""

import pytest

from bench import report
from bench.hop import Rate
from bench.ledger import Round
from bench.life import Lives
from bench.rest import Rest
from bench.scale import Run


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


def test_scale_is_four_replicas_against_one_over_all_rounds_and_how_even_their_shares_are() -> None:
    rounds = [
        {1: Run(1, 5.0, [100], {}), 4: Run(4, 5.0, [80, 120, 100, 100], {})},
        {1: Run(1, 5.0, [100], {}), 4: Run(4, 5.0, [80, 60, 80, 100], {})},
    ]
    ratio, shares = report.scale(rounds)
    assert ratio.value == pytest.approx(3.6)
    assert ratio.met
    assert ratio.figures["rounds"] == [4.0, 3.2]
    assert shares.value == pytest.approx(100 * 20 / 180)
    assert shares.met


def test_an_uneven_share_counts_by_the_one_that_is_furthest_off() -> None:
    assert Run(4, 1.0, [75, 100, 100, 125], {}).uneven == pytest.approx(0.25)
    (_, shares) = report.scale([{1: Run(1, 1.0, [100], {}), 4: Run(4, 1.0, [75, 100, 100, 125], {})}])
    assert not shares.met


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
