"""Domain events → contract events on ``sama.requests``."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from services.requests.domain import (
    agreements,
    appeals,
    award,
    calls,
    cancellation,
    clocks,
    closing,
    programme,
    question,
    reports,
    request,
)
from services.requests.outbound import announce_ends
from shared.contracts import requests as contract
from shared.contracts.base import EventData
from shared.contracts.ids import district_book


def announce_programme(state: programme.Programme, event: programme.Event) -> Sequence[EventData]:
    """Return what others hear of a programme."""
    match event:
        case programme.ProgrammeOpened() | programme.ProgrammeAmended():
            return [_programme_opened(state)]
        case programme.ProgrammeClosed():
            return [contract.ProgrammeClosed(programme=state.id, version=state.edition)]
        case calls.CallDecided(approvals, _):
            return [_call_decided(state, district) for district in approvals]
        case _:
            return []


def _programme_opened(state: programme.Programme) -> contract.ProgrammeOpened:
    terms = state.terms
    assert terms.opens is not None  # noqa: S101 - opening sets it
    return contract.ProgrammeOpened(
        programme=state.id,
        version=state.edition,
        names=terms.names,
        kind=terms.kind,
        fiscal_year=terms.fiscal_year,
        currency=terms.currency,
        districts=list(terms.districts),
        topics=list(terms.topics),
        ceiling=terms.ceiling,
        rule_set=terms.rule_set,
        criteria=list(terms.criteria),
        opens=terms.opens,
        closes=terms.closes,
        grace_until=state.grace_until,
        support=list(terms.support),
        questions_until=terms.questions_close,
        minimum=terms.minimum,
        maximum=terms.maximum,
        one_open_request=terms.one_open_request,
        waiting_rule=terms.waiting_rule,
        organization_ceiling=terms.organization_ceiling,
    )


def _call_decided(state: programme.Programme, approvals: calls.Approvals) -> contract.CallDecided:
    return contract.CallDecided(
        programme=state.id,
        version=state.edition,
        fiscal_year=state.terms.fiscal_year,
        district=approvals.district,
        book=district_book(approvals.district, state.terms.fiscal_year),
        approved=list(approvals.requests),
    )


def announce_question(state: question.Question, event: question.Event) -> Sequence[EventData]:
    """Return what others hear of a question: its answer, and never who asked (REQ-2)."""
    if isinstance(event, question.QuestionAsked):
        return []
    return [
        contract.QuestionAnswered(
            question=state.id, programme=state.programme, text=event.text, answer=event.answer, answered_at=event.at
        )
    ]


def announce_request(state: request.SupportRequest, event: request.Event) -> Sequence[EventData]:
    """Return what others hear of a request. A draft is nobody's business, not even its end."""
    if state.revision == 0:
        return []
    match event:
        case request.Submitted(revision):
            return [_submitted(state, revision)]
        case request.Accepted(acceptance):
            return [_accepted(state, acceptance)]
        case request.Withdrawn(reason, _):
            return [contract.RequestWithdrawn(**_facts(state), reason=reason)]
        case request.Lapsed(reason, _):
            return [contract.RequestLapsed(**_facts(state), reason=reason)]
        case clocks.ClockBreached(clock, _, since, due):
            return [contract.ClockBreached(**_facts(state), clock=clock, since=since, due=due)]
        case _:
            return next((about(state, event) for events, about in _ABOUT if isinstance(event, events)), [])


def _facts(state: request.SupportRequest) -> dict[str, Any]:
    return {
        "request": state.id,
        "revision": state.revision,
        "organization": state.organization,
        "programme": state.current.proposal.programme,
        "district": state.current.proposal.district or "",
        "book": state.book_id,
        "support": state.current.proposal.support,
    }


def _accepted(state: request.SupportRequest, acceptance: request.Acceptance) -> EventData:
    facts = {**_facts(state), "standing_sequence": acceptance.standing_sequence}
    if not state.gives_money:
        return contract.RequestAcceptedV2(**facts)
    return contract.RequestAccepted(**facts, amount=acceptance.amount, currency=state.current.frozen.currency)


def _about_award(state: request.SupportRequest, event: award.AwardEvent) -> Sequence[EventData]:
    match event:
        case award.RevisedPlanAsked(_, until):
            return [contract.RevisedPlanAsked(**_facts(state), **_below_minimum(state), until=until)]
        case award.PlanRevised(plan, _):
            return [_plan_revised(state, plan)]
        case award.Declined(reason, _):
            return [contract.RequestDeclined(**_facts(state), reason=reason)]


def _below_minimum(state: request.SupportRequest) -> dict[str, Any]:
    return {
        "amount_approved": state.approved,
        "minimum": state.current.proposal.minimum,
        "currency": state.current.frozen.currency,
    }


def _plan_revised(state: request.SupportRequest, plan: award.RevisedPlan) -> contract.PlanRevised:
    return contract.PlanRevised(
        **_facts(state),
        **_below_minimum(state),
        budget_lines=[contract.BudgetLine(title=line.title, amount=line.amount) for line in plan.budget_lines],
        people_reached=plan.people_reached,
        indicator=plan.indicator,
        explanation=plan.explanation,
    )


def _about_appeal(state: request.SupportRequest, event: appeals.AppealEvent) -> Sequence[EventData]:
    appeal, decision, frozen = state.appeal, state.case.decided, state.current.frozen
    assert appeal is not None and decision is not None  # noqa: S101, PT018 - what these events follow from
    facts: dict[str, Any] = {
        **_facts(state),
        "case": appeal.case,
        "ground": appeal.ground,
        "outcome": decision.outcome,
        "amount_asked": state.current.proposal.amount_asked,
        "amount_approved": decision.amount or 0,
        "ceiling": frozen.ceiling,
        "currency": frozen.currency,
    }
    match event:
        case appeals.AppealLodged():
            return [contract.AppealLodged(**facts, answer_until=appeal.answer_until)]
        case appeals.AppealAdmitted(reason, _):
            return [contract.AppealAdmitted(**facts, reason=reason)]
        case appeals.AppealRefused(reason, _):
            return [contract.AppealRefused(**facts, reason=reason)]
        case appeals.AppealEnded(because, _):
            admitted = appeal.answered_at is not None
            return [contract.AppealEnded(**facts, because=because, admitted=admitted)]
        case appeals.PanelDecided():
            return [
                contract.AppealDecided(
                    **facts,
                    panel=event.case,
                    verdict=event.verdict,
                    amount=event.amount,
                    reason=event.reason,
                    standing_sequence=event.standing_sequence,
                )
            ]
        case appeals.AppealAnswerOverdue():
            return [contract.AppealAnswerOverdue(**facts, answer_until=appeal.answer_until)]


def _about_reports(state: request.SupportRequest, event: reports.ReportEvent) -> Sequence[EventData]:
    facts = {**_facts(state), "instalment": event.instalment}
    match event:
        case reports.ReportFiled(_, outcome, _):
            return [contract.ReportFiled(**facts, **_outcome(state, outcome))]
        case reports.ReportSentBack(_, _, _, until):
            return [contract.ReportSentBack(**facts, until=until)]
        case reports.ReportAccepted(instalment, _, allows_payments):
            report = next(r for r in state.reporting.reports if r.instalment == instalment)
            accepted = contract.ReportAccepted(**facts, **_outcome(state, report.outcome))
            return [accepted, contract.PaymentsAllowed(**facts)] if allows_payments else [accepted]
        case reports.ReportOverdue():
            return [contract.PaymentsStopped(**facts, reason="report_overdue")]
        case reports.ReportAsked():
            return []


def _outcome(state: request.SupportRequest, outcome: reports.Outcome) -> dict[str, Any]:
    return {
        "amount_reported": outcome.amount,
        "currency": state.current.frozen.currency,
        "people_reached": outcome.people_reached,
        "indicator_reached": outcome.indicator_reached,
        "final": outcome.final,
    }


def _submitted(state: request.SupportRequest, revision: request.Revision) -> contract.Submission:
    frozen = revision.frozen
    proposal = revision.proposal
    content = {
        name: getattr(proposal, name)
        for name in (
            "neighbourhood", "kind", "topic", "title", "lessens", "indicator", "people_reached", "starts_on", "ends_on",
            "amount_asked", "minimum", "own_contribution", "support",
        )
    }  # fmt: skip
    # Validated, not only built: whatever a draft let through, no malformed event leaves the service.
    money = proposal.support == "money"
    submission = contract.RequestSubmitted if money else contract.RequestSubmittedV2
    return submission.model_validate(
        {
            **_facts(state),
            **content,
            "book": state.book_id if money else None,
            "services": list(proposal.services),
            "programme_version": frozen.edition,
            "fiscal_year": frozen.fiscal_year,
            "budget_lines": [
                contract.BudgetLine(title=line.title, amount=line.amount) for line in proposal.budget_lines
            ],
            "ceiling": frozen.ceiling if money else None,
            "currency": frozen.currency,
            "rule_set": frozen.rule_set,
            "criteria": list(frozen.criteria),
            "submitted_at": revision.submitted_at,
            "waiting_rule": frozen.waiting_rule,
            "standing_sequence": revision.standing_sequence,
        }
    )


_ABOUT: Final[Sequence[tuple[tuple[type[Any], ...], Callable[[request.SupportRequest, Any], Sequence[EventData]]]]] = (
    (award.AWARD_EVENTS, _about_award),
    (appeals.APPEAL_EVENTS, _about_appeal),
    (reports.REPORT_EVENTS, _about_reports),
    (closing.CLOSING_EVENTS, lambda state, event: announce_ends.about_closing(state, event, _facts(state))),
    (
        cancellation.CANCELLATION_EVENTS,
        lambda state, event: announce_ends.about_cancellation(state, event, _facts(state)),
    ),
    (agreements.AGREEMENT_EVENTS, lambda state, event: announce_ends.about_agreement(state, event, _facts(state))),
)
"""Groups of events, and what is announced of each."""
