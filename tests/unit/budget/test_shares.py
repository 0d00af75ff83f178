"""BUD-4: shares by published weights, largest remainder, in district order."""

from hypothesis import given
from hypothesis import strategies as st

from services.budget.domain.shares import Weight, split


def test_fifty_billion_over_thirteen_districts_gives_the_first_two_one_rial_more() -> None:
    divided = split(50_000_000_000, [Weight(str(n), 1, n) for n in range(13, 0, -1)])
    assert divided.remainder == 2
    assert divided.shares[:3] == (("1", 3_846_153_847), ("2", 3_846_153_847), ("3", 3_846_153_846))
    assert [district for district, _ in divided.shares] == [str(n) for n in range(1, 14)]


def test_the_largest_remainder_goes_before_district_order() -> None:
    # 10 over 3 : 3 : 1 is 4.28, 4.28, 1.43: the third was cut most.
    divided = split(10, [Weight("a", 3, 1), Weight("b", 3, 2), Weight("c", 1, 3)])
    assert divided.shares == (("a", 4), ("b", 4), ("c", 2))


weights = st.lists(st.integers(1, 1000), min_size=1, max_size=30).map(
    lambda numbers: [Weight(f"d{i:02d}", number, i) for i, number in enumerate(numbers)]
)


@given(st.integers(1, 2**63 - 1), weights)
def test_every_unit_is_given_and_nobody_is_cut_by_more_than_one(amount: int, weights: list[Weight]) -> None:
    divided = split(amount, weights)
    total = sum(w.weight for w in weights)
    assert sum(share for _, share in divided.shares) == amount
    assert 0 <= divided.remainder < len(weights)
    for weight, (_, share) in zip(weights, divided.shares, strict=True):
        assert 0 <= share - amount * weight.weight // total <= 1


def test_without_orders_the_list_is_the_order() -> None:
    names = ["2", "10", "1"]
    shares = split(50, [Weight(name, 1, 0) for name in names]).shares
    assert shares == (("2", 17), ("10", 17), ("1", 16))
