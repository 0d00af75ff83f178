"""Ballots at a meeting: opened for the members who are there, revised once, and one on paper that its member confirms by a code."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ops.demo.calls import instant
from ops.demo.generate import Generator
from ops.demo.stage import Stage, WentWrong, refused
from ops.play import cases, people

DISTRICT: Final = "9"
AMOUNT: Final = 120_000_000
REVISES, PAPER = 2, 6  # seats
PRESENT: Final = (1, 2, 3, 4, 5)
CHANGED: Final = "با توضیح کارشناسان، هزینه‌ها متناسب است."
ON_PAPER: Final = "به سامانه دسترسی نداشتم؛ طرح را تأیید می‌کنم."


async def ballots_at_a_meeting(stage: Stage, generator: Generator) -> None:
    """Play the chapter. Raises WentWrong if a ballot is seen, revised or counted otherwise than the rules say."""
    stage.narrator.chapter("Ballots at a meeting")
    planned = generator.organization(stage.example.districts[DISTRICT])
    _, case = await stage.submitted(generator.request(planned, amount=AMOUNT, fate="approve"))
    await _first_ballots(stage, case)
    meeting = await _opened(stage, case)
    await _revised(stage, case)
    await _paper(stage, case)
    await stage.sama.review.post(f"{meeting}/cases/{case}/end-discussion", by=people.secretary(DISTRICT))
    await _closed(stage, case)


async def _first_ballots(stage: Stage, case: str) -> None:
    approve = cases.ballot(stage.criteria, "approve", amount=AMOUNT)
    forms = {seat: cases.ballot(stage.criteria, "reject") if seat in (REVISES, 3, 4) else approve for seat in PRESENT}
    await cases.vote(stage.sama, case, DISTRICT, forms)
    stage.narrator.step(
        f"Five members vote on a request, two for and three against. Seat {PAPER} has no access to the system and votes on paper."
    )


async def _opened(stage: Stage, case: str) -> str:
    sama, secretary = stage.sama, people.secretary(DISTRICT)
    begun = instant(datetime.now(UTC) - timedelta(minutes=5))
    body = {"district": DISTRICT, "starts_at": begun, "place": "سالن جلسات منطقه", "agenda": [{"case": case}]}
    path = f"/meetings/{(await sama.review.post('/meetings', body, by=secretary))['id']}"
    await sama.review.post(f"{path}/attendance", {"seats": list(PRESENT)}, by=secretary)
    sealed = sama.review.get(f"/cases/{case}/ballots", by=people.seat_holder(DISTRICT, REVISES))
    problem = await refused(sealed, "ballots_not_opened")
    await sama.review.post(f"{path}/cases/{case}/open-ballots", by=secretary)
    stage.narrator.step("The working group meets. Until the secretary opens the ballots nobody sees another's:")
    stage.narrator.seen(f"{problem.status} {problem.code}: {problem.title}")
    return path


async def _revised(stage: Stage, case: str) -> None:
    sama, member, path = stage.sama, people.seat_holder(DISTRICT, REVISES), f"/cases/{case}/seats/{REVISES}/ballot"
    shown = (await sama.review.get(f"/cases/{case}/ballots", by=member))["items"]
    if [ballot["seat"] for ballot in shown] != list(PRESENT):
        raise WentWrong(f"Who is present has to see the five ballots, and sees those of {[b['seat'] for b in shown]}.")
    form = cases.ballot(stage.criteria, "approve", amount=AMOUNT, comment=CHANGED)
    await _replace(stage, path, form)
    again = _replace(stage, path, cases.ballot(stage.criteria, "reject"))
    problem = await refused(again, "revised_already")
    stage.narrator.step(
        f"Those present see all five. Seat {REVISES} changes its mind («{CHANGED}»); both ballots are kept. "
        "A second time it can't:"
    )
    stage.narrator.seen(f"{problem.status} {problem.code}: {problem.title}")


async def _replace(stage: Stage, path: str, form: dict[str, Any]) -> None:
    member = people.seat_holder(DISTRICT, REVISES)
    own = await stage.sama.review.get(path, by=member)
    await stage.sama.review.put(path, form, by=member, headers={"If-Match": own.etag or ""})


async def _paper(stage: Stage, case: str) -> None:
    sama, path = stage.sama, f"/cases/{case}/seats/{PAPER}/paper-ballot"
    await cases.declare(sama, case, DISTRICT, PAPER)
    form = cases.ballot(stage.criteria, "approve", amount=AMOUNT, comment=ON_PAPER)
    told = await sama.review.post(path, form, by=people.secretary(DISTRICT))
    wrong = "0" * 8 if told["code"] != "0" * 8 else "1" * 8
    member = people.seat_holder(DISTRICT, PAPER)
    problem = await refused(sama.review.post(f"{path}/confirm", {"code": wrong}, by=member), "certification_code_wrong")
    await sama.review.post(f"{path}/confirm", {"code": told["code"]}, by=member)
    stage.narrator.step(
        f"The secretary enters the paper ballot of seat {PAPER}. It counts once that member types the code handed over; "
        "with a wrong one:"
    )
    stage.narrator.seen(f"{problem.status} {problem.code}: {problem.title}")


async def _closed(stage: Stage, case: str) -> None:
    shown = (await stage.sama.review.get(f"/cases/{case}", by=people.secretary(DISTRICT))).body
    tally = shown["result"]["tally"]
    if (shown["status"], tally["approve"], shown["result"]["outcome"]) != ("closed", 4, "approved"):
        raise WentWrong(f"After the discussion the case is {shown['status']} with {tally}.")
    await cases.draft_reason(stage.sama, case, DISTRICT, "پس از گفت‌وگو در جلسه، طرح تأیید شد.")
    await cases.sign(stage.sama, case, DISTRICT)
    stage.narrator.step(
        f"The discussion ends and the case closes: {tally['approve']} for, {tally['reject']} against. The chair signs."
    )
