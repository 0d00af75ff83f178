"""Certification of drafts by a second representative (REQ-5); docs/decisions/0036."""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from services.requests.domain.certification import (
    Certification,
    CodeGiven,
    certify,
)
from services.requests.domain.request import Event, SupportRequest
from services.requests.domain.request_steps import EDITABLE, NotEditable
from shared.clock import Clock
from shared.contracts.durations import Duration, WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.refusals import Forbidden, Refusal
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Document, Stored
from shared.web.api import receipt
from shared.web.caller import Caller

DIGITS: Final = 8
LASTS: Final = Duration(days=3)  # the second representative may be away over a weekend


class CertificationNotUsed(Refusal):
    """This city submits without certification."""

    code = "certification_not_used"


class WrongCode(Refusal):
    """Not the code that was given; a try is used up."""

    code = "certification_code_wrong"


@dataclass(frozen=True)
class Certifying:
    """What a city sets. ``key``: secret that makes codes and their digests; empty: requests are submitted without certification."""

    key: str = ""
    within: Duration = LASTS
    tries: int = 5

    @property
    def required(self) -> bool:
        """Tell whether a submission needs certification."""
        return bool(self.key)

    def code(self, request: str, command: Command) -> str:
        """Return the code of one call: a repeat of the call is told the same one, and nothing has to keep it."""
        number = int(self._keyed("code", request, command.subject, command.key, command.digest), 16)
        return f"{number % 10**DIGITS:0{DIGITS}d}"

    def digest(self, request: str, code: str) -> str:
        """Return what is kept of a code."""
        return self._keyed("digest", request, code)

    def _keyed(self, *parts: str) -> str:
        return hmac.new(self.key.encode(), "\0".join(parts).encode(), sha256).hexdigest()


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
    """Return what a repeat of the call has to be answered with; not the code."""
    certification = stored.state.certification
    assert certification is not None  # noqa: S101 - asked only after a step that needs or makes one
    return {
        **receipt(stored),
        "until": certification.until.isoformat(),
        "certified": certification.certified_at is not None,
        "tries_left": certification.tries_left,
    }
