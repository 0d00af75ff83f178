"""The list of organisations as a file: it opens right in a spreadsheet, calculates nothing, and tells nobody more than the list."""

import csv
import io
from typing import Any

import openpyxl

from tests.component import test_registry_http as registry
from tests.component.test_registry_http import ASSOCIATION, MOSQUE_GROUP, City, Person, refused
from tests.component.test_registry_imports import examined

city, issuer = registry.city, registry.issuer


async def exported(person: Person, **params: Any) -> list[dict[str, str]]:
    """Return the rows of a CSV export by Persian header."""
    answer = await person.get("/organization-export", format="csv", **params)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def test_an_xlsx_runs_from_right_to_left_and_all_its_cells_are_text(city: City) -> None:
    await city.approved(ASSOCIATION)
    answer = await city.registrar.get("/organization-export")
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert sheet.sheet_view.rightToLeft
    header, row = sheet.iter_rows()
    found = {name.value: cell for name, cell in zip(header, row, strict=True)}
    assert found["نماینده 1: کد ملی"].value == "0010350829"
    assert found["آغاز اعتبار مجوز"].value == "1404/01/01"
    assert {(cell.data_type, cell.number_format) for cell in row if cell.value} == {("s", "@")}


async def test_the_filters_are_those_of_the_list(city: City) -> None:
    await city.approved(ASSOCIATION)
    await city.submitted({**MOSQUE_GROUP, "names": {"fa": "گروه كتاب"}})
    assert {row["وضعیت"] for row in await exported(city.registrar)} == {"تأییدشده", "در انتظار بررسی"}
    assert [row["نام تشکل"] for row in await exported(city.registrar, q="کتاب")] == ["گروه كتاب"]
    assert [row["نوع تشکل"] for row in await exported(city.registrar, kind="association")] == ["سازمان مردم‌نهاد"]
    await refused(city.applicant.get("/organization-export", status="draft", district="7"), 403, "forbidden")
    await refused(city.nobody.get("/organization-export"), 401, "unauthenticated")


async def test_personal_data_is_only_in_the_exports_of_those_who_may_see_it(city: City) -> None:
    await city.approved(ASSOCIATION)
    elsewhere = {**MOSQUE_GROUP, "names": {"fa": "گروه منطقه ۸"}, "districts": ["8"]}
    await city.submitted(elsewhere)
    for person in (city.stranger, city.city_office, city.hq):
        for row in await exported(person):
            assert "نماینده 1: کد ملی" not in row
            assert "شماره شبا" not in row
            assert row["شناسه ملی"] in ("10380284790", "")
    (row,) = await exported(city.registrar_8, district="7", status="approved")
    assert (row["نام تشکل"], row["شماره شبا"], row["نشانی"]) == ("انجمن نیک‌اندیشان شماره ۱", "", "")
    (row,) = await exported(city.registrar, district="7", status="approved")
    assert row["شماره شبا"] == "IR820540102680020817909002"
    assert {row["نماینده 1: کد ملی"] for row in await exported(city.applicant, mine=True)} == {"0010350829"}


async def test_nothing_in_an_export_is_calculated(city: City) -> None:
    for name in ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("https://example.org")'):
        await city.registered({**MOSQUE_GROUP, "names": {"fa": name}})
    names = [row["نام تشکل"] for row in await exported(city.applicant, mine=True)]
    assert len(names) == 5
    assert all(name.startswith("'") for name in names)
    answer = await city.applicant.get("/organization-export", mine=True)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}


async def test_what_was_exported_can_be_imported_again(city: City) -> None:
    await city.approved({**ASSOCIATION, "names": {"fa": "=انجمن", "latin": "One", "former": ["الف", "ب"]}})
    for format in ("csv", "xlsx"):
        answer = await city.registrar.get("/organization-export", format=format)
        view = await examined(city.registrar, answer.content)
        (row,) = view["rows"]
        assert [(error["column"], error["code"]) for error in row["errors"]] == [("شناسه ملی", "legal_id_taken")]
        assert row["name"] == "=انجمن"
        assert view["file"]["ignored"] == ["شناسه سما", "وضعیت", "تاریخ وضعیت"]


async def test_a_long_list_is_whole(city: City) -> None:
    for number in range(205):
        await city.registered({**MOSQUE_GROUP, "names": {"fa": f"گروه {number}"}})
    assert len({row["شناسه سما"] for row in await exported(city.applicant, mine=True)}) == 205
