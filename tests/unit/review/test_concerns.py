"""Concerns and their roll-up (REV-15)."""

from dataclasses import replace
from itertools import permutations
from typing import Final

import pytest

from services.review.domain import concern, priority_proposal
from services.review.domain.concern import (
    MOST_REMARKS,
    Concern,
    ConcernNotMonitored,
    ConcernResolvedAlready,
    Remark,
    TooManyRemarks,
)
from services.review.domain.priority_proposal import MOST_TOPICS, NothingToPropose, SeverityCount, propose_order
from services.review.outbound.participation import PARTICIPATION_INDEXES
from services.review.usecases.concerns import ConcernFilters
from tests.unit.review.builders import DISTRICT, NOW

OPEN: Final = Concern(
    "c-1", f"council:{DISTRICT}:talab", DISTRICT, "talab", "loneliness", 4, "سالمندان بی‌دیدارند.", NOW
)


def after(state: Concern, *steps: str) -> Concern:
    for step in steps:
        for event in getattr(concern, step)(state, reason=step, now=NOW):
            state = concern.evolve(state, event)
    return state


def test_a_concern_is_reported_once_and_open() -> None:
    (event,) = concern.report(None, OPEN)
    assert concern.evolve(None, event) == OPEN
    assert OPEN.status == "open"
    assert concern.report(OPEN, OPEN) == []


def test_a_concern_is_monitored_again_and_again_until_it_is_resolved() -> None:
    state = after(OPEN, "monitor", "monitor", "resolve")
    assert [(remark.status, remark.reason) for remark in state.remarks] == [
        ("monitored", "monitor"), ("monitored", "monitor"), ("resolved", "resolve"),
    ]  # fmt: skip
    for step in ("monitor", "resolve"):
        with pytest.raises(ConcernResolvedAlready):
            after(state, step)


def test_what_nobody_looked_after_is_not_resolved() -> None:
    with pytest.raises(ConcernNotMonitored):
        after(OPEN, "resolve")


def test_remarks_have_an_end_and_then_it_can_still_be_resolved() -> None:
    full = replace(OPEN, status="monitored", remarks=(Remark("monitored", "r", NOW),) * MOST_REMARKS)
    with pytest.raises(TooManyRemarks):
        after(full, "monitor")
    assert after(full, "resolve").status == "resolved"


def test_topics_come_in_the_order_of_the_severities_of_their_unresolved_concerns() -> None:
    counts = [
        SeverityCount("divorce", 5, 1),
        SeverityCount("addiction", 2, 1),
        SeverityCount("addiction", 4, 1),
        SeverityCount("b", 1, 5),
        SeverityCount("a", 1, 5),
    ]
    order = [("addiction", 6, 2), ("a", 5, 5), ("b", 5, 5), ("divorce", 5, 1)]  # ties by the topic's id
    for shuffled in permutations(counts):
        proposed = propose_order(shuffled, city_topics={"divorce"})
        assert [(topic.topic, topic.severity, topic.concerns) for topic in proposed] == order
        assert [topic.topic for topic in proposed if topic.in_city_list] == ["divorce"]


def test_an_order_can_be_proposed_by_other_weights_and_is_no_longer_than_a_list() -> None:
    counts = [SeverityCount("slight", 1, 6), SeverityCount("grave", 5, 1)]
    assert [topic.topic for topic in propose_order(counts)] == ["slight", "grave"]
    steep = {severity: severity**2 for severity in range(1, 6)}
    assert [topic.topic for topic in propose_order(counts, weights=steep)] == ["grave", "slight"]
    many = [SeverityCount(f"t-{n:03}", 1, 1) for n in range(MOST_TOPICS + 1)]
    assert len(propose_order(many)) == MOST_TOPICS


def test_nothing_is_proposed_where_nothing_is_of_concern() -> None:
    with pytest.raises(NothingToPropose):
        priority_proposal.draw_up(None, id="p", district=DISTRICT, city_priorities=0, topics=(), now=NOW)


def test_every_filter_of_the_list_has_an_index_in_the_lists_order() -> None:
    keys = {index.keys for index in PARTICIPATION_INDEXES if index.collection == "concerns"}
    order = (("reported_at", -1), ("_id", 1))
    assert {order} | {((name, 1), *order) for name in ConcernFilters.__dataclass_fields__} <= keys
    assert (("district", 1), ("status", 1), ("topic", 1), ("severity", 1)) in keys  # the roll-up reads nothing else
