"""What a book can be asked about an appeal: to hold money while it lasts, and to end that (REQ-13, BUD-3)."""

from dataclasses import dataclass
from typing import TypedDict

from services.budget.domain.entries import digest_of


@dataclass(frozen=True, slots=True)
class Hold:
    """Set aside what is disputed, as far as it is available."""

    book: str
    request: str
    amount: int
    currency: str
    asked: str = ""
    """The book that was asked first, if this one follows in its place: the digest is of that."""

    @property
    def ids(self) -> tuple[str, ...]:
        """``hold:<request>``: a decision is appealed once."""
        return (f"hold:{self.request}",)

    @property
    def digest(self) -> str:
        """Of what is disputed."""
        return digest_of(["hold", self.asked or self.book, self.request, str(self.amount), self.currency])


@dataclass(frozen=True, slots=True)
class Award:
    """What a panel awards, in all. ``allowed``: what the standing numbered ``standing_sequence`` says."""

    revision: int
    amount: int
    currency: str
    allowed: bool
    standing_sequence: int


@dataclass(frozen=True, slots=True)
class EndHold:
    """The appeal is over: what is held is available again, and what the panel awards more is reserved from it at once.

    award: None: nothing more. reason: ``confirmed``, ``overturned``, or what ended the appeal.
    """

    book: str
    request: str
    organization: str
    reason: str
    award: Award | None = None
    asked: str = ""
    """The book that was asked first, if this one follows in its place: the digest is of that."""

    @property
    def ids(self) -> tuple[str, ...]:
        """``unhold:<request>``, for good: a hold that comes after it is none."""
        return (f"unhold:{self.request}",)

    @property
    def digest(self) -> str:
        """Of request and award."""
        amount = "" if self.award is None else str(self.award.amount)
        return digest_of(["unhold", self.asked or self.book, self.request, amount])


class Turning(TypedDict):
    """What an entry that ends a hold says of the award, which the next entry has to reserve; amounts as text."""

    organization: str
    revision: int
    amount: str
    currency: str
    allowed: bool
    standing_sequence: int
    held: str
