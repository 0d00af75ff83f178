"""Who goes on a field visit, when a case is visited, and what a report and its pictures hold (REV-13)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.review.domain import visit
from services.review.domain.ballot import Declaration
from services.review.domain.case import Case
from services.review.domain.picture import PICTURES_LIMIT, NotAPicture, Picture, Removal, TooManyPictures, picture_type
from services.review.domain.visit import CaseNotVisited, Report, Visit, Visitor, VisitOver
from services.review.outbound.visits import VISIT_INDEXES, VISIT_ORDER, announce_visit
from shared.contracts.refusals import InvalidFields
from tests.unit.review.builders import DISTRICT, NOW, World, holder

TODAY = date(2026, 12, 5)
OFFICER = Visitor(0, "officer", None, "کارشناس", "اداره فرهنگی")
PLANNED = Visit("v", "c", "r", DISTRICT, "before_decision", NOW, "دیدن سالن", (replace(OFFICER, number=1),))


async def opened() -> Case:
    """A case whose seat 1 declared no conflict, seat 2 a conflict, and the others nothing."""
    world = World()
    await world.set_up_group()
    await world.standing(1)
    await world.submitted()
    (id,) = world.documents["cases"].documents
    state = (await world.cases.require(id)).state
    said = {1: Declaration("none", "", NOW), 2: Declaration("family", "", NOW)}
    return replace(state, seats=tuple(replace(seat, declaration=said.get(seat.seat)) for seat in state.seats))


def errors(call: Any) -> set[tuple[str, str]]:
    with pytest.raises(InvalidFields) as caught:
        call()
    return {(error.pointer, error.code) for error in caught.value.errors}


async def test_members_go_once_they_declared_no_conflict_and_nobody_who_has_one() -> None:
    case = await opened()
    goers = visit.visitors_of(case, [1], [OFFICER])
    assert [(goer.number, goer.subject, goer.seat) for goer in goers] == [(1, holder(1), 1), (2, "officer", None)]
    wrong = errors(lambda: visit.visitors_of(case, [1, 2, 3, 40], [replace(OFFICER, subject=holder(2))]))
    assert wrong == {
        ("/seats/1", "seat_does_not_visit"), ("/seats/2", "seat_does_not_visit"), ("/seats/3", "seat_does_not_visit"),
        ("/officers/0/person", "person_has_a_conflict"), ("/officers", "visitor_repeated"),
    }  # fmt: skip
    assert errors(lambda: visit.visitors_of(case, [], [])) == {("/seats", "nobody_visits")}
    assert errors(lambda: visit.visitors_of(case, [1, 1], [])) == {("/officers", "visitor_repeated")}


async def test_a_visit_helps_to_decide_or_looks_at_what_was_approved() -> None:
    case = await opened()
    assert visit.phase_of(case) == "before_decision"
    for status in ("awaiting", "closed", "changes_requested", "withdrawn", "decided"):
        with pytest.raises(CaseNotVisited):
            visit.phase_of(replace(case, status=status))


def test_a_report_is_of_a_day_that_has_come_by_visitors_of_the_plan_and_stays() -> None:
    report = Report("2026-12-05", (1,), "آماده است.", "officer", NOW)
    wrong = replace(report, date="2026-12-06", visitors=(1, 1, 2))
    assert errors(lambda: visit.report(PLANNED, wrong, today=TODAY)) == {
        ("/date", "visit_not_made_yet"), ("/visitors/2", "no_such_visitor"), ("/visitors", "visitor_repeated"),
    }  # fmt: skip
    (event,) = visit.report(PLANNED, report, today=TODAY)
    reported = visit.evolve(PLANNED, event)
    assert (reported.status, reported.report) == ("reported", report)
    with pytest.raises(VisitOver):
        visit.report(reported, report, today=TODAY)
    with pytest.raises(VisitOver):
        visit.cancel(reported, reason="باران", now=NOW)


def test_pictures_are_what_their_content_says_and_thirty_at_most() -> None:
    assert picture_type(b"\xff\xd8\xff\xe0") == "jpeg"
    with pytest.raises(NotAPicture):
        picture_type(b"<svg>")
    picture = Picture("p", "سالن", "png", 1, "0" * 64, "f", "officer", NOW)
    full = replace(PLANNED, pictures=(replace(picture, removal=Removal("چهره", "s", NOW)),) * PICTURES_LIMIT)
    with pytest.raises(TooManyPictures):
        visit.add_picture(full, picture)
    with pytest.raises(VisitOver):
        visit.add_picture(replace(PLANNED, status="cancelled"), picture)


def test_what_is_announced_counts_and_names_nobody() -> None:
    (event,) = visit.report(PLANNED, Report("2026-12-05", (1,), "آماده", "officer", NOW), today=TODAY)
    (told,) = announce_visit(visit.evolve(PLANNED, event), event)
    assert told.model_dump(mode="json") == {
        "visit": "v", "case": "c", "request": "r", "district": DISTRICT, "phase": "before_decision",
        "date": "2026-12-05", "visitors": 1, "pictures": 0,
    }  # fmt: skip
    (planned,) = visit.plan(None, PLANNED, now=NOW - timedelta(days=1))
    assert "officer" not in announce_visit(PLANNED, planned)[0].model_dump_json()


def test_every_filter_of_the_list_has_an_index_in_the_lists_order() -> None:
    keys = {index.keys for index in VISIT_INDEXES}
    for filter in ("case", "district", "status", "phase", "visitors.subject"):
        assert ((filter, 1), *VISIT_ORDER) in keys
    assert VISIT_ORDER in keys
