"""The token bucket: bursts, refilling, one caller apart from another, bounded memory."""

import pytest

from shared.web import rates
from shared.web.rates import Rates, TooMany


class Time:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def taken(bucket: Rates, key: str, tries: int) -> int:
    """Return how many of the tries were let through."""
    done = 0
    for _ in range(tries):
        try:
            bucket.take(key)
        except TooMany:
            continue
        done += 1
    return done


def test_a_full_bucket_lets_a_burst_through_and_then_what_it_gains() -> None:
    time = Time()
    bucket = Rates(2, 5, now=time)
    assert taken(bucket, "a", 10) == 5
    time.now += 1.5
    assert taken(bucket, "a", 10) == 3
    time.now += 3_600
    assert taken(bucket, "a", 10) == 5


def test_callers_do_not_share_a_bucket() -> None:
    bucket = Rates(1, 1, now=Time())
    assert (taken(bucket, "a", 3), taken(bucket, "b", 3)) == (1, 1)


@pytest.mark.parametrize(("per_second", "seconds"), [(1000.0, 1), (1.0, 1), (0.1, 10), (0.3, 4)])
def test_the_refusal_says_in_how_many_whole_seconds_there_is_a_token(per_second: float, seconds: int) -> None:
    time = Time()
    bucket = Rates(per_second, 1, now=time)
    bucket.take("a")
    with pytest.raises(TooMany) as refused:
        bucket.take("a")
    assert refused.value.retry_after == seconds
    time.now += seconds
    bucket.take("a")


def test_no_rate_means_no_bound() -> None:
    assert taken(Rates(0, 1), "a", 10_000) == 10_000


def test_no_more_callers_are_kept_than_fit_and_the_oldest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "KEPT", 3)
    bucket = Rates(1, 1, now=Time())
    for key in "abc":
        bucket.take(key)
    assert taken(bucket, "a", 1) == 0  # a was seen last now, b longest ago
    bucket.take("d")
    assert len(bucket._buckets) == 3
    assert (taken(bucket, "a", 1), taken(bucket, "b", 1)) == (0, 1)
