"""Rows of text → files that open right in a spreadsheet and in which nothing is calculated."""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Sequence
from typing import IO, Final

import openpyxl
from openpyxl.cell import WriteOnlyCell

BOM: Final = b"\xef\xbb\xbf"  # without it a spreadsheet takes UTF-8 for the system's own encoding
_CHUNK: Final = 65_536
_CALCULATED: Final = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_XML: Final = dict.fromkeys((0xFFFE, 0xFFFF))

Row = Sequence[str]


def harmless(text: str) -> str:
    """Return the cell of a CSV so that no spreadsheet takes it for a formula; an import drops the apostrophe again."""
    return f"'{text}" if text.startswith(_CALCULATED) else text


async def csv_file(pages: AsyncIterator[Sequence[Row]]) -> AsyncIterator[bytes]:
    """Yield a CSV in UTF-8 with its BOM, page by page."""
    yield BOM
    async for page in pages:
        lines = io.StringIO(newline="")
        csv.writer(lines).writerows([harmless(cell) for cell in row] for row in page)
        yield lines.getvalue().encode()


async def xlsx_file(pages: AsyncIterator[Sequence[Row]], title: str) -> AsyncIterator[bytes]:
    """Yield an XLSX of one sheet that runs from right to left and whose cells are all text. It is written to a temporary file first."""
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet(title)
    sheet.sheet_view.rightToLeft = True
    sheet.freeze_panes = "A2"  # the header stays

    def append(page: Sequence[Row]) -> None:
        for row in page:
            sheet.append([_text_cell(sheet, text) for text in row])

    async for page in pages:
        await asyncio.to_thread(append, page)
    with tempfile.TemporaryFile() as file:
        await asyncio.to_thread(_save, workbook, file)
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


def _save(workbook: openpyxl.Workbook, file: IO[bytes]) -> None:
    workbook.save(file)
    file.seek(0)


def _text_cell(sheet: object, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, text.translate(_NOT_IN_XML))
    cell.data_type = "s"  # also of what begins with =, which would be a formula
    cell.number_format = "@"
    return cell
