"""Bad input that a fuzz found or could have found, one by one, on the real applications over the fakes (RELIABILITY.md, "Bad input")."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final

import httpx
import pytest

from shared.storage.cursors import encode_cursor
from shared.web.problems import BODY_LIMIT, QUERY_LIMIT
from shared.web.rates import Rates
from shared.web.strict import DEPTH_LIMIT
from tests.fuzz.requests import OPEN
from tests.fuzz.stage import PUBLIC, Stage

BOOK: Final = {"fiscal_year": "1406", "currency": "IRR"}
JSON: Final = {"Content-Type": "application/json"}
LISTS: Final = [
    (service, path)
    for service, document in OPEN.items()
    for path, methods in document["paths"].items()
    if any(p["name"] == "cursor" for p in methods.get("get", {}).get("parameters", ()))
]
WITH_BODY: Final = [
    (service, method, path)
    for service, document in OPEN.items()
    for path, methods in document["paths"].items()
    for method, operation in methods.items()
    if "application/json" in operation.get("requestBody", {}).get("content", {})
]
TAKEN_AS: Final = {"/ops/dead-letters/retry": "/ops/dead-letters/{letter}"}
METHODS: Final = ("get", "post", "put", "patch", "delete", "trace")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


def refused(stage: Stage, status: int, **request: Any) -> Any:
    """Send what has to be refused with this status as a problem, in time and without a trace; return the problem."""
    service = request.pop("service", "budget")
    headers = {"Authorization": "Bearer everything", "Idempotency-Key": "k", "Accept-Language": "en"}
    request = {"method": "POST", "url": "/books", **request, "headers": {**headers, **request.get("headers", {})}}
    before = stage.snapshot()
    answer = stage.send(service, request)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert stage.snapshot() == before, "refused, and yet something is stored"
    return answer.json()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "json_invalid"),
        (b"NaN", "json_invalid"),
        (b'{"fiscal_year": "1406", "currency": "IRR", "max_skips": Infinity}', "json_invalid"),
        (b'{"fiscal_year": "\xff"}', "not_utf8"),
        (json.dumps(BOOK).encode("utf-16"), "not_utf8"),
        (b'{"fiscal_year": "1406", "fiscal_year": "1407", "currency": "IRR"}', "duplicate_key"),
        (b'{"\\ud800": 1, "\\ud800": 2}', "duplicate_key"),
        (b'{"fiscal_year": "1406\\ud800", "currency": "IRR"}', "unreadable_character"),
        (b'{"\\udfff": "1406", "currency": "IRR"}', "unreadable_character"),
        (b'{"fiscal_year": "14\\u000006", "currency": "IRR"}', "unreadable_character"),
        (b'{"fiscal_year": ' + b"[" * (DEPTH_LIMIT + 1) + b"]" * (DEPTH_LIMIT + 1) + b"}", "too_deep"),
        (b"[" * 100_000 + b"]" * 100_000, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (b'{"fiscal_year": "1406", "currency": "IRR", "max_skips": ' + b"9" * 5_000 + b"}", "number_too_long"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_body_that_cannot_be_read_in_one_way_is_refused_by_name(stage: Stage, body: bytes, code: str) -> None:
    problem = refused(stage, 422, content=body, headers=JSON)
    place = "/fiscal_year" if code == "unreadable_character" and b"fiscal_year" in body else ""
    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [(place, code)]
    assert problem["errors"][0]["message"] != "This value is not valid."


@pytest.mark.parametrize(("service", "method", "path"), WITH_BODY)
def test_every_operation_with_a_body_reads_it_strictly(stage: Stage, service: str, method: str, path: str) -> None:
    url = path.replace("{seat}", "1").replace("{", "").replace("}", "")
    problem = refused(
        stage, 422, service=service, method=method.upper(), url=url, content=b'{"x": 1, "x": 2}', headers=JSON
    )
    assert [e["code"] for e in problem["errors"]] == ["duplicate_key"]


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30, -1, 0, 1.5, True, "1", None])
def test_an_amount_that_no_ledger_holds_is_refused_at_its_field(stage: Stage, number: Any) -> None:
    body = {
        "fiscal_year": "1405",
        "amount": number,
        "approval_number": "1",
        "approved_on": "2026-01-01",
        "budget_code": "1",
    }
    problem = refused(stage, 422, url="/appropriations", json=body)
    assert [e["pointer"] for e in problem["errors"]] == ["/amount"]


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""],
)
def test_a_body_that_is_not_said_to_be_json_is_refused_with_415(stage: Stage, kind: str) -> None:
    assert (
        refused(stage, 415, content=json.dumps(BOOK), headers={"Content-Type": kind})["code"]
        == "unsupported_media_type"
    )


@pytest.mark.parametrize("length", ["²", "-1", "1e3", "9" * 5_000, str(BODY_LIMIT + 1)])
def test_a_content_length_that_is_no_size_or_too_large_is_refused_with_413(stage: Stage, length: str) -> None:
    refused(stage, 413, content=b"{}", headers={**JSON, "Content-Length": length.encode("utf-8")})


def test_a_body_in_chunks_without_its_length_is_refused_where_it_passes_the_limit(stage: Stage) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 65_536
            yield b" " * 65_536

    assert refused(stage, 413, content=chunks(), headers=JSON)["params"] == {"limit": BODY_LIMIT}
    assert sent <= BODY_LIMIT + 2 * 65_536


def test_where_files_are_taken_no_other_route_takes_as_much(stage: Stage) -> None:
    for url in ("/organizations", "/organization-imports/x/apply"):
        problem = refused(stage, 413, service="registry", url=url, content=b" " * (BODY_LIMIT + 1), headers=JSON)
        assert problem["params"] == {"limit": BODY_LIMIT}


def test_a_query_that_is_too_long_is_refused_with_414(stage: Stage) -> None:
    problem = refused(stage, 414, method="GET", url="/books", params={"x": "y" * QUERY_LIMIT})
    assert problem["params"] == {"limit": QUERY_LIMIT}


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 201, "کلید".encode(), b"\x00", b"k\xff"])
def test_a_bad_idempotency_key_is_refused_before_anything_is_done(stage: Stage, key: str | bytes) -> None:
    assert refused(stage, 400, json=BOOK, headers={"Idempotency-Key": key})["code"] == "idempotency_key_required"


@pytest.mark.parametrize("version", ["", "3", '"x"', 'W/"1"', '"1", "2"', '"' + "9" * 500 + '"', b'"\xb2"', '"-1"'])
def test_a_bad_if_match_is_never_the_current_version(stage: Stage, version: str | bytes) -> None:
    request = stage.ids["requests"][0]
    problem = refused(
        stage, 412, service="requests", method="PATCH", url=f"/requests/{request}", json={"title": "نو"},
        headers={"If-Match": version},
    )  # fmt: skip
    assert problem["code"] == "stale_version"


CURSORS: Final[Sequence[Any]] = (
    [],
    [None],
    [True],
    ["x"],
    [2**63],
    [-1],
    [1.5],
    [[]],
    [{"t": "never"}],
    [{"t": 1}],
    [{}],
    [{"t": "2026-01-01T00:00:00"}],
    [{"t": "0001-01-01T00:00:00+14:00"}],
)


UNREADABLE: Final = ("ش", "!!", "W10", "e30", "bnVsbA", "=", "x" * 1_000)


def _seen(stage: Stage, path: str) -> bool:
    """Tell whether the caller may see a list of review: some cases are closed to a seat that has not declared."""
    headers = {"Authorization": "Bearer everything"}
    return stage.send("review", {"method": "GET", "url": path, "headers": headers}).status_code == 200


@pytest.mark.parametrize(("service", "path"), LISTS)
def test_a_cursor_that_no_page_gave_is_refused_or_shows_a_page(stage: Stage, service: str, path: str) -> None:
    """Never an error of ours: what it holds may be of any type and number."""
    call = f"/programmes/{stage.ids['programmes'][0]}"
    url = path.replace("{owner}", "city").replace("{fiscal_year}", "1405").replace("/programmes/{id}", call)
    url = url.replace("{what}", "exceptions")
    if path == "/cases/{id}/visits":
        url = next(visits for visits in map("/cases/{}/visits".format, stage.ids["cases"]) if _seen(stage, visits))
    made = [encode_cursor([*first, *rest]) for first in CURSORS for rest in ([], [None], [1], ["x"], ["x", 2])]
    seen = set()
    for cursor in [*made, *UNREADABLE]:
        headers = {"Authorization": "Bearer everything"}
        params = {"cursor": cursor, **({"book": "city/1405"} if path == "/book-heads" else {})}
        answer = stage.send(service, {"method": "GET", "url": url, "params": params, "headers": headers})
        assert answer.status_code in (200, 422), f"{cursor}: {answer.text}"
        assert answer.status_code == 200 or [e["pointer"] for e in answer.json()["errors"]] == ["/cursor"]
        seen.add(answer.status_code)
    assert 422 in seen


@pytest.mark.parametrize("service", OPEN)
def test_a_method_that_is_not_offered_is_refused_with_405_and_those_that_are(stage: Stage, service: str) -> None:
    for path, methods in OPEN[service]["paths"].items():
        for method in METHODS:
            # a fixed word is also what {letter} takes
            if method not in methods and method not in OPEN[service]["paths"].get(TAKEN_AS.get(path), ()):
                url = path.replace("{seat}", "1").replace("{", "").replace("}", "")
                answer = stage.send(service, {"method": method.upper(), "url": url})
                assert answer.status_code == 405, f"{method} {path}"
                assert answer.json()["code"] == "method_not_allowed"
                assert answer.headers["allow"]


@pytest.mark.parametrize("service", OPEN)
@pytest.mark.parametrize("token", [None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer unknown", "Bearer a.b.c"])
def test_without_a_valid_token_everything_that_asks_for_one_answers_401(
    stage: Stage, service: str, token: str | None
) -> None:
    headers = {} if token is None else {"Authorization": token}
    for path, methods in OPEN[service]["paths"].items():
        for method, operation in methods.items():
            security = operation.get("security", [])
            if path in PUBLIC or not security or (token is None and {} in security):
                continue
            url = path.replace("{seat}", "1").replace("{", "").replace("}", "").replace("owner", "city")
            answer = stage.send(service, {"method": method.upper(), "url": url, "headers": headers})
            assert answer.status_code == 401, f"{method} {path}: {answer.text}"
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_too_many_calls_are_refused_with_429_per_caller_and_per_address(stage: Stage) -> None:
    """The others go on, health and metrics too."""
    app = stage.apps["budget"]
    kept, app.state.rates = app.state.rates, Rates(0.001, 2, now=lambda: 0.0)
    try:

        def call(who: str | None, url: str = "/books") -> httpx.Response:
            headers = {} if who is None else {"Authorization": f"Bearer {who}"}
            return stage.send("budget", {"method": "GET", "url": url, "headers": headers})

        assert [call("office").status_code for _ in range(3)] == [200, 200, 429]
        assert call("auditor").status_code == 200
        assert [call(None).status_code for _ in range(3)] == [200, 200, 429]
        assert call("a wrong token").status_code == 429  # the same address has used its bucket up
        answer = call(None)
        assert answer.headers["retry-after"] == "1000"
        assert answer.json()["code"] == "too_many_requests"
        assert [call(None, url).status_code for url in ("/health/live", "/health/ready", "/metrics")] == [200] * 3
    finally:
        app.state.rates = kept
