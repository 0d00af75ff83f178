"""Closing what is carried out and reported (REQ-12)."""

from services.requests.domain import closing_steps
from services.requests.domain.request import Event, SupportRequest
from services.requests.usecases.reports import ANSWERING
from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Stored
from shared.web.api import receipt
from shared.web.caller import Caller


class Closing:
    """Use cases of the district's office at the end of a request."""

    def __init__(self, requests: Aggregates[SupportRequest, Event], clock: Clock) -> None:
        self._requests = requests
        self._clock = clock

    async def close(
        self, id: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Close it (secretary, budget officer). Raises NotFound, Forbidden, StaleVersion, NothingToClose, StillPending."""
        stored = await self._requests.require(id)
        caller.require(*ANSWERING, district=stored.state.proposal.district)
        now = self._clock()
        return await self._requests.change(
            id, lambda state: closing_steps.close(state, now=now), cause=cause, now=now, command=command,
            expected_version=expected_version, answer=receipt,
        )  # fmt: skip
