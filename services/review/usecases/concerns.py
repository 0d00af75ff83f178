"""Concerns: reported, monitored and resolved by council members; everybody reads them (REV-15)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.review.domain import concern
from services.review.domain.concern import Concern, ConcernEvent
from services.review.usecases.councils import Councils
from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.contracts.participation import ConcernStatus
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Page, Stored
from shared.web.api import receipt
from shared.web.caller import Caller

NEWEST_FIRST: Final = (("reported_at", -1),)


@dataclass(frozen=True, slots=True)
class ConcernForm:
    """What a council member reports."""

    district: str
    neighbourhood: str
    topic: str
    severity: int
    evidence: str


@dataclass(frozen=True, slots=True)
class ConcernFilters:
    """What the list is narrowed to; None: not narrowed."""

    district: str | None = None
    neighbourhood: str | None = None
    topic: str | None = None
    status: ConcernStatus | None = None


class Concerns:
    """Report, monitor, resolve and read concerns."""

    def __init__(self, concerns: Aggregates[Concern, ConcernEvent], councils: Councils, clock: Clock) -> None:
        self._concerns = concerns
        self._councils = councils
        self._clock = clock

    async def report(self, form: ConcernForm, *, caller: Caller, command: Command, cause: Cause) -> Stored[Concern]:
        """Report a concern of the own council's neighbourhood; of any in the district for members of the district's council.

        Raises Forbidden, NotOnTheCouncil, InvalidFields (no such neighbourhood).
        """
        council = await self._councils.require_seat(caller, form.district, form.neighbourhood)
        now = self._clock()
        reported = Concern(
            id=derive_id("concern", command.subject, command.key),
            council=council,
            district=form.district,
            neighbourhood=form.neighbourhood,
            topic=form.topic,
            severity=form.severity,
            evidence=form.evidence,
            reported_at=now,
        )
        return await self._concerns.execute(
            reported.id,
            lambda state: concern.report(state, reported),
            cause=cause,
            now=now,
            command=command,
            answer=receipt,
        )

    async def monitor(self, id: str, *, reason: str, caller: Caller, command: Command, cause: Cause) -> Stored[Concern]:
        """Note that the council looks after it. Raises NotFound, Forbidden, NotOnTheCouncil, what concern.monitor raises."""
        now = self._clock()
        return await self._step(
            id,
            lambda state: concern.monitor(state, reason=reason, now=now),
            caller=caller,
            command=command,
            cause=cause,
        )

    async def resolve(self, id: str, *, reason: str, caller: Caller, command: Command, cause: Cause) -> Stored[Concern]:
        """End a monitored concern. Raises NotFound, Forbidden, NotOnTheCouncil, what concern.resolve raises."""
        now = self._clock()
        return await self._step(
            id,
            lambda state: concern.resolve(state, reason=reason, now=now),
            caller=caller,
            command=command,
            cause=cause,
        )

    async def _step(
        self,
        id: str,
        decide: Callable[[Concern], Sequence[ConcernEvent]],
        *,
        caller: Caller,
        command: Command,
        cause: Cause,
    ) -> Stored[Concern]:
        state = (await self._concerns.require(id)).state
        await self._councils.require_seat(caller, state.district, state.neighbourhood)
        return await self._concerns.change(id, decide, cause=cause, now=self._clock(), command=command, answer=receipt)

    async def get(self, id: str) -> Stored[Concern]:
        """Return a concern; the view decides what of it is shown. Raises NotFound."""
        return await self._concerns.require(id)

    async def page(self, filters: ConcernFilters, *, cursor: str | None, limit: int) -> Page[Stored[Concern]]:
        """Return concerns, the newest first."""
        asked = {
            "district": filters.district,
            "neighbourhood": filters.neighbourhood,
            "topic": filters.topic,
            "status": filters.status,
        }
        where: dict[str, Any] = {field: value for field, value in asked.items() if value is not None}
        return await self._concerns.page(where, order=NEWEST_FIRST, cursor=cursor, limit=limit)
