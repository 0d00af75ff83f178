"""Reports of awards: filed by the applicant, answered by the district's offices (REQ-10)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from services.requests.domain import report_steps
from services.requests.domain.reports import Outcome
from services.requests.domain.request import Event, SupportRequest
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.refusals import Forbidden
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Stored
from shared.web.api import receipt
from shared.web.caller import Caller, Role

ANSWERING: Final[tuple[Role, ...]] = ("secretary", "budget_officer")


class Reports:
    """Use cases about reports."""

    def __init__(self, requests: Aggregates[SupportRequest, Event], clock: Clock, calendar: WorkingCalendar) -> None:
        self._requests = requests
        self._clock = clock
        self._calendar = calendar

    async def file(
        self, id: str, outcome: Outcome, *, about_nobody: bool, caller: Caller, command: Command, cause: Cause,
        expected_version: int | None,
    ) -> Stored[SupportRequest]:  # fmt: skip
        """File the report that is due (applicant). Raises NotFound, Forbidden, StaleVersion, NoReportDue, InvalidFields."""
        stored = await self._requests.require(id)
        if not caller.represents(stored.state.organization):
            raise Forbidden(roles="applicant")
        now = self._clock()
        return await self._change(
            id,
            lambda state: report_steps.file_report(
                state, outcome, about_nobody=about_nobody, calendar=self._calendar, now=now
            ),
            command, cause, expected_version, now,
        )  # fmt: skip

    async def accept(
        self, id: str, instalment: int, *, caller: Caller, command: Command, cause: Cause, expected_version: int | None
    ) -> Stored[SupportRequest]:
        """Accept a report (secretary, budget officer). Raises NotFound, Forbidden, StaleVersion, NoReportToAnswer."""
        await self._require_office(id, caller)
        now = self._clock()
        return await self._change(
            id, lambda state: report_steps.accept_report(state, instalment, calendar=self._calendar, now=now),
            command, cause, expected_version, now,
        )  # fmt: skip

    async def send_back(
        self, id: str, instalment: int, reason: str, *, caller: Caller, command: Command, cause: Cause,
        expected_version: int | None,
    ) -> Stored[SupportRequest]:  # fmt: skip
        """Send a report back (secretary, budget officer). Raises NotFound, Forbidden, StaleVersion, NoReportToAnswer."""
        await self._require_office(id, caller)
        now = self._clock()
        return await self._change(
            id,
            lambda state: report_steps.send_report_back(
                state, instalment, reason=reason, calendar=self._calendar, now=now
            ),
            command, cause, expected_version, now,
        )  # fmt: skip

    async def _require_office(self, id: str, caller: Caller) -> None:
        stored = await self._requests.require(id)
        caller.require(*ANSWERING, district=stored.state.proposal.district)

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
            id, decide, cause=cause, now=now, command=command, expected_version=expected_version, answer=receipt
        )
