"""Cases that found no quorum: substitutes by the city office, then a new term or another group by headquarters (REV-7)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.review.domain import stalled_case
from services.review.domain.case import Case, CaseEvent
from services.review.domain.opening import KnownStanding
from services.review.domain.stalled_case import CaseNotExcepted, CaseNotStalled, NamedSubstitute
from services.review.domain.working_group import WorkingGroup, WorkingGroupEvent
from services.review.usecases.openings import Openings
from services.review.usecases.standings import Standings
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.refusals import FieldError, InvalidFields
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Document, Stored
from shared.web.caller import Caller

Decide = Callable[[Case, KnownStanding, datetime], Sequence[CaseEvent]]


class StalledCases:
    """What brings a case on that could not be decided."""

    def __init__(
        self,
        groups: Aggregates[WorkingGroup, WorkingGroupEvent],
        cases: Aggregates[Case, CaseEvent],
        openings: Openings,
        standings: Standings,
        clock: Clock,
        calendar: WorkingCalendar,
    ) -> None:
        self._groups = groups
        self._cases = cases
        self._openings = openings
        self._standings = standings
        self._clock = clock
        self._calendar = calendar

    async def name_substitutes(
        self, id: str, named: Sequence[NamedSubstitute], *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Case]:
        """Name substitutes for a stalled case (city office). Raises what stalled_case.name_substitutes raises, Forbidden, NotFound."""
        state = (await self._cases.require(id)).state
        caller.require("city_office", district=state.district)
        if state.opened is None:
            raise CaseNotStalled(status=state.status)
        group = (await self._groups.require(state.opened.working_group)).state

        def decide(state: Case, standing: KnownStanding, now: datetime) -> Sequence[CaseEvent]:
            return stalled_case.name_substitutes(
                state, named, group=group, standing=standing, now=now, calendar=self._calendar
            )

        return await self._continue(id, decide, command, cause)

    async def order_new_term(self, id: str, *, caller: Caller, command: Command, cause: Cause) -> Stored[Case]:
        """Give an exception a new term (headquarters). Raises what stalled_case.order_new_term raises, Forbidden, NotFound."""
        caller.require_whole_city("hq")

        def decide(state: Case, standing: KnownStanding, now: datetime) -> Sequence[CaseEvent]:
            return stalled_case.order_new_term(state, standing=standing, now=now, calendar=self._calendar)

        return await self._continue(id, decide, command, cause)

    async def move_to_group(
        self, id: str, working_group: str, *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Case]:
        """Bring an exception before another group (headquarters). Raises what stalled_case.move_to_group raises, Forbidden, NotFound."""
        caller.require_whole_city("hq")
        await self._cases.require(id)  # an unknown case is said first
        group = await self._groups.get(working_group)
        if group is None:
            raise InvalidFields(errors=[FieldError("/working_group", "no_such_group")])

        def decide(state: Case, standing: KnownStanding, now: datetime) -> Sequence[CaseEvent]:
            return stalled_case.move_to_group(
                state, group=group.state, standing=standing, now=now, calendar=self._calendar
            )

        return await self._continue(id, decide, command, cause)

    async def _continue(self, id: str, decide: Decide, command: Command, cause: Cause) -> Stored[Case]:
        """Go on with the standing read just before, and look again after the save (I9)."""
        now = self._clock()
        standing = await self._standings.get((await self._cases.require(id)).state.organization)

        def with_standing(state: Case) -> Sequence[CaseEvent]:
            if standing is None:  # without a standing no case opens, so none has stalled
                raise CaseNotExcepted(status=state.status)
            return decide(state, standing, now)

        stored = await self._cases.change(id, with_standing, cause=cause, now=now, command=command, answer=_receipt)
        if not stored.replayed:
            await self._openings.settle(stored, cause)
        return stored


def _receipt(stored: Stored[Case]) -> Document:
    return {"id": stored.id, "status": stored.state.status}
