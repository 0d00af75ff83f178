"""What a book can be asked to do. Each command knows the business keys its entry may have and the digest of its content.

The digest covers what must not differ between two deliveries of the same command, and nothing else: not who delivered it, nor which
copy of a standing was looked at.
"""

from dataclasses import dataclass
from typing import Literal

from services.budget.domain.closing_commands import CloseYear, PassCarried, ReceiveCarried
from services.budget.domain.entries import digest_of
from services.budget.domain.hold_commands import EndHold, Hold
from services.budget.domain.ineligible_commands import AcceptDocuments, FindIneligible, WriteOff
from services.budget.domain.moving_commands import ReceiveWithdrawal, Withdraw
from services.budget.domain.payment_commands import OrderPayments, PaymentCommand
from services.budget.domain.ranking_commands import Ranking, RankProgramme


@dataclass(frozen=True, slots=True)
class OpenBook:
    """Open a book (city office). ``key``: derived from the caller and the Idempotency-Key; ``digest``: of the call."""

    book: str
    key: str
    digest: str
    fiscal_year: str
    district: str | None
    currency: str
    waiting_rule: Literal["first_fit", "strict"] | None
    max_skips: int | None
    third_approval_above: int | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """``open:<key>``; that a book opens once is held by (book, seq 1)."""
        return (f"open:{self.key}",)


@dataclass(frozen=True, slots=True)
class Appropriate:
    """Enter the council's money in the city's book."""

    book: str
    key: str
    digest: str
    amount: int
    approval_number: str
    approved_on: str
    budget_code: str

    @property
    def ids(self) -> tuple[str, ...]:
        """``appropriate:<key>``."""
        return (f"appropriate:{self.key}",)


@dataclass(frozen=True, slots=True)
class Share:
    """One district's part of an allotment; ``allotment`` names its entry in the district's book."""

    allotment: str
    district: str
    amount: int
    origin: str | None = None
    """The district it was transferred from; None: the city gave it."""


@dataclass(frozen=True, slots=True)
class Allot:
    """Give money of the city's book to districts: all shares or none."""

    book: str
    key: str
    digest: str
    shares: tuple[Share, ...]
    remainder: int

    @property
    def ids(self) -> tuple[str, ...]:
        """``allot:<key>:out``."""
        return (f"allot:{self.key}:out",)


@dataclass(frozen=True, slots=True)
class ReceiveAllotment:
    """Enter in the district's book what the city's book gave."""

    book: str
    allotment: str
    amount: int
    origin: str | None = None
    """The district it was transferred from; None: the city gave it."""

    @property
    def ids(self) -> tuple[str, ...]:
        """``allot:<allotment>:in``."""
        return (f"allot:{self.allotment}:in",)

    @property
    def digest(self) -> str:
        """Of book, allotment and amount."""
        return digest_of(["receive", self.book, self.allotment, str(self.amount)])


@dataclass(frozen=True, slots=True)
class Reserve:
    """Earmark an approved amount (BUD-5). ``allowed``: what the standing numbered ``standing_sequence`` says."""

    book: str
    request: str
    revision: int
    organization: str
    amount: int
    currency: str
    allowed: bool
    standing_sequence: int
    asked: str = ""
    """The book that was asked first, if this one follows in its place: the digest is of that."""
    ranking: Ranking | None = None
    """Of a ranked call: it waits until the call is ranked."""
    held: int = 0
    """What was held for it until now: nobody who waits has a claim to that (REQ-13)."""

    @property
    def ids(self) -> tuple[str, ...]:
        """``reserve:<request>`` when made or refused, ``wait:<request>`` when put on the list."""
        return (f"reserve:{self.request}", f"wait:{self.request}")

    @property
    def digest(self) -> str:
        """Of what was approved, for whom."""
        content = [
            self.asked or self.book,
            self.request,
            self.revision,
            self.organization,
            str(self.amount),
            self.currency,
        ]
        return digest_of(["reserve", *content])


@dataclass(frozen=True, slots=True)
class Commit:
    """Turn a reservation into a commitment (BUD-6). ``acceptance``: number of request.accepted in its request: an award whose
    commitment went back to its reservation can be accepted again."""

    book: str
    request: str
    acceptance: int
    organization: str
    amount: int
    currency: str
    allowed: bool
    standing_sequence: int
    suspended: bool = False
    """Not allowed for now only: a reservation is kept until the standing is back."""
    asked: str = ""
    """The book that was asked first, if this one follows in its place: the digest is of that."""

    @property
    def ids(self) -> tuple[str, ...]:
        """``commit:<request>:<acceptance>``, made or refused."""
        return (f"commit:{self.request}:{self.acceptance}",)

    @property
    def digest(self) -> str:
        """Of what was accepted."""
        book = self.asked or self.book
        return digest_of(["commit", book, self.request, self.acceptance, str(self.amount), self.currency])


@dataclass(frozen=True, slots=True)
class Release:
    """Give up a place, a reservation or a commitment; before any of these, bar the request from one."""

    book: str
    request: str
    organization: str
    reason: str
    asked: str = ""
    """The book that was asked first, if this one follows in its place: the digest is of that."""

    @property
    def ids(self) -> tuple[str, ...]:
        """``release:<request>`` or, if it comes first, ``bar:<request>``: both are for good."""
        return (f"release:{self.request}", f"bar:{self.request}")

    @property
    def digest(self) -> str:
        """Of the request: a lapse after a withdrawal asks for the same."""
        return digest_of(["release", self.asked or self.book, self.request])


@dataclass(frozen=True, slots=True)
class LimitCommitment:
    """Let a commitment be no more than ``amount``, paid or not; the rest is released (REQ-10, REQ-12).

    ends: nothing more is to be paid than that, so what ``amount`` does not reach ends the commitment.
    number: of request.commitment_limited in its request.
    """

    book: str
    request: str
    number: int
    organization: str
    amount: int
    ends: bool
    reason: str
    asked: str = ""
    """The book that was asked first, if this one follows in its place: the digest is of that."""

    @property
    def ids(self) -> tuple[str, ...]:
        """``limit:<request>:<number>``."""
        return (f"limit:{self.request}:{self.number}",)

    @property
    def digest(self) -> str:
        """Of what was asked."""
        book = self.asked or self.book
        return digest_of(["limit", book, self.request, self.number, str(self.amount), self.ends])


@dataclass(frozen=True, slots=True)
class Pause:
    """Let a place or a reservation stand still: a standing forbids it."""

    book: str
    request: str
    standing_sequence: int

    @property
    def ids(self) -> tuple[str, ...]:
        """``pause:<request>:<standing sequence>``."""
        return (f"pause:{self.request}:{self.standing_sequence}",)

    @property
    def digest(self) -> str:
        """Of request and standing."""
        return digest_of(["pause", self.book, self.request, self.standing_sequence])


@dataclass(frozen=True, slots=True)
class Resume:
    """End the pause: the standing allows it again."""

    book: str
    request: str
    standing_sequence: int

    @property
    def ids(self) -> tuple[str, ...]:
        """``resume:<request>:<standing sequence>``."""
        return (f"resume:{self.request}:{self.standing_sequence}",)

    @property
    def digest(self) -> str:
        """Of request and standing."""
        return digest_of(["resume", self.book, self.request, self.standing_sequence])


@dataclass(frozen=True, slots=True)
class ReturnCommitment:
    """Take a commitment back to its reservation: it was made while a standing that forbids it was in force already."""

    book: str
    request: str
    standing_sequence: int
    since: str
    """From when the standing forbids it (UTC, ms, Z): a commitment made before that stays."""

    @property
    def ids(self) -> tuple[str, ...]:
        """``uncommit:<request>:<standing sequence>``."""
        return (f"uncommit:{self.request}:{self.standing_sequence}",)

    @property
    def digest(self) -> str:
        """Of request and standing."""
        return digest_of(["uncommit", self.book, self.request, self.standing_sequence])


@dataclass(frozen=True, slots=True)
class Walk:
    """Only serve who is due; finds what a crash between two writes left."""

    book: str

    @property
    def ids(self) -> tuple[str, ...]:
        """None: it makes no entry of its own."""
        return ()

    @property
    def digest(self) -> str:
        """None."""
        return ""


Command = (
    OpenBook
    | Appropriate
    | Allot
    | ReceiveAllotment
    | Withdraw
    | ReceiveWithdrawal
    | CloseYear
    | RankProgramme
    | PassCarried
    | ReceiveCarried
    | Reserve
    | Commit
    | Release
    | LimitCommitment
    | Pause
    | Resume
    | ReturnCommitment
    | Walk
    | PaymentCommand
    | OrderPayments
    | FindIneligible
    | AcceptDocuments
    | WriteOff
    | Hold
    | EndHold
)
