"""Support requests: what an applicant does with them and who may read them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from services.requests.domain import request_steps
from services.requests.domain.agreements import Subject
from services.requests.domain.appeals import AppealStatus
from services.requests.domain.cancellation import HearingStatus
from services.requests.domain.clocks import Clock as CityClock
from services.requests.domain.place import Event as PlaceEvent
from services.requests.domain.place import Place, take
from services.requests.domain.programme import Event as ProgrammeEvent
from services.requests.domain.programme import Programme
from services.requests.domain.proposal import Proposal
from services.requests.domain.request import Event, SupportRequest
from services.requests.domain.standing import KnownStanding
from services.requests.domain.statuses import TERMINAL
from services.requests.outbound.store import Copied
from services.requests.usecases.copied import known_rules, known_standing, topics_in_force
from services.requests.usecases.following import Following
from services.requests.usecases.shared_ceilings import SharedCeilings
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.ids import derive_id
from shared.contracts.refusals import FieldError, Forbidden, InvalidFields
from shared.contracts.review import Rules
from shared.storage.aggregates import Aggregates, HistoryEntry
from shared.storage.ports import Command, Page, Stored, TooBusy
from shared.web.api import receipt
from shared.web.caller import Caller, Role

READERS: Final[tuple[Role, ...]] = (
    "secretary",
    "budget_officer",
    "treasurer",
    "city_office",
    "hq",
    "auditor",
)
"""May read the submitted requests of the districts in their scope; with the whole city as scope, everything.

Not the members and the chair of a working group: they read the file in review, once they have declared no conflict (REV-3).
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; None: not narrowed."""

    status: str | None = None
    district: str | None = None
    organization: str | None = None
    programme: str | None = None
    reports_overdue: bool | None = None
    appeal: AppealStatus | None = None
    appeal_overdue: bool | None = None
    agreement: Subject | None = None
    hearing: HearingStatus | None = None
    clock_breached: CityClock | None = None


class Requests:
    """Use cases about requests. Commands need the role applicant of the request's organisation."""

    def __init__(
        self,
        requests: Aggregates[SupportRequest, Event],
        programmes: Aggregates[Programme, ProgrammeEvent],
        places: Aggregates[Place, PlaceEvent],
        ceilings: SharedCeilings,
        copies: Copied,
        following: Following,
        clock: Clock,
        calendar: WorkingCalendar,
        certified: bool = False,
    ) -> None:
        self._requests = requests
        self._programmes = programmes
        self._places = places
        self._ceilings = ceilings
        self._copies = copies
        self._following = following
        self._clock = clock
        self._calendar = calendar
        self._certified = certified

    async def draft(
        self, organization: str, proposal: Proposal, *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[SupportRequest]:
        """Begin a draft; open to every applicant of the organisation, with or without standing (REQ-5).

        Raises Forbidden, InvalidFields (no such programme).
        """
        _require_representative(caller, organization)
        await self._require_programme(proposal.programme)
        now = self._clock()
        id = derive_id("request", command.subject, command.key)
        return await self._requests.execute(
            id,
            lambda state: request_steps.draft(state, id=id, organization=organization, proposal=proposal, now=now),
            cause=cause,
            now=now,
            command=command,
            answer=receipt,
        )

    async def edit(
        self,
        id: str,
        changes: Mapping[str, Any],
        *,
        caller: Caller,
        cause: Cause,
        expected_version: int | None,
    ) -> Stored[SupportRequest]:
        """Set some fields of a draft, or of a request sent back.

        Raises NotFound, Forbidden, StaleVersion, NotEditable, FieldsNotOpen, InvalidFields (no such programme).
        """
        await self._require_own(id, caller)
        if "programme" in changes:
            await self._require_programme(changes["programme"])
        return await self._requests.change(
            id,
            lambda state: request_steps.edit(state, proposal=replace(state.proposal, **changes)),
            cause=cause,
            now=self._clock(),
            expected_version=expected_version,
        )

    async def submit(
        self, id: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Submit it under the programme of that day (REQ-5).

        Raises NotFound, Forbidden, StaleVersion, CannotSubmit, StandingForbids, ProgrammeNotOpen, InvalidFields,
        CertificationNeeded, AnotherOpenRequest, SharedCeilingReached.
        """
        seen = await self._require_own(id, caller)
        proposal, organization = seen.state.proposal, seen.state.organization
        programme = await self._programmes.get(proposal.programme)
        rules = await self._rules(programme)
        topics = await topics_in_force(self._copies, proposal.district)
        standing = await known_standing(self._copies, organization)
        now = self._clock()

        def decide(state: SupportRequest) -> Sequence[Event]:
            if state.proposal != proposal and state.status in request_steps.EDITABLE:
                raise TooBusy(
                    noun="request", id=id
                )  # edited at the same moment: not what was looked up is to be submitted
            return request_steps.submit(
                state,
                programme=None if programme is None else programme.state,
                rules=rules,
                standing=standing,
                topics_in_force=topics,
                by=caller.subject,
                now=now,
                certified=self._certified,
                calendar=self._calendar,
            )

        fresh = expected_version is None or expected_version == seen.version
        if programme is not None and programme.state.terms.one_open_request and seen.state.revision == 0 and fresh:
            decide(seen.state)  # whatever else refuses it does so before a place is taken
            await self._take_place(id, programme.id, organization, cause)
        limited = programme is not None and programme.state.terms.organization_ceiling is not None and fresh
        if programme is not None and limited and not await self._requests.answered(id, command):
            decide(seen.state)  # as above
            await self._ceilings.take(seen.state, programme.state, cause)
        return await self._relying_on_standing(id, standing, decide, command, cause, expected_version)

    async def accept(
        self, id: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Accept the reserved award (REQ-9).

        Raises NotFound, Forbidden, StaleVersion, NothingToAccept, RevisedPlanNeeded, StandingForbids, ReservationPaused,
        AcceptanceOverdue.
        """
        organization = (await self._require_own(id, caller)).state.organization
        standing = await known_standing(self._copies, organization)
        now = self._clock()

        def decide(state: SupportRequest) -> Sequence[Event]:
            return request_steps.accept(state, standing=standing, calendar=self._calendar, now=now)

        return await self._relying_on_standing(id, standing, decide, command, cause, expected_version)

    async def withdraw(
        self, id: str, reason: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Withdraw it, until the award is accepted. Raises NotFound, Forbidden, StaleVersion, CannotWithdraw."""
        await self._require_own(id, caller)
        now = self._clock()
        return await self._requests.change(
            id,
            lambda state: request_steps.withdraw(state, reason=reason, now=now),
            cause=cause,
            now=now,
            command=command,
            expected_version=expected_version,
            answer=receipt,
        )

    async def get(self, id: str, *, caller: Caller) -> Stored[SupportRequest]:
        """Return one request. Raises NotFound, Forbidden."""
        stored = await self._requests.require(id)
        if not _may_read(caller, stored.state):
            raise Forbidden(roles=", ".join(("applicant", *READERS)))
        return stored

    async def programme_version(self, state: SupportRequest) -> int | None:
        """Return under which version of its programme it came, or a draft would come today; None: of an unknown programme."""
        if state.revisions:
            return state.current.frozen.edition
        programme = await self._programmes.get(state.proposal.programme)
        return None if programme is None else programme.state.edition

    async def history(self, id: str, *, caller: Caller) -> Sequence[HistoryEntry[Event]]:
        """Return what happened to a request, oldest first. Raises NotFound, Forbidden."""
        await self.get(id, caller=caller)
        return await self._requests.history(id)

    async def page(
        self, filters: Filters, *, caller: Caller, cursor: str | None, limit: int
    ) -> Page[Stored[SupportRequest]]:
        """Return the requests that the caller may read, newest first. Raises Forbidden if that can be none."""
        where = _where(filters, caller)
        return await self._requests.page(where, order=[("created_at", -1), ("_id", 1)], cursor=cursor, limit=limit)

    async def _relying_on_standing(
        self,
        id: str,
        relied_on: KnownStanding,
        decide: Callable[[SupportRequest], Sequence[Event]],
        command: Command,
        cause: Cause,
        expected_version: int | None,
    ) -> Stored[SupportRequest]:
        """Save a step that relied on a standing, then look at the copy again: it may have worsened meanwhile (I9)."""
        stored = await self._requests.change(
            id,
            decide,
            cause=cause,
            now=self._clock(),
            command=command,
            expected_version=expected_version,
            answer=receipt,
        )
        newest = await known_standing(self._copies, relied_on.organization)
        # After a repeat too: the first call may have ended between its save and its second look.
        if stored.replayed or newest.sequence != relied_on.sequence:
            await self._following.follow_standing(id, relied_on.organization, cause)
        return stored

    async def _take_place(self, request: str, programme: str, organization: str, cause: Cause) -> None:
        """Take the organisation's one place before the submission is saved (REQ-1). Raises AnotherOpenRequest.

        If the save fails after it, the draft keeps the place: it can be submitted again, or withdrawn, which gives it up.
        """
        place, now = derive_id("place", programme, organization), self._clock()
        held = await self._places.get(place)
        holder = None if held is None else await self._requests.get(held.state.holder)
        over = holder.id if holder is not None and holder.state.status in TERMINAL else None
        await self._places.execute(
            place, lambda state: take(state, id=place, request=request, over=over, now=now), cause=cause, now=now
        )

    async def _require_own(self, id: str, caller: Caller) -> Stored[SupportRequest]:
        stored = await self._requests.require(id)
        _require_representative(caller, stored.state.organization)
        return stored

    async def _require_programme(self, id: str) -> None:
        programme = await self._programmes.get(id)
        if programme is None or programme.state.status == "draft":
            raise InvalidFields(errors=[FieldError("/programme", "programme_unknown", {"programme": id})])

    async def _rules(self, programme: Stored[Programme] | None) -> Rules | None:
        return None if programme is None else await known_rules(self._copies, programme.state.terms.rule_set)


def _require_representative(caller: Caller, organization: str) -> None:
    if not caller.represents(organization):
        raise Forbidden(roles="applicant")


def _may_read(caller: Caller, state: SupportRequest) -> bool:
    if caller.represents(state.organization):
        return True
    if caller.districts_of("auditor") is None:
        return True
    districts = caller.districts_of(*READERS)
    return state.revision > 0 and (districts is None or state.proposal.district in districts)


def _where(filters: Filters, caller: Caller) -> dict[str, Any]:
    """Narrow the filters to what the caller may read.

    With several roles the widest that fits the filters counts: the own organisation if the list is narrowed to it, else the
    districts of the offices, else the own organisations.
    """
    where: dict[str, Any] = {
        key: value
        for key, value in {
            "status": filters.status,
            "organization": filters.organization,
            "proposal.district": filters.district,
            "proposal.programme": filters.programme,
            "reporting.overdue": filters.reports_overdue,
            "appeal.status": filters.appeal,
            "appeal.overdue": filters.appeal_overdue,
            "agreement_open": filters.agreement,
            "hearing.status": filters.hearing,
            "clock_breach.clock": filters.clock_breached,
        }.items()
        if value is not None
    }
    if filters.organization is not None and caller.represents(filters.organization):
        return where
    districts = caller.districts_of(*READERS)
    if caller.districts_of("auditor") is None:
        return where
    if districts is None:
        return {**where, "revision": {"$gte": 1}}  # a draft is its organisation's own business
    if districts:
        if filters.district is not None and filters.district not in districts:
            raise Forbidden(roles=", ".join(READERS))
        within = {"proposal.district": filters.district or {"$in": sorted(districts)}}
        return {**where, **within, "revision": {"$gte": 1}}
    own = sorted({g.organization for g in caller.grants if g.role == "applicant" and g.organization is not None})
    if not own or filters.organization is not None:
        raise Forbidden(roles=", ".join(("applicant", *READERS)))
    return {**where, "organization": {"$in": own}}
