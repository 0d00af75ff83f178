"""What can be done with a support request, and what follows from what others say and from time.

Each function decides: it returns events of request.py (none: nothing to do) or raises a named refusal; it changes nothing itself.
"""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.requests.domain.appeal_steps import answer_due, answer_overdue, end_open
from services.requests.domain.appeals import before_panel, raise_awaited
from services.requests.domain.award import RevisedPlanAsked
from services.requests.domain.certification import require_certified
from services.requests.domain.clock_steps import breached, clock_due
from services.requests.domain.closing_steps import follow_book
from services.requests.domain.facts import BookFact, CaseFact, with_book_fact, with_case_fact
from services.requests.domain.programme import Programme, ProgrammeNotOpen
from services.requests.domain.proposal import (
    FIXED_ONCE_SUBMITTED,
    Proposal,
    changed_fields,
    check,
    reopened_fields,
)
from services.requests.domain.report_steps import next_report, overdue, report_due
from services.requests.domain.reports import FIRST
from services.requests.domain.request import (
    Acceptance,
    Accepted,
    AwardOffered,
    BookNoted,
    CaseNoted,
    Drafted,
    Edited,
    Event,
    Frozen,
    Lapsed,
    Reinstated,
    Revision,
    Submitted,
    SupportRequest,
    Suspended,
    Suspension,
    Withdrawn,
    fold,
)
from services.requests.domain.standing import KnownStanding
from services.requests.domain.statuses import AWARDED, OPEN, Status
from shared.contracts.durations import WorkingCalendar
from shared.contracts.refusals import FieldError, InvalidFields, Refusal
from shared.contracts.review import Rules

EDITABLE: Final[frozenset[Status]] = frozenset({"draft", "changes_requested"})
WITHDRAWABLE: Final[frozenset[Status]] = (OPEN - {"accepted"}) | {"draft"}


class NotEditable(Refusal):
    """Only a draft, or a request sent back for changes, can be edited."""

    code = "not_editable"


class FieldsNotOpen(Refusal):
    """Only the fields named by the working group's secretary are open (REQ-6)."""

    code = "fields_not_open"


class CannotSubmit(Refusal):
    """It is submitted already, or over."""

    code = "cannot_submit"


class CannotWithdraw(Refusal):
    """Withdrawal ends with the acceptance."""

    code = "cannot_withdraw"


class NothingToAccept(Refusal):
    """Only an award whose money is reserved, or that needs none, can be accepted."""

    code = "nothing_to_accept"


class RevisedPlanNeeded(Refusal):
    """Less than the minimum was approved: a revised plan has to come first, or the award is declined (REQ-8)."""

    code = "revised_plan_needed"


class AcceptanceOverdue(Refusal):
    """The time to accept is over (REQ-9)."""

    code = "acceptance_overdue"


class AwardBeingRaised(Refusal):
    """A panel awarded more, and the district's book has not answered yet; to be tried again in a moment (REQ-13)."""

    code = "award_being_raised"


class ReservationPaused(Refusal):
    """The reservation still stands still in the district's book; to be tried again in a moment."""

    code = "reservation_paused"


def draft(
    state: SupportRequest | None, *, id: str, organization: str, proposal: Proposal, now: datetime
) -> Sequence[Event]:
    """Begin a draft; needs no standing. A repeat does nothing."""
    return [] if state is not None else [Drafted(id, organization, proposal, now)]


def edit(state: SupportRequest, *, proposal: Proposal) -> Sequence[Event]:
    """Change a draft, or the reopened fields of a request sent back. Raises NotEditable, FieldsNotOpen (REQ-6)."""
    changed = changed_fields(state.proposal, proposal)
    if state.status not in EDITABLE:
        raise NotEditable(status=state.status)
    if state.status == "changes_requested":
        closed = changed - reopened_fields([field.pointer for field in state.changes])
        if closed:
            raise FieldsNotOpen(
                errors=[
                    FieldError(f"/{name}", "fixed_once_submitted" if name in FIXED_ONCE_SUBMITTED else "field_not_open")
                    for name in sorted(closed)
                ]
            )
    return [Edited(proposal)] if changed else []


def submit(
    state: SupportRequest,
    *,
    programme: Programme | None,
    rules: Rules | None,
    standing: KnownStanding,
    topics_in_force: Set[str],
    by: str,
    now: datetime,
    certified: bool = False,
    calendar: WorkingCalendar | None = None,
) -> Sequence[Event]:
    """Submit the draft, or resubmit after changes, as the next revision (REQ-5, REQ-6).

    A request that was sent back may come again after its programme closed: it came in time. ``certified``: it has to be certified.
    Raises CannotSubmit, StandingForbids, ProgrammeNotOpen, InvalidFields, CertificationNeeded.
    """
    if state.status not in EDITABLE:
        raise CannotSubmit(status=state.status)
    standing.require("may_submit")
    if programme is None:
        raise InvalidFields(
            errors=[FieldError("/programme", "programme_unknown", {"programme": state.proposal.programme})]
        )
    if state.revision == 0 and not programme.takes_requests(now, begun=state.created_at):
        raise ProgrammeNotOpen(status=programme.status)
    if state.revisions and state.current.proposal.topic is not None:
        # It came in time for its topic, too: a list adopted meanwhile must not shut out what was only sent back.
        topics_in_force = topics_in_force | {state.current.proposal.topic}
    errors = check(state.proposal, programme.terms, topics_in_force=topics_in_force, now=now)
    if errors:
        raise InvalidFields(errors=errors)
    if certified:
        require_certified(state.certification)
    certified_at = None if state.certification is None else state.certification.certified_at
    frozen = state.current.frozen if state.revisions else _freeze(programme, rules)
    until = None if calendar is None else calendar.due(now, frozen.completeness_within)
    return [
        Submitted(Revision(state.revision + 1, state.proposal, frozen, now, by, standing.sequence, certified_at, until))
    ]


def _freeze(programme: Programme, rules: Rules | None) -> Frozen:
    if rules is None:  # opening was refused until the rule set was known, and copies are never removed
        raise InvalidFields(
            errors=[FieldError("/programme", "rule_set_unknown", {"rule_set": programme.terms.rule_set.id})]
        )
    terms = programme.terms
    return Frozen(
        programme=programme.id,
        edition=programme.edition,
        fiscal_year=terms.fiscal_year,
        currency=terms.currency,
        ceiling=terms.ceiling,
        rule_set=terms.rule_set,
        criteria=terms.criteria,
        accept_within=rules.accept_within,
        suspension_lasts=rules.suspension_lasts,
        revise_within=rules.revise_within,
        report_within=rules.report_within,
        appeal_within=rules.appeal_within,
        appeal_answered_within=rules.appeal_answered_within,
        heard_within=rules.heard_within,
        completeness_within=rules.completeness_within,
        waiting_rule=terms.waiting_rule,
    )


def accept(
    state: SupportRequest, *, standing: KnownStanding, calendar: WorkingCalendar, now: datetime
) -> Sequence[Event]:
    """Accept the award (REQ-9); asks budget for the commitment if it gives money. Accepting again does nothing.

    Raises NothingToAccept, RevisedPlanNeeded, AwardBeingRaised, StandingForbids, ReservationPaused, AcceptanceOverdue.
    """
    if state.acceptance is not None and state.status in ("accepted", "in_progress"):
        return []
    if not state.awaits_acceptance:
        raise NothingToAccept(status=state.status)
    if state.needs_revised_plan:
        raise RevisedPlanNeeded(minimum=state.current.proposal.minimum or 0, currency=state.current.frozen.currency)
    if state.appeal is not None and raise_awaited(state.appeal, state.book_facts, state.reserved):
        raise AwardBeingRaised()
    standing.require("may_be_committed")
    first = follow_standing(state, standing, calendar=calendar, now=now)  # the copy may be ahead of the mark
    state = fold(state, first)
    if state.paused:
        raise ReservationPaused()
    if state.accept_until is not None and state.accept_until <= now and not before_panel(state.appeal):
        raise AcceptanceOverdue(until=state.accept_until.isoformat())
    accepted = Accepted(Acceptance(now, state.reserved or state.committed, standing.sequence))
    taken = [*first, accepted, *end_open(state, "award_accepted", now=now)]
    return with_consequences(state, taken, from_=len(first), calendar=calendar, now=now)


def withdraw(state: SupportRequest, *, reason: str, now: datetime) -> Sequence[Event]:
    """Withdraw it, until the award is accepted. Withdrawing again does nothing. Raises CannotWithdraw."""
    if state.status == "withdrawn":
        return []
    if state.status not in WITHDRAWABLE:
        raise CannotWithdraw(status=state.status)
    return [Withdrawn(reason, now), *end_open(state, "request_withdrawn", now=now)]


def note_case(state: SupportRequest, fact: CaseFact, *, calendar: WorkingCalendar, now: datetime) -> Sequence[Event]:
    """Keep what review said and what follows from it. A repeat does nothing."""
    if with_case_fact(state.case_facts, fact) == state.case_facts:
        return []
    return with_consequences(state, [CaseNoted(fact)], calendar=calendar, now=now)


def note_book(state: SupportRequest, fact: BookFact, *, calendar: WorkingCalendar, now: datetime) -> Sequence[Event]:
    """Keep what budget said and what follows from it. A repeat does nothing."""
    if state.revisions and fact.book == state.book_id:
        fact = replace(fact, book="")
    if with_book_fact(state.book_facts, fact) == state.book_facts:
        return []
    events = with_consequences(state, [BookNoted(fact)], calendar=calendar, now=now)
    return [*events, *follow_book(fold(state, events), fact.step, now=now)]


def follow_standing(
    state: SupportRequest, standing: KnownStanding, *, calendar: WorkingCalendar, now: datetime
) -> Sequence[Event]:
    """Pause when the organisation is suspended, go on when it is reinstated, lapse when it is revoked (REG-4, I9).

    Always judged by the newest copy; a copy older than the mark says nothing.
    """
    if standing.standing is None:
        return []
    mark = state.suspension
    if mark is not None and standing.sequence <= mark.standing_sequence:
        return []
    if standing.status == "revoked":
        return _lapse(state, "standing_revoked", now) if state.status in OPEN else []
    if standing.status == "suspended":
        since = standing.standing.may_be_decided.since
        if state.status not in OPEN or (mark is not None and since <= mark.since):
            return []
        until = calendar.due(since, state.current.frozen.suspension_lasts)
        suspended = Suspended(Suspension(standing.sequence, since, until))
        if mark is None:
            return [suspended]
        # Another suspension: the reinstatement in between came later than it, or never, and its terms must not go on.
        return [_reinstated(state, standing, mark, since, now), suspended]
    if mark is None:
        return []
    return [_reinstated(state, standing, mark, now, now)]


def _reinstated(
    state: SupportRequest, standing: KnownStanding, mark: Suspension, again: datetime, now: datetime
) -> Reinstated:
    """Return the end of a suspension; the terms end later by the time they stood still, until ``again``."""

    def moved(until: datetime | None, began: datetime | None) -> datetime | None:
        return None if until is None or began is None else until + (again - max(mark.since, began))

    return Reinstated(
        standing.sequence,
        now,
        moved(state.accept_until, state.offered_at),
        moved(state.revise_until, state.revise_asked_at),
    )


def on_time(state: SupportRequest, *, now: datetime) -> Sequence[Event]:
    """Do what is due: lapse (suspension REG-4; waiting, acceptance REQ-9; revised plan REQ-8), or note a late report or answer."""
    for reason, due in _terms(state):
        if due <= now:
            return _lapse(state, reason, now)
    return [*overdue(state, now=now), *answer_overdue(state, now=now), *breached(state, now=now)]


def due_at(state: SupportRequest) -> datetime | None:
    """Return when ``on_time`` has to look again."""
    dues = (*(due for _, due in _terms(state)), report_due(state), answer_due(state), clock_due(state))
    return min((due for due in dues if due is not None), default=None)


def _lapse(state: SupportRequest, reason: str, now: datetime) -> Sequence[Event]:
    return [Lapsed(reason, now), *end_open(state, "request_lapsed", now=now)]


def _terms(state: SupportRequest) -> list[tuple[str, datetime]]:
    terms: list[tuple[str, datetime]] = []
    if state.status not in OPEN:
        return terms
    if state.suspension is not None:
        terms.append(("suspension_expired", state.suspension.until))
    if state.status == "waiting" and state.current.proposal.ends_on is not None:
        terms.append(("planned_date_passed", state.current.proposal.ends_on))
    if state.paused or before_panel(state.appeal):
        return terms
    if state.awaits_acceptance and state.accept_until is not None:
        terms.append(("acceptance_overdue", state.accept_until))
    if state.status in AWARDED and state.needs_revised_plan and state.revise_until is not None:
        terms.append(("revised_plan_overdue", state.revise_until))
    return terms


def with_consequences(
    state: SupportRequest, events: Sequence[Event], *, calendar: WorkingCalendar, now: datetime, from_: int = 0
) -> Sequence[Event]:
    """Add what follows at once: a lapse when the book says no, a term to revise a plan, a term of acceptance when money is
    reserved or none is needed, a term to report when it is carried out.

    ``from_``: how many of the events are in ``state`` already.
    """
    after = fold(state, events[from_:])
    ending = _ended_by_book(after)
    if ending is not None:
        return [*events, *_lapse(after, ending, now)]
    more: list[Event] = []
    if after.status in AWARDED and after.needs_revised_plan and after.revise_until is None:
        more.append(RevisedPlanAsked(now, calendar.due(now, after.current.frozen.revise_within)))
    if after.awaits_acceptance and after.accept_until is None:
        more.append(AwardOffered(now, calendar.due(now, after.current.frozen.accept_within)))
    if after.status == "in_progress" and after.reporting.instalment == 0:
        more.append(next_report(after, FIRST, calendar=calendar, now=now))
    return [*events, *more]


def _ended_by_book(state: SupportRequest) -> str | None:
    """Return why the book ends the request, once its predecessors (decision, acceptance) are known here."""
    if state.status not in ("approved", "accepted"):
        return None
    if state.status == "accepted" and state.book.commitment_refused is not None:
        return state.book.commitment_refused
    return state.book.ended
