"""Two years of one district beside the story's: a book is closed, what was promised goes on in the next, what is left returns (BUD-9)."""

from collections.abc import Mapping
from typing import Any, Final

from ops.client import ApiProblem
from ops.demo.generate import Generator
from ops.demo.stage import Stage, WentWrong, refused
from ops.play import books, cases, people, requests
from ops.play.requests import Request
from ops.play.waiting import Patience
from shared.contracts.ids import city_book, district_book

DISTRICT: Final = "6"
YEAR, NEXT = "1403", "1404"
GIVEN: Final = 1_000_000_000
COMMITTED, RESERVED = 200_000_000, 150_000_000
LEFT: Final = GIVEN - COMMITTED - RESERVED


async def closed_year(stage: Stage, generator: Generator) -> None:
    """Play the chapter. Raises WentWrong if money is lost between the years."""
    tell, sama = stage.narrator, stage.sama
    tell.chapter("A year is closed")
    programme = await _years(stage)
    accepted = await _award(stage, generator, programme, COMMITTED, accept=True)
    promised = await _award(stage, generator, programme, RESERVED, accept=False)
    tell.step(
        f"In the book of {YEAR} of {stage.example.districts[DISTRICT].name} one award is committed, one reserved "
        f"and {tell.money(LEFT)} are left."
    )
    end = {"next_fiscal_year": NEXT}
    city = sama.budget.post(f"/books/{city_book(YEAR)}/close", end, by=people.CITY_OFFICE)
    problem = await refused(city, "year_not_done")
    tell.step("The city office closes the year. Its own book comes last:")
    tell.seen(f"{problem.status} {problem.code}: {problem.title}")
    await sama.budget.post(f"/books/{district_book(DISTRICT, YEAR)}/close", end, by=people.CITY_OFFICE)
    await _until(stage, district_book(DISTRICT, NEXT), {"committed": COMMITTED, "reserved": RESERVED, "available": 0})
    await _until(stage, city_book(YEAR), {"unallotted": LEFT})
    await sama.budget.post(f"/books/{city_book(YEAR)}/close", end, by=people.CITY_OFFICE)
    tell.step(
        f"The district's book is closed, then the city's. {tell.money(LEFT)} returned to the city; "
        f"commitment and reservation go on in {NEXT}."
    )
    if await stage.settle(promised) != "in_progress":
        raise WentWrong("What was reserved in the closed year could not be accepted in the next.")
    await _until(stage, district_book(DISTRICT, NEXT), {"committed": COMMITTED + RESERVED, "reserved": 0})
    seen = await requests.read(sama, accepted)
    tell.step(
        f"The reserved award is accepted there. The other is still {seen['status'].replace('_', ' ')}, as if nothing had happened."
    )
    await _verified(stage)


async def _years(stage: Stage) -> str:
    plan, budget = stage.example.plan, stage.sama.budget
    for year in (YEAR, NEXT):
        book = {"fiscal_year": year, "currency": plan.currency}
        await budget.post("/books", book, by=people.CITY_OFFICE)
        await budget.post("/books", {**book, "district": DISTRICT, "waiting_rule": "strict"}, by=people.CITY_OFFICE)
    money = {"fiscal_year": YEAR, "currency": plan.currency, "amount": GIVEN}
    await budget.post("/appropriations", {**plan.appropriation, **money}, by=people.CITY_OFFICE)
    await budget.post("/allotments", {**money, "district": DISTRICT}, by=people.CITY_OFFICE)
    body = {
        "names": {"fa": f"برنامهٔ باقی‌ماندهٔ {YEAR}", "en": f"Programme left over from {YEAR}"},
        "kind": "rolling",
        "fiscal_year": YEAR,
        "currency": plan.currency,
        "districts": [DISTRICT],
        "ceiling": GIVEN,
        "rule_set": {"id": plan.rule_sets[0]["id"], "version": 1},
        "criteria": list(plan.criteria),
    }
    made = await stage.sama.requests.post("/programmes", body, by=people.CITY_OFFICE)

    async def look() -> bool | None:
        try:
            await stage.sama.requests.post(f"/programmes/{made['id']}/open", by=people.CITY_OFFICE)
        except ApiProblem as problem:
            if problem.code != "programme_not_ready":
                raise
            return None
        return True

    await Patience(60).until(look, f"the book of {YEAR} reaching the requests service")
    return str(made["id"])


async def _award(stage: Stage, generator: Generator, programme: str, amount: int, *, accept: bool) -> Request:
    planned = generator.organization(stage.example.districts[DISTRICT])
    wish = generator.request(planned, amount=amount, fate="approve", topic=stage.example.topics[0])
    request = await requests.draft(
        stage.sama, await stage.organization(planned), {**wish.content, "programme": programme}
    )
    await requests.submit_when_known(stage.sama, request, stage.waits)
    case = await requests.case_of(stage.sama, request, stage.waits)
    form = cases.ballot(stage.criteria, "approve", amount=amount)
    await cases.vote(stage.sama, case, DISTRICT, dict.fromkeys(people.SEATS, form))
    await cases.draft_reason(stage.sama, case, DISTRICT, "طرح با اولویت‌های منطقه هم‌خوان است.")
    await cases.sign(stage.sama, case, DISTRICT)
    await stage.settle(request, accept=accept)
    return request


async def _until(stage: Stage, book: str, wanted: Mapping[str, int]) -> None:
    async def look() -> Any:
        balance = (await books.read(stage.sama, book))["balance"]
        return balance if all(balance[part] == amount for part, amount in wanted.items()) else None

    await stage.waits.other.until(look, f"book {book} having {dict(wanted)}")


async def _verified(stage: Stage) -> None:
    found = [await books.download_and_verify(stage.sama, year) for year in (YEAR, NEXT)]
    if violations := [violation for downloaded in found for violation in downloaded.violations]:
        raise WentWrong(f"The books of {YEAR} and {NEXT} do not verify: {violations}")
    entries = sum(report.entries for downloaded in found for report in downloaded.reports.values())
    stage.narrator.seen(f"the four books of {YEAR} and {NEXT} verify, {entries} entries from hash to waiting rule.")
