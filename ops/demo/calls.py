"""A dated call for a service: a question and its answer, eligibility tried before any sign-in, a substitute, and an award without money."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ops.client import Person
from ops.demo.generate import Generator, PlannedOrganization
from ops.demo.stage import Stage, WentWrong, refused
from ops.play import cases, people, requests
from ops.play.requests import Request
from shared.web.caller import Grant

DISTRICT: Final = "5"
ABSENT: Final = 4  # the seat whose substitute steps in
SUBSTITUTED: Final = (DISTRICT, ABSENT)
"""The seat whose substitute steps in from now on, also when its holder declares a conflict."""
SUBSTITUTE: Final = Person(f"substitute-{DISTRICT}-{ABSENT}", (Grant("member", DISTRICT),))
QUESTION: Final = "آیا سالن در روزهای تعطیل هم در اختیار گذاشته می‌شود؟"
ANSWER: Final = "بله؛ روزهای تعطیل با هماهنگی مدیر فرهنگ‌سرا."
CONTENT_OF_MONEY: Final = ("budget_lines", "amount_asked", "minimum")


async def dated_call(stage: Stage, generator: Generator) -> None:
    """Play the chapter. Raises WentWrong if an answer or a status is not as the rules say."""
    stage.narrator.chapter("A call for halls and equipment")
    planned = generator.organization(stage.example.districts[DISTRICT])
    organization = await stage.organization(planned)
    call = await _open(stage)
    await _question(stage, call, organization.applicant)
    await _eligibility(stage, call)
    request = await _submitted(stage, generator, planned, call)
    await _decided(stage, request)
    await _reported(stage, request)


async def _open(stage: Stage) -> str:
    plan, now = stage.example.plan, datetime.now(UTC)
    body = {
        "names": {"fa": "فراخوان سالن و تجهیزات", "en": "Call for halls and equipment"},
        "kind": "dated",
        "fiscal_year": plan.fiscal_year,
        "currency": plan.currency,
        "districts": [DISTRICT],
        "support": ["service"],
        "ceiling": 1_000_000_000,
        "one_open_request": True,
        "rule_set": {"id": plan.rule_sets[0]["id"], "version": 1},
        "criteria": list(plan.criteria),
        "opens": instant(now - timedelta(minutes=1)),
        "closes": instant(now + timedelta(days=30)),
        "grace": {"days": 2},
    }
    made = await stage.sama.requests.post("/programmes", body, by=people.CITY_OFFICE)
    await stage.sama.requests.post(f"/programmes/{made['id']}/open", by=people.CITY_OFFICE)
    stage.narrator.step(
        "The city office opens a dated call for services – halls, permits, equipment – with one open request per organisation and two "
        "days of grace. It needs no book."
    )
    return str(made["id"])


async def _question(stage: Stage, call: str, asker: Person) -> None:
    path = f"/programmes/{call}/questions"
    asked = await stage.sama.requests.post(path, {"text": QUESTION}, by=asker)
    await stage.sama.requests.post(f"{path}/{asked['id']}/answer", {"answer": ANSWER}, by=people.CITY_OFFICE)
    (shown,) = [question async for question in stage.sama.requests.items(path)]
    stage.narrator.step(f"Somebody asks «{QUESTION}»; the answer goes to all: «{shown['answer']}»")


async def _eligibility(stage: Stage, call: str) -> None:
    told = {"support": "money", "district": DISTRICT, "organization_approved": True}
    path = f"/programmes/{call}/eligibility"
    answer = (await stage.sama.requests.post(path, told, by=Person("visitor"))).body
    unmet = [condition["reason"]["en"] for condition in answer["conditions"] if condition["answer"] == "no"]
    if answer["answer"] != "no" or not unmet:
        raise WentWrong(f"Money was asked of a call for services and the answer is {answer['answer']}.")
    stage.narrator.step("Anyone tries beforehand whether a request could be submitted; one for money could not:")
    stage.narrator.seen(unmet[0])


async def _submitted(stage: Stage, generator: Generator, planned: PlannedOrganization, call: str) -> Request:
    organization = await stage.organization(planned)
    wish = generator.request(planned, fate="approve").content
    content: Mapping[str, Any] = {
        **{name: value for name, value in wish.items() if name not in CONTENT_OF_MONEY},
        "programme": call,
        "support": "service",
        "services": ["venue"],
    }
    request = await requests.draft(stage.sama, organization, content)
    await requests.submit_when_known(stage.sama, request, stage.waits)
    second = await requests.draft(stage.sama, organization, content)
    problem = await refused(requests.submit(stage.sama, second), "another_open_request")
    stage.narrator.step(f"«{organization.name}» asks for a hall. A second request under the same call is refused:")
    stage.narrator.seen(f"{problem.status} {problem.code}: {problem.title}")
    return request


async def _decided(stage: Stage, request: Request) -> None:
    sama, case = stage.sama, await requests.case_of(stage.sama, request, stage.waits)
    shown = (await sama.review.get(f"/cases/{case}", by=people.secretary(DISTRICT))).body
    named = {"holder": SUBSTITUTE.subject, "until": stage.example.plan.seat_term["until"]}
    group = f"/working-groups/{shown['working_group']}/seats/{ABSENT}/substitute"
    await sama.review.post(group, named, by=people.CITY_OFFICE)
    absence = {"reason": "مأموریت اداری"}
    await sama.review.post(f"/cases/{case}/seats/{ABSENT}/absence", absence, by=people.CITY_OFFICE)
    form = cases.ballot(stage.criteria, "approve")
    present = [seat for seat in people.SEATS if seat != ABSENT]
    await cases.vote(sama, case, DISTRICT, dict.fromkeys(present, form))
    await sama.review.post(f"/cases/{case}/seats/{ABSENT}/declaration", {"conflict": "none", "note": ""}, by=SUBSTITUTE)
    path = f"/cases/{case}/seats/{ABSENT}/ballot"
    await sama.review.put(path, form, by=SUBSTITUTE, headers=cases.FIRST)
    await cases.draft_reason(sama, case, DISTRICT, "سالن در زمان درخواستی آزاد است و طرح با اولویت محله هم‌خوان است.")
    await cases.sign(sama, case, DISTRICT)
    await requests.until_status(sama, request, ("approved",), stage.waits.decision)
    await requests.accept(sama, request)
    await requests.until_status(sama, request, ("in_progress",), stage.waits.commitment)
    stage.narrator.step(
        f"Seat {ABSENT} is away: the substitute whom the city office named declares and votes instead. The hall is granted and accepted; "
        "no amount, no reservation."
    )


async def _reported(stage: Stage, request: Request) -> None:
    sama, secretary = stage.sama, people.secretary(DISTRICT)
    told = {
        "spent": [],
        "people_reached": 80,
        "indicator_reached": "۳۸ نفر تا پایان دوره آمدند.",
        "text": "برنامه در سالن فرهنگ‌سرا برگزار شد.",
        "final": True,
        "about_nobody": True,
    }
    path = f"/requests/{request.id}"
    await sama.requests.post(f"{path}/reports", told, by=request.organization.applicant)
    await sama.requests.post(f"{path}/reports/accept", {"instalment": 1}, by=secretary)
    await sama.requests.post(f"{path}/close", by=secretary)
    seen = await requests.until_status(sama, request, ("closed",), stage.waits.other)
    stage.narrator.step(f"It reports what was done, and the request is {seen['status']}.")


def instant(at: datetime) -> str:
    """Return a time as the APIs take it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
