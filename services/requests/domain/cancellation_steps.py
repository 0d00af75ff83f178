"""What can be done about a cancellation by the city: notice, answer, dropping it, cancelling."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.requests.domain.cancellation import (
    CancellationNotified,
    Cancelled,
    Hearing,
    HearingAnswered,
    NoticeDropped,
)
from services.requests.domain.closing import LimitSet
from services.requests.domain.payable import amount_errors, limit_to
from services.requests.domain.request import Event, SupportRequest
from services.requests.domain.statuses import Status
from shared.contracts.durations import WorkingCalendar
from shared.contracts.refusals import InvalidFields, Refusal

CANCELLABLE: Final[frozenset[Status]] = frozenset({"in_progress", "reported"})


class NothingToCancel(Refusal):
    """Only an award that is carried out, and that nobody is closing, is cancelled."""

    code = "nothing_to_cancel"


class NoticeOpen(Refusal):
    """A notice of cancellation is open already."""

    code = "notice_open"


class NoNotice(Refusal):
    """No notice of cancellation is open."""

    code = "no_notice"


class HearingOver(Refusal):
    """The time to answer the notice is over."""

    code = "hearing_over"


class HearingNotOver(Refusal):
    """The applicant has not answered and may still do so."""

    code = "hearing_not_over"


def notify(state: SupportRequest, *, grounds: str, calendar: WorkingCalendar, now: datetime) -> Sequence[Event]:
    """Tell the applicant that and why the award is to be cancelled. Raises NothingToCancel, NoticeOpen."""
    if state.status not in CANCELLABLE or state.closing_asked_at is not None:
        raise NothingToCancel(status=state.status)
    if _open(state) is not None:
        raise NoticeOpen()
    return [CancellationNotified(Hearing(grounds, now, calendar.due(now, state.current.frozen.heard_within)))]


def answer(state: SupportRequest, *, text: str, now: datetime) -> Sequence[Event]:
    """Answer the notice in time; a later answer replaces an earlier one. Raises NoNotice, HearingOver."""
    hearing = _required(state)
    if hearing.until <= now:
        raise HearingOver(until=hearing.until.isoformat())
    return [] if hearing.answer == text else [HearingAnswered(text, now)]


def drop(state: SupportRequest, *, reason: str, now: datetime) -> Sequence[Event]:
    """Drop the notice: the award goes on. Dropping again does nothing. Raises NoNotice."""
    if state.hearing is not None and state.hearing.status == "dropped":
        return []
    _required(state)
    return [NoticeDropped(reason, now)]


def cancel(state: SupportRequest, *, proven_costs: int, reason: str, now: datetime) -> Sequence[Event]:
    """Cancel after the hearing; asks budget to release what is above the proven costs. Cancelling again does nothing.

    Raises NoNotice, HearingNotOver, InvalidFields (less than is paid or under way, or more than is committed).
    """
    if state.status == "cancelled":
        return []
    hearing = _required(state)
    if hearing.answered_at is None and now < hearing.until:
        raise HearingNotOver(until=hearing.until.isoformat())
    errors = amount_errors(state, proven_costs, "/proven_costs")
    if errors:
        raise InvalidFields(errors=errors)
    cancelled = Cancelled(proven_costs, reason, now, allows_payments=state.reporting.overdue)
    if not state.committed:
        return [cancelled]
    return [cancelled, LimitSet(limit_to(state, proven_costs, "cancelled"), now)]


def _open(state: SupportRequest) -> Hearing | None:
    return state.hearing if state.hearing is not None and state.hearing.status == "open" else None


def _required(state: SupportRequest) -> Hearing:
    hearing = _open(state)
    if hearing is None or state.status not in CANCELLABLE:
        raise NoNotice()
    return hearing
