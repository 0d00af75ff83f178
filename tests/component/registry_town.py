"""Registry over storage in memory with a clock that a test moves: the city of test_registry_http.py, for rules in which time passes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from httpx import ASGITransport, AsyncClient

from ops.keys import Issuer
from services.registry.inbound.http import router
from services.registry.inbound.texts import TEXTS
from services.registry.outbound.indexes import INDEXES
from services.registry.wiring import use_cases
from shared.contracts.durations import WorkingCalendar
from shared.web.app import WebParts, build_app
from shared.web.auth import Keys, Verifier
from shared.web.caller import Grant
from tests.component.test_registry_http import NOW, City, _no_lifespan, _no_problems, district, done
from tests.fakes.storage import MemoryStores


class Town(City):
    """The city, its use cases and its clock."""

    def __init__(self, stores: MemoryStores, client: AsyncClient, issuer: Issuer) -> None:
        super().__init__(stores, client, issuer)
        self.now = NOW
        self.uses = use_cases(stores, lambda: self.now, WorkingCalendar())
        self.office_7 = self.person("office-7", Grant("city_office", "7"))

    async def pass_time(self, time: timedelta) -> None:
        """Let time pass, and let the timer act until nothing is due."""
        self.now += time
        for _ in range(10):
            if not await self.uses.sweep():
                return
        raise AssertionError("something stays due for ever")

    async def seen(self, id: str) -> Any:
        """Return the organisation as its own people see it."""
        return await done(self.applicant.get(f"/organizations/{id}"))

    def told(self, type: str, id: str) -> list[dict[str, Any]]:
        """Return the data of the events of a type about an organisation, in order."""
        return [e["data"] for e in self.stores.events if (e["type"], e["subject"]) == (type, f"organization/{id}")]

    def at(self, time: datetime) -> str:
        """Return a time as the API writes it."""
        return time.isoformat().replace("+00:00", "Z")


@asynccontextmanager
async def founded(issuer: Issuer) -> AsyncIterator[Town]:
    """Found a town with the districts 7 and 8."""
    stores = MemoryStores(INDEXES)
    async with AsyncClient(base_url="http://registry") as client:
        town = Town(stores, client, issuer)
        verifier = Verifier(Keys(str(issuer.jwks)), issuer=issuer.name, audience="sama-registry")
        parts = WebParts("registry", "", [router(town.uses)], TEXTS, verifier, _no_lifespan, _no_problems)
        client._transport = ASGITransport(build_app(parts))
        for number in ("7", "8"):
            await done(town.city_office.put(f"/districts/{number}", district(int(number))))
        yield town
