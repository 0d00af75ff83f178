"""The HTTP API of statements: a book, or an organisation's part in it, at any past moment."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from services.budget.domain.book import Book, Subject, SubjectState
from services.budget.inbound.paths import OwnerPath, YearPath, offset
from services.budget.inbound.views import BookBalance, balance_of
from services.budget.usecases import UseCases
from services.budget.usecases.statements import Moment, ineligible, lines, totals
from shared.contracts.ids import BookId, DistrictId, FiscalYear, Id
from shared.contracts.money import Amount, Currency
from shared.contracts.refusals import FieldError, InvalidFields
from shared.storage.cursors import encode_cursor
from shared.web.api import OptionalCallerDep, PageDep


class StatementLine(BaseModel):
    """One request in the book at that moment."""

    request: Id
    organization: Id
    state: SubjectState
    amount: Amount = Field(description="What it waits for, or was reserved or committed.")
    pending: Amount = Field(description="Of the commitment: in payments under way.")
    paid: Amount = Field(description="Of the commitment: paid, before deductions and refunds.")
    refunded: Amount = Field(description="Of what was paid: given back.")
    ineligible: Amount = Field(description="Of what was paid: found ineligible and not settled (BUD-8).")
    written_off: Amount = Field(description="Of what was paid: found ineligible and written off.")
    since: str = Field(description="When it came into this state.")


class StatementTotals(BaseModel):
    """Sums of all lines of the filter; committed: what no payment has taken; paid − refunded is the book's part ``paid``."""

    waiting: Amount
    reserved: Amount
    committed: Amount
    pending: Amount
    paid: Amount
    refunded: Amount
    ineligible: Amount
    written_off: Amount


class Statement(BaseModel):
    """A book at a moment. ``seq`` and ``hash`` name its last entry then, so it can be found in a download."""

    book: BookId
    fiscal_year: FiscalYear
    district: DistrictId | None
    currency: Currency
    seq: int
    hash: str
    at: str = Field(description="Time of that entry.")
    balance: BookBalance = Field(description="Of the whole book (BUD-2).")
    totals: StatementTotals
    items: list[StatementLine]
    next: str | None
    total: int


def add_statements(routes: APIRouter, uses: UseCases) -> None:
    """Add the route of statements."""

    @routes.get(
        "/books/{owner}/{fiscal_year}/statement",
        tags=["books"],
        summary="Read a book as it was at a moment (no token needed)",
    )
    async def read_statement(
        owner: OwnerPath,
        fiscal_year: YearPath,
        page: PageDep,
        _caller: OptionalCallerDep,
        seq: Annotated[int | None, Query(ge=1, le=2**53, description="After this entry.")] = None,
        at: Annotated[AwareDatetime | None, Query(description="At this moment; not together with seq.")] = None,
        organization: Annotated[Id | None, Query(description="Only this organisation's requests.")] = None,
    ) -> Statement:
        """Without seq and at: now. The balance is of the whole book, lines and totals of the filter."""
        book = await uses.statements.at(f"{owner}/{fiscal_year}", _moment(seq, at))
        found = lines(book, organization)
        sums, first = totals(book, found), offset(page)
        more = len(found) > first + page.limit
        terms = book.terms
        return Statement(
            book=book.id,
            fiscal_year=terms.fiscal_year,
            district=terms.district,
            currency=terms.currency,
            seq=book.seq,
            hash=book.head,
            at=book.head_at,
            balance=balance_of(book),
            totals=StatementTotals(**{name: getattr(sums, name) for name in StatementTotals.model_fields}),
            items=[_line(book, subject) for subject in found[first : first + page.limit]],
            next=encode_cursor([first + page.limit]) if more else None,
            total=len(found),
        )


def _line(book: Book, subject: Subject) -> StatementLine:
    open_amount, written_off = ineligible(book, subject.request)
    told = {name: getattr(subject, name) for name in StatementLine.model_fields if hasattr(subject, name)}
    return StatementLine(**told, ineligible=open_amount, written_off=written_off)


def _moment(seq: int | None, at: datetime | None) -> Moment:
    if seq is not None and at is not None:
        raise InvalidFields(errors=[FieldError("/at", "one_of_seq_or_at")])
    return Moment(seq, at)
