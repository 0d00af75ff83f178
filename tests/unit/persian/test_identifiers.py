"""The identifiers of DOMAIN.md with all its vectors (REG-9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.persian.identifiers import (
    Checked,
    Malformed,
    WellFormed,
    check_legal_id,
    check_mobile,
    check_national_code,
    check_postal_code,
    check_sheba,
    legal_id_check_digit,
    masked,
    national_code_check_digit,
    normalise,
    sheba_check_digits,
)
from shared.persian.text import persian_digits

CHECKS = {
    "national_code": check_national_code,
    "legal_id": check_legal_id,
    "sheba": check_sheba,
    "mobile": check_mobile,
    "postal_code": check_postal_code,
}
VALID = [
    *(("national_code", text) for text in ("0010350829", "0076229645", "1583250689", "0013542419")),
    *(("legal_id", text) for text in ("10380284790", "14005893875", "14003778990")),
    *(("sheba", text) for text in ("IR820540102680020817909002", "IR062960000000100324200001")),
    ("mobile", "09123456789"),
    ("postal_code", "1619735744"),
]
INVALID = [
    ("national_code", "1234567890", "national_code_check_digit"),
    ("national_code", "1111111111", "national_code_equal_digits"),
    ("national_code", "001035082", "national_code_length"),
    ("national_code", "", "national_code_length"),
    ("national_code", "00103508²9", "national_code_length"),
    ("legal_id", "10380284791", "legal_id_check_digit"),
    ("legal_id", "11111111111", "legal_id_check_digit"),
    ("legal_id", "10300000090", "legal_id_zeros"),
    ("legal_id", "1038028479", "legal_id_length"),
    ("sheba", "IR820540102680020817909003", "sheba_check_digits"),
    ("sheba", "IR020120000000101975503009", "sheba_check_digits"),
    ("sheba", "820540102680020817909002", "sheba_length"),
    ("mobile", "9123456789", "mobile_structure"),
    ("mobile", "0912345678", "mobile_structure"),
    ("mobile", "05138400000", "mobile_structure"),
    ("postal_code", "123", "postal_code_length"),
]


@pytest.mark.parametrize(("kind", "text"), VALID)
def test_a_well_formed_number_is_returned_as_it_is_stored(kind: str, text: str) -> None:
    assert CHECKS[kind](text) == WellFormed(text)


@pytest.mark.parametrize(("kind", "text", "code"), INVALID)
def test_a_malformed_number_is_named_by_what_is_wrong_with_it(kind: str, text: str, code: str) -> None:
    assert CHECKS[kind](text) == Malformed(text, code)


@pytest.mark.parametrize(("kind", "text"), VALID)
def test_persian_digits_spaces_hyphens_and_marks_do_not_matter(kind: str, text: str) -> None:
    typed = "\u200f " + "\u200c-".join([persian_digits(text)[:4], persian_digits(text)[4:]]) + " \u200e"
    assert CHECKS[kind](typed) == WellFormed(text)


def test_arabic_digits_are_digits() -> None:
    assert normalise("٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹") == "01234567890123456789"


@pytest.mark.parametrize("typed", ["+98 912 345 6789", "00989123456789", "989123456789", "۰۹۱۲-۳۴۵۶۷۸۹"])
def test_a_mobile_number_is_stored_with_a_leading_zero(typed: str) -> None:
    assert check_mobile(typed) == WellFormed("09123456789")


def test_a_sheba_may_be_typed_in_small_letters() -> None:
    assert check_sheba("ir82 0540 1026 8002 0817 9090 02") == WellFormed("IR820540102680020817909002")


def changed_digit(text: str, place: int, by: int) -> str:
    return text[:place] + str((int(text[place]) + by) % 10) + text[place + 1 :]


digits = st.integers(0, 10**22 - 1)


@given(digits, st.integers(0, 8), st.integers(1, 9))
def test_a_check_digit_notices_one_wrong_digit_of_a_national_code(number: int, place: int, by: int) -> None:
    nine = str(number)[-9:].zfill(9)
    code = nine + national_code_check_digit(nine)
    wrong = changed_digit(code, place, by)
    if len(set(code)) > 1:
        assert check_national_code(code) == WellFormed(code)
    # remainders 1 and 10 share a check digit: that is the rule's own weakness
    remainder = sum(int(d) * w for d, w in zip(wrong[:9], range(10, 1, -1), strict=True)) % 11
    assert isinstance(check_national_code(wrong), Malformed) or remainder in (1, 10)


@given(digits)
def test_the_right_last_digit_makes_a_legal_id_well_formed(number: int) -> None:
    ten = str(number)[-10:].zfill(10)
    legal_id = ten + legal_id_check_digit(ten)
    expected: Checked = Malformed(legal_id, "legal_id_zeros") if ten[3:9] == "000000" else WellFormed(legal_id)
    assert check_legal_id(legal_id) == expected
    assert isinstance(check_legal_id(changed_digit(legal_id, 10, 1)), Malformed)


@given(digits, st.integers(4, 25), st.integers(1, 9))
def test_a_sheba_with_one_wrong_digit_is_noticed(number: int, place: int, by: int) -> None:
    account = str(number).zfill(22)
    sheba = f"IR{sheba_check_digits(account)}{account}"
    assert check_sheba(sheba) == WellFormed(sheba)
    assert check_sheba(changed_digit(sheba, place, by)) == Malformed(
        changed_digit(sheba, place, by), "sheba_check_digits"
    )


@given(st.text(max_size=60))
def test_no_text_makes_a_check_fail_otherwise(text: str) -> None:
    for check in CHECKS.values():
        assert isinstance(check(text), WellFormed | Malformed)


def test_a_masked_identifier_shows_its_last_four_characters() -> None:
    assert masked("0010350829") == "••••••0829"
    assert masked("IR820540102680020817909002").endswith("•9002")
