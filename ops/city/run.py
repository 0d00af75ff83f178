"""One city through a fresh stack: start, load, count, verify."""

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console

from ops.city.files import City, CityDistrict
from ops.city.fold import WaitingRule
from ops.city.load import COLUMNS, Loading
from ops.city.result import CityOutcome, DistrictOutcome
from ops.client import Sama, Tokens
from ops.local.places import SAMA
from ops.local.stack import Plan, Stack
from ops.play import people
from ops.play.progress import Progress
from ops.play.verifying import Verified, verify_all
from shared.contracts.ids import district_book

FOLDER: Final = SAMA / "city"


async def run_city(
    city: City, waiting: WaitingRule, console: Console, *, keep: bool = False, folder: Path = FOLDER
) -> tuple[CityOutcome, Verified]:
    """Carry the city through services of its own and return what became of it. Raises StackProblem, ApiProblem, ServiceAway, TooLate.

    seconds in the outcome: from the first call to the last decision, without starting the stack and without the verification.
    """

    def say(sentence: str) -> None:
        console.print(sentence, highlight=False, markup=False)

    async with Stack(Plan(folder=folder, fresh=True, own_issuer=True), say) as stack:
        addresses = {service: stack.url(service) for service in stack.services}
        async with Sama(addresses, Tokens(stack.issuer.token)) as sama:
            say(
                f"{city.name} {city.year}: {len(city.districts)} districts, {city.budget:,} {city.currency}, "
                f"{city.size:,} proposals; waiting rule {waiting}."
            )
            begun = time.monotonic()
            names = {district.id: district.name for district in city.districts}
            async with Progress(console, f"{city.name} {city.year}", names, COLUMNS) as progress:
                await Loading(sama, city, waiting, progress).run()
            seconds = time.monotonic() - begun
            say(f"{sama.calls:,} HTTP calls, {sama.calls / max(seconds, 0.1):.0f} a second.")
            say("Counting, and verifying every book …")
            districts = tuple([await count(sama, city, district) for district in city.districts])
            verified = await verify_all(sama, stack, city.year)
            districts = tuple(
                _with_commitments(city, verified, d, o) for d, o in zip(city.districts, districts, strict=True)
            )
            outcome = CityOutcome(districts, city.currency, verified.books, len(verified.violations), seconds)
    if not keep and not verified.violations:  # what went wrong is looked for in data and logs
        shutil.rmtree(folder, ignore_errors=True)
    return outcome, verified


async def count(sama: Sama, city: City, district: CityDistrict) -> DistrictOutcome:
    """Count one district in the services: its requests by status, its book by its parts."""

    async def total(status: str | None = None) -> int:
        params = {"district": district.id, **({} if status is None else {"status": status})}
        return await sama.requests.total("/requests", by=people.AUDITOR, params=params)

    book = (await sama.budget.get(f"/books/{district_book(district.id, city.year)}")).body
    in_progress, waiting, rejected = await total("in_progress"), await total("waiting"), await total("rejected")
    return DistrictOutcome(
        district=district.name,
        budget=book["balance"]["allotted"],
        requests=await total(),
        approved=in_progress + waiting,
        rejected=rejected,
        funded=in_progress,
        waiting=book["waiting"],
        committed=book["balance"]["committed"],
        available=book["balance"]["available"],
    )


def _with_commitments(
    city: City, verified: Verified, district: CityDistrict, outcome: DistrictOutcome
) -> DistrictOutcome:
    """Return the outcome with ``funded`` counted as commitments in the downloaded book, not as statuses of requests."""
    return replace(outcome, funded=verified.downloaded.commitments(district_book(district.id, city.year)))
