"""Trying eligibility before any sign-in: the answers are those of a submission (REQ-3)."""

from dataclasses import replace
from typing import Any

import pytest

from services.requests.domain.eligibility import Told, eligibility
from services.requests.domain.programme import Programme
from services.requests.domain.proposal import Proposal, check
from tests.unit.requests.building import DAY, NOW, PROGRAMME, PROPOSAL, TERMS, TOPICS, changed

ONE_OPEN = replace(PROGRAMME, terms=replace(TERMS, one_open_request=True))
PROPOSALS = (
    PROPOSAL,
    changed(district="9"),
    changed(topic="traffic"),
    changed(amount_asked=100_000_001, budget_lines=()),
    changed(minimum=60_000_001),
    changed(ends_on=NOW),
    changed(ends_on=NOW + 29 * DAY),
    changed(support="service"),
)


def answers(told: Told, programme: Programme = PROGRAMME, now: Any = NOW) -> dict[str, tuple[str, str]]:
    _, conditions = eligibility(programme, told, topics_in_force=TOPICS, now=now)
    return {c.name: (c.answer, c.code) for c in conditions}


def test_nothing_told_is_unknown_and_never_yes() -> None:
    found = answers(Told(Proposal("prog-1")), ONE_OPEN)
    assert {name for name, (answer, _) in found.items() if answer == "yes"} == {"open", "support"}
    assert {answer for answer, _ in found.values()} == {"yes", "unknown"}


@pytest.mark.parametrize("proposal", PROPOSALS)
def test_a_condition_is_met_exactly_where_a_submission_would_find_no_fault(proposal: Proposal) -> None:
    faults = {e.pointer for e in check(proposal, TERMS, topics_in_force=TOPICS, now=NOW)} - {"/budget_lines"}
    found = answers(Told(proposal, approved=True))
    refused = {name for name, (answer, _) in found.items() if answer == "no"}
    named = {"/ends_on": "dates", "/starts_on": "dates"}
    about = {named.get(p, p.lstrip("/")) for p in faults}
    assert refused == about & set(found)


def test_the_whole_is_no_if_one_is_no_and_unknown_if_one_is_unknown() -> None:
    def whole(told: Told, programme: Programme = PROGRAMME) -> str:
        return eligibility(programme, told, topics_in_force=TOPICS, now=NOW)[0]

    assert whole(Told(PROPOSAL, approved=True)) == "yes"
    assert whole(Told(PROPOSAL)) == "unknown"
    assert whole(Told(changed(district="9"))) == "no"
    assert whole(Told(PROPOSAL, approved=True), ONE_OPEN) == "unknown"
    assert whole(Told(PROPOSAL, approved=True, other_open=False), ONE_OPEN) == "yes"
    assert whole(Told(PROPOSAL, approved=True, other_open=True), ONE_OPEN) == "no"
    assert whole(Told(PROPOSAL, approved=False)) == "no"


def test_it_says_whether_requests_are_taken_now() -> None:
    call = replace(PROGRAMME, terms=replace(TERMS, kind="dated", opens=NOW, closes=NOW + DAY))
    told = Told(PROPOSAL)
    assert answers(told, call, NOW - DAY)["open"] == ("no", "not_open_yet")
    assert answers(told, call, NOW)["open"] == ("yes", "takes_requests_now")
    assert answers(told, call, NOW + DAY)["open"] == ("no", "programme_is_over")


def test_a_topic_may_be_the_district_s_own_as_long_as_the_district_is_not_told() -> None:
    told = Told(changed(topic="traffic", district=None))
    assert answers(told)["topic"] == ("unknown", "district_may_have_the_topic")
    narrowed = replace(PROGRAMME, terms=replace(TERMS, topics=("addiction",)))
    assert answers(told, narrowed)["topic"] == ("no", "topic_not_in_force")


def test_amounts_are_no_condition_of_a_service() -> None:
    found = answers(Told(changed(support="service")))
    assert found["support"] == ("no", "support_not_in_programme")
    assert not {"amount_asked", "minimum"} & set(found)
