"""F17: every operation × every role × another district's or another organisation's object is refused, changes nothing and is logged.

The table names who may; everybody else of the universe is tried. An operation of the OpenAPI documents without a row fails.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import httpx
import pytest

from ops.client import SERVICES, Person
from ops.play import organizations, people
from shared.web.caller import ROLES, Grant
from tests.integration.faults.checks import check
from tests.integration.faults.test_f04_f05_deliveries import everything
from tests.integration.faults.workload import Workload
from tests.integration.live import DISTRICT, YEAR, Live, profile

ALL: Final = "everybody"
HERE, ELSEWHERE, CITY_WIDE = "here", "elsewhere", "city"

OPEN_OPERATIONS: Final = re.compile(r"^GET /(health|metrics|asyncapi)")

Row = frozenset[str]


def _may(*who: str) -> Row:
    """Names of callers: ``role`` stands for the role here and city-wide, ``role city`` and so on for itself."""
    return frozenset(name for one in who for name in ([one] if " " in one else [f"{one} {HERE}", f"{one} {CITY_WIDE}"]))


OFFICE: Final = _may("city_office city")
REGISTRAR: Final = _may("registrar")
OWN: Final = _may("applicant own")
EVERY: Final = frozenset({ALL})
STAFF: Final = frozenset(
    f"{role} {scope}"
    for role in ("registrar", "auditor", "city_office", "hq")
    for scope in (HERE, ELSEWHERE, CITY_WIDE)
)

MAY: Final[Mapping[str, Row]] = {
    # registry
    "GET /districts": EVERY,
    "GET /districts/{district}": EVERY,
    "PUT /districts/{district}": OFFICE,
    "POST /organizations": EVERY,  # whoever is signed in may register one
    "GET /organizations": EVERY,
    "PATCH /organizations/{organization}": frozenset(),  # only its own applicant, who is not in this universe
    "GET /organizations/{organization}": EVERY,  # approved: its public part
    "POST /organizations/{organization}/submit": frozenset(),
    "GET /organization-kinds": EVERY,
    "GET /organizations/{organization}/history": EVERY,
    "POST /organizations/{organization}/checklist": REGISTRAR,
    "GET /organizations/{organization}/duplicates": STAFF,  # masked, of a living organisation
    "POST /organizations/{organization}/duplicates": REGISTRAR,
    "POST /organizations/{organization}/approve": REGISTRAR,
    "POST /organizations/{organization}/request-changes": REGISTRAR,
    "POST /organizations/{organization}/reject": REGISTRAR,
    "POST /organizations/{organization}/suspend": REGISTRAR,
    "POST /organizations/{organization}/reinstate": REGISTRAR,
    # requests
    "POST /programmes": OFFICE,
    "GET /programmes": EVERY,
    "PUT /programmes/{id}": OFFICE,
    "GET /programmes/{id}": EVERY,
    "POST /programmes/{id}/open": OFFICE,
    "POST /programmes/{id}/close": OFFICE,
    "POST /requests": OWN,
    "GET /requests": EVERY,
    "PATCH /requests/{id}": OWN,
    "GET /requests/{id}": EVERY,
    "POST /requests/{id}/submit": OWN,
    "POST /requests/{id}/accept": OWN,
    "POST /requests/{id}/withdraw": OWN,
    "GET /requests/{id}/history": EVERY,
    # review
    "POST /rule-sets": OFFICE,
    "GET /rule-sets": EVERY,
    "GET /rule-sets/{id}": EVERY,
    "GET /rule-sets/{id}/versions/{version}": EVERY,
    "POST /priority-lists": _may("hq city", "secretary"),
    "GET /priority-lists": EVERY,
    "GET /priority-lists/{id}": EVERY,
    "GET /priority-lists/{id}/versions/{version}": EVERY,
    "POST /working-groups": OFFICE,
    "GET /working-groups": EVERY,
    "GET /working-groups/{id}": EVERY,
    "POST /working-groups/{id}/seats/{seat}": _may("city_office"),
    "POST /working-groups/{id}/seats/{seat}/empty": _may("city_office"),
    "GET /cases": EVERY,
    "GET /cases/{id}": EVERY,
    "GET /cases/{id}/history": EVERY,
    "POST /cases/{id}/request-changes": _may("secretary"),
    "POST /cases/{id}/summary": _may("secretary"),
    "POST /cases/{id}/summary/sign": _may(
        "chair", "member"
    ),  # come as far as the case's status; only the seated chair signs
    "POST /cases/{id}/seats/{seat}/declaration": frozenset(),  # only the seat's holder in person
    "PUT /cases/{id}/seats/{seat}/ballot": frozenset(),
    "GET /cases/{id}/seats/{seat}/ballot": frozenset(),
    # budget
    "POST /books": OFFICE,
    "GET /books": EVERY,
    "POST /appropriations": OFFICE,
    "POST /allotments": OFFICE,
    "GET /books/{owner}/{fiscal_year}": EVERY,
    "GET /books/{owner}/{fiscal_year}/head": EVERY,
    "GET /books/{owner}/{fiscal_year}/waiting": EVERY,
    "GET /books/{owner}/{fiscal_year}/entries": EVERY,
}


def _universe(work: Workload) -> Mapping[str, Person]:
    """Return everybody who may try: each role here, in the other district and city-wide; applicants; and nobody in particular."""
    here, elsewhere = (district.id for district in work.live.city.districts)
    scopes = {HERE: here, ELSEWHERE: elsewhere, CITY_WIDE: None}
    return {
        f"{role} {name}": Person(f"somebody-{role}-{name}", (Grant(role, scope),))
        for role in sorted(ROLES - {"applicant"})
        for name, scope in scopes.items()
    } | {
        "applicant own": work.organization.applicant,  # of the request; for the registry's object another's
        "applicant of another": people.applicant("somebody-else", "another-organisation"),
        "newcomer": people.newcomer("somebody-new"),
    }


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            if not OPEN_OPERATIONS.match(name):
                yield name, operation


def _example(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Any:
    if "requestBody" not in operation:
        return None
    (media,) = operation["requestBody"]["content"].values()
    options = [media["schema"], *media["schema"].get("anyOf", ()), *media["schema"].get("oneOf", ())]
    for option in options:
        name = option.get("$ref", "").rpartition("/")[2]
        if examples := document["components"]["schemas"].get(name, option).get("examples"):
            return examples[0]
    raise AssertionError(f"no example for {operation['summary']}")


async def _objects(live: Live, work: Workload) -> Mapping[str, Mapping[str, str]]:
    """Return real objects for the parameters of the paths, by service."""
    request, case, district = await work.submitted(0)
    only_here = await organizations.found(live.sama, profile(900), "owner-of-one-district")
    assert district == DISTRICT
    groups = (await live.sama.review.get("/working-groups", params={"district": district}))["items"]
    return {
        "registry": {"organization": only_here.id, "district": district},
        "requests /programmes": {"id": live.programme},
        "requests /requests": {"id": request},
        "review /cases": {"id": case, "seat": "2"},
        "review /working-groups": {"id": str(groups[0]["id"]), "seat": "2"},
        "review /rule-sets": {"id": "rules", "version": "1"},
        "review /priority-lists": {"id": "city", "version": "1"},
        "budget": {"owner": f"district:{district}", "fiscal_year": YEAR},
    }


@pytest.mark.fault("F17")
async def test_who_may_not_is_refused_by_every_operation_changes_nothing_and_is_logged(
    live: Live, work: Workload
) -> None:
    objects = await _objects(live, work)
    universe = _universe(work)
    await check(live, work)
    before = await asyncio.to_thread(everything, live)
    rows, let_in, refusals = set(), [], dict.fromkeys(SERVICES, 0)
    for service in SERVICES:
        document = (await live.http.get(f"{live.stack.url(service)}/openapi.json")).json()
        for name, operation in _operations(document):
            assert name in MAY, f"{service}: {name} has no row: say who may"
            rows.add(name)
            method, _, template = name.partition(" ")
            noun = f"{service} /{template.split('/')[1]}"
            path = template.format_map(objects.get(noun) or objects.get(service) or {})
            body = _example(document, operation)
            if name == "POST /requests":
                body = {**live.content(), "organization": work.organization.id}
            if name == "PUT /districts/{district}":  # exists: with If-Match below
                body = {"names": {"fa": "نام دیگر"}, "order": 1, "valid_from": "2020-03-20T00:00:00Z"}
            who: dict[str, Person | None] = {**universe, **_wrong(work)}
            for label, person in who.items():
                wrong = person is None
                if not wrong and (ALL in MAY[name] or label in MAY[name]):
                    continue
                if person is None:
                    header = live.bad_tokens(service)[label.removeprefix("token ")]
                else:
                    header = f"Bearer {live.token(person, service)}"
                answer = await live.http.request(
                    method,
                    f"{live.stack.url(service)}{path}",
                    json=body,
                    headers={
                        "Authorization": header,
                        "Idempotency-Key": f"{label}-{name}".replace(" ", "-")[:60],
                        **_version(method, path),
                    },
                )
                expected = {401} if wrong else {403, 404}
                refusals[service] += answer.status_code == httpx.codes.FORBIDDEN
                if answer.status_code not in expected:
                    let_in.append(f"{service} {name} by {label}: {answer.status_code} {answer.text[:160]}")
    assert not let_in, "\n".join(let_in)
    assert rows == set(MAY), f"rows for operations that are not there: {set(MAY) - rows}"
    assert await asyncio.to_thread(everything, live) == before, "a refused call changed something"
    for service, number in refusals.items():
        text = live.stack.log(service).read_text()
        assert text.count("forbidden: ") >= number, f"{service} did not log each of its {number} refusals"
        assert text.count("refused a token: ") > 0
    await check(live, work)


def _version(method: str, path: str) -> Mapping[str, str]:
    if path.endswith("/ballot"):
        return {"If-None-Match": "*"}
    return {"If-Match": '"1"'} if method in ("PUT", "PATCH") else {}


def _wrong(work: Workload) -> Mapping[str, None]:
    return {f"token {what}": None for what in work.live.bad_tokens("registry")}
