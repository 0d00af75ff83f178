"""What the applicant does with an award before accepting it (REQ-8)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.requests.domain import award_steps
from services.requests.domain.award import RevisedPlan
from services.requests.domain.request import Event, SupportRequest
from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.refusals import Forbidden
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Stored
from shared.web.api import receipt
from shared.web.caller import Caller


class Awards:
    """Use cases about awards. They need the role applicant of the request's organisation."""

    def __init__(self, requests: Aggregates[SupportRequest, Event], clock: Clock) -> None:
        self._requests = requests
        self._clock = clock

    async def revise_plan(
        self,
        id: str,
        plan: RevisedPlan,
        *,
        caller: Caller,
        command: Command,
        cause: Cause,
        expected_version: int | None,
    ) -> Stored[SupportRequest]:
        """Say how it is done with less than the minimum.

        Raises NotFound, Forbidden, StaleVersion, NoPlanNeeded, RevisedPlanOverdue, InvalidFields.
        """
        now = self._clock()
        return await self._change(
            id,
            lambda state: award_steps.revise_plan(state, plan, now=now),
            caller,
            command,
            cause,
            expected_version,
            now,
        )

    async def decline(
        self, id: str, reason: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Decline the award. Raises NotFound, Forbidden, StaleVersion, NothingToDecline."""
        now = self._clock()
        return await self._change(
            id, lambda state: award_steps.decline(state, reason=reason, now=now),
            caller, command, cause, expected_version, now,
        )  # fmt: skip

    async def _change(
        self,
        id: str,
        decide: Callable[[SupportRequest], Sequence[Event]],
        caller: Caller,
        command: Command,
        cause: Cause,
        expected_version: int | None,
        now: datetime,
    ) -> Stored[SupportRequest]:
        stored = await self._requests.require(id)
        if not caller.represents(stored.state.organization):
            raise Forbidden(roles="applicant")
        return await self._requests.change(
            id, decide, cause=cause, now=now, command=command, expected_version=expected_version, answer=receipt
        )
