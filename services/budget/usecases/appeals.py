"""Money follows appeals: held while one lasts, and reserved or given back when it is over (REQ-13, BUD-3).

Only what requests announces is followed: whether a panel's decision still counts is for the request to say.
"""

from services.budget.domain.hold_commands import Award, EndHold, Hold
from services.budget.usecases.following import FollowingUseCases
from shared.contracts.envelope import Cause, Envelope
from shared.contracts.requests import AppealAdmitted, AppealDecided, AppealEnded, AppealFacts


class AppealUseCases:
    """Handlers of events; every one may run early, late and repeatedly."""

    def __init__(self, following: FollowingUseCases) -> None:
        self._following = following

    async def on_appeal_admitted(self, data: AppealAdmitted, event: Envelope) -> None:
        """Hold what is disputed: what was asked, at most the ceiling, less what was approved; and no more than is available."""
        if data.support != "money" or data.amount_asked is None:
            return
        disputed = min(data.amount_asked, data.ceiling) - data.amount_approved
        if disputed > 0:
            command = Hold(data.book, data.request, disputed, data.currency)
            await self._following.submit(command, event.cause)

    async def on_appeal_ended(self, data: AppealEnded, event: Envelope) -> None:
        """Nobody decides it any more: what is held is available again. What was never admitted holds nothing."""
        if data.admitted is not False:
            await self._end(data, data.because, event.cause)

    async def on_appeal_decided(self, data: AppealDecided, event: Envelope) -> None:
        """Confirmed: as for an end. Overturned: what is awarded is reserved from what was held, or waits for what lacks."""
        if data.verdict == "confirmed":
            await self._end(data, data.verdict, event.cause)
            return
        standing = await self._following.newest(data.organization, data.standing_sequence)
        award = Award(data.revision, data.amount, data.currency, standing.allowed, standing.sequence)
        book = await self._end(data, data.verdict, event.cause, award)
        if book is not None:
            await self._following.uphold(book, data.request, data.organization, standing, event.cause)

    async def _end(self, data: AppealFacts, reason: str, cause: Cause, award: Award | None = None) -> str | None:
        if data.support != "money":
            return None
        command = EndHold(data.book, data.request, data.organization, reason, award)
        return await self._following.submit(command, cause)
