"""Domain events → contract events. What is not listed stays inside: declarations, ballots, drafts (REV-5, REV-10)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.review.domain import case as cases
from services.review.domain import opened_ballots
from services.review.domain import priority_list as lists
from services.review.domain import rule_set as rule_sets
from services.review.domain import working_group as groups
from services.review.domain.case import Case, CaseEvent
from services.review.domain.panel import verdict
from shared.contracts import review as contract
from shared.contracts.base import EventData


def announce_rule_set(state: rule_sets.RuleSet, event: rule_sets.RuleSetEvent) -> Sequence[EventData]:
    """A version is announced whole."""
    ref = contract.RuleSetRef(id=state.id, version=event.version)
    return [contract.RuleSetAdopted(rule_set=ref, names=event.names, rules=event.rules)]


def announce_priority_list(state: lists.PriorityList, event: lists.PriorityListEvent) -> Sequence[EventData]:
    """A version is announced whole."""
    return [
        contract.PrioritiesAdopted(
            priority_list=state.id,
            version=event.version,
            district=event.district,
            topics=list(event.topics),
            minutes_number=event.minutes_number,
            proposal=event.proposal,
        )
    ]


def announce_working_group(state: groups.WorkingGroup, event: groups.WorkingGroupEvent) -> Sequence[EventData]:
    """Every change is announced with all seats, without persons; that the cases followed who left changes no seat."""
    if isinstance(event, groups.LeavingFollowed):
        return []
    seats = [
        contract.SeatState(seat=seat.seat, kind=seat.kind, chair=seat.chair, filled=seat.filled(event.at))
        for seat in state.seats
    ]
    return [
        contract.WorkingGroupChanged(
            working_group=state.id, district=state.district, rule_set=state.rule_set, seats=seats
        )
    ]


def announce_case(state: Case, event: CaseEvent) -> Sequence[EventData]:
    """Only what the outside may know; a case that was never opened is not announced at all. A panel has events of its own."""
    translate = (_CASE_EVENTS if state.appealed is None else _PANEL_EVENTS).get(type(event))
    if translate is None or state.opened is None:
        return []
    return [translate(state, event)]


def _facts(state: Case) -> dict[str, Any]:
    return {
        "case": state.id,
        "request": state.request,
        "revision": state.revision,
        "organization": state.organization,
        "district": state.district,
    }


def _opened(state: Case, event: cases.CaseOpened) -> EventData:
    opened = event.opened
    return contract.CaseOpened(
        **_facts(state),
        working_group=opened.working_group,
        rule_set=opened.rule_set,
        city_priorities=opened.city_priorities.version,
        district_priorities=opened.district_priorities.version,
        opened_at=opened.opened_at,
        deadline=event.deadline,
    )


def _changes_requested(state: Case, event: cases.ChangesRequested) -> EventData:
    return contract.CaseChangesRequested(**_facts(state), fields=list(event.fields))


def _deadline_moved(state: Case, event: cases.DeadlineMoved) -> EventData:
    return contract.CaseDeadlineMoved(**_facts(state), deadline=event.deadline)


def _stalled(state: Case, event: cases.CaseStalled) -> EventData:
    return contract.CaseStalled(**_facts(state), reason=event.reason, substitutes_by=event.until)


def _continued(state: Case, event: cases.CaseContinued) -> EventData:
    return contract.CaseContinued(
        **_facts(state),
        because=event.because,
        working_group=event.working_group,
        deadline=event.deadline,
        standing_sequence=event.standing_sequence,
    )


def _excepted(state: Case, event: cases.CaseExcepted) -> EventData:
    return contract.CaseExcepted(**_facts(state), reason=event.reason)


def _ballots_opened(state: Case, event: opened_ballots.BallotsOpened) -> EventData:
    return contract.CaseBallotsOpened(**_facts(state), meeting=event.opened.meeting, opened_at=event.at)


def _ballot_revised(state: Case, _event: opened_ballots.BallotRevised) -> EventData:
    opened = state.opened_ballots
    if opened is None:
        raise AssertionError(f"a ballot of case {state.id} was revised and never opened")
    return contract.CaseBallotRevised(**_facts(state), meeting=opened.meeting)


def _paused(state: Case, event: cases.CasePaused) -> EventData:
    return contract.CasePaused(**_facts(state), reason=event.reason, standing_sequence=event.standing_sequence)


def _resumed(state: Case, event: cases.CaseResumed) -> EventData:
    return contract.CaseResumed(**_facts(state), deadline=event.deadline, standing_sequence=event.standing_sequence)


def _closed(state: Case, event: cases.CaseClosed) -> EventData:
    return contract.CaseClosed(**_facts(state), closed_at=event.result.closed_at)


def _withdrawn(state: Case, _event: cases.CaseWithdrawn) -> EventData:
    return contract.CaseWithdrawn(**_facts(state))


def _decided(state: Case, event: cases.DecisionIssued) -> EventData:
    file, result, decision = state.file, state.result, event.decision
    if result is None:
        raise AssertionError(f"case {state.id} was decided without a result")
    said: dict[str, Any] = dict(
        **_facts(state),
        programme=file.programme,
        fiscal_year=file.fiscal_year,
        outcome=result.outcome,
        currency=file.currency,
        tally=result.tally,
        scores=list(result.scores),
        mean_score_hundredths=result.mean_score_hundredths,
        topic=file.topic,
        topic_weight=state.terms.topic_weight,
        reason=decision.reason,
        signed=decision.signed,
        signed_by_seat_kind=decision.signed_by_seat_kind,
        closed_at=result.closed_at,
        issued_at=decision.issued_at,
        standing_sequence=decision.standing_sequence,
    )
    if file.support != "money":
        return contract.CaseDecidedV2(**said, support=file.support, services=file.services)
    return contract.CaseDecided.model_validate(
        {
            **said,
            "waiting_rule": file.waiting_rule,
            "submitted_at": file.submitted_at,
            "book": file.book,
            "amount_asked": file.amount_asked,
            "amount": result.amount,
        }
    )


def _panel_opened(state: Case, event: cases.CaseOpened) -> EventData:
    return contract.PanelOpened(
        **_facts(state),
        **_appealed(state),
        opened_at=event.opened.opened_at,
        deadline=event.deadline,
    )


def _panel_decided(state: Case, event: cases.DecisionIssued) -> EventData:
    file, result, decision = state.file, state.result, event.decision
    if result is None or state.appealed is None:
        raise AssertionError(f"panel {state.id} decided without a result")
    said, amount = verdict(state.appealed, result)
    return contract.PanelDecided(
        **_facts(state),
        **_appealed(state),
        verdict=said,
        support=file.support,
        amount=amount,
        currency=file.currency,
        tally=result.tally,
        reason=decision.reason,
        signed=decision.signed,
        signed_by_seat_kind=decision.signed_by_seat_kind,
        closed_at=result.closed_at,
        issued_at=decision.issued_at,
        standing_sequence=decision.standing_sequence,
    )


def _appealed(state: Case) -> dict[str, Any]:
    if state.appealed is None:
        raise AssertionError(f"case {state.id} is no panel's")
    return {"appealed_case": state.appealed.case, "working_group": state.terms.working_group}


_PANEL_EVENTS: Mapping[type[Any], Callable[[Case, Any], EventData]] = {
    cases.CaseOpened: _panel_opened,
    cases.DecisionIssued: _panel_decided,
}

_CASE_EVENTS: Mapping[type[Any], Callable[[Case, Any], EventData]] = {
    cases.CaseOpened: _opened,
    cases.ChangesRequested: _changes_requested,
    cases.DeadlineMoved: _deadline_moved,
    cases.CaseStalled: _stalled,
    cases.CaseContinued: _continued,
    cases.CaseExcepted: _excepted,
    opened_ballots.BallotsOpened: _ballots_opened,
    opened_ballots.BallotRevised: _ballot_revised,
    cases.CasePaused: _paused,
    cases.CaseResumed: _resumed,
    cases.CaseClosed: _closed,
    cases.CaseWithdrawn: _withdrawn,
    cases.DecisionIssued: _decided,
}
