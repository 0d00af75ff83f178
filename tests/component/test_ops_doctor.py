"""GET /ops/doctor: who may ask, and what they get."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from ops.contracts import application
from ops.keys import Issuer, local_issuer
from ops.local.services import SERVICES
from shared.doctor import Finding
from shared.web.auth import Keys, Verifier
from shared.web.caller import ROLES, Grant

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
EXAMINED: list[str] = []


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return local_issuer(tmp_path / "keys")


@pytest_asyncio.fixture(params=SERVICES)
async def service(
    request: pytest.FixtureRequest, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FastAPI]:
    """Each real service's application, not started; what it would find out about itself is given."""

    async def examine(patient: object) -> list[Finding]:
        EXAMINED.append(getattr(patient, "service", ""))
        return [Finding("alarm", "outbox_old", "review", "it waits", "start review"), Finding("fine", "x", "y", "z")]

    EXAMINED.clear()
    monkeypatch.setattr("shared.web.ops_doctor.examine", examine)
    app = application(request.param)
    app.state.verifier = Verifier(Keys(str(issuer.jwks)), issuer=issuer.name, audience=f"sama-{request.param}")
    yield app
    app.state.runtime.close()


async def ask(app: FastAPI, issuer: Issuer, *grants: Grant) -> Response:
    token = issuer.token("somebody", grants, [f"sama-{name}" for name in SERVICES], datetime.now(UTC))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        return await client.get("/ops/doctor", headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"})


async def test_an_operator_gets_the_services_own_findings(service: FastAPI, issuer: Issuer) -> None:
    answer = await ask(service, issuer, Grant("operator"))
    body = answer.json()
    assert answer.status_code == 200
    assert body["service"] == service.state.runtime.settings.service == EXAMINED[0]
    assert body["worst"] == "alarm"
    assert body["findings"][0] == {
        "severity": "alarm",
        "code": "outbox_old",
        "where": "review",
        "what": "it waits",
        "do": "start review",
    }


@pytest.mark.parametrize("role", sorted(ROLES - {"operator"}))
async def test_every_other_role_is_refused_and_nothing_is_looked_at(
    service: FastAPI, issuer: Issuer, role: str
) -> None:
    answer = await ask(service, issuer, Grant(role))
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "forbidden"
    assert EXAMINED == []


async def test_an_operator_of_one_district_is_refused_because_a_service_is_the_whole_citys(
    service: FastAPI, issuer: Issuer
) -> None:
    assert (await ask(service, issuer, Grant("operator", "7"))).status_code == 403


async def test_without_a_token_nothing_is_said(service: FastAPI) -> None:
    async with AsyncClient(transport=ASGITransport(service), base_url="http://test") as client:
        answer = await client.get("/ops/doctor")
    assert (answer.status_code, EXAMINED) == (401, [])
