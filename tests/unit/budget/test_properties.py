"""Random histories: I1–I4 hold after every command and an independent verifier agrees; tampering is found and named (F14)."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.verify.books import check_entries, verify_book, verify_city
from services.budget.domain.commands import Allot, Command, Pause, ReceiveAllotment, Resume, ReturnCommitment, Share
from services.budget.domain.entries import Entry, hash_of
from services.budget.domain.ranking_commands import Ranking, RankProgramme
from shared.contracts.refusals import Refusal
from tests.fakes.journal import Meddling, MemoryEntries
from tests.unit.budget.build import (
    BOOK,
    CAUSE,
    CITY,
    all_entries,
    appropriation,
    commit,
    journal,
    kept,
    lines,
    money,
    opening,
    release,
    reserve,
    verified,
    withdraw,
)
from tests.unit.budget.build import (
    given as having,
)

REQUESTS: Final = tuple("abcdefgh")
request = st.sampled_from(REQUESTS)
amount = st.integers(1, 40)
sequence = st.integers(3, 6)

commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(money, amount, st.sampled_from([f"m{n}" for n in range(12)])),
    st.builds(lambda r, a, ok, s: reserve(r, a, allowed=ok, standing=s), request, amount, st.booleans(), sequence),
    st.builds(lambda r, a: reserve(r, a), request, amount),
    st.builds(lambda r, a, n, s: commit(r, a, acceptance=n, standing=s), request, amount, sequence, sequence),
    st.builds(release, request),
    st.builds(lambda r, a, p: replace(reserve(r, a), ranking=Ranking("call", p, "2026")), request, amount, amount),
    st.builds(lambda: RankProgramme(BOOK, "rank", "d", "call")),
    st.builds(withdraw, amount, st.sampled_from([f"w{n}" for n in range(6)]), st.sampled_from([None, "8"])),
    st.builds(lambda r, s: Pause(BOOK, r, s), request, sequence),
    st.builds(lambda r, s: Resume(BOOK, r, s), request, sequence),
    st.builds(lambda r, s: ReturnCommitment(BOOK, r, s, "2026"), request, sequence),
)
rules = st.sampled_from([("first_fit", None), ("first_fit", 0), ("first_fit", 2), ("strict", None)])
Rule = tuple[Literal["first_fit", "strict"], int | None]


async def run(rule: Rule, history: Sequence[Command], *, losing: int = 0) -> MemoryEntries:
    """Have a history written through two journals in turn; refused commands are left out, as a service leaves them out."""
    store = MemoryEntries()
    meddling = Meddling(store)
    meddling.replies_to_lose = losing
    books = [journal(meddling), journal(store)]
    await having(books[0], opening(rule=rule[0], max_skips=rule[1]))
    for n, command in enumerate(history):
        with suppress(Refusal):
            await books[n % 2].submit(command, CAUSE)
    return store


@settings(max_examples=150, deadline=None)
@given(rules, st.lists(commands, max_size=40), st.integers(0, 3))
async def test_any_history_keeps_the_invariants_and_the_independent_verifier_agrees(
    rule: Rule, history: list[Command], losing: int
) -> None:
    store = await run(rule, history, losing=losing)
    report, book = await verified(store), await kept(journal(store))
    assert report.balances == book.balances
    assert report.waiting == list(book.waiting)
    assert list(report.unranked) == list(book.unranked)
    assert {name: r.state for name, r in report.requests.items()} == {n: s.state for n, s in book.subjects.items()}
    assert (report.head, report.entries) == (book.head, book.seq)
    assert list(check_entries(store.stored)) == [], "the stored form verifies too, private parts included"


@settings(max_examples=60, deadline=None)
@given(rules, st.lists(commands, max_size=25))
async def test_repeating_a_history_changes_nothing(rule: Rule, history: list[Command]) -> None:
    """I3: every command once more, in the same order, through a third journal."""
    store = await run(rule, history)
    before = list(store.stored)
    again = journal(store)
    for stored in before:
        for command in history:
            if stored["_id"] in command.ids and stored["digest"] == command.digest:
                assert (await again.submit(command, CAUSE)).repeated
    assert store.stored == before


# ---------------------------------------------------------------- tampering


async def some_book() -> list[Entry]:
    """A book with everything in it: 13 entries."""
    store = MemoryEntries()
    await having(
        journal(store),
        opening(rule="strict"),
        money(100),
        reserve("a", 60),
        reserve("b", 60),
        reserve("c", 10),
        Pause(BOOK, "b", 4),  # c is served
        commit("a", 60),
        Resume(BOOK, "b", 5),
        money(40, "more"),  # b is served
        release("c"),
        release("never"),
    )
    return list(await all_entries(store))


def found(entries: Sequence[Entry]) -> tuple[int | None, str]:
    report = verify_book(lines(entries))
    assert report.violation is not None
    return report.violation.seq, report.violation.rule


async def test_the_untouched_book_is_right() -> None:
    report = verify_book(lines(await some_book()))
    assert report.ok, str(report.violation)
    assert report.entries == 13


@pytest.mark.parametrize("seq", range(1, 14))
async def test_a_changed_entry_is_named(seq: int) -> None:
    entries = await some_book()
    entries[seq - 1] = {**entries[seq - 1], "at": "2020-01-01T00:00:00.000Z"}
    assert found(entries) == (seq, "hash")


@pytest.mark.parametrize("seq", range(1, 13))
async def test_a_dropped_entry_is_noticed_at_the_next(seq: int) -> None:
    entries = await some_book()
    del entries[seq - 1]
    assert found(entries) == (seq + 1, "chain")


@pytest.mark.parametrize("seq", range(1, 13))
async def test_swapped_entries_are_noticed_at_the_first(seq: int) -> None:
    entries = await some_book()
    entries[seq - 1], entries[seq] = entries[seq], entries[seq - 1]
    assert found(entries) == (seq + 1, "chain")


async def test_a_doubled_entry_is_named() -> None:
    entries = await some_book()
    assert found([*entries[:5], *entries[4:]]) == (5, "chain")


async def test_a_book_cut_short_or_rewritten_differs_from_a_head_noted_down() -> None:
    entries = await some_book()
    head = (13, entries[-1]["hash"])
    assert verify_book(lines(entries), head=head).ok
    cut = verify_book(lines(entries[:-1]), head=head).violation
    rewritten = verify_book(lines(forged(entries, 13, at="2020-01-01T00:00:00.000Z")), head=head).violation
    assert cut is not None
    assert rewritten is not None
    assert (cut.rule, rewritten.rule) == ("head", "head")


def forged(entries: list[Entry], seq: int, **changes: Any) -> list[Entry]:
    """Change one entry and hash the whole rest anew, as somebody with the database and this code could."""
    result, prev = entries[: seq - 1], entries[seq - 2]["hash"] if seq > 1 else "0" * 64
    for entry in [{**entries[seq - 1], **changes}, *entries[seq:]]:
        entry = {**entry, "prev": prev}
        entry["hash"] = prev = hash_of(entry)
        result = [*result, entry]
    return result


def moved(entry: Entry, **parts: int) -> dict[str, int]:
    return {account: balance + parts.get(account, 0) for account, balance in entry["after"].items()}


FORGERIES: dict[str, tuple[int, Callable[[Entry], dict[str, Any]], str]] = {
    "more money than moved": (3, lambda e: {"after": moved(e, available=5, reserved=-5)}, "balances"),
    "one side only": (3, lambda e: {"postings": e["postings"][:1]}, "postings"),
    "another amount": (3, lambda e: {"amount": e["amount"] + 1}, "postings"),
    "other accounts": (8, lambda e: {"kind": "reservation_made"}, "postings"),
    "a doubled key": (5, lambda e: {"_id": "wait:b"}, "unique"),
    "another book": (5, lambda e: {"book": "district:8/1405"}, "chain"),
    "an unknown kind": (5, lambda e: {"kind": "gift"}, "form"),
    "another request": (8, lambda e: {"subject": "c"}, "steps"),
    "a request that waits": (8, lambda e: {"subject": "b"}, "steps"),
    "no facts": (11, lambda e: {"facts": {}}, "form"),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forgery_with_new_hashes_is_named_all_the_same(name: str) -> None:
    seq, change, rule = FORGERIES[name]
    entries = await some_book()
    report = verify_book(lines(forged(entries, seq, **change(entries[seq - 1]))))
    assert report.violation is not None
    assert (report.violation.seq, report.violation.rule) == (seq, rule), str(report.violation)
    assert report.violation.entry is not None


async def test_breaking_the_waiting_rule_is_named_even_with_right_sums_and_hashes() -> None:
    """The first in line is due; a forger reserves for the second."""
    store = MemoryEntries()
    await having(journal(store), opening(rule="strict"), reserve("first", 50), reserve("second", 50), money(50))
    entries = list(await all_entries(store))
    last = entries[-1]
    stolen = {"_id": "reserve:second", "subject": "second", "facts": {**last["facts"], "organization": "org-second"}}
    assert found(forged(entries, 5, **stolen)) == (5, "waiting")
    queue = [*entries[:4], {**last, "_id": "x", "kind": "barred", "postings": [], "after": entries[3]["after"]}]
    assert found(forged(queue, 5)) == (5, "waiting")


async def test_making_somebody_wait_who_fits_is_named() -> None:
    store = MemoryEntries()
    await having(journal(store), opening(), money(50), reserve("r", 60))
    entries = list(await all_entries(store))
    assert found(forged(entries, 3, amount=40)) == (3, "waiting")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "nonsense", '{"seq": 1, "seq": 2}', "[" * 100_000, '{"_id": "x", "amount": NaN}']
)
def test_what_is_no_book_is_said_to_be_none(text: str) -> None:
    report = verify_book([text])
    assert report.violation is not None
    assert report.violation.rule == "form"
    assert str(report.violation)


async def test_a_changed_private_part_is_named_and_a_withheld_one_is_right() -> None:
    entries = await some_book()
    withheld = [{key: value for key, value in e.items() if key != "private"} for e in entries]
    assert list(check_entries(withheld)) == []
    entries[4] = {**entries[4], "private": {**entries[4]["private"], "actor": "somebody else"}}
    (finding,) = check_entries(entries)
    assert "seq 5" in finding.where


# ---------------------------------------------------------------- the whole city (I8)


async def city(deliver: Callable[[MemoryEntries], Awaitable[None]]) -> list[str]:
    store = MemoryEntries()
    books = journal(store)
    shares = (Share("x.7", "7", 60), Share("x.8", "8", 30))
    await having(books, opening(CITY), opening(), opening("district:8/1405"), appropriation(100))
    await having(books, Allot(CITY, "x", "d", shares, 0))
    await deliver(store)
    ids = (CITY, BOOK, "district:8/1405")
    return verify_city([verify_book(lines(await all_entries(store, id))) for id in ids])


async def test_allotments_arrived_or_in_flight_add_up_to_what_was_appropriated() -> None:
    async def one(store: MemoryEntries) -> None:
        await having(journal(store), ReceiveAllotment(BOOK, "x.7", 60))

    assert await city(one) == []


async def test_money_from_nowhere_or_on_the_way_changed_is_found() -> None:
    async def more(store: MemoryEntries) -> None:
        await having(journal(store), ReceiveAllotment(BOOK, "x.7", 61))

    async def unknown(store: MemoryEntries) -> None:
        await having(journal(store), ReceiveAllotment(BOOK, "y", 5))

    assert "left with 60 and arrived with 61" in " ".join(await city(more))
    assert "never left" in " ".join(await city(unknown))
