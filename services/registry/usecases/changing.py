"""What the use cases beside an organisation's registration share: one way to read it and one way to change it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.registry.domain.organization import Organization, OrganizationEvent
from services.registry.domain.terms import RegistryTerms
from services.registry.usecases.organizations import Call
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.persian.calendar import local_day
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Stored
from shared.web.api import receipt

Decide = Callable[[Organization, datetime, date], Sequence[OrganizationEvent]]
"""State, now and the city's local day → what happens."""


@dataclass(frozen=True, slots=True)
class Changing:
    """The organisations with the clock and the calendar by which they change."""

    organizations: Aggregates[Organization, OrganizationEvent]
    clock: Clock
    calendar: WorkingCalendar
    terms: RegistryTerms

    def answer_by(self, now: datetime) -> datetime:
        """Return until when a suspension of now may be answered (REG-4)."""
        return self.calendar.due(now, self.terms.suspension_answer_within)

    async def require(self, id: str) -> Stored[Organization]:
        """Return an organisation. Raises NotFound."""
        return await self.organizations.require(id)

    async def change(self, id: str, call: Call, decide: Decide) -> Stored[Organization]:
        """Decide now and save; a repeated command gets its first answer. Raises NotFound and what ``decide`` raises."""
        now = self.clock()
        today = local_day(now, self.calendar.timezone)
        return await self.organizations.change(
            id,
            lambda state: decide(state, now, today),
            cause=call.cause,
            now=now,
            command=call.command,
            answer=receipt,
        )
