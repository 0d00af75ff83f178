"""examples/mashhad as data, and what the story makes of it: deterministic, complete, well formed."""

import json

import pytest

from ops.demo import identifiers, race
from ops.demo.example import CALENDAR, MAIN, SHORT, Example, read_example
from ops.demo.generate import NOT_APPROVED, SUSPENDED, Generator, WholeCity, whole_city
from shared.calendar_file import read_calendar
from shared.contracts.review import Rules
from shared.persian.identifiers import (
    WellFormed,
    check_legal_id,
    check_mobile,
    check_national_code,
    check_postal_code,
    check_sheba,
)


@pytest.fixture(scope="module")
def example() -> Example:
    return read_example()


@pytest.fixture(scope="module")
def city(example: Example) -> WholeCity:
    return whole_city(Generator(example), race.DISTRICT)


def test_there_are_twelve_districts_and_samen_in_the_citys_order(example: Example) -> None:
    assert list(example.districts) == [*(str(n) for n in range(1, 13)), "samen"]
    assert example.districts["samen"].fa == "ثامن"
    assert [district.order for district in example.plan.districts] == list(range(1, 14))


def test_the_city_has_its_three_topics_and_every_district_one_of_its_own(example: Example) -> None:
    assert [topic.fa for topic in example.topics] == ["اعتیاد", "طلاق", "کودکان کار"]
    assert all(d.own_topic.id not in {t.id for t in example.topics} for d in example.districts.values())


def test_five_billion_toman_are_allotted_in_rials(example: Example) -> None:
    assert (example.plan.appropriation["amount"], example.currency) == (50_000_000_000, "IRR")


@pytest.mark.parametrize("number", [0, 1])
def test_a_working_group_has_one_deputy_three_experts_and_two_neighbourhood_members(
    example: Example, number: int
) -> None:
    rules = Rules.model_validate(example.plan.rule_sets[number]["rules"])
    kinds = [seat.kind for seat in rules.seats]
    assert (kinds.count("deputy"), kinds.count("expert"), kinds.count("neighbourhood_member")) == (1, 3, 2)
    assert [seat.seat for seat in rules.seats if seat.chair] == [1]


def test_criteria_add_up_to_a_hundred(example: Example) -> None:
    assert sum(example.plan.weights.values()) == 100


def test_both_programmes_name_a_rule_set_that_exists(example: Example) -> None:
    known = {rule_set["id"] for rule_set in example.plan.rule_sets}
    assert {example.plan.programmes[key].rule_set for key in (MAIN, SHORT)} == known


def test_the_calendar_file_can_be_read() -> None:
    assert read_calendar(CALENDAR).weekend == {4, 5}


def test_the_story_is_the_same_every_time(example: Example, city: WholeCity) -> None:
    again = whole_city(Generator(example), race.DISTRICT)
    assert [o.profile for o in again.organizations] == [o.profile for o in city.organizations]
    here, there = (
        [(r.amount, r.fate, r.seed, r.content["title"]) for rows in c.requests.values() for r in rows]
        for c in (again, city)
    )
    assert here == there


def test_the_story_has_some_hundred_requests_of_some_dozens_of_organizations(city: WholeCity) -> None:
    assert len(city.organizations) >= 50
    assert sum(len(rows) for rows in city.requests.values()) >= 240
    fates = {request.fate for rows in city.requests.values() for request in rows}
    assert fates == {"approve", "tie", "reject", "withdraw", "decline", "no_quorum"}


def test_some_organizations_are_not_approved_and_some_suspended(city: WholeCity) -> None:
    assert sum(o.outcome != "approved" for o in city.organizations) == len(NOT_APPROVED)
    assert {o.district for o in city.organizations if o.suspended} == set(SUSPENDED)


def test_identifiers_are_well_formed_and_all_different(city: WholeCity) -> None:
    seen: list[str] = []
    for organization in city.organizations:
        profile = organization.profile
        found = [check_postal_code(profile["address"]["postal_code"])]
        found += [check_national_code(person["national_code"]) for person in profile["representatives"]]
        found += [check_mobile(person["mobile"]) for person in profile["representatives"]]
        if "legal_id" in profile:
            found += [check_legal_id(profile["legal_id"]), check_sheba(profile["account"]["sheba"])]
        assert all(isinstance(checked, WellFormed) for checked in found), json.dumps(profile, ensure_ascii=False)
        seen += [checked.value for checked in found]
    assert len(seen) == len(set(seen))


def test_budget_lines_add_up_and_the_minimum_is_not_above_the_amount(city: WholeCity) -> None:
    for rows in city.requests.values():
        for request in rows:
            assert sum(line["amount"] for line in request.content["budget_lines"]) == request.amount
            assert 1 <= request.content["minimum"] <= request.amount


def test_invented_identifiers_do_not_begin_like_real_ones() -> None:
    assert identifiers.national_code(7).startswith("00000")
    assert identifiers.legal_id(7).startswith("99")
    assert identifiers.sheba(7)[4:7] == "999"
