"""What can be done about a decision (REQ-13): appeal, withdraw, admit or refuse the appeal; and the city's clock (REQ-14)."""

from collections.abc import Sequence
from datetime import datetime

from services.requests.domain.appeals import (
    OPEN_APPEALS,
    Appeal,
    AppealAdmitted,
    AppealAnswerOverdue,
    AppealEnded,
    AppealEvent,
    AppealLodged,
    AppealRefused,
    AppealStatus,
    EndedBecause,
    Ground,
)
from services.requests.domain.request import Event, SupportRequest
from services.requests.domain.statuses import AWARDED
from shared.contracts.durations import WorkingCalendar
from shared.contracts.refusals import Refusal


class NothingToAppeal(Refusal):
    """Only a rejection, or an award of less than was asked and not accepted yet, can be appealed."""

    code = "nothing_to_appeal"


class AppealTooLate(Refusal):
    """The time to appeal is over."""

    code = "appeal_too_late"


class AppealedAlready(Refusal):
    """A decision is appealed once."""

    code = "appealed_already"


class NoAppealToAnswer(Refusal):
    """No appeal was lodged, or it was answered the other way."""

    code = "no_appeal_to_answer"


class NoAppealToWithdraw(Refusal):
    """No appeal was lodged, or it is over."""

    code = "no_appeal_to_withdraw"


def lodge(
    state: SupportRequest, *, ground: Ground, text: str, calendar: WorkingCalendar, now: datetime
) -> Sequence[Event]:
    """Appeal against the decision. Raises NothingToAppeal, AppealedAlready, AppealTooLate."""
    decision = state.case.decided
    if decision is None or not _appealable(state):
        raise NothingToAppeal(status=state.status)
    if state.appeal is not None:
        raise AppealedAlready()
    frozen = state.current.frozen
    until = calendar.due(decision.at, frozen.appeal_within)
    if until <= now:
        raise AppealTooLate(until=until.isoformat())
    return [AppealLodged(Appeal(decision.case, ground, text, now, calendar.due(now, frozen.appeal_answered_within)))]


def admit(state: SupportRequest, *, reason: str, now: datetime) -> Sequence[Event]:
    """Admit the appeal, also late. Admitting again does nothing. Raises NoAppealToAnswer."""
    return [AppealAdmitted(reason, now)] if _to_answer(state, "admitted") else []


def refuse(state: SupportRequest, *, reason: str, now: datetime) -> Sequence[Event]:
    """Refuse the appeal, also late. Refusing again does nothing. Raises NoAppealToAnswer."""
    return [AppealRefused(reason, now)] if _to_answer(state, "refused") else []


def withdraw(state: SupportRequest, *, now: datetime) -> Sequence[AppealEvent]:
    """Withdraw the appeal, admitted or not. Withdrawing again does nothing. Raises NoAppealToWithdraw."""
    if state.appeal is not None and state.appeal.ended_because == "withdrawn":
        return []
    ended = end_open(state, "withdrawn", now=now)
    if not ended:
        raise NoAppealToWithdraw()
    return ended


def end_open(state: SupportRequest, because: EndedBecause, *, now: datetime) -> Sequence[AppealEvent]:
    """End the appeal if somebody has still to answer or decide it: what it was about is settled otherwise."""
    appeal = state.appeal
    return [AppealEnded(because, now)] if appeal is not None and appeal.status in OPEN_APPEALS else []


def answer_overdue(state: SupportRequest, *, now: datetime) -> Sequence[Event]:
    """Say that the city's clock is over, once (REQ-14)."""
    due = answer_due(state)
    return [AppealAnswerOverdue(now)] if due is not None and due <= now else []


def answer_due(state: SupportRequest) -> datetime | None:
    """Return by when the city has to answer; None: there is nothing to answer, or it is late already."""
    appeal = state.appeal
    return appeal.answer_until if appeal is not None and appeal.status == "lodged" and not appeal.overdue else None


def _appealable(state: SupportRequest) -> bool:
    if state.status == "rejected":
        return True
    return state.status in AWARDED and (state.approved or 0) < (state.current.proposal.amount_asked or 0)


def _to_answer(state: SupportRequest, status: AppealStatus) -> bool:
    appeal = state.appeal
    if appeal is not None and appeal.status == status:
        return False
    if appeal is None or appeal.status != "lodged":
        raise NoAppealToAnswer()
    return True
