"""Assisted entry over HTTP (REG-10): an office enters, the applicant confirms by a code."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from httpx import ASGITransport, AsyncClient

from ops.keys import Issuer
from services.registry.inbound.http import router
from services.registry.inbound.texts import TEXTS
from services.registry.outbound.indexes import INDEXES
from services.registry.wiring import use_cases
from shared.certifying import Certifying
from shared.contracts.durations import WorkingCalendar
from shared.web.app import WebParts, build_app
from shared.web.auth import Keys, Verifier
from tests.component.test_registry_http import (
    ASSOCIATION,
    YES,
    City,
    _no_lifespan,
    _no_problems,
    district,
    done,
    issuer,
    refused,
)
from tests.fakes.storage import MemoryStores

__all__ = ["issuer"]


class Town(City):
    """The city with a clock that the test moves."""

    now = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


async def _town(issuer: Issuer, certifying: Certifying) -> AsyncIterator[Town]:
    stores = MemoryStores(INDEXES)
    town: list[Town] = []
    uses = use_cases(stores, lambda: town[0].now, WorkingCalendar(), certifying=certifying)
    verifier = Verifier(Keys(str(issuer.jwks)), issuer=issuer.name, audience="sama-registry")
    parts = WebParts("registry", "", [router(uses)], TEXTS, verifier, _no_lifespan, _no_problems)
    async with AsyncClient(transport=ASGITransport(build_app(parts)), base_url="http://registry") as client:
        town.append(Town(stores, client, issuer))
        await done(town[0].city_office.put("/districts/7", district(7)))
        yield town[0]


@pytest.fixture
async def town(issuer: Issuer) -> AsyncIterator[Town]:
    async for made in _town(issuer, Certifying(key="a random text that nobody else knows")):
        yield made


async def entered(town: Town) -> str:
    return str((await done(town.registrar.post("/assisted-organizations", ASSOCIATION), 201))["id"])


async def told(town: Town, id: str) -> str:
    return str((await done(town.registrar.post(f"/organizations/{id}/confirmation-code")))["code"])


async def test_an_office_enters_and_the_applicant_confirms_by_a_code_and_submits(town: Town) -> None:
    """REG-10: until it is confirmed it is not submitted, and history names both."""
    id = await entered(town)
    path = f"/organizations/{id}"
    seen = await done(town.registrar.get(path))
    assert (seen["assisted_by"], seen["confirmation_needed"]) == ("registrar-7", True)
    await refused(town.registrar.post(f"{path}/submit"), 409, "entry_unconfirmed")
    code = await told(town, id)
    await refused(town.registrar.post(f"{path}/submit"), 409, "entry_unconfirmed")  # a code alone confirms nothing
    await refused(town.applicant.get(path), 404, "not_found")
    await done(town.applicant.post(f"{path}/confirm", {"code": code}))
    assert (await done(town.applicant.get(path)))["confirmation_needed"] is False
    await refused(town.registrar.post(f"{path}/submit"), 403, "forbidden")  # it is the applicant's now
    assert (await done(town.applicant.post(f"{path}/submit")))["status"] == "submitted"
    told_of = (await done(town.applicant.get(f"{path}/history")))["items"]
    assert [(entry["what"], entry["by"]) for entry in told_of] == [
        ("registered", "registrar-7"),
        ("confirmation_code_given", "registrar-7"),
        ("entry_confirmed", "applicant-1"),
        ("submitted", "applicant-1"),
    ]
    assert told_of[0]["details"] == {"assisted": True}


async def test_no_officer_confirms_and_a_stranger_without_the_code_gets_nowhere(town: Town) -> None:
    id = await entered(town)
    path = f"/organizations/{id}"
    await refused(town.stranger.post(f"{path}/confirm", {"code": "00000000"}), 409, "no_certification_code")
    code = await told(town, id)
    for officer in (town.registrar, town.city_registrar, town.city_office):
        await refused(officer.post(f"{path}/confirm", {"code": code}), 403, "forbidden")
    await refused(town.stranger.post(f"{path}/confirmation-code"), 404, "not_found")
    wrong = {"code": f"{(int(code) + 1) % 10**8:08d}"}
    for left in (4, 3, 2, 1, 0):
        problem = await refused(town.stranger.post(f"{path}/confirm", wrong), 409, "certification_code_wrong")
        assert problem["params"]["tries_left"] == left
    await refused(town.applicant.post(f"{path}/confirm", {"code": code}), 409, "certification_code_spent")
    await done(town.applicant.post(f"{path}/confirm", {"code": await told(town, id)}))
    await refused(town.stranger.post(f"{path}/confirm", {"code": code}), 404, "not_found")
    await refused(town.registrar.post(f"{path}/confirmation-code"), 409, "entry_not_assisted")


async def test_a_code_expires(town: Town) -> None:
    id = await entered(town)
    code = await told(town, id)
    town.now += timedelta(days=3)
    await refused(town.applicant.post(f"/organizations/{id}/confirm", {"code": code}), 409, "certification_code_spent")


async def test_an_edit_voids_the_code(town: Town) -> None:
    id = await entered(town)
    code = await told(town, id)
    version = (await done(town.registrar.get(f"/organizations/{id}")))["version"]
    await done(town.registrar.patch(f"/organizations/{id}", {"purpose": "دیگر"}, version))
    await refused(town.applicant.post(f"/organizations/{id}/confirm", {"code": code}), 409, "no_certification_code")


async def test_whoever_entered_it_does_not_decide_about_it(town: Town) -> None:
    id = await entered(town)
    path = f"/organizations/{id}"
    await done(town.applicant.post(f"{path}/confirm", {"code": await told(town, id)}))
    await done(town.applicant.post(f"{path}/submit"))
    await refused(town.registrar.post(f"{path}/checklist", {"answers": YES}), 403, "own_organization")
    await done(town.city_registrar.post(f"{path}/checklist", {"answers": YES}))
    await refused(town.registrar.post(f"{path}/approve"), 403, "own_organization")
    await done(town.city_registrar.post(f"{path}/approve"))


async def test_an_office_enters_in_its_own_district_and_applicants_never(town: Town) -> None:
    for who in (town.applicant, town.registrar_8, town.city_office):
        await refused(who.post("/assisted-organizations", ASSOCIATION), 403, "forbidden")


async def test_without_a_key_no_office_enters_for_anybody(issuer: Issuer) -> None:
    async for town in _town(issuer, Certifying()):
        await refused(town.registrar.post("/assisted-organizations", ASSOCIATION), 409, "assisted_entry_not_used")
