"""The search key of names and digits (DOMAIN.md, "Identifiers")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.persian.text import format_number, latin_digits, persian_digits, search_key, search_tokens


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("كميته‌ي امداد", "کمیته ی امداد"),
        ("مؤسسة خيرية", "مؤسسه خیریه"),
        ("مصطفى", "مصطفی"),
        ("أحمد إيران آينده", "احمد ایران اینده"),
        ("آینده", "اینده"),
        ("ا\u0653ینده", "اینده"),
        ("مــســجــد", "مسجد"),
        ("مُحَمَّدٌ", "محمد"),
        ("خانهٔ مهر", "خانه مهر"),
        ("خانۀ مهر", "خانه مهر"),
        ("نیک‌اندیشان", "نیک اندیشان"),
        ("  گروه \t جهادی\n", "گروه جهادی"),
        ("منطقه ۱۲ و ٣", "منطقه 12 و 3"),
        ("Anjoman MEHR", "anjoman mehr"),
        ("e\u0301cole", "école"),
        ("Straße", "strasse"),
        ("\u200fمسجد\u200e", "مسجد"),
    ],
)
def test_spellings_of_a_name_share_a_key(typed: str, key: str) -> None:
    assert search_key(typed) == key


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_the_key_of_a_key_is_itself(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)


def test_tokens_are_the_words_once_and_without_punctuation() -> None:
    tokens = search_tokens("گروه «مسجد امام‌رضا (ع)»", "Group of Mosque", "گروه")
    assert tokens == ("گروه", "مسجد", "امام", "رضا", "ع", "group", "of", "mosque")


def test_digits_go_both_ways() -> None:
    assert latin_digits("۱۴۰۵ و ١٤٠٥") == "1405 و 1405"
    assert persian_digits("1405") == "۱۴۰۵"


def test_thousands_are_apart_in_both_languages() -> None:
    assert format_number(50_000_000_000, "fa") == "۵۰٬۰۰۰٬۰۰۰٬۰۰۰"
    assert format_number(50_000_000_000, "en") == "50,000,000,000"
