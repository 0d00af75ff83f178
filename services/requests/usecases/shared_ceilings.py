"""Counting a request against the ceiling of its organisation, and of all that share people or an account with it (REG-5)."""

from collections.abc import Mapping, Sequence

from services.requests.domain.programme import Programme
from services.requests.domain.request import Event as RequestEvent
from services.requests.domain.request import SupportRequest
from services.requests.domain.shared_ceilings import Event, SharedCeiling, claim, counted
from services.requests.outbound.store import Copied
from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.storage.aggregates import Aggregates
from shared.storage.ports import TooBusy


class SharedCeilings:
    """A person or an account is known here by the keyed hash that registry tells, and by nothing else."""

    def __init__(
        self,
        ceilings: Aggregates[SharedCeiling, Event],
        requests: Aggregates[SupportRequest, RequestEvent],
        copies: Copied,
        clock: Clock,
    ) -> None:
        self._ceilings = ceilings
        self._requests = requests
        self._copies = copies
        self._clock = clock

    async def take(self, request: SupportRequest, programme: Programme, cause: Cause) -> None:
        """Count it under each of its organisation's keys before the submission is saved. Raises SharedCeilingReached.

        All are looked at first: a refusal leaves no claim behind, but for one that another submission causes at the same moment. If
        the save fails after it, the draft keeps its claim, as a place (place.py): it can be submitted again, or withdrawn.
        """
        ceiling, amount = programme.terms.organization_ceiling, request.proposal.amount_asked
        if ceiling is None or amount is None or request.proposal.support != "money":
            return
        keys = await self._keys(programme.id, request.organization)
        for key in keys:
            await self._claim(key, request, amount, programme, cause, save=False)
        for key in keys:
            await self._claim(key, request, amount, programme, cause, save=True)

    async def _keys(self, programme: str, organization: str) -> Sequence[str]:
        copy = await self._copies.standings.get(organization)
        shares: Sequence[str] = [] if copy is None else copy.get("shares", [])
        return sorted(derive_id("ceiling", programme, key) for key in (organization, *shares))

    async def _claim(
        self, key: str, request: SupportRequest, amount: int, programme: Programme, cause: Cause, *, save: bool
    ) -> None:
        seen = await self._ceilings.get(key)
        others = await self._others(seen.state if seen is not None else None, request.id)
        now = self._clock()

        def decide(state: SharedCeiling | None) -> Sequence[Event]:
            if state != (None if seen is None else seen.state):
                raise TooBusy(noun="ceiling", id=key)  # another submission at the same moment: what was counted is old
            return claim(
                state,
                id=key,
                request=request.id,
                amount=amount,
                ceiling=programme.terms.organization_ceiling or 0,
                currency=programme.terms.currency,
                others=others,
                now=now,
            )

        if save:
            await self._ceilings.execute(key, decide, cause=cause, now=now)
        else:
            decide(None if seen is None else seen.state)

    async def _others(self, state: SharedCeiling | None, request: str) -> Mapping[str, int]:
        others: dict[str, int] = {}
        for made in () if state is None else state.claims:
            if made.request != request:
                other = await self._requests.get(made.request)
                others[made.request] = made.amount if other is None else counted(other.state, made.amount)
        return others
