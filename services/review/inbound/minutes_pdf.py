"""The minutes of a meeting as PDF (A4): Persian, shaped and set from right to left, with its font inside (REV-12)."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.enums import Align, TableCellFillMode, WrapMode, XPos, YPos
from fpdf.fonts import FontFace

from services.review.domain.meeting import Meeting, Minutes
from services.review.inbound.minutes_words import DRAFT, SIGNATURE, result, role
from shared.persian.calendar import format_date, format_instant
from shared.persian.text import persian_digits

FONT: Final = Path(__file__).with_name("fonts") / "Vazirmatn-Regular.ttf"  # SIL Open Font License, beside it
MARGIN: Final = 20  # mm
LINE: Final = 8  # mm
TEXT, HEADING, TITLE = 11, 13, 15  # points
RED: Final = (170, 0, 0)
# An isolate per typed text, so that a Latin name or a number turns nothing around it.
_ISOLATE, _END = "\u2068", "\u2069"


def minutes_pdf(meeting: Meeting, minutes: Minutes, zone: str) -> bytes:
    """Return the PDF. ``zone``: the city's time zone. It takes the processor for long: not in the event loop.

    The same minutes give the same bytes. What people typed is text, never markup.
    """
    paper = _paper(meeting, minutes)
    number = persian_digits(minutes.number)
    _line(paper, f"صورت‌جلسهٔ کارگروه مشارکت‌های اجتماعی منطقهٔ {persian_digits(meeting.district)}", TITLE, Align.C)
    if meeting.status != "adopted":
        paper.set_text_color(*RED)
        _line(paper, DRAFT, TEXT, Align.C)
        paper.set_text_color(0)
    _line(paper, f"شماره: {_typed(number)}")
    _line(paper, f"تاریخ: {format_date(date.fromisoformat(minutes.date), 'fa')}")
    _line(paper, f"زمان جلسه: {format_instant(meeting.starts_at, 'fa', zone)}")
    _line(paper, f"مکان: {_typed(meeting.place)}")
    _line(paper, "حاضران", HEADING)
    for attendee in meeting.present:
        name = f"{_typed(attendee.name)}، " if attendee.name else ""
        _line(paper, f"• {name}{role(attendee)}")
    _line(paper, "دستور جلسه و نتیجه", HEADING)
    _agenda(paper, meeting)
    _line(paper, "شرح جلسه", HEADING)
    for paragraph in minutes.text.splitlines():
        _line(paper, paragraph)
    paper.ln(3 * LINE)
    _line(paper, SIGNATURE, TEXT, Align.L)
    return bytes(paper.output())


class _Paper(FPDF):
    """A page with its number at the foot."""

    def footer(self) -> None:
        self.set_y(-MARGIN + 5)
        _line(self, f"صفحهٔ {persian_digits(str(self.page_no()))}", 9, Align.C)


def _paper(meeting: Meeting, minutes: Minutes) -> FPDF:
    paper = _Paper(format="A4")
    paper.set_margins(MARGIN, MARGIN)
    paper.set_auto_page_break(True, MARGIN + 5)
    paper.set_lang("fa")
    paper.set_title(f"صورت‌جلسهٔ شمارهٔ {persian_digits(minutes.number)}")
    paper.set_creation_date(meeting.adopted_at or meeting.starts_at)
    paper.add_font("Vazirmatn", fname=FONT)
    paper.set_font("Vazirmatn", size=TEXT)
    paper.set_text_shaping(True, direction="rtl", script="arab", language="fas")
    paper.add_page()
    return paper


def _typed(text: str) -> str:
    return f"{_ISOLATE}{text}{_END}"


def _line(paper: FPDF, text: str, size: int = TEXT, align: Align = Align.R) -> None:
    """Set one paragraph over the whole width; a heading has room above it."""
    paper.set_font_size(size)
    if size == HEADING:
        paper.ln(LINE / 2)
    paper.multi_cell(0, LINE, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode=_wrap([text], 60))


def _wrap(texts: Iterable[str], longest: int) -> WrapMode:
    """Break between words, but anywhere if there is a word of more letters than a line may hold."""
    return WrapMode.CHAR if any(len(word) > longest for text in texts for word in text.split()) else WrapMode.WORD


def _agenda(paper: FPDF, meeting: Meeting) -> None:
    """The table of items; columns from right to left."""
    outcomes = {outcome.case: outcome for outcome in meeting.outcomes}
    paper.set_font_size(TEXT)
    with paper.table(
        col_widths=(45, 45, 10),
        text_align=Align.R,
        line_height=LINE,
        padding=1,
        headings_style=FontFace(emphasis=""),
        cell_fill_color=(235, 235, 235),
        cell_fill_mode=TableCellFillMode.NONE,
        wrapmode=_wrap([item.title for item in meeting.agenda], 24),
    ) as table:
        table.row(("نتیجه", "موضوع", "بند"))
        for number, item in enumerate(meeting.agenda, 1):
            found = "\n".join(result(outcomes.get(item.case))) if item.case is not None else "–"
            table.row((found, item.title, persian_digits(str(number))))
