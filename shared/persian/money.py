"""The one function that writes an amount of money for people (BUD-1).

One toman is ten rials today and a new rial is law in progress: an amount is shown with its unit, always.
"""

from typing import Final, Literal

from shared.persian.text import Language, format_number

Unit = Literal["currency", "toman"]

RIALS_PER_TOMAN: Final = 10

_UNITS: Final[dict[str, dict[Language, str]]] = {
    "IRR": {"fa": "ریال", "en": "rials"},
    "toman": {"fa": "تومان", "en": "tomans"},
}
_SCALES: Final[dict[Language, tuple[str, ...]]] = {
    "fa": ("", "هزار", "میلیون", "میلیارد", "تریلیون", "کوادریلیون", "کوینتیلیون"),
    "en": ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"),
}
_FA_ONES: Final = (
    "", "یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه", "ده", "یازده", "دوازده", "سیزده", "چهارده", "پانزده",
    "شانزده", "هفده", "هجده", "نوزده",
)  # fmt: skip
_FA_TENS: Final = ("", "", "بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود")
_FA_HUNDREDS: Final = (
    "", "صد", "دویست", "سیصد", "چهارصد", "پانصد", "ششصد", "هفتصد", "هشتصد", "نهصد",
)  # fmt: skip
_EN_ONES: Final = (
    "", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_EN_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def format_money(
    amount: int, currency: str, language: Language, *, unit: Unit = "currency", words: bool = False
) -> str:
    """Return an amount (whole units of ``currency``, not negative) with its unit.

    ``۵۰٬۰۰۰٬۰۰۰٬۰۰۰ ریال``, ``50,000,000,000 rials``, ``12,500 PLN``. ``unit="toman"`` shows rials in tomans
    (``۵٬۰۰۰٬۰۰۰٬۰۰۰ تومان``); a rest of rials is named, never rounded. ``words=True`` spells the number out: ``پنج میلیارد تومان``.
    Raises ValueError for a negative amount, or for tomans of another currency than IRR.
    """
    if amount < 0:
        raise ValueError("an amount of money is not negative")
    if unit == "currency":
        return f"{_number(amount, language, words)} {_unit(currency, language)}"
    if currency != "IRR":
        raise ValueError(f"tomans are a way to count rials, not {currency}")
    tomans, rials = divmod(amount, RIALS_PER_TOMAN)
    parts = [(tomans, "toman")] if tomans or not rials else []
    parts += [(rials, "IRR")] if rials else []
    shown = [f"{_number(number, language, words)} {_unit(name, language)}" for number, name in parts]
    return (" و " if language == "fa" else " and ").join(shown)


def _unit(name: str, language: Language) -> str:
    return _UNITS[name][language] if name in _UNITS else name


def _number(value: int, language: Language, words: bool) -> str:
    return _in_words(value, language) if words else format_number(value, language)


def _in_words(value: int, language: Language) -> str:
    """Spell out a whole number below 10^21."""
    if value == 0:
        return "صفر" if language == "fa" else "zero"
    groups: list[str] = []
    for scale in _SCALES[language]:
        value, group = divmod(value, 1000)
        if not group:
            continue
        if language == "fa" and group == 1 and scale == "هزار":
            groups.append(scale)  # «هزار», not «یک هزار»
        else:
            groups.append(f"{_below_thousand(group, language)} {scale}".strip())
    if value:
        raise ValueError("the number is too large to spell out")
    return (" و " if language == "fa" else " ").join(reversed(groups))


def _below_thousand(value: int, language: Language) -> str:
    hundreds, rest = divmod(value, 100)
    if language == "fa":
        below = [_FA_ONES[rest]] if rest < 20 else [_FA_TENS[rest // 10], _FA_ONES[rest % 10]]
        return " و ".join(part for part in (_FA_HUNDREDS[hundreds], *below) if part)
    below = [_EN_ONES[rest]] if rest < 20 else ["-".join(p for p in (_EN_TENS[rest // 10], _EN_ONES[rest % 10]) if p)]
    return " ".join(part for part in (f"{_EN_ONES[hundreds]} hundred" if hundreds else "", *below) if part)
