"""Obstacles to participation: assigned, answered within their term, published (REV-16)."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from services.review.domain import obstacle
from services.review.domain.obstacle import (
    Assignment,
    NoStanding,
    Obstacle,
    ObstacleAnswered,
    ObstacleAnsweredAlready,
    ObstacleEvent,
    ObstacleNotAssigned,
    ObstacleOverdue,
    Reporter,
)
from services.review.domain.opening import KnownStanding
from services.review.domain.published_text import holds_personal_number
from services.review.outbound.participation import PARTICIPATION_INDEXES, announce_obstacle
from services.review.usecases.obstacles import ObstacleFilters, ObstacleTerms
from shared.contracts.base import EventData
from shared.contracts.durations import Duration
from shared.contracts.refusals import InvalidFields
from tests.unit.review.builders import CALENDAR, DISTRICT, NOW, World

TERM: Final = timedelta(days=20)
REPORTER: Final = Reporter("secret-reporter", organization="secret-org", standing_sequence=3)
REPORTED: Final = Obstacle("o-1", DISTRICT, "چرا سالن بسته است؟", REPORTER, NOW, NOW + TERM)
TO_A_ROLE: Final = Assignment("اداره فرهنگی", None, "secretary")
TO_A_PERSON: Final = Assignment("اداره فرهنگی", "clerk-7", None)
ASSIGNED: Final = replace(REPORTED, status="assigned", assignment=TO_A_ROLE)


def folded(state: Obstacle, *events: ObstacleEvent) -> Obstacle:
    for event in events:
        state = obstacle.evolve(state, event)
    return state


def test_only_an_organisation_with_standing_reports() -> None:
    allowed = KnownStanding(3, True, "approved", "انجمن")
    assert obstacle.require_standing(allowed) == allowed
    for standing in (None, replace(allowed, may_be_decided=False, reason="organization_suspended")):
        with pytest.raises(NoStanding):
            obstacle.require_standing(standing)


def test_an_obstacle_is_assigned_to_a_person_or_a_role_and_its_term_goes_on() -> None:
    first = folded(REPORTED, *obstacle.assign(REPORTED, TO_A_ROLE, now=NOW))
    assert (first.status, first.assignment, first.answer_by) == ("assigned", TO_A_ROLE, REPORTED.answer_by)
    assert obstacle.assign(first, TO_A_ROLE, now=NOW) == []
    again = folded(first, *obstacle.assign(first, TO_A_PERSON, now=NOW + timedelta(days=1)))
    assert (again.assignment, again.answer_by) == (TO_A_PERSON, REPORTED.answer_by)
    for wrong in (Assignment("اداره", None, None), Assignment("اداره", "clerk-7", "secretary")):
        with pytest.raises(InvalidFields):
            obstacle.assign(REPORTED, wrong, now=NOW)


def test_an_answer_needs_an_office_and_stays() -> None:
    with pytest.raises(ObstacleNotAssigned):
        obstacle.answer(REPORTED, question=None, answer="باز شد.", now=NOW)
    answered = folded(ASSIGNED, *obstacle.answer(ASSIGNED, question=None, answer="باز شد.", now=NOW))
    assert answered.status == "answered"
    with pytest.raises(ObstacleAnsweredAlready):
        obstacle.answer(answered, question=None, answer="بسته شد.", now=NOW)
    with pytest.raises(ObstacleAnsweredAlready):
        obstacle.assign(answered, TO_A_PERSON, now=NOW)
    assert obstacle.next_due(answered) is None


def test_a_term_that_passes_without_an_answer_is_noted_once_also_by_a_late_answer() -> None:
    late = REPORTED.answer_by
    assert obstacle.next_due(REPORTED) == late
    assert obstacle.note_breach(ASSIGNED, late - timedelta(seconds=1)) == []
    noted = folded(ASSIGNED, *obstacle.note_breach(ASSIGNED, late))
    assert (noted.overdue, noted.status, obstacle.next_due(noted)) == (True, "assigned", None)
    assert obstacle.note_breach(noted, late + TERM) == []
    for state, expected in ((ASSIGNED, [ObstacleOverdue, ObstacleAnswered]), (noted, [ObstacleAnswered])):
        events = obstacle.answer(state, question=None, answer="باز شد.", now=late + TERM)
        assert [type(event) for event in events] == expected
        assert folded(state, *events).overdue
    in_time = obstacle.answer(ASSIGNED, question=None, answer="باز شد.", now=late - timedelta(seconds=1))
    assert not folded(ASSIGNED, *in_time).overdue


def test_the_announced_answer_says_how_long_it_took_and_not_who_asked() -> None:
    for after, in_time in ((timedelta(hours=1), True), (TERM, False)):
        state = ASSIGNED
        told: list[EventData] = []
        for event in obstacle.answer(ASSIGNED, question="پرسش ویراسته", answer="باز شد.", now=NOW + after):
            state = obstacle.evolve(state, event)
            told += announce_obstacle(state, event)
        data = told[-1].model_dump()
        assert (data["question"], data["in_time"]) == ("پرسش ویراسته", in_time)
        assert data["seconds_taken"] == after.total_seconds()
        assert "secret" not in told[-1].model_dump_json()


async def test_the_term_is_that_of_the_rule_set_of_the_district_or_fifteen_working_days() -> None:
    world = World()
    terms = ObstacleTerms(world.uses.working_groups._groups, world.uses.rule_sets._rule_sets, CALENDAR)
    assert await terms.answer_by(DISTRICT, NOW) == CALENDAR.due(NOW, Duration(working_days=15))
    await world.set_up_group(obstacle_within=Duration(seconds=60))
    assert await terms.answer_by(DISTRICT, NOW) == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    "text",
    [
        "کد ملی او ۰۰۷۶۲۲۹۶۴۵ است",
        "0076229645",
        "007-622964-5",
        "تماس: ٠٩١٢ ٣٤٥ ٦٧٨٩",
        "+98 912 345 6789",
        "واریز به IR82 0540 1026 8002 0817 9090 02",
        "ردیف 12 09123456789",
    ],
)
def test_no_number_of_a_person_is_published(text: str) -> None:
    assert holds_personal_number(text)
    for question, answer, pointer in ((None, text, "/answer"), (text, "باز شد.", "/question")):
        with pytest.raises(InvalidFields) as refused:
            obstacle.answer(ASSIGNED, question=question, answer=answer, now=NOW)
        assert [(e.pointer, e.code) for e in refused.value.errors] == [(pointer, "personal_number")]


@pytest.mark.parametrize(
    "text", ["در سال ۱۴۰۵ هر ۱۵ روز", "50,000,000,000 ریال", "نامه شماره 1405/123456", "2026-11-22", ""]
)
def test_other_numbers_are(text: str) -> None:
    assert not holds_personal_number(text)


def test_every_filter_of_the_list_has_an_index_in_the_lists_order() -> None:
    keys = {index.keys for index in PARTICIPATION_INDEXES if index.collection == "obstacles"}
    order = (("reported_at", -1), ("_id", 1))
    fields = ["assignment.person" if name == "person" else name for name in ObstacleFilters.__dataclass_fields__]
    assert {order} | {((field, 1), *order) for field in fields} <= keys
