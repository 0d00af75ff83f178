"""Meetings of a working group: agenda, attendance, minutes with number and date, adopted by the chair (REV-12).

Nothing of a ballot is here. A case's result is taken into the minutes when they are adopted, if it is decided by then (REV-5, REV-10).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.contracts.participation import MeetingStatus
from shared.contracts.refusals import FieldError, InvalidFields, Refusal
from shared.contracts.review import SeatKind, Tally


class MeetingOver(Refusal):
    """The meeting was held, cancelled or has adopted minutes, so this cannot be done any more."""

    code = "meeting_over"


class MeetingNotBegun(Refusal):
    """Who is present is noted when the meeting has begun."""

    code = "meeting_not_begun"


class NoAttendance(Refusal):
    """Minutes need to say first who was present."""

    code = "no_attendance"


class NoMinutes(Refusal):
    """No minutes were drafted yet."""

    code = "no_minutes"


class MinutesChanged(Refusal):
    """The minutes are not the edition that was read."""

    code = "minutes_changed"


class NotTheChair(Refusal):
    """Only who holds the chair's seat adopts minutes."""

    code = "not_the_chair"
    kind = "forbidden"


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One item: a case by its id, with the request's title; or a free one (case None)."""

    title: str
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Attendee:
    """A seat that was present, and who held it then."""

    seat: int
    kind: SeatKind
    chair: bool
    name: str | None


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """The issued decision of a case on the agenda; no voter."""

    case: str
    outcome: Literal["approved", "rejected"]
    amount: int
    currency: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes (صورت‌جلسه). ``date``: ISO 8601, the city's day. ``edition`` counts drafts from 1."""

    number: str
    date: str
    text: str
    edition: int


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting. ``outcomes``: of the cases that were decided when the minutes were adopted."""

    id: str
    working_group: str
    district: str
    starts_at: datetime
    place: str
    agenda: tuple[AgendaItem, ...]
    status: MeetingStatus = "called"
    present: tuple[Attendee, ...] = ()
    minutes: Minutes | None = None
    outcomes: tuple[CaseOutcome, ...] = ()
    adopted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MeetingCalled:
    """The secretary called it, with its agenda."""

    id: str
    working_group: str
    district: str
    starts_at: datetime
    place: str
    agenda: tuple[AgendaItem, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class MeetingCancelled:
    """It is not held."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AttendanceTaken:
    """Who is present, as a whole; later attendance replaces it."""

    present: tuple[Attendee, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class MinutesDrafted:
    """The secretary wrote the minutes, or wrote them anew."""

    minutes: Minutes
    at: datetime


@dataclass(frozen=True, slots=True)
class MinutesAdopted:
    """The chair adopted them; they stay as they are."""

    outcomes: tuple[CaseOutcome, ...]
    at: datetime


MeetingEvent = MeetingCalled | MeetingCancelled | AttendanceTaken | MinutesDrafted | MinutesAdopted


def call(state: Meeting | None, meeting: Meeting, *, now: datetime) -> Sequence[MeetingEvent]:
    """Call a meeting, once. Raises InvalidFields: a case that is twice on the agenda."""
    if state is not None:
        return []
    cases = [item.case for item in meeting.agenda if item.case is not None]
    if len(set(cases)) != len(cases):
        raise InvalidFields(errors=[FieldError("/agenda", "case_repeated")])
    return [
        MeetingCalled(
            meeting.id,
            meeting.working_group,
            meeting.district,
            meeting.starts_at,
            meeting.place,
            meeting.agenda,
            now,
        )
    ]


def cancel(state: Meeting, *, reason: str, now: datetime) -> Sequence[MeetingEvent]:
    """Cancel a meeting that was not held yet. Raises MeetingOver."""
    _require(state, "called")
    return [MeetingCancelled(reason, now)]


def take_attendance(state: Meeting, present: Sequence[Attendee], *, now: datetime) -> Sequence[MeetingEvent]:
    """Note who is present. Raises MeetingOver, MeetingNotBegun."""
    _require(state, "called", "held")
    if now < state.starts_at:
        raise MeetingNotBegun
    return [AttendanceTaken(tuple(sorted(present, key=lambda attendee: attendee.seat)), now)]


def draft_minutes(state: Meeting, *, number: str, date: str, text: str, now: datetime) -> Sequence[MeetingEvent]:
    """Write the minutes, or write them anew. Raises MeetingOver, NoAttendance."""
    _require(state, "called", "held")
    if not state.present:
        raise NoAttendance
    edition = 1 if state.minutes is None else state.minutes.edition + 1
    return [MinutesDrafted(Minutes(number, date, text, edition), now)]


def adopt_minutes(
    state: Meeting, *, edition: int, outcomes: Sequence[CaseOutcome], now: datetime
) -> Sequence[MeetingEvent]:
    """Adopt the edition that was read. Raises MeetingOver, NoMinutes, MinutesChanged."""
    _require(state, "called", "held")
    if state.minutes is None:
        raise NoMinutes
    if state.minutes.edition != edition:
        raise MinutesChanged(edition=state.minutes.edition)
    return [MinutesAdopted(tuple(outcomes), now)]


def _require(state: Meeting, *statuses: MeetingStatus) -> None:
    if state.status not in statuses:
        raise MeetingOver(status=state.status)


def evolve(state: Meeting | None, event: MeetingEvent) -> Meeting:
    """Apply one event."""
    if isinstance(event, MeetingCalled):
        return Meeting(event.id, event.working_group, event.district, event.starts_at, event.place, event.agenda)
    if state is None:
        raise AssertionError("a meeting begins with being called")
    if isinstance(event, MeetingCancelled):
        return replace(state, status="cancelled")
    if isinstance(event, AttendanceTaken):
        return replace(state, status="held", present=event.present)
    if isinstance(event, MinutesDrafted):
        return replace(state, minutes=event.minutes)
    return replace(state, status="adopted", outcomes=event.outcomes, adopted_at=event.at)
