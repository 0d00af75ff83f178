"""The minutes of a meeting as one printable page: Persian, right to left, without anything that has to be fetched (REV-12)."""

from datetime import date
from html import escape
from typing import Final

from services.review.domain.meeting import Attendee, Meeting, Minutes
from services.review.inbound.minutes_words import DRAFT, SIGNATURE, result, role
from shared.persian.calendar import format_date, format_instant
from shared.persian.text import persian_digits

STYLE: Final = """
body { font-family: Vazirmatn, Tahoma, sans-serif; line-height: 1.8; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; text-align: center; } h2 { font-size: 1.1rem; }
table { width: 100%; border-collapse: collapse; } th, td { border: 1px solid #555; padding: .3rem .6rem; text-align: right; }
.text { white-space: pre-line; } .draft { border: 2px solid #a00; color: #a00; text-align: center; padding: .3rem; }
.signature { margin-top: 4rem; text-align: left; }
@page { size: A4; margin: 2cm; }
@media print { body { margin: 0; max-width: none; padding: 0; } tr, .signature { break-inside: avoid; } }
"""


def minutes_page(meeting: Meeting, minutes: Minutes, zone: str) -> str:
    """Return the page as HTML. ``zone``: the city's time zone. Votes are tallies of decided cases only; no voter is named."""
    outcomes = {outcome.case: outcome for outcome in meeting.outcomes}
    draft = "" if meeting.status == "adopted" else f'<p class="draft">{DRAFT}</p>'
    items = "".join(
        f"<tr><td>{persian_digits(str(number))}</td><td><bdi>{escape(item.title)}</bdi></td>"
        f"<td>{'<br>'.join(map(escape, result(outcomes.get(item.case)))) if item.case is not None else '–'}</td></tr>"
        for number, item in enumerate(meeting.agenda, 1)
    )
    return f"""<!doctype html>
<html lang="fa" dir="rtl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>صورت‌جلسهٔ شمارهٔ {escape(persian_digits(minutes.number))}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>صورت‌جلسهٔ کارگروه مشارکت‌های اجتماعی منطقهٔ <bdi>{escape(persian_digits(meeting.district))}</bdi></h1>
{draft}
<p>شماره: <bdi>{escape(persian_digits(minutes.number))}</bdi><br>
تاریخ: {format_date(date.fromisoformat(minutes.date), "fa")}<br>
زمان جلسه: {format_instant(meeting.starts_at, "fa", zone)}<br>
مکان: <bdi>{escape(meeting.place)}</bdi></p>
<h2>حاضران</h2>
<ul>{"".join(f"<li>{_attendee(attendee)}</li>" for attendee in meeting.present)}</ul>
<h2>دستور جلسه و نتیجه</h2>
<table><thead><tr><th>بند</th><th>موضوع</th><th>نتیجه</th></tr></thead><tbody>{items}</tbody></table>
<h2>شرح جلسه</h2>
<p class="text">{escape(minutes.text)}</p>
<p class="signature">{SIGNATURE}</p>
</body>
</html>
"""


def _attendee(attendee: Attendee) -> str:
    name = f"<bdi>{escape(attendee.name)}</bdi>، " if attendee.name else ""
    return name + escape(role(attendee))
