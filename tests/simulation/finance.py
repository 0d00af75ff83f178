"""What the finance offices do: payments by two persons at one instant, allotments and appropriations, also where they can't be."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from services.budget.domain.bank_results import BankLine, Result
from services.budget.domain.payment_commands import Deduction, FailureReason
from services.budget.domain.shares import Weight
from services.budget.usecases.books import Allotment, Appropriation
from services.budget.usecases.payments import PaymentOrder
from services.budget.usecases.withdrawals import WithdrawalOrder
from shared.storage.ports import Document
from shared.web.caller import Caller, Grant
from tests.builders import ASKED, DISTRICT, OFFICE, YEAR

if TYPE_CHECKING:
    from tests.simulation.people import People

OTHER_DISTRICT: Final = "8"
"""It has a book, and no requests."""
NEXT_YEAR: Final = "1406"
RACED: Final = 0.2  # how often the organisation's standing changes at the instant of an officer's step
AMOUNTS: Final = (ASKED // 3, ASKED // 2, ASKED, ASKED, 2 * ASKED)
BANK_SAYS: Final[Sequence[tuple[Result, str, FailureReason]]] = (
    ("paid", "bank-4", "other"),
    ("paid", "bank-5", "other"),
    ("failed", "", "account_closed"),
)
FINANCE: Final = tuple(
    Caller(f"finance-{n}", (Grant("budget_officer", DISTRICT), Grant("treasurer", DISTRICT))) for n in (1, 2, 3)
)
"""Each may prepare and approve, so that only the rule keeps one from doing both."""


class Finance:
    """The officers' acts."""

    def __init__(self, people: "People") -> None:
        self._people = people
        self._random = people.random

    def prepare_payment(self) -> None:
        """Two officers at one instant ask for money of one commitment; the officers also approve as treasurers."""
        request = self._people.one("requests", "requests", "in_progress")
        if request is None:
            return
        for officer in self._random.sample(FINANCE, self._random.choice((1, 2))):
            order = PaymentOrder(
                DISTRICT,
                self._year_of(request["_id"]),
                request["_id"],
                self._random.randint(1, 4),
                self._random.choice((ASKED // 6, ASKED // 3, ASKED // 2, ASKED)),
                "IRR",
                self._random.choice(((), (Deduction("tax", ASKED // 10),))),
            )
            self._of_payments("prepare", "prepare", officer, order)
        if self._random.random() < RACED:
            self._people.turn_standing(request["organization"])

    def approve_payment(self) -> None:
        payment = self._payment("prepared")
        if payment is not None:
            for officer in self._random.sample(FINANCE, self._random.choice((1, 3, 3))):
                self._of_payments("approve", "approve", officer, payment["payment"])
            if self._random.random() < RACED / 4:
                self._people.turn_standing(payment["organization"])

    def settle_payment(self) -> None:
        payment = self._payment("approved", "failed", "paid")
        if payment is None:
            return
        officer, id = self._random.choice(FINANCE), payment["payment"]
        step = self._random.choice(("made", "made", "made", "failed", "given up"))
        if payment["state"] == "paid":
            step = self._random.choice(("refund", "refund", "failed"))
        if step == "made":
            self._of_payments("record made", "record_made", officer, id, "bank-1")
        elif step == "refund":
            amount = self._random.choice((ASKED // 8, ASKED // 6, ASKED // 3))
            self._of_payments("refund", "receive_refund", officer, id, amount, "bank-2")
        elif step == "failed":
            self._of_payments("record failed", "record_failed", officer, id, "account_closed")
        else:
            self._of_payments("give up", "give_up", officer, id, "other")

    def order_payments(self) -> None:
        """Officers at one instant order all that is approved, or one payment, also such as was ordered before."""
        payment = self._payment("approved", "failed")
        for officer in self._random.sample(FINANCE, self._random.choice((1, 2))):
            book, chosen = f"district:{DISTRICT}/{YEAR}", None
            if payment is not None and self._random.random() < 0.5:
                chosen, book = [payment["payment"]], self._book_of(payment["payment"])
            self._of_bank(f"order {chosen or 'all'}", "order", book, chosen, by=officer)

    def bank_answers(self) -> None:
        """The bank's file for one order, each payment paid or not, now and then handed in twice at one instant, or again later."""
        entries = self._people.world.databases["budget"].entries.stored
        orders = [e for e in entries if e["kind"] == "payments_ordered"]
        if not orders:
            return
        entry = self._random.choice(orders)
        lines = [
            BankLine(row, entry["facts"]["order"], payment, *self._random.choice(BANK_SAYS))
            for row, payment in enumerate(entry["facts"]["payments"], 2)
        ]
        for officer in self._random.sample(FINANCE, self._random.choice((1, 1, 2))):
            self._of_bank(f"results of {len(lines)}", "record", entry["book"], lines, (), by=officer)

    def _book_of(self, payment: str) -> str:
        entries = self._people.world.databases["budget"].entries.stored
        return next(str(e["book"]) for e in entries if e["facts"].get("payment") == payment)

    def _of_bank(self, name: str, step: str, *arguments: Any, by: Caller) -> None:
        self._people.call(
            name,
            "budget",
            by.subject,
            lambda uses, command, cause: getattr(uses.bank, step)(
                *arguments, caller=by, cause=cause, **({"command": command} if step == "order" else {})
            ),
            keyed=step == "order",
        )

    def _payment(self, *states: str) -> Document | None:
        """Return what the last entry of a payment in one of these states says; now and then of any."""
        entries = self._people.world.databases["budget"].entries.stored
        last = {e["facts"]["payment"]: e["facts"] for e in entries if e["kind"].startswith("payment_")}
        any_will_do = self._random.random() < 0.06
        fit = [facts for facts in last.values() if any_will_do or facts["state"] in states]
        return self._random.choice(fit) if fit else None

    def _of_payments(self, name: str, step: str, by: Caller, *arguments: Any) -> None:
        about = arguments[0].request if isinstance(arguments[0], PaymentOrder) else arguments[0]
        self._people.call(
            f"{name} payment {about}",
            "budget",
            by.subject,
            lambda uses, command, cause: getattr(uses.payments, step)(
                *arguments, caller=by, command=command, cause=cause
            ),
        )

    def allot(self) -> None:
        amount = self._random.choice((*AMOUNTS, 500 * ASKED))
        order = Allotment(self._random.choice((YEAR, YEAR, NEXT_YEAR)), amount, [Weight(DISTRICT, 1, 0)])
        self._of_books(f"allot {amount}", "allot", order)

    def appropriate(self) -> None:
        order = Appropriation(self._random.choice((YEAR, YEAR, NEXT_YEAR)), ASKED, "5/1405/219", "2026-05-11", "30104")
        self._of_books("appropriate", "appropriate", order)

    def withdraw(self) -> None:
        """Two of the office at one instant take money of one district: back to the city, or to another district."""
        for _ in range(self._random.choice((1, 2))):
            amount, to = self._random.choice((*AMOUNTS, ASKED // 7)), self._random.choice((None, OTHER_DISTRICT))
            giver, getter = (DISTRICT, to) if self._random.random() < 0.6 or to is None else (to, DISTRICT)
            order = WithdrawalOrder(YEAR, giver, amount, "نوبت دیگری بلندتر است.", getter)
            self._of_books(f"withdraw {amount} of {giver} for {getter}", "withdraw", order, "withdrawals")

    def question(self) -> None:
        """Find an amount of a payment ineligible, or settle what was found: two officers at one instant."""
        entries = self._people.world.databases["budget"].entries.stored
        found = [e["facts"] for e in entries if e["kind"] == "ineligible_found"]
        amount = self._random.choice((ASKED // 8, ASKED // 6, ASKED // 3))
        if not found or self._random.random() < 0.3:
            payment = self._payment("paid")
            if payment is not None:
                self._of_findings("find ineligible", "find", payment["payment"], amount, "فاکتور ندارد.")
            return
        facts = self._random.choice(found)
        for _ in range(self._random.choice((1, 2))):
            step = self._random.choice(("documented", "write off", "refund"))
            if step == "documented":
                self._of_findings("document", "accept_documents", facts["finding"], ASKED // 12, "فاکتور رسید.")
            elif step == "write off":
                self._of_findings("write off", "write_off", facts["finding"], "وصول‌شدنی نیست.")
            else:
                officer, of = self._random.choice(FINANCE), facts["finding"]
                self._of_payments("refund", "receive_refund", officer, facts["payment"], amount, "bank-3", of)

    def _of_findings(self, name: str, step: str, *arguments: Any) -> None:
        by = self._random.choice(FINANCE)
        self._people.call(
            f"{name} {arguments[0]}",
            "budget",
            by.subject,
            lambda uses, command, cause: getattr(uses.ineligible, step)(
                *arguments, caller=by, command=command, cause=cause
            ),
        )

    def close(self) -> None:
        """Both of the office at one instant close a book's year, also before its time."""
        book = self._random.choice((f"district:{DISTRICT}/{YEAR}", f"district:{OTHER_DISTRICT}/{YEAR}", f"city/{YEAR}"))
        for _ in range(self._random.choice((1, 1, 2))):
            self._people.call(
                f"close {book}",
                "budget",
                OFFICE.subject,
                lambda uses, command, cause: uses.closing.close(
                    book, NEXT_YEAR, caller=OFFICE, command=command, cause=cause
                ),
            )

    def _year_of(self, request: str) -> str:
        """Return the year of the newest book that knows the request; now and then the first."""
        books = self._people.world.model.books.books
        years = [name.rpartition("/")[2] for name, book in sorted(books.items()) if request in book.held]
        return years[-1] if years and self._random.random() > 0.05 else YEAR

    def _of_books(self, name: str, step: str, order: Any, where: str = "books") -> None:
        self._people.call(
            name,
            "budget",
            OFFICE.subject,
            lambda uses, command, cause: getattr(getattr(uses, where), step)(
                order, caller=OFFICE, command=command, cause=cause
            ),
        )
