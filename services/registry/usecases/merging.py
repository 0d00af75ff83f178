"""Merging likely duplicates (REG-5)."""

from collections.abc import Sequence
from datetime import date, datetime

from services.registry.domain import merge_steps
from services.registry.domain.kinds import Kinds
from services.registry.domain.merging import MergedPart, merged_profile
from services.registry.domain.organization import Organization, OrganizationEvent
from services.registry.usecases import access
from services.registry.usecases.changing import Changing
from services.registry.usecases.identifiers import keys_of
from services.registry.usecases.organizations import Call
from shared.certifying import Certifying
from shared.contracts.envelope import Cause
from shared.contracts.refusals import FieldError, InvalidFields
from shared.storage.ports import Stored


class MergingUseCases:
    """Use cases of merging."""

    def __init__(self, changing: Changing, kinds: Kinds, certifying: Certifying) -> None:
        self._changing = changing
        self._kinds = kinds
        self._certifying = certifying

    async def merge(
        self, id: str, survivor_id: str, parts: tuple[MergedPart, ...], reason: str, call: Call
    ) -> Stored[Organization]:
        """Merge an organisation into the one that it is (registrar of both).

        Raises Forbidden, InvalidFields, WrongStatus, HadStanding, NotALikelyDuplicate, ProfileIncomplete.
        """
        stored = await self._changing.require(id)
        access.require_registrar(call.caller, stored.state)
        found = await self._changing.organizations.get(survivor_id)
        if found is None:
            raise InvalidFields(errors=[FieldError("/survivor", "unknown_organization")])
        survivor = found.state
        access.require_registrar(call.caller, survivor)

        def decide(state: Organization, now: datetime, today: date) -> Sequence[OrganizationEvent]:
            access.require_registrar(call.caller, state)
            kind, by = self._kinds[survivor.profile.kind], call.caller.subject
            return merge_steps.merge(state, survivor, kind, parts, reason, by=by, now=now, today=today)

        merged = await self._changing.change(id, call, decide)
        await self.complete(id, call.cause)
        return merged

    async def complete(self, id: str, cause: Cause) -> None:
        """Have the survivor take over what it should, and note that; nothing if nothing was merged or all is done."""
        merged = (await self._changing.require(id)).state
        if merged.merger is None or merged.merger.completed:
            return
        now, parts = self._changing.clock(), merged.merger.parts

        def absorb(survivor: Organization) -> Sequence[OrganizationEvent]:
            profile = merged_profile(survivor.profile, merged.profile, parts)
            keys = keys_of(profile, self._certifying)
            return merge_steps.absorb(survivor, merged, keys, now=now)

        organizations = self._changing.organizations
        await organizations.change(merged.merger.survivor, absorb, cause=cause, now=now)
        await organizations.change(id, lambda state: merge_steps.complete(state, now=now), cause=cause, now=now)
