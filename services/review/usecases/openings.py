"""Opening cases (REV-2), also those whose submission came before the group, the rule set or the standing was known here."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from services.review.domain import case_steps, succession
from services.review.domain.appealed import Appealed
from services.review.domain.case import UNSETTLED, Case, CaseEvent, case_id
from services.review.domain.opening import Opening, prepare
from services.review.domain.panel import panel, panel_id, seats_of
from services.review.domain.priority_list import CITY_LIST, PriorityList, PriorityListEvent, list_id
from services.review.domain.rule_set import RuleSet, RuleSetEvent
from services.review.domain.substitutes import substitute_of
from services.review.domain.working_group import WorkingGroup, WorkingGroupEvent, group_id
from services.review.usecases.standings import Standings
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.requests import Submission
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Stored, Where

T = TypeVar("T")

RETRY_EVERY: Final = timedelta(
    seconds=10
)  # what came early opens at once when its group is complete; this is for the rest
SYSTEM: Final = "system:review"
PAGE: Final = 200


class Openings:
    """Keeps submissions, opens their cases, and keeps open cases in step with the standing (I9)."""

    def __init__(
        self,
        cases: Aggregates[Case, CaseEvent],
        groups: Aggregates[WorkingGroup, WorkingGroupEvent],
        rule_sets: Aggregates[RuleSet, RuleSetEvent],
        lists: Aggregates[PriorityList, PriorityListEvent],
        standings: Standings,
        clock: Clock,
        calendar: WorkingCalendar,
    ) -> None:
        self._cases = cases
        self._groups = groups
        self._rule_sets = rule_sets
        self._lists = lists
        self._standings = standings
        self._clock = clock
        self._calendar = calendar
        self._retry_at: datetime | None = None

    async def receive(self, submission: Submission, cause: Cause) -> None:
        """Keep the submission under its case's id and open the case, if all is known."""
        now = self._clock()
        opening = await self._prepare(submission, now)
        stored = await self._cases.execute(
            case_id(submission.request, submission.revision),
            lambda state: case_steps.receive(state, submission, opening, now=now, calendar=self._calendar),
            cause=cause,
            now=now,
        )
        if stored.state.status == "awaiting":
            await self.try_open(stored, cause)  # what it waits for may have come between look and save
        else:
            await self._follow_group(stored, cause)
            await self.settle(stored, cause)

    async def try_open(self, stored: Stored[Case], cause: Cause) -> bool:
        """Open a case that waits, if all is known by now; tell whether it opened."""
        now = self._clock()
        opening = await self._prepare(stored.state.file, now, stored.state.appealed)
        if opening is None:
            return False
        opened = await self._cases.change(
            stored.id,
            lambda state: case_steps.try_open(state, opening, now=now, calendar=self._calendar),
            cause=cause,
            now=now,
        )
        await self._follow_group(opened, cause)
        await self.settle(opened, cause)
        return True

    async def receive_appeal(self, appealed: Case, cause: Cause) -> None:
        """Begin the panel's case about a decided case, and open it if there is a panel (REQ-13)."""
        id, now = panel_id(appealed.id), self._clock()
        stored = await self._cases.execute(
            id,
            lambda state: case_steps.receive_appeal(state, id=id, appealed_case=appealed, now=now),
            cause=cause,
            now=now,
        )
        if stored.state.status == "awaiting":
            await self.try_open(stored, cause)
        else:
            await self.settle(stored, cause)

    async def open_waiting(self, cause: Cause, district: str | None = None) -> int:
        """Open what waits, in one district or everywhere; return how many cases opened."""
        where: Where = {"status": "awaiting"} if district is None else {"status": "awaiting", "district": district}
        opened = 0
        async for stored in self._each(where):
            opened += await self.try_open(stored, cause)
        return opened

    async def sweep(self) -> int:
        """Look now and then at what waits: whatever it waited for may have come while a replica crashed."""
        now = self._clock()
        if self._retry_at is not None and now < self._retry_at:
            return 0
        self._retry_at = now + RETRY_EVERY
        return await self.open_waiting(Cause(SYSTEM, correlation_id="sweep"))

    async def standing_changed(self, organization: str, cause: Cause) -> None:
        """Scan the organisation's unsettled cases: pause, resume or open them by its newest standing."""
        async for stored in self._each({"organization": organization, "status": {"$in": list(UNSETTLED)}}):
            if stored.state.status == "awaiting":
                await self.try_open(stored, cause)
            else:
                await self.settle(stored, cause)

    async def settle(self, stored: Stored[Case], cause: Cause) -> Stored[Case]:
        """Read the standing anew after a save and follow it until it is the one that the case was judged by (I9)."""
        judged_by = stored.state.standing_sequence
        while stored.state.status in ("open", "closed", "paused"):
            standing = await self._standings.get(stored.state.organization)
            if standing is None or standing.sequence <= judged_by:
                break
            judged_by, newest, now = standing.sequence, standing, self._clock()
            stored = await self._cases.change(
                stored.id,
                lambda state, newest=newest, now=now: case_steps.apply_standing(state, newest, now=now),  # type: ignore[misc]
                cause=cause,
                now=now,
            )
        return stored

    async def _follow_group(self, stored: Stored[Case], cause: Cause) -> None:
        """Read the group anew after opening: who left between look and save was not seen by the scan of the leaving (REV-1)."""
        now = self._clock()
        if stored.state.opened is None:
            return
        group = await self._groups.get(stored.state.opened.working_group)
        if group is None:
            return
        held = {(seat.seat, term.subject) for seat in group.state.seats if (term := seat.term) is not None}
        held |= {(seat.seat, term.subject) for seat in group.state.seats if (term := seat.substitute) is not None}
        for seat in stored.state.seats:
            if seat.until is not None and (seat.seat, seat.holder) not in held:
                await self._cases.change(
                    stored.id,
                    lambda state, seat=seat: succession.follow(  # type: ignore[misc]
                        state,
                        subject=seat.holder,
                        left_at=now,
                        substitute=substitute_of(group.state, seat.seat, now),
                        now=now,
                        calendar=self._calendar,
                    ),
                    cause=cause,
                    now=now,
                )

    async def _prepare(self, submission: Submission, now: datetime, appealed: Appealed | None = None) -> Opening | None:
        group, rule_set, city, district, standing = await asyncio.gather(
            self._group(submission.district) if appealed is None else self._panel(submission.district, appealed, now),
            self._rule_sets.get(submission.rule_set.id),
            self._lists.get(CITY_LIST),
            self._lists.get(list_id(submission.district)),
            self._standings.get(submission.organization),
        )
        opening = prepare(
            submission,
            group=group,
            rule_set=_state(rule_set),
            city=_state(city),
            district=_state(district),
            standing=standing,
            now=now,
        )
        if opening is None or appealed is None or group is None:
            return opening
        return replace(opening, seats=seats_of(group, appealed, now), sits_in=group.district)

    async def _group(self, district: str) -> WorkingGroup | None:
        return _state(await self._groups.get(group_id(district)))

    async def _panel(self, district: str, appealed: Appealed, now: datetime) -> WorkingGroup | None:
        groups: list[WorkingGroup] = []
        cursor: str | None = None
        while True:
            page = await self._groups.page({}, cursor=cursor, limit=PAGE)
            groups += [stored.state for stored in page.items]
            if page.next is None:
                return panel(groups, appealed, district, now)
            cursor = page.next

    async def _each(self, where: Where) -> AsyncIterator[Stored[Case]]:
        cursor: str | None = None
        while True:
            page = await self._cases.page(where, order=(("_id", 1),), cursor=cursor, limit=PAGE)
            for stored in page.items:
                yield stored
            if page.next is None:
                return
            cursor = page.next


def _state(stored: Stored[T] | None) -> T | None:
    return None if stored is None else stored.state
