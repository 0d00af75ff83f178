"""Spreadsheets as callers send them: XLSX or CSV, told apart by their content, bounded before they are opened.

A cell keeps whether it was a number: such a cell has lost the zeros that an identifier began with.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import openpyxl

from services.registry.domain.organization_import import FileFormat
from shared.contracts.refusals import FieldError, Refusal

FILE_LIMIT: Final = 10 * 1024 * 1024  # bytes
UNPACKED_LIMIT: Final = 50 * 1024 * 1024  # bytes of all parts of an XLSX; what it declares is what can be read of it
PARTS_LIMIT: Final = 500  # parts of an XLSX; a workbook of ten sheets has about 30
ROWS_LIMIT: Final = 1000  # rows with data: one import is one document of the database
COLUMNS_LIMIT: Final = 100
TEXT_LIMIT: Final = 1_000_000  # characters of all cells together, for the same reason
_HEADER_WITHIN: Final = 20  # rows: an office's title may stand above the header
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DELIMITERS: Final = ",;\t"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as text. number: the spreadsheet holds a number there, not a text."""

    text: str
    number: bool = False


EMPTY: Final = Cell("")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its header and its rows with their numbers in the spreadsheet, from 1. Rows without any text are left out."""

    format: FileFormat
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    encoding: str | None = None
    delimiter: str | None = None


class SpreadsheetUnreadable(Refusal):
    """The file is no XLSX and no CSV, or a damaged one; ``errors`` names the row where it is known."""

    code = "spreadsheet_unreadable"
    kind = "unprocessable"


class OldSpreadsheet(Refusal):
    """The file is of Excel before 2007 (XLS), or protected by a password."""

    code = "spreadsheet_old_format"
    kind = "unprocessable"


class SpreadsheetTooLarge(Refusal):
    """More rows, columns, text or unpacked bytes than one import takes; ``rows`` says how many rows it may have."""

    code = "spreadsheet_too_large"
    kind = "unprocessable"


class SpreadsheetEmpty(Refusal):
    """There is no row below the header."""

    code = "spreadsheet_empty"
    kind = "unprocessable"


def read_sheet(content: bytes) -> Sheet:
    """Return the table of an XLSX (its first sheet) or a CSV. Raises the refusals above. Takes time: call it in a thread."""
    if content.startswith(_OLD_EXCEL):
        raise OldSpreadsheet()
    sheet = _read_xlsx(content) if content.startswith(b"PK\x03\x04") else _read_csv(content)
    if not sheet.rows:
        raise SpreadsheetEmpty()
    return sheet


def _read_xlsx(content: bytes) -> Sheet:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _check_parts(parts.infolist())
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            worksheet = workbook.worksheets[0]
            worksheet.reset_dimensions()  # what a file says of its size is not believed
            found = worksheet.iter_rows(max_col=COLUMNS_LIMIT + 1, values_only=True)
            return _sheet("xlsx", (tuple(_cell(value) for value in row) for row in found))
        finally:
            workbook.close()
    except Refusal:
        raise
    except Exception as error:  # a damaged file may break the reader anywhere; whatever it is, the file is at fault
        raise SpreadsheetUnreadable() from error


def _check_parts(parts: Sequence[zipfile.ZipInfo]) -> None:
    if len(parts) > PARTS_LIMIT or sum(part.file_size for part in parts) > UNPACKED_LIMIT:
        raise SpreadsheetTooLarge(rows=ROWS_LIMIT)
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise SpreadsheetUnreadable()


def _cell(value: Any) -> Cell:
    match value:
        case None:
            return EMPTY
        case bool():
            return Cell(str(value).lower())
        case int():
            return Cell(str(value), number=True)
        case float():
            return Cell(str(int(value)) if value.is_integer() else repr(value), number=True)
        case datetime():
            return Cell(value.date().isoformat())
        case date():
            return Cell(value.isoformat())
    return Cell(_clean(str(value)))


def _read_csv(content: bytes) -> Sheet:
    text, encoding = _decoded(content)
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)

    def rows() -> Iterator[tuple[Cell, ...]]:
        number = 0
        try:
            for row in reader:
                number += 1
                yield tuple(Cell(_clean(value)) for value in row)
        except csv.Error as error:
            raise SpreadsheetUnreadable(errors=[FieldError("", "row_unreadable", {"row": number + 1})]) from error

    return _sheet("csv", rows(), encoding, delimiter)


def _decoded(content: bytes) -> tuple[str, str]:
    """Return the text and its encoding: UTF-8 with or without BOM, else Windows-1256, as Persian Windows saves it."""
    if b"\x00" in content:
        raise SpreadsheetUnreadable()  # no text, or UTF-16
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1256"), "windows-1256"  # it has a meaning for every byte


def _delimiter(text: str) -> str:
    """Return what stands between cells: of comma, semicolon and tab the one that is most, outside of quotes, in the first row with any."""
    unquoted = "".join(text[:20_000].split('"')[::2])
    first = next((line for line in unquoted.splitlines() if any(sign in line for sign in _DELIMITERS)), "")
    return max(_DELIMITERS, key=first.count)


def _clean(text: str) -> str:
    """Return the cell without blanks around it and without the apostrophe that keeps a spreadsheet from calculating it."""
    text = text.strip()
    return text[1:].strip() if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


def _sheet(
    format: FileFormat, found: Iterator[tuple[Cell, ...]], encoding: str | None = None, delimiter: str | None = None
) -> Sheet:
    header: tuple[str, ...] | None = None
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    characters = 0
    for number, row in enumerate(found, 1):
        if not any(cell.text for cell in row):
            if header is None and number > _HEADER_WITHIN:
                break
            continue
        characters += sum(len(cell.text) for cell in row)
        if len(row) > COLUMNS_LIMIT and any(cell.text for cell in row[COLUMNS_LIMIT:]):
            raise SpreadsheetTooLarge(rows=ROWS_LIMIT)
        if header is None:
            if sum(bool(cell.text) for cell in row) > 1:  # a single text is a title
                header = _without_end(tuple(cell.text for cell in row))
            continue
        rows.append((number, row[: len(header)]))  # what has no header belongs to no column
        if len(rows) > ROWS_LIMIT or characters > TEXT_LIMIT:
            raise SpreadsheetTooLarge(rows=ROWS_LIMIT)
    return Sheet(format, header or (), tuple(rows), encoding, delimiter)


def _without_end(header: tuple[str, ...]) -> tuple[str, ...]:
    while header and not header[-1]:
        header = header[:-1]
    return header
