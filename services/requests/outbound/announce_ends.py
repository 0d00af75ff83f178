"""What others hear of a request after the acceptance: closing, cancellation, agreements. ``facts``: what every such event carries."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.requests.domain import agreements, cancellation, closing
from services.requests.domain.request import SupportRequest
from shared.contracts import requests as contract
from shared.contracts.base import EventData


def about_closing(state: SupportRequest, event: closing.ClosingEvent, facts: Mapping[str, Any]) -> Sequence[EventData]:
    """Return what is announced of a limit to the commitment, and of closing."""
    book, currency = state.book, state.current.frozen.currency
    match event:
        case closing.LimitSet(limit):
            return [
                contract.CommitmentLimited(
                    **facts, amount=limit.amount, currency=currency, ends=limit.ends, reason=limit.reason
                )
            ]
        case closing.Closed():
            return [
                contract.RequestClosed(
                    **facts,
                    amount_committed=book.committed + book.released,
                    amount_released=book.released,
                    amount_paid=book.paid,
                    amount_refunded=book.refunded,
                    amount_reported=state.reporting.amount,
                    currency=currency,
                )
            ]
        case closing.ClosingAsked():
            return []


def about_cancellation(
    state: SupportRequest, event: cancellation.CancellationEvent, facts: Mapping[str, Any]
) -> Sequence[EventData]:
    """Return what is announced of a hearing and what comes of it."""
    match event:
        case cancellation.CancellationNotified(hearing):
            return [contract.CancellationNotified(**facts, grounds=hearing.grounds, answer_until=hearing.until)]
        case cancellation.HearingAnswered():
            return [contract.HearingAnswered(**facts)]
        case cancellation.NoticeDropped(reason):
            return [contract.CancellationDropped(**facts, reason=reason)]
        case cancellation.Cancelled(proven_costs, reason, _, allows_payments):
            cancelled = contract.RequestCancelled(**facts, proven_costs=proven_costs, reason=reason, **_paid(state))
            return [cancelled, *_allowed(state, facts, allows_payments)]


def about_agreement(
    state: SupportRequest, event: agreements.AgreementEvent, facts: Mapping[str, Any]
) -> Sequence[EventData]:
    """Return what is announced of a proposal, its answer and its effect."""
    match event:
        case agreements.AgreementProposed(agreement):
            return [contract.AgreementProposed(**facts, **_agreement(state, agreement.number))]
        case agreements.AgreementAccepted(number):
            return [contract.AgreementAccepted(**facts, **_agreement(state, number))]
        case agreements.AgreementDenied(number, reason):
            return [contract.AgreementDenied(**facts, **_agreement(state, number), reason=reason)]
        case agreements.EndedByAgreement(amount, reason, _, allows_payments):
            ended = contract.RequestEndedByAgreement(**facts, amount=amount, reason=reason, **_paid(state))
            return [ended, *_allowed(state, facts, allows_payments)]


def _paid(state: SupportRequest) -> dict[str, Any]:
    return {
        "amount_paid": state.book.paid - state.book.refunded,
        "currency": state.current.frozen.currency,
    }


def _allowed(state: SupportRequest, facts: Mapping[str, Any], allows: bool) -> Sequence[EventData]:
    """What stays payable is paid, although no report comes any more."""
    return [contract.PaymentsAllowed(**facts, instalment=state.reporting.instalment)] if allows else []


def _agreement(state: SupportRequest, number: int) -> dict[str, Any]:
    agreement = next(a for a in state.agreements if a.number == number)
    facts: dict[str, Any] = {
        "agreement": number,
        "about": agreement.subject,
        "proposed_by": agreement.by,
        "currency": state.current.frozen.currency,
        "amount": agreement.amount,
    }
    change = agreement.change
    if change is None:
        return facts
    lines, instalments = change.budget_lines, change.instalments
    return {
        **facts,
        "starts_on": change.starts_on,
        "ends_on": change.ends_on,
        "people_reached": change.people_reached,
        "indicator": change.indicator,
        "budget_lines": None
        if lines is None
        else [contract.BudgetLine(title=line.title, amount=line.amount) for line in lines],
        "instalments": None
        if instalments is None
        else [contract.PlannedInstalment(amount=part.amount, due_on=part.due_on) for part in instalments],
    }
