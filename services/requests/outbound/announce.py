"""Domain events → contract events on ``sama.requests``."""

from collections.abc import Sequence

from services.requests.domain import programme, question, request
from shared.contracts import requests as contract
from shared.contracts.base import EventData


def announce_programme(state: programme.Programme, event: programme.Event) -> Sequence[EventData]:
    """Return what others hear of a programme."""
    match event:
        case programme.ProgrammeOpened() | programme.ProgrammeAmended():
            return [_programme_opened(state)]
        case programme.ProgrammeClosed():
            return [contract.ProgrammeClosed(programme=state.id, version=state.edition)]
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
            return [
                contract.RequestAccepted(
                    **_facts(state),
                    amount=acceptance.amount,
                    currency=state.current.frozen.currency,
                    standing_sequence=acceptance.standing_sequence,
                )
            ]
        case request.Withdrawn(reason, _):
            return [contract.RequestWithdrawn(**_facts(state), reason=reason)]
        case request.Lapsed(reason, _):
            return [contract.RequestLapsed(**_facts(state), reason=reason)]
        case _:
            return []


def _facts(state: request.SupportRequest) -> dict[str, str | int]:
    return {
        "request": state.id,
        "revision": state.revision,
        "organization": state.organization,
        "programme": state.current.proposal.programme,
        "district": state.current.proposal.district or "",
        "book": state.book_id,
        "support": state.current.proposal.support,
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
            "standing_sequence": revision.standing_sequence,
        }
    )
