"""The book's decisions: every command in every state of a request (BUD-2, BUD-3, BUD-5, BUD-6; I1, I4)."""

from dataclasses import replace

import pytest

from services.budget.domain.book import Book, BrokenBook, Nothing, due, next_entry, serve
from services.budget.domain.commands import (
    Allot,
    Command,
    Pause,
    Resume,
    ReturnCommitment,
    Share,
)
from services.budget.domain.entries import Draft
from services.budget.domain.refusals import (
    AmountDiffers,
    AmountTooLarge,
    BookExists,
    BookNotFound,
    InsufficientUnallotted,
    NotThisBook,
)
from shared.contracts.money import MAX_AMOUNT
from shared.contracts.refusals import Refusal
from tests.unit.budget.build import (
    BOOK,
    CITY,
    appropriation,
    commit,
    money,
    opening,
    release,
    reserve,
)

LATE = "2026-11-22T10:00:00.000Z"


def enter(book: Book, draft: Draft, at: str = "2026-11-22T09:00:00.000Z") -> None:
    book.apply(book.seal(draft, at=at, digest="d" * 64, private={}, private_digest="p" * 64))


def do(book: Book, *commands: Command) -> Book:
    """Enter the commands one after another, and serve who comes due after each, as the writer does."""
    for command in commands:
        decision = next_entry(book, command)
        assert isinstance(decision, Draft), decision
        enter(book, decision)
        while book.waiting and (request := due(book)) is not None:
            enter(book, serve(book, request))
    return book


def opened(available: int = 0, **terms: object) -> Book:
    book = do(Book(BOOK), opening(**terms))  # type: ignore[arg-type]
    return do(book, money(available)) if available else book


def decide(book: Book, command: Command) -> str:
    """Return the kind of the entry, its reason if it has one, or the name of the outcome."""
    decision = next_entry(book, command)
    if isinstance(decision, Draft):
        return " ".join([decision.kind, *([str(decision.facts["reason"])] if "refused" in decision.kind else [])])
    return type(decision).__name__


# ---------------------------------------------------------------- a request's states

PAUSE, RESUME = Pause(BOOK, "r", 5), Resume(BOOK, "r", 5)
RETURN = ReturnCommitment(BOOK, "r", 5, "2026-11-22T08:59:00.000Z")
STATES: dict[str, list[Command]] = {
    "unknown": [],
    "waiting": [reserve("r", 1000)],
    "waiting, paused": [reserve("r", 50, allowed=False)],
    "reserved": [reserve("r", 50)],
    "reserved, paused": [reserve("r", 50), Pause(BOOK, "r", 4)],
    "committed": [reserve("r", 50), commit("r", 50)],
    "released": [reserve("r", 50), release("r")],
    "barred": [release("r")],
    "refused": [reserve("r", 50, currency="EUR")],
}
COMMANDS: dict[str, Command] = {
    "reserve": reserve("r", 50),
    "commit": commit("r", 50, acceptance=9, standing=4),
    "commit, forbidden": commit("r", 50, acceptance=9, allowed=False),
    "release": release("r"),
    "pause": PAUSE,
    "resume": RESUME,
    "return": RETURN,
}
NOT_RESERVED = "commitment_refused not_reserved"
TABLE = {
    "unknown": ["reservation_made", NOT_RESERVED, NOT_RESERVED, "barred", "Nothing", "Nothing", "Nothing"],
    "waiting": ["Nothing", NOT_RESERVED, NOT_RESERVED, "reservation_released", "reservation_paused", "Nothing", "Nothing"],
    "waiting, paused": ["Nothing", NOT_RESERVED, NOT_RESERVED, "reservation_released", "Nothing", "reservation_resumed", "Nothing"],
    "reserved": [
        "Nothing", "commitment_made", "commitment_refused standing", "reservation_released", "reservation_paused", "Nothing",
        "Nothing",
    ],
    # The acceptance relied on standing 4, which is the one that paused it: not newer.
    "reserved, paused": [
        "Nothing", "commitment_refused standing", "commitment_refused standing", "reservation_released", "Nothing",
        "reservation_resumed", "Nothing",
    ],
    "committed": ["Nothing", "Nothing", "Nothing", "commitment_released", "Nothing", "Nothing", "commitment_released"],
    "released": ["reservation_refused barred", *["commitment_refused barred"] * 2, *["Nothing"] * 4],
    "barred": ["reservation_refused barred", *["commitment_refused barred"] * 2, *["Nothing"] * 4],
    "refused": ["Nothing", NOT_RESERVED, NOT_RESERVED, *["Nothing"] * 4],
}  # fmt: skip


@pytest.mark.parametrize(
    ("state", "command", "holds"),
    [
        ("reserved", commit("r", 50, allowed=False), None),
        ("reserved", replace(commit("r", 50, allowed=False), suspended=True), "reserved"),
        ("reserved, paused", commit("r", 50, acceptance=9, standing=4), "reserved"),
        ("reserved, paused", commit("r", 50, allowed=False), None),
        ("waiting", replace(commit("r", 50, allowed=False), suspended=True), None),
        ("released", replace(commit("r", 50, allowed=False), suspended=True), None),
    ],
)
def test_only_a_suspension_keeps_the_reservation_of_a_refused_commitment(
    state: str, command: Command, holds: str | None
) -> None:
    draft = next_entry(do(opened(100), *STATES[state]), command)
    assert isinstance(draft, Draft)
    assert (draft.kind, draft.facts.get("holds")) == ("commitment_refused", holds)


@pytest.mark.parametrize("state", STATES)
def test_every_command_in_every_state_of_a_request(state: str) -> None:
    book = do(opened(100), *STATES[state])
    assert [decide(book, command) for command in COMMANDS.values()] == TABLE[state]


def test_a_commitment_on_a_newer_standing_than_the_pause_is_made() -> None:
    book = do(opened(100), *STATES["reserved, paused"], commit("r", 50, standing=5))
    assert book.subjects["r"].state == "committed"
    assert not book.subjects["r"].paused


def test_an_older_standing_neither_pauses_nor_resumes() -> None:
    book = do(opened(100), reserve("r", 50, standing=7))
    assert next_entry(book, Pause(BOOK, "r", 6)) == Nothing()
    do(book, Pause(BOOK, "r", 8))
    assert next_entry(book, Resume(BOOK, "r", 7)) == Nothing()


def test_a_commitment_made_before_the_standing_changed_stays() -> None:
    book = do(opened(100), *STATES["committed"])
    assert next_entry(book, ReturnCommitment(BOOK, "r", 5, LATE)) == Nothing()
    assert next_entry(book, ReturnCommitment(BOOK, "r", 3, "2026-11-22T08:59:00.000Z")) == Nothing(), "it relied on 3"


def test_a_returned_commitment_is_a_reservation_that_can_be_committed_again() -> None:
    book = do(opened(100), *STATES["committed"], RETURN, Pause(BOOK, "r", 5), Resume(BOOK, "r", 6))
    assert book.balances["reserved"] == 50
    do(book, commit("r", 50, acceptance=8, standing=6))
    assert book.balances["committed"] == 50


def test_an_award_of_another_amount_is_not_committed() -> None:
    book = do(opened(100), reserve("r", 50))
    assert isinstance(next_entry(book, commit("r", 49)), AmountDiffers)


def test_another_currency_is_refused() -> None:
    assert decide(opened(100), reserve("r", 50, currency="EUR")) == "reservation_refused currency_differs"


# ---------------------------------------------------------------- money


def test_every_part_follows_the_money() -> None:
    book = do(opened(100), reserve("r", 60), reserve("s", 40), commit("r", 60), release("s"))
    assert book.balances == {
        "allotted": 100, "available": 40, "held": 0, "reserved": 0, "committed": 60, "pending": 0, "paid": 0,
    }  # fmt: skip


def test_the_city_allots_only_what_it_has() -> None:
    book = do(Book(CITY), opening(CITY), appropriation(100))
    allot = Allot(CITY, "x", "d" * 64, (Share("x.1", "1", 60), Share("x.2", "2", 41)), 0)
    refused = next_entry(book, allot)
    assert isinstance(refused, InsufficientUnallotted)
    assert refused.params["unallotted"] == 100
    do(book, Allot(CITY, "x", "d" * 64, (Share("x.1", "1", 60), Share("x.2", "2", 40)), 0))
    assert book.balances == {"appropriated": 100, "unallotted": 0, "allotted": 100}


def test_a_book_never_holds_more_than_64_bits() -> None:
    book = do(Book(CITY), opening(CITY), appropriation(MAX_AMOUNT))
    assert isinstance(next_entry(book, appropriation(1, "b")), AmountTooLarge)


@pytest.mark.parametrize(
    ("book", "command", "outcome"),
    [
        (Book(BOOK), reserve("r", 1), BookNotFound),
        (Book(CITY), appropriation(1), BookNotFound),
        (opened(), opening(), BookExists),
        (opened(), Allot(BOOK, "x", "d", (), 0), NotThisBook),
        (do(Book(CITY), opening(CITY)), money(1, book=CITY), NotThisBook),
        (do(Book(CITY), opening(CITY)), reserve("r", 1, book=CITY), NotThisBook),
    ],
)
def test_commands_for_the_wrong_book_are_refused(book: Book, command: Command, outcome: type[Refusal]) -> None:
    assert isinstance(next_entry(book, command), outcome)


def test_an_entry_that_does_not_follow_or_does_not_add_up_breaks_the_book() -> None:
    book = opened(100)
    entry = book.seal(next_entry(book, reserve("r", 50)), at=LATE, digest="d", private={}, private_digest="p")  # type: ignore[arg-type]
    for change in (
        {"seq": 4},
        {"prev": "f" * 64},
        {"book": "district:8/1405"},
        {"after": {**entry["after"], "held": 1}},
    ):
        with pytest.raises(BrokenBook):
            book.copy().apply({**entry, **change})


def test_an_entry_that_would_leave_a_part_negative_is_never_sealed_whatever_decided_it() -> None:
    book = opened(100)
    beyond = replace(next_entry(book, reserve("r", 50)), amount=101)  # type: ignore[type-var]
    with pytest.raises(BrokenBook, match="would leave"):
        book.seal(beyond, at=LATE, digest="d", private={}, private_digest="p")  # type: ignore[arg-type]


def test_a_book_that_goes_ahead_leaves_the_one_it_was_copied_from() -> None:
    book = opened(100)
    do(book.copy(), reserve("r", 50))
    assert (book.seq, book.balances["reserved"], dict(book.subjects)) == (2, 0, {})


# ---------------------------------------------------------------- the waiting list (BUD-5)


def waiting(book: Book) -> list[str]:
    return list(book.waiting)


def test_first_fit_reserves_whatever_fits() -> None:
    book = do(opened(100), reserve("big", 150), reserve("small", 60))
    assert waiting(book) == ["big"]
    assert book.subjects["small"].state == "reserved"


def test_first_fit_walks_the_list_in_order_when_money_comes() -> None:
    book = do(opened(10), *(reserve(name, amount) for name, amount in [("a", 100), ("b", 30), ("c", 40), ("d", 20)]))
    do(book, money(50, "more"))  # 60: a does not fit; b does, then d
    assert waiting(book) == ["a", "c"]
    assert book.balances["available"] == 10


def test_strict_lets_nobody_before_who_waits_ahead() -> None:
    book = do(opened(100, rule="strict"), reserve("big", 150), reserve("small", 60))
    assert waiting(book) == ["big", "small"]
    do(book, money(50, "more"))
    assert waiting(book) == ["small"]
    do(book, money(60, "again"))
    assert waiting(book) == []


def test_strict_serves_the_next_when_the_first_in_line_leaves() -> None:
    book = do(opened(100, rule="strict"), reserve("big", 150), reserve("small", 60), release("big"))
    assert book.subjects["small"].state == "reserved"


def test_who_was_passed_over_max_skips_times_goes_first() -> None:
    book = do(opened(100, max_skips=2), reserve("big", 150), reserve("a", 10), reserve("b", 10), reserve("c", 10))
    assert book.subjects["a"].state == book.subjects["b"].state == "reserved"
    assert waiting(book) == ["big", "c"], "big was passed over twice: c waits though it fits"
    do(book, release("a"), money(50, "more"))
    assert book.subjects["big"].state == "waiting"
    do(book, money(10, "again"))
    assert waiting(book) == ["c"]


def test_max_skips_counts_within_one_walk() -> None:
    book = do(opened(0, max_skips=1), reserve("big", 100), reserve("a", 10), reserve("b", 10), money(50))
    assert waiting(book) == ["big", "b"], "serving a was the one time that big may be passed over"


@pytest.mark.parametrize("rule", ["first_fit", "strict"])
def test_a_paused_waiter_keeps_its_place_and_blocks_nobody(rule: str) -> None:
    book = do(opened(0, rule=rule), reserve("first", 50), reserve("second", 50), Pause(BOOK, "first", 5), money(50))
    assert book.subjects["second"].state == "reserved"
    assert waiting(book) == ["first"]
    do(book, money(60, "more"), reserve("third", 10))
    assert book.subjects["third"].state == "reserved"
    do(book, Resume(BOOK, "first", 6))
    assert book.subjects["first"].state == "reserved", "resumed, it is served at once"


def test_a_paused_first_in_line_frees_the_strict_line() -> None:
    book = do(opened(10, rule="strict"), reserve("first", 50), reserve("second", 10), Pause(BOOK, "first", 5))
    assert book.subjects["second"].state == "reserved"


def test_an_organisation_that_may_not_be_committed_waits_paused_even_if_there_is_money() -> None:
    book = do(opened(100), reserve("r", 50, allowed=False))
    assert waiting(book) == ["r"]
    assert book.still == {"r"}
    do(book, Resume(BOOK, "r", 5))
    assert book.still == set()
    assert book.subjects["r"].state == "reserved"


def test_a_paused_waiter_is_not_passed_over() -> None:
    book = do(
        opened(100, max_skips=1), reserve("first", 150), Pause(BOOK, "first", 5), reserve("a", 10), reserve("b", 10)
    )
    assert book.waiting == {"first": 0}
    do(book, Resume(BOOK, "first", 6), reserve("c", 10), reserve("d", 10))
    assert book.waiting == {"first": 1, "d": 0}, "since it goes on, c was the one time"
