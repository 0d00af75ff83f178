"""Proposed orders of a district's topics, drawn up from its unresolved concerns (REV-15); adopting is the council's (REV-14)."""

from typing import Any, Final

from services.review.domain import priority_proposal
from services.review.domain.concern import Concern, ConcernEvent
from services.review.domain.priority_list import CITY_LIST, PriorityList, PriorityListEvent
from services.review.domain.priority_proposal import UNRESOLVED, PriorityProposal, ProposalEvent, SeverityCount
from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Document, Page, Stored
from shared.web.caller import Caller

NEWEST_FIRST: Final = (("drawn_up_at", -1),)


class PriorityProposals:
    """Draw up and read proposed orders."""

    def __init__(
        self,
        proposals: Aggregates[PriorityProposal, ProposalEvent],
        concerns: Aggregates[Concern, ConcernEvent],
        lists: Aggregates[PriorityList, PriorityListEvent],
        clock: Clock,
    ) -> None:
        self._proposals = proposals
        self._concerns = concerns
        self._lists = lists
        self._clock = clock

    async def draw_up(
        self, *, district: str, caller: Caller, command: Command, cause: Cause
    ) -> Stored[PriorityProposal]:
        """Roll up the district's unresolved concerns as they are now. Raises Forbidden, NothingToPropose."""
        caller.require("secretary", district=district)
        city = await self._lists.get(CITY_LIST)
        city_topics = frozenset(topic.topic for topic in city.state.latest.topics) if city else frozenset[str]()
        topics = priority_proposal.propose_order(await self._counts(district), city_topics=city_topics)
        id, now = derive_id("priority_proposal", command.subject, command.key), self._clock()
        return await self._proposals.execute(
            id,
            lambda state: priority_proposal.draw_up(
                state,
                id=id,
                district=district,
                city_priorities=city.state.latest.version if city else 0,
                topics=topics,
                now=now,
            ),
            cause=cause,
            now=now,
            command=command,
            answer=_receipt,
        )

    async def _counts(self, district: str) -> list[SeverityCount]:
        """Count by topic and severity: read from the index alone, however many concerns there are."""
        where = {"district": district, "status": {"$in": list(UNRESOLVED)}}
        groups = await self._concerns.documents.groups(where, ("topic", "severity"))
        return [SeverityCount(group.values[0], group.values[1], group.count) for group in groups]

    async def get(self, id: str) -> Stored[PriorityProposal]:
        """Return a proposed order. Raises NotFound."""
        return await self._proposals.require(id)

    async def page(self, *, district: str | None, cursor: str | None, limit: int) -> Page[Stored[PriorityProposal]]:
        """Return proposed orders, the newest first: all, or one district's."""
        where: dict[str, Any] = {} if district is None else {"district": district}
        return await self._proposals.page(where, order=NEWEST_FIRST, cursor=cursor, limit=limit)


def _receipt(stored: Stored[PriorityProposal]) -> Document:
    return {"id": stored.id, "status": "proposed", "version": stored.version}
