"""Money that moves between books: a withdrawal, a transfer through the city, and a call whose approvals are ranked."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ops.demo.calls import instant
from ops.demo.generate import Generator
from ops.demo.stage import Stage, WentWrong, refused
from ops.play import books, cases, people, requests
from ops.play.requests import Request
from shared.contracts.ids import city_book

GIVES, GETS = "11", "2"
WITHDRAWN, TRANSFERRED = 300_000_000, 200_000_000
WHY_WITHDRAWN: Final = "برای این بخش از اعتبار برنامه‌ای در نوبت نیست."
WHY_TRANSFERRED: Final = "نوبت منطقهٔ ۲ طولانی‌تر است."

DISTRICT: Final = "8"  # of the ranked call
EACH: Final = 80_000_000
PERCENT: Final = (55, 90)  # of the scores; the request that came second is the better one


async def moving_money(stage: Stage) -> None:
    """Play the chapter. Raises WentWrong if money is lost between the books."""
    tell, sama = stage.narrator, stage.sama
    tell.chapter("Money between districts")
    terms = {"fiscal_year": stage.example.year, "currency": stage.example.currency}
    before = [await _allotted(stage, district) for district in (GIVES, GETS)]
    order = {**terms, "district": GIVES, "amount": before[0] * 2, "reason": WHY_WITHDRAWN}
    problem = await refused(sama.budget.post("/withdrawals", order, by=people.CITY_OFFICE), "insufficient_available")
    tell.step(
        f"The city office takes back {tell.money(WITHDRAWN)} of {stage.example.districts[GIVES].name}. "
        "More than is available it can't:"
    )
    tell.seen(f"{problem.status} {problem.code}: {problem.title}")
    await sama.budget.post("/withdrawals", {**order, "amount": WITHDRAWN}, by=people.CITY_OFFICE)
    await _until_unallotted(stage, WITHDRAWN)
    again = {**terms, "district": GETS, "amount": WITHDRAWN}
    await sama.budget.post("/allotments", again, by=people.CITY_OFFICE)
    moved = {**order, "amount": TRANSFERRED, "to_district": GETS, "reason": WHY_TRANSFERRED}
    await sama.budget.post("/transfers", moved, by=people.CITY_OFFICE)
    wanted = [before[0] - WITHDRAWN - TRANSFERRED, before[1] + WITHDRAWN + TRANSFERRED]

    async def look() -> bool | None:
        return True if [await _allotted(stage, district) for district in (GIVES, GETS)] == wanted else None

    await stage.waits.other.until(look, f"allotted being {wanted}")
    await _until_unallotted(stage, 0)
    tell.step(
        f"It allots them to {stage.example.districts[GETS].name}, and moves {tell.money(TRANSFERRED)} more in one step "
        f"(«{WHY_TRANSFERRED}»): out of one book, through the city's, into the other."
    )
    tell.seen(f"allotted are now {wanted[0]:,} and {wanted[1]:,}; in the city's book nothing is left over.")


async def _allotted(stage: Stage, district: str) -> int:
    return int((await books.read(stage.sama, stage.book(district)))["balance"]["allotted"])


async def _until_unallotted(stage: Stage, amount: int) -> None:
    async def look() -> bool | None:
        balance = (await books.read(stage.sama, city_book(stage.example.year)))["balance"]
        return True if balance["unallotted"] == amount else None

    await stage.waits.other.until(look, f"the city's book having {amount} unallotted")


async def ranked_call(stage: Stage, generator: Generator) -> None:
    """Play the chapter. Raises WentWrong if the better request does not come first."""
    tell = stage.narrator
    tell.chapter("A call that is ranked")
    call = await _open(stage)
    tell.step(
        f"The city office opens a dated call in {stage.example.districts[DISTRICT].name} whose waiting rule is «ranked»: whoever is "
        "approved waits until all are decided."
    )
    awards = [await _approved(stage, generator, call, percent) for percent in PERCENT]
    for award in awards:
        await requests.until_status(stage.sama, award, ("waiting",), stage.waits.decision)
    waiting = {w["request"]: w for w in await books.waiting_list(stage.sama, stage.book(DISTRICT))}
    if not all(waiting[award.id]["unranked"] for award in awards):
        raise WentWrong("An approval of a ranked call has a place before the call was ranked.")
    tell.step(
        f"Two requests are approved with scores of {PERCENT[0]} and {PERCENT[1]} percent. There is money, and both wait."
    )
    await stage.sama.requests.post(f"/programmes/{call}/close", by=people.CITY_OFFICE)
    order = await stage.waits.other.until(lambda: _order(stage, call), f"the ranking of call {call}")
    if order != [award.id for award in reversed(awards)]:
        raise WentWrong(f"The call was ranked {order}; the request with the higher scores has to come first.")
    for award in awards:
        if await stage.settle(award) == "waiting":
            await requests.until_status(stage.sama, award, ("reserved",), stage.waits.decision)
            await stage.settle(award)
    tell.step(
        "The call closes; no case is awaited any more, so it ranks itself by score × weight of the topic: the second comes first, and "
        "both are served."
    )


async def _order(stage: Stage, call: str) -> list[str] | None:
    """Return the order that the book's own entry tells; None: the call is not ranked yet."""
    entries = [json.loads(line) for line in (await books.download(stage.sama, stage.book(DISTRICT))).splitlines()]
    ranked: list[list[str]] = [
        e["facts"]["order"] for e in entries if e["kind"] == "programme_ranked" and e["subject"] == call
    ]
    return ranked[0] if ranked else None


async def _open(stage: Stage) -> str:
    plan, now = stage.example.plan, datetime.now(UTC)
    body: dict[str, Any] = {
        "names": {"fa": "فراخوان برنامه‌های نوروزی", "en": "Call for programmes of Nowruz"},
        "kind": "dated",
        "fiscal_year": plan.fiscal_year,
        "currency": plan.currency,
        "districts": [DISTRICT],
        "ceiling": 1_000_000_000,
        "waiting_rule": "ranked",
        "rule_set": {"id": plan.rule_sets[0]["id"], "version": 1},
        "criteria": list(plan.criteria),
        "opens": instant(now - timedelta(minutes=1)),
        "closes": instant(now + timedelta(days=30)),
    }
    made = await stage.sama.requests.post("/programmes", body, by=people.CITY_OFFICE)
    await stage.sama.requests.post(f"/programmes/{made['id']}/open", by=people.CITY_OFFICE)
    return str(made["id"])


async def _approved(stage: Stage, generator: Generator, call: str, percent: int) -> Request:
    planned = generator.organization(stage.example.districts[DISTRICT])
    wish = generator.request(planned, amount=EACH, fate="approve", topic=stage.example.topics[0])
    organization = await stage.organization(planned)
    request = await requests.draft(stage.sama, organization, {**wish.content, "programme": call})
    await requests.submit_when_known(stage.sama, request, stage.waits)
    case = await requests.case_of(stage.sama, request, stage.waits)
    form = cases.ballot(stage.criteria, "approve", amount=EACH, percent=percent)
    await cases.vote(stage.sama, case, DISTRICT, dict.fromkeys(people.SEATS, form))
    await cases.draft_reason(stage.sama, case, DISTRICT, "طرح با فراخوان هم‌خوان است.")
    await cases.sign(stage.sama, case, DISTRICT)
    return request
