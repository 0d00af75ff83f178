"""Iranian identifiers: normalised, then checked by their structure (DOMAIN.md, "Identifiers"; REG-9).

Source of the rules and of the test vectors: DOMAIN.md. Each check answers with a named result and never says that a number is real,
belongs to somebody or was verified: a check digit only shows that «ساختار شماره درست است».
"""

import re
from dataclasses import dataclass
from typing import Final

from shared.persian.text import latin_digits

_DROPPED: Final = re.compile("[\\s\\-\u2010-\u2015\u200c\u200e\u200f]")
_LEGAL_ID_WEIGHTS: Final = (29, 27, 23, 19, 17, 29, 27, 23, 19, 17)
_MOBILE: Final = re.compile(r"09[0-9]{9}")
_MOBILE_PREFIX: Final = re.compile(r"^(\+98|0098|98)")
_SHEBA: Final = re.compile(r"IR[0-9]{24}")


@dataclass(frozen=True, slots=True)
class WellFormed:
    """The structure of the number is right (REG-9). ``value`` is the normalised text to store."""

    value: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """The structure is wrong; ``code`` says how, e.g. ``national_code_check_digit``. ``value`` is the normalised text."""

    value: str
    code: str


Checked = WellFormed | Malformed


def normalise(text: str) -> str:
    """Return the identifier's text with digits 0–9 and without spaces, hyphens, ZWNJ and direction marks."""
    return _DROPPED.sub("", latin_digits(text))


def check_national_code(text: str) -> Checked:
    """Check a person's national code (کد ملی): 10 digits, the last a check digit, not ten equal digits."""
    code = normalise(text)
    if not _all_digits(code, 10):
        return Malformed(code, "national_code_length")
    if len(set(code)) == 1:
        return Malformed(code, "national_code_equal_digits")
    if code[9] != national_code_check_digit(code[:9]):
        return Malformed(code, "national_code_check_digit")
    return WellFormed(code)


def national_code_check_digit(nine: str) -> str:
    """Return the tenth digit that belongs to the first nine."""
    remainder = sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    return str(remainder if remainder < 2 else 11 - remainder)


def check_legal_id(text: str) -> Checked:
    """Check an organisation's legal id (شناسه ملی): 11 digits, the last a check digit, digits 4 to 9 not all zero."""
    legal_id = normalise(text)
    if not _all_digits(legal_id, 11):
        return Malformed(legal_id, "legal_id_length")
    if legal_id[3:9] == "000000":
        return Malformed(legal_id, "legal_id_zeros")
    if legal_id[10] != legal_id_check_digit(legal_id[:10]):
        return Malformed(legal_id, "legal_id_check_digit")
    return WellFormed(legal_id)


def legal_id_check_digit(ten: str) -> str:
    """Return the eleventh digit that belongs to the first ten."""
    shift = int(ten[9]) + 2
    total = sum((int(digit) + shift) * weight for digit, weight in zip(ten, _LEGAL_ID_WEIGHTS, strict=True))
    return str(total % 11 % 10)  # 10 counts as 0


def check_sheba(text: str) -> Checked:
    """Check an account number (Sheba, an Iranian IBAN): IR and 24 digits, the first two of them check digits (ISO 13616, mod 97)."""
    sheba = normalise(text).upper()
    if not _SHEBA.fullmatch(sheba):
        return Malformed(sheba, "sheba_length")
    if int(sheba[4:] + "1827" + sheba[2:4]) % 97 != 1:  # 18, 27: I and R as numbers
        return Malformed(sheba, "sheba_check_digits")
    return WellFormed(sheba)


def sheba_check_digits(account: str) -> str:
    """Return the two check digits that belong to the 22 digits after them."""
    return f"{98 - int(account + '182700') % 97:02d}"


def check_mobile(text: str) -> Checked:
    """Check a mobile number: 09 and nine digits, after +98, 0098 or 98 became 0."""
    mobile = _MOBILE_PREFIX.sub("0", normalise(text))
    return WellFormed(mobile) if _MOBILE.fullmatch(mobile) else Malformed(mobile, "mobile_structure")


def check_postal_code(text: str) -> Checked:
    """Check a postal code: 10 digits; nothing more is certain."""
    code = normalise(text)
    return WellFormed(code) if _all_digits(code, 10) else Malformed(code, "postal_code_length")


def masked(identifier: str) -> str:
    """Return the identifier with all but its last four characters hidden, for lists and for people who need not see it."""
    return "•" * max(len(identifier) - 4, 0) + identifier[-4:]


def _all_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()
