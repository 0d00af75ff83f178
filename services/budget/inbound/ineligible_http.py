"""The HTTP API of ineligible amounts (BUD-8)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.budget.domain.book import Opening
from services.budget.domain.ineligible import Finding
from services.budget.inbound.bodies import Words
from services.budget.inbound.paths import OwnerPath, YearPath, offset
from services.budget.usecases import UseCases
from shared.contracts.envelope import instant
from shared.contracts.ids import BookId, Id
from shared.contracts.money import Amount, Currency, PositiveAmount
from shared.storage.cursors import encode_cursor
from shared.web.api import CallerDep, CauseDep, CommandDep, OptionalCallerDep, PageDep, Receipt, changed, created

PaymentPath = Annotated[Id, Path(description="Id of the payment.")]
FindingPath = Annotated[Id, Path(description="Id of the finding.")]


class FindingBody(BaseModel):
    """An amount of a payment that was spent on what is not eligible."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"amount": 20_000_000, "reason": "فاکتور خرید تجهیزات اداری پذیرفتنی نیست."}]},
    )

    amount: PositiveAmount
    reason: Words = Field(description="Why, in words; it is published.")


class DocumentedBody(FindingBody):
    """Later documents were accepted for an amount."""


class WriteOffBody(BaseModel):
    """Nothing more is expected of what is open."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "تشکل منحل شده است و دارایی ندارد."}]}
    )

    reason: Words = Field(description="Why, in words; it is published.")


class FindingView(BaseModel):
    """A finding as it stands now."""

    id: Id
    book: BookId
    payment: Id
    request: Id
    organization: Id
    currency: Currency
    amount: Amount = Field(description="What was found ineligible.")
    documented: Amount = Field(description="Of it, what was documented later.")
    refunded: Amount = Field(description="Of it, what was given back.")
    written_off: Amount = Field(description="Of it, what nobody expects any more.")
    open: Amount = Field(description="Of it, what is not settled.")
    reason: str
    found_at: str
    review_until: str = Field(
        description="Until then the organisation may bring documents, and nothing is written off."
    )
    overdue: bool = Field(description="Open, and the term of review is over.")

    @classmethod
    def of(cls, terms: Opening, finding: Finding, now: str) -> "FindingView":
        """Return the view of a finding."""
        told = {name: getattr(finding, name) for name in cls.model_fields if hasattr(finding, name)}
        overdue = finding.open > 0 and finding.review_until <= now
        return cls(**told, book=terms.book, currency=terms.currency, overdue=overdue)


class FindingPage(BaseModel):
    """Findings of a book, the first first."""

    items: list[FindingView]
    next: str | None
    total: int


def add_ineligible(routes: APIRouter, uses: UseCases) -> None:
    """Add the routes of ineligible amounts."""
    _commands(routes, uses)
    _reads(routes, uses)


def _commands(routes: APIRouter, uses: UseCases) -> None:
    ineligible = uses.ineligible

    @routes.post(
        "/payments/{payment}/ineligible",
        status_code=201,
        tags=["payments"],
        summary="Find an amount ineligible (budget_officer, treasurer)",
    )
    async def find(
        payment: PaymentPath,
        body: FindingBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
    ) -> Receipt:
        """The organisation has 30 days (a setting) to bring documents; then it is refunded, documented or written off."""
        stored = await ineligible.find(payment, body.amount, body.reason, caller=caller, command=command, cause=cause)
        return Receipt(**created(response, f"/ineligible/{stored.id}", stored))

    @routes.post(
        "/ineligible/{finding}/documented",
        tags=["payments"],
        summary="Accept later documents (budget_officer, treasurer)",
    )
    async def accept_documents(
        finding: FindingPath,
        body: DocumentedBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
    ) -> Receipt:
        stored = await ineligible.accept_documents(
            finding, body.amount, body.reason, caller=caller, command=command, cause=cause
        )
        return Receipt(**changed(response, stored))

    @routes.post("/ineligible/{finding}/write-off", tags=["payments"], summary="Write off what is open (treasurer)")
    async def write_off(
        finding: FindingPath,
        body: WriteOffBody,
        response: Response,
        caller: CallerDep,
        command: CommandDep,
        cause: CauseDep,
    ) -> Receipt:
        """409 ``review_not_over`` before the organisation's term has passed."""
        stored = await ineligible.write_off(finding, body.reason, caller=caller, command=command, cause=cause)
        return Receipt(**changed(response, stored))


def _reads(routes: APIRouter, uses: UseCases) -> None:
    ineligible = uses.ineligible

    @routes.get("/ineligible/{finding}", tags=["payments"], summary="Read a finding (no token needed)")
    async def read_finding(finding: FindingPath, _caller: OptionalCallerDep) -> FindingView:
        terms, found = await ineligible.get(finding)
        return FindingView.of(terms, found, instant(ineligible.now()))

    @routes.get(
        "/books/{owner}/{fiscal_year}/ineligible",
        tags=["payments"],
        summary="List ineligible amounts (no token needed)",
    )
    async def list_findings(
        owner: OwnerPath,
        fiscal_year: YearPath,
        page: PageDep,
        _caller: OptionalCallerDep,
        open: Annotated[bool | None, Query(description="true: only what is not settled; false: only what is.")] = None,
        overdue: Annotated[bool, Query(description="true: only what is open after its term of review.")] = False,
        organization: Annotated[Id | None, Query(description="Only of this organisation.")] = None,
    ) -> FindingPage:
        terms, found = await ineligible.of_book(
            f"{owner}/{fiscal_year}", is_open=open, overdue=overdue, organization=organization
        )
        first, now = offset(page), instant(ineligible.now())
        more = len(found) > first + page.limit
        return FindingPage(
            items=[FindingView.of(terms, finding, now) for finding in found[first : first + page.limit]],
            next=encode_cursor([first + page.limit]) if more else None,
            total=len(found),
        )
