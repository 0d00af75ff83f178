"""Rule sets: adopted by the city office, readable by everybody, in every version (REV-11)."""

from services.review.domain import rule_set
from services.review.domain.rule_set import RuleSet, RuleSetEvent
from services.review.usecases.openings import Openings
from shared.clock import Clock
from shared.contracts.base import Names
from shared.contracts.envelope import Cause
from shared.contracts.review import Rules
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Document, Page, Stored
from shared.web.caller import Caller


class RuleSets:
    """Adopt and read rule sets."""

    def __init__(self, rule_sets: Aggregates[RuleSet, RuleSetEvent], openings: Openings, clock: Clock) -> None:
        self._rule_sets = rule_sets
        self._openings = openings
        self._clock = clock

    async def adopt(
        self,
        id: str,
        *,
        names: Names,
        rules: Rules,
        caller: Caller,
        command: Command,
        cause: Cause,
        expected_version: int | None,
    ) -> Stored[RuleSet]:
        """Adopt the next version; cases that waited for it open. Raises Forbidden, RulesContradict, StaleVersion."""
        caller.require_whole_city("city_office")
        now = self._clock()
        stored = await self._rule_sets.execute(
            id,
            lambda state: rule_set.adopt(state, id=id, names=names, rules=rules, now=now),
            cause=cause,
            now=now,
            command=command,
            expected_version=expected_version,
            answer=_receipt,
        )
        await self._openings.open_waiting(cause)
        return stored

    async def get(self, id: str) -> Stored[RuleSet]:
        """Return a rule set with its versions. Raises NotFound."""
        return await self._rule_sets.require(id)

    async def page(self, *, cursor: str | None, limit: int) -> Page[Stored[RuleSet]]:
        """Return rule sets by id."""
        return await self._rule_sets.page({}, order=(("_id", 1),), cursor=cursor, limit=limit)


def _receipt(stored: Stored[RuleSet]) -> Document:
    return {"id": stored.id, "status": "adopted", "version": stored.state.latest.version}
