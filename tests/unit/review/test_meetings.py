"""Meetings: attendance, minutes and who adopts which edition (REV-12)."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from services.review.domain import meeting
from services.review.domain.meeting import (
    AgendaItem,
    Attendee,
    Meeting,
    MeetingEvent,
    MeetingNotBegun,
    MeetingOver,
    MinutesChanged,
    NoAttendance,
    NoMinutes,
)
from services.review.outbound.participation import PARTICIPATION_INDEXES, announce_meeting
from shared.contracts.refusals import InvalidFields
from tests.unit.review.builders import DISTRICT, GROUP, NOW

CALLED: Final = Meeting("m-1", GROUP, DISTRICT, NOW, "سالن", (AgendaItem("گزارش"), AgendaItem("نشست", "case-1")))
PRESENT: Final = (Attendee(5, "neighbourhood_member", False, "عضو محله"), Attendee(1, "deputy", True, "معاون"))
HOUR: Final = timedelta(hours=1)


def folded(state: Meeting, events: "list[MeetingEvent] | tuple[MeetingEvent, ...]") -> Meeting:
    for event in events:
        state = meeting.evolve(state, event)
    return state


def held() -> Meeting:
    return folded(CALLED, list(meeting.take_attendance(CALLED, PRESENT, now=NOW)))


def drafted(state: Meeting) -> Meeting:
    events = meeting.draft_minutes(state, number="1405/12", date="2026-12-01", text="شنیده شد.", now=NOW)
    return folded(state, list(events))


def test_a_meeting_is_called_once_and_no_case_is_twice_on_its_agenda() -> None:
    (event,) = meeting.call(None, CALLED, now=NOW)
    assert meeting.evolve(None, event) == CALLED
    assert meeting.call(CALLED, CALLED, now=NOW) == []
    with pytest.raises(InvalidFields):
        meeting.call(None, replace(CALLED, agenda=(*CALLED.agenda, AgendaItem("نشست", "case-1"))), now=NOW)


def test_who_is_present_is_noted_from_the_beginning_on() -> None:
    with pytest.raises(MeetingNotBegun):
        meeting.take_attendance(CALLED, PRESENT, now=NOW - HOUR)
    assert [attendee.seat for attendee in held().present] == [1, 5]
    again = folded(held(), list(meeting.take_attendance(held(), PRESENT[:1], now=NOW + HOUR)))
    assert [attendee.seat for attendee in again.present] == [5]


def test_a_meeting_is_cancelled_only_before_it_is_held() -> None:
    cancelled = folded(CALLED, list(meeting.cancel(CALLED, reason="تعطیلی", now=NOW)))
    assert cancelled.status == "cancelled"
    for state in (cancelled, held()):
        with pytest.raises(MeetingOver):
            meeting.cancel(state, reason="تعطیلی", now=NOW)
    with pytest.raises(MeetingOver):
        meeting.take_attendance(cancelled, PRESENT, now=NOW)


def test_minutes_need_attendance_and_adopting_needs_minutes() -> None:
    with pytest.raises(NoAttendance):
        drafted(CALLED)
    with pytest.raises(NoMinutes):
        meeting.adopt_minutes(held(), edition=1, outcomes=(), now=NOW)


def test_adopting_needs_the_edition_that_was_read_and_is_final() -> None:
    state = drafted(drafted(held()))
    with pytest.raises(MinutesChanged):
        meeting.adopt_minutes(state, edition=1, outcomes=(), now=NOW)
    adopted = folded(state, list(meeting.adopt_minutes(state, edition=2, outcomes=(), now=NOW)))
    assert (adopted.status, adopted.adopted_at) == ("adopted", NOW)
    for step in (lambda: drafted(adopted), lambda: meeting.take_attendance(adopted, PRESENT, now=NOW)):
        with pytest.raises(MeetingOver):
            step()
    with pytest.raises(MeetingOver):
        meeting.adopt_minutes(adopted, edition=2, outcomes=(), now=NOW)


def test_announced_are_number_date_and_seats_and_no_person_and_no_text() -> None:
    state = drafted(held())
    (event,) = meeting.adopt_minutes(state, edition=1, outcomes=(), now=NOW)
    (data,) = announce_meeting(meeting.evolve(state, event), event)
    assert data.model_dump(exclude={"meeting", "working_group", "district"}) == {
        "number": "1405/12", "date": "2026-12-01", "seats": [1, 5], "attended": 2,
    }  # fmt: skip
    (drafting,) = meeting.draft_minutes(held(), number="1", date="2026-12-01", text="متن", now=NOW)
    assert announce_meeting(state, drafting) == []


def test_every_filter_of_the_list_has_an_index_in_the_lists_order() -> None:
    keys = {index.keys for index in PARTICIPATION_INDEXES if index.collection == "meetings"}
    order = (("starts_at", -1), ("_id", 1))
    assert {order, (("district", 1), *order), (("status", 1), *order)} <= keys
