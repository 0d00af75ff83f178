"""The two files between budget and the bank: CSV in UTF-8 with a header in English, as banks' programs take it."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Final, cast, get_args

from services.budget.domain.bank_results import BankLine, Result, fault
from services.budget.domain.payment_commands import FailureReason
from services.budget.usecases.bank import OrderContent
from shared.contracts.refusals import FieldError
from shared.persian.identifiers import normalise

FILE_LIMIT: Final = 1024 * 1024  # bytes: some ten thousand lines
ROWS_LIMIT: Final = 2000
ERRORS_LIMIT: Final = 1000
ORDER_COLUMNS: Final = ("order", "payment", "request", "instalment", "organization", "net", "currency")
NEEDED: Final = ("order", "payment", "result")
COLUMNS: Final = (*NEEDED, "reference", "reason")
EXAMPLE: Final = (
    "order,payment,result,reference,reason\n6f2c,9a1e,paid,140503210001,\n6f2c,77b0,failed,,account_closed\n"
)
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REFERENCE: Final = re.compile(r"[0-9A-Za-z-]{1,40}")


def order_file(content: OrderContent) -> str:
    """Return the file for the bank; the same order always gives the same one."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(ORDER_COLUMNS)
    for payment in content.payments:
        about = (payment.request, payment.instalment, payment.organization)
        writer.writerow((content.order.id, payment.id, *about, payment.net, content.terms.currency))
    return lines.getvalue()


def read_results(content: bytes) -> tuple[Sequence[BankLine], Sequence[FieldError]]:
    """Return the lines of a result file, and every cell that can't be read."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return (), [fault(1, "", "bank_file_unreadable")]
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    missing = [column for column in NEEDED if column not in header]
    if missing or len(set(header)) < len(header):
        return (), [fault(1, column, "column_missing") for column in missing] or [fault(1, "", "column_named_twice")]
    filled = [(number, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)]
    if not filled or len(filled) > ROWS_LIMIT:
        return (), [fault(1, "", "bank_file_size", limit=ROWS_LIMIT)]
    lines: list[BankLine] = []
    faults: list[FieldError] = []
    for number, row in filled:
        cells = {column: cell.strip() for column, cell in zip(header, row, strict=False)}
        wrong = list(_wrong(number, cells)) if len(row) <= len(header) else [fault(number, "", "too_many_cells")]
        faults += wrong
        if not wrong:
            lines.append(_line(number, cells))
    return lines, faults[:ERRORS_LIMIT]


def _wrong(row: int, cells: Mapping[str, str]) -> Sequence[FieldError]:
    faults = [fault(row, name, "not_an_id") for name in ("order", "payment") if not _ID.fullmatch(cells.get(name, ""))]
    result, reference = cells.get("result", "").lower(), normalise(cells.get("reference", ""))
    if result not in get_args(Result):
        faults.append(fault(row, "result", "unknown_result"))
    if result == "paid" and not reference:
        faults.append(fault(row, "reference", "reference_missing"))
    elif reference and not _REFERENCE.fullmatch(reference):
        faults.append(fault(row, "reference", "bad_reference"))
    reason = cells.get("reason", "").lower()
    if result == "failed" and reason and reason not in get_args(FailureReason):
        faults.append(fault(row, "reason", "unknown_reason", reasons=", ".join(get_args(FailureReason))))
    return faults


def _line(row: int, cells: Mapping[str, str]) -> BankLine:
    result = cast(Result, cells["result"].lower())
    reason = cast(FailureReason, cells.get("reason", "").lower() or "other")
    reference = normalise(cells.get("reference", ""))
    return BankLine(row, cells["order"], cells["payment"], result, reference, reason if result == "failed" else "other")
