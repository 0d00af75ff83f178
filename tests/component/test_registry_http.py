"""Registry through its HTTP API, over storage in memory and real tokens: what callers get, and what they do not."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from ops.keys import Issuer, local_issuer
from services.registry.inbound.http import router
from services.registry.inbound.texts import TEXTS
from services.registry.outbound.indexes import INDEXES
from services.registry.outbound.store import ORGANIZATIONS
from services.registry.wiring import use_cases
from shared.contracts.durations import WorkingCalendar
from shared.storage.aggregates import Aggregates, fold
from shared.web.app import WebParts, build_app
from shared.web.auth import Keys, Verifier
from shared.web.caller import Grant
from tests.fakes.storage import MemoryStores

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
NUMBERS = count(1)
SHEBA = "IR820540102680020817909002"
OTHER_SHEBA = "IR062960000000100324200001"

ASSOCIATION: dict[str, Any] = {
    "names": {"fa": "انجمن نیک‌اندیشان شماره ۱", "latin": "Association 1"},
    "kind": "association",
    "districts": ["7"],
    "topics": ["addiction"],
    "legal_id": "۱۰۳۸۰۲۸۴۷۹۰",
    "licence": {"number": "1404/1", "issuer": "فرمانداری", "valid_from": "2025-03-21", "valid_until": "2028-03-19"},
    "address": {"text": "خیابان نمونه، پلاک ۱", "neighbourhood": "محله نمونه", "postal_code": "16197-35744"},
    "contact": {"telephone": "051-30000000", "email": "one@example.org"},
    "account": {"sheba": "IR82 0540 1026 8002 0817 9090 02", "held_by": "organization"},
    "representatives": [
        {"name": "نماینده ۱", "role": "مدیر", "national_code": "۰۰۱۰۳۵۰۸۲۹", "mobile": "+98 912 345 6789"},
        {"name": "نماینده ۲", "role": "خزانه‌دار", "national_code": "0076229645", "mobile": "09123456780"},
    ],
    "purpose": "پیشگیری از اعتیاد در محله",
}
MOSQUE_GROUP: dict[str, Any] = {
    **{part: ASSOCIATION[part] for part in ("districts", "topics", "address", "contact", "representatives", "purpose")},
    "names": {"fa": "گروه مسجدی شماره ۱"},
    "kind": "mosque_group",
    "no_legal_id_reason": "گروه مسجدی، ثبت‌نشده",
}
YES = {
    question: {"answer": "yes"}
    for question in ("identity_matches", "licence_valid", "purpose_social", "representatives_identified", "account_ok")
}
GROUP_ANSWERS = {
    **YES,
    "licence_valid": {"answer": "not_applicable", "comment": "این نوع، مجوز ندارد."},
    "account_ok": {"answer": "not_applicable", "comment": "هنوز حسابی ندارد."},
}


class Person:
    """Somebody with a token, calling the API. Idempotency keys are numbered unless given."""

    def __init__(self, client: AsyncClient, token: str | None, name: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._name = name

    async def get(self, path: str, **params: Any) -> Response:
        return await self._client.get(path, params=params, headers=self._headers)

    async def post(self, path: str, body: Any = None, key: str | None = None) -> Response:
        headers = {**self._headers, "Idempotency-Key": key or f"{self._name}-{next(NUMBERS)}"}
        return await self._client.post(path, json=body, headers=headers)

    async def post_text(self, path: str, text: str) -> Response:
        headers = {**self._headers, "Idempotency-Key": f"{self._name}-{next(NUMBERS)}"}
        headers["Content-Type"] = "application/json"
        return await self._client.post(path, content=text.encode(), headers=headers)

    async def put(self, path: str, body: Any, **headers: str) -> Response:
        return await self._client.put(path, json=body, headers={**self._headers, **headers})

    async def patch(self, path: str, body: Any, version: int | None) -> Response:
        headers = self._headers if version is None else {**self._headers, "If-Match": f'"{version}"'}
        return await self._client.patch(path, json=body, headers=headers)


class City:
    """Registry over storage in memory, with districts 7 and 8, and its people."""

    def __init__(self, stores: MemoryStores, client: AsyncClient, issuer: Issuer) -> None:
        self.stores = stores
        self._client = client
        self._issuer = issuer
        self.applicant = self.person("applicant-1")
        self.stranger = self.person("stranger", Grant("applicant", None, "another-organization"))
        self.registrar = self.person("registrar-7", Grant("registrar", "7"))
        self.registrar_8 = self.person("registrar-8", Grant("registrar", "8"))
        self.city_registrar = self.person("registrar-city", Grant("registrar"))
        self.city_office = self.person("city-office", Grant("city_office"))
        self.auditor = self.person("auditor", Grant("auditor"))
        self.hq = self.person("hq", Grant("hq"))
        self.nobody = Person(client, None, "nobody")

    def person(self, subject: str, *grants: Grant, audience: str = "sama-registry") -> Person:
        token = self._issuer.token(subject, grants, [audience], datetime.now(UTC))
        return Person(self._client, token, subject)

    async def registered(self, body: dict[str, Any], by: Person | None = None) -> str:
        answer = await (by or self.applicant).post("/organizations", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def submitted(self, body: dict[str, Any]) -> str:
        id = await self.registered(body)
        await done(self.applicant.post(f"/organizations/{id}/submit"))
        return id

    async def approved(self, body: dict[str, Any]) -> str:
        id = await self.submitted(body)
        answers = GROUP_ANSWERS if body["kind"] == "mosque_group" else YES
        await done(self.registrar.post(f"/organizations/{id}/checklist", {"answers": answers}))
        await done(self.registrar.post(f"/organizations/{id}/approve"))
        return id

    def announced(self, id: str) -> list[str]:
        return [e["type"] for e in self.stores.events if e["subject"] == f"organization/{id}"]

    def document(self, id: str) -> dict[str, Any]:
        return self.stores.documents("organizations").documents[id]


async def done(answering: Any, status: int = 200) -> Any:
    answer = await answering
    assert answer.status_code == status, answer.text
    return answer.json()


async def refused(answering: Any, status: int, code: str) -> Any:
    answer = await answering
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


def pointers(problem: dict[str, Any]) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in problem["errors"]}


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return local_issuer(Path(tmp_path_factory.mktemp("keys")))


@asynccontextmanager
async def _no_lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


async def _no_problems() -> Sequence[str]:
    return []


@pytest.fixture
async def city(issuer: Issuer) -> AsyncIterator[City]:
    stores = MemoryStores(INDEXES)
    uses = use_cases(stores, lambda: NOW, WorkingCalendar())
    verifier = Verifier(Keys(str(issuer.jwks)), issuer=issuer.name, audience="sama-registry")
    parts = WebParts("registry", "", [router(uses)], TEXTS, verifier, _no_lifespan, _no_problems)
    async with AsyncClient(transport=ASGITransport(build_app(parts)), base_url="http://registry") as client:
        city = City(stores, client, issuer)
        for number in ("7", "8"):
            await done(city.city_office.put(f"/districts/{number}", district(int(number))))
        yield city


def district(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "names": {"fa": f"منطقه {number}", "en": f"District {number}"},
        "order": number,
        "valid_from": "2026-03-21T00:00:00+03:30",
        "external_code": f"0{number}",
        **changes,
    }


# Districts.


async def test_districts_are_read_without_a_token_in_the_citys_order(city: City) -> None:
    await done(city.city_office.put("/districts/samen", district(0)))
    page = await done(city.nobody.get("/districts", limit=2))
    assert [d["id"] for d in page["items"]] == ["samen", "7"]
    assert page["total"] == 3
    rest = await done(city.nobody.get("/districts", limit=2, cursor=page["next"]))
    assert [d["id"] for d in rest["items"]] == ["8"]
    assert rest["next"] is None
    one = await done(city.nobody.get("/districts/7"))
    assert one["valid_from"] == "2026-03-20T20:30:00Z"
    assert one["in_force"] is True


async def test_a_district_is_defined_by_the_city_office_alone_and_announced_once(city: City) -> None:
    await refused(city.nobody.put("/districts/9", district(9)), 401, "unauthenticated")
    await refused(city.registrar.put("/districts/9", district(9)), 403, "forbidden")
    for _ in range(2):
        answer = await city.city_office.put("/districts/9", district(9))
        assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    assert [e["subject"] for e in city.stores.events if e["type"] == "district.defined.v1"][2:] == ["district/9"]
    await refused(city.city_office.put("/districts/9", district(10), **{"If-Match": '"4"'}), 412, "stale_version")
    await done(city.city_office.put("/districts/9", district(10), **{"If-Match": '"1"'}))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"names": {"fa": ""}}, "/names/fa"),
        ({"order": -1}, "/order"),
        ({"order": "7"}, "/order"),
        ({"valid_from": "0001-01-01T00:00:00+14:00"}, "/valid_from"),
        ({"valid_from": "2026-03-21T00:00:00"}, "/valid_from"),
        ({"valid_to": "2026-03-20T20:30:00Z"}, "/valid_to"),
        ({"external_code": "a\x00b"}, "/external_code"),
        ({"more": 1}, "/more"),
    ],
)
async def test_a_bad_district_is_refused_by_field(city: City, changes: dict[str, Any], pointer: str) -> None:
    problem = await refused(city.city_office.put("/districts/9", district(9, **changes)), 422, "invalid_fields")
    assert {place for place, _ in pointers(problem)} == {pointer}
    await refused(city.nobody.get("/districts/9"), 404, "not_found")


# Drafts.


async def test_an_organisation_goes_from_draft_to_approved_and_everything_is_announced(city: City) -> None:
    answer = await city.applicant.post("/organizations", ASSOCIATION)
    receipt = answer.json()
    id = receipt["id"]
    assert answer.headers["location"] == f"/organizations/{id}"
    assert answer.headers["etag"] == '"1"'
    assert receipt == {"id": id, "status": "draft", "version": 1}

    assert (await done(city.applicant.post(f"/organizations/{id}/submit")))["status"] == "submitted"
    await done(city.registrar.post(f"/organizations/{id}/checklist", {"answers": YES}))
    assert (await done(city.registrar.post(f"/organizations/{id}/approve")))["status"] == "approved"

    seen = await done(city.applicant.get(f"/organizations/{id}"))
    assert seen["decision"] == {
        "outcome": "approved",
        "by": "registrar-7",
        "at": "2026-11-22T08:30:00Z",
        "reason": None,
    }
    assert seen["checklist"]["result"] == "passed"
    assert seen["standing"]["may_submit"] == {"allowed": True, "reasons": [], "since": "2026-11-22T08:30:00Z"}
    assert city.announced(id) == [
        "organization.registered.v1",
        "organization.standing_changed.v1",
        "organization.submitted.v1",
        "organization.standing_changed.v1",
        "organization.approved.v1",
        "organization.standing_changed.v1",
    ]


async def test_identifiers_are_stored_normalised_and_said_to_be_well_formed_only(city: City) -> None:
    id = await city.registered(ASSOCIATION)
    seen = await done(city.applicant.get(f"/organizations/{id}"))
    assert seen["legal_id"] == "10380284790"
    assert seen["account"]["sheba"] == SHEBA
    assert seen["address"]["postal_code"] == "1619735744"
    assert seen["representatives"][0]["national_code"] == "0010350829"
    assert seen["representatives"][0]["mobile"] == "09123456789"
    assert "/legal_id" in seen["well_formed"]
    assert "/representatives/1/mobile" in seen["well_formed"]
    assert "verified" not in seen


async def test_every_malformed_identifier_is_named_in_the_callers_language(city: City) -> None:
    body = {
        **ASSOCIATION,
        "legal_id": "11111111111",
        "account": {"sheba": "IR820540102680020817909003", "held_by": "organization"},
        "representatives": [{"name": "نماینده", "role": "عضو", "national_code": "1234567890", "mobile": "9123456789"}],
        "districts": ["7", "7", "99"],
        "kind": "party",
    }
    problem = await refused(city.applicant.post("/organizations", body), 422, "invalid_fields")
    assert pointers(problem) == {
        ("/legal_id", "legal_id_check_digit"),
        ("/account/sheba", "sheba_check_digits"),
        ("/representatives/0/national_code", "national_code_check_digit"),
        ("/representatives/0/mobile", "mobile_structure"),
        ("/districts/1", "named_twice"),
        ("/districts/2", "unknown_district"),
        ("/kind", "unknown_kind"),
    }
    assert "رقم کنترل" in problem["errors"][0]["message"]
    assert city.stores.documents("organizations").documents == {}


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"names": {"fa": "ن" * 301}}, "/names/fa", "string_too_long"),
        ({"names": {"fa": "   "}}, "/names/fa", "string_too_short"),
        ({"districts": []}, "/districts", "too_short"),
        ({"contact": {}}, "/contact", "contact_needs_a_way"),
        ({"licence": {**ASSOCIATION["licence"], "valid_until": "2024-01-01"}}, "/licence", "ends_before_it_begins"),
        ({"licence": {**ASSOCIATION["licence"], "valid_from": "soon"}}, "/licence/valid_from", None),
        ({"account": {"sheba": SHEBA, "held_by": "me"}}, "/account/held_by", "literal_error"),
        ({"status": "approved"}, "/status", "extra_forbidden"),
    ],
)
async def test_a_bad_field_is_named(city: City, changes: dict[str, Any], pointer: str, code: str | None) -> None:
    problem = await refused(city.applicant.post("/organizations", {**ASSOCIATION, **changes}), 422, "invalid_fields")
    ((place, found),) = pointers(problem)
    assert place == pointer
    assert code is None or found == code


async def test_text_that_is_no_text_is_refused(city: City) -> None:
    for text in ('{"names": {"fa": "\\ud800"}, "kind": "charity", "districts": ["7"]}', "{", "[]", "null", '"\\u0000"'):
        await refused(city.applicant.post_text("/organizations", text), 422, "invalid_fields")


async def test_a_repeated_registration_gets_the_first_answer_and_another_body_is_refused(city: City) -> None:
    first = await city.applicant.post("/organizations", ASSOCIATION, key="once")
    id = first.json()["id"]
    await done(city.applicant.post(f"/organizations/{id}/submit"))
    again = await city.applicant.post("/organizations", ASSOCIATION, key="once")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    await refused(city.applicant.post("/organizations", MOSQUE_GROUP, key="once"), 422, "idempotency_key_reused")
    somebody_else = await done(city.stranger.post("/organizations", ASSOCIATION, key="once"), 201)
    assert somebody_else["id"] != id


async def test_a_draft_is_completed_step_by_step_with_if_match(city: City) -> None:
    id = await city.registered({part: ASSOCIATION[part] for part in ("names", "kind", "districts")})
    path = f"/organizations/{id}"
    problem = await refused(city.applicant.post(f"{path}/submit"), 422, "profile_incomplete")
    assert ("/licence", "required_for_submission") in pointers(problem)

    rest = {part: value for part, value in ASSOCIATION.items() if part not in ("names", "kind", "districts")}
    await refused(city.applicant.patch(path, rest, None), 428, "version_required")
    changed = await city.applicant.patch(path, rest, 1)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    await refused(city.applicant.patch(path, {"purpose": "دیگر"}, 1), 412, "stale_version")
    await refused(city.applicant.patch(path, {"names": None}, 2), 422, "invalid_fields")
    same = await done(city.applicant.patch(path, {"purpose": ASSOCIATION["purpose"]}, 2))
    assert same["version"] == 2
    await done(city.applicant.patch(path, {"licence": None}, 2))
    assert (await done(city.applicant.get(path)))["licence"] is None


async def test_who_acts_for_the_organisation_by_token_edits_it_too(city: City) -> None:
    id = await city.registered(ASSOCIATION)
    colleague = city.person("colleague", Grant("applicant", None, id))
    await done(colleague.patch(f"/organizations/{id}", {"purpose": "هدف تازه"}, 1))
    await done(colleague.post(f"/organizations/{id}/submit"))


# Verification.


async def test_a_group_without_a_legal_id_is_sent_back_corrected_and_approved(city: City) -> None:
    id = await city.submitted(MOSQUE_GROUP)
    path = f"/organizations/{id}"
    corrections = [{"field": "/address/postal_code", "reason": "با نشانی نمی‌خواند."}]
    await done(city.registrar.post(f"{path}/request-changes", {"corrections": corrections}))
    seen = await done(city.applicant.get(path))
    assert seen["corrections"] == corrections

    version = seen["version"]
    address = {**ASSOCIATION["address"], "postal_code": "1619735745"}
    moved = {"address": {**address, "text": "جای دیگر"}}
    problem = await refused(city.applicant.patch(path, moved, version), 422, "fields_not_open")
    assert pointers(problem) == {("/address/text", "field_not_open")}
    await done(city.applicant.patch(path, {"address": address}, version))
    await done(city.applicant.post(f"{path}/submit"))
    await done(city.registrar.post(f"{path}/checklist", {"answers": GROUP_ANSWERS}))
    await done(city.registrar.post(f"{path}/approve"))
    assert (await done(city.applicant.get(path)))["revision"] == 2


async def test_approval_waits_for_the_checklist(city: City) -> None:
    id = await city.submitted(ASSOCIATION)
    path = f"/organizations/{id}"
    await refused(city.registrar.post(f"{path}/approve"), 409, "checklist_not_passed")
    answers = {**YES, "purpose_social": {"answer": "no", "comment": "تجاری است."}}
    await done(city.registrar.post(f"{path}/checklist", {"answers": answers}))
    problem = await refused(city.registrar.post(f"{path}/approve"), 409, "checklist_not_passed")
    assert pointers(problem) == {("/checklist/purpose_social", "answered_no")}
    wrong = {"licence_valid": {"answer": "not_applicable", "comment": "ندارد"}}
    problem = await refused(city.registrar.post(f"{path}/checklist", {"answers": wrong}), 422, "invalid_fields")
    assert pointers(problem) == {("/answers/licence_valid/answer", "question_applies")}
    await refused(city.registrar.post(f"{path}/checklist", {"answers": {}}), 422, "invalid_fields")
    await done(city.registrar.post(f"{path}/reject", {"reason": "هدف تجاری است."}))
    assert (await done(city.applicant.get(path)))["decision"]["reason"] == "هدف تجاری است."


async def test_a_likely_duplicate_is_resolved_before_approval(city: City) -> None:
    first = await city.approved(ASSOCIATION)
    same_name = {**MOSQUE_GROUP, "names": {"fa": "انجمن نيك انديشان شماره 1"}}
    id = await city.submitted(same_name)
    path = f"/organizations/{id}"
    await done(city.registrar.post(f"{path}/checklist", {"answers": GROUP_ANSWERS}))
    problem = await refused(city.registrar.post(f"{path}/approve"), 409, "duplicates_unresolved")
    assert problem["params"]["organizations"] == first

    (found,) = (await done(city.registrar.get(f"{path}/duplicates")))["items"]
    assert (found["organization"], found["grounds"], found["unresolved"]) == (first, ["same_name"], ["same_name"])
    await refused(city.applicant.get(f"{path}/duplicates"), 403, "own_organization")
    word = {"organization": first, "verdict": "different", "reason": "نمایندگان دیگر"}
    nonsense = {**word, "organization": "none"}
    await refused(city.registrar.post(f"{path}/duplicates", nonsense), 422, "invalid_fields")
    await done(city.registrar.post(f"{path}/duplicates", word))
    await done(city.registrar.post(f"{path}/approve"))


async def test_the_same_sheba_in_another_district_is_a_likely_duplicate(city: City) -> None:
    first = await city.approved(ASSOCIATION)
    other = {**MOSQUE_GROUP, "districts": ["8"], "account": {"sheba": SHEBA, "held_by": "host_organization"}}
    id = await city.submitted(other)
    (found,) = (await done(city.registrar_8.get(f"/organizations/{id}/duplicates")))["items"]
    assert (found["organization"], found["grounds"]) == (first, ["same_sheba"])


async def test_a_legal_id_is_unique_among_living_organisations(city: City) -> None:
    """REG-5."""
    first = await city.submitted(ASSOCIATION)
    second = await city.registered(ASSOCIATION)  # a draft takes nothing from anybody
    before = dict(city.document(second))
    problem = await refused(city.applicant.post(f"/organizations/{second}/submit"), 409, "legal_id_taken")
    assert pointers(problem) == {("/legal_id", "legal_id_taken")}
    assert city.document(second) == before
    await done(city.registrar.post(f"/organizations/{first}/reject", {"reason": "مدرک ندارد."}))
    await done(city.applicant.post(f"/organizations/{second}/submit"))


async def test_standing_is_withdrawn_and_given_back(city: City) -> None:
    id = await city.approved(ASSOCIATION)
    path = f"/organizations/{id}"
    await refused(city.registrar.post(f"{path}/suspend", {"reason": " "}), 422, "invalid_fields")
    await done(city.registrar.post(f"{path}/suspend", {"reason": "گزارش نرسیده است."}))
    seen = await done(city.stranger.get(path))
    assert seen["suspension"]["reason"] == "گزارش نرسیده است."
    assert seen["standing"]["may_be_paid"]["reasons"] == ["organization_suspended"]
    await refused(city.registrar.post(f"{path}/suspend", {"reason": "باز"}), 409, "organization_wrong_status")
    await done(city.registrar.post(f"{path}/reinstate", {"reason": "گزارش رسید."}))
    assert (await done(city.applicant.get(path)))["standing"]["may_be_paid"]["allowed"] is True
    changes = [e for e in city.stores.events if e["type"] == "organization.standing_changed.v1"]
    assert [e["data"]["standing"]["status"] for e in changes][-2:] == ["suspended", "approved"]
    assert [int(e["sequence"]) for e in changes] == [2, 4, 6, 8, 10]


# Who may see and do what.

COMMANDS = {
    "checklist": {"answers": YES},
    "duplicates": {"organization": "x", "verdict": "different", "reason": "دلیل"},
    "approve": None,
    "reject": {"reason": "دلیل"},
    "request-changes": {"corrections": [{"field": "/names", "reason": "دلیل"}]},
    "suspend": {"reason": "دلیل"},
    "reinstate": {"reason": "دلیل"},
}


@pytest.mark.parametrize("command", COMMANDS)
async def test_only_a_registrar_of_its_district_decides(city: City, command: str) -> None:
    id = await city.submitted(ASSOCIATION)
    before = dict(city.document(id))
    path, body = f"/organizations/{id}/{command}", COMMANDS[command]
    await refused(city.nobody.post(path, body), 401, "unauthenticated")
    await refused(city.person("x", Grant("registrar"), audience="sama-budget").post(path, body), 401, "unauthenticated")
    await refused(city.stranger.post(path, body), 404, "not_found")
    for person in (city.applicant, city.registrar_8, city.city_office, city.auditor, city.hq):
        await refused(person.post(path, body), 403, "forbidden")
    own = city.person("applicant-1", Grant("registrar", "7"))
    await refused(own.post(path, body), 403, "own_organization")
    assert city.document(id) == before


async def test_only_its_own_people_edit_and_submit(city: City) -> None:
    id = await city.registered(ASSOCIATION)
    path = f"/organizations/{id}"
    await refused(city.nobody.patch(path, {"purpose": "دیگر"}, 1), 401, "unauthenticated")
    await refused(city.stranger.patch(path, {"purpose": "دیگر"}, 1), 404, "not_found")
    await refused(city.stranger.patch(path, {"purpose": "دیگر"}, 9), 404, "not_found")
    await refused(city.registrar.patch(path, {"purpose": "دیگر"}, 1), 403, "forbidden")
    await refused(city.registrar.post(f"{path}/submit"), 403, "forbidden")
    await refused(city.applicant.post("/organizations/unknown/submit"), 404, "not_found")
    assert (await done(city.applicant.get(path)))["version"] == 1


async def test_personal_data_is_seen_only_where_it_is_needed(city: City) -> None:
    id = await city.approved(ASSOCIATION)
    path = f"/organizations/{id}"
    for person in (city.applicant, city.registrar, city.city_registrar, city.auditor):
        seen = await done(person.get(path))
        assert (seen["sight"], seen["account"]["sheba"]) == ("full", SHEBA)
    for person in (city.hq, city.city_office, city.registrar_8):
        answer = await person.get(path)
        seen = answer.json()
        assert seen["sight"] == "masked"
        assert seen["account"]["sheba"].endswith("•9002")
        assert seen["representatives"][0]["national_code"] == "••••••0829"
        assert seen["representatives"][0]["mobile"] == "•••••••6789"
        assert seen["contact"] == {"telephone": "••••••••0000", "email": "•••@example.org", "website": None}
        for hidden in (SHEBA, "0010350829", "09123456789", "051-30000000"):
            assert hidden not in answer.text
    seen = await done(city.stranger.get(path))
    assert seen["sight"] == "public"
    assert seen["withheld"]
    assert seen["address"] == {"neighbourhood": "محله نمونه"}
    assert (seen["contact"], seen["account"], seen["representatives"], seen["checklist"]) == (None, None, [], None)
    await refused(city.nobody.get(path), 401, "unauthenticated")


async def test_what_is_not_public_yet_is_not_found_by_strangers(city: City) -> None:
    id = await city.registered(ASSOCIATION)
    await refused(city.stranger.get(f"/organizations/{id}"), 404, "not_found")
    await refused(city.registrar_8.get(f"/organizations/{id}"), 404, "not_found")
    await refused(city.stranger.get(f"/organizations/{id}/history"), 404, "not_found")


async def test_the_timeline_tells_who_did_what_without_personal_data(city: City) -> None:
    id = await city.registered(ASSOCIATION)
    path = f"/organizations/{id}"
    people = [{**ASSOCIATION["representatives"][0], "national_code": "1583250689"}, ASSOCIATION["representatives"][1]]
    await done(city.applicant.patch(path, {"representatives": people}, 1))
    await done(city.applicant.post(f"{path}/submit"))
    await done(city.registrar.post(f"{path}/checklist", {"answers": YES}))
    await done(city.registrar.post(f"{path}/approve"))
    answer = await city.applicant.get(f"{path}/history")
    told = [(entry["n"], entry["what"], entry["by"], entry["details"]) for entry in answer.json()["items"]]
    assert told == [
        (1, "registered", "applicant-1", {}),
        (2, "profile_edited", "applicant-1", {"fields": ["/representatives/0/national_code"]}),
        (3, "submitted", "applicant-1", {"revision": 1}),
        (4, "checklist_answered", "registrar-7", dict.fromkeys(YES, "yes")),
        (5, "approved", "registrar-7", {}),
    ]
    for hidden in ("1583250689", "0010350829", SHEBA, "نماینده"):
        assert hidden not in answer.text
    await refused(city.stranger.get(f"{path}/history"), 403, "forbidden")


# Lists.


async def test_lists_show_what_the_caller_may_see(city: City) -> None:
    approved = await city.approved(ASSOCIATION)
    waiting = await city.submitted({**MOSQUE_GROUP, "districts": ["8"]})
    draft = await city.registered(MOSQUE_GROUP)

    async def ids(person: Person, **params: Any) -> set[str]:
        page = await done(person.get("/organizations", **params))
        assert page["total"] == len(page["items"])
        return {item["id"] for item in page["items"]}

    assert await ids(city.stranger) == {approved}
    assert await ids(city.applicant) == {approved}
    assert await ids(city.applicant, mine=True) == {approved, waiting, draft}
    assert await ids(city.applicant, mine=True, status="draft") == {draft}
    assert await ids(city.registrar) == {approved, draft}
    assert await ids(city.registrar, status="draft") == {draft}
    assert await ids(city.registrar, district="8") == set()
    assert await ids(city.registrar_8, status="submitted") == {waiting}
    assert await ids(city.registrar_8, status="approved") == {approved}
    assert await ids(city.hq) == {approved, waiting, draft}
    assert await ids(city.hq, kind="mosque_group", district="7") == {draft}
    await refused(city.stranger.get("/organizations", status="draft"), 403, "forbidden")
    await refused(city.registrar.get("/organizations", status="draft", district="8"), 403, "forbidden")
    await refused(city.nobody.get("/organizations"), 401, "unauthenticated")
    assert "نماینده" not in (await city.hq.get("/organizations")).text


@pytest.mark.parametrize(
    ("name", "q"),
    [
        ("خانه کتاب محله", "كتاب"),
        ("خانه كتاب محله", "کتاب"),
        ("خانة کتاب", "خانه"),
        ("مؤسسۀ كـِتاب", "کتاب"),
        ("گروه کتاب‌خوانی ۱۲", "خوانی کتاب 12"),
        ("گروه تازه", "كتاب قديم"),
        ("گروه تازه", "BOOK"),
    ],
)
async def test_a_name_is_found_by_its_persian_key_in_all_its_names(city: City, name: str, q: str) -> None:
    names = {"fa": name, "latin": "Book house", "former": ["کتابِ قدیم"] if name == "گروه تازه" else []}
    id = await city.registered({**MOSQUE_GROUP, "names": names})
    await city.registered({**MOSQUE_GROUP, "names": {"fa": "کتیبه"}})
    page = await done(city.applicant.get("/organizations", q=q, mine=True))
    assert ([item["id"] for item in page["items"]], page["total"]) == ([id], 1)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("نیک اندیشان", True),
        ("نيك‌اندیشان", True),
        ("انجمن ASSOCIATION ۱", True),
        ("انجمن دیگر", False),
        ("نیک", True),
    ],
)
async def test_names_are_found_by_their_words_in_any_spelling(city: City, q: str, found: bool) -> None:
    id = await city.approved(ASSOCIATION)
    page = await done(city.stranger.get("/organizations", q=q))
    assert [item["id"] for item in page["items"]] == ([id] if found else [])


async def test_a_search_without_a_word_and_a_made_up_cursor_are_refused(city: City) -> None:
    problem = await refused(city.hq.get("/organizations", q="؟!"), 422, "invalid_fields")
    assert pointers(problem) == {("q", "no_word_to_search")}
    await refused(city.hq.get("/organizations", cursor="nonsense"), 422, "invalid_fields")
    await refused(city.hq.get("/organizations", status="lost"), 422, "invalid_fields")


async def test_pages_follow_one_another(city: City) -> None:
    ids = {await city.registered(MOSQUE_GROUP) for _ in range(5)}
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await done(city.hq.get("/organizations", limit=2, **cursor))
        assert page["total"] == 5
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(seen) == 5
    assert set(seen) == ids


async def test_kinds_are_public_and_say_what_they_ask(city: City) -> None:
    kinds = (await done(city.nobody.get("/organization-kinds")))["items"]
    group = next(kind for kind in kinds if kind["id"] == "mosque_group")
    assert (group["legal_id"], group["licence"], group["representatives"]) == ("optional", "optional", 2)


async def test_the_state_is_the_fold_of_its_history(city: City) -> None:
    id = await city.approved(ASSOCIATION)
    organizations = Aggregates(ORGANIZATIONS, city.stores.documents("organizations"), city.stores)
    history = await organizations.history(id)
    assert fold(ORGANIZATIONS, [entry.event for entry in history]) == (await organizations.require(id)).state


DOCUMENTS = ("documents", "documents/{document}", "documents/{document}/withdraw")


async def test_the_api_is_described(city: City) -> None:
    document = (await done(city.nobody.get("/openapi.json")))["paths"]
    assert document.keys() >= {
        f"/organizations/{{organization}}/{verb}" for verb in (*COMMANDS, "submit", "history", *DOCUMENTS)
    }
