"""Payments of a commitment: who may do what, where the money is, and what can never be (BUD-7; I4, I9)."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ops.verify.books import verify_book
from services.budget.domain.book import Book
from services.budget.domain.commands import Command, ReturnCommitment
from services.budget.domain.entries import Entry, hash_of
from services.budget.domain.payment_commands import Deduction
from services.budget.domain.refusals import (
    AlreadyActed,
    DeductionsExceedGross,
    EntryConflict,
    InstalmentTaken,
    NotCommitted,
    OverCommitted,
    PaymentNotFound,
    PaymentsStopped,
    PersonsUnknown,
    RefundExceedsPayment,
    StandingForbidsPayment,
    StandingNotKnownYet,
    WrongPaymentState,
)
from shared.contracts.refusals import Refusal
from tests.fakes.journal import Meddling, MemoryEntries
from tests.unit.budget.build import (
    BOOK,
    CAUSE,
    approve,
    commit,
    failed,
    give_up,
    given,
    journal,
    kept,
    lines,
    money,
    opening,
    paid,
    prepare,
    refund,
    release,
    reserve,
    verified,
)

SECOND = "treasurer-2"


async def committed(*commands: Command, third_above: int | None = 60, amount: int = 100) -> MemoryEntries:
    """A book with a commitment of 100 of ``r``; then the commands."""
    store = MemoryEntries()
    await given(
        journal(store),
        opening(third_above=third_above),
        money(amount),
        reserve("r", amount),
        commit("r", amount),
        *commands,
    )
    return store


async def after(*commands: Command, third_above: int | None = 60) -> Book:
    """Return the book after the commands; the independent verifier finds nothing in it."""
    store = await committed(*commands, third_above=third_above)
    await verified(store)
    return await kept(journal(store))


async def refused(command: Command, *before: Command, third_above: int | None = 60) -> Refusal:
    """Return why the command is refused; nothing was entered."""
    store = await committed(*before, third_above=third_above)
    known = len(store.stored)
    with pytest.raises(Refusal) as caught:
        await journal(store).submit(command, CAUSE)
    assert len(store.stored) == known
    return caught.value


def parts(book: Book) -> tuple[int, int, int, int]:
    return tuple(book.balances[part] for part in ("available", "committed", "pending", "paid"))  # type: ignore[return-value]


async def test_a_payment_goes_from_committed_to_pending_to_paid() -> None:
    steps: Sequence[tuple[Command, tuple[int, int, int, int], str]] = (
        (prepare("p", "r", 40), (0, 60, 40, 0), "prepared"),
        (approve("p"), (0, 60, 40, 0), "approved"),
        (paid("p"), (0, 60, 0, 40), "paid"),
        (failed("p"), (0, 60, 40, 0), "failed"),
        (paid("p", "again"), (0, 60, 0, 40), "paid"),
        (failed("p", "twice"), (0, 60, 40, 0), "failed"),
        (give_up("p"), (0, 100, 0, 0), "given_up"),
    )
    for n, (_, money_after, state) in enumerate(steps, start=1):
        book = await after(*(command for command, _, _ in steps[:n]))
        assert (parts(book), book.payments["p"].state) == (money_after, state)


async def test_what_the_bank_refuses_before_it_paid_is_pending_until_it_is_paid() -> None:
    book = await after(prepare("p", "r", 40), approve("p"), failed("p"))
    assert (parts(book), book.payments["p"].failures) == ((0, 60, 40, 0), 1)
    assert parts(await after(prepare("p", "r", 40), approve("p"), failed("p"), paid("p"))) == (0, 60, 0, 40)


async def test_net_is_gross_without_the_deductions_and_all_of_the_gross_leaves_the_commitment() -> None:
    book = await after(prepare("p", "r", 40, deductions=(Deduction("tax", 4), Deduction("insurance", 3))))
    assert (book.payments["p"].gross, book.payments["p"].net) == (40, 33)
    assert parts(book) == (0, 60, 40, 0)
    assert isinstance(await refused(prepare("p", "r", 40, deductions=(Deduction("tax", 40),))), DeductionsExceedGross)


async def test_whoever_prepared_does_not_approve() -> None:
    assert isinstance(await refused(approve("p", "officer-1"), prepare("p", "r", 40)), AlreadyActed)


async def test_above_the_threshold_a_third_person_approves() -> None:
    at = await after(prepare("p", "r", 60), approve("p"))
    assert (at.payments["p"].approvals_needed, at.payments["p"].state) == (1, "approved")
    above = await after(prepare("p", "r", 61), approve("p"))
    assert (above.payments["p"].approvals_needed, above.payments["p"].state) == (2, "prepared")
    assert isinstance(await refused(paid("p"), prepare("p", "r", 61), approve("p")), WrongPaymentState)
    for person in ("treasurer-1", "officer-1"):
        again = approve("p", person, key="again")
        assert isinstance(await refused(again, prepare("p", "r", 61), approve("p")), AlreadyActed)
    third = await after(prepare("p", "r", 61), approve("p"), approve("p", SECOND))
    assert third.payments["p"].state == "approved"


async def test_without_a_threshold_every_payment_needs_the_third_person() -> None:
    book = await after(prepare("p", "r", 1), approve("p"), third_above=None)
    assert (book.payments["p"].approvals_needed, book.payments["p"].state) == (2, "prepared")


async def test_nothing_is_prepared_or_approved_while_a_report_is_late() -> None:
    """REQ-10."""
    assert isinstance(await refused(prepare("p", "r", 40, stopped=True)), PaymentsStopped)
    prepared = prepare("p", "r", 40)
    assert isinstance(await refused(approve("p", stopped=True), prepared), PaymentsStopped)
    approved = await after(prepared, approve("p"), paid("p"))
    assert approved.payments["p"].state == "paid"  # what was approved before is the bank's


async def test_nobody_is_paid_whose_standing_forbids_it_or_is_not_known() -> None:
    assert isinstance(await refused(prepare("p", "r", 40, may_be_paid=False)), StandingForbidsPayment)
    assert isinstance(await refused(prepare("p", "r", 40, standing=2)), StandingNotKnownYet)
    prepared = prepare("p", "r", 40)
    assert isinstance(await refused(approve("p", may_be_paid=False, standing=4), prepared), StandingForbidsPayment)
    assert isinstance(await refused(approve("p", standing=2), prepared), StandingNotKnownYet)
    assert (await after(prepared, approve("p", standing=5))).payments["p"].standing == 5


async def test_only_a_commitment_is_paid() -> None:
    assert isinstance(await refused(prepare("p", "unknown", 1)), NotCommitted)
    assert isinstance(await refused(prepare("p", "r", 1), release("r")), NotCommitted)
    assert isinstance(await refused(approve("p"), prepare("p", "r", 40), release("r")), NotCommitted)


async def test_never_more_than_the_commitment() -> None:
    left = (prepare("p", "r", 40), prepare("q", "r", 60, instalment=2))
    assert isinstance(await refused(prepare("s", "r", 1, instalment=3), *left), OverCommitted)
    assert isinstance(await refused(prepare("s", "r", 61, instalment=3), left[0]), OverCommitted)
    again = prepare("s", "r", 40, instalment=3)
    assert parts(await after(*left, give_up("p"), again)) == (0, 0, 100, 0)


async def test_one_payment_an_instalment_until_it_is_given_up() -> None:
    first = (prepare("p", "r", 40), approve("p"), paid("p"))
    assert isinstance(await refused(prepare("q", "r", 10), *first), InstalmentTaken)
    assert isinstance(await refused(prepare("q", "r", 10), *first, failed("p")), InstalmentTaken)
    book = await after(*first, failed("p"), give_up("p"), prepare("q", "r", 10))
    assert parts(book) == (0, 90, 10, 0)


LIFE: tuple[Command, ...] = (prepare("p", "r", 40), approve("p"), paid("p"), failed("p"), give_up("p"))
ALLOWED = {"none": "", "prepared": "ag", "approved": "mfg", "paid": "f", "failed": "mg", "given_up": ""}


@pytest.mark.parametrize("state", ALLOWED)
async def test_every_step_in_every_state_of_a_payment(state: str) -> None:
    before = LIFE[: list(ALLOWED).index(state)]
    later: dict[str, Command] = {
        "a": approve("p", SECOND),
        "m": paid("p", "m"),
        "f": failed("p", "f"),
        "g": give_up("p", "g"),
    }
    for letter, command in later.items():
        if letter in ALLOWED[state]:
            await after(*before, command)
        else:
            error = await refused(command, *before)
            assert isinstance(error, WrongPaymentState if before else PaymentNotFound), (state, letter)


async def test_a_commitment_that_ends_keeps_what_is_pending_and_paid() -> None:
    """What is given up afterwards is available; the released commitment takes nothing back (I4)."""
    ended = (
        prepare("p", "r", 40),
        approve("p"),
        paid("p"),
        prepare("q", "r", 30, instalment=2),
        release("r", "cancelled"),
    )
    assert parts(await after(*ended)) == (30, 0, 30, 40)
    assert parts(await after(*ended, give_up("q"))) == (60, 0, 0, 40)
    whole = await after(prepare("p", "r", 100), release("r"))
    assert (parts(whole), whole.subjects["r"].state) == ((0, 0, 100, 0), "released")


async def test_what_is_given_up_after_the_end_serves_who_waits() -> None:
    book = await after(reserve("w", 30), prepare("p", "r", 100), release("r"), give_up("p"))
    assert book.subjects["w"].state == "reserved"


async def test_a_commitment_with_payments_does_not_go_back_to_its_reservation() -> None:
    back = ReturnCommitment(BOOK, "r", 4, "2026")
    assert (await after(prepare("p", "r", 40), back)).subjects["r"].state == "committed"
    assert (await after(prepare("p", "r", 40), give_up("p"), back)).subjects["r"].state == "reserved"


async def test_what_is_given_back_is_available_and_does_not_come_back_to_the_commitment() -> None:
    """BUD-8; I4: paid − refunded + pending + released ≤ amount."""
    life = (prepare("p", "r", 40), approve("p"), paid("p"))
    book = await after(*life, refund("p", 15))
    assert (parts(book), book.subjects["r"].unpaid) == ((15, 60, 0, 25), 60)
    assert (book.payments["p"].state, book.payments["p"].refunded) == ("paid", 15)
    whole = await after(*life, refund("p", 15), refund("p", 25, "rest"), release("r", "cancelled"))
    assert parts(whole) == (100, 0, 0, 0)
    waiting = await after(reserve("w", 15), *life, refund("p", 15))
    assert waiting.subjects["w"].state == "reserved", "money that comes back serves who waits"


async def test_no_more_is_given_back_than_was_paid() -> None:
    life = (prepare("p", "r", 40), approve("p"), paid("p"))
    assert isinstance(await refused(refund("p", 41), *life), RefundExceedsPayment)
    assert isinstance(await refused(refund("p", 26, "more"), *life, refund("p", 15)), RefundExceedsPayment)
    assert isinstance(await refused(refund("p", 1), *life[:2]), WrongPaymentState)
    assert isinstance(await refused(refund("p", 1), *life, failed("p")), WrongPaymentState)
    assert isinstance(await refused(failed("p"), *life, refund("p", 15)), WrongPaymentState)
    assert isinstance(await refused(refund("q", 1), *life), PaymentNotFound)


async def test_persons_are_pseudonyms_of_the_book() -> None:
    book = await after(prepare("p", "r", 40), approve("p"))
    payment = book.payments["p"]
    assert payment.prepared_by == book.pseudonym("officer-1") != payment.approved_by[0]
    other = await after(prepare("p", "r", 40))
    assert other.payments["p"].prepared_by != payment.prepared_by, "another book, another salt"


async def test_a_book_that_lost_its_salt_prepares_and_approves_nothing() -> None:
    store = await committed(prepare("p", "r", 40))
    store.stored = [{**entry, "private": {}} if entry["seq"] == 1 else entry for entry in store.stored]
    for command in (prepare("q", "r", 10, instalment=2), approve("p")):
        with pytest.raises(PersonsUnknown):
            await journal(store).submit(command, CAUSE)


# ---------------------------------------------------------------- at once and again (I3, I4, F11)


async def test_repeated_commands_make_one_entry_and_another_content_is_refused() -> None:
    store = await committed(*LIFE)
    known = list(store.stored)
    await given(journal(store), *LIFE)
    assert store.stored == known
    with pytest.raises(EntryConflict):
        await journal(store).submit(give_up_with_digest("other"), CAUSE)
    assert store.stored == known


def give_up_with_digest(digest: str) -> Command:
    first = give_up("p")
    return type(first)(first.book, first.key, digest, first.person, first.payment, first.reason)


async def test_two_preparers_cannot_both_pass() -> None:
    store = await committed()
    outcomes = await asyncio.gather(
        journal(store).submit(prepare("p", "r", 60, by="officer-1"), CAUSE),
        journal(store).submit(prepare("q", "r", 60, by="officer-2", instalment=2), CAUSE),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["OverCommitted", "Receipt"]
    await verified(store)


@pytest.mark.parametrize("seed", range(3))
async def test_a_hundred_payments_of_one_commitment_through_two_writers_are_exact(seed: int) -> None:
    """F11, component level: payments, approvals, results and a cancellation at one instant, each delivered twice."""
    store = await committed(amount=1000, third_above=7)
    slow = Meddling(store)
    slow.replies_to_lose = 2
    writers = (journal(slow), journal(slow))
    commands: list[Command] = [
        prepare(f"p{n}", "r", 7 + (n + seed) % 9, instalment=n + 1, by=f"officer-{n % 3}") for n in range(100)
    ]
    await asyncio.gather(
        *(writers[(n + w) % 2].submit(c, CAUSE) for w in (0, 1) for n, c in enumerate(commands)),
        return_exceptions=True,
    )
    book = await kept(journal(store))
    assert book.balances["pending"] + book.balances["committed"] == 1000
    assert book.balances["pending"] == sum(payment.gross for payment in book.payments.values())
    assert 0 < len(book.payments) < 100, "the money is not enough for all"
    rest: list[Command] = [
        command
        for id in book.payments
        for command in (approve(id), approve(id, SECOND), paid(id), failed(id), give_up(id))
    ]
    rest.insert(seed * 40, release("r", "cancelled"))
    await asyncio.gather(*(writers[n % 2].submit(c, CAUSE) for n, c in enumerate(rest)), return_exceptions=True)
    book = await kept(journal(store))
    subject = book.subjects["r"]
    assert book.balances["pending"] == subject.pending
    assert book.balances["paid"] == subject.paid
    assert sum(book.balances[part] for part in ("available", "committed", "pending", "paid")) == 1000
    await verified(store)


# ---------------------------------------------------------------- what the independent verifier names (I1 to I4)


async def whole_life() -> list[Entry]:
    store = await committed(
        prepare("p", "r", 61, deductions=(Deduction("tax", 6),)),  # seq 5
        approve("p"),
        approve("p", SECOND),
        paid("p"),
        failed("p"),
        give_up("p"),  # seq 10
        prepare("q", "r", 61),
        approve("q"),
        approve("q", SECOND),
        paid("q"),
        refund("q", 6),  # seq 15
    )
    return list(store.stored)


def with_facts(**facts: Any) -> Callable[[Entry], dict[str, Any]]:
    return lambda entry: {"facts": {**entry["facts"], **facts}}


FORGERIES: dict[str, tuple[int, Callable[[Entry], dict[str, Any]]]] = {
    "net that is not gross without deductions": (5, with_facts(net="61")),
    "one approval where two are needed": (5, with_facts(approvals_needed=1)),
    "approved after the first": (6, with_facts(state="approved")),
    "a payment that was not prepared": (6, with_facts(payment="q")),
    "another instalment": (6, with_facts(instalment=2)),
    "paid before, it says": (9, with_facts(was="approved")),
    "given up to what is available": (10, with_facts(to="available")),
    "a refund of another payment": (15, with_facts(payment="p")),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forged_payment_is_named_even_with_right_hashes(name: str) -> None:
    seq, change = FORGERIES[name]
    assert named(await whole_life(), seq, change) == seq


@pytest.mark.parametrize("who", [5, 6])
async def test_an_approval_by_who_acted_before_is_named(who: int) -> None:
    entries = await whole_life()
    assert named(entries, 7, with_facts(by=entries[who - 1]["facts"]["by"])) == 7


def named(entries: Sequence[Entry], seq: int, change: Callable[[Entry], dict[str, Any]]) -> int | None:
    """Return the seq that the verifier names when this entry is forged and all hashes after it are made anew."""
    prev, written = "0" * 64, []
    for entry in entries:
        forged = {**entry, **(change(entry) if entry["seq"] == seq else {}), "prev": prev}
        forged["hash"] = prev = hash_of(forged)
        written.append(forged)
    violation = verify_book(lines(written)).violation
    return None if violation is None else violation.seq
