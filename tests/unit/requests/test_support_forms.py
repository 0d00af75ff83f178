"""Support in money, by a service, or by an entrusted task: only money needs amounts and a book (REQ-4)."""

from dataclasses import replace
from typing import Any

import pytest

from services.requests.domain import request_steps
from services.requests.domain.programme import Surroundings, draft, evolve, open_
from services.requests.domain.proposal import Proposal, check
from services.requests.domain.report_steps import file_report
from services.requests.domain.reports import Outcome, Spent
from services.requests.domain.request import Lapsed, SupportRequest, fold
from services.requests.domain.standing import StandingForbids
from services.requests.outbound.announce import announce_request
from shared.contracts.durations import WorkingCalendar
from shared.contracts.refusals import InvalidFields
from shared.contracts.requests import RequestSubmitted, RequestSubmittedV2
from tests.unit.requests import building as b
from tests.unit.requests.test_programme import VALID

EVERY_FORM = replace(b.TERMS, support=("money", "service", "task"))
VENUE = b.changed(support="service", services=("venue",), budget_lines=(), amount_asked=None, minimum=None)
TASK = replace(VENUE, support="task", services=())
PROGRAMME = replace(b.PROGRAMME, terms=EVERY_FORM)


def approved(proposal: Proposal) -> SupportRequest:
    state = submitted(proposal)
    for fact in (b.OPENED, b.CLOSED, replace(b.APPROVED, amount=None)):
        state = b.note(state, fact)
    return state


def errors(proposal: Proposal, **terms: Any) -> list[tuple[str, str]]:
    found = check(proposal, replace(EVERY_FORM, **terms), topics_in_force=b.TOPICS, now=b.NOW)
    return [(error.pointer, error.code) for error in found]


def submitted(proposal: Proposal) -> SupportRequest:
    return b.submit(b.draft(proposal), programme=PROGRAMME)


@pytest.mark.parametrize("proposal", [b.PROPOSAL, VENUE, TASK])
def test_each_form_of_support_is_complete_by_its_own_fields(proposal: Proposal) -> None:
    assert errors(proposal) == []


@pytest.mark.parametrize(
    ("proposal", "expected"),
    [
        (replace(VENUE, amount_asked=60_000_000), ("/amount_asked", "only_for_money")),
        (replace(TASK, minimum=1), ("/minimum", "only_for_money")),
        (replace(TASK, budget_lines=b.PROPOSAL.budget_lines), ("/budget_lines", "only_for_money")),
        (replace(VENUE, services=()), ("/services", "required")),
        (replace(TASK, services=("permit",)), ("/services", "only_for_a_service")),
        (b.changed(services=("permit",)), ("/services", "only_for_a_service")),
        (replace(VENUE, title=None), ("/title", "required")),
    ],
)
def test_what_does_not_go_with_the_form_is_named(proposal: Proposal, expected: tuple[str, str]) -> None:
    assert errors(proposal) == [expected]


def test_a_form_that_the_programme_does_not_give_is_refused() -> None:
    assert errors(VENUE, support=("money",)) == [("/support", "support_not_in_programme")]
    assert errors(b.PROPOSAL, support=("service",)) == [("/support", "support_not_in_programme")]


def test_a_programme_without_money_needs_no_books() -> None:
    known = Surroundings(rule_set_known=True, districts={"7": VALID, "8": VALID}, books={})
    (drafted,) = draft(None, id="prog-1", terms=replace(b.TERMS, support=("service",)), now=b.NOW)
    assert len(open_(evolve(None, drafted), known=known, now=b.NOW)) == 1


def test_a_form_is_named_once() -> None:
    with pytest.raises(InvalidFields):
        draft(None, id="prog-1", terms=replace(b.TERMS, support=("money", "money")), now=b.NOW)


def test_the_form_is_fixed_once_submitted() -> None:
    sent_back = b.note(b.note(submitted(VENUE), b.OPENED), b.CHANGES)
    with pytest.raises(request_steps.FieldsNotOpen) as refused:
        request_steps.edit(sent_back, proposal=replace(VENUE, support="task"))
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/support", "fixed_once_submitted")]


@pytest.mark.parametrize("proposal", [VENUE, TASK])
def test_approved_without_money_it_is_accepted_and_then_in_progress(proposal: Proposal) -> None:
    state = approved(proposal)
    assert (state.status, state.approved, state.reserved, state.committed) == ("approved", None, 0, 0)
    assert state.accept_until is not None
    state = b.accept(state)
    assert (state.status, state.committed, state.reporting.instalment) == ("in_progress", 0, 1)
    with pytest.raises(request_steps.CannotWithdraw):
        b.withdraw(state)


def test_an_award_without_money_that_nobody_accepts_lapses() -> None:
    """REQ-9."""
    state = approved(VENUE)
    due = state.accept_until
    assert due is not None
    assert request_steps.due_at(state) == due
    with pytest.raises(request_steps.AcceptanceOverdue):
        request_steps.accept(state, standing=b.standing(), calendar=WorkingCalendar(), now=due)
    assert request_steps.on_time(state, now=due) == [Lapsed("acceptance_overdue", due)]


def test_money_is_not_accepted_before_it_is_reserved() -> None:
    state = b.note(b.note(b.note(submitted(b.PROPOSAL), b.OPENED), b.CLOSED), b.APPROVED)
    assert (state.status, state.accept_until) == ("approved", None)
    with pytest.raises(request_steps.NothingToAccept):
        b.accept(state)


def test_a_suspension_pauses_an_award_without_money() -> None:
    """REG-4."""
    state = approved(VENUE)
    suspended = b.standing(sequence=9, status="suspended")
    with pytest.raises(StandingForbids):
        request_steps.accept(state, standing=suspended, calendar=WorkingCalendar(), now=b.NOW)
    marked = fold(state, request_steps.follow_standing(state, suspended, calendar=WorkingCalendar(), now=b.NOW))
    assert marked.paused


def test_a_report_of_an_award_without_money_holds_no_expenses() -> None:
    """REQ-10."""
    state = b.accept(approved(TASK))
    outcome = Outcome((Spent("اجاره", 1, "فاکتور"),), 10, "ده نفر", "انجام شد.", final=True)
    with pytest.raises(InvalidFields) as refused:
        file_report(state, outcome, about_nobody=True, calendar=WorkingCalendar(), now=b.NOW)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/spent", "only_for_money")]


def test_rejected_without_money_it_is_rejected() -> None:
    assert b.note(submitted(VENUE), replace(b.REJECTED, amount=None)).status == "rejected"


def test_only_money_is_announced_as_v1_with_book_and_amounts() -> None:
    def announced(proposal: Proposal) -> Any:
        (event,) = request_steps.submit(
            b.draft(proposal),
            programme=PROGRAMME,
            rules=b.RULES,
            standing=b.standing(),
            topics_in_force=b.TOPICS,
            by="person-1",
            now=b.NOW,
        )
        (data,) = announce_request(submitted(proposal), event)
        return data

    money, venue = announced(b.PROPOSAL), announced(VENUE)
    assert (type(money), money.book, money.amount_asked, money.support) == (
        RequestSubmitted,
        "district:7/1405",
        60_000_000,
        "money",
    )
    assert (type(venue), venue.book, venue.amount_asked, venue.ceiling, venue.services) == (
        RequestSubmittedV2,
        None,
        None,
        None,
        ["venue"],
    )
