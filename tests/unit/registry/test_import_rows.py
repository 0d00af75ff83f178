"""Rows become profiles, or are told with the column as the file names it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from services.registry.domain.columns import COLUMNS
from services.registry.domain.kinds import KINDS
from services.registry.domain.profile import Licence
from services.registry.inbound.import_rows import ColumnsWrong, find_columns, read_rows
from services.registry.inbound.spreadsheets import read_sheet
from services.registry.usecases.imports import ReadRow, Vocabulary
from shared.persian.text import search_key
from tests.unit.registry.tables import GOOD, HEADER, csv_of, xlsx_of

WORDS = Vocabulary(
    {search_key(word): kind.id for kind in KINDS.values() for word in (kind.id, kind.names.fa)},
    {"7": "7", search_key("منطقه ۷"): "7", "8": "8"},
)


def rows_of(content: bytes) -> Sequence[ReadRow]:
    sheet = read_sheet(content)
    return read_rows(sheet, find_columns(sheet.header), WORDS)


def one(**cells: Any) -> ReadRow:
    """Read one row of an XLSX with good cells and these; a header's ``_`` stands for a blank."""
    row = {**dict(zip(HEADER, GOOD, strict=True)), **{name.replace("_", " "): value for name, value in cells.items()}}
    (read,) = rows_of(xlsx_of([*row], [*row.values()]))
    return read


def faults(row: ReadRow) -> set[tuple[str, str]]:
    return {(fault.column, fault.code) for fault in row.faults}


def test_a_row_with_persian_headers_becomes_a_profile() -> None:
    (row,) = rows_of(csv_of(HEADER, GOOD))
    assert row.faults == ()
    assert row.profile is not None
    assert (row.row, row.profile.names.fa, row.profile.kind) == (2, "گروه مسجدی شماره ۱", "mosque_group")
    assert row.profile.districts == ("7",)
    assert row.profile.representatives[0].national_code == "۰۰۱۰۳۵۰۸۲۹"


def test_english_headers_mean_the_same() -> None:
    english = [
        "Name",
        "KIND",
        "district",
        "representative_1_national_code",
        "Representative 1: name",
        "Representative 1 role",
    ]
    (row,) = rows_of(csv_of(english, [*GOOD[:6]]))
    assert row.faults == ()
    assert row.profile is not None
    assert row.profile.representatives[0].role == "مدیر"


def test_no_two_columns_answer_to_one_header() -> None:
    headers = [text for column in COLUMNS for text in column.headers]
    for column in COLUMNS:
        for text in column.headers:
            places = find_columns(
                [
                    "name",
                    "kind",
                    "district",
                    *([] if column.pointer in ("/names/fa", "/kind", "/districts") else [text]),
                ]
            )
            assert column.pointer in places.named, text
    assert len(headers) == len(set(headers))


def test_spelling_variants_of_a_header_do_not_matter() -> None:
    assert "/kind" in find_columns(["نام تشكل", "نوع  تشکل", "منطقۀ"]).named


def test_columns_that_lack_or_come_twice_are_named_and_others_are_said_to_be_ignored() -> None:
    with pytest.raises(ColumnsWrong) as refused:
        find_columns(["نام تشکل", "نام", "نوع"])
    assert [error.code for error in refused.value.errors] == ["column_twice", "column_missing"]
    assert find_columns([*HEADER, "یادداشت", ""]).ignored == ("یادداشت",)


@pytest.mark.parametrize("code", [10350829, 103508290])
def test_a_national_code_that_lost_its_zeros_is_said_to_have(code: int) -> None:
    row = one(**{"کد ملی نماینده ۱": code})
    assert faults(row) == {("کد ملی نماینده ۱", "leading_zeros_lost")}
    assert row.profile is None


def test_a_mobile_number_that_lost_its_zero_is_said_to_have() -> None:
    assert faults(one(**{"تلفن همراه نماینده ۱": 9123456789})) == {("تلفن همراه نماینده ۱", "leading_zeros_lost")}
    assert faults(one(**{"تلفن همراه نماینده ۱": "09123456789"})) == set()


def test_dates_are_persian_or_gregorian_as_their_year_says() -> None:
    licence = {"شماره مجوز": 1404, "مرجع صدور مجوز": "فرمانداری"}
    row = one(**licence, **{"آغاز اعتبار مجوز": "۱۴۰۴/۱/۱", "پایان اعتبار مجوز": date(2028, 3, 19)})
    assert row.profile is not None
    assert row.profile.licence == Licence("1404", "فرمانداری", date(2025, 3, 21), date(2028, 3, 19))
    assert faults(one(**licence, **{"آغاز اعتبار مجوز": "1404/12/30"})) == {("آغاز اعتبار مجوز", "date_unreadable")}


def test_everything_that_is_wrong_in_a_row_is_told_with_its_column() -> None:
    row = one(
        **{
            "نام تشکل": "",
            "نوع تشکل": "باشگاه",
            "منطقه": "۷، ۹۹",
            "شماره شبا": "IR82",
            "صاحب حساب": "کسی",
            "رایانامه": "x",
        }
    )
    assert faults(row) == {
        ("نام تشکل", "missing"),
        ("نوع تشکل", "unknown_kind"),
        ("منطقه", "district_unknown_word"),
        ("صاحب حساب", "holder_unknown"),
        ("رایانامه", "string_pattern_mismatch"),
    }


def test_people_keep_their_number_in_what_is_told_of_them() -> None:
    row = one(**{"نام نماینده ۱": "", "سمت نماینده ۱": "", "کد ملی نماینده ۱": "", "نماینده ۳: نام": "نماینده ۳"})
    assert faults(row) == {("نماینده 3: سمت", "missing")}
    row = one(
        **{
            "نام نماینده ۱": "",
            "سمت نماینده ۱": "",
            "کد ملی نماینده ۱": "",
            "نماینده ۳: نام": "ن",
            "سمت نماینده ۳": "س",
        }
    )
    assert row.columns["/representatives/0/name"] == "نماینده ۳: نام"
