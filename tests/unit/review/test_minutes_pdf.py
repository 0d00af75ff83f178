"""The minutes as PDF: Persian letters joined and read from right to left, the font inside, the same bytes again (REV-12)."""

import re
from collections import defaultdict
from dataclasses import replace
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from services.review.domain.meeting import Meeting, Minutes
from services.review.inbound.minutes_pdf import minutes_pdf
from shared.persian.calendar import CITY_ZONE
from tests.unit.review.test_minutes_page import MEETING, MINUTES


def made(meeting: Meeting = MEETING, minutes: Minutes = MINUTES) -> PdfReader:
    return PdfReader(BytesIO(minutes_pdf(meeting, minutes, CITY_ZONE)))


def read(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def font(reader: PdfReader) -> Any:
    (found,) = reader.pages[0]["/Resources"]["/Font"].values()  # type: ignore[index]
    return found.get_object()


def test_words_stand_from_right_to_left() -> None:
    """A reader takes letters from where they stand on the paper; set the wrong way round, words come out backwards."""
    text = read(made())
    for words in ("صورت‌جلسهٔ کارگروه مشارکت‌های اجتماعی", "زمان جلسه: یکشنبه", "رئیس کارگروه", "پرونده‌ها بررسی شد."):
        assert words in text
        assert words[::-1] not in text


def test_letters_are_joined() -> None:
    """Shaped, one letter has several forms; unshaped, one glyph stands for it wherever it is."""
    forms = defaultdict(set)
    mapping = font(made())["/ToUnicode"].get_data().decode()
    for glyph, letter in re.findall(r"^<([0-9A-F]{4})> <([0-9A-F]{4})>$", mapping, re.MULTILINE):
        forms[chr(int(letter, 16))].add(glyph)
    assert len(forms["ه"]) > 1
    assert len(forms["ن"]) > 1


def test_the_font_is_inside_and_the_language_is_told() -> None:
    reader = made()
    assert "Vazirmatn" in font(reader)["/BaseFont"]
    assert "/FontFile2" in font(reader)["/DescendantFonts"][0].get_object()["/FontDescriptor"]
    assert reader.trailer["/Root"]["/Lang"] == "fa"  # type: ignore[index]


def test_results_are_those_of_decided_cases_and_a_draft_says_that_it_is_one() -> None:
    text = read(made())
    assert (text.count("موافق"), text.count("تصمیم هنوز صادر نشده است"), text.count("پیش‌نویس")) == (1, 1, 0)
    assert "پیش‌نویس" in read(made(replace(MEETING, status="held")))


def test_what_people_typed_is_text_however_long_and_odd() -> None:
    odd = replace(MINUTES, text="ب" * 500 + "\n\n<b>John</b> **x** \u200e\x01😀\n" + "واژه " * 600)
    reader = made(replace(MEETING, place="x" * 300), odd)
    assert len(reader.pages) > 1
    text = read(reader)
    assert (text.count("<"), text.count("*"), text.count("ب") > 500) == (2, 4, True)


def test_the_same_minutes_give_the_same_bytes() -> None:
    assert minutes_pdf(MEETING, MINUTES, CITY_ZONE) == minutes_pdf(MEETING, MINUTES, CITY_ZONE)
