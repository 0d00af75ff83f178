"""Agreements of applicant and city after the acceptance: amendments and ends (REQ-10)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from services.requests.domain import agreement_steps
from services.requests.domain.agreements import Change, Side
from services.requests.domain.request import Event, SupportRequest
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.refusals import Forbidden
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Stored
from shared.web.api import receipt
from shared.web.caller import Caller, Role

FOR_THE_CITY: Final[tuple[Role, ...]] = ("secretary", "city_office")


class Agreements:
    """Use cases about agreements. Who acts for the organisation never acts for the city as well."""

    def __init__(self, requests: Aggregates[SupportRequest, Event], clock: Clock, calendar: WorkingCalendar) -> None:
        self._requests = requests
        self._clock = clock
        self._calendar = calendar

    async def propose_amendment(
        self, id: str, change: Change, text: str, *, caller: Caller, command: Command, cause: Cause,
        expected_version: int | None,
    ) -> Stored[SupportRequest]:  # fmt: skip
        """Propose to change the plan. Raises NotFound, Forbidden, StaleVersion, NothingToAgreeOn, InvalidFields."""
        side, now = await self._side(id, caller), self._clock()
        return await self._change(
            id,
            lambda state: agreement_steps.propose_amendment(state, change, by=side, text=text, now=now),
            command, cause, expected_version, now,
        )  # fmt: skip

    async def propose_ending(
        self, id: str, amount: int, text: str, *, caller: Caller, command: Command, cause: Cause,
        expected_version: int | None,
    ) -> Stored[SupportRequest]:  # fmt: skip
        """Propose to end the award. Raises NotFound, Forbidden, StaleVersion, NothingToAgreeOn, InvalidFields."""
        side, now = await self._side(id, caller), self._clock()
        return await self._change(
            id,
            lambda state: agreement_steps.propose_ending(state, amount, by=side, text=text, now=now),
            command, cause, expected_version, now,
        )  # fmt: skip

    async def accept(
        self, id: str, number: int, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Accept what the other side proposed.

        Raises NotFound, Forbidden, StaleVersion, NoAgreementToAnswer, OtherSideAnswers, NothingToAgreeOn, AgreementOutdated.
        """
        side, now = await self._side(id, caller), self._clock()
        return await self._change(
            id,
            lambda state: agreement_steps.accept(state, number, by=side, calendar=self._calendar, now=now),
            command, cause, expected_version, now,
        )  # fmt: skip

    async def deny(
        self, id: str, number: int, reason: str, *, caller: Caller, command: Command, cause: Cause,
        expected_version: int | None,
    ) -> Stored[SupportRequest]:  # fmt: skip
        """Deny what the other side proposed.

        Raises NotFound, Forbidden, StaleVersion, NoAgreementToAnswer, OtherSideAnswers.
        """
        side, now = await self._side(id, caller), self._clock()
        return await self._change(
            id,
            lambda state: agreement_steps.deny(state, number, by=side, reason=reason, now=now),
            command, cause, expected_version, now,
        )  # fmt: skip

    async def _side(self, id: str, caller: Caller) -> Side:
        state = (await self._requests.require(id)).state
        if caller.represents(state.organization):
            return "organization"
        if state.revision > 0 and caller.has(*FOR_THE_CITY, district=state.proposal.district):
            return "city"
        raise Forbidden(roles=", ".join(("applicant", *FOR_THE_CITY)))

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
