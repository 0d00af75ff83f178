"""Persian text: the key by which names are compared and searched, and digits (DOMAIN.md, "Identifiers").

What people typed is kept as typed; the key is only for comparing and finding.
"""

import unicodedata
from typing import Final, Literal

Language = Literal["fa", "en"]

ZWNJ: Final = "\u200c"

_PERSIAN: Final = "۰۱۲۳۴۵۶۷۸۹"
_ARABIC: Final = "٠١٢٣٤٥٦٧٨٩"
_TO_LATIN: Final = {ord(digit): str(value) for digits in (_PERSIAN, _ARABIC) for value, digit in enumerate(digits)}
_TO_PERSIAN: Final = {ord(str(value)): digit for value, digit in enumerate(_PERSIAN)}

_ONE_LETTER: Final = {
    **dict.fromkeys(map(ord, "يى"), "ی"),
    ord("ك"): "ک",
    **dict.fromkeys(map(ord, "ةۀ"), "ه"),  # ۀ is ه with a mark that falls away where it is written apart
    **dict.fromkeys(map(ord, "أإآ"), "ا"),
}
_TATWEEL: Final = 0x0640
_MARKS: Final = (*range(0x064B, 0x0660), 0x0670)  # harakat, hamza and madda written apart, superscript alef
_DIRECTION: Final = (0x200D, 0x200E, 0x200F)
_FOR_KEYS: Final[dict[int, str | None]] = {
    **_ONE_LETTER,
    **dict.fromkeys((_TATWEEL, *_MARKS, *_DIRECTION)),
    ord(ZWNJ): " ",
    **_TO_LATIN,
}


def latin_digits(text: str) -> str:
    """Return the text with Persian and Arabic digits as 0–9."""
    return text.translate(_TO_LATIN)


def persian_digits(text: str) -> str:
    """Return the text with the digits 0–9 as ۰–۹."""
    return text.translate(_TO_PERSIAN)


def format_number(value: int, language: Language) -> str:
    """Return a whole number with its thousands apart: ``۵۰٬۰۰۰`` (U+066C) or ``50,000``."""
    grouped = f"{value:,}"
    return persian_digits(grouped.replace(",", "٬")) if language == "fa" else grouped


def search_key(text: str) -> str:
    """Return the key by which two spellings of a name are the same.

    NFC, one form per letter, no tatweel and harakat, ZWNJ as a space, single spaces, digits in Latin, casefold.
    """
    folded = unicodedata.normalize("NFC", text).translate(_FOR_KEYS).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())


def search_tokens(*texts: str) -> tuple[str, ...]:
    """Return the words of the texts' keys, each once, in order: what an indexed array holds and a query is cut into.

    A word is a run of letters, marks and digits; punctuation separates.
    """
    words: dict[str, None] = {}
    for text in texts:
        apart = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in search_key(text))
        words.update(dict.fromkeys(apart.split()))
    return tuple(words)
