"""Imports of organisations through the HTTP API: a dry run that tells every bad row and column, then the rows as asked."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from httpx import Response

from services.registry.wiring import use_cases
from shared.contracts.durations import WorkingCalendar
from shared.web.caller import Grant
from tests.component import test_registry_http as registry
from tests.component.test_registry_http import (
    ASSOCIATION,
    MOSQUE_GROUP,
    NOW,
    NUMBERS,
    YES,
    City,
    Person,
    done,
    pointers,
    refused,
)
from tests.unit.registry.tables import csv_of, xlsx_of

city, issuer = registry.city, registry.issuer

COMPLETE = {
    "نام تشکل": "گروه مسجدی شماره ۲",
    "نوع تشکل": "گروه مسجدی",
    "منطقه": "منطقه 7",
    "محورها": "addiction",
    "دلیل نداشتن شناسه ملی": "گروه مسجدی، ثبت‌نشده",
    "محله": "محله نمونه",
    "نشانی": "خیابان نمونه، پلاک ۱",
    "تلفن": "051-30000000",
    "نماینده ۱: نام": "نماینده ۱",
    "نماینده ۱: سمت": "مدیر",
    "نماینده ۱: کد ملی": "۰۰۱۰۳۵۰۸۲۹",
    "نماینده ۱: تلفن همراه": "+98 912 345 6789",
    "نماینده ۲: نام": "نماینده ۲",
    "نماینده ۲: سمت": "خزانه‌دار",
    "نماینده ۲: کد ملی": "0076229645",
    "نماینده ۲: تلفن همراه": "09123456780",
    "هدف": "پیشگیری از اعتیاد در محله",
}
DRAFT = {"نام تشکل": "گروه شماره ۳", "نوع تشکل": "informal_group", "منطقه": "۷"}
BAD = {"نام تشکل": "گروه شماره ۴", "نوع تشکل": "باشگاه", "منطقه": "99", "نماینده ۱: کد ملی": "0010350820"}


def table(*rows: Mapping[str, str]) -> bytes:
    header = list(dict.fromkeys(column for row in rows for column in row))
    return csv_of(header, *[[row.get(column, "") for column in header] for row in rows])


async def send(person: Person, content: bytes, key: str | None = None, **params: Any) -> Response:
    headers = {**person._headers, "Idempotency-Key": key or f"{person._name}-{next(NUMBERS)}"}
    return await person._client.post("/organization-imports", content=content, params=params, headers=headers)


async def examined(person: Person, content: bytes, key: str | None = None) -> dict[str, Any]:
    receipt = await done(send(person, content, key), 201)
    return dict(await done(person.get(f"/organization-imports/{receipt['id']}")))


async def applied(city: City, person: Person, id: str, rows: str, **more: Any) -> dict[str, Any]:
    await done(person.post(f"/organization-imports/{id}/apply", {"rows": rows, **more}))
    await sweep(city)
    return dict(await done(person.get(f"/organization-imports/{id}")))


async def sweep(city: City) -> int:
    uses = use_cases(city.stores, lambda: NOW, WorkingCalendar())
    number = 0
    while step := await uses.imports.sweep():
        number += step
    return number


def wrong(view: Mapping[str, Any]) -> dict[int, set[tuple[str, str]]]:
    return {row["row"]: {(e["column"], e["code"]) for e in row["errors"]} for row in view["rows"] if row["errors"]}


def organizations(city: City) -> Sequence[str]:
    return list(city.stores.documents("organizations").documents)


async def test_a_dry_run_tells_every_bad_row_and_column_and_registers_nothing(city: City) -> None:
    twice = {**DRAFT, "منطقه": "7، ۷", "شماره شبا": "IR820540102680020817909003", "صاحب حساب": "تشکل"}
    view = await examined(city.city_office, table(COMPLETE, BAD, twice))
    assert (view["status"], view["total"], view["good"], view["bad"]) == ("examined", 3, 1, 2)
    assert wrong(view) == {
        3: {
            ("نوع تشکل", "unknown_kind"),
            ("منطقه", "district_unknown_word"),
            ("نماینده ۱: نام", "missing"),
            ("نماینده ۱: سمت", "missing"),
        },
        4: {("شماره شبا", "sheba_check_digits"), ("منطقه", "named_twice")},
    }
    assert view["rows"][1]["errors"][0]["message"]
    assert view["file"] | {"sha256": ""} == {
        "name": "organizations", "format": "csv", "size": len(table(COMPLETE, BAD, twice)), "sha256": "",
        "encoding": "utf-8", "delimiter": ",", "ignored": [],
    }  # fmt: skip
    assert organizations(city) == []
    assert city.stores.events[2:] == []


async def test_the_messages_are_in_the_callers_language(city: City) -> None:
    receipt = await done(send(city.city_office, table(BAD)), 201)
    told = {}
    for language in ("fa", "en"):
        headers = {**city.city_office._headers, "Accept-Language": language}
        answer = await city.city_office._client.get(f"/organization-imports/{receipt['id']}", headers=headers)
        told[language] = {e["code"]: e["message"] for e in answer.json()["rows"][0]["errors"]}
    assert told["fa"]["district_unknown_word"] == "منطقه «99» شناخته نیست."
    assert told["en"]["district_unknown_word"] == "There is no district 99."


async def test_good_rows_become_drafts_of_the_office_which_history_names_and_nothing_is_verified(city: City) -> None:
    view = await examined(city.registrar, table(COMPLETE, BAD, DRAFT))
    view = await applied(city, city.registrar, view["id"], "good")
    assert (view["status"], view["registered"], view["rows_chosen"]) == ("done", 2, "good")
    assert [row["status"] for row in view["rows"]] == ["draft", None, "draft"]
    id = view["rows"][0]["organization"]
    organization = await done(city.registrar.get(f"/organizations/{id}"))
    assert organization["status"] == "draft"
    assert organization["representatives"][0]["national_code"] == "0010350829"
    (entry,) = (await done(city.registrar.get(f"/organizations/{id}/history")))["items"]
    assert (entry["by"], entry["details"]) == ("registrar-7", {"import": view["id"], "row": 2})
    assert city.announced(id) == ["organization.registered.v1", "organization.standing_changed.v1"]
    # Who imported it acts for it, and so does not verify it.
    await done(city.registrar.post(f"/organizations/{id}/submit"))
    await refused(city.registrar.post(f"/organizations/{id}/checklist", {"answers": YES}), 403, "own_organization")


async def test_complete_rows_are_submitted_if_asked_and_the_others_say_why_not(city: City) -> None:
    view = await examined(city.city_office, table(COMPLETE, DRAFT))
    view = await applied(city, city.city_office, view["id"], "all", submit=True)
    assert [row["status"] for row in view["rows"]] == ["submitted", "draft"]
    assert view["rows"][0]["not_submitted"] is None
    assert view["rows"][1]["not_submitted"]


async def test_all_is_refused_while_a_row_is_bad_and_changes_nothing(city: City) -> None:
    view = await examined(city.city_office, table(COMPLETE, BAD))
    problem = await refused(
        city.city_office.post(f"/organization-imports/{view['id']}/apply", {"rows": "all"}), 422, "import_has_bad_rows"
    )
    assert problem["params"] == {"bad": 1}
    assert await sweep(city) == 0
    assert organizations(city) == []


async def test_repeating_either_step_does_nothing_twice(city: City) -> None:
    first = await examined(city.city_office, table(DRAFT), key="import-1")
    again = await examined(city.city_office, table(DRAFT), key="import-1")
    assert first["id"] == again["id"]
    await refused(send(city.city_office, table(COMPLETE), key="import-1"), 422, "idempotency_key_reused")
    await applied(city, city.city_office, first["id"], "good")
    await applied(city, city.city_office, first["id"], "good")
    assert len(organizations(city)) == 1
    await refused(
        city.city_office.post(f"/organization-imports/{first['id']}/apply", {"rows": "new"}), 409, "import_wrong_status"
    )


async def test_a_step_that_was_cut_off_after_registering_is_done_again_without_a_second_organisation(
    city: City,
) -> None:
    view = await examined(city.city_office, table(*[{**DRAFT, "نام تشکل": f"گروه {n}"} for n in range(30)]))
    path = f"/organization-imports/{view['id']}"
    await done(city.city_office.post(f"{path}/apply", {"rows": "good"}))
    before = dict(city.stores.documents("organization_imports").documents)
    uses = use_cases(city.stores, lambda: NOW, WorkingCalendar())
    assert await uses.imports.sweep() == 25
    city.stores.documents("organization_imports").documents = before
    assert await sweep(city) == 30
    assert len(organizations(city)) == 30
    assert (await done(city.city_office.get(path)))["status"] == "done"


async def test_likely_duplicates_are_proposed_within_the_file_and_against_what_is_registered(city: City) -> None:
    known = await city.submitted({**MOSQUE_GROUP, "names": {"fa": "گروه مسجدي شماره ۲"}})
    draft = await city.registered({**MOSQUE_GROUP, "names": {"fa": "گروه شماره ۳"}})
    view = await examined(
        city.city_office, table(COMPLETE, DRAFT, {**DRAFT, "نام تشکل": "گروه  شماره 3"}, {**DRAFT, "منطقه": "8"})
    )
    found = [row["duplicates"] for row in view["rows"]]
    assert found == [
        [{"grounds": ["same_name"], "organization": known, "row": None}],
        [{"grounds": ["same_name"], "organization": draft, "row": None}],
        [
            {"grounds": ["same_name"], "organization": None, "row": 3},
            {"grounds": ["same_name"], "organization": draft, "row": None},
        ],
        [],
    ]
    view = await applied(city, city.city_office, view["id"], "new")
    assert [row["status"] for row in view["rows"]] == [None, None, None, "draft"]


async def test_a_legal_id_that_is_taken_is_a_fault_and_a_drafts_is_a_likeness(city: City) -> None:
    await city.submitted(ASSOCIATION)
    row = {**DRAFT, "نام تشکل": "انجمن تازه", "نوع تشکل": "association", "شناسه ملی": "10380284790"}
    other = {**row, "نام تشکل": "انجمن دیگر", "شناسه ملی": "۱۴۰۰۵۸۹۳۸۷۵"}
    drafted = await city.registered({**ASSOCIATION, "legal_id": "14005893875", "account": None})
    view = await examined(city.city_office, table(row, other, {**other, "نام تشکل": "سومی"}))
    assert wrong(view) == {2: {("شناسه ملی", "legal_id_taken")}, 4: {("شناسه ملی", "legal_id_in_row")}}
    assert view["rows"][1]["duplicates"] == [{"grounds": ["same_legal_id"], "organization": drafted, "row": None}]


async def test_a_registrar_imports_only_into_the_own_districts(city: City) -> None:
    view = await examined(city.registrar, table(COMPLETE, {**DRAFT, "منطقه": "8"}))
    assert wrong(view) == {3: {("منطقه", "outside_your_districts")}}


async def test_who_may_import_and_who_sees_it(city: City) -> None:
    for person in (city.applicant, city.auditor, city.hq, city.stranger):
        await refused(send(person, table(DRAFT)), 403, "forbidden")
    await refused(send(city.nobody, table(DRAFT)), 401, "unauthenticated")
    view = await examined(city.registrar, table(DRAFT))
    path = f"/organization-imports/{view['id']}"
    for person in (city.city_office, city.auditor):
        assert (await done(person.get(path)))["id"] == view["id"]
        assert (await done(person.get("/organization-imports")))["total"] == 1
        await refused(person.post(f"{path}/apply", {"rows": "good"}), 403, "forbidden")
    await refused(city.registrar_8.get(path), 404, "not_found")
    await refused(city.registrar_8.post(f"{path}/apply", {"rows": "good"}), 404, "not_found")
    assert (await done(city.registrar_8.get("/organization-imports")))["total"] == 0
    # Whoever lost the district since the dry run registers nothing there.
    moved = city.person("registrar-7", Grant("registrar", "8"))
    await refused(moved.post(f"{path}/apply", {"rows": "good"}), 403, "forbidden")


async def test_columns_that_lack_are_named_and_nothing_is_kept(city: City) -> None:
    problem = await refused(send(city.city_office, csv_of(["نام", "x"], ["a", "b"])), 422, "columns_wrong")
    assert pointers(problem) == {("", "column_missing")}
    assert len(problem["errors"]) == 2
    await refused(send(city.city_office, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), 422, "spreadsheet_old_format")
    assert (await done(city.city_office.get("/organization-imports")))["total"] == 0


async def test_a_spreadsheet_may_be_larger_than_other_bodies_and_is_bounded_too(city: City) -> None:
    rows = [[f"گروه {n}", "informal_group", "7", "x" * 1800] for n in range(400)]
    view = await examined(city.city_office, csv_of(["نام", "نوع", "منطقه", "یادداشت"], *rows[:300]))
    assert view["file"]["ignored"] == ["یادداشت"]
    content = csv_of(["نام", "نوع", "منطقه", "هدف"], *rows) + b"\r\n" * 200_000
    assert len(content) > 1_048_576
    assert (await examined(city.city_office, content))["good"] == 400
    problem = await refused(send(city.city_office, b" " * (10 * 1024 * 1024 + 1)), 413, "body_too_large")
    assert problem["params"] == {"limit": 10 * 1024 * 1024}


async def test_an_xlsx_is_taken_the_same_way(city: City) -> None:
    content = xlsx_of(list(COMPLETE), [*COMPLETE.values()])
    view = await examined(city.city_office, content)
    assert (view["file"]["format"], view["good"]) == ("xlsx", 1)
    lost = xlsx_of(["نام", "نوع", "منطقه", "نماینده ۱: کد ملی"], ["ا", "informal_group", 7, 10350829])
    assert ("نماینده ۱: کد ملی", "leading_zeros_lost") in wrong(await examined(city.city_office, lost))[2]


@pytest.mark.parametrize("body", [{"rows": "some"}, {"rows": "all", "submit": "yes"}, {}, {"rows": "all", "x": 1}])
async def test_a_wrong_choice_is_refused_by_field(city: City, body: dict[str, Any]) -> None:
    view = await examined(city.city_office, table(DRAFT))
    await refused(city.city_office.post(f"/organization-imports/{view['id']}/apply", body), 422, "invalid_fields")
