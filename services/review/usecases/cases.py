"""Cases: what events, members, secretaries and time do with them (REV-2 to REV-10)."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

from services.review.domain import case_steps, stalled_case
from services.review.domain.ballot import Ballot, Conflict
from services.review.domain.case import Case, CaseEvent, CaseStatus, case_id
from services.review.domain.case_steps import BallotForm, NotYourSeat
from services.review.domain.panel import panel_id
from services.review.usecases.openings import SYSTEM, Openings
from services.review.usecases.standings import Standings
from services.review.usecases.substitutes import Substitutes
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause, Envelope
from shared.contracts.refusals import NotFound, Refusal
from shared.contracts.registry import StandingChanged
from shared.contracts.requests import AppealAdmitted, AppealEnded, RequestLapsed, RequestWithdrawn, Submission
from shared.contracts.review import FieldReason
from shared.storage.aggregates import Aggregates, HistoryEntry
from shared.storage.ports import Command, Document, Page, Stored
from shared.web.caller import Caller, Role

log = logging.getLogger("sama.review")

READERS: Final[tuple[Role, ...]] = ("secretary", "member", "chair", "city_office", "hq", "auditor")
SEAT_HOLDERS: Final[tuple[Role, ...]] = ("member", "chair")
OLDEST_FIRST: Final = (("received_at", 1),)


class CaseNotDecided(Refusal):
    """The history is sealed until the decision is issued."""

    code = "case_not_decided"


def case_receipt(stored: Stored[Case]) -> Document:
    """Return a case's receipt: without its version, which would count the ballots (REV-5)."""
    return {"id": stored.id, "status": stored.state.status}


def sealed(id: str) -> Cause:
    """Return the cause of what a seat does: a ballot may close the case, and the event must not name who was last (REV-5)."""
    return Cause(SYSTEM, correlation_id=id)


class Cases:
    """The steps of a case."""

    def __init__(
        self,
        cases: Aggregates[Case, CaseEvent],
        openings: Openings,
        standings: Standings,
        substitutes: Substitutes,
        clock: Clock,
        calendar: WorkingCalendar,
    ) -> None:
        self._cases = cases
        self._openings = openings
        self._standings = standings
        self._substitutes = substitutes
        self._clock = clock
        self._calendar = calendar

    # What events bring, in any order, early, late or repeated.

    async def submitted(self, data: Submission, event: Envelope) -> None:
        """Open the case of the revision, or keep the submission until what it needs is known."""
        await self._openings.receive(data, event.cause)

    async def withdrawn(self, data: RequestWithdrawn, event: Envelope) -> None:
        """End the case; a withdrawal that comes first bars the submission."""
        await self._end(case_id(data.request, data.revision), data, "request_withdrawn", event.cause)

    async def lapsed(self, data: RequestLapsed, event: Envelope) -> None:
        """End the case if it is not decided, e.g. when a suspension lasted too long."""
        await self._end(case_id(data.request, data.revision), data, "request_lapsed", event.cause)

    async def appeal_admitted(self, data: AppealAdmitted, event: Envelope) -> None:
        """Bring the appeal before its panel (REQ-13). Raises NotFound for a case that is not here: dead letters."""
        await self._openings.receive_appeal((await self._cases.require(data.case)).state, event.cause)

    async def appeal_ended(self, data: AppealEnded, event: Envelope) -> None:
        """Nobody has to decide it any more; an end that comes first bars the panel's case."""
        if data.admitted is False:  # it never came before a panel
            return
        await self._end(panel_id(data.case), data, "appeal_ended", event.cause)

    async def standing_changed(self, data: StandingChanged, event: Envelope) -> None:
        """Keep the standing, then always scan: an earlier delivery may have crashed between the two."""
        await self._standings.apply(data, event.number)
        await self._openings.standing_changed(data.organization, event.cause)

    async def _end(
        self,
        id: str,
        data: RequestWithdrawn | RequestLapsed | AppealEnded,
        because: Literal["request_withdrawn", "request_lapsed", "appeal_ended"],
        cause: Cause,
    ) -> None:
        now = self._clock()
        await self._cases.execute(
            id,
            lambda state: case_steps.withdraw(
                state,
                id=id,
                request=data.request,
                revision=data.revision,
                organization=data.organization,
                district=data.district,
                because=because,
                now=now,
            ),
            cause=cause,
            now=now,
        )

    # What seat holders do.

    async def declare(
        self, id: str, seat: int, *, conflict: Conflict, note: str, caller: Caller, command: Command
    ) -> Stored[Case]:
        """Declare no conflict, or one; then the seat's substitute steps in (REV-1, REV-3).

        Raises what case_steps.declare raises, Forbidden, NotFound.
        """
        now = self._clock()
        substitute = await self._substitutes.of_case((await self._cases.require(id)).state, seat, now)

        def decide(state: Case) -> Sequence[CaseEvent]:
            caller.require(*SEAT_HOLDERS, district=state.deciding_district)
            return case_steps.declare(
                state,
                seat=seat,
                subject=caller.subject,
                conflict=conflict,
                note=note,
                now=now,
                calendar=self._calendar,
                substitute=substitute,
            )

        stored = await self._cases.change(id, decide, cause=sealed(id), now=now, command=command, answer=case_receipt)
        return await self.after_closing(stored)

    async def cast(self, id: str, seat: int, form: BallotForm, *, caller: Caller) -> Stored[Case]:
        """Cast or replace the own ballot (REV-4, REV-5). Raises what case_steps.cast raises, Forbidden, NotFound."""
        now = self._clock()

        def decide(state: Case) -> Sequence[CaseEvent]:
            caller.require(*SEAT_HOLDERS, district=state.deciding_district)
            return case_steps.cast(
                state, seat=seat, subject=caller.subject, form=form, now=now, calendar=self._calendar
            )

        return await self.after_closing(await self._cases.change(id, decide, cause=sealed(id), now=now))

    async def own_ballot(self, id: str, seat: int, *, caller: Caller) -> Ballot:
        """Return the caller's own ballot; nobody reads another's (REV-5). Raises NotYourSeat, NotFound, Forbidden."""
        state = (await self._cases.require(id)).state
        caller.require(*SEAT_HOLDERS, district=state.deciding_district)
        held = state.seat(seat)
        if held.holder != caller.subject:
            raise NotYourSeat(seat=seat)
        if held.ballot is None:
            raise NotFound(noun="ballot", id=str(seat))
        return held.ballot

    async def sign(
        self, id: str, *, edition: int | None, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Case]:
        """Sign the reason; the decision issues (REV-10). It relies on the standing read just before (I9).

        A standing that worsens after this save changes nothing here: the decision stands, and budget pauses its reservation.
        """
        now = self._clock()
        state = (await self._cases.require(id)).state
        standing = await self._standings.get(state.organization)

        def decide(state: Case) -> Sequence[CaseEvent]:
            caller.require(*SEAT_HOLDERS, district=state.deciding_district)
            if standing is None:  # without a standing no case opens, so none is closed
                raise case_steps.CaseNotClosed(status=state.status)
            return case_steps.sign(state, subject=caller.subject, edition=edition, standing=standing, now=now)

        return await self._cases.change(id, decide, cause=cause, now=now, command=command, answer=case_receipt)

    # What the secretary does.

    async def request_changes(
        self, id: str, fields: Sequence[FieldReason], *, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Case]:
        """Send the request back before any ballot (REQ-6). Raises what case_steps.request_changes raises."""
        now = self._clock()

        def decide(state: Case) -> Sequence[CaseEvent]:
            caller.require("secretary", district=state.keeping_district)
            return case_steps.request_changes(state, fields, now=now)

        return await self._cases.change(id, decide, cause=cause, now=now, command=command, answer=case_receipt)

    async def draft_summary(
        self, id: str, *, reason: str, caller: Caller, command: Command, cause: Cause
    ) -> Stored[Case]:
        """Draft the reason of a closed case (REV-10). The receipt tells the draft's edition, which the chair signs."""
        now = self._clock()

        def decide(state: Case) -> Sequence[CaseEvent]:
            caller.require("secretary", district=state.keeping_district)
            return case_steps.draft_summary(state, reason=reason, subject=caller.subject, now=now)

        def answer(stored: Stored[Case]) -> Document:
            draft = stored.state.draft
            return {**case_receipt(stored), "draft": draft.edition if draft else 0}

        return await self._cases.change(id, decide, cause=cause, now=now, command=command, answer=answer)

    # What is read.

    async def get(self, id: str, *, caller: Caller) -> Stored[Case]:
        """Return a case for a reader of its district; the view decides what of it is shown. Raises NotFound, Forbidden."""
        stored = await self._cases.require(id)
        if not caller.has(*SEAT_HOLDERS, district=stored.state.deciding_district):
            caller.require(*READERS, district=stored.state.keeping_district)
        return stored

    async def page(
        self,
        *,
        caller: Caller,
        district: str | None,
        status: CaseStatus | None,
        mine: bool,
        cursor: str | None,
        limit: int,
    ) -> Page[Stored[Case]]:
        """Return cases, oldest first. mine: only open ones where the caller has a seat and has not cast. Raises Forbidden."""
        caller.require(*READERS, district=district)
        where: dict[str, Any] = {}
        allowed = caller.districts_of(*READERS)
        if district is not None:
            where["district"] = district
        elif allowed is not None and not mine:  # a case may come before another district's group (REV-7)
            where["district"] = {"$in": sorted(allowed)}
        if status is not None:
            where["status"] = status
        if mine:
            where["to_cast"] = caller.subject
        return await self._cases.page(where, order=OLDEST_FIRST, cursor=cursor, limit=limit)

    async def history(self, id: str, *, caller: Caller) -> tuple[Sequence[HistoryEntry[CaseEvent]], bool]:
        """Return what happened in a decided case, and whether the caller, as an auditor, may see persons.

        Raises CaseNotDecided before: a history would count the ballots (REV-5).
        """
        stored = await self.get(id, caller=caller)
        if stored.state.status != "decided":
            raise CaseNotDecided(status=stored.state.status)
        return await self._cases.history(id), caller.has("auditor", district=stored.state.keeping_district)

    # What time brings.

    async def sweep(self) -> int:
        """Meet deadlines (REV-7) and ended terms for signing (REV-10). Every replica sweeps; the version decides who acts."""
        now = self._clock()
        acted = 0
        for id in await self._cases.due(now):
            try:
                acted += await self._meet_time(id, now)
            except Refusal as refusal:  # too many races; the next sweep comes soon
                log.warning("case %s stays due: %s", id, refusal)
        return acted

    async def _meet_time(self, id: str, now: datetime) -> bool:
        before = await self._cases.require(id)
        standing = await self._standings.get(before.state.organization)

        def decide(state: Case) -> Sequence[CaseEvent]:
            if state.status == "closed" and standing is not None:
                return case_steps.issue_unsigned(state, standing=standing, now=now)
            if state.status == "stalled":
                return stalled_case.give_up_waiting(state, now=now)
            return case_steps.meet_deadline(state, now=now, calendar=self._calendar)

        stored = await self._cases.change(id, decide, cause=Cause(SYSTEM, correlation_id=id), now=now)
        await self.after_closing(stored)
        return stored.version != before.version

    async def after_closing(self, stored: Stored[Case]) -> Stored[Case]:
        """A closing relied on the standing by which the case was open: read the copy anew (I9)."""
        if stored.state.status == "closed":
            settled = await self._openings.settle(stored, Cause(SYSTEM, correlation_id=stored.id))
            return Stored(settled.id, settled.version, settled.state, settled.sequence, stored.answer, stored.replayed)
        return stored
