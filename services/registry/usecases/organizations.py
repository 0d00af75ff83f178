"""Organisations: register, complete, submit, verify, decide, suspend and reinstate."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from services.registry.domain import organization as domain
from services.registry.domain.checklist import Answers
from services.registry.domain.flags import FLAG_EVENTS
from services.registry.domain.kinds import Kind, Kinds
from services.registry.domain.organization import Correction, Ground, Organization, OrganizationEvent
from services.registry.domain.profile import Profile, lies_in
from services.registry.domain.shared_people import national_codes, shared_representatives
from services.registry.domain.terms import RegistryTerms
from services.registry.domain.validity import validity_of
from services.registry.usecases import access
from services.registry.usecases.access import Sight
from services.registry.usecases.districts import DistrictUseCases
from services.registry.usecases.identifiers import draft_faults, keys_of, normalised
from shared.certifying import Certifying
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.contracts.refusals import FieldError, InvalidFields
from shared.contracts.registry import OrganizationStatus
from shared.persian.calendar import local_day
from shared.persian.text import search_tokens
from shared.storage.aggregates import Aggregates, HistoryEntry
from shared.storage.ports import Command, DuplicateValue, Page, Stored, Where
from shared.web.api import receipt
from shared.web.caller import Caller


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks for a command, and why: what every use case that changes an organisation needs."""

    caller: Caller
    command: Command
    cause: Cause


@dataclass(frozen=True, slots=True)
class Seen:
    """An organisation and how much of it the caller sees."""

    stored: Stored[Organization]
    sight: Sight


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A living organisation that resembles another; ``unresolved``: the grounds on which neither was found different."""

    state: Organization
    grounds: tuple[Ground, ...]
    unresolved: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class Relative:
    """A living organisation with some of the same representatives; ``places`` of them in the list of the one asked about."""

    state: Organization
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list asks for. ``q``: words of the name, all of which must occur. ``mine``: registered by the caller."""

    status: OrganizationStatus | None = None
    district: str | None = None
    kind: str | None = None
    q: str | None = None
    mine: bool = False


class OrganizationUseCases:
    """Use cases of organisations. Commands raise Forbidden or NotFound before anything else is told."""

    def __init__(
        self,
        organizations: Aggregates[Organization, OrganizationEvent],
        districts: DistrictUseCases,
        clock: Clock,
        calendar: WorkingCalendar,
        kinds: Kinds,
        terms: RegistryTerms,
        certifying: Certifying,
    ) -> None:
        self._organizations = organizations
        self._districts = districts
        self._clock = clock
        self._calendar = calendar
        self._kinds = kinds
        self._terms = terms
        self._certifying = certifying

    async def register(self, profile: Profile, call: Call, *, assisted: bool = False) -> Stored[Organization]:
        """Open a draft; anyone who is signed in may. The id follows from subject and Idempotency-Key. Raises InvalidFields.

        ``assisted``: an officer opens it for an applicant (REG-10).
        """
        now = self._clock()
        faults = await self.faults(profile, now)
        if faults:
            raise InvalidFields(errors=faults)
        checked = normalised(profile)
        id = derive_id("organization", call.command.subject, call.command.key)

        def decide(state: Organization | None) -> Sequence[OrganizationEvent]:
            keys = keys_of(checked, self._certifying)
            owner = call.caller.subject
            return domain.register(state, id=id, owner=owner, profile=checked, keys=keys, now=now, assisted=assisted)

        return await self._organizations.execute(
            id, decide, cause=call.cause, now=now, command=call.command, answer=receipt
        )

    async def edit(
        self, id: str, parts: Mapping[str, Any], *, caller: Caller, cause: Cause, expected_version: int | None
    ) -> Stored[Organization]:
        """Replace whole parts of the profile (fields of Profile). Raises InvalidFields, WrongStatus, FieldsNotOpen, StaleVersion."""
        now = self._clock()
        stored = await self._require(id)
        access.require_own(caller, stored.state)
        wanted = replace(stored.state.profile, **parts)
        pointers = tuple(f"/{part}" for part in parts)
        faults = [fault for fault in await self.faults(wanted, now) if lies_in(fault.pointer, pointers)]
        if faults:
            raise InvalidFields(errors=faults)
        checked = normalised(wanted)

        def decide(state: Organization) -> Sequence[OrganizationEvent]:
            profile = replace(state.profile, **{part: getattr(checked, part) for part in parts})
            return domain.edit(state, profile, keys_of(profile, self._certifying))

        return await self._organizations.change(
            id, decide, cause=cause, now=now, expected_version=expected_version, answer=receipt
        )

    async def submit(self, id: str, call: Call) -> Stored[Organization]:
        """Ask for verification. Raises WrongStatus, EntryUnconfirmed, ProfileIncomplete, LegalIdTaken (REG-5)."""

        def decide(state: Organization, now: datetime, today: date) -> Sequence[OrganizationEvent]:
            access.require_own(call.caller, state)
            return domain.submit(state, self._kind(state), now=now, today=today)

        try:
            return await self._change(id, call, decide)
        except DuplicateValue as duplicate:  # the one unique field is the claimed legal id
            raise domain.LegalIdTaken(errors=[FieldError("/legal_id", "legal_id_taken")]) from duplicate

    async def answer_checklist(self, id: str, answers: Answers, call: Call) -> Stored[Organization]:
        """Answer questions of the checklist (REG-2). Raises WrongStatus, InvalidFields."""
        by = call.caller.subject

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            access.require_registrar(call.caller, state)
            return domain.answer_checklist(state, self._kind(state), answers, by=by, now=now)

        return await self._change(id, call, decide)

    async def find_different(self, id: str, other_id: str, reason: str, call: Call) -> Stored[Organization]:
        """Note that a likely duplicate is another organisation (REG-5). Raises WrongStatus, InvalidFields, NotALikelyDuplicate."""
        other = await self._organizations.get(other_id)
        by = call.caller.subject

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            access.require_registrar(call.caller, state)
            if other is None:
                raise InvalidFields(errors=[FieldError("/organization", "unknown_organization")])
            return domain.find_different(state, other.state, reason, by=by, now=now)

        return await self._change(id, call, decide)

    async def approve(self, id: str, call: Call) -> Stored[Organization]:
        """Approve (REG-2). Raises WrongStatus, ProfileIncomplete, ChecklistNotPassed, BlockedByFlag, DuplicatesUnresolved."""
        stored = await self._require(id)
        access.require_registrar(call.caller, stored.state)
        candidates = [lookalike.state for lookalike in await self._lookalikes(stored.state)]

        def decide(state: Organization, now: datetime, today: date) -> Sequence[OrganizationEvent]:
            access.require_registrar(call.caller, state)
            by = call.caller.subject
            kind = self._kind(state)
            validity = validity_of(state.profile, kind, self._terms, self._calendar, since=now)
            return domain.approve(state, kind, candidates, by=by, now=now, today=today, validity=validity)

        return await self._change(id, call, decide)

    async def reject(self, id: str, reason: str, call: Call) -> Stored[Organization]:
        """Refuse the registration, with the reason. Raises WrongStatus."""
        return await self._with_reason(id, domain.reject, reason, call)

    async def suspend(self, id: str, reason: str, call: Call) -> Stored[Organization]:
        """Withdraw the standing for now (REG-4). Raises WrongStatus."""
        answer_by = self._calendar.due(self._clock(), self._terms.suspension_answer_within)
        return await self._with_reason(id, partial(domain.suspend, answer_by=answer_by), reason, call)

    async def reinstate(self, id: str, reason: str, call: Call) -> Stored[Organization]:
        """Give the standing back (REG-4). Raises WrongStatus, BlockedByFlag."""
        return await self._with_reason(id, domain.reinstate, reason, call)

    async def request_changes(self, id: str, corrections: Sequence[Correction], call: Call) -> Stored[Organization]:
        """Send back: only the named parts open again. Raises WrongStatus."""
        by = call.caller.subject

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            access.require_registrar(call.caller, state)
            return domain.request_changes(state, corrections, by=by, now=now)

        return await self._change(id, call, decide)

    async def get(self, id: str, caller: Caller) -> Seen:
        """Return an organisation as far as the caller sees it. Raises NotFound."""
        stored = await self._require(id)
        return Seen(stored, access.sight(caller, stored.state))

    async def page(
        self, filters: Filters, caller: Caller, *, cursor: str | None, limit: int
    ) -> Page[Stored[Organization]]:
        """Return a list, oldest status first. Raises Forbidden for a status that the caller doesn't see, InvalidFields."""
        where: dict[str, Any] = {}
        if filters.mine:
            where |= {"owner": caller.subject}
            where |= {} if filters.status is None else {"status": filters.status}
            where |= {} if filters.district is None else {"profile.districts": filters.district}
        else:
            where |= access.visible(caller, filters.status, filters.district)
        if filters.kind is not None:
            where["profile.kind"] = filters.kind
        if filters.q is not None:
            words = search_tokens(filters.q)
            if not words:
                raise InvalidFields(errors=[FieldError("q", "no_word_to_search")])
            where["keys.words"] = {"$all": list(words)}
        return await self._organizations.page(where, order=(("status_since", 1),), cursor=cursor, limit=limit)

    async def duplicates(self, id: str, caller: Caller) -> Sequence[Lookalike]:
        """Return the living organisations that resemble this one (REG-5). Raises NotFound, Forbidden."""
        stored = await self._require(id)
        access.require_staff_sight(caller, stored.state)
        return await self._lookalikes(stored.state)

    async def relatives(self, id: str, caller: Caller) -> Sequence[Relative]:
        """Return the living organisations with some of the same representatives, an observation alone (REG-5).

        Raises NotFound, Forbidden.
        """
        state = (await self._require(id)).state
        access.require_staff_sight(caller, state)
        codes = sorted(national_codes(state))
        if not codes:
            return []
        where: Where = {
            "status": {"$in": list(domain.LIVING)},
            "profile.representatives.national_code": {"$in": codes},
        }
        found = [other.state for other in await self._organizations.find(where)]
        relatives = [Relative(other, shared_representatives(state, other)) for other in found]
        return sorted((r for r in relatives if r.places), key=lambda relative: relative.state.id)

    async def history(self, id: str, caller: Caller) -> Sequence[HistoryEntry[OrganizationEvent]]:
        """Return what happened, oldest first. Raises NotFound, Forbidden."""
        stored = await self._require(id)
        access.require_inner_sight(caller, stored.state)
        entries = await self._organizations.history(id)
        if access.is_own(caller, stored.state):  # flags are notes of the office to itself (REG-3)
            return [entry for entry in entries if not isinstance(entry.event, FLAG_EVENTS)]
        return entries

    async def _require(self, id: str) -> Stored[Organization]:
        return await self._organizations.require(id)

    async def _change(
        self, id: str, call: Call, decide: Callable[[Organization, datetime, date], Sequence[OrganizationEvent]]
    ) -> Stored[Organization]:
        now = self._clock()
        today = local_day(now, self._calendar.timezone)
        return await self._organizations.change(
            id,
            lambda state: decide(state, now, today),
            cause=call.cause,
            now=now,
            command=call.command,
            answer=receipt,
        )

    async def _with_reason(
        self, id: str, verb: Callable[..., Sequence[OrganizationEvent]], reason: str, call: Call
    ) -> Stored[Organization]:
        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            access.require_registrar(call.caller, state)
            return verb(state, reason, by=call.caller.subject, now=now)

        return await self._change(id, call, decide)

    async def _lookalikes(self, state: Organization) -> Sequence[Lookalike]:
        living: Where = {"status": {"$in": list(domain.LIVING)}}
        queries: list[Where] = [
            {
                **living,
                "keys.names": {"$in": list(state.keys.names)},
                "profile.districts": {"$in": list(state.profile.districts)},
            }
        ]
        if state.profile.account is not None:
            queries.append({**living, "profile.account.sheba": state.profile.account.sheba})
        found = {other.id: other.state for where in queries for other in await self._organizations.find(where)}
        lookalikes = [
            Lookalike(other, domain.resemblance(state, other), domain.unresolved_grounds(state, other))
            for _, other in sorted(found.items())
        ]
        return [lookalike for lookalike in lookalikes if lookalike.grounds]

    async def faults(self, profile: Profile, now: datetime) -> Sequence[FieldError]:
        """Return what no draft may hold: malformed identifiers, an unknown kind, districts that do not exist now."""
        known = await self._districts.in_force(profile.districts, now)
        return [*draft_faults(profile, self._kinds, known)]

    def _kind(self, state: Organization) -> Kind:
        return self._kinds[state.profile.kind]
