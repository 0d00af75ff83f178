"""Appeals against decisions: lodged and withdrawn by the applicant, admitted or refused by the city office (REQ-13)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.requests.domain import appeal_steps, panel_steps
from services.requests.domain.appeals import Ground
from services.requests.domain.request import Event, SupportRequest
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.refusals import Forbidden
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Stored
from shared.web.api import receipt
from shared.web.caller import Caller


class Appeals:
    """Use cases about appeals."""

    def __init__(self, requests: Aggregates[SupportRequest, Event], clock: Clock, calendar: WorkingCalendar) -> None:
        self._requests = requests
        self._clock = clock
        self._calendar = calendar

    async def lodge(
        self, id: str, ground: Ground, text: str, *, caller: Caller, command: Command, cause: Cause,
        expected_version: int | None,
    ) -> Stored[SupportRequest]:  # fmt: skip
        """Appeal (applicant). Raises NotFound, Forbidden, StaleVersion, NothingToAppeal, AppealedAlready, AppealTooLate."""
        stored = await self._requests.require(id)
        if not caller.represents(stored.state.organization):
            raise Forbidden(roles="applicant")
        now = self._clock()
        return await self._change(
            id, lambda state: appeal_steps.lodge(state, ground=ground, text=text, calendar=self._calendar, now=now),
            command, cause, expected_version, now,
        )  # fmt: skip

    async def withdraw(
        self, id: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Withdraw it (applicant). Raises NotFound, Forbidden, StaleVersion, NoAppealToWithdraw."""
        stored = await self._requests.require(id)
        if not caller.represents(stored.state.organization):
            raise Forbidden(roles="applicant")
        now = self._clock()

        def decide(state: SupportRequest) -> Sequence[Event]:
            return panel_steps.anew(state, appeal_steps.withdraw(state, now=now), calendar=self._calendar, now=now)

        return await self._change(id, decide, command, cause, expected_version, now)

    async def admit(
        self, id: str, reason: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Admit it (city office). Raises NotFound, Forbidden, StaleVersion, NoAppealToAnswer."""
        await self._require_office(id, caller)
        now = self._clock()
        return await self._change(
            id, lambda state: appeal_steps.admit(state, reason=reason, now=now), command, cause, expected_version, now
        )

    async def refuse(
        self, id: str, reason: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Refuse it (city office). Raises NotFound, Forbidden, StaleVersion, NoAppealToAnswer."""
        await self._require_office(id, caller)
        now = self._clock()
        return await self._change(
            id, lambda state: appeal_steps.refuse(state, reason=reason, now=now), command, cause, expected_version, now
        )

    async def _require_office(self, id: str, caller: Caller) -> None:
        """The city's office, not one of the district that decided."""
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
