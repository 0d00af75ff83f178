"""Field visits: planned by the secretary, reported by those who went, read with the file of the case (REV-13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.review.domain import visit
from services.review.domain.case import Case, CaseEvent
from services.review.domain.visit import NotAVisitor, Report, Visit, VisitEvent, Visitor
from services.review.usecases.file_access import FILE_READERS, require_file, sees_file
from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.contracts.visits import VisitPhase, VisitStatus
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Page, Stored
from shared.web.api import receipt
from shared.web.caller import Caller

LATEST_FIRST: Final = (("starts_at", -1),)


@dataclass(frozen=True, slots=True)
class VisitFilters:
    """What a list of visits is narrowed to. visitor: subject of somebody who is to go."""

    district: str | None = None
    status: VisitStatus | None = None
    phase: VisitPhase | None = None
    visitor: str | None = None


class VisitAccess:
    """Who reads and who writes a visit. A conflict with the case shuts out in every role, also who was to go."""

    def __init__(self, visits: Aggregates[Visit, VisitEvent], cases: Aggregates[Case, CaseEvent]) -> None:
        self._visits = visits
        self._cases = cases

    async def read(self, id: str, caller: Caller) -> Stored[Visit]:
        """Return the visit to those who see the file, and to who is to go. Raises NotFound, Forbidden, FileClosed."""
        stored, case = await self._both(id)
        if not _goes(stored.state, case, caller):
            require_file(case, caller)
        return stored

    async def write(self, id: str, caller: Caller) -> Stored[Visit]:
        """Return the visit to who is to go and to the secretary. Raises NotFound, NotAVisitor."""
        stored, case = await self._both(id)
        arranges = caller.has("secretary", district=case.district) and sees_file(case, caller)
        if not arranges and not _goes(stored.state, case, caller):
            raise NotAVisitor()
        return stored

    async def _both(self, id: str) -> tuple[Stored[Visit], Case]:
        stored = await self._visits.require(id)
        return stored, (await self._cases.require(stored.state.case)).state


def _goes(state: Visit, case: Case, caller: Caller) -> bool:
    out = case.shut_out(caller.subject) or caller.represents(case.organization)
    return state.goes(caller.subject) and not out


class Visits:
    """Plan, cancel, report and read visits. ``timezone``: the city's, for the day of a report."""

    def __init__(
        self,
        visits: Aggregates[Visit, VisitEvent],
        cases: Aggregates[Case, CaseEvent],
        access: VisitAccess,
        clock: Clock,
        timezone: str,
    ) -> None:
        self._visits = visits
        self._cases = cases
        self._access = access
        self._clock = clock
        self._zone = ZoneInfo(timezone)

    async def plan(
        self,
        case: str,
        *,
        starts_at: datetime,
        purpose: str,
        seats: Sequence[int],
        officers: Sequence[Visitor],
        caller: Caller,
        command: Command,
        cause: Cause,
    ) -> Stored[Visit]:
        """Plan a visit of what a case is about. Raises NotFound, Forbidden, FileClosed, CaseNotVisited, InvalidFields."""
        caller.require("secretary")
        state = (await self._cases.require(case)).state
        caller.require("secretary", district=state.district)
        require_file(state, caller)
        id, now = derive_id("visit", case, command.subject, command.key), self._clock()

        def decide(known: Visit | None) -> Sequence[VisitEvent]:
            phase, goers = visit.phase_of(state), visit.visitors_of(state, seats, officers)
            planned = Visit(id, case, state.request, state.district, phase, starts_at, purpose, goers)
            return visit.plan(known, planned, now=now)

        return await self._visits.execute(id, decide, cause=cause, now=now, command=command, answer=receipt)

    async def cancel(self, id: str, *, reason: str, caller: Caller, command: Command, cause: Cause) -> Stored[Visit]:
        """Cancel a visit that was not reported. Raises NotFound, Forbidden, FileClosed, VisitOver."""
        caller.require("secretary")
        stored = await self._visits.require(id)
        caller.require("secretary", district=stored.state.district)
        require_file((await self._cases.require(stored.state.case)).state, caller)
        now = self._clock()
        return await self._visits.change(
            id,
            lambda state: visit.cancel(state, reason=reason, now=now),
            cause=cause,
            now=now,
            command=command,
            answer=receipt,
        )

    async def report(
        self,
        id: str,
        *,
        date: str,
        visitors: Sequence[int],
        findings: str,
        caller: Caller,
        command: Command,
        cause: Cause,
    ) -> Stored[Visit]:
        """Write down what was found. Raises NotFound, NotAVisitor, what visit.report raises."""
        await self._access.write(id, caller)
        now = self._clock()
        written = Report(date, tuple(sorted(visitors)), findings, caller.subject, now)
        today = now.astimezone(self._zone).date()
        return await self._visits.change(
            id,
            lambda state: visit.report(state, written, today=today),
            cause=cause,
            now=now,
            command=command,
            answer=receipt,
        )

    async def get(self, id: str, *, caller: Caller) -> Stored[Visit]:
        """Return a visit. Raises what VisitAccess.read raises."""
        return await self._access.read(id, caller)

    async def of_case(self, case: str, *, caller: Caller, cursor: str | None, limit: int) -> Page[Stored[Visit]]:
        """Return a case's visits, the latest first, with its file. Raises NotFound, Forbidden, FileClosed."""
        require_file((await self._cases.require(case)).state, caller)
        return await self._visits.page({"case": case}, order=LATEST_FIRST, cursor=cursor, limit=limit)

    async def page(
        self, filters: VisitFilters, *, caller: Caller, cursor: str | None, limit: int
    ) -> Page[Stored[Visit]]:
        """Return visits, the latest first, for offices, or those to which the caller goes. Raises Forbidden.

        The list crosses cases, also such from which the caller is shut out: a view shows nothing of what was found.
        """
        asked = {
            "district": filters.district,
            "status": filters.status,
            "phase": filters.phase,
            "visitors.subject": filters.visitor,
        }
        where: dict[str, Any] = {field: value for field, value in asked.items() if value is not None}
        if filters.visitor is None:
            caller.require(*FILE_READERS, district=filters.district)
            allowed = caller.districts_of(*FILE_READERS)
            if filters.district is None and allowed is not None:
                where["district"] = {"$in": sorted(allowed)}
        return await self._visits.page(where, order=LATEST_FIRST, cursor=cursor, limit=limit)
