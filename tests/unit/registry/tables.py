"""Spreadsheets for registry's tests, made as offices make them."""

import io
from collections.abc import Sequence
from typing import Any

import openpyxl

HEADER = [
    "نام تشکل",
    "نوع تشکل",
    "منطقه",
    "کد ملی نماینده ۱",
    "نام نماینده ۱",
    "سمت نماینده ۱",
    "شماره شبا",
    "صاحب حساب",
]
GOOD = ["گروه مسجدی شماره ۱", "گروه مسجدی", "۷", "۰۰۱۰۳۵۰۸۲۹", "نماینده ۱", "مدیر", "", ""]


def csv_of(*rows: Sequence[str], delimiter: str = ",", encoding: str = "utf-8-sig") -> bytes:
    """Return a CSV with every cell in quotes."""
    lines = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def xlsx_of(*rows: Sequence[Any]) -> bytes:
    """Return an XLSX whose cells are of the values' own types."""
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(list(row))
    stored = io.BytesIO()
    workbook.save(stored)
    return stored.getvalue()
