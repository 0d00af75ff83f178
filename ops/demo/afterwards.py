"""What follows a commitment: an account, instalments that several persons pass, reports with receipts, money that comes back."""

from collections.abc import Mapping
from typing import Any, Final

from ops.demo import identifiers
from ops.demo.stage import Stage, WentWrong, refused
from ops.play import books, payments, people, requests
from ops.play.requests import Request
from ops.play.waiting import Patience

FIRST, SECOND, BACK = 250_000_000, 150_000_000, 5_000_000
DOCUMENTED: Final = 15_000_000
ACCOUNT_OF: Final = 900_001  # the number from which the example's Sheba is made


async def paid_and_reported(stage: Stage, request: Request) -> None:
    """Pay an award whose money is committed, in two instalments with their reports. Raises WentWrong if the book differs."""
    tell = stage.narrator
    tell.chapter("What follows: payments and reports")
    await _account(stage, request)
    first = await _first_instalment(stage, request)
    await _first_report(stage, request)
    await _second_instalment(stage, request)
    await _ineligible(stage, request, first)
    await _check(stage, request)
    await _closed(stage, request)


async def _account(stage: Stage, request: Request) -> None:
    tell, sama, organization = stage.narrator, stage.sama, request.organization
    path = f"/organizations/{organization.id}/proposals"
    account = {"account": {"sheba": identifiers.sheba(ACCOUNT_OF), "held_by": "two_representatives"}}
    await sama.registry.post(path, account, by=organization.applicant)
    await sama.registry.post(f"{path}/1/accept", by=organization.registrar)
    tell.step(
        f"«{organization.name}» has no account on file yet. Approved, it can't simply edit its profile: it proposes a joint account "
        "of its two representatives, and the registrar accepts."
    )


async def _first_instalment(stage: Stage, request: Request) -> str:
    tell, sama = stage.narrator, stage.sama
    payment = await _prepared(stage, request, 1, FIRST)
    by = people.budget_officer(request.district)
    await refused(sama.budget.post(f"/payments/{payment}/approve", by=by), "forbidden")
    state = await payments.approve(sama, request, payment)
    problem = await refused(payments.approve(sama, request, payment), "approver_must_be_another")
    tell.step(
        f"The budget officer prepares the first instalment of {tell.money(FIRST)}. It is above the city's threshold: after the "
        f"treasurer's approval it is still {state}, and who approved can't approve again:"
    )
    tell.seen(f"{problem.status} {problem.code}: {problem.title}")
    await payments.approve(sama, request, payment, treasurer=2)
    await payments.bank(sama, request, payment, "failed", reason="account_closed")
    await payments.bank(sama, request, payment, "made", reference="140508150001")
    tell.step("A third person approves. The bank returns it once, because of the account, and then pays.")
    return payment


async def _second_instalment(stage: Stage, request: Request) -> None:
    tell, sama = stage.narrator, stage.sama
    payment = await _prepared(stage, request, 2, SECOND)
    await payments.approve(sama, request, payment)
    await payments.bank(sama, request, payment, "made", reference="140509150002")
    await _report(stage, request, 2, final=True)
    seen = await requests.read(sama, request)
    tell.step(
        f"The second instalment of {tell.money(SECOND)} is below the threshold: one treasurer is enough. With the last report "
        f"all is told, and the request is «{seen['status']}»."
    )


async def _prepared(stage: Stage, request: Request, instalment: int, gross: int) -> str:
    """The account reaches the budget service by an event, a moment after it was accepted."""

    async def look() -> str | None:
        return await payments.prepare(
            stage.sama,
            request,
            fiscal_year=stage.example.year,
            currency=stage.example.currency,
            instalment=instalment,
            gross=gross,
        )

    return await Patience(60).until(look, "the first instalment being prepared")


async def _first_report(stage: Stage, request: Request) -> None:
    tell, sama = stage.narrator, stage.sama
    path, secretary = f"/requests/{request.id}/reports", people.secretary(request.district)
    await sama.requests.post(path, _told(final=False), by=request.organization.applicant)
    back = {"instalment": 1, "reason": "فاکتور شمارهٔ ۱ خوانا نیست."}
    await sama.requests.post(f"{path}/send-back", back, by=secretary)
    await _report(stage, request, 1, final=False)
    tell.step(
        f"The group reports how the first instalment was spent. The secretary sends the report back («{back['reason']}»), "
        "the group files it again, and it is accepted. Late reports would stop the next payment."
    )


async def _report(stage: Stage, request: Request, instalment: int, *, final: bool) -> None:
    path = f"/requests/{request.id}/reports"
    await stage.sama.requests.post(path, _told(final=final), by=request.organization.applicant)
    await stage.sama.requests.post(f"{path}/accept", {"instalment": instalment}, by=people.secretary(request.district))


def _told(*, final: bool) -> Mapping[str, Any]:
    amount = SECOND - BACK if final else FIRST
    return {
        "spent": [{"title": "مربی و سالن", "amount": amount, "receipt": "فاکتور ۲" if final else "فاکتور ۱"}],
        "people_reached": 60,
        "indicator_reached": "۴۲ خانواده تا پایان دوره ماندند.",
        "text": "برنامه طبق طرح برگزار شد.",
        "final": final,
        "about_nobody": True,
    }


async def _ineligible(stage: Stage, request: Request, payment: str) -> None:
    tell, sama, treasurer = stage.narrator, stage.sama, people.treasurer(request.district)
    found = {"amount": DOCUMENTED + BACK, "reason": "فاکتور خرید تجهیزات اداری پذیرفتنی نیست."}
    by = people.budget_officer(request.district)
    finding = str((await sama.budget.post(f"/payments/{payment}/ineligible", found, by=by))["id"])
    path = f"/ineligible/{finding}"
    given_up = {"reason": "دیگر پیگیری نمی‌شود."}
    problem = await refused(sama.budget.post(f"{path}/write-off", given_up, by=treasurer), "review_not_over")
    tell.step(
        f"The budget officer finds {tell.money(DOCUMENTED + BACK)} of the first instalment ineligible («{found['reason']}»). "
        "Nobody may write it off at once:"
    )
    tell.seen(f"{problem.status} {problem.code}: {problem.title}")
    later = {"amount": DOCUMENTED, "reason": "فاکتور جداگانهٔ وسایل کارگاه ارائه شد."}
    await sama.budget.post(f"{path}/documented", later, by=by)
    await payments.refund(sama, request, payment, BACK, "R-1405-1", finding=finding)
    shown = (await sama.budget.get(path)).body
    if (shown["open"], shown["documented"], shown["refunded"]) != (0, DOCUMENTED, BACK):
        raise WentWrong(
            f"Of the finding {shown['open']} is open, {shown['documented']} documented, {shown['refunded']} given back."
        )
    tell.step(
        f"{tell.money(DOCUMENTED)} are documented later, {tell.money(BACK)} are given back and available again; nothing is open."
    )


async def _check(stage: Stage, request: Request) -> None:
    book = stage.book(request.district)
    balance = (await books.read(stage.sama, book))["balance"]
    if balance["paid"] != FIRST + SECOND - BACK or balance["pending"]:
        raise WentWrong(f"Paid should be {FIRST + SECOND - BACK}, and nothing pending: {balance}")
    stage.narrator.seen(
        f"book {book}: committed {balance['committed']:,}, pending {balance['pending']:,}, paid {balance['paid']:,} net of refunds."
    )


async def _closed(stage: Stage, request: Request) -> None:
    tell, sama, path = stage.narrator, stage.sama, f"/requests/{request.id}/close"

    async def refund_known() -> bool | None:
        return True if (await requests.read(sama, request))["amount_refunded"] == BACK else None

    await stage.waits.other.until(refund_known, "the money given back reaching the requests service")
    await sama.requests.post(path, by=people.secretary(request.district))
    seen = await requests.until_status(sama, request, ("closed",), stage.waits.other)
    tell.step(
        f"Nothing is pending, what was paid is reported: the request is {seen['status']}. Paid {tell.money(seen['amount_paid'])}, "
        f"given back {tell.money(seen['amount_refunded'])}, reported {tell.money(seen['amount_reported'])}."
    )
