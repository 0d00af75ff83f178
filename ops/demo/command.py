"""What ``sama demo`` does; returns the exit code."""

import json
import secrets
import shutil
import time
from pathlib import Path
from typing import Final

import typer
from rich.console import Console

from ops.client import ApiProblem, Sama, ServiceAway, Tokens, TooLate
from ops.demo import (
    afterwards,
    calls,
    changes,
    meeting,
    misuse,
    neighbourhoods,
    objections,
    open_data,
    oversight,
    race,
    story,
    treasury,
    year_close,
)  # fmt: skip
from ops.demo.city import COLUMNS, WholeCityPlay
from ops.demo.example import CALENDAR, read_example
from ops.demo.generate import REQUESTS_PER_DISTRICT, Generator, whole_city
from ops.demo.narrator import Narrator
from ops.demo.report import Report, gather_report, show
from ops.demo.stage import Stage, WentWrong
from ops.local import signals
from ops.local.places import SAMA
from ops.local.problems import StackProblem
from ops.local.stack import Plan, Stack
from ops.play.failures import first_cause
from ops.play.founding import found
from ops.play.progress import Progress
from ops.play.screen import console

FOLDER: Final = SAMA / "demo"
SETTINGS: Final = {"SAMA_CALENDAR": str(CALENDAR)}
TOLD: Final = (StackProblem, ApiProblem, ServiceAway, TooLate, WentWrong, OSError)


def demo(once: bool, keep: bool) -> int:
    """Play the story. Without once: stay up until Ctrl-C. Returns 0, or 1 if something went wrong."""
    try:
        return signals.run(lambda: _demo(once, keep, FOLDER, console()))
    except BaseException as error:
        cause = first_cause(error)
        if not isinstance(cause, TOLD):
            raise
        typer.echo(f"The demo stopped. {cause}\nLogs: {FOLDER}", err=True)
        return 1


async def _demo(once: bool, keep: bool, folder: Path, screen: Console) -> int:
    example = read_example()
    narrator = Narrator(screen, example.currency)
    begun = time.monotonic()
    plan = Plan(
        folder=folder,
        fresh=True,
        own_issuer=True,
        environment=SETTINGS | {"SAMA_CERTIFICATION_KEY": secrets.token_hex(32)},
    )
    async with Stack(plan, narrator.say) as stack:
        addresses = {service: stack.url(service) for service in stack.services}
        async with Sama(addresses, Tokens(stack.issuer.token)) as sama:
            stage = Stage(stack, sama, example, narrator)
            report = await play_all(stage, folder)
            line = json.dumps(report.as_json(example.currency, time.monotonic() - begun), separators=(",", ":"))
            violations = len(report.verified.violations)
            if not once:
                _stay(stage, line)
                await stack.until_interrupted()
    if not keep and not violations:  # what went wrong is looked for in data and logs
        shutil.rmtree(folder, ignore_errors=True)
    if once:
        typer.echo(line)
    return 1 if violations else 0


async def play_all(stage: Stage, folder: Path, requests_per_district: int = REQUESTS_PER_DISTRICT) -> Report:
    """Play all chapters on a running system that knows nothing yet; folder: for files that are written meanwhile."""
    generator = Generator(stage.example)
    await _found(stage)
    request = await story.one_organization(stage, generator)
    await story.other_lists(stage)
    await afterwards.paid_and_reported(stage, request)
    await objections.objections(stage, generator)
    await changes.changes(stage, generator)
    await calls.dated_call(stage, generator)
    await treasury.ranked_call(stage, generator)
    await treasury.moving_money(stage)
    await year_close.closed_year(stage, generator)
    await oversight.years_of_an_organization(stage, generator)
    await neighbourhoods.neighbourhoods(stage)
    await meeting.ballots_at_a_meeting(stage, generator)
    await race.race(stage, generator)
    await misuse.suspended(stage, generator)
    await misuse.changed_book(stage, folder)
    city = whole_city(generator, race.DISTRICT, requests_per_district)
    stage.narrator.chapter("The whole city")
    requests = sum(len(rows) for rows in city.requests.values())
    stage.narrator.say(
        f"{len(city.organizations)} organisations and {requests} requests in {len(city.requests)} districts, all through the HTTP APIs."
    )
    names = {district.id: district.name for district in stage.example.districts.values()}
    async with Progress(stage.narrator.console, "Mashhad", names, COLUMNS) as progress:
        await WholeCityPlay(stage, city, progress).play()
    await open_data.open_data(stage)
    report = await gather_report(stage)
    show(stage, report)
    return report


async def _found(stage: Stage) -> None:
    tell, plan = stage.narrator, stage.example.plan
    tell.chapter("The city")
    stage.founded = await found(stage.sama, plan)
    amount = plan.appropriation["amount"]
    shares = stage.founded.allotment["shares"]
    tell.step(
        f"The city office defines {len(plan.districts)} districts, opens their books and enters {tell.money(amount)} "
        f"of the council's approval {plan.appropriation['approval_number']}."
    )
    tell.seen(
        f"allotted in equal shares of {shares[-1]['amount']:,}; {stage.founded.allotment['remainder']} rials were left over, "
        "so the first districts got one more each."
    )
    tell.step(
        "Each district has a working group of six seats (a deputy in the chair, three experts, two neighbourhood members); "
        "headquarters adopts the city's priorities: "
        + ", ".join(f"«{t.fa}» {t.en}" for t in stage.example.topics)
        + "."
    )


def _stay(stage: Stage, line: str) -> None:
    typer.echo(f"\n{line}\n")
    stage.narrator.say("The services stay up. Their APIs, to look at and to try:")
    for service in (*stage.sama.services, stage.sama.portal):
        stage.narrator.say(f"  {service.name:<9} {service.address}/docs")
    stage.narrator.say("Tokens: sama token --help. Ctrl-C stops everything.")
