"""Orders to the bank and its results: each payment in one file at a time, each line counted once (BUD-7)."""

import asyncio

import pytest

from services.budget.domain.bank_results import BankLine, examine
from services.budget.domain.book import Book
from services.budget.domain.refusals import NothingToOrder, PaymentNotFound, WrongPaymentState
from services.budget.inbound.bank_files import ROWS_LIMIT, read_results
from tests.unit.budget.build import CAUSE, approve, failed, give_up, journal, order, paid, prepare
from tests.unit.budget.test_payments import after, committed, refused

APPROVED = (prepare("p", "r", 40), approve("p"), prepare("q", "r", 20, instalment=2), approve("q"))
LINE = BankLine(2, "p-order", "p", "paid", "140503210001")


def look(book: Book, *lines: BankLine, recorded: tuple[str, ...] = ()) -> tuple[list[int], list[str]]:
    fresh, faults = examine(lines, book, recorded)
    return [line.row for line in fresh], [fault.code for fault in faults]


async def test_ordered_payments_are_pending_and_in_one_order() -> None:
    book = await after(*APPROVED, order("p", "q", key="o"))
    assert {p.state for p in book.payments.values()} == {"ordered"}
    assert (book.orders["o"].payments, book.orders["o"].net) == (("p", "q"), 60)
    assert (book.balances["pending"], book.balances["paid"]) == (60, 0)


async def test_nothing_is_in_two_files_at_once() -> None:
    twice = await refused(order("p", key="again"), *APPROVED, order("p", key="o"))
    assert isinstance(twice, WrongPaymentState)
    assert isinstance(await refused(order("p", "q"), *APPROVED, order("q")), WrongPaymentState), "all or none"


async def test_an_order_is_of_what_is_approved() -> None:
    assert isinstance(await refused(order("p"), prepare("p", "r", 40)), WrongPaymentState)
    assert isinstance(await refused(order("x"), *APPROVED), PaymentNotFound)
    assert isinstance(await refused(order(key="o"), *APPROVED), NothingToOrder)


async def test_two_treasurers_at_one_instant_make_one_order() -> None:
    store = await committed(*APPROVED)
    done = await asyncio.gather(
        *(journal(store).submit(order("p", "q", key=key), CAUSE) for key in ("a", "b")), return_exceptions=True
    )
    assert sum(isinstance(outcome, WrongPaymentState) for outcome in done) == 1


async def test_what_the_bank_has_is_not_given_up() -> None:
    """Its money may leave at any moment, and the instalment would be paid again."""
    assert isinstance(await refused(give_up("p"), *APPROVED, order("p")), WrongPaymentState)


async def test_what_the_bank_refused_is_ordered_again() -> None:
    book = await after(*APPROVED, order("p"), failed("p"), order("p", key="second"), paid("p"))
    assert (book.payments["p"].state, book.payments["p"].order, book.payments["p"].failures) == ("paid", "second", 1)


async def test_a_line_counts_once_in_whatever_file_it_comes() -> None:
    ordered = await after(*APPROVED, order("p"))
    assert look(ordered, LINE) == ([2], [])
    given_back = await after(*APPROVED, order("p"), paid("p"), failed("p"))
    assert look(given_back, LINE, recorded=(LINE.entry,)) == ([], []), "the bank gave it back since"
    by_hand = await after(*APPROVED, order("p"), paid("p"))
    assert look(by_hand, LINE) == ([], []), "it was recorded by hand"
    refusal = BankLine(2, "p-order", "p", "failed")
    again = await after(*APPROVED, order("p"), failed("p"), order("p", key="second"))
    assert look(again, refusal) == ([], []), "the old file handed in late does not refuse the new order"


async def test_a_line_that_cannot_be_is_named() -> None:
    book = await after(*APPROVED, order("p"))
    assert look(book, LINE, BankLine(3, "p-order", "p", "failed"))[1] == ["result_named_twice"]
    assert look(book, BankLine(2, "other", "p", "paid", "1"))[1] == ["unknown_payment_order"]
    assert look(book, BankLine(2, "p-order", "q", "paid", "1"))[1] == ["payment_not_in_order"]
    again = await after(*APPROVED, order("p"), failed("p"), order("p", key="second"))
    assert look(again, LINE)[1] == ["payment_ordered_again"], "it would be paid twice"
    twice = await after(*APPROVED, order("p"), failed("p"), order("p", key="second"), paid("p"))
    assert look(twice, LINE)[1] == ["payment_ordered_again"], "it was paid twice"
    given_up = await after(*APPROVED, order("p"), failed("p"), give_up("p"))
    assert look(given_up, LINE)[1] == ["result_not_possible"]


def read(text: str) -> tuple[int, list[str]]:
    lines, faults = read_results(text.encode())
    return len(lines), [f"{fault.pointer} {fault.code}" for fault in faults]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["/rows/1/order column_missing", "/rows/1/payment column_missing", "/rows/1/result column_missing"]),
        ("order,payment,result\n", ["/rows/1/ bank_file_size"]),
        ("order,payment,result\n" + "o,p,failed\n" * (ROWS_LIMIT + 1), ["/rows/1/ bank_file_size"]),
        ("order,payment,result,result\no,p,paid,paid", ["/rows/1/ column_named_twice"]),
        ("order,payment,result\no,p,paid,1", ["/rows/2/ too_many_cells"]),
        ("order,payment,result\no,p,paid", ["/rows/2/reference reference_missing"]),
        (
            "order,payment,result,reference,reason\n=1,p,lost,!,\no,p,paid,1/2,\n\no,p,failed,,tired",
            [
                "/rows/2/order not_an_id",
                "/rows/2/result unknown_result",
                "/rows/2/reference bad_reference",
                "/rows/3/reference bad_reference",
                "/rows/5/reason unknown_reason",
            ],
        ),
    ],
)
def test_every_wrong_cell_of_a_file_is_named(text: str, faults: list[str]) -> None:
    assert read(text) == (0, faults)


def test_a_file_is_read_as_a_spreadsheet_saves_it() -> None:
    """BOM, another order of columns, Persian digits in the reference."""
    lines, faults = read_results("\ufeffresult,payment,order,reference\r\nPaid,p,o,۱۴۰۵-۱\r\n".encode())
    assert (list(lines), list(faults)) == ([BankLine(2, "o", "p", "paid", "14051")], [])


def test_bytes_that_are_no_text_are_one_fault() -> None:
    assert [fault.code for fault in read_results(b"\xff\xfe\x00")[1]] == ["bank_file_unreadable"]
