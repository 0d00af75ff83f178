"""The HTTP API of budget: parse → use case → answer. Refusals become problem details in shared/web."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from services.budget.domain.entries import Entry, line
from services.budget.inbound.bank_http import add_bank
from services.budget.inbound.bodies import AllotmentBody, AppropriationBody, CloseBody, OpenBookBody, RankingBody
from services.budget.inbound.ineligible_http import add_ineligible
from services.budget.inbound.paths import OwnerPath, YearPath, offset
from services.budget.inbound.payments_http import add_payments
from services.budget.inbound.statements_http import add_statements
from services.budget.inbound.views import (
    AllotmentReceipt,
    BookPage,
    BookView,
    EntryPage,
    EntryView,
    HeadView,
    RankingReceipt,
    WaiterView,
    WaitingList,
)
from services.budget.inbound.withdrawals_http import add_withdrawals
from services.budget.usecases import UseCases
from shared.contracts.ids import DistrictId, FiscalYear
from shared.storage.cursors import encode_cursor
from shared.storage.ports import Page
from shared.web.api import (
    CallerDep,
    CauseDep,
    CommandDep,
    OptionalCallerDep,
    PageDep,
    Receipt,
    changed,
    created,
    page_body,
)
from shared.web.strict import StrictRoute

JSON_LINES: Final = "application/jsonl"
LINES_AT_ONCE: Final = 200  # of a download, per chunk sent


def router(uses: UseCases) -> APIRouter:
    """Return the routes over these use cases. A book's id ``district:7/1405`` is two segments of the path."""
    routes = APIRouter(route_class=StrictRoute)
    for add in (_commands, _books, _entries, add_withdrawals, add_payments, add_bank, add_ineligible, add_statements):
        add(routes, uses)
    return routes


def _commands(routes: APIRouter, uses: UseCases) -> None:
    books = uses.books

    @routes.post("/books", status_code=201, tags=["books"], summary="Open a book (city_office)")
    async def open_book(
        body: OpenBookBody, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep
    ) -> Receipt:
        """Its waiting rule and currency are fixed with the opening entry."""
        stored = await books.open(body.to_domain(), caller=caller, command=command, cause=cause)
        return Receipt(**created(response, f"/books/{stored.id}", stored))

    @routes.post("/appropriations", status_code=201, tags=["books"], summary="Enter the council's money (city_office)")
    async def appropriate(
        body: AppropriationBody, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep
    ) -> Receipt:
        """The version is the entry's place in the city's book."""
        stored = await books.appropriate(body.to_domain(), caller=caller, command=command, cause=cause)
        location = f"/books/city/{body.fiscal_year}/entries?after_seq={stored.version - 1}&limit=1"
        return Receipt(**created(response, location, stored))

    @routes.post("/allotments", status_code=201, tags=["books"], summary="Give money to districts (city_office)")
    async def allot(
        body: AllotmentBody, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep
    ) -> AllotmentReceipt:
        """All shares or none: 409 ``insufficient_unallotted`` if the city's book has not enough left."""
        stored = await books.allot(body.to_domain(), caller=caller, command=command, cause=cause)
        location = f"/books/city/{body.fiscal_year}/entries?after_seq={stored.version - 1}&limit=1"
        return AllotmentReceipt(**created(response, location, stored))

    @routes.post(
        "/books/{owner}/{fiscal_year}/rankings", status_code=201, tags=["books"], summary="Rank a call (city_office)"
    )
    async def rank_call(
        owner: OwnerPath,
        fiscal_year: YearPath,
        body: RankingBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
    ) -> RankingReceipt:
        """When its last case is closed, once: its approvals come on the waiting list by mean score × topic weight."""
        book = f"{owner}/{fiscal_year}"
        stored = await books.rank(book, body.programme, caller=caller, command=command, cause=cause)
        location = f"/books/{book}/entries?after_seq={stored.version - 1}&limit=1"
        return RankingReceipt(**created(response, location, stored))

    @routes.post("/books/{owner}/{fiscal_year}/close", tags=["books"], summary="Close a book's year (city_office)")
    async def close_book(
        owner: OwnerPath,
        fiscal_year: YearPath,
        body: CloseBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
    ) -> Receipt:
        """For good. What waits, is reserved or committed goes on in the next year's book, what is available goes back to the city.

        409 ``not_ready_to_close`` while a payment is pending or money is held. The city's book is closed after its districts'.
        """
        stored = await uses.closing.close(
            f"{owner}/{fiscal_year}", body.next_fiscal_year, caller=caller, command=command, cause=cause
        )
        return Receipt(**changed(response, stored))


def _books(routes: APIRouter, uses: UseCases) -> None:
    books = uses.books

    @routes.get("/books", tags=["books"], summary="List books (no token needed)")
    async def list_books(
        page: PageDep,
        _caller: OptionalCallerDep,
        fiscal_year: Annotated[FiscalYear | None, Query(description="Only books of this year.")] = None,
        district: Annotated[DistrictId | None, Query(description="Only books of this district.")] = None,
    ) -> BookPage:
        found = await books.all(fiscal_year=fiscal_year, district=district)
        first = offset(page)
        more = len(found) > first + page.limit
        shown = found[first : first + page.limit]
        cursor = encode_cursor([first + page.limit]) if more else None
        return BookPage(**page_body(Page(shown, cursor, len(found)), BookView.of))

    @routes.get("/books/{owner}/{fiscal_year}", tags=["books"], summary="Read a book (no token needed)")
    async def read_book(
        owner: OwnerPath, fiscal_year: YearPath, response: Response, _caller: OptionalCallerDep
    ) -> BookView:
        view = BookView.of(await books.get(f"{owner}/{fiscal_year}"))
        response.headers["ETag"] = f'"{view.seq}"'
        return view

    @routes.get(
        "/books/{owner}/{fiscal_year}/head", tags=["books"], summary="Read the head of the hash chain (no token)"
    )
    async def read_head(
        owner: OwnerPath, fiscal_year: YearPath, response: Response, _caller: OptionalCallerDep
    ) -> HeadView:
        book = await books.get(f"{owner}/{fiscal_year}")
        response.headers["ETag"] = f'"{book.seq}"'
        return HeadView(book=book.id, seq=book.seq, hash=book.head, entry=book.head_id, at=book.head_at)

    @routes.get(
        "/books/{owner}/{fiscal_year}/waiting", tags=["books"], summary="Read the waiting list (no token needed)"
    )
    async def read_waiting(
        owner: OwnerPath, fiscal_year: YearPath, page: PageDep, _caller: OptionalCallerDep
    ) -> WaitingList:
        terms, waiting = await books.waiting(f"{owner}/{fiscal_year}")
        after = offset(page)
        shown = waiting[after : after + page.limit]
        more = len(waiting) > after + page.limit
        return WaitingList(
            book=terms.book,
            currency=terms.currency,
            waiting_rule=terms.waiting_rule,
            items=[WaiterView.of(waiter) for waiter in shown],
            next=encode_cursor([after + page.limit]) if more else None,
            total=len(waiting),
        )


def _entries(routes: APIRouter, uses: UseCases) -> None:
    books = uses.books

    @routes.get(
        "/books/{owner}/{fiscal_year}/entries",
        tags=["books"],
        summary="Read or download a book's entries (no token needed)",
        response_model=EntryPage,
        responses={200: {"content": {JSON_LINES: {"schema": {"type": "string"}}}}},
    )
    async def read_entries(
        owner: OwnerPath,
        fiscal_year: YearPath,
        _caller: OptionalCallerDep,
        after_seq: Annotated[int, Query(ge=0, le=2**53, description="Only entries after this place.")] = 0,
        limit: Annotated[int, Query(ge=1, le=200, description="Entries per page; not for jsonl.")] = 50,
        format: Annotated[Literal["json", "jsonl"], Query(description="jsonl: the whole book, to verify.")] = "json",
        accept: Annotated[str, Header(include_in_schema=False)] = "",
    ) -> Any:
        """A page as JSON; with ``format=jsonl`` or ``Accept: application/jsonl`` the whole book, one entry a line.

        A line is what its hash is made of, and the hash: RFC 8785 JSON of the line without ``hash``, SHA-256.
        """
        book = f"{owner}/{fiscal_year}"
        if format == "jsonl" or JSON_LINES in accept:
            lines = _lines(await books.download(book, after_seq))
            name = book.replace("/", "-").replace(":", "-")
            headers = {"Content-Disposition": f'attachment; filename="{name}.jsonl"'}
            return StreamingResponse(lines, media_type=JSON_LINES, headers=headers)
        terms, found, total = await books.entries(book, after_seq, limit)
        last = found[-1]["seq"] if found else after_seq
        items = [EntryView.of(entry, terms) for entry in found]
        return EntryPage(items=items, next=last if last < total and found else None, total=total)


async def _lines(entries: AsyncIterator[Entry]) -> AsyncIterator[bytes]:
    lines: list[bytes] = []
    async for entry in entries:
        lines.append(orjson.dumps(line(entry)) + b"\n")
        if len(lines) == LINES_AT_ONCE:
            yield b"".join(lines)
            lines = []
    yield b"".join(lines)
