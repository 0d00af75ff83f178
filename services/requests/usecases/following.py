"""How a request follows the others: cases of review, books of budget, standings of registry, and time (SEAMS.md)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Literal

from services.requests.domain import panel_steps, request_steps
from services.requests.domain.appeals import PanelDecided
from services.requests.domain.facts import BookFact, BookStep, CaseFact, CaseStep, Outcome
from services.requests.domain.request import Event, SupportRequest, fold
from services.requests.domain.standing import KnownStanding
from services.requests.domain.statuses import OPEN
from services.requests.outbound.store import Copied
from services.requests.usecases.copied import known_standing
from shared.clock import Clock, new_id
from shared.contracts import budget, review
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause, Envelope
from shared.storage.aggregates import Aggregates
from shared.storage.ports import TooBusy

MAY_CARRY_A_MARK: Final = (*sorted(OPEN), "in_progress")
"""Statuses to look at when a standing changes: what can be paused, and a commitment that raced and still carries its mark."""

RECHECKED_AT: Final[frozenset[str]] = frozenset({"opened", "commitment_released", "commitment_refused"})
"""Facts at which the standing is looked at again: a submission whose service stopped before its own second look, and a
commitment that went back to its reservation, or was refused, because of a suspension that the request did not mark."""


class Following:
    """Handlers take early, late and repeated events; see tests/unit/requests/test_event_table.py."""

    def __init__(
        self,
        requests: Aggregates[SupportRequest, Event],
        copies: Copied,
        clock: Clock,
        calendar: WorkingCalendar,
    ) -> None:
        self._requests = requests
        self._copies = copies
        self._clock = clock
        self._calendar = calendar

    # Review

    async def case_opened(self, data: review.CaseOpened, event: Envelope) -> None:
        """The request is in review."""
        await self._case(data, event, "opened", deadline=data.deadline)

    async def case_deadline_moved(self, data: review.CaseDeadlineMoved, event: Envelope) -> None:
        """The applicant sees the new deadline (REV-7)."""
        await self._case(data, event, "deadline_moved", deadline=data.deadline)

    async def case_paused(self, data: review.CasePaused, event: Envelope) -> None:
        """The applicant sees that the case waits."""
        await self._case(data, event, "paused", reason=data.reason)

    async def case_resumed(self, data: review.CaseResumed, event: Envelope) -> None:
        """The applicant sees that the case goes on."""
        await self._case(data, event, "resumed", deadline=data.deadline)

    async def case_stalled(self, data: review.CaseStalled, event: Envelope) -> None:
        """The applicant sees that substitutes are being named (REV-7)."""
        await self._case(data, event, "stalled", reason=data.reason)

    async def case_continued(self, data: review.CaseContinued, event: Envelope) -> None:
        """The applicant sees that the case goes on, and its new deadline (REV-7)."""
        await self._case(data, event, "continued", deadline=data.deadline)

    async def case_excepted(self, data: review.CaseExcepted, event: Envelope) -> None:
        """The applicant is told that headquarters has to step in (REV-7)."""
        await self._case(data, event, "excepted", reason=data.reason)

    async def case_changes_requested(self, data: review.CaseChangesRequested, event: Envelope) -> None:
        """The named fields are open again (REQ-6)."""
        await self._case(data, event, "changes_requested", fields=tuple(data.fields))

    async def case_closed(self, data: review.CaseClosed, event: Envelope) -> None:
        """The result is fixed but not told yet (REV-10)."""
        await self._case(data, event, "closed")

    async def case_decided(self, data: review.Decided, event: Envelope) -> None:
        """Approved with an amount, or, without money, at once to be carried out; or rejected, with the reason."""
        await self._case(data, event, "decided", outcome=data.outcome, amount=data.amount, reason=data.reason)

    # Budget

    async def reservation_made(self, data: budget.ReservationMade, event: Envelope) -> None:
        """Money is reserved: the award can be accepted."""
        await self._book(data, event, "reservation_made")

    async def reservation_waiting(self, data: budget.ReservationWaiting, event: Envelope) -> None:
        """The request is on the book's waiting list, standing still if its organisation was suspended by then."""
        await self._book(data, event, "reservation_paused" if data.paused else "reservation_waiting", holds="waiting")

    async def reservation_refused(self, data: budget.ReservationRefused, event: Envelope) -> None:
        """No reservation is possible: the request lapses."""
        await self._book(data, event, "reservation_refused", reason=data.reason)

    async def reservation_paused(self, data: budget.ReservationPaused, event: Envelope) -> None:
        """Place and money stand still."""
        await self._book(data, event, "reservation_paused", holds=data.state)

    async def reservation_resumed(self, data: budget.ReservationResumed, event: Envelope) -> None:
        """Place and money go on."""
        await self._book(data, event, "reservation_resumed", holds=data.state)

    async def reservation_released(self, data: budget.ReservationReleased, event: Envelope) -> None:
        """Place and money are given up."""
        await self._book(data, event, "reservation_released", reason=data.reason)

    async def hold_released(self, data: budget.HoldReleased, event: Envelope) -> None:
        """The book has answered the end of the appeal: the award can be accepted as it is now (REQ-13)."""
        fact = BookFact(
            data.seq, "hold_released", data.amount, event.time, None, data.reason, data.awarded, book=data.book
        )
        now = self._clock()
        await self._note(
            data.request,
            lambda state: request_steps.note_book(state, fact, calendar=self._calendar, now=now),
            None,
            event.cause,
            now,
        )

    async def commitment_made(self, data: budget.CommitmentMade, event: Envelope) -> None:
        """The award is an obligation of the district."""
        await self._book(data, event, "commitment_made")

    async def commitment_refused(self, data: budget.CommitmentRefused, event: Envelope) -> None:
        """The acceptance could not be committed: the award is kept while suspended, else the request lapses."""
        await self._book(data, event, "commitment_refused", holds=data.holds, reason=data.reason)

    async def commitment_released(self, data: budget.CommitmentReleased, event: Envelope) -> None:
        """The commitment ended, or went back to its paused reservation."""
        fact = BookFact(
            data.seq,
            "commitment_released",
            data.amount,
            event.time,
            data.to,
            data.reason,
            data.remains,
            data.ended,
            book=data.book,
        )
        await self._keep(fact, data, event)

    async def payment_prepared(self, data: budget.PaymentPrepared, event: Envelope) -> None:
        """A payment is under way: the request is not closed meanwhile (REQ-12)."""
        await self._payment(data, event, "payment_prepared")

    async def award_carried_in(self, data: budget.AwardCarriedIn, event: Envelope) -> None:
        """Its year was closed: what it holds is in the next year's book (BUD-9)."""
        await self._book(data, event, "award_carried_in", holds=data.state)

    async def payment_made(self, data: budget.PaymentMade, event: Envelope) -> None:
        """An instalment is paid (REQ-7)."""
        await self._payment(data, event, "payment_made")

    async def payment_failed(self, data: budget.PaymentFailed, event: Envelope) -> None:
        """The bank did not pay it, or gave the money back."""
        await self._payment(data, event, "payment_failed", data.was, data.reason)

    async def payment_given_up(self, data: budget.PaymentGivenUp, event: Envelope) -> None:
        """It will not be made."""
        await self._payment(data, event, "payment_given_up", data.to, data.reason)

    async def refund_received(self, data: budget.RefundReceived, event: Envelope) -> None:
        """Money of a payment was given back."""
        fact = BookFact(data.seq, "refund_received", data.amount, event.time, book=data.book, finding=data.finding)
        await self._keep(fact, data, event)

    async def ineligible_found(self, data: budget.IneligibleFound, event: Envelope) -> None:
        """It is not closed until this is given back, documented or written off (REQ-12, BUD-8)."""
        await self._finding(data, event, "ineligible_found")

    async def ineligible_documented(self, data: budget.IneligibleDocumented, event: Envelope) -> None:
        """Later documents were accepted."""
        await self._finding(data, event, "ineligible_documented")

    async def ineligible_written_off(self, data: budget.IneligibleWrittenOff, event: Envelope) -> None:
        """It is not expected any more."""
        await self._finding(data, event, "ineligible_written_off")

    async def panel_decided(self, data: review.PanelDecided, event: Envelope) -> None:
        """The appeal is decided (REQ-13), unless it ended meanwhile; the standing is looked at as after any step that opens a request."""
        now = self._clock()
        decided = PanelDecided(data.case, data.verdict, data.amount, data.reason, data.standing_sequence, event.time)
        await self._note(
            data.request,
            lambda state: panel_steps.note_panel(state, decided, calendar=self._calendar, now=now),
            data.organization,
            event.cause,
            now,
        )

    # Registry

    async def follow_organization(self, organization: str, cause: Cause) -> None:
        """Have every open request of the organisation follow its newest standing."""
        where = {"organization": organization, "status": {"$in": list(MAY_CARRY_A_MARK)}}
        for id in [id async for id in self._requests.documents.ids(where)]:
            await self.follow_standing(id, organization, cause)

    async def follow_standing(self, id: str, organization: str, cause: Cause) -> None:
        """Have one request follow its organisation's newest standing.

        After saving, the copy is read again: if it moved on meanwhile, so does the request (DESIGN.md, "State").
        """
        standing = await known_standing(self._copies, organization)
        while True:
            await self._follow(id, standing, cause)
            newest = await known_standing(self._copies, organization)
            if newest.sequence == standing.sequence:
                return
            standing = newest

    async def _follow(self, id: str, standing: KnownStanding, cause: Cause) -> None:
        now = self._clock()
        await self._requests.change(
            id,
            lambda state: request_steps.follow_standing(state, standing, calendar=self._calendar, now=now),
            cause=cause,
            now=now,
        )

    # Time

    async def sweep(self) -> int:
        """Let lapse what is due (REQ-9, REG-4). Another replica or a new event may be first; then nothing happens."""
        due = await self._requests.due(self._clock())
        for id in due:
            cause = Cause(actor="system:requests", correlation_id=new_id())
            try:
                await self._on_time(id, cause)
            except TooBusy:
                continue  # somebody is at work on it; the next sweep looks again
        return len(due)

    async def _on_time(self, id: str, cause: Cause) -> None:
        stored = await self._requests.require(id)
        # A mark may be out of date: the standing is judged before the term of a suspension ends a request.
        await self.follow_standing(id, stored.state.organization, cause)
        now = self._clock()
        await self._requests.change(id, lambda state: request_steps.on_time(state, now=now), cause=cause, now=now)

    # Facts

    async def _case(
        self,
        data: review.CaseFacts,
        event: Envelope,
        step: CaseStep,
        *,
        deadline: datetime | None = None,
        fields: tuple[review.FieldReason, ...] = (),
        outcome: Outcome | None = None,
        amount: int | None = None,
        reason: str = "",
    ) -> None:
        fact = CaseFact(
            case=data.case,
            revision=data.revision,
            number=event.number,
            step=step,
            at=event.time,
            deadline=deadline,
            fields=fields,
            outcome=outcome,
            amount=amount,
            reason=reason,
        )
        now = self._clock()
        await self._note(
            data.request,
            lambda state: request_steps.note_case(state, fact, calendar=self._calendar, now=now),
            data.organization if step in RECHECKED_AT else None,
            event.cause,
            now,
        )

    async def _book(
        self,
        data: budget.RequestEntryFacts,
        event: Envelope,
        step: BookStep,
        *,
        holds: Literal["waiting", "reserved", "available", "committed"] | None = None,
        reason: str = "",
    ) -> None:
        fact = BookFact(data.seq, step, data.amount, event.time, holds, reason, book=data.book)
        await self._keep(fact, data, event)

    async def _payment(
        self,
        data: budget.PaymentFacts,
        event: Envelope,
        step: BookStep,
        holds: Literal["approved", "paid", "committed", "available"] | None = None,
        reason: str = "",
    ) -> None:
        fact = BookFact(
            data.seq, step, data.gross, event.time, holds, reason, payment=data.payment, net=data.net, book=data.book
        )
        await self._keep(fact, data, event)

    async def _finding(self, data: budget.FindingFacts, event: Envelope, step: BookStep) -> None:
        fact = BookFact(data.seq, step, data.amount, event.time, book=data.book, finding=data.finding)
        await self._keep(fact, data, event)

    async def _keep(
        self,
        fact: BookFact,
        data: budget.RequestEntryFacts | budget.PaymentFacts | budget.RefundReceived | budget.FindingFacts,
        event: Envelope,
    ) -> None:
        now = self._clock()
        await self._note(
            data.request,
            lambda state: request_steps.note_book(state, fact, calendar=self._calendar, now=now),
            data.organization if fact.step in RECHECKED_AT else None,
            event.cause,
            now,
        )

    async def _note(
        self,
        id: str,
        note: Callable[[SupportRequest], Sequence[Event]],
        recheck: str | None,
        cause: Cause,
        now: datetime,
    ) -> None:
        """Keep a fact; with ``recheck`` (an organisation) the standing is looked at in the same write, and again after it.

        The copy may have moved on between the look and the save; then what was saved follows an older standing.
        """
        standing = None if recheck is None else await known_standing(self._copies, recheck)

        def decide(state: SupportRequest) -> Sequence[Event]:
            noted = note(state)
            if standing is None:
                return noted
            after = fold(state, noted)
            return [*noted, *request_steps.follow_standing(after, standing, calendar=self._calendar, now=now)]

        await self._requests.change(id, decide, cause=cause, now=now)
        if standing is not None and (await known_standing(self._copies, standing.organization)) != standing:
            await self.follow_standing(id, standing.organization, cause)
