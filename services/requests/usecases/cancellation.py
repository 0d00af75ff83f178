"""Cancellation by the city office after a hearing of the applicant."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.requests.domain import cancellation_steps
from services.requests.domain.request import Event, SupportRequest
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.refusals import Forbidden
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Stored
from shared.web.api import receipt
from shared.web.caller import Caller


class Cancellations:
    """Use cases about notices of cancellation."""

    def __init__(self, requests: Aggregates[SupportRequest, Event], clock: Clock, calendar: WorkingCalendar) -> None:
        self._requests = requests
        self._clock = clock
        self._calendar = calendar

    async def notify(
        self, id: str, grounds: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Give notice (city office). Raises NotFound, Forbidden, StaleVersion, NothingToCancel, NoticeOpen."""
        await self._require_office(id, caller)
        now = self._clock()
        return await self._change(
            id,
            lambda state: cancellation_steps.notify(state, grounds=grounds, calendar=self._calendar, now=now),
            command, cause, expected_version, now,
        )  # fmt: skip

    async def answer(
        self, id: str, text: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Answer the notice (applicant). Raises NotFound, Forbidden, StaleVersion, NoNotice, HearingOver."""
        stored = await self._requests.require(id)
        if not caller.represents(stored.state.organization):
            raise Forbidden(roles="applicant")
        now = self._clock()
        return await self._change(
            id, lambda state: cancellation_steps.answer(state, text=text, now=now),
            command, cause, expected_version, now,
        )  # fmt: skip

    async def drop(
        self, id: str, reason: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Drop the notice (city office). Raises NotFound, Forbidden, StaleVersion, NoNotice."""
        await self._require_office(id, caller)
        now = self._clock()
        return await self._change(
            id, lambda state: cancellation_steps.drop(state, reason=reason, now=now),
            command, cause, expected_version, now,
        )  # fmt: skip

    async def cancel(
        self, id: str, proven_costs: int, reason: str, *, caller: Caller, command: Command, cause: Cause,
        expected_version: int | None,
    ) -> Stored[SupportRequest]:  # fmt: skip
        """Cancel it (city office). Raises NotFound, Forbidden, StaleVersion, NoNotice, HearingNotOver, InvalidFields."""
        await self._require_office(id, caller)
        now = self._clock()
        return await self._change(
            id,
            lambda state: cancellation_steps.cancel(state, proven_costs=proven_costs, reason=reason, now=now),
            command, cause, expected_version, now,
        )  # fmt: skip

    async def _require_office(self, id: str, caller: Caller) -> None:
        """The city's office: the district that committed the money does not cancel it by itself."""
        await self._requests.require(id)
        caller.require_whole_city("city_office")

    async def _change(
        self,
        id: str,
        decide: Callable[[SupportRequest], Sequence[Event]],
        command: Command,
        cause: Cause,
        expected_version: int | None,
        now: datetime,
    ) -> Stored[SupportRequest]:
        return await self._requests.change(
            id, decide, cause=cause, now=now, command=command, expected_version=expected_version, answer=receipt
        )
