"""Cases, ballots and a whole review service on fakes, with sensible values where a test does not care."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.review.domain import case_steps
from services.review.domain.ballot import CaseSeat, Conflict, Vote
from services.review.domain.case import Case, CaseEvent, FrozenPriorities, Opened, fold
from services.review.domain.case_steps import BallotForm
from services.review.domain.opening import KnownStanding, Opening
from services.review.domain.working_group import Term, group_id
from services.review.outbound.participation import CONCERNS, COUNCILS, MEETINGS, OBSTACLES, PRIORITY_PROPOSALS
from services.review.outbound.store import CASES, KINDS, PRIORITY_LISTS, RULE_SETS, WORKING_GROUPS
from services.review.outbound.visits import VISITS
from services.review.usecases import UseCases
from shared.contracts.base import EventData, Names
from shared.contracts.durations import Duration, WorkingCalendar
from shared.contracts.envelope import Cause, Envelope, envelop
from shared.contracts.registry import Permission, Standing, StandingChanged
from shared.contracts.requests import BudgetLine, Criterion, RequestLapsed, RequestSubmitted, RequestWithdrawn
from shared.contracts.review import Quorum, Rules, RuleSetRef, SeatRule
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command
from shared.web.caller import Caller, Grant, Role
from tests.fakes.storage import MemoryCopies, MemoryDocuments, RecordingRelay

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
CALENDAR = WorkingCalendar()
CAUSE = Cause("tester", "correlation")
DISTRICT = "7"
ORGANIZATION = "org-1"
GROUP = group_id(DISTRICT)
RULE_SET = RuleSetRef(id="mashhad", version=1)
ASKED = 200_000_000
SIX_SEATS = [
    SeatRule(seat=1, kind="deputy", chair=True),
    SeatRule(seat=2, kind="expert"),
    SeatRule(seat=3, kind="expert"),
    SeatRule(seat=4, kind="expert"),
    SeatRule(seat=5, kind="neighbourhood_member"),
    SeatRule(seat=6, kind="neighbourhood_member"),
]
CRITERIA = [
    Criterion(id="need", names=Names(fa="ضرورت"), weight=40),
    Criterion(id="plan", names=Names(fa="برنامه"), weight=35),
    Criterion(id="cost", names=Names(fa="هزینه"), weight=25),
]
CASE_WITHIN, MOVES_BY, SIGN_WITHIN = timedelta(hours=10), timedelta(hours=5), timedelta(hours=1)


def rules(**changes: Any) -> Rules:
    """Return rules with terms of hours, so that no test needs to count working days."""
    usual: dict[str, Any] = {
        "seats": SIX_SEATS,
        "quorum": Quorum(),
        "case_within": Duration(seconds=int(CASE_WITHIN.total_seconds())),
        "deadline_moves_by": Duration(seconds=int(MOVES_BY.total_seconds())),
        "sign_within": Duration(seconds=int(SIGN_WITHIN.total_seconds())),
    }
    return Rules(**(usual | changes))


def submission(**changes: Any) -> RequestSubmitted:
    usual: dict[str, Any] = {
        "request": "req-1",
        "revision": 1,
        "organization": ORGANIZATION,
        "programme": "prog-1",
        "programme_version": 1,
        "fiscal_year": "1405",
        "book": f"district:{DISTRICT}/1405",
        "district": DISTRICT,
        "kind": "activity",
        "topic": "addiction",
        "title": "گروه همیار ترک اعتیاد",
        "lessens": "متن درونی پرونده",
        "indicator": "شمار شرکت‌کنندگان",
        "people_reached": 120,
        "starts_on": NOW + timedelta(days=60),
        "ends_on": NOW + timedelta(days=90),
        "budget_lines": [BudgetLine(title="آموزش", amount=ASKED)],
        "amount_asked": ASKED,
        "minimum": 100_000_000,
        "ceiling": 500_000_000,
        "currency": "IRR",
        "rule_set": RULE_SET,
        "criteria": CRITERIA,
        "submitted_at": NOW,
        "standing_sequence": 1,
    }
    return RequestSubmitted(**(usual | changes))


def standing(sequence: int = 1, *, allowed: bool = True) -> KnownStanding:
    return KnownStanding(sequence, allowed, "organization_suspended", "انجمن همیاران")


def opening(*, filled: Sequence[int] = (1, 2, 3, 4, 5, 6), by: KnownStanding | None = None, **changes: Any) -> Opening:
    opened = Opened(GROUP, RULE_SET, rules(**changes), FrozenPriorities(), FrozenPriorities(), 0, "انجمن همیاران", NOW)
    seats = tuple(CaseSeat(r.seat, r.kind, r.chair, holder(r.seat)) for r in SIX_SEATS if r.seat in filled)
    return Opening(opened, seats, by or standing())


def holder(seat: int) -> str:
    return f"person-{seat}"


def then(state: Case | None, events: Sequence[CaseEvent]) -> Case:
    """Return the state after the events."""
    after = fold(state, events)
    assert after is not None
    return after


def open_case(*, asked: int = ASKED, ceiling: int = 500_000_000, **changes: Any) -> Case:
    file = submission(amount_asked=asked, ceiling=ceiling, budget_lines=[BudgetLine(title="آموزش", amount=asked)])
    return then(None, case_steps.receive(None, file, opening(**changes), now=NOW, calendar=CALENDAR))


def declared(state: Case, seat: int, conflict: Conflict = "none", now: datetime = NOW) -> Case:
    events = case_steps.declare(
        state, seat=seat, subject=holder(seat), conflict=conflict, note="", now=now, calendar=CALENDAR
    )
    return then(state, events)


def form(
    vote: Vote = "approve",
    amount: int | None = None,
    *,
    scores: Mapping[str, int] | None = None,
    comments: Mapping[str, str] | None = None,
    comment: str = "نظر کلی",
    replaces: int | None = None,
) -> BallotForm:
    """Return a complete ballot; an approval recommends what was asked unless ``amount`` says otherwise."""
    if amount is None and vote == "approve":
        amount = ASKED
    return BallotForm(scores or {"need": 30, "plan": 25, "cost": 20}, comments or {}, comment, vote, amount, replaces)


def voted(state: Case, seat: int, ballot: BallotForm | None = None, now: datetime = NOW) -> Case:
    """Return the state after the seat has declared no conflict, if it had not, and cast."""
    if state.seat(seat).declaration is None:
        state = declared(state, seat, now=now)
    events = case_steps.cast(state, seat=seat, subject=holder(seat), form=ballot or form(), now=now, calendar=CALENDAR)
    return then(state, events)


def closed_case(votes: Mapping[int, Vote] | None = None, **changes: Any) -> Case:
    """Return a case whose whole base has cast; by default six approvals."""
    state = open_case(**changes)
    for seat, vote in (votes or dict.fromkeys(range(1, 7), "approve")).items():
        state = voted(state, seat, form(vote))
    assert state.status == "closed"
    return state


def facts(revision: int = 1) -> dict[str, Any]:
    return {
        "request": "req-1",
        "revision": revision,
        "organization": ORGANIZATION,
        "programme": "prog-1",
        "district": DISTRICT,
        "book": f"district:{DISTRICT}/1405",
    }


def caller(subject: str, *roles: Role, district: str | None = DISTRICT) -> Caller:
    return Caller(subject, tuple(Grant(role, district) for role in roles))


CITY = caller("office", "city_office", district=None)
HQ = caller("hq", "hq", district=None)
SECRETARY = caller("secretary", "secretary")
AUDITOR = caller("auditor", "auditor", district=None)


def member(seat: int) -> Caller:
    return caller(holder(seat), "chair" if seat == 1 else "member")


class World:
    """The review service on fakes, with a clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOW
        self.relay = RecordingRelay()
        self.standings = MemoryCopies()
        self.documents = {kind.collection: MemoryDocuments(kind.collection) for kind in KINDS}
        self.cases = Aggregates(CASES, self.documents["cases"], self.relay)
        self.uses = UseCases(
            rule_sets=Aggregates(RULE_SETS, self.documents["rule_sets"], self.relay),
            priority_lists=Aggregates(PRIORITY_LISTS, self.documents["priority_lists"], self.relay),
            working_groups=Aggregates(WORKING_GROUPS, self.documents["working_groups"], self.relay),
            cases=self.cases,
            councils=Aggregates(COUNCILS, self.documents[COUNCILS.collection], self.relay),
            concerns=Aggregates(CONCERNS, self.documents[CONCERNS.collection], self.relay),
            proposals=Aggregates(PRIORITY_PROPOSALS, self.documents[PRIORITY_PROPOSALS.collection], self.relay),
            meetings=Aggregates(MEETINGS, self.documents[MEETINGS.collection], self.relay),
            obstacles=Aggregates(OBSTACLES, self.documents[OBSTACLES.collection], self.relay),
            visits=Aggregates(VISITS, self.documents[VISITS.collection], self.relay),
            standings=self.standings,
            clock=lambda: self.now,
            calendar=CALENDAR,
        )
        self._commands = 0

    def command(self, subject: str = "someone") -> Command:
        self._commands += 1
        return Command(f"key-{self._commands}", subject, "digest")

    async def adopt_rules(self, **changes: Any) -> None:
        await self.uses.rule_sets.adopt(
            "mashhad",
            names=Names(fa="آیین‌نامه"),
            rules=rules(**changes),
            caller=CITY,
            command=self.command(),
            cause=CAUSE,
            expected_version=None,
        )

    async def set_up_group(self, seats: Sequence[int] = (1, 2, 3, 4, 5, 6), **changes: Any) -> None:
        await self.adopt_rules(**changes)
        await self.uses.working_groups.set_up(
            district=DISTRICT, rule_set=RULE_SET, caller=CITY, command=self.command(), cause=CAUSE
        )
        for seat in seats:
            await self.fill(seat)

    async def fill(self, seat: int, *, subject: str | None = None, days: int = 700) -> None:
        term = Term(
            subject or holder(seat), f"عضو {seat}", self.now - timedelta(days=1), self.now + timedelta(days=days)
        )
        await self.uses.working_groups.fill(
            GROUP, seat, term=term, caller=CITY, command=self.command(), cause=CAUSE, expected_version=None
        )

    async def standing(self, sequence: int, *, allowed: bool = True) -> None:
        permission = Permission(allowed=allowed, reasons=[] if allowed else ["organization_suspended"], since=NOW)
        data = StandingChanged(
            organization=ORGANIZATION,
            name="انجمن همیاران",
            kind="association",
            districts=[DISTRICT],
            standing=Standing(
                status="approved" if allowed else "suspended",
                may_submit=permission,
                may_be_decided=permission,
                may_be_committed=permission,
                may_be_paid=permission,
            ),
        )
        await self.uses.cases.standing_changed(data, self.event(data, sequence))

    async def submitted(self, **changes: Any) -> None:
        data = submission(**changes)
        await self.uses.cases.submitted(data, self.event(data))

    async def withdrawn(self) -> None:
        data = RequestWithdrawn(**facts())
        await self.uses.cases.withdrawn(data, self.event(data))

    async def lapsed(self) -> None:
        data = RequestLapsed(**facts(), reason="acceptance_overdue")
        await self.uses.cases.lapsed(data, self.event(data))

    def event(self, data: EventData, number: int = 1) -> Envelope:
        return Envelope.model_validate(envelop(data, subject="any/1", number=number, at=self.now, cause=CAUSE))

    @property
    def announced(self) -> list[str]:
        return [event["type"] for event in self.relay.events]
