"""Texts that go to the public as they are: no number in them may be a person's (PUB-2)."""

import re
from collections.abc import Iterator
from typing import Final

from shared.persian.identifiers import WellFormed, check_mobile, check_national_code, check_sheba
from shared.persian.text import latin_digits

_APART: Final = "[\\s\\-\u2010-\u2015\u200c\u200e\u200f]"
_NUMBER: Final = re.compile(f"(?:IR|\\+)?{_APART}?[0-9](?:{_APART}?[0-9])*", re.IGNORECASE)
_CHECKS: Final = (check_national_code, check_mobile, check_sheba)


def holds_personal_number(text: str) -> bool:
    """Tell whether a national code, a mobile number or a Sheba stands in the text, in whatever digits and however spaced.

    A number of ten digits that is none is found in one of eleven cases, too: written with its thousands apart it is not.
    """
    return any(isinstance(check(number), WellFormed) for number in _numbers(latin_digits(text)) for check in _CHECKS)


def _numbers(text: str) -> Iterator[str]:
    """Yield every number, as if what stands between its groups belonged to it, and each group alone."""
    for match in _NUMBER.finditer(text):
        yield match.group()
        yield from match.group().split()
