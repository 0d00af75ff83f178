"""The client of the APIs: one key for all tries of a command, patience while a service is away, problems in plain sentences."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
import pytest

from ops import client
from ops.client import ApiProblem, Person, Service, ServiceAway, Tokens
from shared.web.caller import Grant

PERSON = Person("secretary-7", (Grant("secretary", "7"),))
AWAY = {"code": "storage_unavailable", "title": "The database is away."}


def sign(subject: str, grants: Sequence[Grant], audiences: Sequence[str], now: datetime) -> str:
    return f"token-of-{subject}"


def service(*answers: httpx.Response | Exception, away_seconds: float = 5) -> tuple[Service, list[httpx.Request]]:
    """A service that gives these answers, one a call, and the calls that it got."""
    left, got = list(answers), list[httpx.Request]()

    def answer(request: httpx.Request) -> httpx.Response:
        got.append(request)
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found

    transport = httpx.MockTransport(answer)
    return Service("budget", "http://budget", Tokens(sign), away_seconds=away_seconds, transport=transport), got


def ok(body: Any = None, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=body if body is not None else {"id": "x"}, headers=headers)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)


async def test_a_command_carries_a_token_and_a_key_of_its_own() -> None:
    budget, got = service(ok())
    await budget.post("/books", {}, by=PERSON)
    await budget.post("/books", {}, by=PERSON)
    assert {request.headers["authorization"] for request in got} == {"Bearer token-of-secretary-7"}
    assert len({request.headers["idempotency-key"] for request in got}) == 2


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(503, json=AWAY),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("closed"),
        httpx.Response(409, json={"code": "too_busy", "title": "busy"}),
    ],
)
async def test_while_the_service_is_away_the_same_command_goes_out_again_with_its_key(
    trouble: httpx.Response | Exception,
) -> None:
    budget, got = service(trouble, trouble, ok())
    await budget.post("/books", {}, by=PERSON)
    assert len(got) == 3
    assert len({request.headers["idempotency-key"] for request in got}) == 1


async def test_retry_after_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("ops.client.asyncio.sleep", sleep)
    budget, _ = service(httpx.Response(503, json=AWAY, headers={"Retry-After": "2"}), ok())
    await budget.get("/books")
    assert waits == [2.0]


async def test_a_service_that_stays_away_is_told_with_the_reason() -> None:
    budget, _ = service(httpx.ConnectError("refused"), away_seconds=0.01)
    with pytest.raises(ServiceAway, match=r"GET /books at budget had no answer for 0 seconds \(ConnectError refused\)"):
        await budget.get("/books")


async def test_a_refusal_is_a_sentence_with_its_fields_and_is_not_tried_again() -> None:
    errors = [{"pointer": "/amount", "code": "greater_than", "message": "Must be more than 0."}]
    body = {"code": "invalid_fields", "title": "Some values are not right.", "errors": errors, "params": {"n": 1}}
    budget, got = service(httpx.Response(422, json=body))
    with pytest.raises(ApiProblem) as caught:
        await budget.post("/books", {}, by=PERSON)
    assert str(caught.value) == (
        "POST /books at budget was refused (422 invalid_fields). Some values are not right.\n"
        "  /amount: Must be more than 0."
    )
    assert (caught.value.code, caught.value.params, len(got)) == ("invalid_fields", {"n": 1}, 1)


async def test_an_error_without_a_problem_is_told_all_the_same() -> None:
    budget, _ = service(httpx.Response(500, text="oops"))
    with pytest.raises(ApiProblem, match="500 unknown"):
        await budget.get("/books")


async def test_a_list_is_read_page_after_page() -> None:
    pages = ({"items": [{"n": 1}], "next": "c", "total": 2}, {"items": [{"n": 2}], "next": None, "total": 2})
    budget, got = service(*(ok(page) for page in pages))
    assert [item["n"] async for item in budget.items("/books", params={"fiscal_year": "1405"})] == [1, 2]
    assert got[1].url.params["cursor"] == "c"
    assert got[1].url.params["fiscal_year"] == "1405"


async def test_a_token_is_signed_once_per_person() -> None:
    signed: list[str] = []

    def signing(subject: str, *_: Any) -> str:
        signed.append(subject)
        return subject

    tokens = Tokens(signing)
    assert tokens.of(PERSON) == tokens.of(PERSON) == "secretary-7"
    tokens.of(Person("other"))
    assert signed == ["secretary-7", "other"]
