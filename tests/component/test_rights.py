"""F17: every operation by everybody. Whoever the table does not name is refused, and a refused call changes no stored byte.

The table is complete: an operation of the OpenAPI documents without a row fails. Tokens that do not verify are tried on every operation of
running services in tests/integration/test_services_live.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import pytest

from services.review.outbound.store import PRIORITY_LISTS
from shared.web.caller import ROLES, Caller, Grant, Role
from tests.builders import DISTRICT, YEAR, Request
from tests.fuzz.requests import OPEN
from tests.fuzz.stage import PDF, SPREADSHEET, VOTED, Stage
from tests.fuzz.stage import PUBLIC as WITHOUT_TOKEN
from tests.visits import PNG

# VOTED: the city's request that is closed and not decided; its organisation lies in DISTRICT alone, and has a webhook.
REFUSED: Final = frozenset({401, 403, 404})

Who = frozenset[str]

STAFF_ROLES: Final = ("registrar", "auditor", "city_office", "hq")
IMPORTERS: Final = ("registrar", "city_office")
REQUEST_READERS: Final = ("secretary", "budget_officer", "treasurer", "city_office", "hq", "auditor")
FIGURE_READERS: Final = (
    "secretary", "chair", "registrar", "budget_officer", "treasurer", "city_office", "hq", "auditor",
)  # fmt: skip
FILE_READERS: Final = ("secretary", "city_office", "hq", "auditor")
CASE_READERS: Final = ("member", "chair", "secretary", "city_office", "hq", "auditor")


def here(*roles: str) -> Who:
    """The roles for the whole city and for the object's district."""
    return frozenset(f"{role}@{scope}" for role in roles for scope in ("city", DISTRICT))


def anywhere(*roles: str) -> Who:
    """The roles in any scope."""
    return here(*roles) | {f"{role}@8" for role in roles}


EVERYBODY: Final = "everybody, also without a token"
SIGNED_IN: Final = "everybody who is signed in"
OFFICE: Final[Who] = frozenset({"city_office@city"})
OPERATOR: Final[Who] = frozenset({"operator@city"})
REGISTRAR: Final = here("registrar")
OWN: Final[Who] = frozenset({"applicant@own", "owner"})
APPLICANT: Final[Who] = frozenset({"applicant@own"})
SEAT: Final[Who] = frozenset({"seat"})
COUNCIL: Final[Who] = frozenset({"council"})
WEBHOOK_CITY: Final[Who] = frozenset({"city_office@city", "hq@city"})
WEBHOOK_READERS: Final[Who] = WEBHOOK_CITY | {"auditor@city"}

MAY: Final[Mapping[str, Who | str]] = {
    # registry
    "GET /districts": EVERYBODY,
    "GET /districts/{district}": EVERYBODY,
    "PUT /districts/{district}": OFFICE,
    "POST /organizations": SIGNED_IN,
    "GET /organizations": SIGNED_IN,
    "POST /assisted-organizations": REGISTRAR,
    "POST /organizations/{organization}/confirmation-code": REGISTRAR,
    "POST /organizations/{organization}/confirm": OWN,
    "PATCH /organizations/{organization}": OWN,
    "GET /organizations/{organization}": SIGNED_IN,  # approved: its public part
    "POST /organizations/{organization}/submit": OWN,
    "GET /organization-kinds": EVERYBODY,
    "GET /organizations/{organization}/history": OWN
    | anywhere(*STAFF_ROLES),  # of an organisation with a public status
    "POST /organizations/{organization}/checklist": REGISTRAR,
    "GET /organizations/{organization}/duplicates": anywhere(*STAFF_ROLES),
    "GET /organizations/{organization}/shared-representatives": anywhere(*STAFF_ROLES),
    "POST /organizations/{organization}/duplicates": REGISTRAR,
    "POST /organizations/{organization}/approve": REGISTRAR,
    "POST /organizations/{organization}/request-changes": REGISTRAR,
    "POST /organizations/{organization}/reject": REGISTRAR,
    "POST /organizations/{organization}/suspend": REGISTRAR,
    "POST /organizations/{organization}/reinstate": REGISTRAR,
    "POST /organizations/{organization}/revoke": here("city_office"),
    "POST /organizations/{organization}/suspension/answer": OWN,
    "POST /organizations/{organization}/merge": REGISTRAR,
    "GET /profile-proposals": anywhere(*STAFF_ROLES),
    "GET /organizations/{organization}/proposals": OWN | anywhere(*STAFF_ROLES),
    "POST /organizations/{organization}/proposals": OWN,
    "POST /organizations/{organization}/proposals/{proposal}/accept": REGISTRAR,
    "POST /organizations/{organization}/proposals/{proposal}/deny": REGISTRAR,
    "GET /registration-appeals": anywhere(*STAFF_ROLES),
    "GET /organizations/{organization}/appeals": OWN | anywhere(*STAFF_ROLES),
    "POST /organizations/{organization}/appeals": OWN,
    "POST /organizations/{organization}/appeals/{appeal}/answer": here("city_office"),
    "GET /flagged-organizations": anywhere(*STAFF_ROLES),
    "GET /organizations/{organization}/flags": anywhere(*STAFF_ROLES),
    "POST /organizations/{organization}/flags": here("registrar", "city_office"),  # the example: an observation
    "POST /organizations/{organization}/flags/{flag}/raise": here("registrar", "city_office"),
    "POST /organizations/{organization}/flags/{flag}/resolve": here("registrar", "city_office"),
    "GET /document-kinds": EVERYBODY,
    "POST /organizations/{organization}/documents": OWN | REGISTRAR,
    "GET /organizations/{organization}/documents": OWN | here("registrar", "auditor"),
    "GET /organizations/{organization}/documents/{document}": OWN | here("registrar", "auditor"),
    "POST /organizations/{organization}/documents/{document}/withdraw": OWN | REGISTRAR,
    "GET /organization-export": SIGNED_IN,  # what the list shows to each
    "POST /organization-imports": anywhere(*IMPORTERS),
    "GET /organization-imports": anywhere(*IMPORTERS, "auditor"),  # each sees what is theirs
    "GET /organization-imports/{id}": anywhere(*IMPORTERS, "auditor"),  # handed in by ``somebody``, who they all are
    "POST /organization-imports/{id}/apply": here(*IMPORTERS),
    # requests
    "POST /programmes": OFFICE,
    "GET /programmes": EVERYBODY,
    "PUT /programmes/{id}": OFFICE,
    "GET /programmes/{id}": EVERYBODY,
    "POST /programmes/{id}/open": OFFICE,
    "POST /programmes/{id}/close": OFFICE,
    "POST /programmes/{id}/versions": OFFICE,
    "POST /programmes/{id}/eligibility": EVERYBODY,
    "GET /status-wording": EVERYBODY,
    "POST /programmes/{id}/questions": SIGNED_IN,
    "GET /programmes/{id}/questions": EVERYBODY,
    "POST /programmes/{id}/questions/{question}/answer": OFFICE,
    "GET /programmes/{id}/versions/{version}": EVERYBODY,
    "POST /requests": APPLICANT,
    "GET /requests": anywhere(*REQUEST_READERS) | {"applicant@own", "applicant@other"},  # each sees what is theirs
    "PATCH /requests/{id}": APPLICANT,
    "GET /requests/{id}": APPLICANT | here(*REQUEST_READERS),
    "POST /requests/{id}/certification-code": APPLICANT | here("city_office"),
    "POST /requests/{id}/certify": APPLICANT,
    "POST /requests/{id}/submit": APPLICANT,
    "POST /requests/{id}/accept": APPLICANT,
    "POST /requests/{id}/withdraw": APPLICANT,
    "POST /requests/{id}/revised-plan": APPLICANT,
    "POST /requests/{id}/decline": APPLICANT,
    "POST /requests/{id}/appeal": APPLICANT,
    "POST /requests/{id}/appeal/withdraw": APPLICANT,
    "POST /requests/{id}/appeal/admit": OFFICE,
    "POST /requests/{id}/appeal/refuse": OFFICE,
    "POST /requests/{id}/reports": APPLICANT,
    "POST /requests/{id}/reports/accept": here("secretary", "budget_officer"),
    "POST /requests/{id}/reports/send-back": here("secretary", "budget_officer"),
    "POST /requests/{id}/close": here("secretary", "budget_officer"),
    "POST /requests/{id}/cancellation": OFFICE,
    "POST /requests/{id}/cancellation/answer": APPLICANT,
    "POST /requests/{id}/cancellation/drop": OFFICE,
    "POST /requests/{id}/cancel": OFFICE,
    "POST /requests/{id}/agreements/amendment": APPLICANT | here("secretary", "city_office"),
    "POST /requests/{id}/agreements/ending": APPLICANT | here("secretary", "city_office"),
    "POST /requests/{id}/agreements/accept": APPLICANT | here("secretary", "city_office"),
    "POST /requests/{id}/agreements/deny": APPLICANT | here("secretary", "city_office"),
    "GET /requests/{id}/history": APPLICANT | here(*REQUEST_READERS),
    "GET /book-heads": EVERYBODY,
    # review
    "POST /rule-sets": OFFICE,
    "GET /rule-sets": EVERYBODY,
    "GET /rule-sets/{id}": EVERYBODY,
    "GET /rule-sets/{id}/versions/{version}": EVERYBODY,
    "POST /priority-lists": frozenset({"hq@city"}),  # the city's; a district's: its secretary
    "GET /priority-lists": EVERYBODY,
    "GET /priority-lists/{id}": EVERYBODY,
    "GET /priority-lists/{id}/versions/{version}": EVERYBODY,
    "POST /working-groups": here("city_office"),
    "GET /working-groups": EVERYBODY,
    "GET /working-groups/{id}": EVERYBODY,
    "POST /working-groups/{id}/seats/{seat}": here("city_office"),
    "POST /working-groups/{id}/seats/{seat}/empty": here("city_office"),
    "POST /working-groups/{id}/seats/{seat}/substitute": here("city_office"),
    "POST /working-groups/{id}/seats/{seat}/substitute/end": here("city_office"),
    "GET /cases": anywhere(*CASE_READERS) | SEAT,  # each sees what is theirs
    "GET /cases/{id}": here(*CASE_READERS) | SEAT,
    "GET /cases/{id}/history": here(*CASE_READERS) | SEAT,
    "POST /cases/{id}/request-changes": here("secretary"),
    "POST /cases/{id}/summary": here("secretary"),
    "POST /cases/{id}/summary/sign": SEAT,
    "POST /cases/{id}/seats/{seat}/declaration": SEAT,
    "POST /cases/{id}/seats/{seat}/absence": here("city_office"),
    "POST /cases/{id}/substitutes": here("city_office"),
    "POST /cases/{id}/new-term": frozenset({"hq@city"}),
    "POST /cases/{id}/working-group": frozenset({"hq@city"}),
    "PUT /cases/{id}/seats/{seat}/ballot": SEAT,
    "GET /cases/{id}/seats/{seat}/ballot": SEAT,
    "POST /councils": here("city_office"),
    "GET /councils": EVERYBODY,
    "GET /councils/{id}": EVERYBODY,
    "POST /councils/{id}/members": here("city_office"),
    "POST /councils/{id}/members/{member}/end": here("city_office"),
    "POST /concerns": COUNCIL,
    "GET /concerns": EVERYBODY,
    "GET /concerns/{id}": EVERYBODY,
    "POST /concerns/{id}/monitor": COUNCIL,
    "POST /concerns/{id}/resolve": COUNCIL,
    "POST /priority-proposals": here("secretary"),
    "GET /priority-proposals": EVERYBODY,
    "GET /priority-proposals/{id}": EVERYBODY,
    "POST /obstacles": COUNCIL,  # and an organisation's, in tests/component/test_review_participation_http.py
    "GET /obstacles": EVERYBODY,
    "GET /obstacles/{id}": EVERYBODY,
    "POST /obstacles/{id}/assign": here("secretary", "city_office"),
    "POST /obstacles/{id}/answer": here("secretary"),  # whose it is
    "POST /meetings": here("secretary"),
    "GET /meetings": EVERYBODY,
    "GET /meetings/{id}": EVERYBODY,
    "POST /meetings/{id}/cancel": here("secretary"),
    "POST /meetings/{id}/attendance": here("secretary"),
    "POST /meetings/{id}/minutes": here("secretary"),
    "POST /meetings/{id}/minutes/adopt": SEAT,  # the chair's
    "GET /meetings/{id}/minutes": here(*CASE_READERS) | SEAT,
    "GET /meetings/{id}/minutes.pdf": here(*CASE_READERS) | SEAT,
    "POST /meetings/{id}/cases/{case}/open-ballots": here("secretary"),
    "POST /meetings/{id}/cases/{case}/end-discussion": here("secretary"),
    "POST /cases/{id}/visits": here("secretary"),
    "GET /cases/{id}/visits": here(*FILE_READERS) | SEAT,
    "GET /visits": anywhere(*FILE_READERS),  # each sees what is theirs
    "GET /visits/{id}": here(*FILE_READERS) | SEAT,  # and who goes, in tests/component/test_review_visits_http.py
    "POST /visits/{id}/cancel": here("secretary"),
    "POST /visits/{id}/report": here("secretary") | SEAT,  # who goes
    "POST /visits/{id}/pictures": here("secretary") | SEAT,
    "GET /visits/{id}/pictures/{picture}": here(*FILE_READERS) | SEAT,
    "POST /visits/{id}/pictures/{picture}/remove": here("secretary") | SEAT,
    "GET /cases/{id}/ballots": SEAT,
    "POST /cases/{id}/seats/{seat}/paper-ballot": here("secretary"),
    "POST /cases/{id}/seats/{seat}/paper-ballot/confirm": SEAT,
    # budget
    "POST /books": OFFICE,
    "GET /books": EVERYBODY,
    "POST /appropriations": OFFICE,
    "POST /allotments": OFFICE,
    "POST /books/{owner}/{fiscal_year}/close": OFFICE,
    "POST /books/{owner}/{fiscal_year}/rankings": OFFICE,
    "POST /withdrawals": OFFICE,
    "POST /transfers": OFFICE,
    "GET /books/{owner}/{fiscal_year}": EVERYBODY,
    "GET /books/{owner}/{fiscal_year}/head": EVERYBODY,
    "GET /books/{owner}/{fiscal_year}/waiting": EVERYBODY,
    "GET /books/{owner}/{fiscal_year}/entries": EVERYBODY,
    "GET /books/{owner}/{fiscal_year}/statement": EVERYBODY,
    "POST /payments": here("budget_officer"),
    "POST /payments/{payment}/approve": here("treasurer"),
    "POST /payments/{payment}/made": here("treasurer"),
    "POST /payments/{payment}/failed": here("treasurer"),
    "POST /payments/{payment}/refund": here("treasurer"),
    "POST /payments/{payment}/ineligible": here("budget_officer", "treasurer"),
    "POST /ineligible/{finding}/documented": here("budget_officer", "treasurer"),
    "POST /ineligible/{finding}/write-off": here("treasurer"),
    "GET /ineligible/{finding}": EVERYBODY,
    "GET /books/{owner}/{fiscal_year}/ineligible": EVERYBODY,
    "POST /payments/{payment}/give-up": here("budget_officer", "treasurer"),
    "GET /payments/{payment}": EVERYBODY,
    "POST /books/{owner}/{fiscal_year}/payment-orders": here("treasurer"),
    "GET /books/{owner}/{fiscal_year}/payment-orders": here("treasurer", "budget_officer", "auditor"),
    "GET /payment-orders/{order}": here("treasurer", "budget_officer", "auditor"),
    "GET /payment-orders/{order}/file": here("treasurer"),
    "POST /books/{owner}/{fiscal_year}/bank-results": here("treasurer"),
    "GET /books/{owner}/{fiscal_year}/payments": EVERYBODY,
    # webhooks: of an organisation
    "POST /webhooks": WEBHOOK_CITY,  # of an organisation: its applicants, in tests/component/test_webhooks_http.py
    "GET /webhooks": WEBHOOK_READERS | {"applicant@own", "applicant@other"},  # each sees what is theirs
    "PATCH /webhooks/{id}": APPLICANT,
    "GET /webhooks/{id}": APPLICANT | WEBHOOK_READERS,
    "GET /webhooks/{id}/deliveries": APPLICANT | WEBHOOK_READERS,
    "POST /webhooks/{id}/end": APPLICANT | OFFICE,
    "POST /webhooks/{id}/pause": APPLICANT | OFFICE,
    "POST /webhooks/{id}/resume": APPLICANT,
    "POST /webhooks/{id}/replay": APPLICANT,
    "POST /webhooks/{id}/rotate-secret": APPLICANT,
    "POST /webhooks/{id}/test": APPLICANT,
    # portal
    "GET /public/awards": EVERYBODY,
    "GET /public/awards/facets": EVERYBODY,
    "GET /public/awards/{id}": EVERYBODY,
    "GET /public/refusals": EVERYBODY,
    "GET /public/refusals/facets": EVERYBODY,
    "GET /public/calendar": EVERYBODY,
    "GET /public/meetings": EVERYBODY,
    "GET /public/organizations": EVERYBODY,
    "GET /public/organizations/{id}": EVERYBODY,
    "GET /public/books": EVERYBODY,
    "GET /public/programmes": EVERYBODY,
    "GET /public/priorities": EVERYBODY,
    "GET /public/rule-sets": EVERYBODY,
    "GET /public/downloads/{table}": EVERYBODY,
    "GET /public/360giving": EVERYBODY,
    "GET /public/figures": EVERYBODY,
    "GET /public/figures/{owner}/{fiscal_year}": EVERYBODY,
    "GET /figures": anywhere(*FIGURE_READERS) | SEAT,  # each sees what is theirs; the seat's holder chairs
    "GET /figures/{owner}/{fiscal_year}": here(*FIGURE_READERS) | SEAT,
    "GET /attention/{what}": anywhere(*FIGURE_READERS) | SEAT,
}


FILE: Final = "application/octet-stream"
FILES: Final[Mapping[str, bytes]] = {
    "POST /organization-imports": SPREADSHEET,
    "POST /books/{owner}/{fiscal_year}/bank-results": b"order,payment,result\nx,y,failed\n",
    "POST /organizations/{organization}/documents": PDF,
    "POST /visits/{id}/pictures": PNG,
}
"""What is sent where a body is a file."""
PARAMS: Final[Mapping[str, Mapping[str, str]]] = {
    "POST /organizations/{organization}/documents": {"kind": "statute", "name": "statute.pdf"},
    "POST /visits/{id}/pictures": {"caption": "سالن", "without_persons": "true"},
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield service, operation and its part of the document; health and figures need no token, /ops has a rule of its own."""
    for service, document in OPEN.items():
        for path, methods in document["paths"].items():
            if path in WITHOUT_TOKEN:
                continue
            for method, operation in methods.items():
                yield service, f"{method.upper()} {path}", operation


OPERATIONS: Final = list(operations())


def may(operation: str) -> Who | str:
    """Return who may; /ops is the operators' everywhere."""
    return OPERATOR if " /ops/" in operation else MAY[operation]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    organization = stage.city.organizations[VOTED]
    for role in sorted(ROLES - {"applicant"}):
        for scope, district in (("city", None), (DISTRICT, DISTRICT), ("8", "8")):
            stage.callers[f"{role}@{scope}"] = Caller("somebody", (Grant(cast(Role, role), district),))
    stage.callers["applicant@own"] = Caller("somebody", (Grant("applicant", None, organization.id),))
    stage.callers["applicant@other"] = Caller("somebody", (Grant("applicant", None, "another"),))
    stage.callers["owner"] = Caller(organization.owner.subject)
    stage.callers["seat"] = Caller("seat-1", (Grant("chair", DISTRICT),))
    stage.callers["nobody in particular"] = Caller("somebody")
    yield stage
    stage.close()


def _request(stage: Stage) -> Request:
    organization = stage.city.organizations[VOTED]
    return next(request for request in stage.city.drafted if request.organization.id == organization.id)


def _path(stage: Stage, service: str, operation: str) -> str:
    """Fill the path with what exists."""
    template = operation.partition(" ")[2]
    noun = template.removeprefix("/public").split("/")[1]
    ids: dict[str, Any] = {
        "organization": stage.city.organizations[VOTED].id,
        "district": DISTRICT,
        "version": 1,
        "seat": 1,
        "member": 1,
        "flag": 1,
        "proposal": 1,
        "appeal": 1,
        "owner": f"district:{DISTRICT}",
        "fiscal_year": YEAR,
        "letter": "e1",
        "payment": stage.ids["payment"][0],
        "document": stage.document,
        "picture": stage.ids["picture"][0],
        "question": "none",
        "finding": "none",  # who may is in tests/component/test_ineligible_http.py
        "order": "none",  # who may is in tests/component/test_payment_orders_http.py
        "table": "awards",
        "what": "exceptions",
        "case": stage.run(stage.city.case_of(_request(stage))) if noun == "meetings" else "none",
    }
    if noun == "requests":
        ids["id"] = _request(stage).id
    elif noun == "cases":
        ids["id"] = stage.run(stage.city.case_of(_request(stage)))
    elif noun == "priority-lists":
        ids["id"] = next(iter(stage.city.stores["review"].documents(PRIORITY_LISTS.collection).documents))
    elif noun in stage.ids:
        ids["id"] = stage.ids[noun][0]
    return template.format(**ids)


def _body(stage: Stage, service: str, operation: str, described: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the document's own example, about what exists."""
    if "requestBody" not in described or FILE in described["requestBody"]["content"]:
        return None
    (media,) = described["requestBody"]["content"].values()
    schemas = OPEN[service]["components"]["schemas"]
    for option in (media["schema"], *media["schema"].get("anyOf", ()), *media["schema"].get("oneOf", ())):
        name = option.get("$ref", "").rpartition("/")[2]
        if name in schemas and schemas[name].get("examples"):
            example = dict(schemas[name]["examples"][0])
            if operation == "POST /requests":
                example["organization"] = stage.city.organizations[VOTED].id
                example["programme"] = stage.ids["programmes"][0]
            return example
    raise AssertionError(f"{operation} has no example")


def _calls(
    stage: Stage, service: str, operation: str, described: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    method = operation.partition(" ")[0]
    path, body = _path(stage, service, operation), _body(stage, service, operation, described)
    for who in [*stage.callers, "without a token"]:
        headers = {"Idempotency-Key": "k"}
        if method in ("PUT", "PATCH"):
            headers["If-Match"] = '"ballot-1-1"' if path.endswith("/ballot") else "*"
        if who != "without a token":
            headers["Authorization"] = f"Bearer {who}"
        call: dict[str, Any] = {"method": method, "url": path, "headers": headers}
        if FILE in described.get("requestBody", {}).get("content", {}):
            call["content"] = FILES[operation]
            call["params"] = PARAMS.get(operation, {})
        yield who, call if body is None else {**call, "json": body}


def test_every_operation_has_a_row_and_every_row_an_operation() -> None:
    assert {operation for _, operation, _ in OPERATIONS if " /ops/" not in operation} == set(MAY)


@pytest.mark.parametrize(
    ("service", "operation", "described"), OPERATIONS, ids=[f"{service} {name}" for service, name, _ in OPERATIONS]
)
def test_whoever_is_not_named_is_refused_and_changes_nothing(
    stage: Stage, service: str, operation: str, described: dict[str, Any]
) -> None:
    allowed, before = may(operation), stage.snapshot()
    for who, call in _calls(stage, service, operation, described):
        named = allowed == EVERYBODY or (who != "without a token" and allowed == SIGNED_IN) or who in allowed
        if who in ("everything", "chair", "applicant", "office", "secretary", "auditor", "elsewhere", "nobody"):
            continue  # the stage's own callers have several roles
        answer = stage.send(service, call)
        if named:
            assert answer.status_code not in (401, 403), f"{who} may: {answer.text}"
            stage.reset()
            before = stage.snapshot()
        else:
            assert answer.status_code in REFUSED, f"{who} may not: {answer.status_code} {answer.text}"
            assert answer.headers["content-type"] == "application/problem+json"
            assert stage.snapshot() == before, f"{who} was refused, and something changed"
