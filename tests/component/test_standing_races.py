"""A standing that changes at the very moment at which a step relies on it (I9): whoever is second sees the race."""

from typing import Any

from shared.contracts.envelope import decode, encode
from shared.contracts.registry import StandingChanged
from tests.builders import City
from tests.component.agreement import disagreements


class OvertakenCopies:
    """Copies whose first read from now on is overtaken: what ``meanwhile`` does happens after the read and before its answer."""

    def __init__(self, copies: Any, meanwhile: Any) -> None:
        self._copies = copies
        self._meanwhile = meanwhile

    async def get(self, id: str) -> Any:
        seen = await self._copies.get(id)
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._copies, name)


async def test_a_request_that_follows_a_suspension_while_another_replica_hears_of_its_end_follows_that_too() -> None:
    city = await City().found()
    organization = await city.organization()
    await city.bus.settle()
    request = await city.draft(organization)
    await city.submit(request)
    await city.bus.settle()
    with city.bus.holding("requests.registry"):
        await city.suspend(organization)
        await city.reinstate(organization)
        await city.bus.settle()
    standings = [event for event in city.bus.archive if event["type"] == StandingChanged.event_type]
    suspended, reinstated = (decode(encode(event)) for event in standings[-2:])
    knowing, copies = city.requests.knowing, city.requests.following._copies

    async def other_replica() -> None:
        await knowing.standing_changed(reinstated.payload(), reinstated)  # type: ignore[arg-type]

    overtaken = OvertakenCopies(copies.standings, other_replica)
    object.__setattr__(copies, "standings", overtaken)
    await knowing.standing_changed(suspended.payload(), suspended)  # type: ignore[arg-type]

    assert (await city.state(request)).suspension is None
    await city.bus.settle()
    assert await disagreements(city) == []
