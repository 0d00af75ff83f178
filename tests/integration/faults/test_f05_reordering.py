"""F5: events overtake one another, within one aggregate and between two, and one comes after the end of what it is about."""

import asyncio
import random
from typing import Final

from ops.play import cases, people, requests
from shared.contracts.review import CaseDecided
from tests.integration.faults.city import City
from tests.integration.faults.quiet import check, quiet
from tests.integration.faults.traffic import Letter, Traffic, consumed, start, stop
from tests.integration.live import ASKED, CITY
from tests.waiting import until

SEED: Final = 5
PATIENCE: Final = 60.0


async def test_events_that_overtake_one_another_end_in_the_same_state(city: City) -> None:
    rng = random.Random(SEED)
    waits = requests.Waits(PATIENCE)
    (district,) = await city.districts(1, 3 * ASKED)
    organization = await city.organization_in([district])
    drafts = [await requests.draft(city.sama, organization, city.content_for(district)) for _ in range(4)]
    *kept, gone = drafts
    async with Traffic.of(city) as traffic:
        # Within an aggregate: the withdrawal of a request comes before its submission.
        await stop(city, "review")
        for request in drafts:
            await requests.submit_when_known(city.sama, request, waits)
        await requests.withdraw(city.sama, gone, "انصراف")
        letters = await _outgoing(traffic, "review.requests", 5)
        of_gone = [letter for letter in letters if letter.subject.endswith(gone.id)]
        await traffic.send("review.requests", [*reversed(of_gone), *_shuffled(letters, rng, without=of_gone)])
        await start(city, "review")
        ids = [await requests.case_of(city.sama, request, waits) for request in kept]

        # Between aggregates: the money's word comes before the decision it follows from.
        await asyncio.gather(*(_vote(city, case, district) for case in ids))
        await stop(city, "requests")
        await stop(city, "budget")
        for case in ids:
            await cases.sign(city.sama, case, district)
        await traffic.send("budget.review", _shuffled(await _outgoing(traffic, "budget.review", 3), rng))
        await start(city, "budget")
        await _waiting(traffic, "requests.budget", 3)
        held = await _outgoing(traffic, "requests.review", 3)
        assert {letter.type for letter in held} == {CaseDecided.event_type}
        await traffic.send("requests.budget", _shuffled(await traffic.take_out("requests.budget"), rng))
        await start(city, "requests")
        await consumed(traffic, "requests.budget")

        # After the end: one request is withdrawn before its decision comes.
        closed, *rest = kept
        assert (await requests.read(city.sama, closed))["status"] == "in_review"
        await requests.withdraw(city.sama, closed, "انصراف")
        await quiet(city)
        await traffic.send("requests.review", _shuffled(held, rng))
        await quiet(city)
        await requests.until_status(city.sama, closed, ("withdrawn",), waits.other)
        for request in rest:
            await requests.until_status(city.sama, request, ("reserved",), waits.decision)
            await requests.accept(city.sama, request)
            await requests.until_status(city.sama, request, ("in_progress",), waits.commitment)
    await quiet(city)
    await check(city)
    await _money_is(city, district, committed=2 * ASKED, available=ASKED)


async def _vote(city: City, case: str, district: str) -> None:
    ballot = cases.ballot(cases.Criteria(CITY.weights), "approve", amount=ASKED)
    await cases.vote(city.sama, case, district, dict.fromkeys(people.SEATS, ballot))
    await cases.draft_reason(city.sama, case, district, "با اولویت محله هم‌خوان است.")


async def _waiting(traffic: Traffic, queue: str, number: int) -> None:
    async def enough() -> bool:
        return await traffic.waiting(queue) >= number

    await until(enough, seconds=PATIENCE, what=f"{number} messages in {queue}")


async def _outgoing(traffic: Traffic, queue: str, number: int) -> list[Letter]:
    """Wait for so many messages in a queue that nobody consumes, and take them out."""
    await _waiting(traffic, queue, number)
    return await traffic.take_out(queue)


def _shuffled(letters: list[Letter], rng: random.Random, without: list[Letter] | None = None) -> list[Letter]:
    rest = [letter for letter in letters if letter not in (without or [])]
    rng.shuffle(rest)
    return rest


async def _money_is(city: City, district: str, **parts: int) -> None:
    book = (await city.sama.budget.get(f"/books/district:{district}/1405")).body
    assert {part: book["balance"][part] for part in parts} == parts
