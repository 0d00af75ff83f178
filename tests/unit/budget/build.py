"""What the budget's tests are made of: a clock, causes, opened books, contract events."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from ops.verify.books import Book as Verified
from ops.verify.books import verify_book
from services.budget.domain.book import Book
from services.budget.domain.commands import Appropriate, Command, Commit, OpenBook, ReceiveAllotment, Release, Reserve
from services.budget.domain.entries import Entry, line
from services.budget.domain.moving_commands import Withdraw
from services.budget.domain.payment_commands import (
    ApprovePayment,
    Deduction,
    GiveUpPayment,
    OrderPayments,
    PreparePayment,
    ReceiveRefund,
    RecordFailure,
    RecordPayment,
)
from services.budget.outbound.store import Entries
from services.budget.outbound.writer import Journal
from shared.contracts.base import EventData
from shared.contracts.envelope import Cause, Envelope, envelop
from shared.contracts.registry import Permission, Standing, StandingChanged
from shared.contracts.requests import (
    CommitmentLimited,
    RequestAccepted,
    RequestDeclined,
    RequestLapsed,
    RequestWithdrawn,
)
from shared.contracts.review import CaseDecided, Tally

START = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
CAUSE = Cause("person-1", "correlation-1", "event-1")
BOOK = "district:7/1405"
CITY = "city/1405"


class Clock:
    """A clock that goes on by a second with each look, so that the order of what happened is seen."""

    def __init__(self, at: datetime = START, step: timedelta = timedelta(seconds=1)) -> None:
        self.at = at
        self.step = step

    def __call__(self) -> datetime:
        self.at += self.step
        return self.at


async def no_wait(_seconds: float) -> None:
    """Waiting, in tests."""


def journal(entries: Entries, clock: Clock | None = None) -> Journal:
    return Journal(entries, clock or Clock(), wait=no_wait)


def opening(
    book: str = BOOK,
    rule: Literal["first_fit", "strict"] = "first_fit",
    max_skips: int | None = None,
    currency: str = "IRR",
    third_above: int | None = None,
) -> OpenBook:
    owner, _, year = book.partition("/")
    district = owner.removeprefix("district:") if owner != "city" else None
    return OpenBook(
        book=book,
        key=f"key-{book}",
        digest="d" * 64,
        fiscal_year=year,
        district=district,
        currency=currency,
        waiting_rule=None if district is None else rule,
        max_skips=max_skips,
        third_approval_above=third_above,
    )


def appropriation(amount: int, key: str = "a") -> Appropriate:
    return Appropriate(CITY, key, "d" * 64, amount, "5/1405/218", "2026-04-11", "30104")


def money(amount: int, allotment: str = "a", book: str = BOOK) -> ReceiveAllotment:
    return ReceiveAllotment(book, allotment, amount)


def withdraw(amount: int, key: str = "w", to: str | None = None) -> Withdraw:
    return Withdraw(BOOK, key, f"d-{key}", amount, "نوبتی نیست.", to)


def reserve(
    request: str, amount: int, *, allowed: bool = True, standing: int = 3, currency: str = "IRR", book: str = BOOK
) -> Reserve:
    return Reserve(book, request, 1, f"org-{request}", amount, currency, allowed, standing)


def commit(
    request: str, amount: int, *, acceptance: int = 3, allowed: bool = True, standing: int = 3, book: str = BOOK
) -> Commit:
    return Commit(book, request, acceptance, f"org-{request}", amount, "IRR", allowed, standing)


def release(request: str, reason: str = "withdrawn", book: str = BOOK) -> Release:
    return Release(book, request, f"org-{request}", reason)


def prepare(
    payment: str,
    request: str,
    gross: int,
    *,
    instalment: int = 1,
    by: str = "officer-1",
    deductions: tuple[Deduction, ...] = (),
    may_be_paid: bool = True,
    standing: int = 3,
    stopped: bool = False,
) -> PreparePayment:
    return PreparePayment(
        BOOK, payment, f"d-{payment}", by, request, instalment, gross, deductions, may_be_paid, standing, stopped
    )


def approve(
    payment: str,
    by: str = "treasurer-1",
    *,
    key: str = "",
    may_be_paid: bool = True,
    standing: int = 3,
    stopped: bool = False,
) -> ApprovePayment:
    return ApprovePayment(BOOK, key or f"{payment}-{by}", "d-approve", by, payment, may_be_paid, standing, stopped)


def order(*payments: str, key: str = "") -> OrderPayments:
    return OrderPayments(BOOK, key or f"{'-'.join(payments)}-order", "d-order", "treasurer-1", payments)


def paid(payment: str, key: str = "") -> RecordPayment:
    return RecordPayment(BOOK, key or f"{payment}-paid", "d-paid", "treasurer-1", payment, "bank-1")


def failed(payment: str, key: str = "") -> RecordFailure:
    return RecordFailure(BOOK, key or f"{payment}-failed", "d-failed", "treasurer-1", payment, "account_closed")


def refund(payment: str, amount: int, key: str = "") -> ReceiveRefund:
    return ReceiveRefund(BOOK, key or f"{payment}-refund", "d-refund", "treasurer-1", payment, amount, "bank-2")


def give_up(payment: str, key: str = "") -> GiveUpPayment:
    return GiveUpPayment(BOOK, key or f"{payment}-giveup", "d-giveup", "officer-1", payment, "prepared_wrongly")


async def given(journal: Journal, *commands: Command) -> None:
    """Have the commands written one after another."""
    for command in commands:
        await journal.submit(command, CAUSE)


async def kept(journal: Journal, id: str = BOOK) -> Book:
    """Return the book as it is now."""
    book = await journal.book(id)
    assert book is not None
    return book


async def all_entries(entries: Entries, book: str = BOOK) -> Sequence[Entry]:
    return await entries.after(book, 0, 100_000)


def lines(entries: Iterable[Entry]) -> list[str]:
    """Return the entries as a downloaded book."""
    return [json.dumps(line(entry), ensure_ascii=False) for entry in entries]


async def verified(entries: Entries, book: str = BOOK) -> Verified:
    """Return what the independent verifier says of a book; it must find nothing."""
    report = verify_book(lines(await all_entries(entries, book)))
    assert report.ok, str(report.violation)
    return report


# ---------------------------------------------------------------- events


def enveloped(data: EventData, number: int = 1, subject: str = "x/1") -> Envelope:
    return Envelope.model_validate(envelop(data, subject=subject, number=number, at=START, cause=CAUSE))


def decided(
    request: str, amount: int, *, outcome: Literal["approved", "rejected"] = "approved", **changes: Any
) -> CaseDecided:
    fields: dict[str, Any] = {
        "case": f"case-{request}",
        "request": request,
        "revision": 1,
        "organization": f"org-{request}",
        "district": "7",
        "programme": "p",
        "fiscal_year": "1405",
        "book": BOOK,
        "outcome": outcome,
        "amount_asked": max(amount, 1),
        "amount": amount,
        "currency": "IRR",
        "tally": Tally(base=6, recused=0, cast=6, approve=6, reject=0, abstain=0, decided_by_chair=False),
        "scores": [],
        "mean_score_hundredths": 8000,
        "topic": "addiction",
        "topic_weight": 3,
        "reason": "",
        "signed": True,
        "closed_at": START,
        "issued_at": START,
        "standing_sequence": 3,
    }
    return CaseDecided(**(fields | changes))


def _facts(request: str) -> dict[str, Any]:
    return {
        "request": request,
        "revision": 1,
        "organization": f"org-{request}",
        "programme": "p",
        "district": "7",
        "book": BOOK,
    }


def accepted(request: str, amount: int, standing_sequence: int = 3) -> RequestAccepted:
    return RequestAccepted(**_facts(request), amount=amount, currency="IRR", standing_sequence=standing_sequence)


def withdrawn(request: str) -> RequestWithdrawn:
    return RequestWithdrawn(**_facts(request), reason="changed plans")


def declined(request: str) -> RequestDeclined:
    return RequestDeclined(**_facts(request), reason="too little")


def limited(request: str, amount: int, *, ends: bool = True) -> CommitmentLimited:
    reason: Literal["closing", "amended"] = "closing" if ends else "amended"
    return CommitmentLimited(**_facts(request), amount=amount, currency="IRR", ends=ends, reason=reason)


def lapsed(request: str, reason: str = "acceptance_overdue") -> RequestLapsed:
    return RequestLapsed(**_facts(request), reason=reason)


def standing(organization: str, *, allowed: bool, since: datetime = START) -> StandingChanged:
    permission = Permission(allowed=allowed, since=since)
    return StandingChanged(
        organization=organization,
        name="تشکل",
        kind="association",
        districts=["7"],
        standing=Standing(
            status="approved" if allowed else "suspended",
            may_submit=permission,
            may_be_decided=permission,
            may_be_committed=permission,
            may_be_paid=permission,
        ),
    )
