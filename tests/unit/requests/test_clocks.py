"""The city's clock on the completeness of a request (REQ-14)."""

from services.requests.domain.clocks import ClockBreached
from services.requests.domain.request import SupportRequest, fold
from services.requests.domain.request_steps import due_at, on_time
from tests.unit.requests.building import CALENDAR, CHANGES, NOW, OPENED, draft, follow, note, standing, submit

UNTIL = CALENDAR.due(NOW, submit(draft()).current.frozen.completeness_within)


def submitted() -> SupportRequest:
    return submit(draft(), calendar=CALENDAR)


def test_a_breach_of_completeness_is_said_once_a_revision() -> None:
    state = submitted()
    assert (due_at(state), on_time(state, now=NOW)) == (UNTIL, [])
    events = on_time(state, now=UNTIL)
    assert events == [ClockBreached("completeness", 1, NOW, UNTIL, UNTIL)]
    state = fold(state, events)
    assert (due_at(state), on_time(state, now=UNTIL)) == (None, [])
    again = submit(note(note(state, OPENED), CHANGES), now=UNTIL, calendar=CALENDAR)
    assert due_at(again) == CALENDAR.due(UNTIL, again.current.frozen.completeness_within)


def test_an_opened_case_stops_the_clock() -> None:
    assert due_at(note(submitted(), OPENED)) is None
    assert on_time(note(submitted(), OPENED), now=UNTIL) == []


def test_a_suspended_organisations_clock_stands_still() -> None:
    assert on_time(follow(submitted(), standing("suspended", 4)), now=UNTIL) == []
