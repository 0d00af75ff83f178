"""Portal over memory, fed by what a city has announced."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.portal.domain.threesixty import Publisher
from services.portal.usecases import UseCases
from services.portal.usecases.taking import TAKEN
from shared.contracts.envelope import decode, encode
from tests.fakes.portal import MemoryKept

Event = Mapping[str, Any]
PUBLISHER = Publisher("شهرداری نمونه", "IR-CITY", "360G-example")
TYPES = {event.event_type for event in TAKEN}


class Portal:
    """Portal's use cases, and the rows they keep."""

    def __init__(self) -> None:
        self.kept = MemoryKept()
        self.uses = UseCases.over(self.kept)

    async def follow(self, events: Iterable[Event]) -> "Portal":
        """Take these events in this order."""
        for event in events:
            if event["type"] in TYPES:
                envelope = decode(encode(dict(event)))
                await self.uses.following.take(envelope.payload(), envelope)
        await self.uses.figures.sweep()
        return self

    def ids(self) -> dict[str, list[str]]:
        """Return ids of what can be read, by the noun of its path."""
        return {"awards": [id for id, row in self.kept.used.rows("requests").rows.items() if row["award"]]}
