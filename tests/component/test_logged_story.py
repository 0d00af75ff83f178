"""What a played story writes into the logs at the most talkative level: who did what to which object, and nobody's personal data."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shared.logs import formatter
from tests.component.test_registry_http import ASSOCIATION, MOSQUE_GROUP, SHEBA, City, city, done, issuer, refused

__all__ = ["city", "issuer"]  # fixtures

PERSONAL = (
    "0010350829",
    "۰۰۱۰۳۵۰۸۲۹",
    "0076229645",
    "912345678",
    "912 345",
    SHEBA,
    "one@example.org",
    "30000000",
    "نماینده ۱",
)


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Write all that a service logs at DEBUG as JSON lines; the test's own client is no part of it."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(formatter("json", "registry"))
    handler.addFilter(lambda record: not record.name.startswith("httpx"))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def lines(stream: io.StringIO, logger: str) -> list[dict[str, Any]]:
    return [line for text in stream.getvalue().splitlines() if (line := json.loads(text))["logger"] == logger]


async def test_a_played_story_leaves_no_token_and_no_personal_data_in_the_logs(city: City) -> None:
    with logged() as stream:
        id = await city.approved(MOSQUE_GROUP)
        await city.approved(ASSOCIATION)
        await refused(city.applicant.post("/organizations", {"names": 5, **PRIVATE}), 422, "invalid_fields")
        await done(city.registrar.post(f"/organizations/{id}/suspend", {"reason": "کد ملی 0010350829"}))
        await done(city.registrar.get("/organizations", q="نماینده ۱ 0010350829"))
        await city.applicant.post_text("/organizations", '{"national_code": "0010350829", broken')
        await city.person("elsewhere", audience="sama-budget").post("/organizations", MOSQUE_GROUP)
    text = stream.getvalue()
    assert len(lines(stream, "sama.http")) > 10
    assert [told for told in (*PERSONAL, "eyJ", "Bearer") if told in text] == []


PRIVATE = {"representatives": [{"name": "نماینده ۱", "national_code": "0010350829x", "mobile": "09123456789"}]}


async def test_each_refused_command_is_one_line_with_its_code_and_who_called(city: City) -> None:
    id = await city.registered(MOSQUE_GROUP)
    with logged() as stream:
        await refused(city.applicant.post(f"/organizations/{id}/approve"), 403, "forbidden")
        await refused(city.nobody.post("/organizations", MOSQUE_GROUP), 401, "unauthenticated")
    forbidden, nobody = lines(stream, "sama.http")
    assert forbidden["correlation_id"]
    told = {key: forbidden[key] for key in ("level", "method", "route", "status", "code", "caller")}
    assert told == {
        "level": "info", "method": "POST", "route": "/organizations/{organization}/approve", "status": 403,
        "code": "forbidden", "caller": "applicant-1",
    }  # fmt: skip
    assert forbidden["duration_ms"] >= 0
    assert (nobody["code"], nobody["reason"], nobody.get("caller")) == ("unauthenticated", "no bearer token", None)


async def test_reads_are_told_only_to_who_asks_for_details(city: City) -> None:
    with logged() as stream:
        await done(city.applicant.get("/districts"))
    assert [line["level"] for line in lines(stream, "sama.http")] == ["debug"]
