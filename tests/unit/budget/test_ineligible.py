"""Ineligible amounts: found, reviewed, then refunded, documented or written off (BUD-8; I4)."""

from dataclasses import replace

import pytest

from services.budget.domain.book import next_entry
from services.budget.domain.closing_commands import CloseYear
from services.budget.domain.entries import Draft
from services.budget.domain.ineligible_commands import AcceptDocuments, FindIneligible, WriteOff
from services.budget.domain.refusals import (
    FindingExceedsPayment,
    FindingNotFound,
    FindingsOpen,
    MoreThanOpen,
    NothingOpen,
    RefundExceedsPayment,
    ReviewNotOver,
    WrongPaymentState,
)
from tests.fakes.journal import MemoryEntries
from tests.unit.budget.build import (
    BOOK,
    approve,
    commit,
    failed,
    given,
    journal,
    kept,
    money,
    opening,
    paid,
    prepare,
    refund,
    reserve,
    verified,
)

UNTIL, EARLIER = "2026-11-22T08:30:01.000Z", "2026-11-22T08:30:00.999Z"


def find(amount: int, key: str = "f", payment: str = "p") -> FindIneligible:
    return FindIneligible(BOOK, key, f"d-{key}", "officer-1", payment, amount, "بی‌فاکتور", UNTIL)


def document(amount: int, key: str = "g", finding: str = "f") -> AcceptDocuments:
    return AcceptDocuments(BOOK, key, f"d-{key}", "officer-1", finding, amount, "فاکتور رسید")


def write_off(now: str = UNTIL, key: str = "h", finding: str = "f") -> WriteOff:
    return WriteOff(BOOK, key, f"d-{key}", "treasurer-1", finding, "وصول نشد", now)


async def a_payment() -> MemoryEntries:
    """50 paid, of which 10 came back."""
    store = MemoryEntries()
    await given(journal(store), opening(), money(100), reserve("r", 80), commit("r", 80), prepare("p", "r", 50))
    await given(journal(store), approve("p"), approve("p", "treasurer-2"), paid("p"), refund("p", 10))
    return store


async def test_no_more_is_found_ineligible_than_is_left_of_the_payment() -> None:
    store = await a_payment()
    refused = next_entry(await kept(journal(store)), find(41))
    assert isinstance(refused, FindingExceedsPayment)
    assert refused.params["left"] == 40
    await given(journal(store), find(30))
    book = await kept(journal(store))
    assert isinstance(next_entry(book, find(11, "other")), FindingExceedsPayment)
    assert isinstance(next_entry(book, find(10, "other")), Draft)
    assert isinstance(next_entry(book, refund("p", 11, "plain")), RefundExceedsPayment), "30 are the finding's"
    assert book.balances["paid"] == 40, "no money moved"


async def test_a_finding_is_refunded_documented_or_written_off() -> None:
    """Each for a part; what is written off stays paid, and is not found again."""
    store = await a_payment()
    await given(journal(store), find(30), document(5), replace(refund("p", 10, "back"), finding="f"), write_off())
    book = await kept(journal(store))
    finding = book.findings["f"]
    assert (finding.documented, finding.refunded, finding.written_off, finding.open) == (5, 10, 15, 0)
    assert (book.balances["paid"], book.balances["available"], book.subjects["r"].refunded) == (30, 40, 20)
    assert isinstance(next_entry(book, write_off(key="again")), NothingOpen)
    assert isinstance(next_entry(book, document(1, "late")), NothingOpen)
    assert isinstance(next_entry(book, find(16, "f2")), FindingExceedsPayment)
    assert isinstance(next_entry(book, find(15, "f2")), Draft), "30 paid, of which 15 are written off"
    await verified(store)


async def test_nothing_is_written_off_before_the_review_is_over() -> None:
    store = await a_payment()
    await given(journal(store), find(30))
    book = await kept(journal(store))
    assert isinstance(next_entry(book, write_off(EARLIER)), ReviewNotOver)
    assert isinstance(next_entry(book, write_off(UNTIL)), Draft)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (document(31), MoreThanOpen),
        (replace(refund("p", 31, "back"), finding="f"), RefundExceedsPayment),
        (replace(refund("p", 1, "back"), finding="nobody's"), FindingNotFound),
        (document(1, finding="nobody's"), FindingNotFound),
        (failed("p"), WrongPaymentState),
        (CloseYear(BOOK, "c", "d", "district:7/1406"), FindingsOpen),
    ],
)
async def test_what_an_open_finding_forbids(command: object, refusal: type) -> None:
    store = await a_payment()
    await given(journal(store), find(30))
    assert isinstance(next_entry(await kept(journal(store)), command), refusal)  # type: ignore[arg-type]


async def test_only_what_was_paid_is_found_ineligible() -> None:
    store = await a_payment()
    await given(journal(store), prepare("q", "r", 10, instalment=2))
    assert isinstance(next_entry(await kept(journal(store)), find(5, payment="q")), WrongPaymentState)
