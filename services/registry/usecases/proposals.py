"""Changes of a profile after approval (REG-6)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from services.registry.domain import proposal_steps
from services.registry.domain.kinds import Kinds
from services.registry.domain.organization import LegalIdTaken, Organization, OrganizationEvent
from services.registry.domain.profile import lies_in
from services.registry.domain.validity import validity_of
from services.registry.usecases import access
from services.registry.usecases.changing import Changing
from services.registry.usecases.identifiers import keys_of, normalised
from services.registry.usecases.organizations import Call, OrganizationUseCases, Seen
from shared.certifying import Certifying
from shared.contracts.refusals import FieldError, InvalidFields
from shared.storage.ports import DuplicateValue, Page, Stored
from shared.web.caller import Caller


class ProposalUseCases:
    """Use cases of proposals."""

    def __init__(
        self, changing: Changing, organizations: OrganizationUseCases, kinds: Kinds, certifying: Certifying
    ) -> None:
        self._changing = changing
        self._organizations = organizations
        self._kinds = kinds
        self._certifying = certifying

    async def propose(self, id: str, parts: Mapping[str, Any], call: Call) -> Stored[Organization]:
        """Propose to replace whole parts of the profile (its own people). Raises Forbidden, InvalidFields, WrongStatus, NothingProposed."""
        stored = await self._changing.require(id)
        access.require_own(call.caller, stored.state)
        wanted = replace(stored.state.profile, **parts)
        pointers = tuple(f"/{part}" for part in parts)
        faults = await self._organizations.faults(wanted, self._changing.clock())
        faults = [fault for fault in faults if lies_in(fault.pointer, pointers)]
        if faults:
            raise InvalidFields(errors=faults)
        checked = normalised(wanted)
        by = call.caller.subject

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            profile = replace(state.profile, **{part: getattr(checked, part) for part in parts})
            return proposal_steps.propose_change(state, sorted(parts), profile, by=by, now=now)

        return await self._changing.change(id, call, decide)

    async def accept(self, id: str, number: int, call: Call) -> Stored[Organization]:
        """Change the profile as proposed (registrar). Raises Forbidden, WrongStatus, ProfileIncomplete, LegalIdTaken and as deny."""
        by = call.caller.subject

        def decide(state: Organization, now: datetime, today: date) -> Sequence[OrganizationEvent]:
            access.require_registrar(call.caller, state)
            profile = proposal_steps.proposed_profile(state, number)
            kind, since = self._kinds[profile.kind], state.decision.at if state.decision else now
            validity = validity_of(profile, kind, self._changing.terms, self._changing.calendar, since=since)
            return proposal_steps.accept_proposal(
                state, number, kind, keys_of(profile, self._certifying), validity, by=by, now=now, today=today
            )

        try:
            return await self._changing.change(id, call, decide)
        except DuplicateValue as duplicate:  # the one unique field is the claimed legal id
            raise LegalIdTaken(errors=[FieldError("/legal_id", "legal_id_taken")]) from duplicate

    async def deny(self, id: str, number: int, reason: str, call: Call) -> Stored[Organization]:
        """Leave the profile as it is (registrar). Raises Forbidden, NoSuchProposal, ProposalNotPending."""

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            access.require_registrar(call.caller, state)
            return proposal_steps.deny_proposal(state, number, reason, by=call.caller.subject, now=now)

        return await self._changing.change(id, call, decide)

    async def of(self, id: str, caller: Caller) -> Seen:
        """Return the organisation with its proposals, as far as the caller sees them. Raises NotFound, Forbidden."""
        stored = await self._changing.require(id)
        return Seen(stored, access.require_inner_sight(caller, stored.state))

    async def page(
        self, caller: Caller, district: str | None, *, cursor: str | None, limit: int
    ) -> Page[Stored[Organization]]:
        """Return organisations with a proposal that waits, in the caller's districts. Raises Forbidden."""
        where: dict[str, Any] = {"pending_proposal": {"$gte": 1}, **access.in_own_districts(caller, district)}
        return await self._changing.organizations.page(where, order=(("status_since", 1),), cursor=cursor, limit=limit)
