"""The columns of a spreadsheet of organisations: the same for import and export, with Persian and English headers.

A header is found by its search key, so that spelling variants, digits and punctuation do not matter.
"""

from dataclasses import dataclass
from typing import Final, Literal

ColumnForm = Literal["text", "texts", "identifier", "date", "kind", "districts", "holder"]
PEOPLE: Final = 5  # representatives that have columns; more are entered one by one


@dataclass(frozen=True, slots=True)
class Column:
    """One column. pointer: JSON pointer into the profile; headers: the first is written; personal: shown to those who may see it."""

    pointer: str
    fa: str
    en: str
    form: ColumnForm = "text"
    others: tuple[str, ...] = ()
    personal: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers under which it is taken."""
        return (self.fa, self.en, *self.others)


def _person(number: int) -> tuple[Column, ...]:
    place, fa, en = f"/representatives/{number - 1}", f"نماینده {number}", f"Representative {number}"
    return (
        Column(f"{place}/name", f"{fa}: نام", f"{en}: name", others=(fa, en, f"نام نماینده {number}"), personal=True),
        Column(f"{place}/role", f"{fa}: سمت", f"{en}: role", others=(f"سمت نماینده {number}",), personal=True),
        Column(
            f"{place}/national_code",
            f"{fa}: کد ملی",
            f"{en}: national code",
            "identifier",
            (f"کد ملی نماینده {number}",),
            personal=True,
        ),
        Column(
            f"{place}/mobile",
            f"{fa}: تلفن همراه",
            f"{en}: mobile",
            "identifier",
            (f"تلفن همراه نماینده {number}", f"موبایل نماینده {number}", f"{fa}: موبایل"),
            personal=True,
        ),
    )


COLUMNS: Final[tuple[Column, ...]] = (
    Column("/names/fa", "نام تشکل", "Name", others=("نام", "نام فارسی", "عنوان تشکل", "name fa", "organization")),
    Column("/names/latin", "نام لاتین", "Latin name", others=("نام انگلیسی", "name latin", "name en")),
    Column("/names/former", "نام‌های پیشین", "Former names", "texts", ("نام پیشین", "نام قبلی", "former name")),
    Column("/kind", "نوع تشکل", "Kind", "kind", ("نوع", "type")),
    Column("/districts", "مناطق", "Districts", "districts", ("منطقه", "district", "مناطق شهرداری", "منطقه شهرداری")),
    Column("/topics", "محورها", "Topics", "texts", ("محور", "محور اجتماعی", "محورهای اجتماعی", "topic")),
    Column("/legal_id", "شناسه ملی", "Legal id", "identifier", ("شناسه ملی تشکل", "legal_id", "national id")),
    Column("/no_legal_id_reason", "دلیل نداشتن شناسه ملی", "Reason without legal id", others=("no_legal_id_reason",)),
    Column("/licence/number", "شماره مجوز", "Licence number", others=("شماره پروانه", "license number")),
    Column("/licence/issuer", "مرجع صدور مجوز", "Licence issuer", others=("صادرکننده مجوز", "license issuer")),
    Column("/licence/valid_from", "آغاز اعتبار مجوز", "Licence from", "date", ("تاریخ صدور مجوز", "license from")),
    Column("/licence/valid_until", "پایان اعتبار مجوز", "Licence until", "date", ("تاریخ پایان مجوز", "license until")),
    Column("/address/neighbourhood", "محله", "Neighbourhood", others=("neighborhood",)),
    Column("/address/text", "نشانی", "Address", others=("آدرس",), personal=True),
    Column("/address/postal_code", "کد پستی", "Postal code", "identifier", ("کدپستی",), personal=True),
    Column("/contact/telephone", "تلفن", "Telephone", "identifier", ("شماره تلفن", "phone"), personal=True),
    Column("/contact/email", "رایانامه", "E-mail", others=("ایمیل", "پست الکترونیک", "email"), personal=True),
    Column("/contact/website", "وبگاه", "Website", others=("وب‌سایت", "سایت"), personal=True),
    Column("/account/sheba", "شماره شبا", "Sheba", "identifier", ("شبا", "iban"), personal=True),
    Column("/account/held_by", "صاحب حساب", "Account holder", "holder", ("account held by",), personal=True),
    *(column for number in range(1, PEOPLE + 1) for column in _person(number)),
    Column("/purpose", "هدف", "Purpose", others=("هدف تشکل", "موضوع فعالیت", "اهداف")),
)

REQUIRED: Final = ("/names/fa", "/kind", "/districts")
"""Columns without which no row is a draft."""

HOLDERS: Final = {
    "organization": ("تشکل", "خود تشکل", "organization"),
    "two_representatives": ("دو نماینده", "حساب مشترک دو نماینده", "two_representatives", "two representatives"),
    "host_organization": ("تشکل میزبان", "میزبان", "host_organization", "host organization"),
}
"""Whose the account is, as written in a cell; the first is what an export writes."""
