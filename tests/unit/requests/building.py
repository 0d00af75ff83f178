"""Builders of the domain of requests: one organisation, one programme, and a request in every status."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.requests.domain import (
    agreement_steps,
    award_steps,
    cancellation_steps,
    closing_steps,
    report_steps,
    request_steps,
)
from services.requests.domain.facts import BookFact, BookStep, CaseFact, CaseStep
from services.requests.domain.programme import Programme, Terms
from services.requests.domain.proposal import Line, Proposal
from services.requests.domain.reports import Outcome, Spent
from services.requests.domain.request import Event, SupportRequest, evolve, fold
from services.requests.domain.standing import KnownStanding
from services.requests.domain.statuses import Status
from shared.contracts.base import Names
from shared.contracts.durations import Duration, WorkingCalendar
from shared.contracts.registry import OrganizationStatus, Permission, Standing
from shared.contracts.requests import Criterion
from shared.contracts.review import FieldReason, Rules, RuleSetRef, SeatRule

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)
CALENDAR = WorkingCalendar()
ORGANIZATION = "org-1"
RULES = Rules(
    seats=[SeatRule(seat=1, kind="deputy", chair=True)],
    accept_within=Duration(days=15),
    suspension_lasts=Duration(days=60),
)
TERMS = Terms(
    names=Names(fa="حمایت از برنامه‌های محله", en="Support for neighbourhood programmes"),
    kind="rolling",
    fiscal_year="1405",
    currency="IRR",
    districts=("7", "8"),
    topics=(),
    ceiling=100_000_000,
    rule_set=RuleSetRef(id="mashhad", version=1),
    criteria=(
        Criterion(id="effect", names=Names(fa="اثر"), weight=60),
        Criterion(id="plan", names=Names(fa="برنامه"), weight=40),
    ),
    opens=NOW - DAY,
)
PROGRAMME = Programme("prog-1", "open", 1, TERMS, NOW - 2 * DAY, NOW - DAY)
PROPOSAL = Proposal(
    programme="prog-1",
    district="7",
    neighbourhood="طلاب",
    kind="event",
    topic="addiction",
    title="نشست خانواده",
    lessens="با آموزش خانواده‌ها",
    indicator="تعداد خانواده‌های آموزش‌دیده",
    people_reached=120,
    starts_on=NOW + 30 * DAY,
    ends_on=NOW + 31 * DAY,
    budget_lines=(Line("سالن", 40_000_000), Line("پذیرایی", 20_000_000)),
    amount_asked=60_000_000,
    minimum=40_000_000,
)
TOPICS = frozenset({"addiction", "divorce"})


def standing(status: OrganizationStatus = "approved", sequence: int = 3, since: datetime = NOW) -> KnownStanding:
    """Return a standing as registry gives it for a status (REG-4)."""
    every = status == "approved"
    reasons = [] if every else [f"organization_{status}"]

    def permission(allowed: bool) -> Permission:
        return Permission(allowed=allowed, reasons=[] if allowed else reasons, since=since)

    accepted_work = every or status == "expired"
    return KnownStanding(
        ORGANIZATION,
        sequence,
        Standing(
            status=status,
            may_submit=permission(every),
            may_be_decided=permission(accepted_work),
            may_be_committed=permission(every),
            may_be_paid=permission(accepted_work),
        ),
    )


def case_fact(step: CaseStep, number: int, revision: int = 1, **more: Any) -> CaseFact:
    """Return a fact of the case of a revision."""
    return CaseFact(case=f"case-{revision}", revision=revision, number=number, step=step, at=NOW, **more)


def book_fact(step: BookStep, seq: int, amount: int = 50_000_000, **more: Any) -> BookFact:
    """Return an entry of the book about the request."""
    return BookFact(seq=seq, step=step, amount=amount, at=NOW, **more)


OPENED = case_fact("opened", 1, deadline=NOW + 15 * DAY)
CLOSED = case_fact("closed", 20)
APPROVED = case_fact("decided", 21, outcome="approved", amount=50_000_000, reason="سودمند است.")
REJECTED = case_fact("decided", 22, outcome="rejected", amount=0, reason="بودجه روشن نیست.")
CHANGES = case_fact("changes_requested", 2, fields=(FieldReason(pointer="/title", reason="روشن‌تر بنویسید."),))
WAITING = book_fact("reservation_waiting", 100)
RESERVED = book_fact("reservation_made", 110)
COMMITTED = book_fact("commitment_made", 120)


def note(state: SupportRequest, fact: CaseFact | BookFact, now: datetime = NOW) -> SupportRequest:
    """Return the state after a fact and what follows from it."""
    events: list[Event]
    if isinstance(fact, CaseFact):
        events = list(request_steps.note_case(state, fact, calendar=CALENDAR, now=now))
    else:
        events = list(request_steps.note_book(state, fact, calendar=CALENDAR, now=now))
    return fold(state, events)


def draft(proposal: Proposal = PROPOSAL) -> SupportRequest:
    """Return a fresh draft."""
    (drafted,) = request_steps.draft(None, id="req-1", organization=ORGANIZATION, proposal=proposal, now=NOW)
    return evolve(None, drafted)


def submit(state: SupportRequest, now: datetime = NOW, **more: Any) -> SupportRequest:
    """Return the state after a submission."""
    given: dict[str, Any] = {
        "programme": PROGRAMME,
        "rules": RULES,
        "standing": standing(),
        "topics_in_force": TOPICS,
        "by": "person-1",
        "now": now,
    }
    return fold(state, request_steps.submit(state, **{**given, **more}))


def accept(state: SupportRequest, known: KnownStanding | None = None, now: datetime = NOW) -> SupportRequest:
    """Return the state after an acceptance."""
    return fold(state, request_steps.accept(state, standing=known or standing(), calendar=CALENDAR, now=now))


def withdraw(state: SupportRequest) -> SupportRequest:
    """Return the state after a withdrawal."""
    return fold(state, request_steps.withdraw(state, reason="", now=NOW))


def decline(state: SupportRequest) -> SupportRequest:
    """Return the state after the award was declined."""
    return fold(state, award_steps.decline(state, reason="", now=NOW))


OUTCOME = Outcome((Spent("سالن", 40_000_000, "فاکتور ۱"),), 110, "۳۵ خانواده", "برگزار شد.", final=True)


def filed(state: SupportRequest, outcome: Outcome = OUTCOME, now: datetime = NOW) -> SupportRequest:
    """Return the state after a report was filed."""
    return fold(state, report_steps.file_report(state, outcome, about_nobody=True, calendar=CALENDAR, now=now))


def reported(state: SupportRequest, outcome: Outcome = OUTCOME, now: datetime = NOW) -> SupportRequest:
    """Return the state after a report was filed and accepted."""
    state = filed(state, outcome, now)
    return fold(state, report_steps.accept_report(state, state.reporting.instalment, calendar=CALENDAR, now=now))


def follow(state: SupportRequest, known: KnownStanding, now: datetime = NOW) -> SupportRequest:
    """Return the state after it followed a standing."""
    return fold(state, request_steps.follow_standing(state, known, calendar=CALENDAR, now=now))


def after_facts(*facts: CaseFact | BookFact) -> SupportRequest:
    """Return a submitted request after these facts."""
    state = submit(draft())
    for fact in facts:
        state = note(state, fact)
    return state


def _lapsed() -> SupportRequest:
    state = after_facts(*TO_RESERVED)
    return fold(state, request_steps.on_time(state, now=NOW + 16 * DAY))


def paid(state: SupportRequest, amount: int = 40_000_000, seq: int = 300) -> SupportRequest:
    """Return the state after a payment was prepared and made."""
    state = note(state, book_fact("payment_prepared", seq, amount, payment=f"pay-{seq}"))
    return note(state, book_fact("payment_made", seq + 1, amount, payment=f"pay-{seq}"))


def closed(state: SupportRequest, seq: int = 310) -> SupportRequest:
    """Return the state after budget released what no payment had taken."""
    left = state.committed - state.book.paid
    return note(state, book_fact("commitment_released", seq, left, holds="available", remains=state.book.paid))


def closing(state: SupportRequest) -> SupportRequest:
    """Return the state after the office closed it; budget has not answered."""
    return fold(state, closing_steps.close(state, now=NOW))


def _closed() -> SupportRequest:
    return closed(closing(paid(in_status("reported"))))


def notified(state: SupportRequest, now: datetime = NOW) -> SupportRequest:
    """Return the state after the city gave notice of cancellation."""
    return fold(state, cancellation_steps.notify(state, grounds="آغاز نشده است.", calendar=CALENDAR, now=now))


def cancelled(state: SupportRequest, proven_costs: int = 45_000_000) -> SupportRequest:
    """Return the state after the applicant was heard and the city cancelled the award."""
    state = notified(state)
    state = fold(state, cancellation_steps.answer(state, text="سالن آماده نبود.", now=NOW))
    return fold(state, cancellation_steps.cancel(state, proven_costs=proven_costs, reason="برگزار نشد.", now=NOW))


def ended(state: SupportRequest, amount: int = 45_000_000) -> SupportRequest:
    """Return the state after the applicant proposed to end it and the city accepted."""
    state = fold(
        state, agreement_steps.propose_ending(state, amount, by="organization", text="ادامه نمی‌یابد.", now=NOW)
    )
    number = state.agreements[-1].number
    return fold(state, agreement_steps.accept(state, number, by="city", calendar=CALENDAR, now=NOW))


TO_RESERVED = (OPENED, CLOSED, APPROVED, RESERVED)
WAYS: dict[Status, Callable[[], SupportRequest]] = {
    "draft": draft,
    "submitted": lambda: submit(draft()),
    "in_review": lambda: after_facts(OPENED),
    "changes_requested": lambda: after_facts(OPENED, CHANGES),
    "approved": lambda: after_facts(OPENED, CLOSED, APPROVED),
    "rejected": lambda: after_facts(OPENED, CLOSED, REJECTED),
    "waiting": lambda: after_facts(OPENED, CLOSED, APPROVED, WAITING),
    "reserved": lambda: after_facts(*TO_RESERVED),
    "accepted": lambda: accept(after_facts(*TO_RESERVED)),
    "in_progress": lambda: note(accept(after_facts(*TO_RESERVED)), COMMITTED),
    "reported": lambda: reported(note(accept(after_facts(*TO_RESERVED)), COMMITTED)),
    "closed": _closed,
    "cancelled": lambda: cancelled(in_status("in_progress")),
    "ended_by_agreement": lambda: ended(in_status("in_progress")),
    "withdrawn": lambda: withdraw(after_facts(OPENED)),
    "lapsed": _lapsed,
    "declined": lambda: decline(after_facts(*TO_RESERVED)),
}


def in_status(status: Status) -> SupportRequest:
    """Return a request that came to this status by its ordinary way."""
    return WAYS[status]()


def changed(proposal: Proposal = PROPOSAL, **changes: Any) -> Proposal:
    """Return the proposal with other values."""
    return replace(proposal, **changes)
