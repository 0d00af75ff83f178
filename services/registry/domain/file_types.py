"""What a file is, by its content: names and Content-Type headers are only what somebody says."""

import io
import zipfile
from typing import Final, Literal

FileType = Literal["pdf", "png", "jpeg", "docx", "xlsx"]

MEDIA_TYPES: Final[dict[FileType, str]] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_BEGINNINGS: Final[tuple[tuple[bytes, FileType], ...]] = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "png"),
    (b"\xff\xd8\xff", "jpeg"),
)
_MAIN_PARTS: Final[dict[str, FileType]] = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_PARTS_LIMIT: Final = 5_000


def file_type(content: bytes) -> FileType | None:
    """Return the type of a file that is taken, or None. An office document with macros is none; nothing is unpacked."""
    for beginning, found in _BEGINNINGS:
        if content.startswith(beginning):
            return found
    return _office_document(content) if content.startswith(b"PK\x03\x04") else None


def _office_document(content: bytes) -> FileType | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = parts.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return None
    if len(names) > _PARTS_LIMIT or "[Content_Types].xml" not in names:
        return None
    if any(name.rpartition("/")[2].lower().startswith("vba") for name in names):
        return None
    found = [kind for part, kind in _MAIN_PARTS.items() if part in names]
    return found[0] if len(found) == 1 else None
