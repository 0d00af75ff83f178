"""Spreadsheets are told apart by their content, bounded before they are opened, and read as they are meant."""

import io
import tracemalloc
import zipfile
from datetime import date, datetime

import pytest

from services.registry.inbound import spreadsheets
from services.registry.inbound.spreadsheets import (
    ROWS_LIMIT,
    Cell,
    OldSpreadsheet,
    SpreadsheetEmpty,
    SpreadsheetTooLarge,
    SpreadsheetUnreadable,
    read_sheet,
)
from shared.contracts.refusals import Refusal
from tests.unit.registry.tables import GOOD, HEADER, csv_of, xlsx_of


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_csv_is_read_whatever_stands_between_its_cells_and_with_or_without_bom(delimiter: str, encoding: str) -> None:
    sheet = read_sheet(csv_of(HEADER, GOOD, delimiter=delimiter, encoding=encoding))
    assert (sheet.format, sheet.encoding, sheet.delimiter) == ("csv", "utf-8", delimiter)
    assert list(sheet.header) == HEADER
    assert [(number, [cell.text for cell in row]) for number, row in sheet.rows] == [(2, GOOD)]


def test_a_csv_of_persian_windows_is_read_and_said_to_be_one() -> None:
    sheet = read_sheet(csv_of(["نام", "نوع"], ["گروه پنج", "x"], encoding="cp1256", delimiter=";"))
    assert sheet.encoding == "windows-1256"
    assert sheet.rows[0][1][0].text == "گروه پنج"


def test_rows_are_numbered_as_the_spreadsheet_shows_them() -> None:
    sheet = read_sheet(csv_of(["تشکل‌های منطقه ۷"], [], HEADER, GOOD, ["", ""], GOOD))
    assert [number for number, _ in sheet.rows] == [4, 6]


def test_cells_of_an_xlsx_keep_that_they_were_numbers_and_what_day_they_are() -> None:
    day = datetime(2025, 3, 21)  # noqa: DTZ001 - a spreadsheet has no zones
    sheet = read_sheet(xlsx_of(["a", "b", "c", "d", "e"], [10350829, "0010350829", day, date(2025, 3, 21), 1.5]))
    ((_, row),) = sheet.rows
    assert row == (
        Cell("10350829", number=True),
        Cell("0010350829"),
        Cell("2025-03-21"),
        Cell("2025-03-21"),
        Cell("1.5", number=True),
    )


def test_what_an_export_made_harmless_is_read_as_it_was() -> None:
    sheet = read_sheet(csv_of(["a", "b"], ["'+98 912", "'quoted"]))
    assert [cell.text for cell in sheet.rows[0][1]] == ["+98 912", "'quoted"]


def test_a_formula_counts_as_what_it_last_gave_and_not_as_its_text() -> None:
    sheet = read_sheet(xlsx_of(["a", "b"], ["x", "=1+1"]))
    assert [cell.text for cell in sheet.rows[0][1]] == ["x", ""]


def _zip(**parts: bytes) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/") + ".xml", content)
    return stored.getvalue()


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", SpreadsheetEmpty),
        (csv_of(HEADER), SpreadsheetEmpty),
        (xlsx_of(HEADER), SpreadsheetEmpty),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", OldSpreadsheet),
        (b"PK\x03\x04 and nothing that follows", SpreadsheetUnreadable),
        (_zip(word__document=b"<x/>"), SpreadsheetUnreadable),
        (_zip(xl__workbook=b"<x/>"), SpreadsheetUnreadable),
        (_zip(xl__workbook=b"not xml"), SpreadsheetUnreadable),
        (xlsx_of(HEADER, GOOD)[:-500], SpreadsheetUnreadable),
        (b"a,b\x00\n1,2\n", SpreadsheetUnreadable),
        (b'a,b\n"1,2\n', SpreadsheetUnreadable),
        ("a,b\n1,2\n".encode("utf-16"), SpreadsheetUnreadable),
        (csv_of(HEADER, *[GOOD] * (ROWS_LIMIT + 1)), SpreadsheetTooLarge),
        (xlsx_of(HEADER, *[GOOD] * (ROWS_LIMIT + 1)), SpreadsheetTooLarge),
        (csv_of(HEADER, ["x"] * 200), SpreadsheetTooLarge),
        (csv_of(HEADER, *[["x" * 100_000, "y"]] * 11), SpreadsheetTooLarge),
    ],
)
def test_what_is_no_spreadsheet_or_too_large_is_refused_by_name(content: bytes, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        read_sheet(content)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = _zip(xl__workbook=b"<x/>", xl__sharedStrings=b" " * (spreadsheets.UNPACKED_LIMIT + 1))
    assert len(bomb) < 100_000
    tracemalloc.start()
    with pytest.raises(SpreadsheetTooLarge):
        read_sheet(bomb)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_an_entity_that_grows_is_not_expanded() -> None:
    good = xlsx_of(HEADER, GOOD)
    stored = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(stored, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                assert b"<worksheet" in content
                content = content.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet', 1)
            new.writestr(part, content)
    with pytest.raises(SpreadsheetUnreadable):
        read_sheet(stored.getvalue())
