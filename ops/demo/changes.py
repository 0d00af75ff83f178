"""An award after its acceptance: the plan is amended, the city cancels after a hearing, both sides end it early."""

from collections.abc import Mapping
from typing import Any, Final

from ops.demo.generate import Generator, PlannedOrganization
from ops.demo.stage import Stage, WentWrong, refused
from ops.play import books, cases, people, requests
from ops.play.requests import Request

DISTRICT: Final = "3"
ASKED: Final = 200_000_000
LESS: Final = 150_000_000
PROVEN: Final = 30_000_000
DONE: Final = 60_000_000
WHY_LESS: Final = "سالن رایگان در اختیار ما گذاشته شد و اجاره‌ای پرداخت نمی‌شود."
GROUNDS: Final = "برنامه تا پایان مهلت آغاز نشده و به دو نامه پاسخی نرسیده است."
ANSWER: Final = "مربی از شهر رفته است؛ تنها آگهی‌ها چاپ شده‌اند."
WHY_ENDED: Final = "مدرس دوره در دسترس نیست و برنامه ادامه نمی‌یابد."


async def changes(stage: Stage, generator: Generator) -> None:
    """Play the chapter. Raises WentWrong if the book is not as the agreements say."""
    stage.narrator.chapter("When plans change")
    planned = generator.organization(stage.example.districts[DISTRICT])
    before = await _committed_in_book(stage)
    await _amended(stage, await _awarded(stage, generator, planned))
    await _cancelled(stage, await _awarded(stage, generator, planned))
    await _ended(stage, await _awarded(stage, generator, planned))
    left = await _committed_in_book(stage) - before
    if left != LESS + PROVEN + DONE:
        raise WentWrong(f"Of three awards {left} stayed committed; it should be {LESS + PROVEN + DONE}.")
    stage.narrator.seen(
        f"of three commitments of {ASKED:,} each the book holds {LESS:,}, {PROVEN:,} and {DONE:,}; the rest is available again."
    )


async def _awarded(stage: Stage, generator: Generator, planned: PlannedOrganization) -> Request:
    request, case = await stage.submitted(generator.request(planned, amount=ASKED, fate="approve"))
    form = cases.ballot(stage.criteria, "approve", amount=ASKED)
    await cases.vote(stage.sama, case, DISTRICT, dict.fromkeys(people.SEATS, form))
    await cases.draft_reason(stage.sama, case, DISTRICT, "طرح با اولویت‌های منطقه هم‌خوان است.")
    await cases.sign(stage.sama, case, DISTRICT)
    if await stage.settle(request) != "in_progress":
        raise WentWrong("The award was not committed although the book has enough.")
    return request


async def _amended(stage: Stage, request: Request) -> None:
    tell, sama, path = stage.narrator, stage.sama, f"/requests/{request.id}/agreements"
    by = request.organization.applicant
    amendment = {"budget_lines": [{"title": "مربی", "amount": LESS}], "people_reached": 45, "text": WHY_LESS}
    await sama.requests.post(f"{path}/amendment", amendment, by=by)
    problem = await refused(sama.requests.post(f"{path}/accept", {"number": 1}, by=by), "other_side_answers")
    await sama.requests.post(f"{path}/accept", {"number": 1}, by=people.secretary(DISTRICT))
    await _until_committed(stage, request, LESS)
    tell.step(f"The organisation proposes to amend its plan: «{WHY_LESS}» Only the other side can accept:")
    tell.seen(f"{problem.status} {problem.code}: {problem.title}")
    tell.step(f"The secretary accepts for the city; {tell.money(ASKED - LESS)} are released.")


async def _cancelled(stage: Stage, request: Request) -> None:
    tell, sama, path = stage.narrator, stage.sama, f"/requests/{request.id}"
    await sama.requests.post(f"{path}/cancellation", {"grounds": GROUNDS}, by=people.CITY_OFFICE)
    costs = {"proven_costs": PROVEN, "reason": "هزینهٔ چاپ آگهی با فاکتور اثبات شد."}
    problem = await refused(sama.requests.post(f"{path}/cancel", costs, by=people.CITY_OFFICE), "hearing_not_over")
    tell.step(
        f"The city office means to cancel another award («{GROUNDS}»). Before the organisation was heard it can't:"
    )
    tell.seen(f"{problem.status} {problem.code}: {problem.title}")
    await sama.requests.post(f"{path}/cancellation/answer", {"answer": ANSWER}, by=request.organization.applicant)
    await sama.requests.post(f"{path}/cancel", costs, by=people.CITY_OFFICE)
    await _over(stage, request, "cancelled", PROVEN)
    tell.step(
        f"It answers («{ANSWER}»), and the award is cancelled. Its proven costs of {tell.money(PROVEN)} stay payable."
    )


async def _ended(stage: Stage, request: Request) -> None:
    tell, sama, path = stage.narrator, stage.sama, f"/requests/{request.id}/agreements"
    by, secretary = request.organization.applicant, people.secretary(DISTRICT)
    await sama.requests.post(f"{path}/ending", {"amount": ASKED // 2, "text": WHY_ENDED}, by=by)
    denied = {"number": 1, "reason": "برای دو جلسهٔ برگزارشده این مبلغ زیاد است."}
    await sama.requests.post(f"{path}/deny", denied, by=secretary)
    await sama.requests.post(f"{path}/ending", {"amount": DONE, "text": denied["reason"]}, by=secretary)
    await sama.requests.post(f"{path}/accept", {"number": 2}, by=by)
    await _over(stage, request, "ended_by_agreement", DONE)
    tell.step(
        f"A third award can't go on («{WHY_ENDED}»). The organisation's proposal is denied, the secretary's of {tell.money(DONE)} "
        "accepted: it ends by agreement."
    )


async def _over(stage: Stage, request: Request, status: str, amount: int) -> None:
    await requests.until_status(stage.sama, request, (status,), stage.waits.other)
    await _until_committed(stage, request, amount)


async def _until_committed(stage: Stage, request: Request, amount: int) -> None:
    async def look() -> Mapping[str, Any] | None:
        seen = await requests.read(stage.sama, request)
        return seen if seen["amount_released"] == ASKED - amount else None

    await stage.waits.other.until(look, f"the release of what request {request.id} does not need any more")


async def _committed_in_book(stage: Stage) -> int:
    return int((await books.read(stage.sama, stage.book(DISTRICT)))["balance"]["committed"])
