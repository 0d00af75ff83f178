"""REV-11, REV-14, REV-2: versions stay as they were adopted, and cases keep what they froze."""

import pytest

from services.review.domain import priority_list, rule_set
from services.review.domain.case import FrozenPriorities, case_id
from services.review.domain.opening import topic_weight
from services.review.domain.priority_list import PriorityList
from services.review.domain.rule_set import NoSuchVersion, RulesContradict, RuleSet
from shared.contracts.base import Names
from shared.contracts.refusals import Forbidden, InvalidFields
from shared.contracts.review import Quorum, Rules, SeatRule, TopicWeight
from shared.web.caller import Caller
from tests.unit.review.builders import CAUSE, CITY, DISTRICT, HQ, NOW, SECRETARY, SIX_SEATS, World, caller, rules

ADDICTION = TopicWeight(topic="addiction", names=Names(fa="اعتیاد"), weight=30)
OWN = TopicWeight(topic="loneliness", names=Names(fa="تنهایی سالمندان"), weight=5)


def adopted(state: RuleSet | None, given: Rules) -> RuleSet:
    (event,) = rule_set.adopt(state, id="mashhad", names=Names(fa="آیین‌نامه"), rules=given, now=NOW)
    return rule_set.evolve(state, event)


def test_each_adoption_is_the_next_version_and_old_ones_stay() -> None:
    first, second = rules(), rules(deadline_moves=2)
    state = adopted(adopted(None, first), second)
    assert (state.at(1).rules, state.at(2).rules, state.latest.version) == (first, second, 2)
    for unknown in (0, 3):
        with pytest.raises(NoSuchVersion):
            state.at(unknown)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        (rules(seats=[*SIX_SEATS, SIX_SEATS[1]]), "/rules/seats"),
        (rules(seats=SIX_SEATS[1:]), "/rules/seats"),
        (rules(seats=[*SIX_SEATS, SeatRule(seat=7, kind="expert", chair=True)]), "/rules/seats"),
        (rules(quorum=Quorum(least=7)), "/rules/quorum/least"),
        (rules(quorum=Quorum(numerator=3, denominator=2)), "/rules/quorum/numerator"),
    ],
    ids=["seat twice", "no chair", "two chairs", "least above seats", "more than all"],
)
def test_rules_that_no_group_could_keep_are_refused(given: Rules, pointer: str) -> None:
    with pytest.raises(RulesContradict) as refused:
        adopted(None, given)
    assert [error.pointer for error in refused.value.errors] == [pointer]


def priorities(*topics: TopicWeight, district: str | None = None, minutes: str | None = None) -> PriorityList:
    (event,) = priority_list.adopt(None, district=district, topics=topics, minutes_number=minutes, now=NOW)
    return priority_list.evolve(None, event)


def test_a_districts_list_needs_the_number_of_the_minutes() -> None:
    with pytest.raises(InvalidFields):
        priorities(OWN, district=DISTRICT)
    assert priorities(OWN, district=DISTRICT, minutes="1405/3").id == "district:7"


def test_a_topic_stands_once_in_a_list() -> None:
    with pytest.raises(InvalidFields):
        priorities(ADDICTION, ADDICTION)


def test_the_citys_weight_comes_before_the_districts() -> None:
    city = FrozenPriorities(1, (ADDICTION,))
    district = FrozenPriorities(1, (OWN, ADDICTION.model_copy(update={"weight": 99})))
    assert [topic_weight(t, city, district) for t in ("addiction", "loneliness", "other")] == [30, 5, 0]


async def adopt_list(world: World, who: Caller, district: str | None, *topics: TopicWeight) -> None:
    await world.uses.priority_lists.adopt(
        district=district,
        topics=topics,
        minutes_number=None if district is None else "1405/3",
        caller=who,
        command=world.command(),
        cause=CAUSE,
        expected_version=None,
    )


@pytest.mark.parametrize(
    ("who", "district"),
    [(CITY, None), (SECRETARY, None), (HQ, DISTRICT), (caller("s", "secretary", district="8"), DISTRICT)],
)
async def test_only_headquarters_and_the_districts_secretary_adopt_lists(who: Caller, district: str | None) -> None:
    with pytest.raises(Forbidden):
        await adopt_list(World(), who, district, ADDICTION)


async def test_an_open_case_keeps_the_rules_and_lists_of_its_opening() -> None:
    world = World()
    await world.set_up_group()
    await world.standing(1)
    await adopt_list(world, HQ, None, ADDICTION)
    await world.submitted()
    await world.adopt_rules(deadline_moves=5)
    await adopt_list(world, HQ, None, ADDICTION.model_copy(update={"weight": 1}))
    state = (await world.cases.require(case_id("req-1", 1))).state
    assert (state.terms.rules.deadline_moves, state.terms.topic_weight, state.terms.city_priorities.version) == (
        1,
        30,
        1,
    )
    assert "rule_set.adopted.v1" in world.announced
    assert world.announced.count("priorities.adopted.v1") == 2
