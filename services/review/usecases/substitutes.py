"""Substitutes: named for the seats of a group, stepping in to its cases; and cases that follow who left the group (REV-1)."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Final

from services.review.domain import substitutes, succession
from services.review.domain.case import Case, CaseEvent, CaseStatus
from services.review.domain.substitutes import substitute_of
from services.review.domain.working_group import Leaving, Term, WorkingGroup, WorkingGroupEvent
from services.review.usecases.openings import PAGE, SYSTEM, Openings
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Document, Stored
from shared.web.caller import Caller

FOLLOWING: Final[tuple[CaseStatus, ...]] = ("open", "paused", "stalled")
"""Cases whose ballots are not counted yet: what a member's leaving scans."""


class Substitutes:
    """Names substitutes, lets them step in, and keeps the open cases in step with the group."""

    def __init__(
        self,
        groups: Aggregates[WorkingGroup, WorkingGroupEvent],
        cases: Aggregates[Case, CaseEvent],
        openings: Openings,
        clock: Clock,
        calendar: WorkingCalendar,
    ) -> None:
        self._groups = groups
        self._cases = cases
        self._openings = openings
        self._clock = clock
        self._calendar = calendar

    async def name(
        self,
        id: str,
        seat: int,
        *,
        subject: str,
        name: str | None,
        until: datetime,
        caller: Caller,
        command: Command,
        cause: Cause,
        expected_version: int | None,
    ) -> Stored[WorkingGroup]:
        """Name a seat's substitute from now on (city office). Raises what substitutes.name_substitute raises, Forbidden, NotFound."""
        now = self._clock()
        return await self._change(
            id,
            lambda state: substitutes.name_substitute(
                state, number=seat, term=Term(subject, name, now, until), now=now
            ),
            now,
            caller,
            command,
            cause,
            expected_version,
        )

    async def end(
        self,
        id: str,
        seat: int,
        *,
        reason: str,
        caller: Caller,
        command: Command,
        cause: Cause,
        expected_version: int | None,
    ) -> Stored[WorkingGroup]:
        """End a substitute's term early (city office). Raises what substitutes.end_substitute raises, Forbidden, NotFound."""
        now = self._clock()
        stored = await self._change(
            id,
            lambda state: substitutes.end_substitute(state, number=seat, reason=reason, now=now),
            now,
            caller,
            command,
            cause,
            expected_version,
        )
        await self.follow(stored)
        return stored

    async def stand_in(
        self, id: str, seat: int, *, reason: str, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Case]:
        """Let a seat's substitute step in to a case whose member is absent (city office).

        Raises what succession.stand_in raises, Forbidden, NotFound.
        """
        now = self._clock()
        substitute = await self.of_case((await self._cases.require(id)).state, seat, now)

        def decide(state: Case) -> Sequence[CaseEvent]:
            caller.require("city_office", district=state.district)
            return succession.stand_in(state, seat=seat, substitute=substitute, reason=reason, now=now)

        return await self._cases.change(id, decide, cause=cause, now=now, command=command, answer=_receipt)

    async def of_case(self, case: Case, seat: int, now: datetime) -> Term | None:
        """Return the substitute who may act for a seat of the case now, or None."""
        if case.opened is None:
            return None
        group = await self._groups.get(case.opened.working_group)
        return substitute_of(None if group is None else group.state, seat, now)

    async def follow(self, group: Stored[WorkingGroup]) -> None:
        """Let the open cases follow who left the group, then note it; after a crash in between the sweep does it again."""
        if not group.state.leaving:
            return
        cause, now = Cause(SYSTEM, correlation_id=group.id), self._clock()
        async for case in self._cases_of(group.id):
            for leaving in group.state.leaving:
                await self._leave(case, leaving, group.state, cause)
        await self._groups.change(
            group.id, lambda state: substitutes.followed(state, now, group.state), cause=cause, now=now
        )

    async def _leave(self, case: Stored[Case], leaving: Leaving, group: WorkingGroup, cause: Cause) -> None:
        now = self._clock()
        substitute = substitute_of(group, leaving.seat, now)
        stored = await self._cases.change(
            case.id,
            lambda state: succession.follow(
                state,
                subject=leaving.subject,
                left_at=leaving.at,
                substitute=substitute,
                now=now,
                calendar=self._calendar,
            ),
            cause=cause,
            now=now,
        )
        await self._openings.settle(stored, cause)

    async def _change(
        self,
        id: str,
        decide: Callable[[WorkingGroup], Sequence[WorkingGroupEvent]],
        now: datetime,
        caller: Caller,
        command: Command,
        cause: Cause,
        expected_version: int | None,
    ) -> Stored[WorkingGroup]:
        def allowed(state: WorkingGroup) -> Sequence[WorkingGroupEvent]:
            caller.require("city_office", district=state.district)
            return decide(state)

        caller.require("city_office")
        return await self._groups.change(
            id,
            allowed,
            cause=cause,
            now=now,
            command=command,
            expected_version=expected_version,
            answer=lambda stored: group_receipt(stored, now),
        )

    async def _cases_of(self, group: str) -> AsyncIterator[Stored[Case]]:
        where = {"opened.working_group": group, "status": {"$in": list(FOLLOWING)}}
        cursor: str | None = None
        while True:
            page = await self._cases.page(where, order=(("_id", 1),), cursor=cursor, limit=PAGE)
            for stored in page.items:
                yield stored
            if page.next is None:
                return
            cursor = page.next


def group_receipt(stored: Stored[WorkingGroup], now: datetime) -> Document:
    """Return the answer to a command on a group."""
    complete = len(stored.state.filled(now)) == len(stored.state.seats)
    return {"id": stored.id, "status": "complete" if complete else "incomplete", "version": stored.version}


def _receipt(stored: Stored[Case]) -> Document:
    return {"id": stored.id, "status": stored.state.status}
