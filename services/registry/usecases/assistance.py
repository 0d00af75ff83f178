"""Assisted entry (REG-10): an office enters, the applicant confirms by a code; docs/decisions/0043."""

from collections.abc import Sequence
from datetime import date, datetime

from services.registry.domain.assistance import awaits_confirmation, require_awaiting
from services.registry.domain.organization import Organization, OrganizationEvent
from services.registry.domain.profile import Profile
from services.registry.usecases import access
from services.registry.usecases.changing import Changing, Decide
from services.registry.usecases.organizations import Call, OrganizationUseCases
from shared.certification import Certification, CodeGiven, certify
from shared.certifying import Certifying, WrongCode, receipt_of_certification
from shared.contracts.refusals import Forbidden, Refusal
from shared.persian.calendar import local_day
from shared.storage.ports import Document, Stored


class AssistedEntryNotUsed(Refusal):
    """This installation has no key from which codes could be made."""

    code = "assisted_entry_not_used"


class AssistanceUseCases:
    """Use cases of what an office enters for an applicant."""

    def __init__(self, changing: Changing, organizations: OrganizationUseCases, certifying: Certifying) -> None:
        self._changing = changing
        self._organizations = organizations
        self._certifying = certifying

    async def enter(self, profile: Profile, call: Call) -> Stored[Organization]:
        """Open a draft for an applicant; for registrars of one of its districts.

        Raises Forbidden, AssistedEntryNotUsed, InvalidFields.
        """
        if not any(call.caller.has("registrar", district=district) for district in profile.districts):
            raise Forbidden(roles="registrar")
        self._require_used()
        return await self._organizations.register(profile, call, assisted=True)

    async def give_code(self, id: str, call: Call) -> tuple[Stored[Organization], str, datetime]:
        """Make a code for the draft as it is; return what was saved, the code, and until when it can be entered.

        The officer hands it over to the applicant. Raises NotFound, Forbidden, AssistedEntryNotUsed, NotAssisted.
        """
        code = self._certifying.code(id, call.command)
        digest = self._certifying.digest(id, code)

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            access.require_assisting(call.caller, state)
            self._require_used()
            require_awaiting(state.assistance)
            until = self._changing.calendar.due(now, self._certifying.within)
            given = Certification(call.caller.subject, True, digest, now, until, self._certifying.tries)
            return [CodeGiven(given)]

        stored = await self._change(id, call, decide)
        return stored, code, datetime.fromisoformat((stored.answer or {})["until"])

    async def confirm(self, id: str, code: str, call: Call) -> Stored[Organization]:
        """Enter the code and take the draft over: from then on it is the caller's own.

        Raises NotFound, Forbidden, NotAssisted, NoCode, SamePerson, CodeSpent; and WrongCode, the one refusal that is kept: it uses up a
        try.
        """
        digest = self._certifying.digest(id, code)

        def decide(state: Organization, now: datetime, _today: date) -> Sequence[OrganizationEvent]:
            if not awaits_confirmation(state.assistance):
                access.require_own(call.caller, state)  # a stranger is told nothing
            access.require_applicant(call.caller)
            assistance = require_awaiting(state.assistance)
            return certify(assistance.confirmation, digest=digest, by=call.caller.subject, now=now)

        stored = await self._change(id, call, decide)
        answer = stored.answer or {}
        if not answer["certified"]:
            raise WrongCode(tries_left=answer["tries_left"])
        return stored

    async def _change(self, id: str, call: Call, decide: Decide) -> Stored[Organization]:
        now = self._changing.clock()
        today = local_day(now, self._changing.calendar.timezone)
        return await self._changing.organizations.change(
            id, lambda state: decide(state, now, today), cause=call.cause, now=now, command=call.command, answer=_answer
        )

    def _require_used(self) -> None:
        if not self._certifying.required:
            raise AssistedEntryNotUsed()


def _answer(stored: Stored[Organization]) -> Document:
    assistance = stored.state.assistance
    return receipt_of_certification(stored, None if assistance is None else assistance.confirmation)
