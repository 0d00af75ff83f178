"""Webhooks behind its HTTP API, on fakes of storage, stream, network and clock."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.webhooks.inbound.http import router
from services.webhooks.inbound.texts import TEXTS
from shared.web.app import WebParts, build_app
from shared.web.caller import Caller, Grant
from tests.fakes.webhooks import saying
from tests.unit.webhooks.build import URL, World

CALLERS = {
    "ali": Caller("ali", (Grant("applicant", organization="org-1"),)),
    "other": Caller("other", (Grant("applicant", organization="org-2"),)),
    "office": Caller("office", (Grant("city_office"),)),
    "hq": Caller("hq", (Grant("hq"),)),
    "auditor": Caller("auditor", (Grant("auditor"),)),
    "office7": Caller("office7", (Grant("city_office", "7"),)),
    "nobody": Caller("nobody"),
}
KEYS = count()


class Names:
    """Takes a token's text for a caller's name."""

    async def caller(self, authorization: str | None) -> Caller:
        return CALLERS[(authorization or "").removeprefix("Bearer ")]


@dataclass
class Api:
    """The API as its callers see it."""

    world: World
    http: httpx.AsyncClient

    async def call(self, method: str, path: str, body: Any = None, *, by: str, **headers: str) -> httpx.Response:
        keyed = {
            "Authorization": f"Bearer {by}",
            "Idempotency-Key": f"k{next(KEYS)}",
            "Accept-Language": "en",
            **headers,
        }
        return await self.http.request(method, path, json=body, headers=keyed)

    async def subscribe(self, by: str = "ali", **fields: Any) -> dict[str, Any]:
        body = {
            "url": URL,
            "start": {"place": "beginning"},
            **({"organization": "org-1"} if by == "ali" else {}),
            **fields,
        }
        answer = await self.call("POST", "/webhooks", body, by=by)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def view(self, id: str, by: str = "ali") -> dict[str, Any]:
        answer = await self.call("GET", f"/webhooks/{id}", by=by)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    world = World()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    async def no_problems() -> Sequence[str]:
        return []

    app = build_app(
        WebParts(
            name="webhooks",
            summary="",
            routers=[router(world.uses)],
            texts=TEXTS,
            verifier=Names(),  # type: ignore[arg-type]
            lifespan=lifespan,
            problems=no_problems,
        )
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://webhooks") as http:
        yield Api(world, http)


async def test_a_secret_is_shown_once_and_is_nowhere_readable(api: Api) -> None:
    made = await api.subscribe()
    assert made["secret"].startswith("whsec_")
    assert (made["status"], made["secret_number"]) == ("pending", 1)
    stored = str(api.world.stores.by_name["subscriptions"].documents)
    assert made["secret"] not in stored
    assert made["secret"].removeprefix("whsec_") not in stored
    view = await api.view(made["id"])
    assert [secret["number"] for secret in view["secrets"]] == [1]
    assert made["secret"] not in str(view)


async def test_a_repeat_shows_the_secret_again_for_an_hour_and_makes_nothing_new(api: Api) -> None:
    body = {"url": URL, "organization": "org-1"}
    first = await api.call("POST", "/webhooks", body, by="ali", **{"Idempotency-Key": "same"})
    again = await api.call("POST", "/webhooks", body, by="ali", **{"Idempotency-Key": "same"})
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await api.call(
        "POST", "/webhooks", {**body, "types": ["case.decided.v1"]}, by="ali", **{"Idempotency-Key": "same"}
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    api.world.passes(minutes=61)
    late = await api.call("POST", "/webhooks", body, by="ali", **{"Idempotency-Key": "same"})
    assert (late.status_code, late.json()["secret"]) == (201, None)


async def test_an_organisation_subscribes_for_itself_and_the_city_for_everybody_else(api: Api) -> None:
    for by, organization, status in [
        ("ali", "org-1", 201), ("ali", "org-2", 403), ("ali", None, 403), ("office", None, 201), ("office", "org-1", 403),
        ("hq", None, 201), ("auditor", None, 403), ("office7", None, 403), ("nobody", None, 403),
    ]:  # fmt: skip
        answer = await api.call("POST", "/webhooks", {"url": URL, "organization": organization}, by=by)
        assert answer.status_code == status, (by, organization)


async def test_everyone_lists_what_they_may_read(api: Api) -> None:
    own, city = (await api.subscribe("ali"))["id"], (await api.subscribe("office"))["id"]

    async def listed(by: str, query: str = "") -> list[str] | int:
        answer = await api.call("GET", f"/webhooks{query}", by=by)
        return [item["id"] for item in answer.json()["items"]] if answer.is_success else answer.status_code

    assert await listed("ali") == [own]
    assert await listed("other") == []
    assert await listed("other", "?organization=org-1") == []
    assert set(await listed("auditor")) == {own, city}  # type: ignore[arg-type]
    assert await listed("hq", "?organization=org-1") == [own]
    assert await listed("hq", "?status=paused") == []
    assert await listed("nobody") == 403
    assert await listed("office7") == 403


async def test_the_city_office_stops_anybodys_and_starts_nobodys(api: Api) -> None:
    id = (await api.subscribe())["id"]
    for step, status in [("pause", 200), ("resume", 403), ("rotate-secret", 403), ("test", 403), ("end", 200)]:
        assert (await api.call("POST", f"/webhooks/{id}/{step}", by="office")).status_code == status, step
    assert (await api.view(id))["status"] == "ended"


async def test_what_is_wrong_is_said_by_field(api: Api) -> None:
    body = {"url": "http://127.0.0.1/", "organization": "org-1", "types": ["case.decided.v1", "case.invented.v1"]}
    answer = await api.call("POST", "/webhooks", body, by="ali")
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/url", "url_not_https")]
    answer = await api.call("POST", "/webhooks", {**body, "url": URL}, by="ali")
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/types/1", "event_type_unknown")]
    for start in (
        {},
        {"place": "now", "offset": 1},
        {"place": "later"},
        {"offset": -1},
        {"time": "2026-01-01T00:00:00"},
    ):
        answer = await api.call("POST", "/webhooks", {"url": URL, "organization": "org-1", "start": start}, by="ali")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_fields"), start
    assert api.world.stores.by_name["subscriptions"].documents == {}


async def test_a_filter_changes_with_the_version_last_read_and_another_address_is_challenged(api: Api) -> None:
    id = (await api.subscribe())["id"]
    await api.world.work()
    view = await api.view(id)
    assert view["status"] == "active"
    patch = {"types": ["case.decided.v1"], "districts": []}
    assert (await api.call("PATCH", f"/webhooks/{id}", patch, by="ali")).status_code == 428
    assert (await api.call("PATCH", f"/webhooks/{id}", patch, by="ali", **{"If-Match": '"1"'})).status_code == 412
    changed = await api.call("PATCH", f"/webhooks/{id}", patch, by="ali", **{"If-Match": f'"{view["version"]}"'})
    assert (changed.status_code, changed.json()["status"]) == (200, "active")
    moved = await api.call("PATCH", f"/webhooks/{id}", {"url": "https://new.example/"}, by="ali", **{"If-Match": "*"})
    assert moved.json()["status"] == "pending"
    bad = await api.call("PATCH", f"/webhooks/{id}", {"url": "https://10.0.0.1/"}, by="ali", **{"If-Match": "*"})
    assert (bad.status_code, bad.json()["errors"][0]["code"]) == (422, "url_not_public")
    assert (await api.view(id))["url"] == "https://new.example/"


async def test_a_dead_one_says_why_and_its_attempts_are_listed(api: Api) -> None:
    api.world.events.append()
    id = (await api.subscribe())["id"]
    api.world.sender.answer = saying(410, "gone for good")
    await api.world.work()
    view = await api.view(id, by="auditor")
    assert view["status"] == "dead"
    assert view["death"] | {"at": "", "failing_since": ""} == {
        "reason": "gone", "status": 410, "detail": "gone for good", "at": "", "failing_since": "",
    }  # fmt: skip
    (attempt,) = (await api.call("GET", f"/webhooks/{id}/deliveries", by="ali")).json()["items"]
    assert (attempt["outcome"], attempt["status"], attempt["attempt"], attempt["type"]) == (
        "refused",
        410,
        1,
        "webhook.ping.v1",
    )
    assert (await api.call("GET", f"/webhooks/{id}/deliveries", by="other")).status_code == 403


async def test_a_rotated_secret_is_new_and_the_old_one_signs_along_for_a_day(api: Api) -> None:
    made = await api.subscribe()
    rotated = (await api.call("POST", f"/webhooks/{made['id']}/rotate-secret", by="ali")).json()
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != made["secret"]
    assert [(s["number"], s["until"] is None) for s in (await api.view(made["id"]))["secrets"]] == [
        (1, False),
        (2, True),
    ]
    await api.world.work()
    assert len(api.world.sender.sent[-1].headers["webhook-signature"].split()) == 2
    api.world.passes(days=1, seconds=1)
    await api.call("POST", f"/webhooks/{made['id']}/test", by="ali")
    assert len(api.world.sender.sent[-1].headers["webhook-signature"].split()) == 1


async def test_ended_is_for_good(api: Api) -> None:
    id = (await api.subscribe())["id"]
    assert (await api.call("POST", f"/webhooks/{id}/end", by="ali")).json()["status"] == "ended"
    for step in ("pause", "resume", "rotate-secret", "test"):
        answer = await api.call("POST", f"/webhooks/{id}/{step}", by="ali")
        assert (answer.status_code, answer.json()["code"]) == (409, "webhook_ended"), step
    assert (await api.view(id))["secrets"] == []


async def test_nobody_has_more_than_the_bound(api: Api) -> None:
    made = [await api.subscribe() for _ in range(api.world.rules.per_owner)]
    body = {"url": URL, "organization": "org-1"}
    refused = await api.call("POST", "/webhooks", body, by="ali")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_webhooks")
    await api.subscribe("office")
    await api.call("POST", f"/webhooks/{made[0]['id']}/end", by="ali")
    assert (await api.call("POST", "/webhooks", body, by="ali")).status_code == 201
