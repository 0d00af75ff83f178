"""Obstacles to participation: reported, assigned, answered within their term, published (REV-16)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.review.domain import obstacle
from services.review.domain.obstacle import (
    Assignment,
    NotAssignedToYou,
    Obstacle,
    ObstacleEvent,
    Reporter,
    require_standing,
)
from services.review.domain.rule_set import RuleSet, RuleSetEvent
from services.review.domain.working_group import WorkingGroup, WorkingGroupEvent, group_id
from services.review.usecases.councils import Councils
from services.review.usecases.openings import SYSTEM
from services.review.usecases.standings import Standings
from shared.clock import Clock
from shared.contracts.durations import Duration, WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.contracts.participation import ObstacleStatus
from shared.contracts.refusals import Forbidden, Refusal
from shared.contracts.review import Rules
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Page, Stored
from shared.web.api import receipt
from shared.web.caller import Caller, Role

log = logging.getLogger("sama.review")

ASSIGNERS: Final[tuple[Role, ...]] = ("secretary", "city_office")
NEWEST_FIRST: Final = (("reported_at", -1),)


@dataclass(frozen=True, slots=True)
class ObstacleFilters:
    """What the list is narrowed to; None: not narrowed. person: whose it is to answer."""

    district: str | None = None
    status: ObstacleStatus | None = None
    overdue: bool | None = None
    person: str | None = None


class ObstacleTerms:
    """The term of a district's obstacles: that of its working group's rule set, or what DOMAIN.md assumes."""

    def __init__(
        self,
        groups: Aggregates[WorkingGroup, WorkingGroupEvent],
        rule_sets: Aggregates[RuleSet, RuleSetEvent],
        calendar: WorkingCalendar,
    ) -> None:
        self._groups = groups
        self._rule_sets = rule_sets
        self._calendar = calendar

    async def answer_by(self, district: str, now: datetime) -> datetime:
        """Return the end of the term of what is reported now."""
        return self._calendar.due(now, await self._within(district))

    async def _within(self, district: str) -> Duration:
        group = await self._groups.get(group_id(district))
        known = await self._rule_sets.get(group.state.rule_set.id) if group else None
        if group is None or known is None:
            default: Duration = Rules.model_fields["obstacle_within"].default
            return default
        return known.state.at(group.state.rule_set.version).rules.obstacle_within


class Obstacles:
    """Report, assign, answer and read obstacles."""

    def __init__(
        self,
        obstacles: Aggregates[Obstacle, ObstacleEvent],
        councils: Councils,
        terms: ObstacleTerms,
        standings: Standings,
        clock: Clock,
    ) -> None:
        self._obstacles = obstacles
        self._councils = councils
        self._terms = terms
        self._standings = standings
        self._clock = clock

    async def report(
        self,
        *,
        district: str,
        question: str,
        organization: str | None,
        caller: Caller,
        command: Command,
        cause: Cause,
    ) -> Stored[Obstacle]:
        """Report for an organisation with standing, or (organization None) as a council member of the district.

        Raises Forbidden, NoStanding, NotOnTheCouncil.
        """
        reporter = await self._reporter(district, organization, caller)
        id, now = derive_id("obstacle", command.subject, command.key), self._clock()
        answer_by = await self._terms.answer_by(district, now)
        return await self._obstacles.execute(
            id,
            lambda state: obstacle.report(
                state, id=id, district=district, question=question, reporter=reporter, answer_by=answer_by, now=now
            ),
            cause=cause,
            now=now,
            command=command,
            answer=receipt,
        )

    async def _reporter(self, district: str, organization: str | None, caller: Caller) -> Reporter:
        if organization is None:
            council = await self._councils.require_any_seat(caller, district)
            return Reporter(caller.subject, council=council)
        if not caller.represents(organization):
            raise Forbidden(roles="applicant")
        standing = require_standing(await self._standings.get(organization))
        return Reporter(caller.subject, organization=organization, standing_sequence=standing.sequence)

    async def assign(
        self, id: str, assignment: Assignment, *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Obstacle]:
        """Give it to an office, or to another. Raises what obstacle.assign raises, NotFound, Forbidden."""
        now = self._clock()

        def decide(state: Obstacle) -> Sequence[ObstacleEvent]:
            caller.require(*ASSIGNERS, district=state.district)
            return obstacle.assign(state, assignment, now=now)

        caller.require(*ASSIGNERS)
        return await self._obstacles.change(id, decide, cause=cause, now=now, command=command, answer=receipt)

    async def answer(
        self, id: str, *, question: str | None, answer: str, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Obstacle]:
        """Publish the answer. Raises what obstacle.answer raises, NotFound, NotAssignedToYou."""
        now = self._clock()

        def decide(state: Obstacle) -> Sequence[ObstacleEvent]:
            if state.assignment is not None and not _answers(caller, state, state.assignment):
                raise NotAssignedToYou(office=state.assignment.office)
            if state.assignment is None:
                caller.require(*ASSIGNERS, district=state.district)  # others need not know whether it is assigned
            return obstacle.answer(state, question=question, answer=answer, now=now)

        return await self._obstacles.change(id, decide, cause=cause, now=now, command=command, answer=receipt)

    async def get(self, id: str) -> Stored[Obstacle]:
        """Return an obstacle; the view decides what of it is shown. Raises NotFound."""
        return await self._obstacles.require(id)

    async def page(self, filters: ObstacleFilters, *, cursor: str | None, limit: int) -> Page[Stored[Obstacle]]:
        """Return obstacles, the newest first."""
        asked = {
            "district": filters.district,
            "status": filters.status,
            "overdue": filters.overdue,
            "assignment.person": filters.person,
        }
        where: dict[str, Any] = {field: value for field, value in asked.items() if value is not None}
        return await self._obstacles.page(where, order=NEWEST_FIRST, cursor=cursor, limit=limit)

    async def sweep(self) -> int:
        """Note terms that passed without an answer (REQ-14). Every replica sweeps; the version decides who acts."""
        now = self._clock()
        acted = 0
        for id in await self._obstacles.due(now):
            try:
                before = await self._obstacles.require(id)
                stored = await self._obstacles.change(
                    id,
                    lambda state: obstacle.note_breach(state, now),
                    cause=Cause(SYSTEM, correlation_id=id),
                    now=now,
                )
                acted += stored.version != before.version
            except Refusal as refusal:  # too many races; the next sweep comes soon
                log.warning("obstacle %s stays due: %s", id, refusal)
        return acted


def _answers(caller: Caller, state: Obstacle, assignment: Assignment) -> bool:
    if assignment.role is not None:
        return caller.has(assignment.role, district=state.district)
    return caller.subject == assignment.person
