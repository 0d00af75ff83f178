"""Downloads as tables: which columns a list has, and CSV that a spreadsheet opens right (PUB-1)."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from services.portal.domain.request_row import AMOUNTS
from services.portal.usecases.reading import Labels
from shared.storage.ports import Document

BOM: Final = "\ufeff"  # without it a spreadsheet takes UTF-8 for something else
ROWS_AT_ONCE: Final = 200
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

Value = Callable[[Document, Labels], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in JSON, its header in CSV, and its value in a row."""

    name: str
    header: str
    value: Value


def _field(name: str) -> Value:
    return lambda row, _labels: row.get(name)


def _label(noun: str, plural: str) -> Value:
    def value(row: Document, labels: Labels) -> Any:
        names: Mapping[str, Any] = getattr(labels, plural)
        return (names.get(row.get(noun) or "") or {}).get("fa")

    return value


def _result(name: str) -> Value:
    return lambda row, _labels: (row.get("result") or {}).get(name)


def _part(name: str) -> Value:
    return lambda row, _labels: (row.get("balance") or {}).get(name)


_AMOUNT_HEADERS: Final = {
    "asked": "مبلغ درخواستی",
    "approved": "مبلغ مصوب",
    "reserved": "تأمین اعتبار",
    "committed": "تعهد",
    "pending": "در جریان پرداخت",
    "paid": "پرداخت‌شده",
    "refunded": "مسترد‌شده",
    "reported": "هزینه گزارش‌شده",
}
_PARTS: Final = {
    "appropriated": "اعتبار مصوب شهر",
    "allotted": "تخصیص‌یافته",
    "available": "مانده",
    "held": "نگه‌داشته",
    "reserved": "تأمین اعتبار",
    "committed": "تعهد پرداخت‌نشده",
    "pending": "در جریان پرداخت",
    "paid": "پرداخت‌شده پس از استرداد",
}
_PLACE: Final = (
    Column("district", "کد منطقه", _field("district")),
    Column("district_name", "منطقه", _label("district", "districts")),
)
_WHAT: Final = (
    Column("programme", "کد برنامه حمایت", _field("programme")),
    Column("programme_name", "برنامه حمایت", _label("programme", "programmes")),
    Column("fiscal_year", "سال مالی", _field("fiscal_year")),
    Column("topic", "کد محور اجتماعی", _field("topic")),
    Column("topic_name", "محور اجتماعی", _label("topic", "topics")),
)
TABLES: Final[Mapping[str, Sequence[Column]]] = {
    "awards": (
        Column("id", "شناسه درخواست", _field("_id")),
        Column("organization", "شناسه تشکل", _field("organization")),
        Column("organization_name", "تشکل", _field("organization_name")),
        Column("organization_kind", "نوع تشکل", _field("organization_kind")),
        *_PLACE,
        Column("neighbourhood", "محله", _field("neighbourhood")),
        *_WHAT,
        Column("kind", "نوع", _field("kind")),
        Column("support", "شکل حمایت", _field("support")),
        Column("title", "عنوان", _field("title")),
        Column("starts_on", "شروع", _field("starts_on")),
        Column("ends_on", "پایان", _field("ends_on")),
        Column("decided_at", "زمان تصمیم", _field("decided_at")),
        Column("committed_at", "زمان تعهد", _field("committed_at")),
        Column("status", "وضعیت", _field("status")),
        Column("currency", "واحد پول", _field("currency")),
        *(Column(f"amount_{name}", _AMOUNT_HEADERS[name], _field(f"amount_{name}")) for name in AMOUNTS),
        Column("indicator", "شاخص", _field("indicator")),
        Column("people_planned", "مخاطبان پیش‌بینی‌شده", _field("people_planned")),
        Column("people_reached", "مخاطبان گزارش‌شده", _result("people_reached")),
        Column("indicator_reached", "نتیجه شاخص", _result("indicator_reached")),
    ),
    "refusals": (
        Column("id", "شناسه درخواست", _field("_id")),
        *_PLACE,
        *_WHAT,
        Column("kind", "نوع", _field("kind")),
        Column("decided_at", "زمان تصمیم", _field("decided_at")),
        Column("currency", "واحد پول", _field("currency")),
        Column("amount_asked", _AMOUNT_HEADERS["asked"], _field("amount_asked")),
        Column("reason", "دلیل (ویراسته برای انتشار)", _field("reason")),
    ),
    "calendar": (
        Column("id", "شناسه درخواست", _field("_id")),
        Column("title", "عنوان", _field("title")),
        Column("kind", "نوع", _field("kind")),
        Column("organization", "شناسه تشکل", _field("organization")),
        Column("organization_name", "تشکل", _field("organization_name")),
        *_PLACE,
        Column("neighbourhood", "محله", _field("neighbourhood")),
        *_WHAT,
        Column("starts_on", "شروع", _field("starts_on")),
        Column("ends_on", "پایان", _field("ends_on")),
        Column("people_planned", "مخاطبان پیش‌بینی‌شده", _field("people_planned")),
        Column("status", "وضعیت", _field("status")),
    ),
    "organizations": (
        Column("id", "شناسه تشکل", _field("_id")),
        Column("name", "نام", _field("name")),
        Column("kind", "نوع", _field("kind")),
        Column("districts", "کد منطقه‌ها", lambda row, _labels: " ".join(row["districts"])),
        Column("approved_at", "زمان تأیید", _field("approved_at")),
    ),
    "books": (
        Column("id", "دفتر", _field("_id")),
        *_PLACE,
        Column("fiscal_year", "سال مالی", _field("fiscal_year")),
        Column("currency", "واحد پول", _field("currency")),
        *(Column(part, header, _part(part)) for part, header in _PARTS.items()),
        Column("seq", "شماره آخرین سند", _field("seq")),
        Column("at", "زمان آخرین سند", _field("at")),
    ),
    "meetings": (
        Column("id", "شناسه جلسه", _field("_id")),
        *_PLACE,
        Column("working_group", "کارگروه", _field("working_group")),
        Column("starts_at", "زمان", _field("starts_at")),
        Column("place", "محل", _field("place")),
        Column("items", "تعداد دستور", _field("items")),
        Column("status", "وضعیت", _field("status")),
    ),
    "programmes": (
        Column("id", "شناسه برنامه حمایت", _field("_id")),
        Column("name_fa", "نام", lambda row, _labels: row["names"]["fa"]),
        Column("name_en", "نام انگلیسی", lambda row, _labels: row["names"].get("en")),
        Column("kind", "نوع", _field("kind")),
        Column("status", "وضعیت", _field("status")),
        Column("fiscal_year", "سال مالی", _field("fiscal_year")),
        Column("currency", "واحد پول", _field("currency")),
        Column("ceiling", "سقف", _field("ceiling")),
        Column("districts", "کد منطقه‌ها", lambda row, _labels: " ".join(row["districts"])),
        Column("opens", "آغاز", _field("opens")),
        Column("closes", "پایان", _field("closes")),
    ),
}
"""The columns of each list's downloads."""


async def as_csv(name: str, rows: AsyncIterator[Document], labels: Labels) -> AsyncIterator[bytes]:
    """Yield a list as CSV (RFC 4180, UTF-8 with BOM, Persian headers)."""
    columns = TABLES[name]
    yield (BOM + _line([column.header for column in columns])).encode()
    async for batch in _batched(rows):
        yield "".join(_line([column.value(row, labels) for column in columns]) for row in batch).encode()


async def as_json(name: str, rows: AsyncIterator[Document], labels: Labels) -> AsyncIterator[bytes]:
    """Yield a list as one JSON array of objects."""
    columns = TABLES[name]
    before = b"["
    async for batch in _batched(rows):
        for row in batch:
            yield before + orjson.dumps({column.name: column.value(row, labels) for column in columns})
            before = b",\n"
    yield b"[]" if before == b"[" else b"]"


async def _batched(rows: AsyncIterator[Document]) -> AsyncIterator[list[Document]]:
    batch: list[Document] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _line(values: Sequence[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([_cell(value) for value in values])
    return text.getvalue()


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula begins with an apostrophe: what people typed must not run."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
