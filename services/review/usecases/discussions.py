"""Ballots at a meeting: opened by the district's secretary, seen by who is present, revised once (REV-5)."""

from collections.abc import Sequence

from services.review.domain import discussion
from services.review.domain.ballot import CaseSeat
from services.review.domain.case import Case, CaseEvent
from services.review.domain.case_steps import NotYourSeat
from services.review.domain.meeting import Meeting, MeetingEvent
from services.review.usecases.cases import SEAT_HOLDERS, Cases, case_receipt
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Stored
from shared.web.caller import Caller


class Discussions:
    """Open the ballots of a case at a meeting, show them to who is there, and end the discussion."""

    def __init__(
        self,
        meetings: Aggregates[Meeting, MeetingEvent],
        cases: Aggregates[Case, CaseEvent],
        steps: Cases,
        clock: Clock,
        calendar: WorkingCalendar,
    ) -> None:
        self._meetings = meetings
        self._cases = cases
        self._steps = steps
        self._clock = clock
        self._calendar = calendar

    async def open_ballots(
        self, meeting: str, case: str, *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Case]:
        """Open the ballots of a case on the agenda. Raises what discussion.open_ballots raises, Forbidden, NotFound."""
        held = await self._meeting(meeting, caller)
        now = self._clock()
        return await self._cases.change(
            case,
            lambda state: discussion.open_ballots(state, held, now=now),
            cause=cause,
            now=now,
            command=command,
            answer=case_receipt,
        )

    async def end(self, meeting: str, case: str, *, caller: Caller, command: Command, cause: Cause) -> Stored[Case]:
        """End the discussion about a case; it may close. Raises what discussion.end_discussion raises, Forbidden, NotFound."""
        await self._meeting(meeting, caller)
        now = self._clock()

        def decide(state: Case) -> Sequence[CaseEvent]:
            return discussion.end_discussion(state, meeting, now=now, calendar=self._calendar)

        stored = await self._cases.change(case, decide, cause=cause, now=now, command=command, answer=case_receipt)
        return await self._steps.after_closing(stored)

    async def ballots(self, case: str, *, caller: Caller) -> Sequence[CaseSeat]:
        """Return the seats whose opened ballots the caller sees. Raises NotYourSeat, BallotsNotOpened, Forbidden, NotFound."""
        state = (await self._cases.require(case)).state
        caller.require(*SEAT_HOLDERS, district=state.deciding_district)
        if state.seat_held_by(caller.subject) is None:
            raise NotYourSeat()
        shown = discussion.ballots_shown_to(state, caller.subject, self._clock())
        if not shown:
            raise discussion.BallotsNotOpened()
        return shown

    async def _meeting(self, id: str, caller: Caller) -> Meeting:
        caller.require("secretary")
        state = (await self._meetings.require(id)).state
        caller.require("secretary", district=state.district)
        return state
