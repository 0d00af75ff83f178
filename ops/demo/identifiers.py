"""Identifiers that are well formed and invented: their first digits are given to nobody, and each number makes another one.

The check digits are those of DOMAIN.md ("Identifiers"); the registry says «ساختار شماره درست است» of them, never "verified" (REG-9).
"""

from typing import Final

from shared.persian.identifiers import legal_id_check_digit, national_code_check_digit, sheba_check_digits

NATIONAL_PREFIX: Final = "00000"  # codes of real places begin with 001
LEGAL_PREFIX: Final = "99"  # real ones begin with 10 or 14
BANK: Final = "999"  # no bank has this number


def national_code(number: int) -> str:
    """Return the national code of an invented person (10 digits)."""
    nine = f"{NATIONAL_PREFIX}{number:04d}"
    return nine + national_code_check_digit(nine)


def legal_id(number: int) -> str:
    """Return the legal id of an invented organisation (11 digits)."""
    ten = f"{LEGAL_PREFIX}{number:06d}01"  # digits 4 to 9 may not all be zero
    return ten + legal_id_check_digit(ten)


def sheba(number: int) -> str:
    """Return the account of an invented organisation (IR and 24 digits)."""
    account = f"{BANK}{number:019d}"
    return f"IR{sheba_check_digits(account)}{account}"


def mobile(number: int) -> str:
    """Return a mobile number of a range that no operator uses (11 digits)."""
    return f"09990{number:06d}"
