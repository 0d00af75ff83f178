"""Errors as problem details, in the caller's language, with the field and the reason."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
import pytest
import pytest_asyncio
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.refusals import FieldError, InvalidFields, Refusal
from shared.storage.ports import Unavailable
from shared.web.api import CauseDep, CommandDep, RequiredVersionDep
from shared.web.app import WebParts, build_app
from shared.web.auth import Keys, Verifier
from shared.web.caller import Caller
from shared.web.problems import BODY_LIMIT
from shared.web.texts import choose_language


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount: Annotated[int, Field(strict=True, ge=1)]
    lines: list[Annotated[str, Field(max_length=3)]] = Field(default=[], max_length=2)


class Closed(Refusal):
    code = "book_closed"


class KnownCaller(Verifier):
    """Everyone with a header is person-1; what tokens prove has its own tests."""

    async def caller(self, authorization: str | None) -> Caller:
        if authorization == "Bearer test":
            return Caller("person-1")
        return await super().caller(authorization)


def routes() -> APIRouter:
    router = APIRouter()

    @router.post("/things")
    async def make(body: Body, command: CommandDep, cause: CauseDep) -> dict[str, str]:
        return {"key": command.key, "digest": command.digest, "actor": cause.actor, "correlation": cause.correlation_id}

    @router.post("/commands")
    async def command_only(command: CommandDep) -> dict[str, str]:
        return {"key": command.key}

    @router.patch("/things")
    async def edit(version: RequiredVersionDep) -> dict[str, int | None]:
        return {"version": version}

    @router.post("/refused/{how}")
    async def refuse(how: str) -> None:
        if how == "state":
            raise Closed(book="city/1405")
        if how == "fields":
            raise InvalidFields(errors=[FieldError("/amount", "greater_than_equal", {"ge": 1})])
        if how == "away":
            raise Unavailable("gone")
        raise RuntimeError("a bug")

    late(router)
    return router


def late(router: APIRouter) -> None:
    @router.post("/slow")
    async def slow(body: Body) -> dict[str, str]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            CANCELLED.append("slow")
            raise
        return {}

    @router.get("/long")
    async def long() -> StreamingResponse:
        async def lines() -> AsyncIterator[bytes]:
            for _ in range(3):
                await asyncio.sleep(REQUEST_SECONDS)
                yield b"line\n"

        return StreamingResponse(lines())


CANCELLED: list[str] = []
REQUEST_SECONDS = 0.2
AWAY = {"broker": False, "problems": False}


def make_app() -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    async def problems() -> list[str]:
        return ["the broker does not answer"] if AWAY["problems"] else []

    verifier = KnownCaller(Keys("none"), issuer="i", audience="a")
    texts = {"book_closed": ("دفتر {book} بسته است.", "The book {book} is closed.")}
    return build_app(
        WebParts(
            "registry",
            "Tests.",
            [routes()],
            texts,
            verifier,
            lifespan,
            problems,
            lambda: AWAY["broker"],
            request_seconds=REQUEST_SECONDS,
        )
    )


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    AWAY.update(broker=False, problems=False)
    transport = httpx.ASGITransport(make_app(), raise_app_exceptions=False)
    headers = {"Authorization": "Bearer test", "Idempotency-Key": "k1", "Accept-Language": "en"}
    async with httpx.AsyncClient(transport=transport, base_url="http://registry", headers=headers) as client:
        yield client


async def test_a_bad_field_is_named_by_pointer_with_a_reason(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", json={"amount": 0, "lines": ["abc", "abcd"], "x": 1})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "invalid_fields"
    assert {(e["pointer"], e["code"]) for e in problem["errors"]} == {
        ("/amount", "greater_than_equal"),
        ("/lines/1", "string_too_long"),
        ("/x", "extra_forbidden"),
    }
    assert "Must be at least 1." in {e["message"] for e in problem["errors"]}


async def test_texts_are_persian_unless_english_is_preferred(client: httpx.AsyncClient) -> None:
    answer = await client.post("/refused/state", headers={"Accept-Language": "fa-IR,en;q=0.5"})
    assert (answer.status_code, answer.json()["title"]) == (409, "دفتر city/1405 بسته است.")
    assert answer.headers["content-language"] == "fa"
    english = await client.post("/refused/state")
    assert english.json()["title"] == "The book city/1405 is closed."


@pytest.mark.parametrize(
    ("header", "language"),
    [(None, "fa"), ("", "fa"), ("en", "en"), ("en-GB;q=0.4, fa;q=0.9", "fa"), ("de, en;q=0.1", "en"), ("xx;q=z", "fa")],
)
def test_the_language_follows_the_preference(header: str | None, language: str) -> None:
    assert choose_language(header) == language


@pytest.mark.parametrize("body", [b"{", b"[" * 5000, b"\xff", b'"text"', b"null"])
async def test_rubbish_is_refused_and_never_an_error_of_ours(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/things", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_past_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", content=b"x" * (BODY_LIMIT + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_call_without_an_answer_in_time_is_ended_and_told_that_its_outcome_is_unknown(
    client: httpx.AsyncClient,
) -> None:
    CANCELLED.clear()
    async with asyncio.timeout(30 * REQUEST_SECONDS):
        answer = await client.post("/slow", json={"amount": 1})
    assert (answer.status_code, answer.json()["code"]) == (503, "request_timed_out")
    assert "the same Idempotency-Key" in answer.json()["title"]
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["x-correlation-id"]
    assert CANCELLED == ["slow"], "nothing goes on behind the answer"


async def test_neither_a_slow_sender_nor_a_long_answer_is_held_against_the_deadline(client: httpx.AsyncClient) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for piece in (b'{"amo', b'unt": ', b"1}"):
            await asyncio.sleep(REQUEST_SECONDS)
            yield piece

    assert (await client.post("/things", content=slowly(), headers={"Content-Type": "application/json"})).is_success
    assert (await client.get("/long")).text == "line\n" * 3


@pytest.mark.parametrize("path", ["/things", "/commands"])
async def test_a_body_without_length_is_refused_where_it_passes_the_limit(client: httpx.AsyncClient, path: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(BODY_LIMIT // 65_536 + 2):
            yield b"x" * 65_536

    answer = await client.post(path, content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert str(BODY_LIMIT) in answer.json()["title"]


async def test_broken_json_names_no_field(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", content=b'{"amount": }', headers={"Content-Type": "application/json"})
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("", "json_invalid")]


async def test_a_command_needs_its_key_and_a_draft_its_version(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", json={"amount": 1}, headers={"Idempotency-Key": ""})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    answer = await client.patch("/things")
    assert (answer.status_code, answer.json()["code"]) == (428, "version_required")
    assert (await client.patch("/things", headers={"If-Match": '"7"'})).json() == {"version": 7}
    assert (await client.patch("/things", headers={"If-Match": "seven"})).json() == {"version": -1}


async def test_the_digest_tells_bodies_apart(client: httpx.AsyncClient) -> None:
    digests = {(await client.post("/things", json={"amount": n})).json()["digest"] for n in (1, 2, 2)}
    assert len(digests) == 2


async def test_a_call_keeps_its_correlation_id(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", json={"amount": 1}, headers={"X-Correlation-Id": "story-1"})
    assert (answer.json()["correlation"], answer.headers["x-correlation-id"]) == ("story-1", "story-1")
    answer = await client.post("/things", json={"amount": 1}, headers={"X-Correlation-Id": "bad id"})
    assert answer.json()["correlation"] == answer.headers["x-correlation-id"] != "bad id"


async def test_no_token_is_401(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", json={"amount": 1}, headers={"Authorization": ""})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_database_or_broker_away_is_503_with_retry_after(client: httpx.AsyncClient) -> None:
    answer = await client.post("/refused/away")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert answer.headers["retry-after"]
    AWAY["broker"] = True
    answer = await client.post("/things", json={"amount": 1})
    assert (answer.status_code, answer.json()["code"]) == (503, "broker_unavailable")
    assert answer.headers["retry-after"]
    assert (await client.get("/health/live")).status_code == 200


async def test_keys_that_are_away_are_503_and_not_a_wrong_token(client: httpx.AsyncClient) -> None:
    token = "eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIn0.e30.AAAA"  # a key id, and nothing that could be verified
    answer = await client.post("/things", json={"amount": 1}, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (503, "keys_unavailable")
    assert answer.headers["retry-after"]


async def test_a_bug_is_500_with_a_tracking_number_and_no_detail(client: httpx.AsyncClient) -> None:
    answer = await client.post("/refused/bug", headers={"X-Correlation-Id": "story-2"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "story-2" in answer.json()["title"]
    assert answer.headers["x-correlation-id"] == "story-2"
    assert "a bug" not in answer.text


async def test_readiness_says_what_is_wrong(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/ready")).json()["status"] == "ready"
    AWAY["problems"] = True
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["problems"]) == (503, ["the broker does not answer"])


async def test_unknown_paths_and_methods_are_problems_too(client: httpx.AsyncClient) -> None:
    assert (await client.get("/nowhere")).json()["code"] == "not_found"
    assert (await client.delete("/things")).json()["code"] == "method_not_allowed"
