"""How money is shown (BUD-1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.money import MAX_AMOUNT
from shared.persian.money import format_money
from shared.persian.text import Language


@pytest.mark.parametrize(
    ("amount", "currency", "language", "shown"),
    [
        (50_000_000_000, "IRR", "fa", "۵۰٬۰۰۰٬۰۰۰٬۰۰۰ ریال"),
        (50_000_000_000, "IRR", "en", "50,000,000,000 rials"),
        (58_177_954, "PLN", "en", "58,177,954 PLN"),
        (0, "IRR", "fa", "۰ ریال"),
    ],
)
def test_an_amount_is_shown_with_its_unit(amount: int, currency: str, language: Language, shown: str) -> None:
    assert format_money(amount, currency, language) == shown


def test_rials_are_counted_in_tomans_without_rounding() -> None:
    assert format_money(50_000_000_000, "IRR", "fa", unit="toman") == "۵٬۰۰۰٬۰۰۰٬۰۰۰ تومان"
    assert format_money(3_846_153_846, "IRR", "fa", unit="toman") == "۳۸۴٬۶۱۵٬۳۸۴ تومان و ۶ ریال"
    assert format_money(7, "IRR", "en", unit="toman") == "7 rials"
    assert format_money(0, "IRR", "en", unit="toman") == "0 tomans"


@pytest.mark.parametrize(
    ("amount", "fa", "en"),
    [
        (50_000_000_000, "پنج میلیارد تومان", "five billion tomans"),
        (10_000, "هزار تومان", "one thousand tomans"),
        (1_234_567_890, "صد و بیست و سه میلیون و چهارصد و پنجاه و شش هزار و هفتصد و هشتاد و نه تومان",
         "one hundred twenty-three million four hundred fifty-six thousand seven hundred eighty-nine tomans"),
        (150, "پانزده تومان", "fifteen tomans"),
        (0, "صفر تومان", "zero tomans"),
    ],
)  # fmt: skip
def test_an_amount_is_spelled_out(amount: int, fa: str, en: str) -> None:
    assert format_money(amount, "IRR", "fa", unit="toman", words=True) == fa
    assert format_money(amount, "IRR", "en", unit="toman", words=True) == en


@given(st.integers(0, MAX_AMOUNT))
def test_every_amount_that_can_travel_can_be_shown_and_spelled_out(amount: int) -> None:
    languages: tuple[Language, ...] = ("fa", "en")
    for words in (False, True):
        for language in languages:
            assert format_money(amount, "IRR", language, words=words)
            assert format_money(amount, "IRR", language, unit="toman", words=words)


def test_other_currencies_have_no_tomans_and_no_amount_is_negative() -> None:
    with pytest.raises(ValueError, match="not PLN"):
        format_money(10, "PLN", "fa", unit="toman")
    with pytest.raises(ValueError, match="not negative"):
        format_money(-1, "IRR", "fa")
