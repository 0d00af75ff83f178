"""Organisations → rows of a spreadsheet with the columns of an import, so that what was exported can be imported elsewhere."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from services.registry.domain.columns import COLUMNS, HOLDERS, Column
from services.registry.domain.kinds import Kinds
from services.registry.domain.organization import Organization
from services.registry.usecases.access import Sight
from shared.contracts.registry import OrganizationStatus
from shared.persian.calendar import local_day, persian_date

STATUSES: Final[dict[OrganizationStatus, str]] = {
    "draft": "پیش‌نویس",
    "submitted": "در انتظار بررسی",
    "changes_requested": "نیازمند اصلاح",
    "approved": "تأییدشده",
    "rejected": "ردشده",
    "suspended": "تعلیق‌شده",
    "expired": "پایان اعتبار",
    "revoked": "لغوشده",
}
_FIRST: Final = ("شناسه سما", "وضعیت", "تاریخ وضعیت")  # what an import ignores


def header(personal: bool) -> Sequence[str]:
    """Return the Persian headers; personal: with the columns of personal data."""
    return [*_FIRST, *(column.fa for column in _columns(personal))]


def row(state: Organization, sight: Sight, personal: bool, kinds: Kinds) -> Sequence[str]:
    """Return the cells as text. Personal ones are empty where the caller does not see the organisation in full."""
    cells = [state.id, STATUSES[state.status], _day(local_day(state.status_since))]
    for column in _columns(personal):
        cells.append("" if column.personal and sight != "full" else _text(state, column, kinds))
    return cells


def _columns(personal: bool) -> Sequence[Column]:
    return [column for column in COLUMNS if personal or not column.personal]


def _text(state: Organization, column: Column, kinds: Kinds) -> str:
    value = _at(state.profile, column.pointer)
    match value:
        case None:
            return ""
        case date():
            return _day(value)
        case tuple():
            return "؛ ".join(value)
    if column.form == "kind":
        return kinds[value].names.fa if value in kinds else str(value)
    return HOLDERS[value][0] if column.form == "holder" else str(value)


def _at(value: Any, pointer: str) -> Any:
    """Return what lies at a pointer; None where there is nothing. Of more people than there are columns the first are taken."""
    for step in pointer.removeprefix("/").split("/"):
        value = _part(value, step)
    return value


def _part(value: Any, step: str) -> Any:
    if value is None:
        return None
    if isinstance(value, tuple):
        return value[int(step)] if int(step) < len(value) else None
    return getattr(value, step)


def _day(day: date) -> str:
    shown = persian_date(day)
    return f"{shown.year:04}/{shown.month:02}/{shown.day:02}"
