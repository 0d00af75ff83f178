"""An award's money, instalment by instalment: prepared by one, approved by another, paid by the bank (BUD-7)."""

from typing import Any

from ops.client import Sama
from ops.play import people
from ops.play.requests import Request


async def prepare(sama: Sama, request: Request, *, fiscal_year: str, currency: str, instalment: int, gross: int) -> str:
    """Prepare an instalment as the district's budget officer; returns the payment's id. gross: in whole units."""
    body = {
        "district": request.district,
        "fiscal_year": fiscal_year,
        "request": request.id,
        "instalment": instalment,
        "gross": gross,
        "currency": currency,
        "deductions": [],
    }
    answer = await sama.budget.post("/payments", body, by=people.budget_officer(request.district))
    return str(answer["id"])


async def approve(sama: Sama, request: Request, payment: str, *, treasurer: int = 1) -> str:
    """Approve it; returns its status: still ``prepared`` while another approval is needed."""
    by = people.treasurer(request.district, treasurer)
    return str((await sama.budget.post(f"/payments/{payment}/approve", by=by))["status"])


async def bank(sama: Sama, request: Request, payment: str, outcome: str, **what: Any) -> str:
    """Record what the bank said: ``made`` with its reference, or ``failed`` with the reason; returns the payment's status."""
    by = people.treasurer(request.district)
    return str((await sama.budget.post(f"/payments/{payment}/{outcome}", what, by=by))["status"])


async def refund(
    sama: Sama, request: Request, payment: str, amount: int, reference: str, *, finding: str | None = None
) -> None:
    """Record money that was given back; finding: the ineligible amount that it settles (BUD-8)."""
    body = {"amount": amount, "reference": reference, **({} if finding is None else {"finding": finding})}
    await sama.budget.post(f"/payments/{payment}/refund", body, by=people.treasurer(request.district))
