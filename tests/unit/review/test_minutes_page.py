"""The printable minutes: Persian, right to left, escaped, fetching nothing (REV-12)."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Final

from services.review.domain.meeting import AgendaItem, Attendee, CaseOutcome, Meeting, Minutes
from services.review.inbound.minutes_page import minutes_page
from shared.contracts.review import Tally
from shared.persian.calendar import CITY_ZONE
from tests.unit.review.builders import DISTRICT, GROUP, NOW

TALLY: Final = Tally(base=6, recused=0, cast=6, approve=4, reject=1, abstain=1, decided_by_chair=False)
MINUTES: Final = Minutes("1405/12", "2026-12-01", "پرونده‌ها بررسی شد.", 1)
MEETING: Final = Meeting(
    id="m-1",
    working_group=GROUP,
    district=DISTRICT,
    starts_at=NOW,
    place="سالن جلسات",
    agenda=(AgendaItem("گزارش دبیر"), AgendaItem("نشست خانواده", "case-1"), AgendaItem("آموزش", "case-2")),
    status="adopted",
    present=(Attendee(1, "deputy", True, "معاون نمونه"), Attendee(5, "neighbourhood_member", False, None)),
    minutes=MINUTES,
    outcomes=(CaseOutcome("case-1", "approved", 180_000_000, "IRR", TALLY),),
)


class Tags(HTMLParser):
    """What a browser reads: tags, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.shown = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.shown += data


def page(meeting: Meeting = MEETING, minutes: Minutes = MINUTES) -> str:
    return minutes_page(meeting, minutes, CITY_ZONE)


def test_the_page_is_persian_from_right_to_left_with_persian_digits() -> None:
    read = Tags(page())
    assert (read.attributes["lang"], read.attributes["dir"]) == ("fa", "rtl")
    for text in (
        "۱۴۰۵/۱۲",
        "۱۰ آذر ۱۴۰۵",
        "۱۸۰٬۰۰۰٬۰۰۰ ریال",
        "تصویب شد",
        "موافق ۴",
        "مخالف ۱",
        "ممتنع ۱",
        "رئیس کارگروه",
    ):
        assert text in read.shown
    assert not re.search("[0-9]", read.shown.split("}\n")[-1])  # after the style
    assert not re.search("[يكة]", read.shown)


def test_a_case_that_is_not_decided_has_no_figures() -> None:
    undecided = Tags(page(replace(MEETING, outcomes=()))).shown
    assert undecided.count("تصمیم هنوز صادر نشده است") == 2
    assert "موافق" not in undecided
    assert "ریال" not in undecided


def test_what_people_typed_stays_text() -> None:
    attack = '<script>alert(1)</script>"><img src=x onerror=alert(1)>&lt;'
    named = replace(
        MEETING,
        place=attack,
        agenda=(AgendaItem(attack),),
        present=(Attendee(1, "deputy", True, attack),),
    )
    read = Tags(page(named, replace(MINUTES, number=attack, text=attack)))
    assert not {"script", "img"} & set(read.tags)
    assert read.shown.count(attack.replace("1", "۱")) == 2  # the number, in its title and its line
    assert read.shown.count(attack) == 4


def test_the_page_fetches_nothing_and_has_rules_for_print() -> None:
    text = page()
    assert not re.search(r"https?://|src=|href=|url\(|@import|<script|<link", text)
    assert "@media print" in text
    assert "@page" in text


def test_a_draft_says_so() -> None:
    assert "پیش‌نویس" in page(replace(MEETING, status="held"))
    assert "پیش‌نویس" not in page()
