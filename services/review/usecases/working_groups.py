"""Working groups: set up and filled by the city office (REV-1)."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.review.domain import working_group
from services.review.domain.rule_set import NoSuchVersion, RuleSet, RuleSetEvent
from services.review.domain.working_group import Term, WorkingGroup, WorkingGroupEvent
from services.review.usecases.openings import SYSTEM, Openings
from services.review.usecases.substitutes import Substitutes, group_receipt
from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.refusals import FieldError, InvalidFields, Refusal
from shared.contracts.review import RuleSetRef
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Document, Page, Stored
from shared.web.caller import Caller

log = logging.getLogger("sama.review")


class WorkingGroups:
    """Set up groups, fill and empty seats, and let terms begin and end."""

    def __init__(
        self,
        groups: Aggregates[WorkingGroup, WorkingGroupEvent],
        rule_sets: Aggregates[RuleSet, RuleSetEvent],
        openings: Openings,
        substitutes: Substitutes,
        clock: Clock,
    ) -> None:
        self._groups = groups
        self._rule_sets = rule_sets
        self._openings = openings
        self._substitutes = substitutes
        self._clock = clock

    async def set_up(
        self, *, district: str, rule_set: RuleSetRef, caller: Caller, command: Command, cause: Cause
    ) -> Stored[WorkingGroup]:
        """Set up a district's group with the seats of a rule set. Raises Forbidden, InvalidFields, WorkingGroupExists."""
        caller.require("city_office", district=district)
        known = await self._rule_sets.get(rule_set.id)
        try:
            if known is None:
                raise NoSuchVersion(id=rule_set.id, version=rule_set.version)
            rules = known.state.at(rule_set.version).rules
        except NoSuchVersion as missing:
            raise InvalidFields(errors=[FieldError("/rule_set", missing.code)]) from missing
        now = self._clock()
        return await self._groups.execute(
            working_group.group_id(district),
            lambda state: working_group.set_up(
                state, district=district, rule_set=rule_set, seats=rules.seats, least=rules.quorum.least, now=now
            ),
            cause=cause,
            now=now,
            command=command,
            answer=self._receipt,
        )

    async def fill(
        self,
        id: str,
        seat: int,
        *,
        term: Term,
        caller: Caller,
        command: Command,
        cause: Cause,
        expected_version: int | None,
    ) -> Stored[WorkingGroup]:
        """Fill a seat for a term; once all are filled, cases that waited for the group open. Raises what working_group.fill raises."""
        now = self._clock()

        def decide(state: WorkingGroup) -> Sequence[WorkingGroupEvent]:
            caller.require("city_office", district=state.district)
            return working_group.fill(state, number=seat, term=term, now=now)

        caller.require("city_office")
        stored = await self._groups.change(
            id,
            decide,
            cause=cause,
            now=now,
            command=command,
            expected_version=expected_version,
            answer=self._receipt,
        )
        if len(stored.state.filled(now)) == len(stored.state.seats):
            await self._openings.open_waiting(cause, stored.state.district)
        return stored

    async def empty(
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
        """Empty a seat; open cases follow: a ballot cast stays (REV-1). Raises what working_group.empty raises."""
        now = self._clock()

        def decide(state: WorkingGroup) -> Sequence[WorkingGroupEvent]:
            caller.require("city_office", district=state.district)
            return working_group.empty(state, number=seat, reason=reason, now=now)

        caller.require("city_office")
        stored = await self._groups.change(
            id,
            decide,
            cause=cause,
            now=now,
            command=command,
            expected_version=expected_version,
            answer=self._receipt,
        )
        await self._substitutes.follow(stored)
        return stored

    async def get(self, id: str) -> Stored[WorkingGroup]:
        """Return a group. Raises NotFound."""
        return await self._groups.require(id)

    async def page(self, *, district: str | None, cursor: str | None, limit: int) -> Page[Stored[WorkingGroup]]:
        """Return groups by id: all, or one district's."""
        where: dict[str, Any] = {} if district is None else {"district": district}
        return await self._groups.page(where, order=(("_id", 1),), cursor=cursor, limit=limit)

    def now(self) -> datetime:
        """Return the time by which a view says whether a seat is filled."""
        return self._clock()

    async def sweep(self) -> int:
        """Let terms begin and end, and the open cases follow who left (REV-1)."""
        now = self._clock()
        acted = 0
        for id in await self._groups.due(now):
            try:
                before = await self._groups.require(id)
                stored = await self._groups.change(
                    id,
                    lambda state: working_group.turn_terms(state, now),
                    cause=Cause(SYSTEM, correlation_id=id),
                    now=now,
                )
                await self._substitutes.follow(stored)
                acted += stored.version != before.version or bool(stored.state.leaving)
            except Refusal as refusal:  # too many races; the next sweep comes soon
                log.warning("working group %s stays due: %s", id, refusal)
        return acted

    def _receipt(self, stored: Stored[WorkingGroup]) -> Document:
        return group_receipt(stored, self._clock())
