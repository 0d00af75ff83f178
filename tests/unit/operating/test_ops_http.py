"""/ops over fakes: who may, what a repeat gets, and what is kept. The broker's part is in tests/integration/ops."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.ops import http as ops_http
from shared.ops.texts import TEXTS
from shared.storage.kept import ACTIONS, DISCARDED
from shared.web.app import WebParts, build_app
from shared.web.caller import ROLES, Caller, Grant
from shared.web.problems import Unauthenticated
from tests.fakes.operations import LETTER, QUEUE, MemoryOperations, now

REASON = {"reason": "made by a test"}
WRITES: Mapping[str, Any] = {
    "/ops/dead-letters/e1/retry": None,
    "/ops/dead-letters/retry": {"queue": QUEUE},
    "/ops/dead-letters/e1/discard": REASON,
    "/ops/replays": {"from": "beginning"},
    "/ops/announcements": {},
}
READS = (
    "dead-letters",
    "dead-letters/e1",
    "discarded-letters",
    "replays",
    "announcements",
    "outboxes",
    "actions",
    "archive",
)


class Tokens:
    """Verifies a token that is a role and perhaps a district."""

    async def caller(self, authorization: str | None) -> Caller:
        if not authorization:
            raise Unauthenticated("no token")
        role, _, district = authorization.removeprefix("Bearer ").partition("@")
        return Caller(f"person-{role}", (Grant(role, district or None),))


class Api:
    """The application, and what it kept."""

    def __init__(self) -> None:
        parts = MemoryOperations("requests")
        self.records, self.letters, self.asked = parts.records, parts.letters, parts.asked
        app = build_app(
            WebParts(
                name="requests",
                summary="",
                routers=[ops_http.router(parts.operations)],
                texts=TEXTS,
                verifier=Tokens(),  # type: ignore[arg-type]
                lifespan=_nothing,
                problems=_no_problems,
            )
        )
        ops_http.install(app)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://requests")

    async def post(self, path: str, body: Any, *, key: str, role: str = "operator") -> httpx.Response:
        headers = {"Authorization": f"Bearer {role}", "Idempotency-Key": key, "Accept-Language": "en"}
        return await self.client.post(path, json=body, headers=headers)


@asynccontextmanager
async def _nothing(_: Any) -> AsyncIterator[None]:
    yield


async def _no_problems() -> list[str]:
    return []


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    api = Api()
    async with api.client:
        yield api


@pytest.mark.parametrize("role", [*sorted(ROLES - {"operator"}), "operator@d1"])
async def test_nobody_but_an_operator_of_the_whole_city_may_anything(api: Api, role: str) -> None:
    for number, (path, body) in enumerate(WRITES.items()):
        answer = await api.post(path, body, key=f"k{number}", role=role)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path
    for path in READS:
        answer = await api.client.get(f"/ops/{path}", headers={"Authorization": f"Bearer {role}"})
        assert answer.status_code == 403, path
    assert (api.letters.dead, api.asked, api.records.collections) == ([LETTER], [], {})


async def test_a_discarded_letter_is_kept_whole_with_who_when_and_why(api: Api) -> None:
    answer = await api.post("/ops/dead-letters/e1/discard", REASON, key="k")
    assert answer.json() == {"queue": QUEUE, "number": 1}
    (kept,) = api.records.of(DISCARDED).values()
    assert (kept["actor"], kept["at"], kept["reason"], kept["body"]) == (
        "person-operator",
        now(),
        *REASON.values(),
        LETTER.body,
    )
    (action,) = api.records.of(ACTIONS).values()
    assert (action["action"], action["actor"], action["answer"]["number"]) == ("discard", "person-operator", 1)


async def test_a_repeated_key_gets_the_first_answer_and_does_nothing(api: Api) -> None:
    first = await api.post("/ops/dead-letters/e1/retry", None, key="k")
    assert (first.status_code, first.json()["number"]) == (200, 1)
    again = await api.post("/ops/dead-letters/e1/retry", None, key="k")
    assert again.json() == first.json()
    other = await api.post("/ops/dead-letters/e1/discard", REASON, key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await api.post("/ops/dead-letters/e1/retry", None, key="k2")).status_code == 404


async def test_what_failed_can_be_repeated_with_the_same_key(api: Api) -> None:
    api.letters.away = True
    away = await api.post("/ops/dead-letters/e1/retry", None, key="k")
    assert (away.status_code, away.json()["code"]) == (503, "broker_unavailable")
    api.letters.away = False
    assert (await api.post("/ops/dead-letters/e1/retry", None, key="k")).json()["number"] == 1


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        ("beginning", (None, None)),
        ("1200", (None, 1200)),
        ("2026-11-22T12:00:00+03:30", (datetime(2026, 11, 22, 8, 30, tzinfo=UTC), None)),
    ],
)
async def test_a_replay_begins_where_it_is_asked_to(api: Api, start: str, wanted: tuple[Any, Any]) -> None:
    answer = await api.post("/ops/replays", {"from": start}, key="k")
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    assert [(replay.since, replay.offset, replay.id) for replay in api.asked] == [(*wanted, answer.json()["id"])]


@pytest.mark.parametrize("start", ["yesterday", "2026-11-22T12:00:00", "-1", "٣"])
async def test_a_start_that_is_none_is_refused_with_its_field(api: Api, start: str) -> None:
    answer = await api.post("/ops/replays", {"from": start}, key="k")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/from")
    assert api.asked == []


async def test_copies_are_rebuilt_from_the_beginning_only(api: Api) -> None:
    answer = await api.post("/ops/replays", {"from": "5", "rebuild_copies": True}, key="k")
    assert (answer.status_code, answer.json()["code"]) == (422, "copies_need_the_beginning")


def test_every_refusal_has_a_text_in_both_languages() -> None:
    assert all(fa and en and "ي" not in fa and "ك" not in fa for fa, en in TEXTS.values())
