"""The real services on real servers: who may not write, what is not there, what is repeated, and what happens while a server is away."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pytest

from ops.client import Person
from ops.contracts import asyncapi_path
from ops.local.places import ROOT
from ops.local.services import SERVICES
from ops.play import people, requests
from ops.play.organizations import Organization
from shared.web.caller import ROLES, Grant
from tests.integration.live import Live
from tests.integration.proxy import Mode, Proxy
from tests.servers import Broker

AWAY_SECONDS: Final = (
    9.0  # a lost connection is known within three seconds, silence at the deadline of five; and a busy machine
)
VALUES: Final = {
    "seat": "1",
    "version": "1",
    "owner": "district:nowhere",
    "fiscal_year": "1300",
    "district": "nowhere",
    "book": "district:nowhere/1300",
}
NOT_FOUND: Final = (
    "not_found",
    "book_not_found",
    "payment_not_found",
    "payment_order_not_found",
    "figures_not_found",
    "finding_not_found",
    "no_such",
)
UNKNOWN: Final = "unknown"
UNKNOWN_NUMBER: Final = "9"
EVERYBODY: Final = Person(
    "everybody", tuple(Grant(role, None, UNKNOWN if role == "applicant" else None) for role in sorted(ROLES))
)

Operation = tuple[str, str, Mapping[str, Any]]
"""Method, path with its parameters filled in, and the operation's description."""


@pytest.fixture(scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory, broker: Broker, mongo_url: str) -> AsyncIterator[Live]:
    """The services, a founded city, and the proxies before their servers."""
    live = Live(tmp_path_factory.mktemp("live"), broker, mongo_url)
    await live.prepare()
    await live.start()
    try:
        await live.found()
        yield live
    finally:
        await live.stop()
        await live.forget()


@pytest.fixture(scope="module")
async def organization(live: Live) -> Organization:
    """An approved organisation."""
    return await live.organization()


# ---------------------------------------------------------------- what the documents promise


@pytest.mark.parametrize("service", SERVICES)
async def test_no_write_of_any_service_is_taken_without_a_good_token(live: Live, service: str) -> None:
    """F17: every operation that is not a read, with no token and with every kind of wrong one."""
    document = await _json(live, service, "/openapi.json")
    writes = [operation for operation in _operations(document) if operation[0] not in ("GET", "HEAD")]
    assert writes
    for what, header in {"none": None, **live.bad_tokens(service)}.items():
        for method, path, operation in writes:
            if header is None and "(public)" in operation["summary"]:
                continue  # it keeps nothing: the try of eligibility (REQ-3)
            headers = {"Idempotency-Key": "k", "If-Match": '"1"', **({"Authorization": header} if header else {})}
            answer = await _call(live, service, method, path, _example(document, operation), headers)
            assert answer.status_code == 401, f"{method} {path} with a token that is {what}: {answer.text}"
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize("service", SERVICES)
async def test_a_wrong_token_is_refused_by_reads_too_even_by_those_that_need_none(live: Live, service: str) -> None:
    document = await _json(live, service, "/openapi.json")
    for method, path, _ in _operations(document):
        if method == "GET" and not path.startswith(("/health", "/metrics", "/asyncapi", "/organization-kinds")):
            headers = {"Authorization": live.bad_tokens(service)["with algorithm none"]}
            answer = await _call(live, service, method, path, None, headers)
            assert answer.status_code == 401, f"{method} {path}: {answer.text}"


@pytest.mark.parametrize("service", SERVICES)
async def test_unknown_ids_are_not_found_by_every_operation(live: Live, service: str) -> None:
    document = await _json(live, service, "/openapi.json")
    headers = {"Authorization": f"Bearer {live.token(EVERYBODY, service)}"}
    for number, (method, path, operation) in enumerate(_operations(document)):
        if not any(
            parameter["in"] == "path" and not _choices(document, parameter)
            for parameter in operation.get("parameters", ())
        ):
            continue
        asked = {parameter["name"].lower() for parameter in operation["parameters"] if parameter["in"] == "header"}
        version = {"If-None-Match": "*"} if "if-none-match" in asked else {"If-Match": '"1"'}
        more = {"Idempotency-Key": f"unknown-{number}", **version}
        answer = await _call(live, service, method, path, _example(document, operation), {**headers, **more})
        if (method, path) == ("PUT", "/districts/nowhere"):
            assert answer.status_code == 412, "nothing of that version to change; without If-Match it would be defined"
            continue
        assert answer.status_code == 404, f"{method} {path}: {answer.status_code} {answer.text}"
        assert answer.json()["code"].startswith(NOT_FOUND)


@pytest.mark.parametrize("service", SERVICES)
async def test_each_service_serves_its_committed_asyncapi_document(live: Live, service: str) -> None:
    assert await _json(live, service, "/asyncapi.json") == json.loads(asyncapi_path(ROOT, service).read_text("utf-8"))


# ---------------------------------------------------------------- versions and keys


async def test_a_stale_if_match_is_refused_and_changes_nothing(live: Live, organization: Organization) -> None:
    request = await requests.draft(live.sama, organization, live.content())
    url = f"{live.stack.url('requests')}/requests/{request.id}"
    headers = {"Authorization": f"Bearer {live.token(organization.applicant, 'requests')}"}
    first = await live.http.patch(url, json={"title": "یک"}, headers={**headers, "If-Match": '"1"'})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    stale = await live.http.patch(url, json={"title": "دو"}, headers={**headers, "If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    missing = await live.http.patch(url, json={"title": "دو"}, headers=headers)
    assert missing.status_code == 428
    read = await live.http.get(url, headers=headers)
    assert (read.headers["etag"], read.json()["title"]) == ('"2"', "یک")


async def test_a_repeated_key_gets_the_first_answer_and_another_body_is_refused(
    live: Live, organization: Organization
) -> None:
    """F13, also at once: six times the same call has one effect."""
    for call in live.writes(organization):
        answers = await asyncio.gather(*(live.send(call) for _ in range(6)))
        assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
        assert len({answer.text for answer in answers}) == 1
        again = await live.send(call)
        assert (again.status_code, again.text) == (201, answers[0].text)
        other = await live.send(call, {**call.body, **_changed(call.service)})
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


# ---------------------------------------------------------------- a server is away


@pytest.mark.parametrize("mode", ["gone", "silent"])
async def test_while_the_database_is_away_writes_are_refused_in_time_and_everything_resumes_by_itself(
    live: Live, organization: Organization, mode: Mode
) -> None:
    """F7: 503 with Retry-After, nothing half done, and what was under way ends well."""
    request = await live.reserved(organization)
    calls = live.writes(organization)
    before = await _counts(live, organization)
    await requests.accept(live.sama, request)  # its events find the database away, or just not
    async with _away(live.mongo, mode):
        begun = time.monotonic()
        answers = await asyncio.gather(*(live.send(call) for call in calls))
        assert time.monotonic() - begun < AWAY_SECONDS
        for call, answer in zip(calls, answers, strict=True):
            codes = {"storage_unavailable"} if mode == "gone" else {"storage_unavailable", "no_answer_in_time"}
            assert answer.status_code == 503, call.service
            assert answer.json()["code"] in codes, call.service
            assert int(answer.headers["retry-after"]) > 0
        assert {(await live.health(service, "live")).status_code for service in SERVICES} == {200}
        begun = time.monotonic()
        for ready in await asyncio.gather(*(live.health(service) for service in SERVICES)):
            assert ready.status_code == 503
            assert "database" in " ".join(ready.json()["problems"])
        assert time.monotonic() - begun < AWAY_SECONDS
    await live.ready()
    assert await _counts(live, organization) == before
    await _each_once(live, calls)
    await live.becomes(request, "in_progress")
    assert (await live.verified()).findings == []


async def test_while_the_broker_is_away_writes_are_refused_reads_work_and_nothing_acknowledged_is_lost(
    live: Live, organization: Organization
) -> None:
    """F6: what was saved before the services knew goes out by itself when the broker is back."""
    awards = await asyncio.gather(*(live.reserved(organization) for _ in range(3)))
    calls = live.writes(organization)
    async with _away(live.rabbit, "gone"):
        taken = [
            await _accept(live, award) for award in awards
        ]  # the first may still be taken: it is saved, not announced
        begun = time.monotonic()
        while {(await live.send(call)).status_code for call in calls} != {503}:
            assert time.monotonic() - begun < AWAY_SECONDS, "a service does not notice that its broker is away"
        before = await _counts(live, organization)
        begun = time.monotonic()
        answers = await asyncio.gather(*(live.send(call) for call in live.writes(organization)))
        assert time.monotonic() - begun < 2, "refused before anything is done"
        for answer in answers:
            assert (answer.status_code, answer.json()["code"]) == (503, "broker_unavailable")
            assert int(answer.headers["retry-after"]) > 0
        assert await _counts(live, organization) == before, "reads work"
    await live.ready()
    for award, was_taken in zip(awards, taken, strict=True):
        if not was_taken:
            await requests.accept(live.sama, award)
        await live.becomes(award, "in_progress")
    await _each_once(live, calls)
    assert (await live.verified()).findings == []


# ---------------------------------------------------------------- a second start


async def test_a_second_start_finds_its_data_and_goes_on(live: Live, organization: Organization) -> None:
    request = await live.reserved(organization)
    calls = live.writes(organization)
    first = [await live.send(call) for call in calls]
    before = await _counts(live, organization)
    await live.stop()
    await live.start()
    assert await _counts(live, organization) == before
    for call, answer in zip(calls, first, strict=True):
        assert (await live.send(call)).text == answer.text, "a key is remembered for good"
    await requests.accept(live.sama, request)
    await live.becomes(request, "in_progress")
    report = await live.verified()
    assert report.findings == []
    assert report.books == 2


# ---------------------------------------------------------------- helpers


@asynccontextmanager
async def _away(proxy: Proxy, mode: Mode) -> AsyncIterator[None]:
    await proxy.become(mode)
    try:
        yield
    finally:
        await proxy.become("there")


async def _counts(live: Live, organization: Organization) -> Mapping[str, Any]:
    """Return what the writes of ``Live.writes`` change, as read from each service."""
    by = people.AUDITOR
    city = await live.sama.budget.get("/books/city/1405")
    lists = await live.sama.review.get("/priority-lists/city")
    return {
        "organizations": await live.sama.registry.total("/organizations", by=by),
        "requests": await live.sama.requests.total("/requests", by=organization.applicant),
        "list": lists["version"],
        "city's book": (city["seq"], city["hash"]),
    }


async def _each_once(live: Live, calls: list[Any]) -> None:
    """Repeat the calls with their keys: each is done, and once only."""
    answers = [await live.send(call) for call in calls]
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert [(await live.send(call)).text for call in calls] == [answer.text for answer in answers]


async def _accept(live: Live, request: requests.Request) -> bool:
    """Accept once, without patience; tell whether it was taken."""
    by = request.organization.applicant
    headers = {"Authorization": f"Bearer {live.token(by, 'requests')}", "Idempotency-Key": f"accept-{request.id}"}
    answer = await live.http.post(f"{live.stack.url('requests')}/requests/{request.id}/accept", headers=headers)
    assert answer.status_code in (200, 503), answer.text
    return answer.status_code == 200


async def _json(live: Live, service: str, path: str) -> Any:
    return (await live.http.get(f"{live.stack.url(service)}{path}")).raise_for_status().json()


async def _call(
    live: Live, service: str, method: str, path: str, body: Any, headers: Mapping[str, str]
) -> httpx.Response:
    sent: Any = {"content": body} if isinstance(body, bytes) else {"json": body}
    return await live.http.request(method, f"{live.stack.url(service)}{path}", headers=headers, **sent)


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for template, methods in document["paths"].items():
        for method, operation in methods.items():
            path, query = template, {}
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query" and parameter["required"]:
                    query[parameter["name"]] = VALUES.get(parameter["name"]) or parameter["schema"]["examples"][0]
                if parameter["in"] == "path":
                    schema = parameter["schema"]
                    unknown = UNKNOWN_NUMBER if schema.get("type") == "integer" else UNKNOWN
                    value = VALUES.get(parameter["name"]) or next(iter(_choices(document, parameter)), unknown)
                    path = path.replace(f"{{{parameter['name']}}}", value)
            yield method.upper(), f"{path}?{urlencode(query)}" if query else path, operation


def _choices(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> list[str]:
    """Return the values of a parameter that is one of a few, so that none is unknown; empty for all others."""
    schema = parameter["schema"]
    choices: list[str] = (
        document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema).get("enum", [])
    )
    return choices


def _example(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Any:
    """Return the example of the operation's body, bytes if it is a file, None if it has no body."""
    if "requestBody" not in operation:
        return None
    (media,) = operation["requestBody"]["content"].values()
    schema = media["schema"]
    if schema.get("format") == "binary":
        return str(schema["examples"][0]).encode()
    options = [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    for option in options:
        name = option.get("$ref", "").rpartition("/")[2]
        examples = document["components"]["schemas"].get(name, option).get("examples")
        if examples:
            return examples[0]
    raise AssertionError(f"no example for {operation['summary']}")


def _changed(service: str) -> Mapping[str, Any]:
    """Return a field with another value than ``Live.writes`` sends."""
    others: Mapping[str, Mapping[str, Any]] = {
        "registry": {"purpose": "هدف دیگر"},
        "requests": {"title": "عنوان دیگر"},
        "review": {"topics": [{"topic": "divorce", "names": {"fa": "طلاق"}, "weight": 1}]},
        "budget": {"amount": 1_001},
    }
    return others[service]
