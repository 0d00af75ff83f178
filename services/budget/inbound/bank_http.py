"""The HTTP API between budget and the bank: orders out, results in (BUD-7)."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.budget.domain.payment_orders import MOST, Order
from services.budget.domain.payments import PaymentState
from services.budget.inbound.bank_files import EXAMPLE, FILE_LIMIT, order_file, read_results
from services.budget.inbound.paths import OwnerPath, YearPath, offset
from services.budget.usecases import UseCases
from services.budget.usecases.bank import LineOutcome, OrderContent
from shared.contracts.ids import BookId, Id
from shared.contracts.money import Amount, Currency
from shared.storage.cursors import encode_cursor
from shared.web.api import CallerDep, CauseDep, CommandDep, PageDep, Receipt, created
from shared.web.files import attachment, file_body

OrderPath = Annotated[Id, Path(description="Id of the order.")]
CSV = "text/csv"


class OrderBody(BaseModel):
    """Which payments go to the bank."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"day": "2026-11-22"}]})

    payments: Annotated[list[Id], Field(min_length=1, max_length=MOST)] | None = Field(
        default=None,
        description="These, also such as the bank refused before. Left out: all that are approved and whom nothing keeps back.",
    )
    day: date | None = Field(
        default=None, description="Without payments: only what was approved on this day of the city."
    )


class OrderSummary(BaseModel):
    """An order."""

    id: Id
    payments: int = Field(description="How many.")
    net: Amount = Field(description="Sum of what they bring.")
    at: str

    @classmethod
    def of(cls, order: Order) -> "OrderSummary":
        """Return the view of an order."""
        return cls(id=order.id, payments=len(order.payments), net=order.net, at=order.at)


class OrderedPayment(BaseModel):
    """One payment of an order as it is now."""

    id: Id
    request: Id
    organization: Id
    instalment: int
    net: Amount
    status: PaymentState


class OrderView(BaseModel):
    """An order and what became of its payments."""

    id: Id
    book: BookId
    currency: Currency
    net: Amount
    at: str
    payments: list[OrderedPayment]

    @classmethod
    def of(cls, content: OrderContent) -> "OrderView":
        """Return the view of an order."""
        payments = [
            OrderedPayment(
                **{name: getattr(p, name) for name in ("id", "request", "organization", "instalment", "net")},
                status=p.state,
            )
            for p in content.payments
        ]
        terms, order = content.terms, content.order
        return cls(id=order.id, book=terms.book, currency=terms.currency, net=order.net, at=order.at, payments=payments)


class OrderPage(BaseModel):
    """Orders of a book, oldest first."""

    items: list[OrderSummary]
    next: str | None
    total: int


class ResultLine(BaseModel):
    """What a line of the file did."""

    row: int = Field(description="Its number in the file; the header is 1.")
    payment: Id
    result: Literal["paid", "failed"]
    outcome: Literal["recorded", "unchanged"] = Field(description="unchanged: it was known already.")

    @classmethod
    def of(cls, outcome: LineOutcome) -> "ResultLine":
        """Return the view of a line."""
        line = outcome.line
        told = "recorded" if outcome.recorded else "unchanged"
        return cls(row=line.row, payment=line.payment, result=line.result, outcome=told)


class ResultReceipt(BaseModel):
    """What a result file did."""

    recorded: int
    unchanged: int
    lines: list[ResultLine]


def add_bank(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes of orders and results."""
    _orders(routes, uses)
    _results(routes, uses)


def _orders(routes: APIRouter, uses: UseCases) -> None:
    bank = uses.bank

    @routes.post(
        "/books/{owner}/{fiscal_year}/payment-orders",
        status_code=201,
        tags=["payments"],
        summary="Order payments from the bank (treasurer)",
    )
    async def order(
        owner: OwnerPath,
        fiscal_year: YearPath,
        body: OrderBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
    ) -> Receipt:
        """Each payment is in one order until the bank has refused it: 409 ``wrong_payment_state``. Then download the order's file."""
        stored = await bank.order(
            f"{owner}/{fiscal_year}", body.payments, body.day, caller=caller, command=command, cause=cause
        )
        return Receipt(**created(response, f"/payment-orders/{stored.id}", stored))

    @routes.get(
        "/books/{owner}/{fiscal_year}/payment-orders",
        tags=["payments"],
        summary="List a book's orders (treasurer, budget_officer, auditor)",
    )
    async def list_orders(
        owner: OwnerPath,
        fiscal_year: YearPath,
        page: PageDep,
        caller: CallerDep,
        day: Annotated[date | None, Query(description="Only those of this day of the city.")] = None,
    ) -> OrderPage:
        found = await bank.of_book(f"{owner}/{fiscal_year}", caller, day)
        first = offset(page)
        more = len(found) > first + page.limit
        return OrderPage(
            items=[OrderSummary.of(order) for order in found[first : first + page.limit]],
            next=encode_cursor([first + page.limit]) if more else None,
            total=len(found),
        )

    @routes.get(
        "/payment-orders/{order}", tags=["payments"], summary="Read an order (treasurer, budget_officer, auditor)"
    )
    async def read_order(order: OrderPath, caller: CallerDep) -> OrderView:
        return OrderView.of(await bank.get(order, caller))

    @routes.get(
        "/payment-orders/{order}/file",
        tags=["payments"],
        summary="Download an order's file for the bank (treasurer)",
        response_class=Response,
        responses={
            200: {"description": "The file.", "content": {CSV: {"schema": {"type": "string", "format": "binary"}}}}
        },
    )
    async def download_order(order: OrderPath, caller: CallerDep) -> Response:
        """CSV in UTF-8: order, payment, request, instalment, organization, net, currency. The same at every download."""
        content = await bank.file(order, caller)
        headers = dict(attachment(f"payment-order-{order}.csv"))
        return Response(order_file(content), media_type=f"{CSV}; charset=utf-8", headers=headers)


def _results(routes: APIRouter, uses: UseCases) -> None:
    @routes.post(
        "/books/{owner}/{fiscal_year}/bank-results",
        tags=["payments"],
        summary="Hand in the bank's results (treasurer)",
        openapi_extra=file_body(
            FILE_LIMIT,
            "CSV in UTF-8: order, payment, result (paid, failed), reference (needed when paid), reason (when failed).",
            EXAMPLE,
        ),
    )
    async def record(
        owner: OwnerPath,
        fiscal_year: YearPath,
        request: Request,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
    ) -> ResultReceipt:
        """Each line counts once, in whatever file it comes. A file with a wrong cell changes nothing; the answer names every one."""
        lines, faults = read_results(await request.body())
        outcomes = await uses.bank.record(f"{owner}/{fiscal_year}", lines, faults, caller=caller, cause=cause)
        recorded = sum(outcome.recorded for outcome in outcomes)
        return ResultReceipt(
            recorded=recorded, unchanged=len(outcomes) - recorded, lines=[ResultLine.of(o) for o in outcomes]
        )
