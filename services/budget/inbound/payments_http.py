"""The HTTP API of payments (BUD-7)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.budget.domain.payments import PaymentState
from services.budget.inbound.paths import OwnerPath, YearPath, offset
from services.budget.inbound.payment_bodies import FailedBody, GiveUpBody, MadeBody, PaymentBody, RefundBody
from services.budget.inbound.payment_views import PaymentPage, PaymentView
from services.budget.usecases import UseCases
from shared.contracts.ids import Id
from shared.storage.cursors import encode_cursor
from shared.web.api import CallerDep, CauseDep, CommandDep, OptionalCallerDep, PageDep, Receipt, changed, created

PaymentPath = Annotated[Id, Path(description="Id of the payment.")]


def add_payments(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes of payments."""
    _commands(routes, uses)
    _refunds(routes, uses)
    _reads(routes, uses)


def _commands(routes: APIRouter, uses: UseCases) -> None:
    payments = uses.payments

    @routes.post("/payments", status_code=201, tags=["payments"], summary="Prepare a payment (budget_officer)")
    async def prepare(
        body: PaymentBody, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep
    ) -> Receipt:
        """Its gross amount moves from committed to pending: 409 ``over_committed`` if the commitment has not that much left."""
        stored = await payments.prepare(body.to_domain(), caller=caller, command=command, cause=cause)
        return Receipt(**created(response, f"/payments/{stored.id}", stored))

    @routes.post("/payments/{payment}/approve", tags=["payments"], summary="Approve a payment (treasurer)")
    async def approve(
        payment: PaymentPath, response: Response, caller: CallerDep, command: CommandDep, cause: CauseDep
    ) -> Receipt:
        """Never by who prepared it. Still ``prepared`` afterwards: above the book's threshold a third person has to approve."""
        stored = await payments.approve(payment, caller=caller, command=command, cause=cause)
        return Receipt(**changed(response, stored))

    @routes.post("/payments/{payment}/made", tags=["payments"], summary="Record that the bank paid (treasurer)")
    async def record_made(
        payment: PaymentPath,
        body: MadeBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
    ) -> Receipt:
        stored = await payments.record_made(payment, body.reference, caller=caller, command=command, cause=cause)
        return Receipt(**changed(response, stored))

    @routes.post(
        "/payments/{payment}/failed", tags=["payments"], summary="Record that the bank did not pay (treasurer)"
    )
    async def record_failed(
        payment: PaymentPath,
        body: FailedBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
    ) -> Receipt:
        """Its money is pending until it is paid again or given up."""
        stored = await payments.record_failed(payment, body.reason, caller=caller, command=command, cause=cause)
        return Receipt(**changed(response, stored))

    @routes.post(
        "/payments/{payment}/give-up", tags=["payments"], summary="Give up a payment (budget_officer, treasurer)"
    )
    async def give_up(
        payment: PaymentPath,
        body: GiveUpBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
    ) -> Receipt:
        """Its money is committed again, and the instalment can be prepared anew."""
        stored = await payments.give_up(payment, body.reason, caller=caller, command=command, cause=cause)
        return Receipt(**changed(response, stored))


def _refunds(routes: APIRouter, uses: UseCases) -> None:
    @routes.post(
        "/payments/{payment}/refund", tags=["payments"], summary="Record money that was given back (treasurer)"
    )
    async def receive_refund(
        payment: PaymentPath,
        body: RefundBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
    ) -> Receipt:
        """It is available again: 409 ``refund_exceeds_payment`` if more would come back than was paid (BUD-8)."""
        stored = await uses.payments.receive_refund(
            payment, body.amount, body.reference, body.finding, caller=caller, command=command, cause=cause
        )
        return Receipt(**changed(response, stored))


def _reads(routes: APIRouter, uses: UseCases) -> None:
    payments = uses.payments

    @routes.get("/payments/{payment}", tags=["payments"], summary="Read a payment (no token needed)")
    async def read_payment(payment: PaymentPath, _caller: OptionalCallerDep) -> PaymentView:
        return PaymentView.of(*await payments.get(payment))

    @routes.get(
        "/books/{owner}/{fiscal_year}/payments", tags=["payments"], summary="List a book's payments (no token needed)"
    )
    async def list_payments(
        owner: OwnerPath,
        fiscal_year: YearPath,
        page: PageDep,
        _caller: OptionalCallerDep,
        status: Annotated[PaymentState | None, Query(description="Only those in this state.")] = None,
        request: Annotated[Id | None, Query(description="Only of this request.")] = None,
        organization: Annotated[Id | None, Query(description="Only to this organisation.")] = None,
    ) -> PaymentPage:
        terms, found = await payments.of_book(
            f"{owner}/{fiscal_year}", state=status, request=request, organization=organization
        )
        first = offset(page)
        more = len(found) > first + page.limit
        return PaymentPage(
            items=[PaymentView.of(terms, payment) for payment in found[first : first + page.limit]],
            next=encode_cursor([first + page.limit]) if more else None,
            total=len(found),
        )
