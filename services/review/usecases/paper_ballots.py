"""Paper ballots: entered by the secretary, confirmed by the member (REV-5); codes as in docs/decisions/0036."""

from collections.abc import Sequence
from datetime import datetime

from services.review.domain import paper_voting
from services.review.domain.case import Case, CaseEvent
from services.review.domain.case_steps import BallotForm
from services.review.usecases.cases import SEAT_HOLDERS, Cases, case_receipt, sealed
from shared.certification import Certification
from shared.certifying import Certifying, WrongCode
from shared.clock import Clock
from shared.contracts.durations import WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.refusals import Refusal
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Document, Stored
from shared.web.caller import Caller


class PaperBallotsNotUsed(Refusal):
    """This city has no codes, so nobody could confirm a paper ballot."""

    code = "paper_ballots_not_used"


class PaperBallots:
    """Enter and confirm paper ballots."""

    def __init__(
        self,
        cases: Aggregates[Case, CaseEvent],
        steps: Cases,
        certifying: Certifying,
        clock: Clock,
        calendar: WorkingCalendar,
    ) -> None:
        self._cases = cases
        self._steps = steps
        self._certifying = certifying
        self._clock = clock
        self._calendar = calendar

    async def enter(
        self, id: str, seat: int, form: BallotForm, *, caller: Caller, command: Command, cause: Cause
    ) -> tuple[Stored[Case], str, datetime]:
        """Enter a member's paper ballot; return what was saved, the code to hand over, and until when it holds.

        Raises what paper_voting.enter_paper raises, PaperBallotsNotUsed, Forbidden, NotFound.
        """
        state = (await self._cases.require(id)).state
        caller.require("secretary", district=state.deciding_district)
        self._require_used()
        code = self._certifying.code(_subject(id, seat), command)
        digest = self._certifying.digest(_subject(id, seat), code)
        now = self._clock()
        until = self._calendar.due(now, self._certifying.within)

        def decide(state: Case) -> Sequence[CaseEvent]:
            given = Certification(caller.subject, True, digest, now, until, self._certifying.tries)
            return paper_voting.enter_paper(
                state, seat=seat, form=form, certification=given, by=caller.subject, now=now
            )

        def answer(stored: Stored[Case]) -> Document:
            return {**case_receipt(stored), "until": until.isoformat()}

        stored = await self._cases.change(id, decide, cause=cause, now=now, command=command, answer=answer)
        return stored, code, datetime.fromisoformat((stored.answer or {})["until"])

    async def confirm(self, id: str, seat: int, code: str, *, caller: Caller, command: Command) -> Stored[Case]:
        """Confirm the own paper ballot; it is cast, and may close the case.

        Raises what paper_voting.confirm_paper raises, PaperBallotsNotUsed, Forbidden, NotFound; and WrongCode, the one refusal that is
        kept: it uses up a try.
        """
        state = (await self._cases.require(id)).state
        caller.require(*SEAT_HOLDERS, district=state.deciding_district)
        self._require_used()
        digest, now = self._certifying.digest(_subject(id, seat), code), self._clock()

        def decide(state: Case) -> Sequence[CaseEvent]:
            return paper_voting.confirm_paper(
                state, seat=seat, subject=caller.subject, digest=digest, now=now, calendar=self._calendar
            )

        def answer(stored: Stored[Case]) -> Document:
            paper = stored.state.seat(seat).paper
            return {**case_receipt(stored), "tries_left": None if paper is None else paper.certification.tries_left}

        stored = await self._cases.change(id, decide, cause=sealed(id), now=now, command=command, answer=answer)
        if (tries_left := (stored.answer or {})["tries_left"]) is not None:
            raise WrongCode(tries_left=tries_left)
        return await self._steps.after_closing(stored)

    def _require_used(self) -> None:
        if not self._certifying.required:
            raise PaperBallotsNotUsed()


def _subject(id: str, seat: int) -> str:
    return f"{id}/{seat}"
