"""Money follows the events of review, requests and registry (BUD-5, BUD-6, I9). Every handler may run early, late and repeatedly.

A step records the sequence of the standing it relied on. After its entry is stored the copy is read again, and whoever applies a changed
standing looks through the organisation's requests: one of both sees a race.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from services.budget.domain.book import Book, Subject
from services.budget.domain.commands import (
    Commit,
    LimitCommitment,
    Pause,
    Release,
    Reserve,
    Resume,
    ReturnCommitment,
)
from services.budget.domain.entries import digest_of
from services.budget.domain.hold_commands import EndHold, Hold
from services.budget.domain.payment_commands import GiveUpPayment
from services.budget.domain.payments import OPEN
from services.budget.domain.ranking_commands import Ranking
from services.budget.domain.refusals import BookClosed, BookNotFound, WrongPaymentState
from services.budget.outbound.writer import Journal
from services.budget.usecases.closing import bring_on
from services.budget.usecases.ranking import RankingUseCases
from shared.contracts.envelope import Cause, Envelope, instant
from shared.contracts.ids import district_book
from shared.contracts.registry import StandingChanged
from shared.contracts.requests import (
    CommitmentLimited,
    PaymentsAllowed,
    PaymentsStopped,
    RequestAccepted,
    RequestDeclined,
    RequestFacts,
    RequestLapsed,
    RequestWithdrawn,
)
from shared.contracts.review import CaseDecided
from shared.storage.ports import Copies

LOST: Final = frozenset({"suspended", "expired", "revoked"})
"""Statuses of an organisation that was approved once, so that money may be held for it."""

SYSTEM: Final = "system:budget"
SWEEPING: Final = Cause(SYSTEM, SYSTEM)


class WrongBook(ValueError):
    """The event names a book that is not its district's: a bug of the announcer; it goes to the dead letters."""


@dataclass(frozen=True, slots=True)
class KnownStanding:
    """What is known of an organisation's standing. ``since``: from when it allows or forbids commitments (UTC, ms, Z)."""

    allowed: bool
    sequence: int
    since: str = ""
    suspended: bool = False
    may_be_paid: bool = True


class FollowingUseCases:
    """Handlers of events. What they can't do now for want of the database they raise as Unavailable, to be delivered again."""

    def __init__(self, journal: Journal, standings: Copies, stops: Copies, ranking: RankingUseCases) -> None:
        self._journal = journal
        self._standings = standings
        self._stops = stops
        self._ranking = ranking

    async def on_case_decided(self, data: CaseDecided, event: Envelope) -> None:
        """Approved: the money is reserved, or the request waits, or it is refused. Rejected: nothing.

        Raises BookNotFound for an unknown book and WrongBook: dead letters.
        """
        if data.outcome != "approved":
            return
        if data.book != district_book(data.district, data.fiscal_year):
            raise WrongBook(f"case {data.case} of district {data.district} names the book {data.book}")
        standing = await self.newest(data.organization, data.standing_sequence)
        book = await self.submit(
            Reserve(
                book=data.book,
                request=data.request,
                revision=data.revision,
                organization=data.organization,
                amount=data.amount,
                currency=data.currency,
                allowed=standing.allowed,
                standing_sequence=standing.sequence,
                ranking=_ranking(data),
            ),
            event.cause,
        )
        await self.uphold(book, data.request, data.organization, standing, event.cause)
        if data.waiting_rule == "ranked":
            await self._ranking.rank(data.programme, data.district, event.cause)

    async def on_request_accepted(self, data: RequestAccepted, event: Envelope) -> None:
        """The accepted award becomes a commitment, or the commitment is refused: while suspended, it stays reserved and pauses."""
        standing = await self.newest(data.organization, data.standing_sequence)
        book = await self.submit(
            Commit(
                book=data.book,
                request=data.request,
                acceptance=event.number,
                organization=data.organization,
                amount=data.amount,
                currency=data.currency,
                allowed=standing.allowed,
                standing_sequence=standing.sequence,
                suspended=standing.suspended,
            ),
            event.cause,
        )
        await self.uphold(book, data.request, data.organization, standing, event.cause)

    async def on_request_withdrawn(self, data: RequestWithdrawn, event: Envelope) -> None:
        """Whatever the request holds is released; if it holds nothing yet, it is barred."""
        await self._release(data, "withdrawn", event.cause)

    async def on_request_declined(self, data: RequestDeclined, event: Envelope) -> None:
        """As for a withdrawal: the award is not wanted."""
        await self._release(data, "declined", event.cause)

    async def on_request_lapsed(self, data: RequestLapsed, event: Envelope) -> None:
        """As for a withdrawal, with the reason of the lapse."""
        await self._release(data, data.reason, event.cause)

    async def on_commitment_limited(self, data: CommitmentLimited, event: Envelope) -> None:
        """What is above the limit is released; what is pending or paid stays (REQ-10, REQ-12)."""
        command = LimitCommitment(
            data.book, data.request, event.number, data.organization, data.amount, data.ends, data.reason
        )
        await self.submit(command, event.cause)

    async def on_payments_stopped(self, data: PaymentsStopped, event: Envelope) -> None:
        """Keep that the request's next payment waits (REQ-10). What is approved already is the bank's."""
        await self._stops.apply(data.request, event.number, {"stopped": True})

    async def on_payments_allowed(self, data: PaymentsAllowed, event: Envelope) -> None:
        """Keep that it goes on."""
        await self._stops.apply(data.request, event.number, {"stopped": False})

    async def stopped(self, request: str) -> bool:
        """Tell whether the request's payments are stopped, as far as is known here."""
        copy = await self._stops.get(request)
        return copy is not None and bool(copy["stopped"])

    async def on_standing_changed(self, data: StandingChanged, event: Envelope) -> None:
        """Keep the newest standing and let the organisation's requests stand still or go on with it.

        Also when the copy was as new already: this may be the delivery after a crash. What was lost by an approved organisation is
        looked for in the books as they are; whether somebody stands still who may go on, in what this process knows (``sweep``
        looks again): most standings allow from the first and stop nobody.
        """
        permission = data.standing.may_be_committed
        fields = {
            "status": data.standing.status,
            "may_be_committed": permission.allowed,
            "since": instant(permission.since),
            "may_be_paid": data.standing.may_be_paid.allowed,
        }
        await self._standings.apply(data.organization, event.number, fields)
        standing = await self.newest(data.organization, 0)
        if standing.allowed:
            for book, request in _standing_still(self._journal.known(), data.organization):
                await self._follow(book, request, data.organization, standing, event.cause)
        elif data.standing.status in LOST:
            for book, request in _open_requests(await self._journal.books(), data.organization):
                await self._follow(book, request, data.organization, standing, event.cause)

    async def sweep(self, books: Sequence[Book]) -> int:
        """Let go on who stands still although the standing allows it, and give up payments although it forbids them.

        Only a crash or a change of replicas leaves such.
        """
        resumed = await self._sweep_payments(books) + await self._sweep_carried(books)
        for organization in sorted({book.subjects[request].organization for book in books for request in book.still}):
            copy = await self._standings.get(organization)
            if copy is None or not copy["may_be_committed"]:
                continue
            for book, request in _standing_still(books, organization):
                await self._follow(book, request, organization, _of(copy), SWEEPING)
                resumed += 1
        return resumed

    async def _sweep_payments(self, books: Sequence[Book]) -> int:
        """A person's payment is not delivered again, so one that raced is looked for here."""
        given_up = 0
        for book, subject in [(b, s) for b in books for s in b.subjects.values() if s.pending]:
            if not any(p.request == subject.request and p.state in OPEN for p in book.payments.values()):
                continue  # what is ordered is the bank's
            standing = await self.standing_of(subject.organization)
            if standing.sequence and not standing.may_be_paid:
                await self._follow(book.id, subject.request, subject.organization, standing, SWEEPING)
                given_up += 1
        return given_up

    async def _sweep_carried(self, books: Sequence[Book]) -> int:
        """A standing that changed while a request was between two books finds it in neither."""
        paused = 0
        for book, subject in [(b, s) for b in books for s in b.subjects.values() if s.carried and not s.paused]:
            if subject.state not in ("waiting", "reserved"):
                continue
            standing = await self.standing_of(subject.organization)
            if standing.sequence > subject.standing and not standing.allowed:
                await self._follow(book.id, subject.request, subject.organization, standing, SWEEPING)
                paused += 1
        return paused

    async def standing_of(self, organization: str) -> KnownStanding:
        """Return our copy of the standing; number 0, which allows nothing, if there is none."""
        copy = await self._standings.get(organization)
        return KnownStanding(allowed=False, sequence=0, may_be_paid=False) if copy is None else _of(copy)

    async def _release(self, data: RequestFacts, reason: str, cause: Cause) -> None:
        if data.support != "money":  # no book was ever asked (REQ-4)
            return
        command = Release(book=data.book, request=data.request, organization=data.organization, reason=reason)
        await self.submit(command, cause)

    async def submit(self, command: Reserve | Commit | Release | LimitCommitment | Hold | EndHold, cause: Cause) -> str:
        """Have it written in the book that is named, or in the one that follows if its year is closed; returns which.

        What the request takes there is brought on first, so that it is there when it is spoken of.
        """
        while True:
            try:
                await self._journal.submit(command, cause)
                return command.book
            except BookClosed:
                closed = await self._journal.book(command.book)
            if closed is None or closed.next_book is None:
                raise BookNotFound(book=command.book)
            if command.request in closed.carried:
                await bring_on(self._journal, closed, closed.carried[command.request], cause)
            command = replace(command, book=closed.next_book, asked=command.asked or command.book)

    async def newest(self, organization: str, relied_on: int) -> KnownStanding:
        """Return the newest standing known: our copy, or the one the event says it relied on, if our copy is older.

        Whoever announced the event had a copy that allowed the step, so a copy of ours that lags must not refuse it.
        """
        copy = await self._standings.get(organization)
        if copy is None or copy["sequence"] < relied_on:
            return KnownStanding(allowed=True, sequence=relied_on)
        return _of(copy)

    async def uphold(self, book: str, request: str, organization: str, relied_on: KnownStanding, cause: Cause) -> None:
        """Read the standing again after the step: if it changed meanwhile, the step follows it (I9)."""
        copy = await self._standings.get(organization)
        if copy is not None and copy["sequence"] >= relied_on.sequence:
            standing = _of(copy)
            if standing != relied_on or not standing.allowed:
                await self._follow(book, request, organization, standing, cause)

    async def _follow(self, book: str, request: str, organization: str, standing: KnownStanding, cause: Cause) -> None:
        """Let one request stand as the standing says, and look again: a newer one may have found it still as it was."""
        while True:
            await self._stand(book, request, standing, cause)
            newest = await self.newest(organization, 0)
            if newest.sequence <= standing.sequence:
                return
            standing = newest

    async def _stand(self, book: str, request: str, standing: KnownStanding, cause: Cause) -> None:
        """Let one request stand still, return to its reservation, or go on, as the standing says; nothing if it does so already."""
        found = await self._journal.book(book)
        subject = None if found is None else found.subjects.get(request)
        if found is None or subject is None:
            return
        if not standing.may_be_paid and subject.pending:
            await self._give_up(found, request, standing, cause)
        if standing.allowed:
            if subject.paused:
                await self._journal.submit(Resume(book, request, standing.sequence), cause)
            return
        if _raced(subject, standing):
            await self._journal.submit(ReturnCommitment(book, request, standing.sequence, standing.since), cause)
            await self._journal.submit(Pause(book, request, standing.sequence), cause)
        elif subject.state in ("waiting", "reserved") and not subject.paused:
            await self._journal.submit(Pause(book, request, standing.sequence), cause)

    async def _give_up(self, book: Book, request: str, standing: KnownStanding, cause: Cause) -> None:
        """Give up what is not paid yet: reinstated, it is prepared anew."""
        for id in [p.id for p in book.payments.values() if p.request == request and p.state in OPEN]:
            key = f"{id}:{standing.sequence}"
            command = GiveUpPayment(book.id, key, digest_of(["giveup", key]), SYSTEM, id, "standing")
            with suppress(WrongPaymentState, BookClosed):  # somebody was first
                await self._journal.submit(command, cause)


def _ranking(data: CaseDecided) -> Ranking | None:
    if data.waiting_rule != "ranked":
        return None
    submitted = instant(data.submitted_at or data.closed_at)
    return Ranking(data.programme, data.mean_score_hundredths * data.topic_weight, submitted)


def _of(copy: Mapping[str, Any]) -> KnownStanding:
    status = copy["status"]
    paid = copy.get("may_be_paid", status in ("approved", "expired"))  # a copy from before payments existed
    return KnownStanding(copy["may_be_committed"], copy["sequence"], copy["since"], status == "suspended", paid)


def _standing_still(books: Iterable[Book], organization: str) -> Sequence[tuple[str, str]]:
    """Return (book, request) of the organisation's requests that are paused."""
    return [
        (b.id, request)
        for b in books
        for request in sorted(b.still)
        if b.subjects[request].organization == organization
    ]


def _open_requests(books: Iterable[Book], organization: str) -> Sequence[tuple[str, str]]:
    """Return (book, request) of the organisation's requests that hold a place or money."""
    return [
        (book.id, subject.request)
        for book in books
        for subject in book.subjects.values()
        if subject.organization == organization
        and (subject.state in ("waiting", "reserved", "committed") or subject.pending)
    ]


def _raced(subject: Subject, standing: KnownStanding) -> bool:
    """Tell whether the commitment was made when the standing forbade it already, and the copy did not say so yet."""
    newer = subject.standing < standing.sequence
    return subject.state == "committed" and newer and subject.since >= standing.since
