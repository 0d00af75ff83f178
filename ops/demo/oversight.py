"""An organisation's years: flags, a suspension that is answered, a refusal that is appealed, a duplicate that is merged."""

from typing import Final

from ops.client import Person
from ops.demo.generate import Generator
from ops.demo.stage import Stage, WentWrong, refused
from ops.play import organizations, people
from ops.play.organizations import Organization
from ops.play.waiting import Patience
from shared.web.caller import Grant

DISTRICT: Final = "4"
FRONT_DESK: Final = Person(f"front-desk-{DISTRICT}", (Grant("registrar", DISTRICT),))
NO_REPORT: Final = "گزارش مالی شش ماه نخست نرسیده است."
SHEET: Final = (
    "نام تشکل,نوع تشکل,منطقه\r\n"
    "گروه همیاران محله,informal_group,۴\r\n"
    "گروه همسایگان,informal_group,۴\r\n"
    "گروه دوستداران کتاب,باشگاه,۴\r\n"
)
FOUND: Final = "رسید گزارش در دبیرخانه پیدا شد."


async def years_of_an_organization(stage: Stage, generator: Generator) -> None:
    """Play the chapter. Raises WentWrong if an answer is not as the rules say."""
    stage.narrator.chapter("An organisation over the years")
    planned = generator.organization(stage.example.districts[DISTRICT], "charity")
    organization = await stage.organization(planned)
    await _flag(stage, organization)
    await _suspension(stage, organization)
    await _refusal(stage, generator)
    await _duplicate(stage, generator)
    await _assisted(stage, generator)
    await _spreadsheet(stage)


async def _flag(stage: Stage, organization: Organization) -> None:
    tell, sama, path = stage.narrator, stage.sama, f"/organizations/{organization.id}/flags"
    await sama.registry.post(path, {"level": "observation", "reason": NO_REPORT}, by=organization.registrar)
    await sama.registry.post(f"{path}/1/raise", {"level": "risk", "reason": NO_REPORT}, by=organization.registrar)
    red = {"level": "red", "reason": NO_REPORT}
    problem = await refused(sama.registry.post(f"{path}/1/raise", red, by=organization.registrar), "forbidden")
    tell.step(
        f"The registrar flags «{organization.name}» («{NO_REPORT}») and raises the flag to a risk. Red, which suspends at once, is not "
        "the registrar's to set:"
    )
    tell.seen(f"{problem.status} {problem.code}: {problem.title}")
    await sama.registry.post(f"{path}/1/resolve", {"reason": FOUND}, by=organization.registrar)
    tell.step(f"The flag is resolved («{FOUND}») and stays in the history.")


async def _suspension(stage: Stage, organization: Organization) -> None:
    tell, sama, path = stage.narrator, stage.sama, f"/organizations/{organization.id}"
    await organizations.decide(sama, organization, "suspend", NO_REPORT)
    answer = {"text": "گزارش روز سوم مهر تحویل دبیرخانه شده است؛ رسید پیوست است."}
    await sama.registry.post(f"{path}/suspension/answer", answer, by=organization.applicant)
    await organizations.decide(sama, organization, "reinstate", FOUND)
    seen = (await sama.registry.get(path, by=organization.applicant)).body
    if seen["status"] != "approved":
        raise WentWrong(f"The reinstated organisation is {seen['status']}.")
    tell.step("A month later it is suspended for the same reason, answers within its term, and is reinstated.")


async def _refusal(stage: Stage, generator: Generator) -> None:
    tell, sama = stage.narrator, stage.sama
    planned = generator.organization(stage.example.districts[DISTRICT], "association")
    organization = await organizations.register(sama, planned.profile, planned.owner)
    await organizations.submit(sama, organization)
    await organizations.decide(sama, organization, "reject", "مجوز فعالیت احراز نشد.")
    path = f"/organizations/{organization.id}/appeals"
    await sama.registry.post(path, {"grounds": "مجوز در سامانهٔ فرمانداری ثبت شده است."}, by=organization.applicant)
    upheld = {"outcome": "upheld", "reason": "مجوز در سامانهٔ فرمانداری دیده شد."}
    await sama.registry.post(f"{path}/1/answer", upheld, by=people.CITY_OFFICE)
    await organizations.verify(sama, organization, planned.profile)
    await organizations.approve(sama, organization)
    tell.step(f"«{organization.name}» is refused, appeals, is heard by the city office, verified anew and approved.")


async def _duplicate(stage: Stage, generator: Generator) -> None:
    tell, sama = stage.narrator, stage.sama
    planned = generator.organization(stage.example.districts[DISTRICT], "mosque_group")
    survivor = await stage.organization(planned)
    again = {**planned.profile, "contact": {"email": "new-address@example.org"}}
    second = await organizations.register(sama, again, f"{planned.owner}-again")
    await organizations.submit(sama, second)
    merger = {"survivor": survivor.id, "parts": ["contact"], "reason": "همان گروه است؛ نشانی تازه ماند."}
    await sama.registry.post(f"/organizations/{second.id}/merge", merger, by=second.registrar)
    seen = (await sama.registry.get(f"/organizations/{second.id}", by=second.registrar)).body
    if seen["merged_into"] != survivor.id:
        raise WentWrong("The duplicate does not point to the organisation that it was merged into.")
    tell.step(
        f"«{survivor.name}» registers a second time. The registrar merges the likely duplicate field by field; both records stay."
    )


async def _assisted(stage: Stage, generator: Generator) -> None:
    tell, sama = stage.narrator, stage.sama
    planned = generator.organization(stage.example.districts[DISTRICT], "informal_group")
    by = FRONT_DESK
    entered = await sama.registry.post("/assisted-organizations", dict(planned.profile), by=by)
    applicant = people.newcomer(planned.owner)
    organization = Organization(entered["id"], planned.name, "informal_group", DISTRICT, applicant)
    path = f"/organizations/{organization.id}"
    problem = await refused(sama.registry.post(f"{path}/submit", by=by), "entry_unconfirmed")
    tell.step(
        f"The people of «{planned.name}» come to the office, where one registrar enters their registration. Submitting it is "
        "not the office's:"
    )
    tell.seen(f"{problem.status} {problem.code}: {problem.title}")
    told = await sama.registry.post(f"{path}/confirmation-code", by=by)
    await sama.registry.post(f"{path}/confirm", {"code": told["code"]}, by=applicant)
    await organizations.submit(sama, organization)
    own = sama.registry.post(f"{path}/approve", by=by)
    await refused(own, "own_organization")
    await organizations.verify(sama, organization, planned.profile)
    await organizations.approve(sama, organization)
    history = (await sama.registry.get(f"{path}/history", by=applicant))["items"]
    named = {entry["what"]: entry["by"] for entry in history}
    if (named["registered"], named["entry_confirmed"]) != (by.subject, applicant.subject):
        raise WentWrong(f"History has to name who entered and who confirmed: {named}")
    tell.step(
        "They confirm it by the code that the office handed over and submit it; another registrar approves. History names all."
    )


async def _spreadsheet(stage: Stage) -> None:
    tell, sama = stage.narrator, stage.sama
    path, by = "/organization-imports", people.registrar(DISTRICT)
    examined = await sama.registry.send_file(path, SHEET.encode(), by=by, params={"name": "groups.csv"})
    shown = (await sama.registry.get(f"{path}/{examined['id']}", by=by)).body
    (bad,) = [row for row in shown["rows"] if row["errors"]]
    tell.step("The registrar hands in a spreadsheet of groups. A dry run names every bad row and column:")
    tell.seen(f"row {bad['row']}, «{bad['errors'][0]['column']}»: {bad['errors'][0]['message']}")
    await sama.registry.post(f"{path}/{examined['id']}/apply", {"rows": "good", "submit": False}, by=by)

    async def look() -> int | None:
        done = (await sama.registry.get(f"{path}/{examined['id']}", by=by)).body
        return int(done["registered"]) if done["done_at"] is not None else None

    registered = await Patience(60).until(look, "the rows being registered")
    tell.step(f"The good rows are registered as drafts: {registered} of {shown['total']}.")
