"""Districts: defined and changed by the city office, read by everybody."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.registry.domain.district import District, DistrictEvent, define, is_valid
from shared.clock import Clock
from shared.contracts.envelope import Cause
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Page, Stored
from shared.web.caller import Caller


class DistrictUseCases:
    """Use cases of districts."""

    def __init__(self, districts: Aggregates[District, DistrictEvent], clock: Clock) -> None:
        self._districts = districts
        self.clock = clock

    async def define(
        self, district: District, *, caller: Caller, cause: Cause, expected_version: int | None
    ) -> Stored[District]:
        """Define a district or change it (city office). Raises Forbidden, InvalidFields, StaleVersion."""
        caller.require_whole_city("city_office")
        return await self._districts.execute(
            district.id,
            lambda state: define(state, district),
            cause=cause,
            now=self.clock(),
            expected_version=expected_version,
        )

    async def get(self, id: str) -> Stored[District]:
        """Return a district. Raises NotFound."""
        return await self._districts.require(id)

    async def page(self, cursor: str | None, limit: int) -> Page[Stored[District]]:
        """Return districts in the city's own order."""
        return await self._districts.page({}, order=(("order", 1),), cursor=cursor, limit=limit)

    async def all(self) -> Sequence[District]:
        """Return all districts there ever were, by id."""
        return [stored.state for stored in await self._districts.find({})]

    async def in_force(self, ids: Iterable[str], at: datetime) -> frozenset[str]:
        """Return which of the ids are districts that exist at this instant."""
        found = await self._districts.find({"_id": {"$in": list(ids)}})
        return frozenset(stored.id for stored in found if is_valid(stored.state, at))
