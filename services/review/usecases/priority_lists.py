"""Priority lists: the city's by headquarters, a district's by its secretary with the council's minutes (REV-14)."""

from collections.abc import Sequence

from services.review.domain import priority_list
from services.review.domain.priority_list import PriorityList, PriorityListEvent
from services.review.domain.priority_proposal import PriorityProposal, ProposalEvent
from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.refusals import FieldError, InvalidFields
from shared.contracts.review import TopicWeight
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Document, Page, Stored
from shared.web.caller import Caller


class PriorityLists:
    """Adopt and read priority lists."""

    def __init__(
        self,
        lists: Aggregates[PriorityList, PriorityListEvent],
        proposals: Aggregates[PriorityProposal, ProposalEvent],
        clock: Clock,
    ) -> None:
        self._lists = lists
        self._proposals = proposals
        self._clock = clock

    async def adopt(
        self,
        *,
        district: str | None,
        topics: Sequence[TopicWeight],
        minutes_number: str | None,
        caller: Caller,
        command: Command,
        cause: Cause,
        expected_version: int | None,
        proposal: str | None = None,
    ) -> Stored[PriorityList]:
        """Adopt the next version of the city's list (district None) or a district's, maybe from a proposed order of that district.

        Raises Forbidden, InvalidFields, StaleVersion.
        """
        if district is None:
            caller.require_whole_city("hq")
        else:
            caller.require("secretary", district=district)
        await self._require_proposal(proposal, district)
        now = self._clock()
        return await self._lists.execute(
            priority_list.list_id(district),
            lambda state: priority_list.adopt(
                state, district=district, topics=topics, minutes_number=minutes_number, now=now, proposal=proposal
            ),
            cause=cause,
            now=now,
            command=command,
            expected_version=expected_version,
            answer=_receipt,
        )

    async def get(self, id: str) -> Stored[PriorityList]:
        """Return a list with its versions; the id is ``city`` or ``district:<id>``. Raises NotFound."""
        return await self._lists.require(id)

    async def page(self, *, district: str | None, cursor: str | None, limit: int) -> Page[Stored[PriorityList]]:
        """Return lists by id: all, or one district's."""
        where = {} if district is None else {"district": district}
        return await self._lists.page(where, order=(("_id", 1),), cursor=cursor, limit=limit)

    async def _require_proposal(self, proposal: str | None, district: str | None) -> None:
        if proposal is None:
            return
        known = await self._proposals.get(proposal)
        if known is None or known.state.district != district:
            raise InvalidFields(errors=[FieldError("/proposal", "no_such_proposal")])


def _receipt(stored: Stored[PriorityList]) -> Document:
    return {"id": stored.id, "status": "adopted", "version": stored.state.latest.version}
