"""What budget shows: only what anyone may see (BUD-10, PUB-1)."""

from typing import Any

from pydantic import BaseModel, Field

from services.budget.domain.book import Book, Opening
from services.budget.domain.entries import Entry
from services.budget.usecases.books import Waiter
from shared.contracts.budget import CityBalance, DistrictBalance, WaitingRule
from shared.contracts.ids import BookId, DistrictId, FiscalYear, Id
from shared.contracts.money import Amount, Currency
from shared.web.api import Receipt

BookBalance = DistrictBalance | CityBalance


def balance_of(book: Book) -> BookBalance:
    """Return the parts of the book."""
    balance: type[BookBalance] = CityBalance if book.terms.district is None else DistrictBalance
    return balance.model_validate(book.balances)


class BookView(BaseModel):
    """A book and its parts now."""

    id: BookId
    fiscal_year: FiscalYear
    district: DistrictId | None = Field(description="null: the city's book.")
    currency: Currency
    waiting_rule: WaitingRule | None
    max_skips: int | None
    third_approval_above: Amount | None = Field(
        description="Payments of more than this need a third person (BUD-7); null: all do."
    )
    opened_at: str
    next_book: BookId | None = Field(description="Its year is closed and it goes on there (BUD-9); null: it is open.")
    balance: BookBalance = Field(description="Amounts in whole units of the book's currency (BUD-2).")
    waiting: int = Field(description="How many requests wait.")
    seq: int = Field(description="Place of the last entry.")
    hash: str = Field(description="Head of the hash chain.")

    @classmethod
    def of(cls, book: Book) -> "BookView":
        """Return the view of a book."""
        terms = book.terms
        return cls(
            id=book.id,
            fiscal_year=terms.fiscal_year,
            district=terms.district,
            currency=terms.currency,
            waiting_rule=terms.waiting_rule,
            max_skips=terms.max_skips,
            third_approval_above=terms.third_approval_above,
            opened_at=terms.opened_at,
            next_book=book.next_book,
            balance=balance_of(book),
            waiting=len(book.waiting) + len(book.unranked),
            seq=book.seq,
            hash=book.head,
        )


class BookPage(BaseModel):
    """Books, the city's first."""

    items: list[BookView]
    next: str | None
    total: int


class HeadView(BaseModel):
    """The head of a book's hash chain; note it down elsewhere, and a rewritten book is found out."""

    book: BookId
    seq: int
    hash: str
    entry: str = Field(description="Business key of the entry.")
    at: str


class PostingView(BaseModel):
    """One side of a movement."""

    account: str = Field(examples=["reserved"])
    side: str = Field(examples=["debit"])
    amount: Amount


class EntryView(BaseModel):
    """One entry. In a download the same, with ``_id`` for ``entry`` and amounts as text: the form that is hashed."""

    entry: str = Field(description="Business key.", examples=["reserve:9f0c…"])
    seq: int
    kind: str = Field(examples=["reservation_made"])
    subject: str | None = Field(description="Request or allotment.")
    amount: Amount
    currency: Currency
    postings: list[PostingView]
    after: dict[str, int]
    subject_after: dict[str, Any] | None
    facts: dict[str, Any]
    at: str
    digest: str
    private_digest: str = Field(description="Binds what is not shown: who and why.")
    prev: str
    hash: str

    @classmethod
    def of(cls, entry: Entry, terms: Opening) -> "EntryView":
        """Return the view of an entry."""
        shown = {name: entry.get(name) for name in cls.model_fields if name not in ("entry", "currency")}
        return cls(entry=entry["_id"], currency=terms.currency, **shown)


class EntryPage(BaseModel):
    """A page of a book."""

    items: list[EntryView]
    next: int | None = Field(description="after_seq of the next page; null: this is the last.")
    total: int


class WaiterView(BaseModel):
    """A place on the waiting list."""

    place: int = Field(description="From 1, in the order in which approvals reached the book.")
    request: Id
    organization: Id
    amount: Amount
    since: str
    paused: bool = Field(description="The organisation's standing forbids it now: keeps its place and holds up nobody.")
    unranked: bool = Field(description="It waits for the ranking of its call, which gives it its place.")
    skips: int = Field(description="How often passed over; counted only where max_skips limits it.")

    @classmethod
    def of(cls, waiter: Waiter) -> "WaiterView":
        """Return the view of a waiter."""
        return cls(**{name: getattr(waiter, name) for name in cls.model_fields})


class WaitingList(BaseModel):
    """Who waits, in order (BUD-5)."""

    book: BookId
    currency: Currency
    waiting_rule: WaitingRule | None
    items: list[WaiterView]
    next: str | None
    total: int


class RankingReceipt(Receipt):
    """The answer to a ranking: the requests in their order."""

    order: list[Id]


class ShareView(BaseModel):
    """One district's share of an allotment."""

    allotment: Id
    district: DistrictId
    amount: Amount


class AllotmentReceipt(Receipt):
    """The answer to an allotment: who gets what, and what the whole shares left over (BUD-4)."""

    amount: Amount
    currency: Currency
    shares: list[ShareView]
    remainder: int = Field(description="Units left over by the whole shares; they are in the shares already.")
