"""Appeals against a refused registration and a suspension (REG-7)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.registry.domain import appeal_steps
from services.registry.domain.appeals import Appeal
from services.registry.domain.organization import LegalIdTaken, Organization, OrganizationEvent
from services.registry.usecases import access
from services.registry.usecases.changing import Changing
from services.registry.usecases.organizations import Call
from shared.contracts.refusals import FieldError
from shared.contracts.registry import AppealOutcome
from shared.storage.ports import DuplicateValue, Page, Stored
from shared.web.caller import Caller


class AppealUseCases:
    """Use cases of appeals."""

    def __init__(self, changing: Changing) -> None:
        self._changing = changing

    async def lodge(self, id: str, grounds: str, call: Call) -> Stored[Organization]:
        """Appeal (its own people). Raises Forbidden, NothingToAppeal, AppealOverdue, AlreadyAppealed."""
        terms, calendar = self._changing.terms, self._changing.calendar

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            access.require_own(call.caller, state)
            return appeal_steps.appeal(state, grounds, terms, calendar, by=call.caller.subject, now=now)

        return await self._changing.change(id, call, decide)

    async def answer(
        self, id: str, number: int, outcome: AppealOutcome, reason: str, call: Call
    ) -> Stored[Organization]:
        """Uphold or dismiss (city office). Raises Forbidden, OwnDecision, NoSuchAppeal, AppealIsAnswered, BlockedByFlag, LegalIdTaken."""
        by = call.caller.subject

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            access.require_office(call.caller, state, "city_office")
            return appeal_steps.answer_appeal(state, number, outcome, reason, by=by, now=now)

        try:
            return await self._changing.change(id, call, decide)
        except DuplicateValue as duplicate:  # another organisation took the legal id that the refusal gave up
            raise LegalIdTaken(errors=[FieldError("/legal_id", "legal_id_taken")]) from duplicate

    async def of(self, id: str, caller: Caller) -> Sequence[Appeal]:
        """Return all appeals of an organisation, the first first. Raises NotFound, Forbidden."""
        stored = await self._changing.require(id)
        access.require_inner_sight(caller, stored.state)
        return stored.state.appeals

    async def page(
        self, caller: Caller, district: str | None, *, cursor: str | None, limit: int
    ) -> Page[Stored[Organization]]:
        """Return organisations with an appeal that waits for its answer, in the caller's districts. Raises Forbidden."""
        where: dict[str, Any] = {"open_appeal": {"$gte": 1}, **access.in_own_districts(caller, district)}
        return await self._changing.organizations.page(where, order=(("status_since", 1),), cursor=cursor, limit=limit)
