"""Ranked calls: when the last case is over, the books are told by themselves (BUD-5)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.requests.domain.call_steps import UNDECIDED, decide_call, holds_up
from services.requests.domain.programme import Event as ProgrammeEvent
from services.requests.domain.programme import Programme
from services.requests.domain.request import Event as RequestEvent
from services.requests.domain.request import SupportRequest
from services.requests.domain.statuses import AWARDED
from shared.clock import Clock, new_id
from shared.contracts.envelope import Cause
from shared.storage.aggregates import Aggregates
from shared.storage.ports import TooBusy

CASES_AWAITED: Final[Mapping[str, Any]] = {
    "terms.waiting_rule": "ranked",
    "cases_over_at": None,
    "status": "closed",
}


class Calls:
    """Nobody asks for it: whatever ends the last case, and in whatever order it is heard, the next look finds it."""

    def __init__(
        self,
        programmes: Aggregates[Programme, ProgrammeEvent],
        requests: Aggregates[SupportRequest, RequestEvent],
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._requests = requests
        self._clock = clock

    async def sweep(self) -> int:
        """Announce the closed calls whose last case is over; returns how many. Another replica may be first."""
        done = 0
        for call in await self._programmes.find(CASES_AWAITED):
            if await self._awaits_a_case(call.id):
                continue
            try:
                await self._decide(call.id)
                done += 1
            except TooBusy:
                continue  # the next sweep looks again
        return done

    async def _awaits_a_case(self, call: str) -> bool:
        async for id in self._requests.documents.ids(_of(call, UNDECIDED)):
            if holds_up((await self._requests.require(id)).state):
                return True
        return False

    async def _decide(self, call: str) -> None:
        approved: dict[str, list[str]] = defaultdict(list)
        async for id in self._requests.documents.ids(_of(call, sorted(AWARDED))):
            state = (await self._requests.require(id)).state
            if state.proposal.support == "money":
                approved[state.proposal.district or ""].append(id)
        now = self._clock()
        cause = Cause(actor="system:requests", correlation_id=new_id())
        await self._programmes.change(
            call, lambda state: decide_call(state, approved=approved, now=now), cause=cause, now=now
        )


def _of(call: str, statuses: Sequence[str]) -> Mapping[str, Any]:
    return {"proposal.programme": call, "status": {"$in": list(statuses)}}
