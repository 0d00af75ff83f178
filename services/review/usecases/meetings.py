"""Meetings: called and minuted by the district's secretary, minutes adopted by the chair (REV-12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.review.domain import meeting
from services.review.domain.case import Case, CaseEvent
from services.review.domain.meeting import (
    AgendaItem,
    Attendee,
    CaseOutcome,
    Meeting,
    MeetingEvent,
    NoMinutes,
    NotTheChair,
)
from services.review.domain.working_group import WorkingGroup, WorkingGroupEvent, group_id
from services.review.usecases.cases import READERS
from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.contracts.participation import MeetingStatus
from shared.contracts.refusals import FieldError, InvalidFields
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Document, Page, Stored
from shared.web.api import receipt
from shared.web.caller import Caller

NEWEST_FIRST: Final = (("starts_at", -1),)


@dataclass(frozen=True, slots=True)
class WantedItem:
    """What the secretary puts on the agenda: a case by its id, or a free item by its title."""

    case: str | None
    title: str | None


class Meetings:
    """Call meetings, note who is present, write and adopt minutes. ``timezone``: the city's, for printed times."""

    def __init__(
        self,
        meetings: Aggregates[Meeting, MeetingEvent],
        groups: Aggregates[WorkingGroup, WorkingGroupEvent],
        cases: Aggregates[Case, CaseEvent],
        clock: Clock,
        timezone: str,
    ) -> None:
        self._meetings = meetings
        self._groups = groups
        self._cases = cases
        self._clock = clock
        self.timezone = timezone

    async def call(
        self,
        *,
        district: str,
        starts_at: datetime,
        place: str,
        agenda: Sequence[WantedItem],
        caller: Caller,
        command: Command,
        cause: Cause,
    ) -> Stored[Meeting]:
        """Call a meeting of the district's working group. Raises Forbidden, InvalidFields (group, agenda)."""
        caller.require("secretary", district=district)
        if await self._groups.get(group_id(district)) is None:
            raise InvalidFields(errors=[FieldError("/district", "no_such_working_group")])
        items, errors = await self._items(district, agenda)
        id, now = derive_id("meeting", command.subject, command.key), self._clock()
        called = Meeting(id, group_id(district), district, starts_at, place, items)

        def decide(state: Meeting | None) -> Sequence[MeetingEvent]:
            if errors:
                raise InvalidFields(errors=errors)
            return meeting.call(state, called, now=now)

        return await self._meetings.execute(
            id,
            decide,
            cause=cause,
            now=now,
            command=command,
            answer=receipt,
        )

    async def _items(
        self, district: str, agenda: Sequence[WantedItem]
    ) -> tuple[tuple[AgendaItem, ...], Sequence[FieldError]]:
        """Look up the titles of the cases; return the items and what is wrong with the others."""
        items: list[AgendaItem] = []
        errors: list[FieldError] = []
        for number, wanted in enumerate(agenda):
            if (wanted.case is None) == (wanted.title is None):
                errors.append(FieldError(f"/agenda/{number}", "case_or_title"))
            elif wanted.title is not None:
                items.append(AgendaItem(wanted.title))
            elif wanted.case is not None:
                known = await self._cases.get(wanted.case)
                if known is None or known.state.deciding_district != district or known.state.opened is None:
                    errors.append(FieldError(f"/agenda/{number}/case", "no_such_case"))
                else:
                    items.append(AgendaItem(known.state.file.title, wanted.case))
        return tuple(items), errors

    async def cancel(self, id: str, *, reason: str, caller: Caller, command: Command, cause: Cause) -> Stored[Meeting]:
        """Cancel a meeting that was not held. Raises NotFound, Forbidden, MeetingOver."""
        now = self._clock()

        def decide(state: Meeting) -> Sequence[MeetingEvent]:
            caller.require("secretary", district=state.district)
            return meeting.cancel(state, reason=reason, now=now)

        caller.require("secretary")
        return await self._meetings.change(id, decide, cause=cause, now=now, command=command, answer=receipt)

    async def take_attendance(
        self, id: str, seats: Sequence[int], *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Meeting]:
        """Note which seats are present. Raises NotFound, Forbidden, InvalidFields, what meeting.take_attendance raises."""
        state = (await self._required(id, caller)).state
        group = (await self._groups.require(state.working_group)).state
        now = self._clock()
        # who sat is looked up inside the step: a repeat is answered as before, also when a seat was emptied since
        return await self._meetings.change(
            id,
            lambda state: meeting.take_attendance(state, _present(group, seats, state.starts_at), now=now),
            cause=cause,
            now=now,
            command=command,
            answer=receipt,
        )

    async def draft_minutes(
        self, id: str, *, number: str, date: str, text: str, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Meeting]:
        """Write the minutes; the receipt tells the edition, which the chair adopts. Raises what meeting.draft_minutes raises."""
        await self._required(id, caller)
        now = self._clock()

        def answer(stored: Stored[Meeting]) -> Document:
            return {**receipt(stored), "edition": stored.state.minutes.edition if stored.state.minutes else 0}

        return await self._meetings.change(
            id,
            lambda state: meeting.draft_minutes(state, number=number, date=date, text=text, now=now),
            cause=cause,
            now=now,
            command=command,
            answer=answer,
        )

    async def _required(self, id: str, caller: Caller) -> Stored[Meeting]:
        caller.require("secretary")
        stored = await self._meetings.require(id)
        caller.require("secretary", district=stored.state.district)
        return stored

    async def adopt_minutes(
        self, id: str, *, edition: int, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Meeting]:
        """Adopt the minutes as the chair; what is decided by now goes into them. Raises NotTheChair, what meeting.adopt_minutes raises."""
        state = (await self._meetings.require(id)).state
        caller.require("chair", "member", district=state.district)
        now = self._clock()
        group = (await self._groups.require(state.working_group)).state
        outcomes = await self._outcomes(state)

        def decide(state: Meeting) -> Sequence[MeetingEvent]:
            if not any(seat.chair and seat.term and seat.term.subject == caller.subject for seat in group.filled(now)):
                raise NotTheChair
            return meeting.adopt_minutes(state, edition=edition, outcomes=outcomes, now=now)

        return await self._meetings.change(
            id,
            decide,
            cause=cause,
            now=now,
            command=command,
            answer=receipt,
        )

    async def _outcomes(self, state: Meeting) -> tuple[CaseOutcome, ...]:
        """Return the results of the cases whose decision is issued; before, nothing of them is told (REV-10)."""
        outcomes: list[CaseOutcome] = []
        for item in state.agenda:
            known = await self._cases.get(item.case) if item.case is not None else None
            if known is None or known.state.status != "decided" or known.state.result is None:
                continue
            result, currency = known.state.result, known.state.file.currency
            outcomes.append(CaseOutcome(known.id, result.outcome, result.amount, currency, result.tally))
        return tuple(outcomes)

    async def get(self, id: str) -> Stored[Meeting]:
        """Return a meeting; the view decides what of it is shown. Raises NotFound."""
        return await self._meetings.require(id)

    async def minutes(self, id: str, *, caller: Caller) -> Meeting:
        """Return a meeting with its minutes, for a reader of the district's cases. Raises NotFound, Forbidden, NoMinutes."""
        state = (await self._meetings.require(id)).state
        caller.require(*READERS, district=state.district)
        if state.minutes is None:
            raise NoMinutes
        return state

    async def page(
        self, *, district: str | None, status: MeetingStatus | None, cursor: str | None, limit: int
    ) -> Page[Stored[Meeting]]:
        """Return meetings, the latest first."""
        asked = {"district": district, "status": status}
        where: dict[str, Any] = {field: value for field, value in asked.items() if value is not None}
        return await self._meetings.page(where, order=NEWEST_FIRST, cursor=cursor, limit=limit)


def _present(group: WorkingGroup, seats: Sequence[int], at: datetime) -> tuple[Attendee, ...]:
    """Return the seats with who held them at that time. Raises InvalidFields, which names every wrong seat."""
    held = {seat.seat: seat for seat in group.filled(at)}
    errors = [FieldError(f"/seats/{n}", "seat_not_filled") for n, seat in enumerate(seats) if seat not in held]
    if len(set(seats)) != len(seats):
        errors.append(FieldError("/seats", "seat_repeated"))
    if errors:
        raise InvalidFields(errors=errors)
    found = (held[seat] for seat in seats)
    return tuple(Attendee(s.seat, s.kind, s.chair, s.term.name if s.term else None) for s in found)
