"""Awards that are not simply accepted: less than the minimum, declined, and a rejection that is appealed."""

from collections.abc import Mapping
from typing import Any, Final

from ops.demo.generate import Generator, PlannedOrganization
from ops.demo.stage import Stage, WentWrong, refused
from ops.play import cases, people, requests
from ops.play.requests import Request

DISTRICT: Final = "12"
ASKED: Final = 300_000_000
LESS: Final = 150_000_000  # below the minimum of 70 %


async def objections(stage: Stage, generator: Generator) -> None:
    """Play the chapter. Raises WentWrong if a status is not as the rules say."""
    stage.narrator.chapter("When the answer is not what was asked for")
    planned = generator.organization(stage.example.districts[DISTRICT])
    await _less(stage, generator, planned)
    await _rejected(stage, generator, planned)


async def _less(stage: Stage, generator: Generator, planned: PlannedOrganization) -> None:
    tell, sama = stage.narrator, stage.sama
    request = await _decided(stage, generator, planned, cases.ballot(stage.criteria, "approve", amount=LESS))
    await requests.until_status(sama, request, ("reserved",), stage.waits.decision)
    problem = await refused(requests.accept(sama, request), "revised_plan_needed")
    tell.step(
        f"Of {tell.money(ASKED)} the working group approves {tell.money(LESS)}, less than the minimum with which it can be done. "
        "Accepting needs a revised plan first:"
    )
    tell.seen(f"{problem.status} {problem.code}: {problem.title}")
    plan = {
        "budget_lines": [{"title": "مربی", "amount": LESS}],
        "people_reached": 30,
        "indicator": "شمار شرکت‌کنندگان تا پایان دوره",
        "explanation": "دوره در سرای محله و با یک گروه برگزار می‌شود.",
    }
    by = request.organization.applicant
    await sama.requests.post(f"/requests/{request.id}/revised-plan", plan, by=by)
    await requests.accept(sama, request)
    await requests.until_status(sama, request, ("in_progress",), stage.waits.commitment)
    tell.step("It hands in a plan for that amount, accepts, and the money is committed.")
    other = await _decided(stage, generator, planned, cases.ballot(stage.criteria, "approve", amount=LESS))
    await requests.until_status(sama, other, ("reserved",), stage.waits.decision)
    await sama.requests.post(f"/requests/{other.id}/decline", {"reason": "با این مبلغ برنامه برگزار نمی‌شود."}, by=by)
    tell.step("Another award of the same kind is declined; its money is released.")


async def _rejected(stage: Stage, generator: Generator, planned: PlannedOrganization) -> None:
    tell, sama = stage.narrator, stage.sama
    request = await _decided(stage, generator, planned, cases.ballot(stage.criteria, "reject"))
    await requests.until_status(sama, request, ("rejected",), stage.waits.decision)
    by = request.organization.applicant
    appeal = {"ground": "factual_error", "text": "اجارهٔ سالن در جمع هزینه‌ها دو بار حساب شده است."}
    await sama.requests.post(f"/requests/{request.id}/appeal", appeal, by=by)
    answer = {"reason": "خطای جمع در صورت‌جلسه دیده می‌شود."}
    await sama.requests.post(f"/requests/{request.id}/appeal/admit", answer, by=people.CITY_OFFICE)
    seen = await requests.read(sama, request)
    if seen["appeal"]["status"] != "admitted":
        raise WentWrong(f"The appeal is {seen['appeal']['status']}.")
    tell.step(
        f"A request is rejected. The organisation appeals because of a factual error; the city office admits it: «{answer['reason']}»"
    )
    await sama.requests.post(f"/requests/{request.id}/appeal/withdraw", by=by)
    problem = await refused(sama.requests.post(f"/requests/{request.id}/appeal", appeal, by=by), "appealed_already")
    seen = await requests.read(sama, request)
    if (seen["status"], seen["appeal"]["ended_because"]) != ("rejected", "withdrawn"):
        raise WentWrong(f"After the appeal was withdrawn the request is {seen['status']}.")
    tell.step(
        "It decides to ask anew with better numbers, and withdraws the appeal: the decision stands, and is appealed once only:"
    )
    tell.seen(f"{problem.status} {problem.code}: {problem.title}")


async def _decided(
    stage: Stage, generator: Generator, planned: PlannedOrganization, form: Mapping[str, Any]
) -> Request:
    """Take a request of the district through its case with six equal ballots."""
    wish = generator.request(planned, amount=ASKED, fate="approve")
    request, case = await stage.submitted(wish)
    await cases.vote(stage.sama, case, DISTRICT, dict.fromkeys(people.SEATS, form))
    await cases.draft_reason(stage.sama, case, DISTRICT, "کارگروه طرح را بررسی کرد.")
    await cases.sign(stage.sama, case, DISTRICT)
    return request
