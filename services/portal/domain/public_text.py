"""Texts that people typed, before anybody may read them: what looks like a personal number is taken out (PUB-2, REQ-11).

Names of people cannot be recognised; that nobody is named is declared with each request. A national code, a mobile number, an account
or a card number is recognised by its form, whichever digits it is written with.
"""

import re
from typing import Final

from shared.persian.text import latin_digits

TAKEN_OUT: Final = "…"
_BETWEEN: Final = r"[\s\u200c\u200e\u200f-]?"  # people write long numbers in groups
_SHEBA: Final = rf"(?:[Ii][Rr]{_BETWEEN})(?:[0-9]{_BETWEEN}){{23}}[0-9]"
_NUMBER: Final = rf"(?<![0-9])(?:\+|00)?(?:[0-9]{_BETWEEN}){{9,25}}[0-9](?![0-9])"
_PERSONAL: Final = re.compile(f"{_SHEBA}|{_NUMBER}")


def shown(text: str) -> str:
    """Return the text without numbers of ten digits or more: no date, amount in millions or count of people is as long."""
    plain = latin_digits(text)  # one digit for one digit, so places are the same
    parts: list[str] = []
    end = 0
    for found in _PERSONAL.finditer(plain):
        parts += [text[end : found.start()], TAKEN_OUT]
        end = found.end()
    return "".join([*parts, text[end:]])
