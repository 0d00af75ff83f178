"""What is done about appeals (REG-7). An upheld one has its effect in the same decision: verified anew, or reinstated."""

from collections.abc import Sequence
from datetime import datetime

from services.registry.domain.appeals import (
    AlreadyAppealed,
    Appeal,
    AppealAnswer,
    AppealAnswered,
    Appealed,
    AppealOverdue,
    NothingToAppeal,
    OwnDecision,
    find_open,
)
from services.registry.domain.organization import Organization, OrganizationEvent, Submitted, reinstate
from services.registry.domain.terms import RegistryTerms
from shared.contracts.durations import WorkingCalendar
from shared.contracts.registry import AppealAgainst, AppealOutcome


def appeal(
    state: Organization, grounds: str, terms: RegistryTerms, calendar: WorkingCalendar, *, by: str, now: datetime
) -> Sequence[OrganizationEvent]:
    """Appeal against what stands: the suspension, or the refusal of the registration or renewal.

    Raises NothingToAppeal, AppealOverdue, AlreadyAppealed: once for each decision.
    """
    against, decided_by, decided_at = _appealable(state)
    until = calendar.due(decided_at, terms.appeal_within)
    if until < now:
        raise AppealOverdue(until=until.isoformat())
    if any((made.against, made.decided_at) == (against, decided_at) for made in state.appeals):
        raise AlreadyAppealed()
    return [Appealed(Appeal(len(state.appeals) + 1, against, decided_by, decided_at, grounds, by, now))]


def answer_appeal(
    state: Organization, number: int, outcome: AppealOutcome, reason: str, *, by: str, now: datetime
) -> Sequence[OrganizationEvent]:
    """Uphold or dismiss an appeal, with the reason; upheld, what it is against is undone if it still stands.

    Raises NoSuchAppeal, AppealIsAnswered, OwnDecision, BlockedByFlag: what is red stays suspended (REG-3).
    """
    made = find_open(state.appeals, number)
    if by == made.decided_by:
        raise OwnDecision()
    answered = AppealAnswered(number, AppealAnswer(outcome, reason, by, now))
    if outcome == "dismissed" or not _stands(state, made):
        return [answered]
    if made.against == "suspension":
        return [answered, *reinstate(state, reason, by=by, now=now)]
    return [answered, Submitted(state.revision + 1, now)]


def _appealable(state: Organization) -> tuple[AppealAgainst, str, datetime]:
    """Return what can be appealed against now, with who decided it and when. Raises NothingToAppeal."""
    if state.status == "suspended" and state.suspension is not None:
        return "suspension", state.suspension.by, state.suspension.at
    decision = state.decision
    if state.merger is not None:  # a merger is no refusal
        raise NothingToAppeal(status=state.status)
    if state.status in ("rejected", "expired") and decision is not None and decision.outcome == "rejected":
        return "rejection", decision.by, decision.at
    raise NothingToAppeal(status=state.status)


def _stands(state: Organization, made: Appeal) -> bool:
    try:
        return _appealable(state) == (made.against, made.decided_by, made.decided_at)
    except NothingToAppeal:
        return False
