"""What a downloaded book amounts to as far as it is right, and what a movement of money may be (BUD-2, BUD-5), as published.

Written apart from the budget service: nothing here imports it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Rule = Literal["form", "hash", "chain", "unique", "postings", "balances", "negative", "steps", "waiting", "head"]

INVARIANTS: Final[Mapping[Rule, str]] = {
    "form": "I2",
    "hash": "I2",
    "chain": "I2",
    "head": "I2",
    "postings": "I2",
    "waiting": "I2",
    "balances": "I1",
    "negative": "I1",
    "unique": "I3",
    "steps": "I4",
}
FIRST_LINK: Final = "0" * 64
MOST: Final = 2**63 - 1
AMOUNT: Final = re.compile(r"^(0|[1-9][0-9]{0,18})$")
HASH: Final = re.compile(r"^[0-9a-f]{64}$")
DISTRICT: Final = ("available", "held", "reserved", "committed", "pending", "paid")
CITY: Final = ("unallotted", "allotted")

# kind → (debited account, credited account) of the whole amount; None: no money moves. What depends on the
# request's state is in _releases.
MOVES: Final[Mapping[str, tuple[str, str] | None]] = {
    "opening": None,
    "appropriation": ("unallotted", "appropriated"),
    "allotment_out": ("allotted", "unallotted"),
    "allotment_in": ("available", "allotted"),
    "withdrawal_out": ("allotted", "available"),
    "withdrawal_in": ("unallotted", "allotted"),
    "transfer_out": ("allotted", "available"),
    "transfer_through": None,
    "hold_made": ("held", "available"),
    "hold_released": ("available", "held"),
    "reservation_made": ("reserved", "available"),
    "reservation_waiting": None,
    "reservation_refused": None,
    "reservation_paused": None,
    "reservation_resumed": None,
    "programme_ranked": None,
    "payments_ordered": None,
    "year_closed": None,
    "carried_through": ("allotted", "appropriated"),
    "commitment_made": ("committed", "reserved"),
    "commitment_refused": None,
    "barred": None,
    "refund_received": ("available", "paid"),
    "ineligible_found": None,
    "ineligible_documented": None,
    "ineligible_written_off": None,
}
OF_CITY: Final = frozenset({"appropriation", "allotment_out", "withdrawal_in", "transfer_through", "carried_through"})
PAYMENTS: Final = frozenset(
    {"payment_prepared", "payment_approved", "payment_made", "payment_failed", "payment_given_up"}
)
KINDS: Final = frozenset(
    {
        *MOVES,
        *PAYMENTS,
        "reservation_raised",
        "reservation_released",
        "commitment_released",
        "carried_out",
        "carried_in",
    }
)

# kind → states of the request from which it is possible ("" = not in the book), and the state after it ("=" = the same).
STEPS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "reservation_made": (("", "waiting"), "reserved"),
    "reservation_waiting": (("",), "waiting"),
    "reservation_raised": (("waiting", "reserved"), "="),
    "reservation_refused": (("", "barred", "released"), "refused|barred"),
    "reservation_paused": (("waiting", "reserved"), "="),
    "reservation_resumed": (("waiting", "reserved"), "="),
    "reservation_released": (("waiting", "reserved"), "released"),
    "commitment_made": (("reserved",), "committed"),
    "commitment_refused": (("waiting", "reserved", "refused", "barred", "released"), "="),
    "commitment_released": (("committed",), "released|reserved|committed"),
    "barred": (("",), "barred"),
    "carried_out": (("waiting", "reserved", "committed"), "carried"),
    "carried_in": (("",), "waiting|reserved|committed"),
    "payment_prepared": (("committed",), "="),
    "payment_approved": (("committed",), "="),
    "payment_made": (("committed", "released"), "="),
    "payment_failed": (("committed", "released"), "="),
    "payment_given_up": (("committed", "released"), "="),
    "refund_received": (("committed", "released"), "="),
    "ineligible_found": (("committed", "released"), "="),
    "ineligible_documented": (("committed", "released"), "="),
    "ineligible_written_off": (("committed", "released"), "="),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """The first thing wrong with a book. ``line`` counts from 1; ``seq`` and ``entry`` as the line itself says, if it can be read."""

    book: str
    line: int
    seq: int | None
    entry: str | None
    rule: Rule
    message: str

    @property
    def where(self) -> str:
        """Name the entry."""
        return f"{self.book or 'book'} seq {self.seq} {self.entry or 'an unreadable entry'}"

    def __str__(self) -> str:
        return f"{self.where} (line {self.line}): {self.message} [{self.rule}]"


@dataclass(slots=True)
class Request:
    """What a book says about one request."""

    amount: int
    state: str
    paused: bool = False
    passed_over: int = 0
    pending: int = 0
    paid: int = 0
    since: str = ""
    taken: tuple[int, ...] = ()
    paid_before: int = 0
    brought: bool = False
    """Instalments paid in the years before, and how much; whether money came with it from there."""

    @property
    def left(self) -> int:
        """What no payment has taken."""
        return self.amount - self.pending - self.paid


@dataclass(slots=True)
class Payment:
    """What a book says about one payment. ``told``: what every entry about it repeats; ``persons``: who prepared, then who approved."""

    request: str
    instalment: int
    told: tuple[Any, ...]
    needed: int
    persons: list[str]
    state: str = "prepared"
    refunded: int = 0


@dataclass(slots=True)
class Question:
    """What a book says about one finding: of which payment, how much is open, how much was written off."""

    payment: str
    open: int
    review_until: str
    written_off: int = 0


@dataclass(slots=True)
class Book:
    """What a book amounts to, as far as it is right."""

    book: str = ""
    entries: int = 0
    head: str = FIRST_LINK
    currency: str = ""
    fiscal_year: str = ""
    district: str | None = None
    waiting_rule: str | None = None
    max_skips: int | None = None
    third_approval_above: int | None = None
    balances: dict[str, int] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    unranked: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    """Who waits for a call's ranking → (programme, points, submitted at)."""
    ranked: set[str] = field(default_factory=set)
    payments: dict[str, Payment] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    sent: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Of a city's book: allotment → (district, amount)."""
    received: dict[str, int] = field(default_factory=dict)
    """Of a district's book: allotment → amount."""
    withdrawn: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Of a district's book: withdrawal or transfer → (district it goes to, "" for the city; amount)."""
    returned: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """Of a city's book: withdrawal or transfer → (district it came from, district it goes to or "", amount)."""
    next_book: str | None = None
    """Of a closed book: where it goes on."""
    carried_out: dict[str, int] = field(default_factory=dict)
    """Of a closed book: request → amount that it takes along."""
    left: int = 0
    """Of these, what moved: who waits takes no money."""
    carried_in: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Request → (closed book it came from, amount)."""
    carried_through: dict[tuple[str, str], int] = field(default_factory=dict)
    """Of a city's book: (request, closed book) → amount."""
    holds: dict[str, int] = field(default_factory=dict)
    """Request → what is held for its appeal."""
    appeals_over: set[str] = field(default_factory=set)
    turning: tuple[str, Mapping[str, Any]] | None = None
    """Request and award of a hold that the entry before this one ended."""
    violation: Violation | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.violation is None

    def as_json(self) -> dict[str, Any]:
        """Return a summary for machines."""
        return {
            "book": self.book,
            "entries": self.entries,
            "head": self.head,
            "currency": self.currency,
            "balances": dict(self.balances),
            "waiting": len(self.waiting),
            "violation": None if self.violation is None else str(self.violation),
        }


class Wrong(Exception):
    def __init__(self, rule: Rule, message: str) -> None:
        super().__init__(message)
        self.rule: Rule = rule
        self.message = message
