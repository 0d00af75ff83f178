"""What both sides can do about an agreement after the acceptance (REQ-10): propose, accept, deny."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.requests.domain.agreements import (
    Agreement,
    AgreementAccepted,
    AgreementDenied,
    AgreementProposed,
    Change,
    EndedByAgreement,
    Side,
    Subject,
)
from services.requests.domain.closing import LimitSet
from services.requests.domain.payable import amount_errors, limit_to, payable
from services.requests.domain.report_steps import moved_report
from services.requests.domain.request import Event, SupportRequest, fold
from services.requests.domain.statuses import Status
from shared.contracts.durations import WorkingCalendar
from shared.contracts.refusals import FieldError, InvalidFields, Refusal

AGREEABLE: Final[dict[Subject, frozenset[Status]]] = {
    "amendment": frozenset({"in_progress"}),
    "ending": frozenset({"in_progress", "reported"}),
}


class NothingToAgreeOn(Refusal):
    """Only an award that is carried out, and that nobody is closing, is amended or ended by agreement."""

    code = "nothing_to_agree_on"


class NoAgreementToAnswer(Refusal):
    """There is no such proposal, or it was answered or superseded."""

    code = "no_agreement_to_answer"


class OtherSideAnswers(Refusal):
    """Who proposed does not answer."""

    code = "other_side_answers"


class AgreementOutdated(Refusal):
    """What was proposed is not possible any more: more was paid or reported meanwhile. ``errors`` says what."""

    code = "agreement_outdated"


def propose_amendment(state: SupportRequest, change: Change, *, by: Side, text: str, now: datetime) -> Sequence[Event]:
    """Propose to change the plan. Raises NothingToAgreeOn, InvalidFields."""
    _require_running(state, "amendment")
    errors = change_errors(state, change, now=now)
    if errors:
        raise InvalidFields(errors=errors)
    return [AgreementProposed(Agreement(len(state.agreements) + 1, by, "amendment", text, now, change=change))]


def propose_ending(state: SupportRequest, amount: int, *, by: Side, text: str, now: datetime) -> Sequence[Event]:
    """Propose to end the award with what then stays payable. Raises NothingToAgreeOn, InvalidFields."""
    _require_running(state, "ending")
    errors = amount_errors(state, amount, "/amount")
    if errors:
        raise InvalidFields(errors=errors)
    return [AgreementProposed(Agreement(len(state.agreements) + 1, by, "ending", text, now, amount=amount))]


def accept(
    state: SupportRequest, number: int, *, by: Side, calendar: WorkingCalendar, now: datetime
) -> Sequence[Event]:
    """Accept what the other side proposed; it counts at once. Accepting again does nothing.

    Raises NoAgreementToAnswer, OtherSideAnswers, NothingToAgreeOn, AgreementOutdated.
    """
    agreement = _answered_by(state, number, by)
    if agreement.status == "accepted":
        return []
    _require_open(agreement)
    _require_running(state, agreement.subject)
    accepted = AgreementAccepted(number, now)
    if agreement.change is None:
        return [accepted, *_ended(state, agreement, now=now)]
    errors = change_errors(state, agreement.change, now=now)
    if errors:
        raise AgreementOutdated(errors=errors)
    moved = moved_report(fold(state, [accepted]), calendar=calendar, now=now) if agreement.change.ends_on else []
    return [accepted, *moved, *_limited(state, agreement.change, now=now)]


def deny(state: SupportRequest, number: int, *, by: Side, reason: str, now: datetime) -> Sequence[Event]:
    """Deny what the other side proposed. Denying again does nothing; nothing is answered after the award has ended (I4).

    Raises NoAgreementToAnswer, OtherSideAnswers, NothingToAgreeOn.
    """
    agreement = _answered_by(state, number, by)
    if agreement.status == "denied":
        return []
    _require_open(agreement)
    _require_running(state, agreement.subject)
    return [AgreementDenied(number, reason, now)]


def change_errors(state: SupportRequest, change: Change, *, now: datetime) -> Sequence[FieldError]:
    """Name what is wrong with an amendment."""
    if change == Change():
        return [FieldError("", "nothing_changed")]
    plan, errors = state.plan, list[FieldError]()
    starts, ends = change.starts_on or plan.starts_on, change.ends_on or plan.ends_on
    if starts is not None and ends is not None and ends < starts:
        errors.append(FieldError("/ends_on", "ends_before_start"))
    if change.ends_on is not None and change.ends_on <= now:
        errors.append(FieldError("/ends_on", "planned_date_passed"))
    amount = payable(state)
    if change.budget_lines is not None:
        amount = sum(line.amount for line in change.budget_lines)
        errors += amount_errors(state, amount, "/budget_lines") or _reported_errors(state, amount)
    instalments = plan.instalments if change.instalments is None else change.instalments
    total, currency = sum(part.amount for part in instalments), state.current.frozen.currency
    if instalments and total != amount:
        params: dict[str, str | int] = {"sum": total, "amount": amount, "currency": currency}
        errors.append(FieldError("/instalments", "instalments_do_not_add_up", params))
    return errors


def _reported_errors(state: SupportRequest, amount: int) -> Sequence[FieldError]:
    reported = state.reporting.amount
    if amount >= reported:
        return []
    return [
        FieldError(
            "/budget_lines", "below_what_is_reported", {"reported": reported, "currency": state.current.frozen.currency}
        )
    ]


def _limited(state: SupportRequest, change: Change, *, now: datetime) -> Sequence[Event]:
    """Less than is committed: the rest is released."""
    if change.budget_lines is None:
        return []
    amount = sum(line.amount for line in change.budget_lines)
    return [LimitSet(limit_to(state, amount, "amended"), now)] if amount < payable(state) else []


def _ended(state: SupportRequest, agreement: Agreement, *, now: datetime) -> Sequence[Event]:
    amount = agreement.amount or 0
    errors = amount_errors(state, amount, "/amount")
    if errors:
        raise AgreementOutdated(errors=errors)
    ended = EndedByAgreement(amount, agreement.text, now, allows_payments=state.reporting.overdue)
    if not state.committed:
        return [ended]
    return [ended, LimitSet(limit_to(state, amount, "ended_by_agreement"), now)]


def _require_running(state: SupportRequest, subject: Subject) -> None:
    if state.status not in AGREEABLE[subject] or state.closing_asked_at is not None:
        raise NothingToAgreeOn(status=state.status)


def _answered_by(state: SupportRequest, number: int, by: Side) -> Agreement:
    agreement = next((a for a in state.agreements if a.number == number), None)
    if agreement is None:
        raise NoAgreementToAnswer(number=number)
    if agreement.by == by:
        raise OtherSideAnswers()
    return agreement


def _require_open(agreement: Agreement) -> None:
    if agreement.status != "open":
        raise NoAgreementToAnswer(number=agreement.number)
