"""Councils: set up and filled by the city office; who sits on them may report concerns and obstacles (REV-15)."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.review.domain import council
from services.review.domain.council import Council, CouncilEvent, NotOnTheCouncil, council_id
from services.review.usecases.openings import SYSTEM
from shared.clock import Clock
from shared.contracts.base import Names
from shared.contracts.envelope import Cause
from shared.contracts.refusals import FieldError, InvalidFields, Refusal
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Document, Page, Stored
from shared.web.caller import Caller

log = logging.getLogger("sama.review")


class Councils:
    """Set up councils, appoint members, and let terms begin and end."""

    def __init__(self, councils: Aggregates[Council, CouncilEvent], clock: Clock) -> None:
        self._councils = councils
        self._clock = clock

    async def define(
        self, *, district: str, neighbourhood: str | None, names: Names, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Council]:
        """Set up a neighbourhood's council, or the district's (neighbourhood None). Raises Forbidden, CouncilExists."""
        caller.require("city_office", district=district)
        now = self._clock()
        return await self._councils.execute(
            council_id(district, neighbourhood),
            lambda state: council.define(state, district=district, neighbourhood=neighbourhood, names=names, now=now),
            cause=cause,
            now=now,
            command=command,
            answer=self._receipt,
        )

    async def appoint(
        self,
        id: str,
        *,
        subject: str,
        name: str | None,
        since: datetime,
        until: datetime,
        caller: Caller,
        command: Command,
        cause: Cause,
        expected_version: int | None,
    ) -> Stored[Council]:
        """Make a person a member for a term. Raises what council.appoint raises, NotFound, Forbidden, StaleVersion."""
        now = self._clock()

        def decide(state: Council) -> Sequence[CouncilEvent]:
            caller.require("city_office", district=state.district)
            return council.appoint(state, subject=subject, name=name, since=since, until=until, now=now)

        caller.require("city_office")
        return await self._councils.change(
            id,
            decide,
            cause=cause,
            now=now,
            command=command,
            expected_version=expected_version,
            answer=self._receipt,
        )

    async def end(
        self,
        id: str,
        member: int,
        *,
        reason: str,
        caller: Caller,
        command: Command,
        cause: Cause,
        expected_version: int | None,
    ) -> Stored[Council]:
        """End a membership before its term. Raises NoSuchMember, NotFound, Forbidden, StaleVersion."""
        now = self._clock()

        def decide(state: Council) -> Sequence[CouncilEvent]:
            caller.require("city_office", district=state.district)
            return council.end(state, number=member, reason=reason, now=now)

        caller.require("city_office")
        return await self._councils.change(
            id,
            decide,
            cause=cause,
            now=now,
            command=command,
            expected_version=expected_version,
            answer=self._receipt,
        )

    async def get(self, id: str) -> Stored[Council]:
        """Return a council. Raises NotFound."""
        return await self._councils.require(id)

    async def page(self, *, district: str | None, cursor: str | None, limit: int) -> Page[Stored[Council]]:
        """Return councils by id: all, or one district's."""
        where: dict[str, Any] = {} if district is None else {"district": district}
        return await self._councils.page(where, order=(("_id", 1),), cursor=cursor, limit=limit)

    def now(self) -> datetime:
        """Return the time by which a view says who sits."""
        return self._clock()

    async def require_seat(self, caller: Caller, district: str, neighbourhood: str) -> str:
        """Return the council by which the caller speaks for a neighbourhood: its own, or else the district's.

        Raises Forbidden, NotOnTheCouncil, InvalidFields (no such neighbourhood).
        """
        caller.require("council_member", district=district)
        own = await self._councils.get(council_id(district, neighbourhood))
        if own is None:
            raise InvalidFields(errors=[FieldError("/neighbourhood", "no_such_neighbourhood")])
        for stored in (own, await self._councils.get(council_id(district, None))):
            if stored is not None and stored.state.has(caller.subject, self._clock()):
                return stored.id
        raise NotOnTheCouncil

    async def require_any_seat(self, caller: Caller, district: str) -> str:
        """Return a council of the district on which the caller sits. Raises Forbidden, NotOnTheCouncil."""
        caller.require("council_member", district=district)
        for stored in await self._councils.find({"members.subject": caller.subject}):
            if stored.state.district == district and stored.state.has(caller.subject, self._clock()):
                return stored.id
        raise NotOnTheCouncil

    async def sweep(self) -> int:
        """Let terms begin and end. Every replica sweeps; the version decides who acts."""
        now = self._clock()
        acted = 0
        for id in await self._councils.due(now):
            try:
                before = await self._councils.require(id)
                stored = await self._councils.change(
                    id,
                    lambda state: council.turn_terms(state, now),
                    cause=Cause(SYSTEM, correlation_id=id),
                    now=now,
                )
                acted += stored.version != before.version
            except Refusal as refusal:  # too many races; the next sweep comes soon
                log.warning("council %s stays due: %s", id, refusal)
        return acted

    def _receipt(self, stored: Stored[Council]) -> Document:
        sits = bool(stored.state.sitting(self._clock()))
        return {"id": stored.id, "status": "sitting" if sits else "empty", "version": stored.version}
