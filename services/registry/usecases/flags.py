"""Flags (REG-3): set and raised by the registrar and the city office, seen by staff alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from services.registry.domain import flag_steps
from services.registry.domain.flags import BLOCKING, LEVELS, Flag, find_flag
from services.registry.domain.organization import Organization, OrganizationEvent
from services.registry.usecases import access
from services.registry.usecases.changing import Changing
from services.registry.usecases.organizations import Call
from shared.contracts.ids import DistrictId
from shared.contracts.registry import FlagLevel
from shared.storage.ports import Page, Stored
from shared.web.caller import Caller


@dataclass(frozen=True, slots=True)
class FlagFilters:
    """What a list of flagged organisations asks for. ``level``: the highest level among the flags that stand."""

    level: FlagLevel | None = None
    district: DistrictId | None = None


class FlagUseCases:
    """Use cases of flags. A registrar goes as far as escalated; red, and the end of both, is the city office's."""

    def __init__(self, changing: Changing) -> None:
        self._changing = changing

    async def raise_flag(self, id: str, level: FlagLevel, reason: str, call: Call) -> Stored[Organization]:
        """Set a flag; red suspends at once. Raises Forbidden."""
        by = call.caller.subject

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            _require_flagger(call.caller, state, level)
            answer_by = self._changing.answer_by(now)
            return flag_steps.raise_flag(state, level, reason, by=by, now=now, answer_by=answer_by)

        return await self._changing.change(id, call, decide)

    async def raise_level(
        self, id: str, number: int, level: FlagLevel, reason: str, call: Call
    ) -> Stored[Organization]:
        """Raise a flag's level; red suspends at once. Raises Forbidden, NoSuchFlag, FlagIsResolved, LevelNotHigher."""
        by = call.caller.subject

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            _require_flagger(call.caller, state, level)
            answer_by = self._changing.answer_by(now)
            return flag_steps.raise_flag_level(state, number, level, reason, by=by, now=now, answer_by=answer_by)

        return await self._changing.change(id, call, decide)

    async def resolve(self, id: str, number: int, reason: str, call: Call) -> Stored[Organization]:
        """Say why a flag no longer stands. Raises Forbidden, NoSuchFlag, FlagIsResolved."""
        by = call.caller.subject

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            access.require_office(call.caller, state, "registrar", "city_office")
            if (
                find_flag(state.flags, number).level in BLOCKING
            ):  # who may not approve past it may not wave it away either
                access.require_office(call.caller, state, "city_office")
            return flag_steps.resolve_flag(state, number, reason, by=by, now=now)

        return await self._changing.change(id, call, decide)

    async def of(self, id: str, caller: Caller) -> Sequence[Flag]:
        """Return all flags of an organisation, the first first. Raises NotFound, Forbidden."""
        stored = await self._changing.require(id)
        access.require_staff_sight(caller, stored.state)
        return stored.state.flags

    async def page(
        self, filters: FlagFilters, caller: Caller, *, cursor: str | None, limit: int
    ) -> Page[Stored[Organization]]:
        """Return organisations with a flag that stands, in the caller's districts, oldest status first. Raises Forbidden."""
        where: dict[str, Any] = {"flag_level": filters.level or {"$in": list(LEVELS)}}
        where |= access.in_own_districts(caller, filters.district)
        found = await self._changing.organizations.page(where, order=(("status_since", 1),), cursor=cursor, limit=limit)
        return replace(found, items=[stored for stored in found.items if not access.is_own(caller, stored.state)])


def _require_flagger(caller: Caller, state: Organization, level: FlagLevel) -> None:
    if level == "red":
        access.require_office(caller, state, "city_office")
    else:
        access.require_office(caller, state, "registrar", "city_office")
