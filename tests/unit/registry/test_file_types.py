"""A file is known by its content, whatever its name says."""

import io
import zipfile

import pytest

from services.registry.domain.file_types import FileType, file_type
from tests.unit.registry.tables import HEADER, xlsx_of


def office(*parts: str) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as file:
        for part in parts:
            file.writestr(part, "<x/>")
    return stored.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"%PDF-1.7\n...", "pdf"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR....", "png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "jpeg"),
        (office("[Content_Types].xml", "word/document.xml"), "docx"),
        (xlsx_of(HEADER), "xlsx"),
        (b"", None),
        (b"<html>", None),
        (b"GIF89a", None),
        (b"MZ\x90\x00", None),
        (b"<?xml version='1.0'?><svg/>", None),
        (b" %PDF-1.7", None),
        (b"PK\x03\x04%PDF-", None),
        (office("word/document.xml"), None),
        (office("[Content_Types].xml", "other.xml"), None),
        (office("[Content_Types].xml", "word/document.xml", "xl/workbook.xml"), None),
        (office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (office("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), None),
        (office("[Content_Types].xml", "word/document.xml", *(f"a{n}" for n in range(5_000))), None),
        (office("[Content_Types].xml", "word/document.xml")[:-30], None),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, expected: FileType | None) -> None:
    assert file_type(content) == expected
