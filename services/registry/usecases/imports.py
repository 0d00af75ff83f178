"""Imports of organisations from a spreadsheet: examined by an office, then registered row by row (docs/decisions/0034)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.registry.domain import organization as organizations_domain
from services.registry.domain import organization_import as domain
from services.registry.domain.kinds import Kinds
from services.registry.domain.organization import LIVING, Imported, LegalIdTaken, Organization, OrganizationEvent
from services.registry.domain.organization_import import (
    COMPARED,
    Choice,
    ImportEvent,
    ImportRow,
    OrganizationImport,
    RowDuplicate,
    RowFault,
    RowOutcome,
    SourceFile,
    Traits,
    likeness,
)
from services.registry.domain.profile import Profile
from services.registry.usecases.districts import DistrictUseCases
from services.registry.usecases.identifiers import draft_faults, keys_of, normalised, search_keys
from services.registry.usecases.organizations import Call
from shared.certifying import Certifying
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.contracts.refusals import FieldError, Forbidden, NotFound, Refusal
from shared.contracts.registry import OrganizationStatus
from shared.persian.calendar import local_day
from shared.persian.text import search_key
from shared.storage.aggregates import Aggregates
from shared.storage.ports import DuplicateValue, Page, Stored, Where
from shared.web.api import receipt
from shared.web.caller import Caller, Role

IMPORTERS: Final[tuple[Role, ...]] = ("registrar", "city_office")
STEP: Final = 25  # rows a step; between two steps others have their turn
PAGE_LIMIT: Final = 10  # an import brings its rows along, up to some megabytes
_ASKED_AT_ONCE: Final = 100  # values in one query
_PRESENT: Final[tuple[OrganizationStatus, ...]] = tuple(dict.fromkeys(("draft", *LIVING, "expired")))
"""Statuses of organisations that a row may be: also a draft, so that the same file is not imported twice unseen."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as it was read. columns: headers of the file by JSON pointer into this row's profile."""

    row: int
    name: str
    profile: Profile | None
    faults: tuple[RowFault, ...]
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words in cells → ids, by search key."""

    kinds: Mapping[str, str]
    districts: Mapping[str, str]


class ImportUseCases:
    """Use cases of imports."""

    def __init__(
        self,
        imports: Aggregates[OrganizationImport, ImportEvent],
        organizations: Aggregates[Organization, OrganizationEvent],
        districts: DistrictUseCases,
        clock: Clock,
        calendar: WorkingCalendar,
        kinds: Kinds,
        certifying: Certifying,
    ) -> None:
        self._imports = imports
        self._organizations = organizations
        self._districts = districts
        self._clock = clock
        self._calendar = calendar
        self._kinds = kinds
        self._certifying = certifying

    async def vocabulary(self, caller: Caller) -> Vocabulary:
        """Return what cells may say: kinds and districts by id and name, districts also by their external code. Raises Forbidden."""
        caller.require(*IMPORTERS)
        kinds = {
            search_key(word): kind.id
            for kind in self._kinds.values()
            for word in (kind.id, kind.names.fa, kind.names.en)
            if word
        }
        districts: dict[str, str] = {}
        for district in await self._districts.all():
            for word in (district.external_code, district.names.en, district.names.fa, district.id):
                districts |= {search_key(word): district.id} if word else {}
        return Vocabulary(kinds, districts)

    async def examine(self, file: SourceFile, rows: Sequence[ReadRow], call: Call) -> Stored[OrganizationImport]:
        """Dry run: keep the rows with all that is wrong in them and whom they resemble. Registers nothing. Raises Forbidden."""
        call.caller.require(*IMPORTERS)
        now = self._clock()
        by = call.caller.subject
        id = derive_id("organization-import", by, call.command.key)
        examined = await self._examined(rows, call.caller, now)
        return await self._imports.execute(
            id,
            lambda state: domain.examine(state, id=id, file=file, rows=examined, by=by, now=now),
            cause=call.cause,
            now=now,
            command=call.command,
            answer=receipt,
        )

    async def apply(self, id: str, choice: Choice, submit: bool, call: Call) -> Stored[OrganizationImport]:
        """Have rows registered as drafts of the caller, who examined them. The sweep does it; the same choice again changes nothing.

        Raises NotFound, Forbidden, ImportWrongStatus, ImportHasBadRows, NothingToImport.
        """
        now = self._clock()

        def decide(state: OrganizationImport) -> Sequence[ImportEvent]:
            _require_examiner(call.caller, state)
            return domain.choose(state, choice, submit, correlation=call.cause.correlation_id, now=now)

        return await self._imports.change(id, decide, cause=call.cause, now=now, command=call.command, answer=receipt)

    async def get(self, id: str, caller: Caller) -> Stored[OrganizationImport]:
        """Return an import with its rows. Raises Forbidden, NotFound."""
        caller.require(*IMPORTERS, "auditor")
        stored = await self._imports.require(id)
        if not (stored.state.by == caller.subject or _sees_all(caller)):
            raise NotFound(noun="organization_import", id=id)
        return stored

    async def page(self, caller: Caller, *, cursor: str | None, limit: int) -> Page[Stored[OrganizationImport]]:
        """Return the imports that the caller sees, newest first, at most PAGE_LIMIT. Raises Forbidden."""
        caller.require(*IMPORTERS, "auditor")
        where: Where = {} if _sees_all(caller) else {"by": caller.subject}
        return await self._imports.page(where, order=(("at", -1),), cursor=cursor, limit=min(limit, PAGE_LIMIT))

    async def sweep(self) -> int:
        """Register rows of imports that were chosen; return how many."""
        done = 0
        for id in await self._imports.due(self._clock()):
            done += await self._step(id)
        return done

    # ------------------------------------------------------------ examining

    async def _examined(self, rows: Sequence[ReadRow], caller: Caller, now: datetime) -> Sequence[ImportRow]:
        named = {district for row in rows if row.profile for district in row.profile.districts}
        known = await self._districts.in_force(named, now)
        faulty = {row.row: [*row.faults, *self._faults(row, known, caller)] for row in rows}
        profiles = {row.row: normalised(row.profile) for row in rows if row.profile and not faulty[row.row]}
        registered = await self._registered(profiles.values())
        seen = _Seen()
        examined = []
        for row in rows:
            profile = profiles.get(row.row)
            duplicates: Sequence[RowDuplicate] = ()
            if profile is not None:
                taken = seen.legal_id_fault(row, profile) or _taken(row, profile, registered)
                faulty[row.row] += [taken] if taken else []
                duplicates = [*seen.alike(row.row, profile), *_alike(profile, registered)]
            faults = tuple(faulty[row.row])
            examined.append(ImportRow(row.row, row.name, None if faults else profile, faults, tuple(duplicates)))
        return examined

    def _faults(self, row: ReadRow, known: frozenset[str], caller: Caller) -> Iterator[RowFault]:
        if row.profile is None:
            return
        faults = [*draft_faults(row.profile, self._kinds, known)]
        faults += [
            FieldError(f"/districts/{place}", "outside_your_districts", {"district": district})
            for place, district in enumerate(row.profile.districts)
            if not caller.has(*IMPORTERS, district=district)
        ]
        for fault in faults:
            yield RowFault(_column(fault.pointer, row), fault.code, {k: str(v) for k, v in fault.params.items()})

    async def _registered(self, profiles: Iterable[Profile]) -> Sequence[Organization]:
        """Return the organisations that may be one of these."""
        traits = [_traits(profile) for profile in profiles]
        wanted = {
            COMPARED["names"]: sorted({name for one in traits for name in one.names}),
            COMPARED["sheba"]: sorted({one.sheba for one in traits if one.sheba}),
            COMPARED["legal_id"]: sorted({one.legal_id for one in traits if one.legal_id}),
        }
        found: dict[str, Organization] = {}
        for path, values in wanted.items():
            for start in range(0, len(values), _ASKED_AT_ONCE):
                asked = values[start : start + _ASKED_AT_ONCE]
                where: Where = {"status": {"$in": list(_PRESENT)}, path: {"$in": asked}}
                found |= {stored.id: stored.state for stored in await self._organizations.find(where)}
        return [found[id] for id in sorted(found)]

    # ------------------------------------------------------------ registering

    async def _step(self, id: str) -> int:
        stored = await self._imports.get(id)
        if stored is None:
            return 0
        state, now = stored.state, self._clock()
        cause = Cause(actor=state.by, correlation_id=state.correlation)
        outcomes = [await self._register(state, row, cause, now) for row in domain.pending(state)[:STEP]]
        if outcomes:
            await self._imports.change(
                id, lambda current: domain.note_registered(current, outcomes, now=now), cause=cause, now=now
            )
        return len(outcomes)

    async def _register(self, state: OrganizationImport, row: ImportRow, cause: Cause, now: datetime) -> RowOutcome:
        """Register one row; done already, it stays as it is: the id follows from the import and the row."""
        profile = row.profile
        assert profile is not None  # noqa: S101 - only rows with a profile are chosen
        id = derive_id("organization", state.id, str(row.row))

        def decide(current: Organization | None) -> Sequence[OrganizationEvent]:
            if current is not None:
                return []
            imported = Imported(state.id, row.row)
            return organizations_domain.register(
                None,
                id=id,
                owner=state.by,
                profile=profile,
                keys=keys_of(profile, self._certifying),
                now=now,
                imported=imported,
            )

        registered = await self._organizations.execute(id, decide, cause=cause, now=now)
        if not state.submit or registered.state.status != "draft":
            return RowOutcome(row.row, id, registered.state.status)
        return await self._submit(row, id, cause, now)

    async def _submit(self, row: ImportRow, id: str, cause: Cause, now: datetime) -> RowOutcome:
        today = local_day(now, self._calendar.timezone)

        def decide(current: Organization) -> Sequence[OrganizationEvent]:
            if current.status != "draft":
                return []
            return organizations_domain.submit(current, self._kinds[current.profile.kind], now=now, today=today)

        try:
            submitted = await self._organizations.change(id, decide, cause=cause, now=now)
        except DuplicateValue:  # the one unique field is the claimed legal id
            return RowOutcome(row.row, id, "draft", LegalIdTaken.code)
        except Refusal as refusal:
            return RowOutcome(row.row, id, "draft", refusal.code)
        return RowOutcome(row.row, id, submitted.state.status)


class _Seen:
    """The rows of the file before the one that is looked at."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, Traits]] = []
        self._by: dict[str, list[int]] = {}

    def legal_id_fault(self, row: ReadRow, profile: Profile) -> RowFault | None:
        """Return the fault of a legal id that an earlier row has (REG-5)."""
        earlier = [number for number, traits in self._rows if profile.legal_id and traits.legal_id == profile.legal_id]
        return RowFault(_column("/legal_id", row), "legal_id_in_row", {"row": str(earlier[0])}) if earlier else None

    def alike(self, row: int, profile: Profile) -> Iterator[RowDuplicate]:
        """Yield the earlier rows that this one resembles, and remember it."""
        traits = _traits(profile)
        places = sorted({place for key in _keys(traits) for place in self._by.get(key, ())})
        for place in places:
            number, other = self._rows[place]
            grounds = tuple(ground for ground in likeness(traits, other) if ground != "same_legal_id")
            if grounds:
                yield RowDuplicate(grounds, row=number)
        for key in _keys(traits):
            self._by.setdefault(key, []).append(len(self._rows))
        self._rows.append((row, traits))


def _keys(traits: Traits) -> Sequence[str]:
    return [*(f"name {name}" for name in traits.names), *([f"sheba {traits.sheba}"] if traits.sheba else [])]


def _traits(profile: Profile) -> Traits:
    sheba = profile.account.sheba if profile.account else None
    return Traits(search_keys(profile.names).names, profile.districts, sheba, profile.legal_id)


def _taken(row: ReadRow, profile: Profile, registered: Sequence[Organization]) -> RowFault | None:
    """Return the fault of a legal id that a living organisation holds (REG-5)."""
    held = any(profile.legal_id and other.claimed_legal_id == profile.legal_id for other in registered)
    return RowFault(_column("/legal_id", row), "legal_id_taken") if held else None


def _alike(profile: Profile, registered: Sequence[Organization]) -> Iterator[RowDuplicate]:
    traits = _traits(profile)
    for other in registered:
        grounds = likeness(traits, _traits(other.profile))
        if grounds:
            yield RowDuplicate(grounds, organization=other.id)


def _column(pointer: str, row: ReadRow) -> str:
    """Return the header of the pointer's column, or of the one around it."""
    while pointer not in row.columns and pointer:
        pointer = pointer.rpartition("/")[0]
    return row.columns.get(pointer, pointer)


def _sees_all(caller: Caller) -> bool:
    return any(grant.role in ("city_office", "auditor") and grant.district is None for grant in caller.grants)


def _require_examiner(caller: Caller, state: OrganizationImport) -> None:
    """Raise unless the caller made the import and still has a right for every district in it."""
    caller.require(*IMPORTERS)
    if caller.subject != state.by:
        if _sees_all(caller):
            raise Forbidden(roles=", ".join(IMPORTERS))
        raise NotFound(noun="organization_import", id=state.id)
    for row in state.rows:
        for district in row.profile.districts if row.profile else ():
            caller.require(*IMPORTERS, district=district)
