"""Standing beyond approval and suspension: its end by time, the organisation's answer, and its end for good (REG-4, REG-8)."""

from collections.abc import Sequence
from datetime import date, datetime

from services.registry.domain import standing_steps
from services.registry.domain.organization import Organization, OrganizationEvent
from services.registry.usecases import access
from services.registry.usecases.changing import Changing
from services.registry.usecases.merging import MergingUseCases
from services.registry.usecases.organizations import Call
from shared.clock import new_id
from shared.contracts.envelope import Cause
from shared.storage.ports import Stored, TooBusy


class StandingUseCases:
    """Use cases of standings."""

    def __init__(self, changing: Changing, merging: MergingUseCases) -> None:
        self._changing = changing
        self._merging = merging

    async def revoke(self, id: str, reason: str, call: Call) -> Stored[Organization]:
        """Take the standing away for good (city office). Raises Forbidden, WrongStatus."""

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            access.require_office(call.caller, state, "city_office")
            return standing_steps.revoke(state, reason, by=call.caller.subject, now=now)

        return await self._changing.change(id, call, decide)

    async def answer_suspension(self, id: str, text: str, call: Call) -> Stored[Organization]:
        """Answer the suspension (its own people). Raises Forbidden, WrongStatus, AlreadyAnswered, AnswerOverdue."""

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            access.require_own(call.caller, state)
            return standing_steps.answer_suspension(state, text, by=call.caller.subject, now=now)

        return await self._changing.change(id, call, decide)

    async def sweep(self) -> int:
        """Let end what is over, warn of what ends soon, complete what a crash left of a merger.

        Another replica may be first; then nothing happens.
        """
        due = await self._changing.organizations.due(self._changing.clock())
        for id in due:
            try:
                await self._on_time(id)
            except TooBusy:
                continue  # somebody is at work on it; the next sweep looks again
        return len(due)

    async def _on_time(self, id: str) -> None:
        cause = Cause(actor="system:registry", correlation_id=new_id())
        await self._merging.complete(id, cause)
        now = self._changing.clock()
        await self._changing.organizations.change(
            id, lambda state: standing_steps.on_time(state, now=now), cause=cause, now=now
        )
