"""A stream that is led by another node than before is noticed once."""

from shared.messaging.leaders import Leaders
from shared.messaging.management import Depth
from shared.messaging.topology import ARCHIVE, PUBLIC


def led(archive: str | None, public: str | None = "one") -> dict[str, Depth]:
    return {
        ARCHIVE: Depth(0, 0, 0, leader=archive),
        PUBLIC: Depth(0, 0, 0, leader=public),
        "review.requests": Depth(0, 0, 0, leader="three"),
    }


def test_another_leader_is_noticed_once_and_so_is_its_way_back() -> None:
    leaders = Leaders()
    assert leaders.moved(led("one")) == [], "the first look knows no earlier one"
    assert leaders.moved(led("two")) == [ARCHIVE]
    assert leaders.moved(led("two")) == []
    assert leaders.moved(led("one", "two")) == [ARCHIVE, PUBLIC]


def test_an_election_under_way_is_waited_for() -> None:
    leaders = Leaders()
    leaders.moved(led("one"))
    assert leaders.moved(led(None)) == []
    assert leaders.moved({}) == []
    assert leaders.moved(led("two")) == [ARCHIVE]
