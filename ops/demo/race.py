"""The second chapter: twenty requests race for the last money of a district while the budget service is killed and comes back."""

import asyncio
from typing import Final

from ops.demo.generate import Generator, PlannedRequest
from ops.demo.stage import Stage, WentWrong
from ops.play import books, cases, people
from ops.play.requests import Request
from ops.verify.books import verify_book

DISTRICT: Final = "10"
LARGE: Final = 3_000_000_000
RACERS: Final = 20
EACH: Final = 100_000_000
ORGANIZATIONS: Final = 5
HEAD_START: Final = 0.15  # seconds that the decisions have before the kill: some are on their way, some still to come
AWAY: Final = 1.0  # seconds for which the service stays dead


async def race(stage: Stage, generator: Generator) -> None:
    """Play the chapter. Raises WentWrong if money is overspent, lost, or a request is left behind."""
    tell, district = stage.narrator, stage.example.districts[DISTRICT]
    tell.chapter("Twenty requests and the last money of a district")
    await _large(stage, generator)
    left = (await books.read(stage.sama, stage.book(DISTRICT)))["balance"]["available"]
    fit = left // EACH
    tell.step(
        f"A large project leaves {tell.money(left)} in the book of {district.name}: enough for {fit} requests of {tell.money(EACH)}."
    )
    here = [generator.organization(district) for _ in range(ORGANIZATIONS)]
    planned = [generator.request(here[n % len(here)], amount=EACH, fate="approve") for n in range(RACERS)]
    tell.step(
        f"{ORGANIZATIONS} organisations hand in {RACERS} such requests; six members vote on each, all are approved."
    )
    ready = await asyncio.gather(*(_ready(stage, request) for request in planned))
    tell.step(f"The chair signs all {RACERS} at once, and meanwhile the budget service is killed (kill -9).")
    signing = asyncio.gather(*(cases.sign(stage.sama, case, DISTRICT) for _, case in ready))
    await asyncio.sleep(HEAD_START)
    stage.stack.kill("budget")
    tell.seen("the budget service is dead; the decisions wait in its queue.")
    await signing
    await asyncio.sleep(AWAY)
    await stage.stack.start_again("budget")
    tell.seen("it is back, reads its books and goes on where it stopped.")
    outcomes = await asyncio.gather(*(stage.settle(request) for request, _ in ready))
    await _check(stage, outcomes, fit)


async def _large(stage: Stage, generator: Generator) -> None:
    planned = generator.request(generator.organization(stage.example.districts[DISTRICT]), amount=LARGE, fate="approve")
    request, case = await _ready(stage, planned)
    await cases.sign(stage.sama, case, DISTRICT)
    if await stage.settle(request) != "in_progress":
        raise WentWrong("The large project was not funded although the book was full.")


async def _ready(stage: Stage, planned: PlannedRequest) -> tuple[Request, str]:
    """Take a request to the point where only the signature is missing."""
    request, case = await stage.submitted(planned)
    form = cases.ballot(stage.criteria, "approve", amount=planned.amount)
    await cases.vote(stage.sama, case, DISTRICT, dict.fromkeys(people.SEATS, form))
    await cases.draft_reason(stage.sama, case, DISTRICT, "کارگروه طرح را تأیید کرد.")
    return request, case


async def _check(stage: Stage, outcomes: list[str], fit: int) -> None:
    tell, book = stage.narrator, stage.book(DISTRICT)
    funded, waiting = outcomes.count("in_progress"), outcomes.count("waiting")
    balance = (await books.read(stage.sama, book))["balance"]
    report = verify_book((await books.download(stage.sama, book)).splitlines())
    committed = LARGE + fit * EACH
    if (funded, waiting, balance["committed"]) != (fit, RACERS - fit, committed) or not report.ok:
        raise WentWrong(f"{funded} funded, {waiting} waiting, {balance}, {report.violation}: {fit} had to be funded.")
    tell.step(
        f"{funded} awards were reserved, accepted and committed; {waiting} requests wait in order. Nothing was lost or done twice."
    )
    tell.seen(
        f"book {book}: allotted {balance['allotted']:,} = available {balance['available']:,} + committed {committed:,}; "
        f"its {report.entries} entries verify, nothing was overspent."
    )
