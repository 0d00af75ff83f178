"""A whole city in one process: the use cases of all four services over the fakes, joined by the bus in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final, Literal

from services.budget.domain.payment_commands import Deduction
from services.budget.domain.shares import Weight
from services.budget.inbound.events import subscribe as subscribe_budget
from services.budget.outbound.announcer import Announcer
from services.budget.outbound.writer import Journal
from services.budget.usecases.books import Allotment, Appropriation, OpenBookOrder
from services.budget.usecases.payments import PaymentOrder
from services.budget.wiring import use_cases as budget_use_cases
from services.registry.domain.checklist import QUESTIONS, Answer
from services.registry.domain.district import District
from services.registry.domain.profile import (
    Account,
    Address,
    Contact,
    Licence,
    OrganizationNames,
    Profile,
    Representative,
)
from services.registry.outbound.indexes import INDEXES as REGISTRY_INDEXES
from services.registry.outbound.store import ORGANIZATIONS
from services.registry.usecases.organizations import Call
from services.registry.wiring import use_cases as registry_use_cases
from services.requests.domain.programme import Terms
from services.requests.domain.proposal import Line, Proposal
from services.requests.domain.request import SupportRequest
from services.requests.inbound.events import subscribe as subscribe_requests
from services.requests.outbound.indexes import INDEXES as REQUESTS_INDEXES
from services.requests.outbound.store import REQUESTS
from services.requests.wiring import use_cases as requests_use_cases
from services.review.domain.ballot import Vote
from services.review.domain.case import Case, case_id
from services.review.domain.case_steps import BallotForm
from services.review.domain.working_group import Term, group_id
from services.review.inbound.events import subscribe as subscribe_review
from services.review.outbound.indexes import INDEXES as REVIEW_INDEXES
from services.review.outbound.store import CASES
from services.review.wiring import use_cases as review_use_cases
from shared.certifying import Certifying
from shared.contracts.base import Names
from shared.contracts.durations import Duration, WorkingCalendar
from shared.contracts.envelope import Cause
from shared.contracts.ids import district_book
from shared.contracts.requests import Criterion
from shared.contracts.review import FieldReason, Rules, RuleSetRef, SeatRule, TopicWeight
from shared.messaging.subscriptions import Subscriptions
from shared.storage.aggregates import Aggregates
from shared.storage.ports import Command, Unavailable
from shared.web.caller import Caller, Grant
from tests.fakes.bus import BusStores, MemoryBus
from tests.fakes.journal import MemoryCursors, MemoryEntries

START: Final = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
YEAR: Final = "1405"
DISTRICT: Final = "7"
BOOK: Final = district_book(DISTRICT, YEAR)
ASKED: Final = 60_000_000
RULE_SET: Final = RuleSetRef(id="mashhad", version=1)
ACCEPT_WITHIN: Final = timedelta(days=15)
SUSPENSION_LASTS: Final = timedelta(days=60)
CASE_WITHIN: Final = timedelta(
    days=90
)  # longer than any suspension of these tests, so that only a test's own deadline is met
SEATS: Final = range(1, 7)
WEIGHTS: Final = {"effect": 60, "plan": 40}
CERTIFYING: Final = Certifying("review-certification-key-of-tests")
"""Codes of review alone: with them requests would need a certification each."""
QUEUES: Final = (
    "requests.registry", "requests.review", "requests.budget", "review.registry", "review.requests",
    "budget.registry", "budget.requests", "budget.review",
)  # fmt: skip

OFFICE: Final = Caller("city-office", (Grant("city_office"),))
HEADQUARTERS: Final = Caller("headquarters", (Grant("hq"),))
REGISTRAR: Final = Caller("registrar", (Grant("registrar", DISTRICT),))
SECRETARY: Final = Caller("secretary", (Grant("secretary", DISTRICT),))
OFFICER: Final = Caller("officer", (Grant("budget_officer", DISTRICT),))
TREASURERS: Final = tuple(Caller(f"treasurer-{n}", (Grant("treasurer", DISTRICT),)) for n in (1, 2))
CHAIR: Final = Caller("seat-1", (Grant("chair", DISTRICT),))


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation and who acts for it."""

    id: str
    owner: Caller

    @property
    def applicant(self) -> Caller:
        """The same person, acting for it."""
        return Caller(self.owner.subject, (Grant("applicant", None, self.id),))


@dataclass(frozen=True, slots=True)
class Request:
    """A drafted request."""

    id: str
    organization: Organization


class City:
    """Four services, one bus, one clock that goes on by a millisecond with each look and otherwise when a test lets time pass."""

    def __init__(self, bus: MemoryBus | None = None) -> None:
        self.bus = bus or MemoryBus()
        self.now = START
        self._numbers = count(1)
        calendar = WorkingCalendar()
        self.stores = {
            "registry": BusStores(self.bus, REGISTRY_INDEXES),
            "requests": BusStores(self.bus, REQUESTS_INDEXES),
            "review": BusStores(self.bus, REVIEW_INDEXES),
            "budget": BusStores(self.bus),
        }
        self.registry = registry_use_cases(self.stores["registry"], self._clock, calendar)
        self.requests = requests_use_cases(self.stores["requests"], self._clock, calendar)
        self.review = review_use_cases(self.stores["review"], self._clock, calendar, CERTIFYING)
        self.entries = MemoryEntries()
        self.announcer = Announcer(self.bus, self.entries, MemoryCursors(), self._clock, transient=(Unavailable,))
        self.journal = Journal(self.entries, self._clock, written=self.announcer.written)
        self.budget = budget_use_cases(
            self.journal,
            self.entries,
            self.stores["budget"].copies("standings"),
            self.stores["budget"].copies("payment_stops"),
            self.stores["budget"].copies("decided_calls"),
            self._clock,
        )
        self.bus.source(self.announcer.flush)
        requests, review, budget = Subscriptions("requests"), Subscriptions("review"), Subscriptions("budget")
        subscribe_requests(requests, self.requests)
        subscribe_review(review, self.review)
        subscribe_budget(budget, self.budget)
        for subscriptions in (requests, review, budget):
            self.bus.connect(subscriptions)
        self.programme = ""
        self.organizations: list[Organization] = []
        self.drafted: list[Request] = []

    # ------------------------------------------------------------ time

    def _clock(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    async def pass_time(self, time: timedelta) -> None:
        """Let time pass and every timer act until nothing is due."""
        self.now += time
        for _ in range(20):
            await self.bus.settle()
            if not await self.sweep_after(timedelta(0)):
                return
        raise AssertionError("something stays due for ever")

    async def sweep_after(self, time: timedelta) -> int:
        """Let time pass and every timer act once, whatever has not arrived; return how much they did."""
        self.now += time
        swept = await self.registry.sweep() + await self.requests.sweep()
        return swept + await self.review.sweep() + await self.budget.sweep()

    # ------------------------------------------------------------ the offices

    async def found(
        self, money: int = 10 * ASKED, waiting_rule: Literal["first_fit", "strict"] = "first_fit", seats: int = 6
    ) -> "City":
        """Set everything up: district, rules, priorities, working group, books, money, programme."""
        district = District(DISTRICT, Names(fa="منطقه ۷"), 7, START - timedelta(days=365))
        await self.registry.districts.define(district, caller=OFFICE, cause=self.cause(OFFICE), expected_version=None)
        await self._found_review(seats)
        for order in (
            OpenBookOrder(YEAR, "IRR"),
            OpenBookOrder(YEAR, "IRR", DISTRICT, waiting_rule),
        ):
            await self.budget.books.open(order, caller=OFFICE, command=self.command(OFFICE), cause=self.cause(OFFICE))
        appropriation = Appropriation(YEAR, 100 * ASKED, "5/1405/218", "2026-04-11", "30104")
        await self.budget.books.appropriate(
            appropriation, caller=OFFICE, command=self.command(OFFICE), cause=self.cause(OFFICE)
        )
        if money:
            await self.allot(money)
        await self.bus.settle()
        await self._open_programme()
        await self.bus.settle()
        return self

    async def _found_review(self, seats: int) -> None:
        await self.review.rule_sets.adopt(
            RULE_SET.id,
            names=Names(fa="آیین‌نامه"),
            rules=Rules(
                seats=[
                    SeatRule(seat=1, kind="deputy", chair=True),
                    *(SeatRule(seat=seat, kind="expert") for seat in (2, 3, 4)),
                    *(SeatRule(seat=seat, kind="neighbourhood_member") for seat in (5, 6)),
                ],
                case_within=_seconds(CASE_WITHIN),
                accept_within=_seconds(ACCEPT_WITHIN),
                suspension_lasts=_seconds(SUSPENSION_LASTS),
            ),
            caller=OFFICE,
            command=self.command(OFFICE),
            cause=self.cause(OFFICE),
            expected_version=None,
        )
        await self.review.priority_lists.adopt(
            district=None,
            topics=[TopicWeight(topic="addiction", names=Names(fa="اعتیاد"), weight=3)],
            minutes_number=None,
            caller=HEADQUARTERS,
            command=self.command(HEADQUARTERS),
            cause=self.cause(HEADQUARTERS),
            expected_version=None,
        )
        await self.review.working_groups.set_up(
            district=DISTRICT, rule_set=RULE_SET, caller=OFFICE, command=self.command(OFFICE), cause=self.cause(OFFICE)
        )
        for seat in range(1, seats + 1):
            await self.fill_seat(seat)

    async def fill_seat(self, seat: int) -> None:
        """Fill a seat of the working group for two years."""
        term = Term(f"seat-{seat}", None, START - timedelta(days=1), START + timedelta(days=730))
        await self.review.working_groups.fill(
            group_id(DISTRICT),
            seat,
            term=term,
            caller=OFFICE,
            command=self.command(OFFICE),
            cause=self.cause(OFFICE),
            expected_version=None,
        )

    async def allot(self, amount: int) -> None:
        """Give the district money of the city's book."""
        await self.budget.books.allot(
            Allotment(YEAR, amount, [Weight(DISTRICT, 1, 0)]),
            caller=OFFICE,
            command=self.command(OFFICE),
            cause=self.cause(OFFICE),
        )

    async def open_call(self, *, ranked: bool = False) -> str:
        """Open a dated call of thirty days and return its id."""
        rule: Any = "ranked" if ranked else None
        closes = START + timedelta(days=30)
        terms = replace(self._terms(), kind="dated", opens=START, closes=closes, waiting_rule=rule)
        return await self._open(terms)

    async def _open_programme(self) -> None:
        self.programme = await self._open(self._terms())

    def _terms(self) -> Terms:
        return Terms(
            names=Names(fa="حمایت از برنامه‌های محله"),
            kind="rolling",
            fiscal_year=YEAR,
            currency="IRR",
            districts=(DISTRICT,),
            topics=(),
            ceiling=10 * ASKED,
            rule_set=RULE_SET,
            criteria=tuple(Criterion(id=id, names=Names(fa=id), weight=weight) for id, weight in WEIGHTS.items()),
            support=("money", "service", "task"),
        )

    async def _open(self, terms: Terms) -> str:
        drafted = await self.requests.programmes.draft(
            terms, caller=OFFICE, command=self.command(OFFICE), cause=self.cause(OFFICE)
        )
        await self.requests.programmes.open(
            drafted.id,
            caller=OFFICE,
            command=self.command(OFFICE),
            cause=self.cause(OFFICE),
            expected_version=None,
        )
        return drafted.id

    # ------------------------------------------------------------ an organisation's way

    def profile(self, number: int) -> Profile:
        """Return a complete registration of a kind that needs no legal id."""
        return Profile(
            names=OrganizationNames(f"گروه مسجدی شماره {number}"),
            kind="mosque_group",
            districts=(DISTRICT,),
            topics=("addiction",),
            no_legal_id_reason="گروه مسجدی، ثبت‌نشده",
            address=Address("خیابان نمونه، پلاک ۱", "محله نمونه", "1619735744"),
            contact=Contact(telephone="05130000000"),
            representatives=(
                Representative("نماینده ۱", "مدیر", "0010350829", "09123456789"),
                Representative("نماینده ۲", "خزانه‌دار", "0076229645", "09123456780"),
            ),
            purpose="پیشگیری از اعتیاد در محله",
        )

    async def organization(self, account: Account | None = None, licence: Licence | None = None) -> Organization:
        """Register, verify and approve an organisation."""
        number = next(self._numbers)
        profile = replace(self.profile(number), account=account, licence=licence)
        owner = Caller(f"owner-{number}")
        made = Organization((await self.registry.organizations.register(profile, self.call(owner))).id, owner)
        await self.registry.organizations.submit(made.id, self.call(owner))
        lacking = Answer("not_applicable", "این نوع تشکل آن را ندارد.")
        answers: dict[str, Answer] = {
            q: lacking
            if (q == "licence_valid" and licence is None) or (q == "account_ok" and account is None)
            else Answer("yes")
            for q in QUESTIONS
        }
        await self.registry.organizations.answer_checklist(made.id, answers, self.call(REGISTRAR))
        await self.registry.organizations.approve(made.id, self.call(REGISTRAR))
        self.organizations.append(made)
        return made

    async def suspend(self, organization: Organization) -> None:
        """Take the standing away for now."""
        await self.registry.organizations.suspend(organization.id, "مهلت مجوز تمام شده است.", self.call(REGISTRAR))

    async def reinstate(self, organization: Organization) -> None:
        """Give the standing back."""
        await self.registry.organizations.reinstate(organization.id, "مجوز تمدید شد.", self.call(REGISTRAR))

    async def revoke(self, organization: Organization) -> None:
        """Take the standing away for good."""
        await self.registry.standing.revoke(organization.id, "هزینه‌کرد خارج از موضوع.", self.call(OFFICE))

    # ------------------------------------------------------------ a request's way

    async def draft(self, organization: Organization, amount: int = ASKED, programme: str | None = None) -> Request:
        """Begin a complete draft, under the city's programme or another."""
        by, wanted = organization.applicant, proposal(programme or self.programme, amount)
        stored = await self.requests.requests.draft(
            organization.id, wanted, caller=by, command=self.command(by), cause=self.cause(by)
        )
        request = Request(stored.id, organization)
        self.drafted.append(request)
        return request

    async def draft_service(self, organization: Organization) -> Request:
        """Begin a complete draft that asks for a venue, not for money."""
        by = organization.applicant
        asked = replace(
            proposal(self.programme, ASKED),
            support="service",
            services=("venue",),
            budget_lines=(),
            amount_asked=None,
            minimum=None,
        )
        stored = await self.requests.requests.draft(
            organization.id, asked, caller=by, command=self.command(by), cause=self.cause(by)
        )
        request = Request(stored.id, organization)
        self.drafted.append(request)
        return request

    async def submit(self, request: Request) -> None:
        """Submit the draft, or what was sent back."""
        by = request.organization.applicant
        await self.requests.requests.submit(
            request.id, caller=by, command=self.command(by), cause=self.cause(by), expected_version=None
        )

    async def correct(self, request: Request, title: str) -> None:
        """Change the title of a request that was sent back for it."""
        by = request.organization.applicant
        await self.requests.requests.edit(
            request.id, {"title": title}, caller=by, cause=self.cause(by), expected_version=None
        )

    async def accept(self, request: Request) -> None:
        """Accept the award."""
        by = request.organization.applicant
        await self.requests.requests.accept(
            request.id, caller=by, command=self.command(by), cause=self.cause(by), expected_version=None
        )

    async def withdraw(self, request: Request) -> None:
        """Withdraw it."""
        by = request.organization.applicant
        await self.requests.requests.withdraw(
            request.id, "", caller=by, command=self.command(by), cause=self.cause(by), expected_version=None
        )

    # ------------------------------------------------------------ a working group's way

    async def send_back(self, request: Request) -> None:
        """Ask for another title."""
        await self.review.cases.request_changes(
            await self.case_of(request),
            [FieldReason(pointer="/title", reason="روشن‌تر بنویسید.")],
            caller=SECRETARY,
            command=self.command(SECRETARY),
            cause=self.cause(SECRETARY),
        )

    async def vote(
        self,
        request: Request,
        seats: Sequence[int] = SEATS,
        vote: Vote = "approve",
        amount: int | None = None,
        replaces: int | None = None,
    ) -> None:
        """Have seats declare no conflict and cast; the last of the base closes the case. ``amount``: None approves what was asked.

        replaces: edition of the seats' own ballots that these replace.
        """
        case = await self.case_of(request)
        asked = (await self.state(request)).current.proposal.amount_asked
        form = BallotForm(
            scores={criterion: weight * 4 // 5 for criterion, weight in WEIGHTS.items()},
            comments={},
            comment="نظر کلی",
            vote=vote,
            amount=(amount or asked) if vote == "approve" else None,
            replaces=replaces,
        )
        for seat in seats:
            member = Caller(f"seat-{seat}", (Grant("chair" if seat == 1 else "member", DISTRICT),))
            await self.review.cases.declare(
                case, seat, conflict="none", note="", caller=member, command=self.command(member)
            )
            await self.review.cases.cast(case, seat, form, caller=member)

    async def sign(self, request: Request) -> None:
        """Draft the reason and sign it: the decision issues."""
        case = await self.case_of(request)
        await self.review.cases.draft_summary(
            case,
            reason="با اولویت محله هم‌خوان است.",
            caller=SECRETARY,
            command=self.command(SECRETARY),
            cause=self.cause(SECRETARY),
        )
        await self.review.cases.sign(
            case, edition=None, caller=CHAIR, command=self.command(CHAIR), cause=self.cause(CHAIR)
        )

    async def decide(self, request: Request, vote: Vote = "approve") -> None:
        """Take a case from open to decided."""
        await self.vote(request, vote=vote)
        await self.sign(request)

    # ------------------------------------------------------------ payments

    async def prepare_payment(self, request: Request, gross: int, *, instalment: int = 1, deducted: int = 0) -> str:
        """Prepare a payment; return its id."""
        deductions = (Deduction("tax", deducted),) if deducted else ()
        order = PaymentOrder(DISTRICT, YEAR, request.id, instalment, gross, "IRR", deductions)
        return str((await self._of_payments("prepare", OFFICER, order)).id)

    async def approve_payment(self, payment: str, by: Sequence[Caller] | None = None) -> None:
        """Have all approve who have to: the book has no threshold, so two."""
        for treasurer in by or TREASURERS:
            await self._of_payments("approve", treasurer, payment)

    async def pay(self, payment: str) -> None:
        """Record that the bank paid."""
        await self._of_payments("record_made", TREASURERS[0], payment, "bank-1")

    async def fail_payment(self, payment: str) -> None:
        """Record that the bank did not pay, or gave the money back."""
        await self._of_payments("record_failed", TREASURERS[0], payment, "account_closed")

    async def refund(self, payment: str, amount: int) -> None:
        """Record that the organisation gave money back."""
        await self._of_payments("receive_refund", TREASURERS[0], payment, amount, "bank-2")

    async def give_up_payment(self, payment: str) -> None:
        """Give it up."""
        await self._of_payments("give_up", OFFICER, payment, "prepared_wrongly")

    async def _of_payments(self, step: str, by: Caller, *arguments: Any) -> Any:
        return await getattr(self.budget.payments, step)(
            *arguments, caller=by, command=self.command(by), cause=self.cause(by)
        )

    # ------------------------------------------------------------ what is so now

    async def state(self, request: Request) -> SupportRequest:
        """Return the request's state."""
        stores = self.stores["requests"]
        stored = await Aggregates(REQUESTS, stores.documents(REQUESTS.collection), stores).require(request.id)
        return stored.state

    async def status(self, request: Request) -> str:
        """Return the request's status."""
        return (await self.state(request)).status

    async def case_of(self, request: Request, revision: int | None = None) -> str:
        """Return the id of the case of a revision; None: of the latest."""
        return case_id(request.id, revision or (await self.state(request)).revision)

    async def case(self, request: Request, revision: int | None = None) -> Case | None:
        """Return the case of a revision, if review has heard of it."""
        stores = self.stores["review"]
        cases = Aggregates(CASES, stores.documents(CASES.collection), stores)
        stored = await cases.get(await self.case_of(request, revision))
        return None if stored is None else stored.state

    def standing_sequence(self, organization: Organization) -> int:
        """Return the number of the organisation's newest standing."""
        document = self.stores["registry"].documents(ORGANIZATIONS.collection).documents[organization.id]
        return int(document["sequence"])

    async def available(self) -> int:
        """Return what the district's book has available."""
        book = await self.journal.book(BOOK)
        assert book is not None
        return book.balances["available"]

    # ------------------------------------------------------------ calls

    def command(self, by: Caller) -> Command:
        """Return a new command of this caller."""
        return Command(f"key-{next(self._numbers)}", by.subject, "digest")

    def cause(self, by: Caller) -> Cause:
        """Return a cause that names this caller."""
        return Cause(by.subject, f"correlation-{next(self._numbers)}")

    def call(self, by: Caller) -> Call:
        """Return a call, as registry's use cases take it."""
        return Call(by, self.command(by), self.cause(by))


def proposal(programme: str, amount: int) -> Proposal:
    """Return a complete proposal."""
    return Proposal(
        programme=programme,
        district=DISTRICT,
        kind="event",
        topic="addiction",
        title="نشست خانواده",
        lessens="با آموزش خانواده‌ها",
        indicator="شمار خانواده‌های آموزش‌دیده",
        people_reached=120,
        starts_on=START + timedelta(days=300),
        ends_on=START + timedelta(days=301),
        budget_lines=(Line("سالن", amount),),
        amount_asked=amount,
        minimum=1,
    )


def _seconds(time: timedelta) -> Duration:
    return Duration(seconds=int(time.total_seconds()))
