"""Certification of drafts by a second representative (REQ-5); docs/decisions/0036."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.requests.domain.request import Event, SupportRequest
from services.requests.domain.request_steps import EDITABLE, NotEditable
from shared.certification import Certification, CodeGiven, certify
from shared.certifying import Certifying, WrongCode, receipt_of_certification
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.refusals import Forbidden, Refusal
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Document, Stored
from shared.web.caller import Caller


class CertificationNotUsed(Refusal):
    """This city submits without certification."""

    code = "certification_not_used"


class Certifications:
    """Use cases about certification."""

    def __init__(
        self,
        requests: Aggregates[SupportRequest, Event],
        certifying: Certifying,
        clock: Clock,
        calendar: WorkingCalendar,
    ) -> None:
        self._requests = requests
        self._certifying = certifying
        self._clock = clock
        self._calendar = calendar

    async def give_code(
        self, id: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> tuple[Stored[SupportRequest], str, datetime]:
        """Make a code for the draft as it is; return what was saved, the code, and until when it can be entered.

        For a representative, who holds it from then on, or for the city office, which hands it over in assisted entry.
        Raises NotFound, Forbidden, StaleVersion, CertificationNotUsed, NotEditable.
        """
        stored = await self._requests.require(id)
        own = caller.represents(stored.state.organization)
        if not own and not caller.has("city_office", district=stored.state.proposal.district):
            raise Forbidden(roles="applicant, city_office")
        self._require_used()
        code = self._certifying.code(id, command)
        now = self._clock()
        until = self._calendar.due(now, self._certifying.within)

        def decide(state: SupportRequest) -> Sequence[Event]:
            _require_editable(state)
            digest = self._certifying.digest(id, code)
            given = Certification(caller.subject, not own, digest, now, until, self._certifying.tries)
            return [CodeGiven(given)]

        stored = await self._change(id, decide, command, cause, expected_version, now)
        answer = stored.answer or {}
        return stored, code, datetime.fromisoformat(answer["until"])

    async def certify(
        self, id: str, code: str, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Enter the code that another person was told.

        Raises NotFound, Forbidden, StaleVersion, CertificationNotUsed, NotEditable, NoCode, SamePerson, CodeSpent; and WrongCode, the one
        refusal that is kept: it uses up a try.
        """
        if not caller.represents((await self._requests.require(id)).state.organization):
            raise Forbidden(roles="applicant")
        self._require_used()
        digest = self._certifying.digest(id, code)
        now = self._clock()

        def decide(state: SupportRequest) -> Sequence[Event]:
            _require_editable(state)
            return certify(state.certification, digest=digest, by=caller.subject, now=now)

        stored = await self._change(id, decide, command, cause, expected_version, now)
        answer = stored.answer or {}
        if not answer["certified"]:
            raise WrongCode(tries_left=answer["tries_left"])
        return stored

    async def _change(
        self,
        id: str,
        decide: Callable[[SupportRequest], Sequence[Event]],
        command: Command,
        cause: Cause,
        expected_version: int | None,
        now: datetime,
    ) -> Stored[SupportRequest]:
        return await self._requests.change(
            id,
            decide,
            cause=cause,
            now=now,
            command=command,
            expected_version=expected_version,
            answer=_receipt_of_certification,
        )

    def _require_used(self) -> None:
        if not self._certifying.required:
            raise CertificationNotUsed()


def _require_editable(state: SupportRequest) -> None:
    if state.status not in EDITABLE:
        raise NotEditable(status=state.status)


def _receipt_of_certification(stored: Stored[SupportRequest]) -> Document:
    return receipt_of_certification(stored, stored.state.certification)
