"""What budget does: books by order of the city office, money by the events of the other services."""

from datetime import datetime, timedelta
from typing import Final

from services.budget.outbound.store import Entries
from services.budget.outbound.writer import Journal
from services.budget.usecases.appeals import AppealUseCases
from services.budget.usecases.bank import BankUseCases
from services.budget.usecases.books import BookUseCases
from services.budget.usecases.closing import ClosingUseCases
from services.budget.usecases.following import SWEEPING, FollowingUseCases
from services.budget.usecases.ineligible import REVIEW, IneligibleUseCases
from services.budget.usecases.payments import PaymentUseCases
from services.budget.usecases.ranking import RankingUseCases
from services.budget.usecases.statements import Statements
from services.budget.usecases.withdrawals import WithdrawalUseCases
from shared.clock import Clock
from shared.contracts.durations import Duration, WorkingCalendar
from shared.storage.ports import Copies

SWEEP_EVERY: Final = timedelta(seconds=5)  # only a crash leaves something; each look reads every book's tail


class UseCases:
    """All use cases of the service."""

    def __init__(
        self,
        *,
        journal: Journal,
        entries: Entries,
        standings: Copies,
        stops: Copies,
        calls: Copies,
        clock: Clock,
        review: Duration = REVIEW,
        calendar: WorkingCalendar | None = None,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._swept_at: datetime | None = None
        self.books = BookUseCases(journal, entries)
        self.withdrawals = WithdrawalUseCases(journal, entries)
        self.closing = ClosingUseCases(journal, entries)
        self.ranking = RankingUseCases(journal, calls)
        self.following = FollowingUseCases(journal, standings, stops, self.ranking)
        self.appeals = AppealUseCases(self.following)
        self.payments = PaymentUseCases(journal, entries, self.following)
        self.bank = BankUseCases(journal, entries, self.following, (calendar or WorkingCalendar()).timezone)
        self.ineligible = IneligibleUseCases(journal, entries, clock, review, calendar or WorkingCalendar())
        self.statements = Statements(entries)

    async def sweep(self) -> int:
        """Do what a crash left undone; returns how much. Called by the service's timer."""
        now = self._clock()
        if self._swept_at is not None and now - self._swept_at < SWEEP_EVERY:
            return 0
        self._swept_at = now
        books = await self._journal.books()
        carried = await self.closing.sweep(books, SWEEPING)
        return carried + await self.books.sweep(books) + await self.following.sweep(books)
